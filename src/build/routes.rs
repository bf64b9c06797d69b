//! Routes as people write them in `keepfresh.toml`, and those of a site that has written none.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::name::media_type;
use crate::http::Destination;
use crate::manifest::Need;
use crate::route::{Fault, Pattern, compile, literal};

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
    let mut files = route(Policy::StaleWhileRevalidate);
    files.destination = ["font", "image", "manifest", "script", "style"].map(str::to_owned).to_vec();
    let for_ever = |folder: &String| Route { path: Some([folder, "*"].concat()), ..route(Policy::CacheFirst) };
    let mut routes: Vec<Route> = hashed.iter().map(for_ever).collect();
    routes.extend([pages, files]);
    routes
}

/// What files without pages are loaded as: how a route says it, and how their media types begin.
const DESTINATIONS: [(&str, &str); 7] = [
    ("", ""),
    ("font", "font/"),
    ("image", "image/"),
    ("manifest", "application/manifest"),
    ("object", "application/pdf"),
    ("script", "text/javascript"),
    ("style", "text/css"),
];

/// From so many files of a kind in one folder on, a route speaks of all of them.
const MANY: usize = 8;

/// How many files, or kinds of them, a worker is told of one by one.
pub(super) const FILES: usize = 200;

/// Routes for `files` of the site that pages load by their own names (URLs relative to the site's root, at `base`; and
/// whether scripts may fetch them), where `table` has none: without one, nobody looks for what is installed. Data comes
/// from the network first.
pub fn file_routes(files: &[(String, bool)], table: &[Route], base: &str) -> Vec<Route> {
    let is_any = |route: &&Route| route.origin.is_empty() && route.mode.is_none() && route.method.is_empty();
    let by_path = table.iter().filter(is_any).filter(|route| route.destination.is_empty());
    let patterns: Vec<Pattern> =
        by_path.filter_map(|route| Pattern::new(route.path.as_deref().unwrap_or("*")).ok()).collect();
    let by_kind = table.iter().filter(is_any).filter(|route| route.path.is_none());
    let taken: Vec<Destination> =
        by_kind.flat_map(|route| &route.destination).map(|one| Destination::parse(one)).collect();
    let is_taken = |name: &str| taken.contains(&Destination::parse(name));
    let left = DESTINATIONS.into_iter().filter(|(name, _)| !is_taken(name));
    let destination: Vec<String> =
        if taken.is_empty() { Vec::new() } else { left.map(|(name, _)| name.to_owned()).collect() };
    let is_without = |(url, is_fetched): &&(String, bool)| {
        let kind = media_type(url);
        let (name, _) = DESTINATIONS.into_iter().rfind(|(_, start)| kind.starts_with(start)).unwrap_or_default();
        let is_covered = |pattern: &Pattern| pattern.matches(&[base, url].concat(), base);
        (*is_fetched || !is_taken(name)) && !patterns.iter().any(is_covered)
    };

    let mut kinds: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for (url, _) in files.iter().filter(is_without) {
        let (folder, name) = url.split_at(url.rfind('/').map_or(0, |slash| slash + 1));
        kinds.entry((folder, name.rsplit('.').next().unwrap_or_default())).or_default().push(url);
    }
    let paths = kinds.into_iter().flat_map(|((folder, extension), urls)| match urls.len() {
        MANY.. if !folder.is_empty() => vec![[&literal(folder), "*.", &literal(extension)].concat()],
        _ => urls.into_iter().map(literal).collect(),
    });
    let route = |path: String| Route {
        policy: policy_for(&path),
        destination: destination.clone(),
        path: Some(path),
        ..Route::default()
    };
    paths.take(FILES).map(route).collect()
}

/// What a file is made of that scripts load: parts of the page itself, which may be a visit older, or data.
fn policy_for(path: &str) -> Policy {
    let kind = media_type(path);
    let is_of_page = ["image/", "font/", "text/css", "text/javascript", "application/wasm"];
    match is_of_page.iter().any(|start| kind.starts_with(start)) {
        true => Policy::StaleWhileRevalidate,
        false => Policy::NetworkFirst,
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::RouteTable;

    #[test]
    fn files_that_scripts_load_have_routes() {
        let route = |path: &str, destination: &[&str]| Route {
            path: (!path.is_empty()).then(|| path.to_owned()),
            destination: destination.iter().map(|one| (*one).to_owned()).collect(),
            ..Route::default()
        };
        let many: Vec<String> = (0..MANY).map(|n| format!("img/{n}.png")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let defaults = default_routes(None, &["assets/".to_owned()]);
        let cases: [(&[&str], &[Route], &[&str]); 10] = [
            // What begins with `!` is fetched by no script.
            (&["!a.js", "!b.png", "!c.webmanifest", "!d.json"], &defaults, &["d.json first ,object"]),
            (&["!a.js", "!b.png"], &[], &["a.js swr any", "b.png swr any"]),
            (&["data/a.json", "b.png"], &[], &["b.png swr any", "data/a.json first any"]),
            (&["data/a.json"], &defaults, &["data/a.json first ,object"]),
            (&many, &defaults, &["img/*.png swr ,object"]),
            (&["a+b(1):c.txt"], &[], &["a\\+b\\(1\\)\\:c.txt first any"]),
            (&["data/a.json", "x/data/a.json"], &[route("data/*", &[])], &["x/data/a.json first any"]),
            (&["data/a.json"], &[route("/app/data/*", &[])], &[]),
            (&["data/a.json"], &[route("", &[])], &[]),
            (
                &["data/a.json"],
                &[route("data/*", &["image"]), route("", &["script", "", "worker"])],
                &["data/a.json first font,image,manifest,object,style"],
            ),
        ];
        for (files, table, expected) in cases {
            let file = |url: &&str| (url.trim_start_matches('!').to_owned(), !url.starts_with('!'));
            let files: Vec<(String, bool)> = files.iter().map(file).collect();
            let said = |route: &Route| {
                let policy = if route.policy == Policy::NetworkFirst { "first" } else { "swr" };
                let destination =
                    if route.destination.is_empty() { "any".to_owned() } else { route.destination.join(",") };
                [route.path.as_deref().unwrap_or_default(), policy, &destination].join(" ")
            };
            let routes = file_routes(&files, table, "/app/");
            assert_eq!(routes.iter().map(said).collect::<Vec<_>>(), expected, "{files:?}");
            let read = RouteTable::load("https://example.com/app/", &compiled(&routes).unwrap());
            let is_for_scripts = |destinations: u16| destinations == 0 || destinations & Destination::Fetch.bit() != 0;
            let is_taken = table.iter().any(|route| route.destination.iter().any(String::is_empty));
            assert!(is_taken || read.routes.iter().all(|route| is_for_scripts(route.destinations)), "{files:?}");
        }
        let files: Vec<(String, bool)> = (0..1_000).map(|n| (format!("{n}.json"), false)).collect();
        assert_eq!(file_routes(&files, &[], "/").len(), FILES);
    }
}
