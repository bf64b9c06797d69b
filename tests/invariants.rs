//! What holds for every request, whatever happens and in whatever order.
#![cfg(not(target_arch = "wasm32"))]

use keepfresh::exchange::{Body, Exchange, Found, Served, Step, Write};
use keepfresh::http::{CacheMode, Destination, RequestHead, RequestMode, ResponseHead, StoredResponse, Timestamp};
use keepfresh::policy::{Audience, Headers, Terms, nominated_fields};
use keepfresh::route::{Policy, Route, Rule};
use proptest::prelude::*;

/// Something that is reported to an exchange.
#[derive(Clone, Debug)]
enum Event {
    Abort,
    Collapsed(Option<Kept>),
    Failure,
    Found(Vec<Kept>),
    Present,
    Reply(u16, &'static str, &'static str),
    Timeout,
}

/// A stored response: its status, directives and validator, and its age.
#[derive(Clone, Debug)]
struct Kept(u16, &'static str, &'static str, i64);

const DIRECTIVES: [&str; 8] = [
    "",
    "max-age=60",
    "no-cache",
    "no-store",
    "must-revalidate",
    "private, max-age=60",
    "s-maxage=60",
    "max-age=1, stale-while-revalidate=60",
];

fn kept() -> impl Strategy<Value = Kept> {
    let tags = prop::sample::select(vec!["", "\"a\"", "W/\"b\""]);
    (prop::sample::select(vec![200, 206, 404]), prop::sample::select(DIRECTIVES.to_vec()), tags, 0..120i64)
        .prop_map(|(status, directives, tag, age)| Kept(status, directives, tag, age))
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let statuses = prop::sample::select(vec![0, 200, 204, 206, 304, 404, 410, 500, 503]);
    let event = prop_oneof![
        Just(Event::Abort),
        Just(Event::Failure),
        Just(Event::Present),
        Just(Event::Timeout),
        prop::option::of(kept()).prop_map(Event::Collapsed),
        prop::collection::vec(kept(), 0..3).prop_map(Event::Found),
        (statuses, prop::sample::select(DIRECTIVES.to_vec()), prop::sample::select(vec!["", "\"a\"", "\"c\""]))
            .prop_map(|(status, directives, tag)| Event::Reply(status, directives, tag)),
    ];
    prop::collection::vec(event, 0..12)
}

const MODES: [CacheMode; 6] = [
    CacheMode::Default,
    CacheMode::ForceCache,
    CacheMode::NoCache,
    CacheMode::NoStore,
    CacheMode::OnlyIfCached,
    CacheMode::Reload,
];

fn requests() -> impl Strategy<Value = (RequestHead, Option<Route>)> {
    let destinations = [Destination::Document, Destination::Fetch, Destination::Script];
    let methods = ["GET", "GET", "GET", "HEAD", "POST"];
    let fields = [
        ("accept", "x"),
        ("range", "bytes=0-4"),
        ("if-none-match", "\"a\""),
        ("authorization", "x"),
        ("cache-control", "max-stale"),
    ];
    let heads = (
        prop::sample::select(MODES.to_vec()),
        prop::sample::select(destinations.to_vec()),
        prop::sample::select(methods.to_vec()),
        prop::sample::select(fields.to_vec()),
    );
    let route = (
        prop::sample::select(Policy::ALL.to_vec()),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        prop::option::of(0..90_000u32),
    );
    let route = route.prop_map(|(policy, overrides, falls_back, is_shared, timeout)| {
        let headers = if overrides && policy != Policy::Http { Headers::Override } else { Headers::Respect };
        let audience = if is_shared { Audience::Shared } else { Audience::Private };
        Route {
            fallback: falls_back.then(|| "https://example.com/offline.html".to_owned()),
            terms: Terms { audience, headers, ..policy.default_terms() },
            timeout,
            ..Route::new(policy)
        }
    });
    (heads, prop::option::of(route)).prop_map(|((cache, destination, method, field), route)| {
        let is_page = destination == Destination::Document;
        let request = RequestHead {
            cache,
            destination,
            fields: [field].into_iter().collect(),
            method: if route.is_some() { method.to_owned() } else { "GET".to_owned() },
            mode: if is_page { RequestMode::Navigate } else { RequestMode::Other },
            url: "https://example.com/a.kf.0123456789abcdef0123.js".to_owned(),
        };
        (request, route)
    })
}

const NOW: Timestamp = Timestamp::from_unix(1_000_000);

fn head(status: u16, directives: &str, tag: &str) -> ResponseHead {
    let mut fields = [("cache-control", directives)].into_iter().collect::<keepfresh::http::Fields>();
    if !tag.is_empty() {
        fields.append("etag", tag);
    }
    if status == 206 {
        fields.append("content-range", "bytes 0-9/20");
    }
    ResponseHead { fields, redirected: false, status }
}

fn stored(request: &RequestHead, Kept(status, directives, tag, age): &Kept, slot: usize) -> StoredResponse {
    let came = Timestamp::from_unix(1_000_000 - age);
    let head = head(*status, directives, tag);
    let nominated = nominated_fields(request, &head);
    StoredResponse { nominated, slot: slot as u8, ..StoredResponse::new(&request.url, head, came, came) }
}

fn report(exchange: &mut Exchange, event: &Event) {
    let request = exchange.request().clone();
    match event {
        Event::Abort => exchange.on_abort(),
        Event::Collapsed(kept) => {
            let shared = kept.as_ref().map(|kept| stored(&request, kept, 0));
            exchange.on_collapsed(shared, Body::Reply, NOW);
        }
        Event::Failure => exchange.on_failure(NOW),
        Event::Found(all) => {
            let all = all.iter().enumerate().map(|(slot, kept)| stored(&request, kept, slot)).collect();
            exchange.on_lookup(Found::Stored(all), NOW);
        }
        Event::Present => exchange.on_lookup(Found::Present(None), NOW),
        Event::Reply(status, directives, tag) => exchange.on_reply(&head(*status, directives, tag), NOW, NOW),
        Event::Timeout => exchange.on_timeout(),
    }
}

/// The steps until there is none to take.
fn steps(exchange: &mut Exchange) -> Vec<Step> {
    std::iter::from_fn(|| Some(exchange.next()).filter(|step| !matches!(step, Step::Wait | Step::Done))).collect()
}

fn answers(steps: &[Step]) -> usize {
    steps.iter().filter(|step| matches!(step, Step::Serve(_))).count()
}

fn begin(request: &RequestHead, route: &Option<Route>) -> Exchange {
    Exchange::new(request.clone(), route.as_ref().map_or(Rule::Fingerprinted, Rule::Route))
}

proptest! {
    #[test]
    fn there_are_never_two_answers((request, route) in requests(), events in events()) {
        let mut exchange = begin(&request, &route);
        let mut count = answers(&steps(&mut exchange));
        for event in &events {
            report(&mut exchange, event);
            count += answers(&steps(&mut exchange));
        }
        prop_assert!(count <= 1);
    }

    /// A host that reports whatever comes of each step gets an answer, and comes to an end.
    #[test]
    fn there_is_always_an_answer((request, route) in requests(), luck in prop::collection::vec(any::<u8>(), 16), kept in kept()) {
        let mut exchange = begin(&request, &route);
        let mut luck = luck.into_iter().cycle();
        let mut count = 0;
        for _ in 0..20 {
            let luck = luck.next().unwrap_or_default();
            match exchange.next() {
                Step::Lookup(_) if luck % 2 == 0 => report(&mut exchange, &Event::Found(vec![])),
                Step::Lookup(_) => report(&mut exchange, &Event::Found(vec![kept.clone()])),
                Step::Forward(_) if luck % 4 == 0 => report(&mut exchange, &Event::Failure),
                Step::Forward(_) if luck % 4 == 1 => report(&mut exchange, &Event::Reply(304, "", "\"c\"")),
                Step::Forward(_) if luck % 4 == 2 => report(&mut exchange, &Event::Reply(503, "", "")),
                Step::Forward(_) => report(&mut exchange, &Event::Reply(200, "max-age=60", "")),
                Step::Serve(served) => {
                    count += 1;
                    // Once in a while what was to be served is not there; that answer does not count.
                    if matches!(served.body, Body::Stored(_) | Body::Found) && luck % 8 == 7 {
                        exchange.on_lost();
                        count -= 1;
                    }
                }
                Step::Wait => prop_assert!(false, "something was reported that nobody took"),
                Step::Done => break,
                Step::Write(_) => {}
            }
        }
        prop_assert_eq!(exchange.next(), Step::Done);
        prop_assert_eq!(exchange.next(), Step::Done);
        prop_assert_eq!(count, 1);
    }

    /// What says `no-store` is never stored, nor is what a shared cache must not share.
    #[test]
    fn what_must_not_be_stored_is_not((request, route) in requests(), events in events()) {
        let is_shared = route.as_ref().is_some_and(|route| route.terms.audience == Audience::Shared);
        let mut exchange = begin(&request, &route);
        steps(&mut exchange);
        for event in &events {
            report(&mut exchange, event);
            for step in steps(&mut exchange) {
                if let (Step::Write(Write::Store(_, news)), Event::Reply(_, directives, _)) = (step, event) {
                    prop_assert_ne!(*directives, "no-store");
                    prop_assert_ne!(request.cache, CacheMode::NoStore);
                    prop_assert!(!is_shared || !directives.contains("private"), "{:?}", news);
                    let is_anyones = directives.contains("s-maxage") || directives.contains("must-revalidate");
                    prop_assert!(!is_shared || !request.fields.contains("authorization") || is_anyones);
                }
            }
        }
    }

    /// What says `no-cache` is served after a validation, unless the route or the page has it otherwise.
    #[test]
    fn what_must_be_validated_is((request, route) in requests(), age in 0..120i64) {
        let respects = route.as_ref().is_some_and(|route| route.terms.headers == Headers::Respect);
        let takes_any = matches!(request.cache, CacheMode::ForceCache | CacheMode::OnlyIfCached);
        if respects && !takes_any {
            let mut exchange = begin(&request, &route);
            if let Some(Step::Lookup(_)) = steps(&mut exchange).first() {
                report(&mut exchange, &Event::Found(vec![Kept(200, "no-cache", "\"a\"", age)]));
                let steps = steps(&mut exchange);
                let asks = matches!(steps.first(), Some(Step::Forward(_)));
                // Where nobody is asked it is not served.
                let has_nobody = route.as_ref().is_some_and(|route| route.policy == Policy::CacheOnly);
                let is_kept_back = !steps.iter().any(|step| matches!(step, Step::Serve(Served { body: Body::Stored(_), .. })));
                prop_assert!(asks || (has_nobody && is_kept_back), "{:?}", steps);
            }
        }
    }
}
