//! Puts exchanges to keepfresh and to the crate http-cache-semantics, and prints what each says.
//!
//! Standard input: for each exchange `shared` or `private`, when the response came and how many seconds
//! later the next request is presented; then the heads of request, response and presented request as
//! `exchange::wire` reads them. Standard output: a line for each, first our answer, then the crate's, all
//! parts with tabs in between. What the parts are is written in `../../ours.mjs`.

use std::panic;
use std::time::{Duration, SystemTime};

use http::HeaderValue;
use http_cache_semantics::{BeforeRequest, CacheOptions, CachePolicy};
use keepfresh::exchange::{Body, Exchange, Found, Step, Write, commit, read_record, wire};
use keepfresh::http::{Fields, Outcome, RequestHead, ResponseHead, StoredResponse, Timestamp};
use keepfresh::route::Rule;
use keepfresh_differential::{Case, cases, request, response, terms};

fn main() {
    // The crate panics for some exchanges; that is its answer, and nothing to print a message for.
    panic::set_hook(Box::new(|_| {}));
    let input = std::io::read_to_string(std::io::stdin()).expect("exchanges are text");
    let mut output = String::new();
    for case in cases(&input) {
        let theirs = panic::catch_unwind(|| theirs(&case)).unwrap_or_else(|_| vec!["panic".to_owned()]);
        let answers = [ours(&case), theirs].map(|mut answer| {
            answer.resize(4, String::new());
            answer.join("\t")
        });
        output.push_str(&answers.join("\t"));
        output.push('\n');
    }
    print!("{output}");
}

fn ours(case: &Case<'_>) -> Vec<String> {
    let terms = terms(case.is_shared);
    let came = Timestamp::from_millis(case.came);
    let now = Timestamp::from_millis(case.came + case.elapsed * 1000);
    let present = |request: RequestHead, stored: Vec<StoredResponse>, reply: Option<ResponseHead>, now| {
        let mut exchange = Exchange::new(request, Rule::Http(&terms));
        let mut steps = Vec::new();
        loop {
            let step = exchange.next();
            match &step {
                Step::Lookup(_) => exchange.on_lookup(Found::Stored(stored.clone()), now),
                Step::Forward(_) => reply.iter().for_each(|reply| exchange.on_reply(reply, now, now)),
                Step::Wait | Step::Done => return steps,
                _ => {}
            }
            steps.push(step);
        }
    };

    let brought_by = wire::request(case.request);
    let steps = present(brought_by.clone(), Vec::new(), Some(wire::response(case.response)), came);
    let written = steps.iter().find_map(|step| match step {
        Step::Write(write @ Write::Store(..)) => commit(write, ""),
        _ => None,
    });
    let Some(written) = written else { return vec!["false".to_owned()] };
    let stored = || read_record(&written.record);

    let mut plain = RequestHead { fields: Fields::new(), method: "GET".to_owned(), ..brought_by.clone() };
    plain.fields = brought_by.fields.iter().filter(|(name, _)| *name != "cache-control").collect();
    plain.cache = keepfresh::http::CacheMode::ForceCache;
    let ttl = present(plain, stored(), None, now).iter().find_map(|step| match step {
        Step::Serve(served) => match served.outcome {
            Outcome::Hit { ttl, .. } => ttl,
            Outcome::Forwarded { .. } | Outcome::Lacking => None,
        },
        _ => None,
    });
    let ttl = ttl.expect("any stored response is served to force-cache").max(0);

    let presented = wire::request(case.presented);
    let mut validated = presented.clone();
    validated.fields.set("cache-control", "no-cache");
    let sent = present(validated.clone(), stored(), None, now).iter().find_map(|step| match step {
        Step::Forward(forwarded) => Some(forwarded.fields.clone()),
        _ => None,
    });
    let sent = sent.expect("no-cache leads to the origin server");
    let sent = |name| sent.joined(name).or_else(|| validated.fields.joined(name));
    let conditions = conditions(sent("if-none-match"), sent("if-modified-since"));

    let steps = present(presented, stored(), None, now);
    let asks = steps.iter().any(|step| matches!(step, Step::Forward(_)));
    let served = steps.iter().find_map(|step| match step {
        Step::Serve(served) => Some(served),
        _ => None,
    });
    let reuse = match served {
        None => "validate",
        Some(served) if served.body == Body::Empty && served.head.as_ref().is_some_and(|head| head.status == 504) => {
            "fail"
        }
        Some(_) if asks => "reuse and validate",
        Some(_) => "reuse",
    };
    vec!["true".to_owned(), ttl.to_string(), conditions, reuse.to_owned()]
}

fn theirs(case: &Case<'_>) -> Vec<String> {
    let came = SystemTime::UNIX_EPOCH + Duration::from_millis(case.came.unsigned_abs());
    let elapsed = Duration::from_secs(case.elapsed.unsigned_abs());
    let now = if case.elapsed < 0 { came - elapsed } else { came + elapsed };
    let options = CacheOptions { shared: case.is_shared, ..CacheOptions::default() };
    let policy = CachePolicy::new_options(&request(case.request), &response(case.response), came, options);
    if !policy.is_storable() {
        return vec!["false".to_owned()];
    }
    let presented = request(case.presented);
    let mut validated = request(case.presented);
    validated.headers_mut().insert("cache-control", HeaderValue::from_static("no-cache"));
    let conditions = match policy.before_request(&validated, now) {
        BeforeRequest::Stale { request, .. } => {
            let sent = |name| request.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
            conditions(sent("if-none-match"), sent("if-modified-since"))
        }
        BeforeRequest::Fresh(_) => "none".to_owned(),
    };
    let reuse = match policy.before_request(&presented, now) {
        BeforeRequest::Stale { .. } => "validate",
        BeforeRequest::Fresh(_) => "reuse",
    };
    let ttl = policy.time_to_live(now).as_secs();
    vec!["true".to_owned(), ttl.to_string(), conditions, reuse.to_owned()]
}

/// As in `conditionsOf` of `../../ours.mjs`.
fn conditions(tags: Option<String>, since: Option<String>) -> String {
    let tags = tags.unwrap_or_default();
    let mut tags: Vec<&str> = tags.split(',').map(str::trim).collect();
    tags.sort_unstable();
    tags.dedup();
    format!("{} | {}", tags.join(" "), since.unwrap_or_default())
}
