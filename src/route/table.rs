//! The route table: the first route that matches answers.

use super::Pattern;
use crate::http::{CacheMode, DeltaSeconds, Destination, RequestHead, RequestMode};
use crate::manifest::fingerprint_of;
use crate::policy::{Audience, Terms, family};

/// Which requests, and what becomes of them. A condition that is `None` holds for every request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Route {
    /// What the response must be wanted for: one of these.
    pub destinations: Option<Vec<Destination>>,
    /// The page to show when neither the network nor the store has an answer: an absolute URL.
    pub fallback: Option<String>,
    /// How the page must have asked.
    pub mode: Option<RequestMode>,
    /// What the path must look like.
    pub path: Option<Pattern>,
    /// Who is asked, and in which order.
    pub policy: Policy,
    /// How long responses last.
    pub terms: Terms,
    /// How long the network may take before the store is asked ([`Policy::NetworkFirst`]).
    pub timeout: Option<DeltaSeconds>,
}

/// Who is asked for a response, and in which order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Policy {
    /// The store; the network where the store has nothing fresh.
    CacheFirst,
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
    pub const ALL: [Self; 5] =
        [Self::CacheFirst, Self::Http, Self::NetworkFirst, Self::NetworkOnly, Self::StaleWhileRevalidate];

    /// What each of them is called in a route table.
    pub const NAMES: [&str; 5] = ["cache-first", "http", "network-first", "network-only", "stale-while-revalidate"];

    /// What a route assumes where neither it nor the response says anything: what is kept for
    /// [`CacheFirst`](Self::CacheFirst) lasts; anything else is stale at once, may be shown all the
    /// same, and is renewed.
    pub fn default_terms(self) -> Terms {
        let (lifetime, stale_window) = match self {
            Self::Http => (None, None),
            Self::CacheFirst => (Some(DeltaSeconds::MAX), Some(DeltaSeconds::ZERO)),
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
    /// The routes; an earlier one wins over a later one.
    pub routes: Vec<Route>,
    /// The path of the worker's scope; it ends with `/`.
    pub scope: String,
}

impl RouteTable {
    /// What applies to `request`; `None` if the browser should go on without the worker.
    pub fn rule(&self, request: &RequestHead) -> Option<Rule<'_>> {
        let path = self.own_path(&request.url)?;
        if path.starts_with(&self.scope) && fingerprint_of(path).is_some() {
            return (!is_untouched(request)).then_some(Rule::Fingerprinted);
        }
        let route = self.routes.iter().find(|route| route.matches(request, path))?;
        let answers = match route.policy {
            Policy::NetworkOnly => false,
            // Requests that change something are followed for what they invalidate.
            Policy::Http => true,
            _ => !is_untouched(request),
        };
        answers.then_some(Rule::Route(route))
    }

    /// The path of a URL of this origin, without its query.
    fn own_path<'a>(&self, url: &'a str) -> Option<&'a str> {
        let path = url.strip_prefix(&self.origin)?;
        let path = family(path);
        path.starts_with("/").then_some(path)
    }
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

impl Route {
    fn matches(&self, request: &RequestHead, path: &str) -> bool {
        self.mode.is_none_or(|mode| mode == request.mode)
            && self.destinations.as_ref().is_none_or(|wanted| wanted.contains(&request.destination))
            && self.path.as_ref().is_none_or(|pattern| pattern.matches(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const PRINTED: &str = "/app/a.kf.0123456789abcdef0123.js";

    fn route(path: Option<&str>, mode: Option<RequestMode>, policy: Policy) -> Route {
        Route {
            destinations: None,
            fallback: None,
            mode,
            path: path.map(|path| Pattern::new(path, "/app/").unwrap()),
            policy,
            terms: policy.default_terms(),
            timeout: None,
        }
    }

    #[test]
    fn the_first_route_that_matches_wins() {
        let mut images = route(None, None, Policy::CacheFirst);
        images.destinations = Some(vec![Destination::Image, Destination::Font]);
        let table = RouteTable {
            origin: "https://example.com".to_owned(),
            routes: vec![
                route(Some("live/*"), None, Policy::NetworkOnly),
                route(Some("data/*"), None, Policy::StaleWhileRevalidate),
                images,
                route(None, Some(RequestMode::Navigate), Policy::NetworkFirst),
            ],
            scope: "/app/".to_owned(),
        };
        let fingerprinted = &["https://example.com", PRINTED].concat();
        let elsewhere = &["https://cdn.example.com", PRINTED].concat();
        let cases = [
            // URL                                     destination             answer
            ("https://example.com/app/", Destination::Document, Some(Policy::NetworkFirst)),
            ("https://example.com/app/data/1.json?x", Destination::Fetch, Some(Policy::StaleWhileRevalidate)),
            ("https://example.com/app/data/1.json", Destination::Document, Some(Policy::StaleWhileRevalidate)),
            ("https://example.com/app/live/x.png", Destination::Image, None),
            ("https://example.com/app/x.png", Destination::Image, Some(Policy::CacheFirst)),
            ("https://example.com/app/x.json", Destination::Fetch, None),
            ("https://example.com.evil/app/data/1.json", Destination::Fetch, None),
            ("https://example.org/app/data/1.json", Destination::Fetch, None),
            (elsewhere, Destination::Script, None),
        ];
        for (url, destination, expected) in cases {
            assert!(!is_fingerprinted("https://example.com/app/", &request(url, destination)), "{url}");
            let policy = match table.rule(&request(url, destination)) {
                Some(Rule::Route(route)) => Some(route.policy),
                Some(rule) => panic!("{url}: {rule:?} is no route"),
                None => None,
            };
            assert_eq!(policy, expected, "{url}");
        }
        assert_eq!(table.rule(&request(fingerprinted, Destination::Script)), Some(Rule::Fingerprinted));
        assert!(is_fingerprinted("https://example.com/app/", &request(fingerprinted, Destination::Script)));
    }

    #[test]
    fn some_requests_are_nobodys() {
        let table = RouteTable {
            origin: "https://example.com".to_owned(),
            routes: vec![route(None, None, Policy::CacheFirst)],
            scope: "/app/".to_owned(),
        };
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
