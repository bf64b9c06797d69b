//! Route tables, path patterns, names of assets and pages, precache lists.
#![no_main]

use keepfresh::manifest::{Precache, fingerprint_of};
use keepfresh::http::RequestHead;
use keepfresh::route::{Pattern, RouteTable, compile, page_candidates};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (routes, other) = text.split_once('\0').unwrap_or((text, text));
    if let Ok(table) = RouteTable::read("https://example.com/app/", routes) {
        for route in &table.routes {
            let _ = route.path.as_ref().map(|pattern| pattern.matches(other, "/app/"));
        }
    }
    if let Ok(compiled) = compile(routes) {
        for path in compiled.lines().next().unwrap_or_default().split('\t').filter(|path| !path.is_empty()) {
            assert!(Pattern::new(&path[1..]).is_ok(), "{path}");
        }
    }
    // Whatever was not compiled.
    let _ = RouteTable::load("https://example.com/app/", routes).rule(&RequestHead::get(other));
    let _ = (page_candidates(other), fingerprint_of(other));
    let list = Precache::new(routes);
    let _ = (list.find(other), list.entries().count(), list.holds(other, other));
});
