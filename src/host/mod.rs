//! What JavaScript sees of the rules: an engine that knows the routes, and a machine for each request.
//!
//! Text goes in and text comes out ([`exchange::wire`](crate::exchange::wire)); the reading and writing
//! of stores, the network and the clock are in `js/`, once for every host. Nothing is decided there.

use std::cell::OnceCell;

use wasm_bindgen::prelude::*;

use crate::exchange::{Body, Exchange, Served, Step, Write, commit, read_record, wire, write_record};
use crate::http::{Split, StoredResponse, Timestamp, digits, joined, push_all, split_once};
use crate::manifest::Precache;
use crate::policy::{Annotated, Audience, Excess, Fate, Kept, Terms, evict};
use crate::route::{Fault, RouteTable, Rule, compile, is_fingerprinted, page_candidates};

/// Small in the module, and fast enough for what is allocated here: a few texts a request.
#[global_allocator]
#[expect(unsafe_code, reason = "a worker has one thread, which is all that has to be promised")]
static ALLOCATOR: lol_alloc::AssumeSingleThreaded<lol_alloc::FreeListAllocator> =
    // SAFETY: the module is never built with threads (no shared memory, no atomics).
    unsafe { lol_alloc::AssumeSingleThreaded::new(lol_alloc::FreeListAllocator::new()) };

/// The rules of one cache.
#[wasm_bindgen]
pub struct Engine {
    /// The terms of a cache that answers every request by the rules of HTTP.
    everything: Option<Terms>,
    /// The routes, as they were compiled.
    routes: String,
    scope_url: String,
    table: OnceCell<RouteTable>,
}

#[wasm_bindgen]
impl Engine {
    /// An engine, by its kind; what the other lines of `options` are depends on it.
    ///
    /// | kind | lines |
    /// |---|---|
    /// | `routes` | the URL of a service worker's scope, and its routes as [`compile`](crate::route::compile) writes them, which are loaded when a request first needs them |
    /// | `private`, `shared` | the fields that speak to a cache that follows RFC 9111 before `Cache-Control` does, in lower case; in a module with the feature `full` |
    #[wasm_bindgen(constructor)]
    pub fn new(options: &str) -> Self {
        let (kind, rest) = split_once(options, b'\n').unwrap_or((options, ""));
        let (scope_url, routes) = split_once(rest, b'\n').unwrap_or((rest, ""));
        let everything = (cfg!(feature = "full") && kind != "routes").then(|| {
            let audience = if kind == "shared" { Audience::Shared } else { Audience::Private };
            let targets = Split::new(rest, b'\n').filter(|name| !name.is_empty()).map(str::to_owned).collect();
            Terms { annotated: Annotated::Always, targets, ..Terms::http(audience) }
        });
        Self { everything, routes: routes.to_owned(), scope_url: scope_url.to_owned(), table: OnceCell::new() }
    }

    /// The machine for a request; nothing if the browser should go on without the worker.
    pub fn begin(&self, request: &str) -> Option<Machine> {
        let request = wire::request(request);
        let rule = match &self.everything {
            Some(terms) if cfg!(feature = "full") => Rule::Http(terms),
            _ if is_fingerprinted(&self.scope_url, &request) => Rule::Fingerprinted,
            _ => self.table.get_or_init(|| RouteTable::load(&self.scope_url, &self.routes)).rule(&request)?,
        };
        let extras = if let Rule::Route(route) = rule { route.extras.clone() } else { String::new() };
        Some(Machine { exchange: Exchange::new(request, rule), extras, serving: None, writes: Vec::new() })
    }

    /// Answers a question, which is the first line of the text. There is one function for all of them,
    /// since each that JavaScript can call brings code of its own.
    ///
    /// | question | lines behind it | answer |
    /// |---|---|---|
    /// | `compile` | routes as people write them (`js/options.ts`) | `routes` and these as they are loaded, or `fault` and what is wrong with them; in a module with the feature `full` |
    /// | `is-asset` | SHA-256 in hexadecimal, path, and precache list | `yes` if these are the bytes of the asset |
    /// | `evict` | the bytes and the number of responses that are too many, then of each that the hand has before it its bytes and `1` if it was used (a line each, spaces in between) | a letter each: `e` if it goes, `s` if it is spared for having been used, `k` if the hand does not come by; in a module with the feature `ledger` |
    /// | `page-names` | a URL | the URLs under which the page may be precached, a line each |
    /// | `precache-files` | a precache list | a line each: `asset` or `page`, SHA-256 in hexadecimal, URL, with tabs |
    pub fn ask(&self, question: &str) -> Option<String> {
        let (question, text) = split_once(question, b'\n').unwrap_or((question, ""));
        match question {
            "compile" if cfg!(feature = "full") => Some(match compile(text) {
                Ok(routes) => ["routes\n", &routes].concat(),
                Err(Fault(reason)) => ["fault\n", &reason].concat(),
            }),
            "is-asset" => {
                let (sha256, rest) = split_once(text, b'\n')?;
                let (path, list) = split_once(rest, b'\n')?;
                Precache::new(list).holds(path, sha256).then(|| "yes".to_owned())
            }
            "evict" if cfg!(feature = "ledger") => Some(fates(text)),
            "page-names" => Some(joined(page_candidates(text).iter().map(String::as_str), "\n")),
            "precache-files" => Some(precache_files(text)),
            _ => None,
        }
    }
}

/// What becomes of responses that are kept, a letter each.
fn fates(text: &str) -> String {
    let mut numbers = Split::new(text, b'\n').map(|line| {
        let (bytes, other) = split_once(line, b' ').unwrap_or((line, ""));
        (digits(bytes).unwrap_or_default() as u64, digits(other).unwrap_or_default() as u64)
    });
    let (bytes, entries) = numbers.next().unwrap_or_default();
    let kept: Vec<Kept> = numbers.map(|(bytes, used)| Kept { bytes, was_used: used > 0 }).collect();
    let letter = |fate| match fate {
        Fate::Evict => 'e',
        Fate::Keep => 'k',
        Fate::Spare => 's',
    };
    evict(&kept, Excess { bytes, entries }).into_iter().map(letter).collect()
}

fn precache_files(list: &str) -> String {
    let mut text = String::new();
    for entry in Precache::new(list).entries() {
        let kind = if entry.is_asset() { "asset" } else { "page" };
        let [start, rest] = entry.digest();
        push_all(&mut text, &[kind, "\t", start, rest, "\t", entry.url, "\n"]);
    }
    text
}

/// One request: asked for the next step, and told what came of those before.
#[wasm_bindgen]
pub struct Machine {
    exchange: Exchange,
    /// What a host has to know of the route ([`Route::extras`](crate::route::Route::extras)).
    extras: String,
    /// The answer whose body is being measured.
    serving: Option<Served>,
    writes: Vec<Write>,
}

#[wasm_bindgen]
impl Machine {
    /// Takes the news of what came of a step, if there are any, and gives the steps up to the one that has
    /// to be waited for ([`wire::step`], each with a record separator behind it); or answers a question.
    /// What it is stands in the first line; the moments are milliseconds since the epoch.
    ///
    /// | news | lines behind it |
    /// |---|---|
    /// | | none: these are the first steps |
    /// | `lookup` | the record, or `present` and perhaps the head of what was found |
    /// | `reply` | the head of the origin server's answer to the request sent at `request_time` |
    /// | `failure`, `timeout`, `abort`, `lost` | |
    /// | `collapsed`, `collapsed-stored` | what the other machine says is `shared`; the body is the reply's, or in the store |
    ///
    /// | question | lines behind it | answer; empty if there is none |
    /// |---|---|---|
    /// | `extras` | | what a host has to know of the route ([`Route::extras`](crate::route::Route::extras)) |
    /// | `key` | | the key under which the stored bodies lie that are spoken of |
    /// | `shared` | | what a request that was held back for this one is told |
    /// | `measured` | the length of the body | the step `serve`, now that it is known |
    /// | `commit` | which of the writes told so far, and the record that is there | slot for a body, slots that are free then (with commas), and the record, a line each; none if nothing changes |
    pub fn tell(&mut self, news: &str, request_time: f64, now: f64) -> String {
        let (what, text) = split_once(news, b'\n').unwrap_or((news, ""));
        let now = at(now);
        let exchange = &mut self.exchange;
        match what {
            "" => {}
            "lookup" => exchange.on_lookup(wire::found(text), now),
            "reply" => exchange.on_reply(&wire::response(text), at(request_time), now),
            "failure" => exchange.on_failure(now),
            "timeout" => exchange.on_timeout(),
            "abort" => exchange.on_abort(),
            "lost" => exchange.on_lost(),
            "collapsed" | "collapsed-stored" => {
                let shared: Option<StoredResponse> = read_record(text).pop();
                let slot = shared.as_ref().map(|stored| stored.slot).filter(|_| what == "collapsed-stored");
                exchange.on_collapsed(shared, slot.map_or(Body::Reply, Body::Stored), now);
            }
            _ => return self.answer(what, text).unwrap_or_default(),
        }
        let mut steps = String::new();
        loop {
            let step = self.exchange.next();
            if step == Step::Wait {
                return steps;
            }
            push_all(&mut steps, &[&wire::step(&step), "\x1e"]);
            match step {
                Step::Done => return steps,
                Step::Serve(served) => self.serving = Some(served),
                Step::Write(write) => self.writes.push(write),
                _ => {}
            }
        }
    }

    fn answer(&self, question: &str, text: &str) -> Option<String> {
        let (number, record) = split_once(text, b'\n').unwrap_or((text, ""));
        let number = digits(number).unwrap_or_default() as usize;
        match question {
            "extras" => Some(self.extras.clone()),
            "key" => Some(self.exchange.key().to_owned()),
            "shared" => self.exchange.shared().map(|stored| write_record(std::slice::from_ref(stored))),
            "measured" => Some(wire::served(&self.exchange.measured(self.serving.clone()?, number as u64))),
            _ => Some(wire::committed(&commit(self.writes.get(number)?, record)?)),
        }
    }
}

fn at(milliseconds: f64) -> Timestamp {
    Timestamp::from_millis(milliseconds as i64)
}
