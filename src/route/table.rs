//! The route table: of the routes that match, the one that says most of the request answers.

use super::Pattern;
use crate::http::{CacheMode, DeltaSeconds, RequestHead, RequestMode, Split, origin};
use crate::manifest::fingerprint_of;
use crate::policy::{Audience, Terms, family};

/// Which requests, and what becomes of them. A condition that is `None` holds for every request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Route {
    /// What the response must be wanted for: a bit for each [`Destination`](crate::http::Destination); none for any.
    pub destinations: u16,
    /// The page to show when neither the network nor the store has an answer.
    pub fallback: Option<String>,
    /// The parameters of the query that make no difference whatever responses say, with commas in between; `*` for
    /// all of them.
    pub ignored: Option<String>,
    /// How long a response is kept after it came or was last validated, whatever may still be done with it.
    pub keep: Option<DeltaSeconds>,
    /// What a host has to know of it, and what is not looked at in here: a name for what is kept together, the most
    /// entries, the most bytes, for how many seconds, tags (with commas in between), the queue in which requests wait
    /// that do not reach the network, by what responses are kept apart (`*` for what the page says, otherwise a field
    /// of the request), how bodies of requests are read that say what is asked for, and `true` if opaque responses are
    /// kept, the files that a page begins and ends with, and what the query of its content has more; each perhaps empty or left out at the end, with spaces in between.
    pub extras: String,
    /// The methods of requests, with commas in between, where they are others than `GET`: those that change something, or
    /// whose bodies say what they ask for ([`keyed`](crate::exchange::keyed)).
    pub methods: Option<String>,
    /// How the page must have asked.
    pub mode: Option<RequestMode>,
    /// Which route of the table as it was written this is, from 0.
    pub number: usize,
    /// The origins of the URL, as in `https://cdn.example`, with commas in between, or `*` for any; `None` is the
    /// worker's own.
    pub origins: Option<String>,
    /// What the path must look like.
    pub path: Option<Pattern>,
    /// Who is asked, and in which order.
    pub policy: Policy,
    /// How long responses last.
    pub terms: Terms,
    /// How long the network may take before the store is asked ([`Policy::NetworkFirst`]), in milliseconds.
    pub timeout: Option<u32>,
}

impl Route {
    /// Whether the worker has something to do where the network alone is asked: what fails waits, or a page stands in.
    pub(super) fn needs_worker(&self) -> bool {
        !self.extras.is_empty() || self.fallback.is_some()
    }

    /// A route for every request of the worker's own origin.
    pub fn new(policy: Policy) -> Self {
        Self {
            destinations: 0,
            fallback: None,
            ignored: None,
            keep: None,
            extras: String::new(),
            methods: None,
            mode: None,
            number: 0,
            origins: None,
            path: None,
            policy,
            terms: policy.default_terms(),
            timeout: None,
        }
    }
}

/// Who is asked for a response, and in which order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Policy {
    /// The store; the network where the store has nothing fresh.
    CacheFirst,
    /// The store alone.
    CacheOnly,
    /// Whoever HTTP says: the store while its response is fresh, then the network (RFC 9111).
    Http,
    /// The network; the store when the network gives no answer.
    NetworkFirst,
    /// The network alone, without this worker.
    NetworkOnly,
    /// The store, and then the network to bring it up to date.
    StaleWhileRevalidate,
}

impl Policy {
    /// Every policy.
    pub const ALL: [Self; 6] = [
        Self::CacheFirst,
        Self::CacheOnly,
        Self::Http,
        Self::NetworkFirst,
        Self::NetworkOnly,
        Self::StaleWhileRevalidate,
    ];

    /// What each of them is called in a route table. (`race` is [`NetworkFirst`](Self::NetworkFirst) that gives
    /// the network no time of its own.)
    pub const NAMES: [&str; 6] =
        ["cache-first", "cache-only", "http", "network-first", "network-only", "stale-while-revalidate"];

    /// What a route assumes where neither it nor the response says anything: what is kept for
    /// [`CacheFirst`](Self::CacheFirst) and [`CacheOnly`](Self::CacheOnly) lasts; anything else is stale at
    /// once, may be shown all the same, and is renewed.
    pub fn default_terms(self) -> Terms {
        let (lifetime, stale_window) = match self {
            Self::Http => (None, None),
            Self::CacheFirst | Self::CacheOnly => (Some(DeltaSeconds::MAX), Some(DeltaSeconds::ZERO)),
            _ => (Some(DeltaSeconds::ZERO), Some(DeltaSeconds::MAX)),
        };
        Terms { lifetime, stale_window, ..Terms::http(Audience::Private) }
    }
}

/// What applies to a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rule<'a> {
    /// Its name says what is in it: any stored response under that name is right, for ever.
    Fingerprinted,
    /// No route: what HTTP says, for every request (RFC 9111).
    Http(&'a Terms),
    /// A route of the table.
    Route(&'a Route),
}

/// The routes of one worker.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RouteTable {
    /// The origin of the worker, as in `https://example.com`.
    pub origin: String,
    /// The routes, in the order in which they are asked.
    pub routes: Vec<Route>,
    /// The path of the worker's scope; it ends with `/`.
    pub scope: String,
}

/// A condition of a route.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Condition {
    /// What the response is wanted for.
    Destination,
    /// The method of the request.
    Method,
    /// How the page asked.
    Mode,
    /// The origin of the URL.
    Origin,
    /// The path of the URL.
    Path,
}

impl RouteTable {
    /// What applies to `request`; `None` if the browser should go on without the worker.
    pub fn rule(&self, request: &RequestHead) -> Option<Rule<'_>> {
        let path = path_of(&request.url);
        let is_own = origin(&request.url) == self.origin;
        if is_own && path.starts_with(&self.scope) && fingerprint_of(path).is_some() {
            return (!is_untouched(request)).then_some(Rule::Fingerprinted);
        }
        let route = self.routes.iter().find(|route| self.unmet(route, request).is_none())?;
        let answers = match route.policy {
            Policy::NetworkOnly => route.needs_worker() && (route.methods.is_some() || !is_untouched(request)),
            // Requests that change something are followed for what they invalidate.
            Policy::Http => true,
            _ if route.methods.is_some() => request.cache != CacheMode::NoStore,
            _ => !is_untouched(request),
        };
        answers.then_some(Rule::Route(route))
    }

    /// The condition of a route that a request does not meet; `None` if it meets all of them.
    pub fn unmet(&self, route: &Route, request: &RequestHead) -> Option<Condition> {
        let origin = origin(&request.url);
        let is_there = match &route.origins {
            None => origin == self.origin,
            Some(origins) => Split::new(origins, b',').any(|one| one == "*" || one == origin),
        };
        if !is_there {
            return Some(Condition::Origin);
        }
        let base = if route.origins.is_some() { "/" } else { &self.scope };
        if route.path.as_ref().is_some_and(|pattern| !pattern.matches(path_of(&request.url), base)) {
            return Some(Condition::Path);
        }
        if route.mode.is_some_and(|mode| mode != request.mode) {
            return Some(Condition::Mode);
        }
        let is_meant = match &route.methods {
            Some(methods) => Split::new(methods, b',').any(|one| one == request.method),
            // A route for what changes nothing follows what does, for what it invalidates.
            None => true,
        };
        if !is_meant {
            return Some(Condition::Method);
        }
        let is_for_any = route.destinations == 0 || route.destinations & request.destination.bit() != 0;
        (!is_for_any).then_some(Condition::Destination)
    }
}

/// The path of a URL, without its query.
fn path_of(url: &str) -> &str {
    family(&url[origin(url).len()..])
}

/// Whether a request is for a fingerprinted asset of the worker whose scope has this URL: all that has
/// to be known to answer it, so that no table need be read when a worker starts for an asset.
pub fn is_fingerprinted(scope_url: &str, request: &RequestHead) -> bool {
    let path = request.url.strip_prefix(scope_url).unwrap_or_default();
    let path = family(path);
    !is_untouched(request) && fingerprint_of(path).is_some()
}

/// Whether a request is nobody's but the network's: it changes something, or the page says `no-store`
/// and means it.
fn is_untouched(request: &RequestHead) -> bool {
    request.method != "GET" || request.cache == CacheMode::NoStore
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Destination, joined};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const PRINTED: &str = "/app/a.kf.0123456789abcdef0123.js";

    fn table<'l>(lines: impl IntoIterator<Item = &'l &'l str>) -> RouteTable {
        RouteTable::read("https://example.com/app/", &joined(lines.into_iter().copied(), "\n")).unwrap()
    }

    #[test]
    fn the_route_that_says_most_wins() {
        let mut lines = [
            "policy=network-first\tmode=navigate",
            "policy=http\tpath=*",
            "policy=cache-first\tdestination=image,font",
            "policy=stale-while-revalidate\tpath=data/*",
            "policy=network-only\tpath=data/:id/live",
            "policy=network-only\tpath=bank/*\tfallback=offline.html",
            "policy=cache-first\tpath=data/list",
            "policy=network-only\tpath=live/*",
            "policy=cache-only\torigin=https://fonts.example,https://cdn.example",
            "policy=cache-first\tpath=*.wasm\torigin=*",
        ];
        let fingerprinted = &["https://example.com", PRINTED].concat();
        let elsewhere = &["https://cdn.example.com", PRINTED].concat();
        let cases = [
            // URL                                     destination             answer
            ("https://example.com/app/", Destination::Document, Some(Policy::NetworkFirst)),
            ("https://example.com/app/data/1.json?x", Destination::Fetch, Some(Policy::StaleWhileRevalidate)),
            ("https://example.com/app/data/1.json", Destination::Document, Some(Policy::StaleWhileRevalidate)),
            ("https://example.com/app/data/1/live", Destination::Fetch, None),
            ("https://example.com/app/bank/1", Destination::Document, Some(Policy::NetworkOnly)),
            ("https://example.com/app/data/list", Destination::Fetch, Some(Policy::CacheFirst)),
            ("https://example.com/app/live/x.png", Destination::Image, None),
            ("https://example.com/app/x.png", Destination::Image, Some(Policy::CacheFirst)),
            ("https://example.com/app/x.json", Destination::Fetch, Some(Policy::Http)),
            ("https://example.com/other.json", Destination::Fetch, None),
            ("https://fonts.example/a.woff2", Destination::Font, Some(Policy::CacheOnly)),
            ("https://fonts.example.evil/a.woff2", Destination::Font, None),
            ("https://any.example/x/y.wasm", Destination::Fetch, Some(Policy::CacheFirst)),
            ("https://example.com.evil/app/data/1.json", Destination::Fetch, None),
            ("https://example.org/app/data/1.json", Destination::Fetch, None),
            (elsewhere, Destination::Script, None),
        ];
        // In whatever order the routes are written.
        for _ in 0..lines.len() {
            lines.rotate_left(1);
            let table = table(&lines);
            for (url, destination, expected) in cases {
                assert!(!is_fingerprinted("https://example.com/app/", &request(url, destination)), "{url}");
                let policy = match table.rule(&request(url, destination)) {
                    Some(Rule::Route(route)) => Some(route.policy),
                    Some(rule) => panic!("{url}: {rule:?} is no route"),
                    None => None,
                };
                assert_eq!(policy, expected, "{url}");
            }
        }
        let table = table(&lines);
        assert_eq!(table.rule(&request(fingerprinted, Destination::Script)), Some(Rule::Fingerprinted));
        assert!(is_fingerprinted("https://example.com/app/", &request(fingerprinted, Destination::Script)));
    }

    #[test]
    fn some_requests_are_nobodys() {
        let table = table(&["policy=cache-first"]);
        let plain = request(&["https://example.com", PRINTED].concat(), Destination::Script);
        assert!(table.rule(&plain).is_some());
        let cases = [
            RequestHead { method: "POST".to_owned(), ..plain.clone() },
            RequestHead { cache: CacheMode::NoStore, ..plain },
        ];
        for request in cases {
            assert_eq!(table.rule(&request), None, "{request:?}");
            assert!(!is_fingerprinted("https://example.com/app/", &request), "{request:?}");
        }
    }

    fn request(url: &str, destination: Destination) -> RequestHead {
        let is_page = destination == Destination::Document;
        let mode = if is_page { RequestMode::Navigate } else { RequestMode::Other };
        RequestHead { destination, mode, ..RequestHead::get(url) }
    }
}
