//! What holds for every request, whatever happens and in whatever order.
#![cfg(not(target_arch = "wasm32"))]

use keepfresh::exchange::{Exchange, Found, Step};
use keepfresh::http::{
    CacheMode, DeltaSeconds, Destination, RequestHead, RequestMode, ResponseHead, StoredResponse,
    Timestamp,
};
use keepfresh::policy::{Headers, Terms};
use keepfresh::route::{Policy, Route, Rule};
use proptest::prelude::*;

/// Something that is reported to an exchange.
#[derive(Clone, Debug)]
enum Event {
    Failure,
    Found(u8, &'static str, i64),
    Reply(u16, &'static str),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let cache_control = prop::sample::select(vec![
        "",
        "max-age=60",
        "no-cache",
        "no-store",
        "must-revalidate",
    ]);
    let statuses = prop::sample::select(vec![0, 200, 204, 206, 304, 404, 410, 500]);
    let event = prop_oneof![
        Just(Event::Failure),
        (0..3u8, cache_control.clone(), 0..120i64)
            .prop_map(|(kind, text, age)| Event::Found(kind, text, age)),
        (statuses, cache_control).prop_map(|(status, text)| Event::Reply(status, text)),
    ];
    prop::collection::vec(event, 0..12)
}

fn requests() -> impl Strategy<Value = (RequestHead, Option<Route>)> {
    let policies = [
        Policy::CacheFirst,
        Policy::NetworkFirst,
        Policy::NetworkOnly,
        Policy::StaleWhileRevalidate,
    ];
    let modes = [
        CacheMode::Default,
        CacheMode::ForceCache,
        CacheMode::NoCache,
        CacheMode::OnlyIfCached,
    ];
    let destinations = [
        Destination::Document,
        Destination::Fetch,
        Destination::Script,
    ];
    let route = (
        prop::sample::select(policies.to_vec()),
        any::<bool>(),
        any::<bool>(),
        0..90u32,
    )
        .prop_map(|(policy, overrides, falls_back, window)| Route {
            destinations: None,
            fallback: falls_back.then(|| "https://example.com/offline.html".to_owned()),
            mode: None,
            path: None,
            policy,
            terms: Terms {
                headers: if overrides {
                    Headers::Override
                } else {
                    Headers::Respect
                },
                lifetime: DeltaSeconds::ZERO,
                stale_window: DeltaSeconds::saturating(i64::from(window)),
            },
        });
    let heads = (
        prop::sample::select(modes.to_vec()),
        prop::sample::select(destinations.to_vec()),
    );
    (heads, prop::option::of(route)).prop_map(|((cache, destination), route)| {
        let is_page = destination == Destination::Document;
        let request = RequestHead {
            asks_for_range: false,
            cache,
            destination,
            method: "GET".to_owned(),
            mode: if is_page {
                RequestMode::Navigate
            } else {
                RequestMode::Other
            },
            url: "https://example.com/a.kf.0123456789abcdef0123.js".to_owned(),
        };
        (request, route)
    })
}

const NOW: Timestamp = Timestamp::from_unix(1_000_000);

fn head(status: u16, cache_control: &str) -> ResponseHead {
    ResponseHead {
        fields: [("cache-control", cache_control)].into_iter().collect(),
        redirected: false,
        status,
    }
}

fn report(exchange: &mut Exchange, event: &Event) {
    match event {
        Event::Failure => exchange.on_failure(NOW),
        Event::Found(0, ..) => exchange.on_lookup(Found::Nothing, NOW),
        Event::Found(1, ..) => exchange.on_lookup(Found::Present, NOW),
        Event::Found(_, cache_control, age) => {
            let came = Timestamp::from_unix(1_000_000 - age);
            let head = head(200, cache_control);
            let stored = StoredResponse {
                head,
                request_time: came,
                response_time: came,
            };
            exchange.on_lookup(Found::Stored(stored), NOW);
        }
        Event::Reply(status, cache_control) => {
            exchange.on_reply(&head(*status, cache_control), NOW, NOW)
        }
    }
}

fn is_answer(step: &Step) -> bool {
    matches!(
        step,
        Step::ServeFailure(_) | Step::ServeReply(_) | Step::ServeStored(_)
    )
}

proptest! {
    #[test]
    fn there_are_never_two_answers((request, route) in requests(), events in events()) {
        let rule = route.as_ref().map_or(Rule::Fingerprinted, Rule::Route);
        let mut exchange = Exchange::new(request, rule);
        let mut answers = 0;
        for event in &events {
            while let step @ (Step::ServeFailure(_) | Step::ServeReply(_) | Step::ServeStored(_)
                | Step::Lookup(_) | Step::Forward(_) | Step::Write(_)) = exchange.next() {
                answers += usize::from(is_answer(&step));
            }
            report(&mut exchange, event);
        }
        loop {
            match exchange.next() {
                Step::Done => break,
                step => answers += usize::from(is_answer(&step)),
            }
        }
        prop_assert!(answers <= 1);
    }

    /// A host that answers each step with whatever comes gets an answer, and comes to an end.
    #[test]
    fn there_is_always_an_answer((request, route) in requests(), chance in prop::collection::vec(any::<u8>(), 8)) {
        let rule = route.as_ref().map_or(Rule::Fingerprinted, Rule::Route);
        let mut exchange = Exchange::new(request, rule);
        let mut chance = chance.into_iter().cycle();
        let mut answers = 0;
        for _ in 0..20 {
            let luck = chance.next().unwrap_or_default();
            match exchange.next() {
                Step::Lookup(_) if luck % 2 == 0 => report(&mut exchange, &Event::Found(0, "", 0)),
                Step::Lookup(_) => report(&mut exchange, &Event::Found(2, "max-age=60", i64::from(luck))),
                Step::Forward(_) if luck % 2 == 0 => report(&mut exchange, &Event::Failure),
                Step::Forward(_) => report(&mut exchange, &Event::Reply(200, "max-age=60")),
                Step::Done => break,
                step => answers += usize::from(is_answer(&step)),
            }
        }
        prop_assert_eq!(exchange.next(), Step::Done);
        prop_assert_eq!(answers, 1);
    }

    /// What says `no-store` is never stored, and what asks for validation is not served without it,
    /// unless the route or the request says otherwise.
    #[test]
    fn restrictions_hold((request, route) in requests(), age in 0..120i64) {
        let rule = route.as_ref().map_or(Rule::Fingerprinted, Rule::Route);
        let mut exchange = Exchange::new(request.clone(), rule);
        while !matches!(exchange.next(), Step::Forward(_) | Step::Done) {
            report(&mut exchange, &Event::Found(0, "", 0));
        }
        report(&mut exchange, &Event::Reply(200, "no-store"));
        loop {
            match exchange.next() {
                Step::Write(write) => prop_assert!(false, "{write:?}"),
                Step::Done => break,
                _ => {}
            }
        }

        let respects = route.as_ref().is_some_and(|route| route.terms.headers == Headers::Respect);
        if respects && request.cache == CacheMode::Default {
            let mut exchange = Exchange::new(request, rule);
            if let Step::Lookup(_) = exchange.next() {
                report(&mut exchange, &Event::Found(2, "no-cache", age));
                prop_assert!(matches!(exchange.next(), Step::Forward(_)));
            }
        }
    }
}
