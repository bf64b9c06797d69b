//! `keepfresh explain`: which route of a built site answers a request, and why none of the others does.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use keepfresh::build::release::listing::Listing;
use keepfresh::build::release::worker_script::{WORKER, serves_precached_alone, table_of};
use keepfresh::http::{CacheMode, DeltaSeconds, Destination, RequestHead, RequestMode};
use keepfresh::policy::Headers;
use keepfresh::route::{Condition, Policy, Route, RouteTable, Rule};
use serde::Serialize;

use super::args::ExplainArgs;
use super::output::MANIFEST;

/// Where a site stands that does not say.
const SOMEWHERE: &str = "https://site.example";

/// A name for each destination that a route can tell apart.
const DESTINATIONS: [&str; 8] = ["audio", "document", "fetch", "font", "image", "manifest", "script", "style"];

/// What becomes of a request.
#[derive(Serialize)]
struct Explanation {
    url: String,
    /// Who answers: `asset`, `precache`, `route` or `browser`.
    answer: &'static str,
    /// What that means.
    because: String,
    /// The routes, in the order in which they are asked.
    routes: Vec<Line>,
}

/// What becomes of a route.
#[derive(Serialize)]
struct Line {
    /// Which route this is as they were written.
    route: String,
    /// What it is for, and what it does.
    says: String,
    /// Why it does not answer; nothing if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    not: Option<String>,
}

pub(crate) fn run(args: &ExplainArgs) -> anyhow::Result<ExitCode> {
    let read = |name: &str| {
        let place = args.dist.join(name);
        fs::read_to_string(&place).with_context(|| format!("{} cannot be read; build the site first", place.display()))
    };
    let listing = Listing::parse(&read(MANIFEST)?).map_err(|reason| {
        anyhow!("{} cannot be read; build the site again: {reason}", args.dist.join(MANIFEST).display())
    })?;
    let script = read(WORKER)?;
    let is_alone = serves_precached_alone(&script);
    let table = if is_alone { Some(String::new()) } else { table_of(&script) }.with_context(|| unknown(&args.dist))?;
    let origin = listing.origin.as_deref().unwrap_or(SOMEWHERE);
    let table = RouteTable::load(&[origin, &listing.base].concat(), &table);
    let request = request(args, &table)?;
    let mut explanation = explain(&table, &request);
    if is_alone && explanation.answer == "browser" && request.mode == RequestMode::Navigate {
        explanation.answer = "precache";
        explanation.because =
            "a page of the version that is installed; else the network, else the offline page".to_owned();
    }
    if args.json {
        outln!("{}", serde_json::to_string_pretty(&explanation)?);
    } else {
        explanation.tell();
    }
    Ok(ExitCode::SUCCESS)
}

fn unknown(dist: &Path) -> String {
    format!("{} has no worker of this version; build the site again", dist.display())
}

/// What a browser would ask: a page unless something else is said, or the name is that of something else.
fn request(args: &ExplainArgs, table: &RouteTable) -> anyhow::Result<RequestHead> {
    let url = match args.url.strip_prefix('/') {
        Some(_) => format!("{}{}", table.origin, args.url),
        None if args.url.contains("://") => args.url.clone(),
        None => format!("{}{}{}", table.origin, table.scope, args.url),
    };
    let destination = args.destination.as_deref().unwrap_or_default();
    let destination = Destination::known(if destination == "fetch" { "" } else { destination })
        .with_context(|| format!("--destination: {destination} is none; there are {}", DESTINATIONS.join(", ")))?;
    if args.navigate && args.destination.is_some() && destination != Destination::Document {
        bail!("--navigate asks for a page, and --destination for something else; remove one of them");
    }
    if args.method.is_empty() || !args.method.bytes().all(is_token) {
        bail!("--method: {:?} is none; write for example POST", args.method);
    }
    let is_page = args.navigate || destination == Destination::Document;
    Ok(RequestHead {
        cache: if args.no_store { CacheMode::NoStore } else { CacheMode::Default },
        destination: if is_page { Destination::Document } else { destination },
        method: args.method.to_uppercase(),
        mode: if is_page { RequestMode::Navigate } else { RequestMode::Other },
        ..RequestHead::get(&url)
    })
}

/// What names consist of (RFC 9110, section 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn explain(table: &RouteTable, request: &RequestHead) -> Explanation {
    let rule = table.rule(request);
    let mut answering = None;
    let mut line = |route: &Route| {
        let not = match (table.unmet(route, request), answering) {
            (Some(condition), _) => Some(unmet(condition)),
            (None, Some(other)) => Some(format!("routes[{other}] says more of the request")),
            (None, None) => {
                answering = Some(route.number);
                None
            }
        };
        Line { route: format!("routes[{}]", route.number), says: says(route), not }
    };
    let routes: Vec<Line> = table.routes.iter().map(&mut line).collect();
    let (answer, because) = match rule {
        Some(Rule::Fingerprinted) => (
            "asset",
            "the name has the fingerprint of the bytes: from the store, for ever, before any route".to_owned(),
        ),
        Some(Rule::Route(route)) => ("route", format!("routes[{}]: {}", route.number, asks(route))),
        Some(Rule::Http(_)) => ("route", "what HTTP says".to_owned()),
        None => ("browser", is_left_alone(request, answering.is_some()).to_owned()),
    };
    Explanation { url: request.url.clone(), answer, because, routes }
}

fn unmet(condition: Condition) -> String {
    match condition {
        Condition::Destination => "it is for other destinations",
        Condition::Method => "it is for other methods",
        Condition::Mode => "it is for navigations",
        Condition::Origin => "it is for another origin",
        Condition::Path => "the path is not like that",
    }
    .to_owned()
}

fn is_left_alone(request: &RequestHead, is_matched: bool) -> &'static str {
    if request.method != "GET" {
        "the request changes something: the worker leaves it alone"
    } else if request.cache == CacheMode::NoStore {
        "the page asked for no-store: the worker leaves it alone"
    } else if is_matched {
        "the route is network-only: the worker leaves it alone"
    } else {
        "no route is for it: the worker leaves it alone"
    }
}

/// What a route is for.
fn says(route: &Route) -> String {
    let path = route.path.as_ref().map(|path| format!("path {}", path.source()));
    let origin = route.origins.as_ref().map(|origins| format!("origin {origins}"));
    let mode = route.mode.map(|_| "mode navigate".to_owned());
    let is_one =
        |name: &&str| route.destinations & Destination::parse(if *name == "fetch" { "" } else { name }).bit() != 0;
    let names = || DESTINATIONS.iter().copied().filter(is_one).collect::<Vec<_>>().join(", ");
    let destination = (route.destinations != 0).then(|| format!("destination {}", names()));
    let method = route.methods.as_ref().map(|methods| format!("method {methods}"));
    let conditions: Vec<String> = [path, origin, method, mode, destination].into_iter().flatten().collect();
    let conditions = if conditions.is_empty() { "everything".to_owned() } else { conditions.join(", ") };
    format!("{conditions}: {}", name(route))
}

fn name(route: &Route) -> &'static str {
    let place = Policy::ALL.iter().position(|policy| *policy == route.policy).unwrap_or_default();
    match (route.policy, route.timeout) {
        (Policy::NetworkFirst, Some(0)) => "race",
        _ => Policy::NAMES[place],
    }
}

/// Who is asked, and for how long the answer lasts.
fn asks(route: &Route) -> String {
    let seconds = |span: DeltaSeconds| match span {
        DeltaSeconds::MAX => "for ever".to_owned(),
        span => format!("for {} s", span.as_seconds()),
    };
    let who = match (route.policy, route.timeout) {
        (Policy::CacheFirst, _) => "the store; the network where it has nothing fresh".to_owned(),
        (Policy::CacheOnly, _) => "the store alone".to_owned(),
        (Policy::Http, _) => "the store while its response is fresh, then the network (RFC 9111)".to_owned(),
        (Policy::NetworkFirst, Some(0)) => "the network and the store, whoever is first".to_owned(),
        (Policy::NetworkFirst, Some(limit)) => {
            format!("the network; the store after {} s, or when there is no answer", f64::from(limit) / 1000.0)
        }
        (Policy::NetworkFirst, None) => "the network; the store when there is no answer".to_owned(),
        (Policy::NetworkOnly, _) => "the network alone".to_owned(),
        (Policy::StaleWhileRevalidate, _) => "the store, and then the network for the next time".to_owned(),
    };
    let fresh = route.terms.lifetime.map(|span| match span {
        DeltaSeconds::ZERO => "stale at once unless it says more".to_owned(),
        span => format!("fresh {} unless it says less", seconds(span)),
    });
    let stale = route.terms.stale_window.map(|span| format!("may be served stale {}", seconds(span)));
    let query = route.ignored.as_deref().map(|names| match names {
        "*" => "the query makes no difference".to_owned(),
        names => format!("these parameters make no difference: {names}"),
    });
    let overrides = (route.terms.headers == Headers::Override).then(|| "whatever the response says".to_owned());
    let fallback = route.fallback.as_deref().map(|page| format!("else {page}"));
    let keep = route.keep.map(|span| format!("kept {}", seconds(span)));
    let mut extras = [""; 12];
    extras.iter_mut().zip(route.extras.split(' ')).for_each(|(place, extra)| *place = extra);
    let [_, entries, bytes, _, tags, queue, partition, body, opaque, before, after, content] = extras;
    let said = |what: &str, extra: &str| (!extra.is_empty()).then(|| format!("{what}{extra}"));
    let (entries, bytes) = (said("URLs kept at most: ", entries), said("bytes kept at most: ", bytes));
    let (tags, queue) = (said("tags: ", tags), said("without a network it waits in the queue ", queue));
    let partition = match partition {
        "" => None,
        "*" => Some("apart for each partition that a page names, and not at all before".to_owned()),
        field => Some(format!("apart for each value of {field}")),
    };
    let body = said("the body is part of the key, as ", body);
    let opaque = said("", opaque).map(|_| "opaque responses are kept".to_owned());
    let pieces = said("the page begins with ", before).map(|start| {
        let (end, query) = (said(" and ends with ", after).unwrap_or_default(), said("?", content).unwrap_or_default());
        format!("{start}{end}; its content is what {query} brings")
    });
    // What changes something is nobody's to keep.
    let is_asked = route.methods.is_none() || body.is_some();
    [
        Some(who),
        fresh.filter(|_| is_asked),
        stale.filter(|_| is_asked),
        overrides,
        query,
        fallback,
        queue,
        keep,
        entries,
        bytes,
        tags,
        partition,
        body,
        opaque,
        pieces,
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join("; ")
}

impl Explanation {
    fn tell(&self) {
        outln!("{}", self.url);
        outln!("  {}: {}", self.answer, self.because);
        for Line { route, says, not } in &self.routes {
            outln!("  {route}  {says}  ({})", not.as_deref().unwrap_or("it matches"));
        }
    }
}
