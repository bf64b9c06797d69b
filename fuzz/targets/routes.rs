//! Route tables, path patterns, names of assets and pages, precache lists.
#![no_main]

use keepfresh::manifest::{Precache, fingerprint_of};
use keepfresh::route::{RouteTable, page_candidates, static_routes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (routes, other) = text.split_once('\0').unwrap_or((text, text));
    if let Ok(table) = RouteTable::read("https://example.com/app/", routes) {
        let _ = static_routes(&table);
        for route in &table.routes {
            let _ = route.path.as_ref().map(|pattern| pattern.matches(other));
        }
    }
    let _ = (page_candidates(other), fingerprint_of(other));
    let list = Precache::new(routes);
    let _ = (list.find(other), list.entries().count(), list.holds(other, other));
});
