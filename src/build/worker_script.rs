//! The worker script of a release: the options, and the parts that they ask for, in front of the runtime.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Release;
use super::routes::{Route, compiled};
use crate::route::Fault;

/// Whether the browser may answer by itself what it can.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StaticRoutes {
    /// It may, where it knows how.
    On,
    /// Every request starts the worker.
    Off,
}

/// How much all routes keep at most. What is worth least goes first.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all(deserialize = "kebab-case", serialize = "camelCase"))]
pub struct Budget {
    /// Bytes of all bodies. Default: 100,000,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u64>,
    /// URLs. Default: 5,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_entries: Option<u32>,
}

/// The texts that a worker script is put together from.
#[derive(Clone, Copy, Debug)]
pub struct Scripts<'a> {
    /// What every worker needs.
    pub runtime: &'a str,
    /// The same for a worker with a ledger.
    pub runtime_with_ledger: &'a str,
    /// What serves pages and assets of the version, and nothing else.
    pub precached: &'a str,
    /// What counts how much is kept.
    pub ledger: &'a str,
    /// What keeps apart what a URL alone would mix up.
    pub keys: &'a str,
    /// What keeps requests for when there is a network.
    pub queue: &'a str,
    /// What keeps in memory what was read.
    pub memory: &'a str,
    /// What takes the browser's own answer to a navigation.
    pub preload: &'a str,
    /// What counts what becomes of requests.
    pub stats: &'a str,
}

impl Scripts<'_> {
    /// All of them: whoever has other ones builds something else.
    pub fn all(&self) -> [&str; 9] {
        [
            self.runtime,
            self.runtime_with_ledger,
            self.precached,
            self.ledger,
            self.keys,
            self.queue,
            self.memory,
            self.preload,
            self.stats,
        ]
    }
}

/// What a worker does beside serving its release.
#[derive(Clone, Copy, Debug)]
pub struct Serving<'a> {
    /// Who answers which request; `None` for a worker that serves pages and assets of the version, and nothing else.
    pub routes: Option<&'a [Route]>,
    /// The page that such a worker shows where nobody has the one that was asked for.
    pub fallback: Option<&'a str>,
    /// What the browser may answer by itself.
    pub static_routes: StaticRoutes,
    /// How much is kept.
    pub budget: Option<Budget>,
    /// Whether the browser asks for a page while the worker starts.
    pub navigation_preload: bool,
    /// Whether it is counted what becomes of requests.
    pub stats: bool,
    /// How many bytes stay in memory.
    pub memory_bytes: u64,
    /// A script of the site's own, whose listeners are asked first.
    pub own: &'a str,
}

impl Serving<'_> {
    fn all(&self) -> impl Iterator<Item = &Route> {
        self.routes.unwrap_or_default().iter()
    }

    /// Whether anything is said of how much is kept, how long, or by which names it is known.
    fn counts(&self) -> bool {
        let says = |route: &Route| {
            route.keep_seconds.or(route.max_entries).is_some() || route.max_bytes.is_some() || !route.tags.is_empty()
        };
        self.budget.is_some() || self.all().any(says)
    }
}

/// The options of a [`worker_script`]; `None` if it is none.
pub fn options_of(script: &str) -> Option<Value> {
    let options = script.lines().find_map(|line| line.strip_prefix(OPTIONS)?.strip_suffix(';'))?;
    serde_json::from_str(options).ok()
}

/// The compiled routes of a [`worker_script`]; `None` if it is none, or another version's.
pub fn table_of(script: &str) -> Option<String> {
    options_of(script)?.get("table")?.as_str().map(str::to_owned)
}

/// What a [`worker_script`] installs; `None` if it is none, or another version's.
pub fn precache_of(script: &str) -> Option<String> {
    options_of(script)?.get("precache")?.as_str().map(str::to_owned)
}

/// Whether a [`worker_script`] has no routes because it serves what is precached, and nothing else.
pub fn serves_precached_alone(script: &str) -> bool {
    options_of(script).is_some_and(|options| options.get("version").is_some() && options.get("table").is_none())
}

/// The worker of a site that wants none any more: it removes what was stored, and itself.
pub const RETIRED: &str = include_str!("retired_worker.js");

/// What the options of a worker script stand behind.
const OPTIONS: &str = "self.keepfreshOptions=";

/// The text of the worker script; an error that names the route and the field.
pub fn worker_script(release: &Release<'_>, serving: &Serving<'_>, scripts: &Scripts<'_>) -> Result<String, Fault> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Options<'a> {
        version: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        table: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        fallback: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        static_routes: Option<bool>,
        #[serde(skip_serializing_if = "Option::is_none")]
        budget: Option<Budget>,
        #[serde(skip_serializing_if = "is_zero")]
        memory_bytes: u64,
        precache: &'a str,
    }
    let options = Options {
        version: &release.version,
        table: serving.routes.map(compiled).transpose()?,
        fallback: serving.fallback.filter(|_| serving.routes.is_none()),
        // They are on where nothing is said.
        static_routes: (serving.static_routes == StaticRoutes::Off).then_some(false),
        budget: serving.budget,
        memory_bytes: serving.memory_bytes,
        precache: &release.precache,
    };
    let options = serde_json::to_string(&options).expect("strings and numbers are always JSON");
    let own = if serving.own.is_empty() { String::new() } else { [serving.own.trim_end(), "\n;\n"].concat() };
    let head = ["// Written by keepfresh ", env!("CARGO_PKG_VERSION"), ". Do not edit: build the site again.\n"];
    if serving.routes.is_none() {
        return Ok([&head.concat(), &own, OPTIONS, &options, ";\n", scripts.precached].concat());
    }
    let (ledger, runtime) =
        if serving.counts() { (scripts.ledger, scripts.runtime_with_ledger) } else { ("", scripts.runtime) };
    let part = |is_needed: bool, part| if is_needed { part } else { "" };
    let queue = part(serving.all().any(|route| route.queue.is_some()), scripts.queue);
    let is_keyed = |route: &Route| route.key_body.is_some() || route.partition.is_some() || route.opaque.is_some();
    let keys = part(serving.all().any(is_keyed), scripts.keys);
    let memory = part(serving.memory_bytes > 0, scripts.memory);
    let (preload, stats) = (part(serving.navigation_preload, scripts.preload), part(serving.stats, scripts.stats));
    Ok([&head.concat(), &own, OPTIONS, &options, ";\n", ledger, keys, queue, memory, preload, stats, runtime].concat())
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
