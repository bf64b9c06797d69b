//! What may stand in `keepfresh.toml`.

use std::collections::BTreeMap;

use keepfresh::build::headers::Host;
use keepfresh::build::integrity::Algorithm;
use keepfresh::build::release::worker_script::Budget;
use keepfresh::build::routes::Route;
use keepfresh::build::{Code, ModuleNames};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::args::BuildArgs;
use super::encode::Encoding;

/// Where the configuration is when nobody says otherwise. It is not published.
pub(crate) const FILE: &str = "keepfresh.toml";

/// The page that stands in for others when there is no network, when nobody says otherwise.
pub(crate) const OFFLINE_PAGE: &str = "offline.html";

/// The settings of `keepfresh build`. Every one may be left out.
#[derive(Clone, Default, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct Settings {
    /// How much the worker keeps of what routes answer with.
    pub(crate) budget: Option<Budget>,
    /// Attributes that hold URLs beside those of HTML, as scripts read them: `data-src`.
    pub(super) attributes: Vec<String>,
    /// Encodings to write beside each file where they are smaller: `br`, `zstd`, `gzip`.
    pub(crate) compress: Vec<Encoding>,
    /// Files that are not part of the site, as patterns: `drafts/**`.
    pub(super) exclude: Vec<String>,
    /// Caching headers.
    pub(crate) headers: Headers,
    /// Whether pages have to say that they are well (`confirmVersion` of `keepfresh/window`): a version of which three were
    /// shown without that is taken back.
    pub(crate) health_check: bool,
    /// The digest that is put beside scripts and style sheets in pages: `sha256`, `sha384` or `sha512`.
    pub(crate) integrity: Option<Algorithm>,
    /// Where the names of files stand in JSON.
    pub(super) json: Vec<Json>,
    /// How many earlier releases stay: their fingerprinted files remain in the output.
    pub(crate) keep: usize,
    /// How many bytes of responses that were read stay in memory while the worker runs.
    pub(crate) memory_bytes: u64,
    /// How modules name each other: `cascade` (by fingerprints) or `import-map`.
    pub(crate) modules: ModuleNames,
    /// What files are called.
    pub(super) names: Names,
    /// Whether the browser asks for a page while the worker starts, which takes that answer.
    pub(crate) navigation_preload: bool,
    /// Where the site will stand, as in `https://example.com`: absolute URLs with it are its own.
    pub(super) origin: Option<String>,
    /// A script of the site's own that goes in front of the worker's: its listeners are asked first.
    pub(crate) own_worker: Option<String>,
    /// What a first visit downloads.
    pub(crate) precache: Precache,
    /// Whether the site wants no worker any more: the one that is written removes itself, and what was stored.
    pub(crate) retire: bool,
    /// Who answers which request. Of the routes that match, the one that says most counts.
    pub(super) routes: Option<Vec<Route>>,
    /// Whether the worker counts what becomes of requests.
    pub(crate) stats: bool,
    /// How bad which kind of finding is.
    #[schemars(schema_with = "severities")]
    pub(super) severity: BTreeMap<Code, Level>,
}

/// Caching headers.
#[derive(Clone, Default, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct Headers {
    /// `CDN-Cache-Control` of pages (RFC 9213), as in `max-age=60, stale-while-revalidate=86400`.
    pub(super) cdn: Option<String>,
    /// Whether fingerprinted files may serve as dictionaries for their next version (RFC 9842). Deltas are then there in
    /// Brotli, too.
    pub(super) dictionaries: bool,
    /// `Cache-Groups` (RFC 9875): the groups of the files that a pattern matches.
    pub(super) groups: BTreeMap<String, Vec<String>>,
    /// The hosts to write headers for, beside `_headers`.
    pub(super) hosts: Vec<Host>,
}

/// Where the names of files stand in JSON.
#[derive(Clone, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Json {
    /// Which files, as a pattern: `data/*.json`.
    pub(super) files: String,
    /// JSON pointers (RFC 6901) to the names, `*` for every member or item: `/items/*/image`. A name is
    /// relative to the JSON file.
    pub(super) pointers: Vec<String>,
}

/// What files are called.
#[derive(Clone, Default, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Names {
    /// How many hexadecimal digits a fingerprint has, from 8 to 64. Default: 20.
    #[schemars(range(min = 8, max = 64))]
    pub(super) digits: Option<usize>,
    /// Files that are known by their names, and so keep them, as patterns.
    pub(super) keep: Vec<String>,
    /// Files whose names carry a fingerprint already, as patterns. Default: by the looks of their names.
    pub(super) hashed: Option<Vec<String>>,
}

/// What a first visit downloads.
#[derive(Clone, Default, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Precache {
    /// Files that a first visit does not download, as patterns.
    pub(super) exclude: Vec<String>,
    /// Files that pages load by names which no file spells out, as patterns: `locales/*.json`. What a build
    /// can find of these by itself it adds, as lazy: parts that bundlers have written, and files that scripts mention.
    pub(super) include: Vec<String>,
    /// Files that a version is not installed without, as patterns. Default: the first page, those that stand in for others,
    /// and the scripts, style sheets, wasm and JSON that pages load. What is said of a page holds for what only such pages
    /// load.
    pub(super) required: Vec<String>,
    /// Files whose absence is no reason not to install a version, as patterns: they are fetched later then.
    pub(super) optional: Vec<String>,
    /// Files that are fetched when the version is in charge and nothing else is to be done, as patterns.
    pub(super) lazy: Vec<String>,
    /// Whether the worker serves pages and assets of the version that is installed, and nothing else: its script is then a
    /// fifth as large.
    pub(crate) only: bool,
    /// Whether small assets are offered to workers many at a time as well. Default: true.
    pub(super) packs: Option<bool>,
}

impl Precache {
    pub(crate) fn has_packs(&self) -> bool {
        self.packs.unwrap_or(true)
    }
}

/// Kinds of findings, and how bad each is: editors know both by name.
fn severities(generator: &mut SchemaGenerator) -> Schema {
    let (names, levels) = (generator.subschema_for::<Code>(), generator.subschema_for::<Level>());
    json_schema!({ "type": "object", "propertyNames": names, "additionalProperties": levels })
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// The build fails.
    Error,
    /// It is told of; `--strict` fails.
    Warning,
    /// It is told of.
    Note,
    /// It is not told of.
    Off,
}

impl Settings {
    pub(super) fn with(mut self, args: &BuildArgs) -> Self {
        self.origin = args.origin.clone().or(self.origin);
        self.integrity = args.integrity.or(self.integrity);
        self.modules = args.modules.unwrap_or(self.modules);
        self.keep = args.keep.unwrap_or(self.keep);
        self.retire |= args.retire;
        if !args.compress.is_empty() {
            self.compress = args.compress.clone();
        }
        self.headers.hosts.extend(&args.host);
        self
    }

    pub(crate) fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// The patterns that say something of files that are there, with the fields that they stand in.
    pub(crate) fn patterns(&self) -> Vec<(&'static str, &str)> {
        let Precache { exclude, include, required, optional, lazy, .. } = &self.precache;
        let lists = [
            ("precache.exclude", exclude),
            ("precache.include", include),
            ("precache.required", required),
            ("precache.optional", optional),
            ("precache.lazy", lazy),
            ("names.keep", &self.names.keep),
        ];
        let lists = lists.into_iter().chain(self.names.hashed.iter().map(|list| ("names.hashed", list)));
        let listed = lists.flat_map(|(field, list)| list.iter().map(move |pattern| (field, pattern.as_str())));
        let json = self.json.iter().map(|json| ("json.files", json.files.as_str()));
        let groups = self.headers.groups.keys().map(|pattern| ("headers.groups", pattern.as_str()));
        listed.chain(json).chain(groups).collect()
    }
}
