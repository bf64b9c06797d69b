//! The rules that a browser can follow by itself, without starting the worker
//! ([Service Workers, static routing][spec]).
//!
//! Only what has the same answer either way is handed over. A hit comes out of the store; a miss
//! goes to the network, and what the worker would then have stored is fetched again by the next
//! install.
//!
//! [spec]: https://w3c.github.io/ServiceWorker/#install-event-addroutes

use super::{Policy, RouteTable};
use crate::http::concat;
use crate::manifest::MARK;

/// One rule for `InstallEvent.addRoutes`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StaticRoute {
    /// The destinations that it is for, with commas in between; nothing for all.
    pub destinations: &'static str,
    /// The path, in URLPattern's syntax.
    pub pathname: String,
    /// Who answers.
    pub source: Source,
}

/// Who answers a request that a static route matches.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Source {
    /// The cache that holds the fingerprinted assets.
    Assets,
    /// The network.
    Network,
}

/// Destinations that a static route may serve from the store. Media is left out: a static route
/// answers a `Range` request with the whole, and players ask for ranges.
const FROM_THE_STORE: &str = ",font,image,manifest,script,style,worker";

/// The static routes of a table: network-only routes on a path alone, up to the first route of
/// another kind, which may match the same paths; then fingerprinted assets from the store.
pub fn static_routes(table: &RouteTable) -> Vec<StaticRoute> {
    let assets = StaticRoute {
        destinations: FROM_THE_STORE,
        pathname: concat(&[&table.scope, "*", MARK, "*"]),
        source: Source::Assets,
    };
    let mut routes = vec![assets];
    for route in table.routes.iter().take_while(|route| route.policy == Policy::NetworkOnly) {
        if let (None, None, Some(path)) = (route.mode, &route.destinations, &route.path) {
            let pathname = path.as_str().to_owned();
            routes.push(StaticRoute { destinations: "", pathname, source: Source::Network });
        }
    }
    routes
}

#[cfg(test)]
mod tests {
    use super::super::{Pattern, Route};
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn only_what_has_one_answer_is_handed_over() {
        let route = |path: &str, policy| Route {
            destinations: None,
            fallback: None,
            mode: None,
            path: Some(Pattern::new(path, "/app/").unwrap()),
            policy,
            terms: policy.default_terms(),
            timeout: None,
        };
        let table = RouteTable {
            origin: "https://example.com".to_owned(),
            routes: vec![
                route("live/*", Policy::NetworkOnly),
                route("data/*", Policy::CacheFirst),
                route("data/live/*", Policy::NetworkOnly),
            ],
            scope: "/app/".to_owned(),
        };
        let routes = static_routes(&table);
        let paths: Vec<_> = routes.iter().map(|route| (route.pathname.as_str(), route.source)).collect();
        assert_eq!(paths, [("/app/*.kf.*", Source::Assets), ("/app/live/*", Source::Network)]);
    }
}
