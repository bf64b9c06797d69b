//! The worker script of a release: the options in front of the runtime.

use serde::{Deserialize, Deserializer, Serialize};

use super::Release;

/// A route as people write it, in `keepfresh.toml`; the worker reads the same fields.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Route {
    /// Path of the URL; `*` stands for any run of characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// `navigate`: only navigations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// What the response must be wanted for.
    #[serde(default, deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "cli", schemars(with = "OneOrMany"))]
    pub destination: Vec<String>,
    /// Who is asked, and in which order.
    pub policy: Policy,
    /// A page to show when neither the network nor the cache has an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
    /// Freshness lifetime of responses that name none, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age_seconds: Option<u32>,
    /// How long a stale response may be served while it is validated, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale_seconds: Option<u32>,
    /// How long `network-first` waits before it looks at what is stored, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<f64>,
    /// Whether a response's own fields can make these terms stricter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<Headers>,
}

/// A list, or what would be its only item.
#[derive(Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(item) => vec![item],
        OneOrMany::Many(items) => items,
    })
}

/// How a page asks.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// A navigation.
    Navigate,
}

/// Who is asked, and in which order.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// The store; the network where the store has nothing fresh.
    CacheFirst,
    /// Whoever HTTP says (RFC 9111).
    Http,
    /// The network; the store when the network gives no answer.
    NetworkFirst,
    /// The network alone.
    NetworkOnly,
    /// The store, and then the network to bring it up to date.
    StaleWhileRevalidate,
}

/// Whose word counts where a route and a response disagree.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Headers {
    /// The stricter of both.
    Respect,
    /// The route's, `no-store` excepted.
    Override,
}

/// The routes of a site that has no `keepfresh.toml`: pages from the network first, with the page
/// for being offline if there is one; and what pages load under its own name from the store, while it
/// is brought up to date. Data is left alone, for nobody here knows whose it is.
///
/// What lies in the folders `hashed` is for ever what it is: bundlers have named it after its bytes.
pub fn default_routes(fallback: Option<&str>, hashed: &[String]) -> Vec<Route> {
    let route = |policy| Route {
        path: None,
        mode: None,
        destination: Vec::new(),
        policy,
        fallback: None,
        max_age_seconds: None,
        stale_seconds: None,
        timeout_seconds: None,
        headers: None,
    };
    let mut pages = route(Policy::NetworkFirst);
    pages.mode = Some(Mode::Navigate);
    pages.fallback = fallback.map(str::to_owned);
    let mut files = route(Policy::StaleWhileRevalidate);
    files.destination = ["font", "image", "manifest", "script", "style"].map(str::to_owned).to_vec();
    let for_ever = |folder: &String| Route { path: Some([folder, "*"].concat()), ..route(Policy::CacheFirst) };
    let mut routes: Vec<Route> = hashed.iter().map(for_ever).collect();
    routes.extend([pages, files]);
    routes
}

/// Whether the browser may answer by itself what it can.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StaticRoutes {
    /// It may, where it knows how.
    On,
    /// Every request starts the worker.
    Off,
}

/// The text of the worker script: a line that sets the options, then `runtime`.
pub fn worker_script(release: &Release<'_>, routes: &[Route], static_routes: StaticRoutes, runtime: &str) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Options<'a> {
        version: &'a str,
        routes: &'a [Route],
        static_routes: bool,
        precache: &'a str,
    }
    let options = Options {
        version: &release.version,
        routes,
        static_routes: static_routes == StaticRoutes::On,
        precache: &release.precache,
    };
    let options = serde_json::to_string(&options).expect("strings and numbers are always JSON");
    let head = ["// Written by keepfresh ", env!("CARGO_PKG_VERSION"), ". Do not edit: build the site again.\n"];
    [&head.concat(), "self.keepfreshOptions=", &options, ";\n", runtime].concat()
}
