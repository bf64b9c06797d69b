//! Times decisions natively, for `npm run bench -- decision`.
//!
//! Standard input: exchanges, as `answers` reads them. Standard output: for each a line with the nanoseconds that a
//! decision takes, a column a subject, with tabs: keepfresh with heads that are parsed, keepfresh with heads as text,
//! the crate http-cache-semantics with its policy in memory. Three more columns have the same for storing.

use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime};

use http_cache_semantics::{CacheOptions, CachePolicy};
use keepfresh::exchange::{Exchange, Found, Step, commit, read_record, wire};
use keepfresh::http::{RequestHead, ResponseHead, StoredResponse, Timestamp};
use keepfresh::policy::Terms;
use keepfresh::route::Rule;
use keepfresh_differential::{Case, cases, request, response, terms};

/// How long each subject is timed.
const SPAN: Duration = Duration::from_millis(20);

fn main() {
    let input = std::io::read_to_string(std::io::stdin()).expect("exchanges are text");
    for case in cases(&input) {
        println!("{}", times(&case).map(|nanos| format!("{nanos:.1}")).join("\t"));
    }
}

fn times(case: &Case<'_>) -> [f64; 6] {
    let terms = terms(case.is_shared);
    let came = Timestamp::from_millis(case.came);
    let now = Timestamp::from_millis(case.came + case.elapsed * 1000);
    let record = store_text(case, &terms, came);
    let stored = read_record(&record);
    let presented = wire::request(case.presented);
    let (brought_by, brought) = (wire::request(case.request), wire::response(case.response));

    let options = CacheOptions { shared: case.is_shared, ..CacheOptions::default() };
    let their_came = SystemTime::UNIX_EPOCH + Duration::from_millis(case.came.unsigned_abs());
    let their_now = their_came + Duration::from_secs(case.elapsed.unsigned_abs());
    let (their_request, their_response) = (request(case.request), response(case.response));
    let policy = CachePolicy::new_options(&their_request, &their_response, their_came, options);
    let their_presented = request(case.presented);
    [
        nanos(|| decide(presented.clone(), stored.clone(), &terms, now)),
        nanos(|| decide_text(black_box(case.presented), black_box(&record), &terms, now)),
        nanos(|| policy.before_request(black_box(&their_presented), black_box(their_now))),
        nanos(|| store(brought_by.clone(), black_box(&brought), &terms, came)),
        nanos(|| store_text(black_box(case), &terms, came)),
        nanos(|| {
            let policy = CachePolicy::new_options(&their_request, black_box(&their_response), their_came, options);
            policy.is_storable().then_some(policy)
        }),
    ]
}

/// Until the first step after the lookup: what is served, or asked of the origin server.
fn decide(request: RequestHead, stored: Vec<StoredResponse>, terms: &Terms, now: Timestamp) -> Step {
    let mut exchange = Exchange::new(request, Rule::Http(terms));
    black_box(exchange.next());
    exchange.on_lookup(Found::Stored(stored), now);
    exchange.next()
}

/// The same as a host in another language has it: text in, text out.
fn decide_text(request: &str, record: &str, terms: &Terms, now: Timestamp) -> String {
    let mut exchange = Exchange::new(wire::request(request), Rule::Http(terms));
    black_box(wire::step(&exchange.next()));
    exchange.on_lookup(wire::found(record), now);
    wire::step(&exchange.next())
}

/// From a request that nothing is stored for to what is to be written.
fn store(request: RequestHead, response: &ResponseHead, terms: &Terms, now: Timestamp) -> Option<Step> {
    let mut exchange = Exchange::new(request, Rule::Http(terms));
    black_box(exchange.next());
    exchange.on_lookup(Found::NOTHING, now);
    black_box(exchange.next());
    exchange.on_reply(response, now, now);
    black_box(exchange.next());
    let write = exchange.next();
    matches!(write, Step::Write(_)).then_some(write)
}

/// The same with text, and the record that is written down.
fn store_text(case: &Case<'_>, terms: &Terms, now: Timestamp) -> String {
    let step = store(wire::request(case.request), &wire::response(case.response), terms, now);
    let Some(Step::Write(write)) = step else { return String::new() };
    commit(&write, "").map(|commit| commit.record).unwrap_or_default()
}

/// Nanoseconds that a call takes: the median of batches.
fn nanos<T>(mut call: impl FnMut() -> T) -> f64 {
    const BATCH: u32 = 64;
    let mut batches = Vec::new();
    let start = Instant::now();
    while start.elapsed() < SPAN {
        let batch = Instant::now();
        for _ in 0..BATCH {
            black_box(call());
        }
        batches.push(batch.elapsed().as_nanos() as f64 / f64::from(BATCH));
    }
    batches.sort_by(f64::total_cmp);
    batches[batches.len() / 2]
}
