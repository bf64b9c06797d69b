//! The exchange: any messages, any events in any order. One answer at most, and an end.
#![no_main]

use keepfresh::exchange::{Body, Exchange, Step, wire};
use keepfresh::http::Timestamp;
use keepfresh::policy::{Audience, Terms};
use keepfresh::route::{Policy, Route, Rule};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // The first text is the request, the others are what is reported, each with a letter for the event.
    let mut parts = text.split('\0');
    let Some(head) = parts.next() else { return };
    let (choice, head) = (head.bytes().next().unwrap_or_default(), head.get(1..).unwrap_or_default());
    let policy = Policy::ALL[usize::from(choice) % Policy::ALL.len()];
    let audience = if choice & 0x20 == 0 { Audience::Private } else { Audience::Shared };
    let terms = Terms { audience, targets: vec!["cdn-cache-control".to_owned()], ..policy.default_terms() };
    let fallback = (choice & 0x10 == 0).then(|| "https://example.com/offline.html".to_owned());
    let route = Route { fallback, terms, timeout: Some(1), ..Route::new(policy) };
    let mut exchange = Exchange::new(wire::request(head), Rule::Route(&route));

    let mut now = 1_800_000_000_000;
    let (mut answers, mut from_store) = (0, false);
    for part in parts.take(32) {
        let (event, text) = (part.bytes().next().unwrap_or_default(), part.get(1..).unwrap_or_default());
        for _ in 0..64 {
            match exchange.next() {
                Step::Serve(served) => {
                    answers += 1;
                    from_store = matches!(served.body, Body::Stored(_) | Body::Found | Body::Part { .. });
                    let _ = wire::served(&exchange.measured(served, 10));
                }
                Step::Wait | Step::Done => break,
                step => drop(wire::step(&step)),
            }
        }
        assert!(answers <= 1);
        now += i64::from(event) * 1000;
        let at = Timestamp::from_millis(now);
        match event % 8 {
            0 | 1 => exchange.on_lookup(wire::found(text), at),
            2 | 3 => exchange.on_reply(&wire::response(text), at, at),
            4 => exchange.on_failure(at),
            5 => exchange.on_timeout(),
            6 => exchange.on_abort(),
            // Only what came from the store can turn out not to be there.
            _ if from_store && answers == 1 => {
                exchange.on_lost();
                (answers, from_store) = (0, false);
            }
            _ => exchange.on_collapsed(keepfresh::exchange::read_record(text).pop(), Body::Reply, at),
        }
    }
});
