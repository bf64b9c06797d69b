//! What becomes of files that were precached under names of their own.

use keepfresh::http::RequestHead;

use crate::teller::{Story, URL, kept};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn what_was_precached_stands_in_until_something_newer_came() {
    for (policy, renews) in [("stale-while-revalidate", true), ("cache-first", false), ("cache-only", false)] {
        let mut story = Story::of_route(&["policy=", policy].concat(), RequestHead::get(URL));
        story.expect(&["look"]);
        story.finds_it(0);
        let hit = "serve stored, as it is: keepfresh; hit";
        story.expect(&[hit, "forward"][..if renews { 2 } else { 1 }]);
        if renews {
            story.receives(200, "max-age=60", 1);
            story.expect(&["store"]);
        }
        story.is_over();
    }
}

#[test]
fn what_was_precached_is_not_renewed_for_who_wants_nobody_asked() {
    let request =
        RequestHead { fields: [("cache-control", "only-if-cached")].into_iter().collect(), ..RequestHead::get(URL) };
    let mut story = Story::of_route("policy=stale-while-revalidate", request);
    story.expect(&["look"]);
    story.finds_it(0);
    story.expect(&["serve stored, as it is: keepfresh; hit"]);
    story.is_over();
}

#[test]
fn what_was_precached_is_there_without_a_network() {
    let mut story = Story::of_route("policy=network-first", RequestHead::get(URL));
    story.expect(&["forward"]);
    story.hears_nothing(1);
    story.expect(&["look"]);
    story.finds_it(1);
    story.expect(&["serve stored, as it is: keepfresh; fwd=bypass; detail=offline"]);
    story.is_over();
}

#[test]
fn offline_what_is_installed_stands_in_for_what_may_not_be_served() {
    for cache_control in ["no-cache", "max-age=0, must-revalidate"] {
        let mut story = Story::of_data();
        story.expect(&["look"]);
        story.finds(kept(0, cache_control), 1);
        story.expect(&["forward if-none-match \"v1\""]);
        story.hears_nothing(2);
        story.expect(&["look for what is installed"]);
        story.finds_it(2);
        story.expect(&["serve stored, as it is: keepfresh; fwd=stale; detail=offline"]);
        story.is_over();
    }
}

#[test]
fn where_the_network_alone_is_asked_a_page_can_stand_in_and_nothing_is_kept() {
    let mut story = Story::of_route("policy=network-only\tfallback=offline.html", RequestHead::get(URL));
    story.expect(&["forward alone"]);
    story.receives(200, "max-age=60", 1);
    story.expect(&["serve reply: keepfresh; fwd=bypass; fwd-status=200; detail=route"]);
    story.is_over();

    let mut story = Story::of_route("policy=network-only\tfallback=offline.html", RequestHead::get(URL));
    story.expect(&["forward alone"]);
    story.hears_nothing(1);
    story.expect(&["look for https://example.com/offline.html"]);
    story.finds_it(1);
    story.expect(&["serve stored, as it is: keepfresh; fwd=bypass; detail=offline-fallback"]);
    story.is_over();
}

#[test]
fn offline_what_is_installed_stands_in_for_what_is_asked_for_with_a_query() {
    let asked = || RequestHead::get("https://example.com/data/a.json?v=2");
    let under = "look under https://example.com/data/a.json?v=2";
    let installed = "serve stored, as it is: keepfresh; fwd=uri-miss; detail=offline";
    let mut story = Story::of_route("policy=stale-while-revalidate", asked());
    story.expect(&[under]);
    story.finds_nothing(0);
    story.expect(&["look under https://example.com/data/a.json?"]);
    story.finds_nothing(0);
    story.expect(&["forward"]);
    story.hears_nothing(1);
    story.expect(&["look for what is installed"]);
    story.finds_it(1);
    story.expect(&[installed]);
    story.is_over();

    let mut story = Story::of_route("policy=network-first", asked());
    story.expect(&["forward"]);
    story.hears_nothing(1);
    story.expect(&[under]);
    story.finds_nothing(1);
    story.expect(&["look for what is installed"]);
    story.finds_it(1);
    story.expect(&[&installed.replace("uri-miss", "bypass")]);
    story.is_over();
}
