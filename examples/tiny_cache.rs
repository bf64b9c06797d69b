//! A whole HTTP cache around a closure: the pure engine, driven by hand. `cargo run --example tiny_cache`.
//!
//! Here the store is a map, the network a closure and the clock a number. Any client or server puts its
//! own in their place; everything that HTTP has to say stays in the engine.

use std::collections::BTreeMap;

use keepfresh::exchange::{Body, Exchange, Found, Step, commit, read_record};
use keepfresh::http::{RequestHead, ResponseHead, Timestamp};
use keepfresh::policy::{Audience, Terms};
use keepfresh::route::Rule;

/// A response with its body.
type Response = (ResponseHead, String);

/// What is stored: a record for each key, and bodies in slots.
#[derive(Default)]
struct Cache {
    bodies: BTreeMap<(String, u8), String>,
    records: BTreeMap<String, String>,
}

impl Cache {
    /// Answers a request at a moment; `network` is asked only where it has to be.
    fn answer(&mut self, request: RequestHead, now: Timestamp, network: impl Fn(&RequestHead) -> Response) -> Response {
        let terms = Terms::http(Audience::Private);
        let mut exchange = Exchange::new(request.clone(), Rule::Http(&terms));
        let (mut key, mut answer, mut reply_body) = (String::new(), None, String::new());
        loop {
            match exchange.next() {
                Step::Lookup(target) => {
                    key = format!("{target:?}");
                    let record = self.records.get(&key).map_or("", String::as_str);
                    exchange.on_lookup(Found::Stored(read_record(record)), now);
                }
                Step::Forward(forwarded) => {
                    let mut sent = request.clone();
                    for (name, value) in forwarded.fields.iter() {
                        sent.fields.set(name, value);
                    }
                    let (head, body) = network(&sent);
                    reply_body = body;
                    exchange.on_reply(&head, now, now);
                }
                Step::Serve(served) => {
                    let body = match served.body {
                        Body::Stored(slot) => self.bodies.get(&(key.clone(), slot)).cloned().unwrap_or_default(),
                        Body::Reply => reply_body.clone(),
                        _ => String::new(), // parts and combinations are left out of this example
                    };
                    answer = served.head.map(|head| (head, body));
                }
                Step::Write(write) => {
                    let record = self.records.get(&key).map_or("", String::as_str);
                    if let Some(commit) = commit(&write, record) {
                        if let Some(slot) = commit.body {
                            self.bodies.insert((key.clone(), slot), reply_body.clone());
                        }
                        self.records.insert(key.clone(), commit.record);
                    }
                }
                Step::Wait | Step::Done => break,
            }
        }
        answer.unwrap_or_else(|| {
            (ResponseHead { fields: Default::default(), redirected: false, status: 502 }, String::new())
        })
    }
}

fn main() {
    let network = |request: &RequestHead| {
        let is_current = request.fields.first("if-none-match") == Some("\"v1\"");
        let fields = [("cache-control", "max-age=60"), ("etag", "\"v1\"")].into_iter().collect();
        let status = if is_current { 304 } else { 200 };
        (ResponseHead { fields, redirected: false, status }, "hello".to_owned())
    };
    let mut cache = Cache::default();
    for seconds in [0, 30, 90, 100] {
        let request = RequestHead::get("https://example.com/");
        let (head, body) = cache.answer(request, Timestamp::from_unix(1_800_000_000 + seconds), network);
        println!("after {seconds} s: {body}: {}", head.fields.first("cache-status").unwrap_or_default());
    }
}
