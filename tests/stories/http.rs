//! What HTTP alone leads to, and what every host has to live with: silence, aborts, losses, twins.

use keepfresh::exchange::{Body, Step};
use keepfresh::http::{RequestHead, StoredResponse};
use keepfresh::policy::Audience;

use crate::teller::{Story, URL, asks, at, bare, kept, kept_for, tell_served};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_request_says_what_it_will_take() {
    let cases = [
        // request                    stored, aged 70  step
        ("max-stale=10", "max-age=60", "serve stored, aged 70: keepfresh; hit; ttl=-10; detail=max-stale"),
        ("max-stale=9", "max-age=60", "forward if-none-match \"v1\""),
        ("max-stale", "max-age=60, must-revalidate", "forward if-none-match \"v1\""),
        ("max-age=60", "max-age=90", "forward if-none-match \"v1\""),
        ("min-fresh=21", "max-age=90", "forward if-none-match \"v1\""),
        ("min-fresh=20", "max-age=90", "serve stored, aged 70: keepfresh; hit; ttl=20"),
        ("no-cache", "max-age=90", "forward if-none-match \"v1\""),
        ("only-if-cached", "max-age=60", "serve 504: keepfresh; detail=only-if-cached"),
    ];
    for (asked, cache_control, expected) in cases {
        let mut story = Story::of_http(asks("GET", &[("cache-control", asked)]));
        story.expect(&["look"]);
        story.finds(kept(0, cache_control), 70);
        story.expect(&[expected]);
    }
}

#[test]
fn what_caches_are_to_keep_out_of_is_forwarded_and_forgotten() {
    for (name, value, forwards, why) in [
        ("cache-control", "no-store", "forward alone", "request-no-store"),
        ("if-match", "\"a\"", "forward", "precondition"),
        ("if-unmodified-since", "x", "forward", "precondition"),
    ] {
        let mut story = Story::of_http(asks("GET", &[(name, value)]));
        story.expect(&[forwards]);
        story.receives(200, "max-age=60", 1);
        story.expect(&[&format!("serve reply: keepfresh; fwd=bypass; fwd-status=200; detail={why}")]);
        story.is_over();
    }
}

#[test]
fn all_variants_are_asked_about_and_the_304_says_which() {
    let french = asks("GET", &[("accept-language", "fr")]);
    let stored = |slot, language: &str, tag: &str| {
        let request = asks("GET", &[("accept-language", language)]);
        kept_for(&request, slot, 200, &[("vary", "Accept-Language"), ("etag", tag), ("cache-control", "max-age=60")])
    };
    let mut story = Story::of_http(french);
    story.expect(&["look"]);
    story.finds_all(vec![stored(0, "en", "\"e\""), stored(1, "de", "\"d\"")], 1);
    story.expect(&["forward if-none-match \"e\", \"d\""]);
    story.gets(&bare(304, &[("etag", "\"d\"")]), 2);
    assert!(matches!(story.exchange.next(), Step::Serve(served) if served.body == Body::Stored(1)));
    story.expect(&["freshen"]);
    story.is_over();
}

#[test]
fn a_304_that_speaks_of_nothing_stored_is_asked_again() {
    let mut story = Story::of_http(asks("GET", &[]));
    story.expect(&["look"]);
    story.finds(kept(0, "max-age=1"), 5);
    story.expect(&["forward if-none-match \"v1\""]);
    story.gets(&bare(304, &[("etag", "\"other\"")]), 6);
    story.expect(&["forward alone"]);
    story.receives(200, "max-age=60", 7);
    story.expect(&["serve reply: keepfresh; fwd=stale; fwd-status=200; stored", "store"]);
    story.is_over();
}

#[test]
fn a_client_that_has_it_is_told_so() {
    let mut story = Story::of_http(asks("GET", &[("if-none-match", "\"v1\"")]));
    story.expect(&["look"]);
    story.finds(kept(0, "max-age=60"), 5);
    story.expect(&["serve 304, aged 5: keepfresh; hit; ttl=55"]);
    story.is_over();

    // What is stored is another one, and so is what the origin server has: the 304 is the client's own.
    let mut story = Story::of_http(asks("GET", &[("if-none-match", "\"mine\"")]));
    story.expect(&["look"]);
    story.finds(kept(0, "max-age=1"), 5);
    story.expect(&["forward if-none-match \"v1\", \"mine\""]);
    story.gets(&bare(304, &[("etag", "\"mine\"")]), 6);
    story.expect(&["serve reply: keepfresh; fwd=stale; fwd-status=304"]);
    story.is_over();
}

#[test]
fn a_head_is_served_from_a_get_and_brings_news_of_it() {
    let fresh = || kept(0, "max-age=60");
    let mut story = Story::of_http(asks("HEAD", &[]));
    story.expect(&["look"]);
    story.finds(fresh(), 5);
    story.expect(&["serve 200, aged 5: keepfresh; hit; ttl=55"]);
    story.is_over();

    for (tag, write) in [("\"v1\"", "freshen"), ("\"v2\"", "remove")] {
        let mut story = Story::of_http(asks("HEAD", &[]));
        story.expect(&["look"]);
        story.finds(fresh(), 70);
        story.expect(&["forward alone"]);
        story.gets(&bare(200, &[("etag", tag)]), 71);
        story.expect(&["serve reply: keepfresh; fwd=stale; fwd-status=200", write]);
        story.is_over();
    }
}

#[test]
fn what_is_no_longer_to_be_kept_is_forgotten() {
    for (method, status) in [("HEAD", 200), ("GET", 304)] {
        let mut story = Story::of_http(asks(method, &[]));
        story.expect(&["look"]);
        story.finds(kept(0, "max-age=1"), 5);
        assert!(matches!(story.exchange.next(), Step::Forward(_)));
        story.gets(&bare(status, &[("etag", "\"v1\""), ("cache-control", "no-store")]), 6);
        assert!(matches!(story.exchange.next(), Step::Serve(_)));
        story.expect(&["remove"]);
        story.is_over();
    }
}

#[test]
fn a_part_is_cut_from_the_whole_once_its_length_is_known() {
    let cases = [
        ("bytes=2-3", "serve 2 bytes from 2, aged 5: keepfresh; hit; ttl=55"),
        ("bytes=-3", "serve 3 bytes from 7, aged 5: keepfresh; hit; ttl=55"),
        ("bytes=10-", "serve 416, aged 5: keepfresh; hit; ttl=55"),
        ("bytes=0-1,5-6", "serve several parts, aged 5: keepfresh; hit; ttl=55"),
        ("bytes=0-1,10-", "serve 2 bytes from 0, aged 5: keepfresh; hit; ttl=55"),
        ("bytes=10-,-0", "serve 416, aged 5: keepfresh; hit; ttl=55"),
        ("bytes=0-8,1-9", "serve stored, aged 5: keepfresh; hit; ttl=55"),
    ];
    for (range, expected) in cases {
        let mut story = Story::of_http(asks("GET", &[("range", range)]));
        story.expect(&["look"]);
        story.finds(kept(0, "max-age=60"), 5);
        let Step::Serve(unmeasured) = story.exchange.next() else { panic!("{range} is not served") };
        assert_eq!(unmeasured.body, Body::Unmeasured(Some(0)));
        let measured = story.exchange.measured(unmeasured, 10);
        assert_eq!(tell_served(&measured), expected);
        let head = measured.head.expect(range);
        assert_eq!(head.fields.first("cache-status"), Some("keepfresh; hit; ttl=55"), "{range}");
    }
}

#[test]
fn a_first_part_is_completed_by_the_rest() {
    let part = |range: &str, tag: &str| {
        let fields = [("content-range", range), ("etag", tag), ("cache-control", "max-age=60")];
        bare(206, &fields)
    };
    let stored = || StoredResponse::new(URL, part("bytes 0-4/10", "\"v1\""), at(0), at(0));
    let mut story = Story::of_http(asks("GET", &[]));
    story.expect(&["look"]);
    story.finds(stored(), 5);
    story.expect(&["forward alone range bytes=5- if-range \"v1\""]);
    story.gets(&part("bytes 5-9/10", "\"v1\""), 6);
    story.expect(&["serve both parts: keepfresh; fwd=partial; fwd-status=206; stored", "store"]);
    story.is_over();

    // Another representation's rest is not put behind it.
    let mut story = Story::of_http(asks("GET", &[]));
    story.expect(&["look"]);
    story.finds(stored(), 5);
    story.expect(&["forward alone range bytes=5- if-range \"v1\""]);
    story.gets(&part("bytes 5-9/10", "\"v2\""), 6);
    story.expect(&["forward alone"]);
    story.receives(200, "max-age=60", 7);
    story.expect(&["serve reply: keepfresh; fwd=partial; fwd-status=200; stored", "store"]);
    story.is_over();
}

#[test]
fn what_changes_something_invalidates_what_it_names() {
    let mut story = Story::of_http(asks("POST", &[]));
    story.expect(&["forward alone"]);
    story.gets(
        &bare(
            201,
            &[
                ("location", "/new"),
                ("content-location", "https://other.example/"),
                ("cache-group-invalidation", "\"a\""),
            ],
        ),
        1,
    );
    story.expect(&[
        "serve reply: keepfresh; fwd=method; fwd-status=201",
        "remove",
        "remove https://example.com/new",
        "remove the groups a",
    ]);
    story.is_over();
}

#[test]
fn a_site_may_have_all_of_it_forgotten() {
    let mut story = Story::of_http(asks("GET", &[]));
    story.expect(&["look"]);
    story.finds_nothing(0);
    story.expect(&["forward"]);
    story.gets(&bare(200, &[("clear-site-data", "\"cache\""), ("cache-control", "no-store")]), 1);
    story.expect(&[
        "forget all of https://example.com",
        "serve reply: keepfresh; fwd=uri-miss; fwd-status=200; detail=no-store",
    ]);
    story.is_over();
}

#[test]
fn an_error_is_covered_while_the_response_allows_it() {
    for (age, expected) in [
        (69, "serve stored, aged 69: keepfresh; fwd=stale; fwd-status=503; detail=stale-if-error"),
        (70, "serve reply: keepfresh; fwd=stale; fwd-status=503; detail=status"),
    ] {
        let mut story = Story::of_http(asks("GET", &[]));
        story.expect(&["look"]);
        story.finds(kept(0, "max-age=60, stale-if-error=10"), age);
        story.expect(&["forward if-none-match \"v1\""]);
        story.receives(503, "", age);
        story.expect(&[expected]);
        story.is_over();
    }
}

#[test]
fn a_slow_network_is_answered_for_and_still_heard() {
    let mut story = Story::of_page_within(None, Some(3));
    story.expect(&["forward", "wait"]);
    story.exchange.on_timeout();
    story.expect(&["look for the page"]);
    story.finds(kept(0, "max-age=1"), 5);
    story.expect(&["serve stored, aged 5: keepfresh; fwd=bypass; detail=timeout", "wait"]);
    story.receives(200, "max-age=60", 9);
    story.expect(&["store"]);
    story.is_over();

    // Without anything stored there is nothing to do but wait.
    let mut story = Story::of_page_within(None, Some(3));
    story.expect(&["forward"]);
    story.exchange.on_timeout();
    story.expect(&["look for the page"]);
    story.finds_nothing(5);
    story.expect(&["wait"]);
    story.receives(200, "max-age=60", 9);
    story.expect(&["serve reply: keepfresh; fwd=bypass; fwd-status=200; stored", "store"]);
    story.is_over();
}

#[test]
fn who_gave_up_is_not_answered_and_what_comes_is_kept() {
    let mut story = Story::of_http(asks("GET", &[]));
    story.expect(&["look"]);
    story.finds_nothing(0);
    story.expect(&["forward"]);
    story.exchange.on_abort();
    story.expect(&["wait"]);
    story.receives(200, "max-age=60", 1);
    story.expect(&["store"]);
    story.is_over();
}

#[test]
fn a_body_that_is_lost_is_fetched_again() {
    let mut story = Story::of_http(asks("GET", &[]));
    story.expect(&["look"]);
    story.finds(kept(0, "max-age=60"), 5);
    story.expect(&["serve stored, aged 5: keepfresh; hit; ttl=55"]);
    story.exchange.on_lost();
    story.expect(&["forward alone"]);
    story.receives(200, "max-age=60", 6);
    story.expect(&["serve reply: keepfresh; fwd=uri-miss; fwd-status=200; stored", "store"]);
    story.is_over();
}

#[test]
fn one_answer_does_for_two_that_ask_the_same() {
    let shared = |cache_control| Some(kept(5, cache_control));
    let mut story = Story::of_http(asks("GET", &[]));
    story.expect(&["look"]);
    story.finds_nothing(0);
    story.expect(&["forward"]);
    story.exchange.on_collapsed(shared("max-age=60"), Body::Reply, at(5));
    story.expect(&["serve reply: keepfresh; fwd=uri-miss; fwd-status=200; collapsed"]);
    story.is_over();

    for not_for_others in [shared("no-cache"), shared("max-age=0"), None] {
        let mut story = Story::of_http(asks("GET", &[]));
        story.expect(&["look"]);
        story.finds_nothing(0);
        story.expect(&["forward"]);
        story.exchange.on_collapsed(not_for_others, Body::Reply, at(5));
        story.expect(&["forward alone"]);
        story.receives(200, "no-cache", 6);
        story.expect(&["serve reply: keepfresh; fwd=uri-miss; fwd-status=200; stored", "store"]);
        story.is_over();
    }
}

#[test]
fn a_query_that_makes_no_difference_finds_the_same() {
    let rule = ("no-vary-search", "params=(\"utm\")");
    let lasts = ("cache-control", "max-age=60");
    let (first, second) = ("https://example.com/?a=1&utm=x", "https://example.com/?a=1&utm=y");
    let representative = "https://example.com/?a=1&";
    let mut story = Story::of_http(RequestHead::get(first));
    story.expect(&["look under https://example.com/?a=1&utm=x"]);
    story.finds_nothing(0);
    story.expect(&["look under https://example.com/?"]);
    story.finds_nothing(0);
    story.expect(&["forward"]);
    story.gets(&bare(200, &[rule, lasts]), 0);
    story.expect(&[
        "serve reply: keepfresh; fwd=uri-miss; fwd-status=200; stored",
        &["store under ", representative].concat(),
        "note under https://example.com/?",
    ]);
    story.is_over();

    let mut story = Story::of_http(RequestHead::get(second));
    story.expect(&["look under https://example.com/?a=1&utm=y"]);
    story.finds_nothing(5);
    story.expect(&["look under https://example.com/?"]);
    story.finds(kept_for(&RequestHead::get(first), 0, 0, &[rule]), 5);
    story.expect(&[&["look under ", representative].concat()]);
    story.finds(kept_for(&RequestHead::get(first), 0, 200, &[rule, lasts]), 5);
    story.expect(&["serve stored, aged 5: keepfresh; hit; ttl=55"]);
    story.is_over();
}

#[test]
fn a_shared_cache_keeps_what_is_for_all() {
    let authorized: &[(&str, &str)] = &[("authorization", "Basic x")];
    let cases: [(&[(&str, &str)], &str, &str); 4] = [
        (&[], "max-age=60", "stored"),
        (&[], "private, max-age=60", "detail=private"),
        (authorized, "max-age=60", "detail=authorization"),
        (authorized, "public, max-age=60", "stored"),
    ];
    for (fields, cache_control, expected) in cases {
        let mut story = Story::of_http_for(Audience::Shared, asks("GET", fields));
        story.expect(&["look"]);
        story.finds_nothing(0);
        story.expect(&["forward"]);
        story.receives(200, cache_control, 1);
        story.expect(&[&["serve reply: keepfresh; fwd=uri-miss; fwd-status=200; ", expected].concat()]);
    }
}
