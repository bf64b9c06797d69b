//! What is read of tables, and what of their faults is said.

use super::super::RouteTable;
use super::*;
use crate::policy::Audience;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn every_field_is_read() {
    let text = "path=data/*\tpolicy=stale-while-revalidate\tmaxAgeSeconds=60.5\tstaleSeconds=Infinity\t\
                headers=override\tfallback=off.json\tdestination=image,font\n\n\
                mode=navigate\tpolicy=network-first\tfallback=/off.html";
    let table = RouteTable::read("https://example.com/app/", text).unwrap();
    assert_eq!((table.origin.as_str(), table.scope.as_str()), ("https://example.com", "/app/"));
    let data = &table.routes[0];
    assert_eq!(data.path, Pattern::new("data/*").ok());
    assert_eq!(data.policy, Policy::StaleWhileRevalidate);
    assert_eq!(data.fallback.as_deref(), Some("https://example.com/app/off.json"));
    assert_eq!(data.destinations, Destination::Image.bit() | Destination::Font.bit());
    let terms = Terms {
        headers: Headers::Override,
        lifetime: Some(DeltaSeconds::saturating(60)),
        stale_window: Some(DeltaSeconds::MAX),
        ..Terms::http(Audience::Private)
    };
    assert_eq!(data.terms, terms);
    let pages = &table.routes[1];
    assert_eq!(pages.mode, Some(RequestMode::Navigate));
    assert_eq!(pages.fallback.as_deref(), Some("https://example.com/off.html"));
    assert_eq!(pages.terms, Policy::NetworkFirst.default_terms());
    assert_eq!(RouteTable::read("https://example.com/", "").unwrap().routes, []);
}

#[test]
fn parts_of_a_second_count_where_somebody_waits() {
    for (value, expected) in [
        ("3", Some(3000)),
        ("0.5", Some(500)),
        ("2.0625", Some(2062)),
        ("0.05", Some(50)),
        ("99999999999", Some(i32::MAX as u32)),
        ("Infinity", Some(i32::MAX as u32)),
        ("1e-7", None),
        (".5", None),
        ("1.", None),
        ("1.\u{e9}", None),
        ("-1", None),
    ] {
        let table =
            RouteTable::read("https://example.com/", &["policy=network-first\ttimeoutSeconds=", value].concat());
        assert_eq!(table.ok().map(|table| table.routes[0].timeout), expected.map(Some), "{value}");
    }
}

#[test]
fn faults_are_named() {
    let cases = [
        (
            "path=/a",
            "`policy` is missing; it can be cache-first, cache-only, http, network-first, network-only, stale-while-revalidate, race",
        ),
        ("policy=fastest", "routes[0]: `policy` is fastest; it can be cache-first"),
        ("policy=cache-first\npolicy=x", "routes[1]: `policy` is x"),
        ("policy=cache-first\tttl=5", "`ttl` is not a field of a route"),
        ("policy=cache-first\tnonsense", "`nonsense` is not a field of a route"),
        ("policy=cache-first\tmode=cors", "`mode` is cors; it can be navigate"),
        ("policy=cache-first\tpath=/a(b)", "the path `/a(b)` cannot be read from `(b)` on"),
        ("policy=cache-first\torigin=cdn.example", "`origin` is cdn.example; it can be https://host"),
        ("policy=cache-first\torigin=https://a.example/b", "`origin` is https://a.example/b"),
        ("policy=cache-first\tdestination=image,img", "`destination` is img; it can be document, font, image"),
        ("policy=cache-first\theaders=ignore", "`headers` is ignore; it can be respect, override"),
        ("policy=cache-first\tmaxAgeSeconds=soon", "`maxAgeSeconds` is soon; it can be a number"),
        ("policy=cache-first\tstaleSeconds=-1", "`staleSeconds` is -1; it can be a number of seconds"),
        ("policy=http\tmaxBytes=much", "`maxBytes` is much; it can be a whole number"),
        ("policy=http\tkeepSeconds=x", "`keepSeconds` is x; it can be a number of seconds"),
        ("policy=http\ttags=a,b c", "`tags` is b c; it can be a name without spaces and commas"),
        ("policy=network-only\tmethod=BREW", "`method` is BREW; it can be GET, or some of POST"),
        ("policy=cache-first\tmethod=POST", "`method` is for routes whose `policy` is network-only, or with `keyB"),
        ("policy=cache-first\tmethod=PUT\tkeyBody=json", "`method` is PUT; it can be POST or QUERY"),
        ("policy=cache-first\tmethod=POST\tkeyBody=xml", "`keyBody` is xml; it can be bytes, graphql, json"),
        ("policy=cache-first\tkeyBody=json", "`keyBody` is for routes with a `method`"),
        ("policy=network-only\tmethod=POST\tkeyBody=json", "`policy` is network-only: nothing is kept"),
        (
            "policy=cache-first\tpartition=a b",
            "`partition` is a b; it can be true, or the name of a field that workers see",
        ),
        (
            "policy=cache-first\tpartition=Cookie",
            "`partition` is Cookie; it can be true, or the name of a field that workers see",
        ),
        (
            "policy=cache-first\tpartition=accept-language",
            "`partition` is accept-language; it can be true, or the name of a field that workers see",
        ),
        ("policy=http\topaque=true", "`opaque` is for routes that say themselves how long"),
        ("policy=cache-first\topaque=true", "`opaque` with cache-first needs `keepSeconds` or `maxAgeSeconds`"),
        ("policy=race\topaque=yes", "`opaque` is yes; it can be false, true"),
        ("policy=network-only\ttags=a", "`policy` is network-only: nothing is kept"),
        ("policy=network-only\tmaxAgeSeconds=1", "`policy` is network-only: nothing is kept"),
        ("policy=cache-first\ttimeoutSeconds=1", "`timeoutSeconds` is for routes whose `policy` is network-first"),
        ("policy=race\ttimeoutSeconds=1", "`timeoutSeconds` is for routes whose `policy` is network-first"),
        ("policy=network-only\tqueue=a", "`queue` is for routes with a `method` that changes something"),
        (
            "policy=http\tmethod=POST\tkeyBody=json\tqueue=a",
            "`queue` is for routes with a `method` that changes something",
        ),
        ("policy=network-only\tmethod=POST\tqueue=", "`queue` is ; it can be a name"),
        ("policy=race\tafter=a.html", "`after` is for routes with `before`"),
        ("policy=race\tcontentQuery=a", "`contentQuery` is for routes with `before`"),
        ("policy=race\tbefore=a.html", "`before` needs `mode`"),
        ("policy=race\tmode=navigate\tbefore=a.html", "`before` needs `fallback`"),
        ("policy=race\tmode=navigate\tfallback=b.html\tbefore=a.html", "`before` needs `contentQuery`"),
        ("policy=race\tmode=navigate\tfallback=b\tbefore=a b\tcontentQuery=c", "`before` is a b; it can be"),
        (
            "policy=race\tmode=navigate\tfallback=b\tbefore=a\tcontentQuery=c\tignoreQuery=true",
            "`before` cannot be used with `partition`, or with `ignoreQuery`",
        ),
        ("[object Object]", "`[object Object]` is not a field of a route"),
    ];
    for (text, expected) in cases {
        let Fault(message) = RouteTable::read("https://example.com/", text).unwrap_err();
        assert!(message.contains(expected), "{text:?}: {message}");
    }
}
