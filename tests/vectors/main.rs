//! The vectors of this folder, natively and, by way of wasm-pack, in the service workers of browsers: what they
//! mean is in `README.md`. The same data goes through the module that ships, too (`*.test.mjs`).
#![cfg(any(feature = "build", target_arch = "wasm32"))]

mod vector;

use std::collections::BTreeMap;

use keepfresh::exchange::{
    Body, Exchange, Found, Served, Step, Target, Write, cache_key, commit, read_record, write_record,
};
use keepfresh::http::{
    CacheMode, Destination, Fields, RequestHead, RequestMode, ResponseHead, StoredResponse, Timestamp, cache_status,
    origin,
};
use keepfresh::policy::{Annotated, Audience, Terms};
use keepfresh::route::Rule;
use vector::{Again, Cache, Decision, Lines, Reply, Request, Value, Values, Vector};

/// Midnight of Thursday, 29 February 2024: the moment that times are counted from.
const MIDNIGHT: i64 = 1_709_164_800;

/// The files of vectors, and what is in them.
macro_rules! files {
    ($($name:literal)*) => { [$(($name, include_str!(concat!($name, ".json"))),)*] };
}

const FILES: [(&str, &str); 21] = files![
    "age" "cache-modes" "cache-status" "clear-site-data" "freshening" "freshness" "groups" "head" "invalidation" "no-vary-search" "parsing" "partial" "preconditions" "request-directives" "reuse" "security" "stale" "storage" "targeted" "validation" "vary"
];

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_service_worker);

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn vectors_hold() {
    let (mut count, mut failed) = (0, Vec::new());
    for (file, text) in FILES {
        for vector in &read(text).unwrap_or_else(|fault| panic!("{file}.json: {fault}")) {
            count += 1;
            for fault in run(vector) {
                failed.push(format!("{file}: {} ({}): {fault}", vector.name, vector.rule));
            }
        }
    }
    assert!(count >= 400, "only {count} vectors were found");
    assert!(failed.is_empty(), "of {count} vectors:\n{}", failed.join("\n"));
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn no_file_is_left_out() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let names =
        std::fs::read_dir(folder).expect("the folder of the vectors").map(|entry| entry.expect("a file").path());
    let mut names: Vec<_> = names.filter(|path| path.extension().is_some_and(|kind| kind == "json")).collect();
    names.retain(|path| !path.ends_with("schema.json"));
    assert_eq!(names.len(), FILES.len());
}

#[cfg(not(target_arch = "wasm32"))]
fn read(text: &str) -> Result<Vec<Vector>, String> {
    serde_json::from_str(text).map_err(|fault| fault.to_string())
}

/// A browser has a parser of its own.
#[cfg(target_arch = "wasm32")]
fn read(text: &str) -> Result<Vec<Vector>, String> {
    let value = js_sys::JSON::parse(text).map_err(|fault| format!("{fault:?}"))?;
    serde_wasm_bindgen::from_value(value).map_err(|fault| fault.to_string())
}

/// Runs a vector, and says what is different from what it expects.
fn run(vector: &Vector) -> Vec<String> {
    let mut world = World::of(vector);
    for earlier in &vector.earlier {
        let mut exchange = Exchange::new(head_of(&earlier.request), Rule::Http(&world.terms));
        world.advance(&mut exchange, vector, earlier.now);
        tell(&mut exchange, &earlier.reply, earlier.now);
        world.advance(&mut exchange, vector, earlier.now);
    }
    let mut exchange = Exchange::new(head_of(&vector.request), Rule::Http(&world.terms));
    let mut faults = Vec::new();
    let did = world.advance(&mut exchange, vector, vector.now);
    world.compare("at first", &did, &vector.expected, &mut faults);
    if let Some(reply) = &vector.reply {
        tell(&mut exchange, reply, vector.now);
    } else if let Some(failure) = &vector.failure {
        exchange.on_failure(at(failure.now.unwrap_or(vector.now)));
    }
    if let Some(then) = &vector.then {
        let did = world.advance(&mut exchange, vector, vector.now);
        world.compare("then", &did, then, &mut faults);
    }
    if let Some(Again { reply, then }) = &vector.again {
        tell(&mut exchange, reply, vector.now);
        let did = world.advance(&mut exchange, vector, vector.now);
        world.compare("after the second reply", &did, then, &mut faults);
    }
    faults
}

fn tell(exchange: &mut Exchange, reply: &Reply, now: i64) {
    let came = reply.now.unwrap_or(now);
    let head = ResponseHead { fields: section(&reply.fields), redirected: reply.redirected, status: reply.status };
    exchange.on_reply(&head, at(reply.request_time.unwrap_or(now)), at(came));
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(MIDNIGHT + seconds)
}

fn section(lines: &Lines) -> Fields {
    lines.iter().map(|line| line.split_once(": ").expect("a line is a name and a value")).collect()
}

fn head_of(request: &Request) -> RequestHead {
    RequestHead {
        cache: CacheMode::parse(&request.cache),
        destination: Destination::parse(&request.destination),
        fields: section(&request.fields),
        method: request.method.clone(),
        mode: if request.mode == "navigate" { RequestMode::Navigate } else { RequestMode::Other },
        url: request.url.clone(),
    }
}

/// A cache and its store: a record under each key.
struct World {
    records: BTreeMap<String, String>,
    terms: Terms,
}

/// What an exchange did until it had to wait.
#[derive(Default)]
struct Did {
    forwards: Option<Fields>,
    serves: Option<Served>,
    stores: Option<StoredResponse>,
    writes: Vec<String>,
}

impl World {
    fn of(vector: &Vector) -> Self {
        let audience = if vector.cache == Cache::Shared { Audience::Shared } else { Audience::Private };
        let targets = vector.targets.clone();
        let terms = Terms { annotated: Annotated::Always, targets, ..Terms::http(audience) };
        let mut records = BTreeMap::<String, String>::new();
        for (slot, one) in (0..).zip(&vector.stored) {
            let url = cache_key(one.url.as_deref().unwrap_or(&vector.request.url));
            let head = ResponseHead { fields: section(&one.fields), redirected: false, status: one.status };
            let sent = at(one.request_time.unwrap_or(one.response_time));
            let nominated = section(&one.nominated);
            let stored =
                StoredResponse { nominated, slot, ..StoredResponse::new(url, head, sent, at(one.response_time)) };
            records.entry(url.to_owned()).or_default().push_str(&write_record(&[stored]));
        }
        Self { records, terms }
    }

    /// Takes steps until a report has to be waited for, and nothing is left.
    fn advance(&mut self, exchange: &mut Exchange, vector: &Vector, now: i64) -> Did {
        let mut did = Did::default();
        loop {
            match exchange.next() {
                Step::Wait | Step::Done => return did,
                Step::Lookup(target) => {
                    let Target::Stored(key) = target else { panic!("a cache of HTTP looks for what is stored") };
                    let record = self.records.get(&key).map_or("", String::as_str);
                    exchange.on_lookup(Found::Stored(read_record(record)), at(now));
                }
                Step::Forward(forwarded) => {
                    let mut sent = exchange.request().fields.clone();
                    for (name, value) in forwarded.fields.iter() {
                        sent.set(name, value);
                    }
                    did.forwards = Some(sent);
                }
                Step::Serve(served) => {
                    did.serves = Some(match served.body {
                        Body::Unmeasured(slot) => {
                            let stored = slot.and_then(|slot| vector.stored.get(usize::from(slot)));
                            let length = stored.and_then(|stored| stored.length);
                            exchange.measured(served, length.expect("the vector says how long the body is"))
                        }
                        _ => served,
                    });
                }
                Step::Write(write) => self.write(&write, exchange, &mut did),
            }
        }
    }

    fn write(&mut self, write: &Write, exchange: &Exchange, did: &mut Did) {
        let own = cache_key(&exchange.request().url).to_owned();
        let (told, keys) = match write {
            Write::Store(key, _) => ("store".to_owned(), vec![key.clone()]),
            Write::Freshen(key, ..) => ("freshen".to_owned(), vec![key.clone()]),
            Write::Remove(key) if *key == own => ("remove".to_owned(), vec![key.clone()]),
            Write::Remove(key) => (format!("remove {key}"), vec![key.clone()]),
            Write::Clear(of) => ("clear".to_owned(), self.keys_of(of)),
            Write::RemoveGroups(of, groups) => (format!("groups {}", groups.join(" ")), self.keys_of(of)),
            Write::Note(key, _) => (String::new(), vec![key.clone()]),
            Write::StoreAsset => (String::new(), Vec::new()),
        };
        // How the rule of a family of URLs is remembered is nobody's business.
        if !told.is_empty() && !told.ends_with('?') {
            did.writes.push(told);
        }
        for key in keys {
            let record = self.records.get(&key).cloned().unwrap_or_default();
            let Some(committed) = commit(write, &record) else { continue };
            let before = read_record(&record);
            let news = read_record(&committed.record).into_iter().rfind(|one| !before.contains(one));
            if matches!(write, Write::Store(..) | Write::Freshen(..)) {
                did.stores = news.or(did.stores.take());
            }
            self.records.insert(key, committed.record);
        }
    }

    fn keys_of(&self, of: &str) -> Vec<String> {
        self.records.keys().filter(|key| origin(key) == of).cloned().collect()
    }

    fn holds(&self, url: &str) -> bool {
        let stored = self.records.values().flat_map(|record| read_record(record));
        stored.into_iter().any(|one| one.url == url && one.head.status != 0)
    }

    fn compare(&self, when: &str, did: &Did, expected: &Decision, faults: &mut Vec<String>) {
        let mut check = |what: &str, is: String, wanted: String| {
            if is != wanted {
                faults.push(format!("{when}: {what} is {is}, not {wanted}"));
            }
        };
        let served = did.serves.as_ref();
        check("what is served", told_body(served), expected.serves.clone().unwrap_or_else(|| "nothing".to_owned()));
        if let (Some(served), Some(_)) = (served, &expected.serves) {
            let (slot, skip, length) = match served.body {
                Body::Several(slot) => (slot, None, None),
                Body::Part { slot, skip, length } => (slot, Some(skip), Some(length)),
                Body::Combined(slot) | Body::Stored(slot) => (Some(slot), None, None),
                _ => (None, None, None),
            };
            check_if("which of those that are stored", slot, expected.from, &mut check);
            check_if("what is skipped", skip, expected.skip, &mut check);
            check_if("the length", length, expected.length, &mut check);
            check_if("the status", served.head.as_ref().map(|head| head.status), expected.status, &mut check);
            let age = served.head.as_ref().and_then(|head| head.fields.first("age")).and_then(|age| age.parse().ok());
            check_if("the age", age, expected.age, &mut check);
            let status = cache_status(served.outcome).replace("keepfresh; ", "");
            check_if("the cache status", Some(status), expected.cache_status.clone(), &mut check);
            let none = Fields::new();
            let fields = served.head.as_ref().map_or(&none, |head| &head.fields);
            check_fields("served", fields, &expected.fields, &expected.fields_missing, &mut check);
        }
        let forwarded = (did.forwards.is_some().to_string(), expected.forwards.is_some().to_string());
        check("whether it is forwarded", forwarded.0, forwarded.1);
        if let (Some(sent), Some(section)) = (&did.forwards, &expected.forwards) {
            check_fields("forwarded", sent, &section.fields, &section.fields_missing, &mut check);
        }
        check("what is written", format!("{:?}", did.writes), format!("{:?}", expected.writes));
        if let Some(section) = &expected.stores {
            let none = Fields::new();
            let fields = did.stores.as_ref().map_or(&none, |stored| &stored.head.fields);
            check_fields("stored", fields, &section.fields, &section.fields_missing, &mut check);
        }
        for url in &expected.keeps {
            check(url, self.holds(url).to_string(), true.to_string());
        }
        for url in &expected.forgets {
            check(url, self.holds(url).to_string(), false.to_string());
        }
    }
}

fn told_body(served: Option<&Served>) -> String {
    let name = match served.map(|served| served.body) {
        None => "nothing",
        Some(Body::Combined(_)) => "combined",
        Some(Body::Empty) => "empty",
        Some(Body::Failure) => "failure",
        Some(Body::Found | Body::Unmeasured(_)) => "found",
        Some(Body::Part { .. }) => "part",
        Some(Body::Reply) => "reply",
        Some(Body::Several(_)) => "several",
        Some(Body::Stored(_)) => "stored",
    };
    name.to_owned()
}

fn check_if<T: std::fmt::Debug>(
    what: &str,
    is: Option<T>,
    wanted: Option<T>,
    check: &mut dyn FnMut(&str, String, String),
) {
    if wanted.is_some() {
        check(what, format!("{is:?}"), format!("{wanted:?}"));
    }
}

fn check_fields(
    of: &str,
    fields: &Fields,
    wanted: &Values,
    missing: &[String],
    check: &mut dyn FnMut(&str, String, String),
) {
    for (name, value) in wanted {
        let lines: Vec<&str> = fields.lines(name).collect();
        let wanted = match value {
            Value::One(line) => vec![line.as_str()],
            Value::Lines(lines) => lines.iter().map(String::as_str).collect(),
        };
        check(&format!("{name} {of}"), format!("{lines:?}"), format!("{wanted:?}"));
    }
    for name in missing {
        check(&format!("{name} {of}"), fields.contains(name).to_string(), false.to_string());
    }
}
