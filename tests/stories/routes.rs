//! What routes do with assets, pages and data.

use keepfresh::http::{CacheMode, RequestHead, RequestMode};

use crate::teller::{Story, URL, at, bare, head, kept};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_fingerprinted_asset_comes_from_the_store() {
    let mut story = Story::of_asset();
    story.expect(&["look for the asset"]);
    story.finds_it(0);
    story.expect(&["serve stored, as it is: keepfresh; hit"]);
    story.is_over();
}

#[test]
fn a_fingerprinted_asset_that_is_missing_is_fetched_and_kept() {
    let mut story = Story::of_asset();
    story.expect(&["look for the asset"]);
    story.finds_nothing(0);
    story.expect(&["forward"]);
    story.receives(200, "", 1);
    story.expect(&["serve reply, as it is: keepfresh; fwd=uri-miss; fwd-status=200; stored", "store the asset"]);
    story.is_over();
}

#[test]
fn a_fingerprinted_asset_that_is_nowhere_is_a_failure_of_the_network() {
    let mut story = Story::of_asset();
    story.expect(&["look for the asset"]);
    story.finds_nothing(0);
    story.expect(&["forward"]);
    story.hears_nothing(1);
    story.expect(&["serve the failure: keepfresh; fwd=uri-miss"]);
    story.is_over();
}

#[test]
fn what_pretends_to_be_an_asset_is_served_and_not_kept() {
    let mut story = Story::of_asset();
    story.expect(&["look for the asset"]);
    story.finds_nothing(0);
    story.expect(&["forward"]);
    story.receives(500, "", 1);
    story.expect(&["serve reply, as it is: keepfresh; fwd=uri-miss; fwd-status=500"]);
    story.is_over();
}

#[test]
fn a_page_comes_from_the_network_and_is_kept() {
    let mut story = Story::of_page(None);
    story.expect(&["forward"]);
    story.receives(200, "no-cache", 1);
    story.expect(&["serve reply: keepfresh; fwd=bypass; fwd-status=200; stored", "store"]);
    story.is_over();
}

#[test]
fn a_page_that_says_no_store_is_not_kept() {
    let mut story = Story::of_page(None);
    story.expect(&["forward"]);
    story.receives(200, "max-age=60, No-Store", 1);
    story.expect(&["serve reply: keepfresh; fwd=bypass; fwd-status=200; detail=no-store"]);
    story.is_over();
}

#[test]
fn offline_a_page_comes_from_the_store_whatever_it_said_of_validation() {
    let mut story = Story::of_page(None);
    story.expect(&["forward"]);
    story.hears_nothing(1);
    story.expect(&["look for the page"]);
    story.finds(kept(0, "max-age=0, must-revalidate"), 70);
    story.expect(&["serve stored, aged 70: keepfresh; fwd=bypass; detail=offline"]);
    story.is_over();
}

#[test]
fn offline_an_unknown_page_is_answered_by_another() {
    let mut story = Story::of_page(Some("https://example.com/offline.html"));
    story.expect(&["forward"]);
    story.hears_nothing(1);
    story.expect(&["look for the page"]);
    story.finds_nothing(1);
    story.expect(&["look for https://example.com/offline.html"]);
    story.finds_it(1);
    story.expect(&["serve stored, as it is: keepfresh; fwd=bypass; detail=offline-fallback"]);
    story.is_over();
}

#[test]
fn offline_without_anything_the_browser_says_so() {
    for fallback in [None, Some("https://example.com/offline.html")] {
        let mut story = Story::of_page(fallback);
        story.expect(&["forward"]);
        story.hears_nothing(1);
        story.expect(&["look for the page"]);
        story.finds_nothing(1);
        if fallback.is_some() {
            story.expect(&["look for https://example.com/offline.html"]);
            story.finds_nothing(1);
        }
        story.expect(&["serve the failure: keepfresh; fwd=bypass"]);
        story.is_over();
    }
}

#[test]
fn stale_data_is_served_before_it_is_validated() {
    let mut story = Story::of_data();
    story.expect(&["look"]);
    story.finds(kept(0, "max-age=60"), 70);
    story.expect(&[
        "serve stored, aged 70: keepfresh; hit; ttl=-10; detail=stale-while-revalidate",
        "forward if-none-match \"v1\"",
    ]);
    story.receives(304, "max-age=60", 71);
    story.expect(&["freshen"]);
    story.is_over();
}

#[test]
fn fresh_data_does_not_disturb_the_network() {
    let mut story = Story::of_data();
    story.expect(&["look"]);
    story.finds(kept(0, "max-age=60"), 59);
    story.expect(&["serve stored, aged 59: keepfresh; hit; ttl=1"]);
    story.is_over();
}

#[test]
fn new_data_takes_the_place_of_stale_data() {
    let mut story = Story::of_data();
    story.expect(&["look"]);
    story.finds(kept(0, "max-age=60"), 70);
    story.expect(&[
        "serve stored, aged 70: keepfresh; hit; ttl=-10; detail=stale-while-revalidate",
        "forward if-none-match \"v1\"",
    ]);
    story.receives(200, "max-age=60", 71);
    story.expect(&["store"]);
    story.is_over();
}

#[test]
fn data_that_is_gone_is_forgotten() {
    let mut story = Story::of_data();
    story.expect(&["look"]);
    story.finds(kept(0, "max-age=60"), 70);
    story.expect(&[
        "serve stored, aged 70: keepfresh; hit; ttl=-10; detail=stale-while-revalidate",
        "forward if-none-match \"v1\"",
    ]);
    story.receives(404, "", 71);
    story.expect(&["remove"]);
    story.is_over();
}

#[test]
fn data_that_must_be_validated_waits_for_it() {
    let mut story = Story::of_data();
    story.expect(&["look"]);
    story.finds(kept(0, "no-cache"), 1);
    story.expect(&["forward if-none-match \"v1\""]);
    story.receives(304, "no-cache", 2);
    story.expect(&["serve stored, aged 0: keepfresh; fwd=stale; fwd-status=304", "freshen"]);
    story.is_over();
}

#[test]
fn data_that_must_be_validated_is_not_served_offline() {
    let mut story = Story::of_data();
    story.expect(&["look"]);
    story.finds(kept(0, "max-age=0, must-revalidate"), 1);
    story.expect(&["forward if-none-match \"v1\""]);
    story.hears_nothing(2);
    story.expect(&["look for what is installed"]);
    story.finds_nothing(2);
    story.expect(&["serve 504: keepfresh; fwd=stale"]);
    story.is_over();
}

#[test]
fn offline_stale_data_stays_what_it_was() {
    let mut story = Story::of_data();
    story.expect(&["look"]);
    story.finds(kept(0, ""), 5);
    story.expect(&[
        "serve stored, aged 5: keepfresh; hit; ttl=-5; detail=stale-while-revalidate",
        "forward if-none-match \"v1\"",
    ]);
    story.hears_nothing(6);
    story.is_over();
}

#[test]
fn a_page_may_ask_for_validation_or_for_the_store_alone() {
    let cases = [
        (CacheMode::NoCache, Some(kept(0, "max-age=60")), "forward if-none-match \"v1\""),
        (
            CacheMode::ForceCache,
            Some(kept(0, "max-age=1, must-revalidate")),
            "serve stored, aged 9: keepfresh; hit; ttl=-8; detail=request",
        ),
        (CacheMode::OnlyIfCached, Some(kept(0, "max-age=60")), "serve stored, aged 9: keepfresh; hit; ttl=51"),
        (CacheMode::OnlyIfCached, None, "serve 504: keepfresh; detail=only-if-cached"),
        (CacheMode::Default, None, "forward"),
    ];
    for (mode, stored, expected) in cases {
        let mut story = Story::of_data_in_mode(mode);
        story.expect(&["look"]);
        match stored {
            Some(stored) => story.finds(stored, 9),
            None => story.finds_nothing(9),
        }
        story.expect(&[expected]);
    }
}

#[test]
fn scripts_are_served_as_they_are() {
    let cases = [
        ("text/html; charset=utf-8", "serve reply: "),
        ("application/json", "serve reply: "),
        ("Text/JavaScript", "serve reply, as it is: "),
        ("application/wasm", "serve reply, as it is: "),
    ];
    for (kind, expected) in cases {
        let mut story = Story::of_data();
        story.expect(&["look"]);
        story.finds_nothing(0);
        story.expect(&["forward"]);
        let mut reply = head(200, "no-store");
        reply.fields.set("content-type", kind);
        story.exchange.on_reply(&reply, at(1), at(1));
        story.expect(&[&[expected, "keepfresh; fwd=uri-miss; fwd-status=200; detail=no-store"].concat()]);
    }
}

#[test]
fn what_nobody_waits_for_is_ignored() {
    let mut story = Story::of_asset();
    story.exchange.on_reply(&head(200, ""), at(0), at(0));
    story.exchange.on_failure(at(0));
    story.expect(&["look for the asset"]);
    story.finds_it(0);
    story.expect(&["serve stored, as it is: keepfresh; hit"]);
    story.finds_it(1);
    story.receives(200, "", 1);
    story.hears_nothing(1);
    story.is_over();
}

#[test]
fn cache_only_asks_nobody() {
    let cases: [(_, &[&str]); 5] = [
        (Some(kept(0, "")), &["serve stored, aged 9: keepfresh; hit; ttl=2147483639"]),
        (Some(kept(0, "max-age=1")), &["serve stored, aged 9: keepfresh; hit; detail=offline"]),
        (Some(kept(0, "no-cache")), &["look for what is installed"]),
        (None, &["look for https://example.com/off.json"]),
        (Some(kept(0, "max-age=60")), &["serve stored, aged 9: keepfresh; hit; ttl=51"]),
    ];
    for (stored, expected) in cases {
        let mut story = Story::of_route("policy=cache-only\tfallback=off.json", RequestHead::get(URL));
        story.expect(&["look"]);
        match stored {
            Some(stored) => story.finds(stored, 9),
            None => story.finds_nothing(9),
        }
        story.expect(expected);
        if expected == ["look for what is installed"] {
            story.finds_nothing(9);
            story.expect(&["look for https://example.com/off.json"]);
        }
        if expected[0].starts_with("look") {
            story.finds_nothing(9);
            story.expect(&["serve 504: keepfresh; detail=only-if-cached"]);
        }
        story.is_over();
    }
}

#[test]
fn a_page_that_is_cached_first_is_the_precached_one() {
    for (policy, looks_for) in
        [("cache-first", "look for the page"), ("cache-only", "look for the page"), ("http", "look")]
    {
        let line = ["mode=navigate\tpolicy=", policy].concat();
        let mut story = Story::of_route(&line, RequestHead { mode: RequestMode::Navigate, ..RequestHead::get(URL) });
        story.expect(&[looks_for]);
        if policy != "http" {
            story.finds_it(0);
            story.expect(&["serve stored, as it is: keepfresh; hit"]);
            story.is_over();
        }
    }
}

#[test]
fn in_a_race_whoever_is_there_first_answers() {
    let race = || Story::of_route("policy=race", RequestHead::get(URL));
    let mut story = race();
    story.expect(&["forward"]);
    story.exchange.on_timeout();
    story.expect(&["look"]);
    story.finds(kept(0, "max-age=1"), 9);
    story.expect(&["serve stored, aged 9: keepfresh; fwd=bypass; detail=timeout"]);
    story.receives(200, "max-age=60", 10);
    story.expect(&["store"]);
    story.is_over();

    let mut story = race();
    story.expect(&["forward"]);
    story.exchange.on_timeout();
    story.expect(&["look"]);
    story.receives(200, "max-age=60", 10);
    story.expect(&["serve reply: keepfresh; fwd=bypass; fwd-status=200; stored", "store"]);
    story.finds(kept(0, "max-age=1"), 11);
    story.is_over();
}

/// Nothing is there, the network is asked, and what it says is kept under a key.
fn is_kept_under(story: &mut Story, key: &str) {
    story.expect(&[&["look under ", key].concat()]);
    story.finds_nothing(0);
    if let Some((path, _)) = key.split_once('?') {
        story.expect(&[&["look under ", path, "?"].concat()]);
        story.finds_nothing(0);
    }
    story.expect(&["forward"]);
    story.receives(200, "max-age=60", 1);
    story.expect(&["serve reply: keepfresh; fwd=uri-miss; fwd-status=200; stored", &["store under ", key].concat()]);
    story.is_over();
}

#[test]
fn what_a_route_ignores_of_queries_makes_no_difference() {
    let cases = [
        ("true", "https://example.com/d?b=2&a=1", "https://example.com/d"),
        ("utm_source,gclid", "https://example.com/d?b=2&utm_source=x&a=1&gclid=7", "https://example.com/d?a=1&b=2&"),
        ("utm_source", "https://example.com/d", "https://example.com/d"),
        ("false", "https://example.com/d?b=2&a=1", "https://example.com/d?b=2&a=1"),
    ];
    for (ignored, url, key) in cases {
        let line = ["policy=cache-first\tignoreQuery=", ignored].concat();
        let mut story = Story::of_route(&line, RequestHead::get(url));
        is_kept_under(&mut story, key);
    }
}

#[test]
fn what_changes_something_invalidates_what_a_route_has_stored_for_it() {
    let post = RequestHead { method: "POST".to_owned(), ..RequestHead::get("https://example.com/d?x=1") };
    let mut story = Story::of_route("policy=http\tignoreQuery=true", post);
    story.expect(&["forward alone"]);
    story.receives(204, "", 1);
    story.expect(&[
        "serve reply: keepfresh; fwd=method; fwd-status=204",
        "remove https://example.com/d?x=1",
        "remove https://example.com/d?",
        "remove https://example.com/d",
    ]);
    story.is_over();
}

#[test]
fn a_body_that_says_what_is_asked_for_is_part_of_the_key() {
    let cases = [
        ("https://example.com/d# ab12", "https://example.com/d/.keepfresh-body/ab12"),
        ("https://example.com/d?b=2&a=1# ab12", "https://example.com/d/.keepfresh-body/ab12?b=2&a=1"),
        ("https://example.com/d#ab12", "https://example.com/d"),
    ];
    for (url, key) in cases {
        let method = if url.contains("# ") { "POST" } else { "GET" };
        let post = RequestHead { method: method.to_owned(), ..RequestHead::get(url) };
        let line =
            if method == "POST" { "policy=cache-first\tmethod=POST\tkeyBody=json" } else { "policy=cache-first" };
        let mut story = Story::of_route(line, post);
        is_kept_under(&mut story, key);
    }
}

#[test]
fn what_is_opaque_is_served_and_not_stored() {
    let mut story = Story::of_route("origin=*\tpolicy=cache-first\theaders=override", RequestHead::get(URL));
    story.expect(&["look"]);
    story.finds_nothing(0);
    story.expect(&["forward"]);
    story.gets(&bare(0, &[]), 1);
    story.expect(&["serve reply, as it is: keepfresh; fwd=uri-miss; fwd-status=0; detail=status"]);
    story.is_over();
}
