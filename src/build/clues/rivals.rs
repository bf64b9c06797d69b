//! Service workers of a site's own, at its root: a page that registers one for the same scope has the two take turns, each
//! removing the other.

use crate::build::finding::{Code, Finding, Severity};
use crate::build::text::holds;

/// What only service workers say. (Pages of workbox-window say `messageSkipWaiting`.)
const SKIPS: &str = "skipWaiting";

/// What service workers do beside that: those that answer, and those that only take themselves away.
const DOES: [&str; 5] = ["respondWith", "clients.claim", "clientsClaim", "precacheAndRoute", "registration.unregister"];

/// Whether a script seems to be a service worker.
pub(in crate::build) fn is_worker(script: &str) -> bool {
    holds(script, SKIPS) && DOES.iter().any(|one| holds(script, one))
}

/// What those say that are there for more than to take themselves away; and what pages say that do with workers what pages
/// can (`registration.unregister()` is in all that Create React App makes).
const STAYS: [&str; 12] = [
    "respondWith",
    "precacheAndRoute",
    "registerRoute",
    "importScripts",
    "onpush",
    "\"push\"",
    "'push'",
    "`push`",
    "\"sync\"",
    "'sync'",
    "navigator.serviceWorker",
    "\"serviceWorker\"",
];

/// Whether a service worker at `path` only takes itself away, and what came before it: Flutter's, Angular's
/// `safety-worker.js`. In a folder it has another scope than ours.
pub(in crate::build) fn only_leaves(path: &str, script: &str) -> bool {
    let is_alone = is_worker(script) && holds(script, "registration.unregister");
    is_alone && !path.contains('/') && !STAYS.iter().any(|one| holds(script, one))
}

/// What is put in front of such a worker: it is still there for those who have an earlier one of the same name, and it is not
/// installed in the place of ours, which it would take away with each visit. In a page it does nothing.
pub(in crate::build) const GUARD: &str = "for(const w of self.registration?[self.registration.waiting,self.registration.active]:[])\
    if(w&&w.scriptURL.endsWith(\"/sw.js\"))throw Error(\"sw.js is in charge here\");";

/// What is said of a service worker at `path`; nothing where it is in a folder, which is another scope, or where it lets ours be.
pub(in crate::build) fn finding(path: &str) -> Option<Finding> {
    let message =
        "it seems to be a service worker of its own: if a page registers it, it and the one of this build take \
                   each other's place"
            .to_owned();
    let help = "remove it, and what registers it; or name it as `own-worker`, if its listeners are to go on";
    let finding = Finding::of_file(path, Code::OtherWorker, Severity::Warning, message);
    (!path.contains('/')).then(|| Finding { help: Some(help.to_owned()), ..finding })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_workers_are_told_by_what_they_do() {
        let cases = [
            ("self.skipWaiting();self.addEventListener('fetch',e=>e.respondWith(f(e)))", true),
            ("define(['./workbox-1'],function(e){self.skipWaiting(),e.clientsClaim(),e.precacheAndRoute([])})", true),
            ("self.addEventListener('install',()=>self.skipWaiting());self.registration.unregister()", true),
            ("e.messageSkipWaiting();r.clientsClaim", false),
            ("importScripts('https://x.example/firebase.js');firebase.messaging()", false),
            ("self.addEventListener('push',e=>{})", false),
            ("", false),
        ];
        for (script, expected) in cases {
            assert_eq!(is_worker(script), expected, "{script}");
        }
    }

    #[test]
    fn those_that_only_leave_are_known() {
        let cases = [
            ("self.skipWaiting();self.registration.unregister()", true),
            ("self.skipWaiting();self.clients.claim();self.registration.unregister().then(f)", true),
            ("self.skipWaiting();self.addEventListener('push',f);self.registration.unregister()", false),
            ("self.skipWaiting();e.respondWith(f());self.registration.unregister()", false),
            ("self.skipWaiting();self.addEventListener(`push`,f);self.registration.unregister()", false),
            ("importScripts('/workbox-sw.js');workbox.core.skipWaiting();self.registration.unregister()", false),
            // Pages.
            (
                "r.waiting.postMessage('skipWaiting');navigator.serviceWorker.ready.then(registration=>registration.unregister())",
                false,
            ),
            ("self.registration.unregister()", false),
        ];
        for (script, expected) in cases {
            assert_eq!(only_leaves("leaves.js", script), expected, "{script}");
        }
        assert!(!only_leaves("play/leaves.js", cases[0].0));
    }

    #[test]
    fn what_is_in_a_folder_has_another_scope() {
        assert!(finding("service-worker.js").is_some());
        assert!(finding("push/service-worker.js").is_none());
    }
}
