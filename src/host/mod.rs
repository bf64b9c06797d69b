//! What JavaScript sees of the rules: an engine that knows the routes, and a machine for each request
//! ([`machine`]), which a worker does without that has no routes.
//!
//! Text goes in and text comes out ([`exchange::wire`](crate::exchange::wire)); the reading and writing
//! of stores, the network and the clock are in `js/`, once for every host. Nothing is decided there.

#[cfg(feature = "full")]
mod facts;
#[cfg(feature = "engine")]
mod machine;

#[cfg(feature = "engine")]
pub use machine::Machine;
#[cfg(feature = "full")]
pub use machine::{Known, found, known};

use std::cell::OnceCell;

use wasm_bindgen::prelude::*;

use crate::http::{Split, decimal, digits, joined, push_all, split_once};
use crate::manifest::Precache;
use crate::policy::{Annotated, Audience, Excess, Fate, Kept, Terms, evict};
use crate::route::{Fault, RouteTable, compile, page_candidates};

/// The rules of one cache.
#[wasm_bindgen]
#[cfg_attr(not(feature = "engine"), expect(dead_code, reason = "without an engine there is nothing but questions"))]
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

    /// Answers a question, which is the first line of the text. There is one function for all of them,
    /// since each that JavaScript can call brings code of its own.
    ///
    /// | question | lines behind it | answer |
    /// |---|---|---|
    /// | `compile` | routes as people write them (`js/host/options.ts`) | `routes` and these as they are loaded, or `fault` and what is wrong with them; in a module with the feature `full` |
    /// | `is-asset` | SHA-256 in hexadecimal, path, and precache list | `yes` if these are the bytes of the asset |
    /// | `evict` | the bytes and the number of responses that are too many, then of each that the hand has before it its bytes and `1` if it was used (a line each, spaces in between) | a letter each: `e` if it goes, `s` if it is spared for having been used, `k` if the hand does not come by; in a module with the feature `ledger` |
    /// | `facts` | the moment in milliseconds since the epoch, and a record | how many seconds it is of use, and the groups that its responses belong to, a line each; in a module with the feature `full` |
    /// | `removed` | a record | what [`Machine::tell`] answers to `commit` when all of it is invalidated; in a module with the feature `full` |
    /// | `route` | the head of a request | which route is for it, from 0; in a module with the feature `engine` |
    /// | `page-names` | a URL | the URLs under which the page may be precached, a line each |
    /// | `precache-files` | a precache list | a line each: `asset` or `page`, bytes, SHA-256 in hexadecimal, `o` or `l` if it is optional or lazy, URL, with tabs |
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
            #[cfg(feature = "full")]
            "facts" => Some(facts::of(text, self.everything.as_ref()?)),
            #[cfg(feature = "full")]
            "removed" => facts::removed(text),
            #[cfg(feature = "engine")]
            "route" => self.route(text),
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
        let need = entry.need.mark();
        push_all(&mut text, &[kind, "\t", &decimal(entry.bytes), "\t", start, rest, "\t", need, "\t", entry.url, "\n"]);
    }
    text
}
