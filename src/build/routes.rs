//! Routes as people write them in `keepfresh.toml`, and those of a site that has written none.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::manifest::Need;
use crate::route::{Fault, compile};

/// A route as people write it, in `keepfresh.toml`: the fields that the npm package takes.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Route {
    /// Path of the URL, in URLPattern's syntax without regular expressions: text, `*`, `:name`, `{group}?`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// `navigate`: only navigations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// What the response must be wanted for.
    #[serde(default, deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "cli", schemars(with = "OneOrMany"))]
    pub destination: Vec<String>,
    /// The origins of the URL, or `*` for any; without it, the site's own.
    #[serde(default, deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "cli", schemars(with = "OneOrMany"))]
    pub origin: Vec<String>,
    /// Parameters of the query that make no difference, whatever responses say; `true` for all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignore_query: Option<Ignored>,
    /// The methods of the request, where it changes something; without it, `GET`.
    #[serde(default, deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "cli", schemars(with = "OneOrMany"))]
    pub method: Vec<String>,
    /// How the bodies of requests are read that say what is asked for: they are part of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_body: Option<KeyBody>,
    /// By what responses are kept apart: a field of the request, or `true` for what the page says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<Partition>,
    /// Whether responses are kept that may not be looked into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opaque: Option<bool>,
    /// Who is asked, and in which order.
    pub policy: Policy,
    /// How much a version depends on the site's files with these paths; only `keepfresh build` reads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precache: Option<Need>,
    /// The queue in which requests that change something wait for the network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// Names by which pages can have its responses forgotten.
    #[serde(default, deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "cli", schemars(with = "OneOrMany"))]
    pub tags: Vec<String>,
    /// How long a response is kept after it came or was last validated, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_seconds: Option<u32>,
    /// How many URLs are kept at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_entries: Option<u32>,
    /// How many bytes are kept at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u32>,
    /// The precached file that pages begin with, at once, where they are put together of that, of what the network says of
    /// the page, and of the file `after`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The precached file that such pages end with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// What stands in the query, too, where the content alone is asked for that comes in between: `content=only`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_query: Option<String>,
    /// A page to show when neither the network nor the cache has an answer; with `before`, what stands in for the content.
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

/// What of a query makes no difference.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Ignored {
    /// All of it, or nothing.
    All(bool),
    /// These parameters.
    Parameters(Vec<String>),
}

/// How a body is read.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum KeyBody {
    /// As it is.
    Bytes,
    /// As a GraphQL request; what is no query goes to the network.
    Graphql,
    /// As JSON, in whatever order its fields stand.
    Json,
}

/// By what responses are kept apart.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Partition {
    /// What the page says, or nothing.
    Page(bool),
    /// The value of this field of the request.
    Field(String),
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
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// The store; the network where the store has nothing fresh.
    CacheFirst,
    /// The store alone.
    CacheOnly,
    /// Whoever HTTP says (RFC 9111).
    #[default]
    Http,
    /// The network; the store when the network gives no answer.
    NetworkFirst,
    /// The network alone.
    NetworkOnly,
    /// Both at once: whoever is there first.
    Race,
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
    let route = |policy| Route { policy, ..Route::default() };
    let mut pages = route(Policy::NetworkFirst);
    pages.mode = Some(Mode::Navigate);
    pages.fallback = fallback.map(str::to_owned);
    // Code belongs to its page, which comes from the network: what is a visit older may not fit it.
    let mut code = route(Policy::NetworkFirst);
    code.destination = ["script", "style"].map(str::to_owned).to_vec();
    let mut files = route(Policy::StaleWhileRevalidate);
    files.destination = ["font", "image", "manifest"].map(str::to_owned).to_vec();
    let for_ever = |folder: &String| Route { path: Some([folder, "*"].concat()), ..route(Policy::CacheFirst) };
    let mut routes: Vec<Route> = hashed.iter().map(for_ever).collect();
    routes.extend([pages, code, files]);
    routes
}

/// The routes as a worker loads them; an error that names the route and the field.
pub fn compiled(routes: &[Route]) -> Result<String, Fault> {
    compile(&routes.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// A route as text: `field=value` between tabs.
fn line(route: &Route) -> String {
    // What is installed is no concern of who answers.
    let route = Route { precache: None, ..route.clone() };
    let fields = serde_json::to_value(route).ok().and_then(|value| value.as_object().cloned()).unwrap_or_default();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let field = |(name, value): (&String, &Value)| match value {
        Value::Array(items) => format!("{name}={}", items.iter().map(text).collect::<Vec<_>>().join(",")),
        value => format!("{name}={}", text(value)),
    };
    fields.iter().map(field).map(|field| field.replace(char::is_whitespace, " ")).collect::<Vec<_>>().join("\t")
}
