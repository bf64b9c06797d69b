//! What a worker consists of: a small script that says which version it is, and which changes with each; and, under
//! names with fingerprints, what it runs on, what installs a version, and the list of what is installed. A browser
//! that looks for a new version fetches the first alone.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use sha2::{Digest, Sha256};

use crate::build::Release;
use crate::build::file_routes::FILES;
use crate::build::name::encode;
use crate::build::routes::{Route, compiled};
use crate::manifest::{FINGERPRINT_DIGITS, fingerprinted, hex};
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
    /// What puts pages together.
    pub compose: &'a str,
    /// What keeps requests for when there is a network.
    pub queue: &'a str,
    /// What keeps in memory what was read.
    pub memory: &'a str,
    /// What takes the browser's own answer to a navigation.
    pub preload: &'a str,
    /// What counts what becomes of requests.
    pub stats: &'a str,
    /// What takes a version back whose pages do not say that they are well.
    pub health: &'a str,
    /// What installs a version, and forgets those before it.
    pub install: &'a str,
}

impl Scripts<'_> {
    /// All of them: whoever has other ones builds something else.
    pub fn all(&self) -> [&str; 12] {
        [
            self.runtime,
            self.runtime_with_ledger,
            self.precached,
            self.ledger,
            self.keys,
            self.compose,
            self.queue,
            self.memory,
            self.preload,
            self.stats,
            self.health,
            self.install,
        ]
    }
}

/// What workers can download in the place of files, and what they may take over (`js/install/install.ts`).
#[derive(Clone, Debug, Default, Serialize)]
pub struct Offers {
    /// Packs, a line each: the fingerprint in its name, bytes, bytes unpacked, lines of the list, and `l` if these are
    /// lazy; with spaces.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub packs: String,
    /// Versions from which there are deltas, a line each: version, bytes, the fingerprint in the name of what has them; with
    /// spaces.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub updates: String,
    /// Names what the site says in the fields of its responses: where that is something else, no page of an earlier
    /// version is taken over.
    pub fields: String,
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
    /// Folders in which all files are named after their bytes by a bundler, and such files in others.
    pub places: &'a [String],
    /// How much is kept.
    pub budget: Option<Budget>,
    /// Whether the browser asks for a page while the worker starts.
    pub navigation_preload: bool,
    /// Whether it is counted what becomes of requests.
    pub stats: bool,
    /// Whether pages have to say that they are well.
    pub health_check: bool,
    /// How many bytes stay in memory.
    pub memory_bytes: u64,
    /// How what is installed may be had.
    pub offers: &'a Offers,
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

/// The name of the worker's script.
pub const WORKER: &str = "sw.js";

/// Where the rest of it lies, beside the script.
pub const FOLDER: &str = "keepfresh/";

/// The worker of a site that wants none any more: it removes what was stored, and itself.
pub const RETIRED: &str = include_str!("retired_worker.js");

/// What the options of a worker script stand behind.
const OPTIONS: &str = "self.keepfreshOptions=";

/// What goes on with its runtime. An empty file, or half of one, may be a script: a worker that does nothing must not take
/// the place of one that does, and what the browser has kept under that name must not be what the next try gets.
const RUN: &str = "try{importScripts(self.keepfreshOptions.runtime)}catch(e){console.error(e)}
self.keepfreshRuns||addEventListener(\"install\",e=>e.waitUntil(fetch(self.keepfreshOptions.runtime,{cache:\"reload\"})\
.then(()=>{throw Error(self.keepfreshOptions.runtime+\" is not the file that was built\")})));
";

/// The options of a worker's script; `None` if it is none.
pub fn options_of(script: &str) -> Option<Value> {
    let options = script.lines().find_map(|line| line.strip_prefix(OPTIONS)?.strip_suffix(';'))?;
    serde_json::from_str(options).ok()
}

/// The compiled routes of a worker's script; `None` if it is none, or another version's.
pub fn table_of(script: &str) -> Option<String> {
    options_of(script)?.get("table")?.as_str().map(str::to_owned)
}

/// The path of the list of what a worker's script installs; `None` if it is none, or another version's.
pub fn list_of(script: &str) -> Option<String> {
    options_of(script)?.get("version")?.as_str().map(list_name)
}

/// The paths of the scripts that a worker's script is continued in.
pub fn parts_of(script: &str) -> Vec<String> {
    let options = options_of(script).unwrap_or_default();
    ["runtime", "installer"].iter().filter_map(|name| options[name].as_str()).map(str::to_owned).collect()
}

/// Whether a worker's script has no routes because it serves what is precached, and nothing else.
pub fn serves_precached_alone(script: &str) -> bool {
    options_of(script).is_some_and(|options| options.get("version").is_some() && options.get("table").is_none())
}

/// The path of a version's list: a version is named by it ([`Release::version`]).
pub fn list_name(version: &str) -> String {
    fingerprinted(&[FOLDER, "list.txt"].concat(), version)
}

/// The files that a worker consists of, by their paths; an error that names the route and the field.
pub fn worker_files(
    release: &Release<'_>,
    serving: &Serving<'_>,
    scripts: &Scripts<'_>,
) -> Result<Vec<(String, String)>, Fault> {
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
        #[serde(skip_serializing_if = "Vec::is_empty")]
        folders: Vec<String>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        fetched: Vec<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        budget: Option<Budget>,
        #[serde(skip_serializing_if = "is_zero")]
        memory_bytes: u64,
        installer: &'a str,
        runtime: &'a str,
        #[serde(flatten)]
        offers: &'a Offers,
    }
    let runtime = named("worker.js", framed("keepfreshWorker", &runtime(serving, scripts)));
    let install = named("install.js", framed("keepfreshInstall", scripts.install));
    // Others know it by their routes.
    let fetched = release.plain.iter().filter(|(_, is_fetched)| serving.routes.is_none() && *is_fetched);
    let options = Options {
        version: &release.version,
        table: serving.routes.map(compiled).transpose()?,
        fallback: serving.fallback.filter(|_| serving.routes.is_none()),
        // They are on where nothing is said.
        static_routes: (serving.static_routes == StaticRoutes::Off).then_some(false),
        folders: serving.places.iter().map(|folder| encode(folder)).collect(),
        fetched: fetched.map(|(url, _)| url.as_str()).take(FILES).collect(),
        budget: serving.budget,
        memory_bytes: serving.memory_bytes,
        installer: &install.0,
        runtime: &runtime.0,
        offers: serving.offers,
    };
    let options = serde_json::to_string(&options).expect("strings and numbers are always JSON");
    let own = if serving.own.is_empty() { String::new() } else { [serving.own.trim_end(), "\n;\n"].concat() };
    let head =
        ["// Written by keepfresh ", env!("CARGO_PKG_VERSION"), ". Do not edit: build the site again.\n"].concat();
    let script = [&head, &own, OPTIONS, &options, ";\n", RUN].concat();
    Ok(vec![(WORKER.to_owned(), script), runtime, install, (list_name(&release.version), release.precache.clone())])
}

/// A script that can be read while it runs, by what it is called in the world of the worker: an install verifies it
/// (js/worker/scripts.ts).
fn framed(name: &str, script: &str) -> String {
    ["(self.", name, "=()=>{", script, "})();\n"].concat()
}

/// A text of keepfresh's own, under a name with its fingerprint.
fn named(name: &str, text: String) -> (String, String) {
    let digest = hex(&Sha256::digest(&text));
    (fingerprinted(&[FOLDER, name].concat(), &digest[..FINGERPRINT_DIGITS]), text)
}

/// What a worker runs on, with the parts that its options ask for.
fn runtime(serving: &Serving<'_>, scripts: &Scripts<'_>) -> String {
    let health = if serving.health_check { scripts.health } else { "" };
    if serving.routes.is_none() {
        return [health, scripts.precached].concat();
    }
    let (ledger, runtime) =
        if serving.counts() { (scripts.ledger, scripts.runtime_with_ledger) } else { ("", scripts.runtime) };
    let part = |is_needed: bool, part| if is_needed { part } else { "" };
    let queue = part(serving.all().any(|route| route.queue.is_some()), scripts.queue);
    let compose = part(serving.all().any(|route| route.before.is_some()), scripts.compose);
    let is_keyed = |route: &Route| route.key_body.is_some() || route.partition.is_some() || route.opaque.is_some();
    let keys = part(serving.all().any(is_keyed), scripts.keys);
    let memory = part(serving.memory_bytes > 0, scripts.memory);
    let (preload, stats) = (part(serving.navigation_preload, scripts.preload), part(serving.stats, scripts.stats));
    [ledger, keys, compose, queue, memory, preload, stats, health, runtime].concat()
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
