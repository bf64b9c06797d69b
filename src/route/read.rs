//! Reading a route table that came as text: a line a route, `field=value` between tabs.
//!
//! The text is what `js/host/options.ts` makes of the options: one string crosses into wasm, where a read
//! of each property would cost a worker two milliseconds at every start. What a value is not fit for
//! is a [`Fault`] that names it.

use super::{Pattern, Policy, Route};
use crate::http::{
    DeltaSeconds, Destination, RequestMode, Split, concat, decimal, digits, joined, origin, position, split_once,
};
use crate::policy::{Headers, Terms};

/// Makes [`Said`]: its fields, and what they are called in a table.
macro_rules! said {
    ($($field:ident $name:literal)*) => {
        /// What a route says, as it is written.
        struct Said<'a> {
            $($field: Option<&'a str>,)*
        }

        impl<'a> Said<'a> {
            fn read(line: &'a str) -> Result<Self, String> {
                const NAMES: &[&str] = &[$($name),*];
                let mut values = [None; NAMES.len()];
                for field in Split::new(line, b'\t') {
                    let (name, value) = split_once(field, b'=').unwrap_or((field, ""));
                    let place = NAMES.iter().position(|known| *known == name);
                    values[place.ok_or_else(|| concat(&["`", name, "` is not a field of a route"]))?] = Some(value);
                }
                let [$($field),*] = values;
                Ok(Self { $($field),* })
            }
        }
    };
}

said! {
    after "after"
    before "before"
    body "keyBody"
    content "contentQuery"
    destinations "destination"
    fallback "fallback"
    headers "headers"
    ignored "ignoreQuery"
    keep "keepSeconds"
    lifetime "maxAgeSeconds"
    max_bytes "maxBytes"
    max_entries "maxEntries"
    methods "method"
    mode "mode"
    opaque "opaque"
    origins "origin"
    partition "partition"
    path "path"
    policy "policy"
    queue "queue"
    stale_window "staleSeconds"
    tags "tags"
    timeout "timeoutSeconds"
}

/// The methods that a route can be for, beside those that change nothing.
const CHANGING: [&str; 4] = ["DELETE", "PATCH", "POST", "PUT"];

/// The methods of requests that change nothing and say in their bodies what they want, and how such a body is read:
/// as it is, as JSON, or as GraphQL, where what is no query goes to the network.
const ASKING: [&str; 2] = ["POST", "QUERY"];
const BODIES: [&str; 3] = ["bytes", "graphql", "json"];

/// What is wrong with a table: the route and the field, and what would be right.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault(pub String);

/// Reads routes, in the order in which they stand.
pub(super) fn routes(text: &str) -> Result<Vec<Route>, Fault> {
    let mut routes = Vec::new();
    for line in Split::new(text, b'\n').filter(|line| !line.is_empty()) {
        let number = routes.len();
        match route(line) {
            Ok(route) => routes.push(Route { number, ..route }),
            Err(reason) => return Err(Fault(concat(&["routes[", &decimal(number as i64), "]: ", &reason]))),
        }
    }
    Ok(routes)
}

fn route(line: &str) -> Result<Route, String> {
    let said = Said::read(line)?;
    let (policy, is_race) = read_policy(said.policy)?;
    let headers = Headers::ALL[word("headers", said.headers.unwrap_or(Headers::NAMES[0]), &Headers::NAMES)?];
    word("mode", said.mode.unwrap_or("navigate"), &["navigate"])?;
    let lifetime = seconds("maxAgeSeconds", said.lifetime)?;
    let stale_window = seconds("staleSeconds", said.stale_window)?;
    let keep = seconds("keepSeconds", said.keep)?;
    count("maxBytes", said.max_bytes)?;
    count("maxEntries", said.max_entries)?;
    let methods = read_methods(said.methods, said.body, policy)?;
    let opaque = read_opaque(said.opaque, policy, keep.or(lifetime))?;
    let partition = read_partition(said.partition)?;
    let said = Said { opaque, partition: partition.as_deref(), ..said };
    fits_policy(&said, policy, is_race)?;
    fits_queue(&said, methods.is_some())?;
    for tag in said.tags.into_iter().flat_map(|names| Split::new(names, b',')) {
        name("tags", Some(tag))?;
    }
    composed(&said)?;
    let timeout = if is_race { Some(0) } else { said.timeout.map(milliseconds).transpose()? };
    are_origins(said.origins)?;
    let path = said.path.map(Pattern::new).transpose().map_err(|error| error.message())?;
    let default = policy.default_terms();
    Ok(Route {
        destinations: read_destinations(said.destinations)?,
        extras: extras(&said),
        fallback: said.fallback.map(str::to_owned),
        ignored: said
            .ignored
            .filter(|names| *names != "false")
            .map(|names| if names == "true" { "*" } else { names }.to_owned()),
        keep,
        methods,
        mode: said.mode.map(|_| RequestMode::Navigate),
        number: 0,
        origins: said.origins.map(str::to_owned),
        path,
        policy,
        terms: Terms {
            headers,
            lifetime: lifetime.or(default.lifetime),
            stale_window: stale_window.or(default.stale_window),
            ..default
        },
        timeout,
    })
}

/// Who is asked, and whether the store and the network are asked at once: then the network is given no time of its own.
fn read_policy(name: Option<&str>) -> Result<(Policy, bool), String> {
    let is_race = name == Some("race");
    let name = if is_race { "network-first" } else { name.unwrap_or("missing") };
    let place = word("policy", name, &Policy::NAMES).map_err(|fault| concat(&[&fault, ", race"]))?;
    Ok((Policy::ALL[place], is_race))
}

/// Whether a route says nothing that its policy has no use for.
fn fits_policy(said: &Said<'_>, policy: Policy, is_race: bool) -> Result<(), String> {
    let limits = [said.lifetime, said.stale_window, said.keep, said.max_bytes, said.max_entries];
    let of_kept = [said.tags, said.body, said.opaque, said.partition];
    if policy == Policy::NetworkOnly && limits.iter().chain(&of_kept).any(Option::is_some) {
        return Err("`policy` is network-only: nothing is kept that could have a key, tags or limits".to_owned());
    }
    if said.timeout.is_some() && (is_race || policy != Policy::NetworkFirst) {
        return Err("`timeoutSeconds` is for routes whose `policy` is network-first".to_owned());
    }
    Ok(())
}

/// Whether what waits in a queue is something that waits.
fn fits_queue(said: &Said<'_>, has_methods: bool) -> Result<(), String> {
    if said.queue.is_some() && (!has_methods || said.body.is_some()) {
        return Err(
            "`queue` is for routes with a `method` that changes something, as POST without `keyBody`".to_owned()
        );
    }
    name("queue", said.queue)
}

/// The methods that a route is for; nothing if these are those that change nothing.
fn read_methods(names: Option<&str>, body: Option<&str>, policy: Policy) -> Result<Option<String>, String> {
    let names = names.map(upper_case).filter(|names| names != "GET");
    let known = if body.is_some() { &ASKING[..] } else { &CHANGING };
    let is_known = |names: &String| Split::new(names, b',').all(|name| known.contains(&name));
    if let Some(names) = names.as_ref().filter(|names| !is_known(names)) {
        let fits = if body.is_some() { "POST or QUERY" } else { "GET, or some of POST, PUT, PATCH, DELETE" };
        return Err(unfit("method", names, fits));
    }
    word("keyBody", body.unwrap_or(BODIES[0]), &BODIES)?;
    if body.is_some() && names.is_none() {
        return Err("`keyBody` is for routes with a `method` that has bodies: POST or QUERY".to_owned());
    }
    // What changes something is nobody's to keep.
    if names.is_some() && body.is_none() && policy != Policy::NetworkOnly {
        return Err("`method` is for routes whose `policy` is network-only, or with `keyBody`".to_owned());
    }
    Ok(names)
}

/// Whether opaque responses are kept. `lasts` is for how long.
fn read_opaque(value: Option<&str>, policy: Policy, lasts: Option<DeltaSeconds>) -> Result<Option<&str>, String> {
    let opaque = wanted("opaque", value)?;
    if opaque.is_some() && matches!(policy, Policy::CacheOnly | Policy::Http) {
        return Err(
            "`opaque` is for routes that say themselves how long responses last: not http or cache-only".to_owned()
        );
    }
    // Nobody can tell whether such a response is an error, which must not stay for good.
    if opaque.is_some() && policy == Policy::CacheFirst && lasts.is_none() {
        return Err("`opaque` with cache-first needs `keepSeconds` or `maxAgeSeconds`: it may be an error".to_owned());
    }
    Ok(opaque)
}

/// What parts the users of a route: `*` is the partition that the page has named, anything else the name of a field.
fn read_partition(value: Option<&str>) -> Result<Option<String>, String> {
    match value {
        Some("true" | "false") => Ok(wanted("partition", value)?.map(|_| "*".to_owned())),
        Some(field) if !is_name(field) || is_unseen(&lower_case(field)) => {
            Err(unfit("partition", field, "true, or the name of a field that workers see"))
        }
        field => Ok(field.map(lower_case)),
    }
}

fn are_origins(names: Option<&str>) -> Result<(), String> {
    for name in names.into_iter().flat_map(|names| Split::new(names, b',')).filter(|name| *name != "*") {
        if position(name, b':').is_none() || origin(name) != name {
            return Err(unfit("origin", name, "https://host, or *"));
        }
    }
    Ok(())
}

/// A bit for each destination.
fn read_destinations(names: Option<&str>) -> Result<u16, String> {
    let mut destinations = 0;
    for name in names.into_iter().flat_map(|names| Split::new(names, b',')) {
        let fits = "document, font, image, script, style, video, ... (as `Request.destination`)";
        destinations |= Destination::known(name).ok_or_else(|| unfit("destination", name, fits))?.bit();
    }
    Ok(destinations)
}

/// What pages that are put together need, and what they cannot have: under one key their content would be taken for a page.
fn composed(said: &Said<'_>) -> Result<(), String> {
    let Said { after, before, content, .. } = *said;
    if before.is_none() {
        let alone = after.map(|_| "after").or(content.map(|_| "contentQuery"));
        return alone.map_or(Ok(()), |name| Err(concat(&["`", name, "` is for routes with `before`"])));
    }
    for (field, value) in [("before", before), ("after", after), ("contentQuery", content)] {
        name(field, value)?;
    }
    for (field, value) in [("mode", said.mode), ("fallback", said.fallback), ("contentQuery", content)] {
        if value.is_none() {
            return Err(concat(&["`before` needs `", field, "`"]));
        }
    }
    if said.ignored == Some("true") || said.partition.is_some() {
        return Err("`before` cannot be used with `partition`, or with `ignoreQuery` for the whole query".to_owned());
    }
    Ok(())
}

/// Which of the known words a value is.
fn word(name: &str, value: &str, known: &[&str]) -> Result<usize, String> {
    let place = known.iter().position(|known| *known == value);
    place.ok_or_else(|| unfit(name, value, &joined(known.iter().copied(), ", ")))
}

/// Whole seconds; a fraction is dropped.
fn seconds(name: &str, value: Option<&str>) -> Result<Option<DeltaSeconds>, String> {
    let Some(value) = value else { return Ok(None) };
    let whole = Split::new(value, b'.').next().unwrap_or_default();
    match digits(whole) {
        Some(seconds) => Ok(Some(DeltaSeconds::saturating(seconds))),
        None if value == "Infinity" => Ok(Some(DeltaSeconds::MAX)),
        None => Err(unfit(name, value, "a number of seconds")),
    }
}

/// `timeoutSeconds` in milliseconds, as far as timers of browsers go.
fn milliseconds(value: &str) -> Result<u32, String> {
    let (whole, fraction) = split_once(value, b'.').unwrap_or((value, "0"));
    match (digits(whole), digits(fraction)) {
        (Some(seconds), Some(_)) => {
            let rest = digits(&concat(&[fraction, "000"])[..3]).unwrap_or_default();
            Ok((seconds.min(1 << 30) * 1000 + rest).min(i32::MAX.into()) as u32)
        }
        _ if value == "Infinity" => Ok(i32::MAX as u32),
        _ => Err(unfit("timeoutSeconds", value, "a number of seconds")),
    }
}

/// [`Route::extras`]: what is kept together is known by what its route is for.
fn extras(said: &Said<'_>) -> String {
    let Said { after, before, body, content, keep, max_bytes, max_entries, opaque, partition, queue, tags, .. } = *said;
    let says = [max_entries, max_bytes, keep, tags, queue, partition, body, opaque, before, after, content];
    if says.iter().all(Option::is_none) {
        return String::new();
    }
    let conditions = [said.path, said.mode, said.destinations, said.origins];
    let name = joined(conditions.iter().map(|text| text.unwrap_or_default()), "|").replace(' ', "%20");
    let says = says.map(Option::unwrap_or_default);
    concat(&[&name, " ", &joined(says.into_iter(), " ")]).trim_end_matches(' ').to_owned()
}

/// Whether something is wanted.
fn wanted<'a>(name: &str, value: Option<&'a str>) -> Result<Option<&'a str>, String> {
    word(name, value.unwrap_or("true"), &["false", "true"])?;
    Ok(value.filter(|value| *value == "true"))
}

/// A whole number.
fn count(name: &str, value: Option<&str>) -> Result<(), String> {
    match value {
        Some(value) if digits(value).is_none() => Err(unfit(name, value, "a whole number")),
        _ => Ok(()),
    }
}

/// A name is written between commas and spaces.
fn name(field: &str, value: Option<&str>) -> Result<(), String> {
    match value {
        Some(value) if value.is_empty() || value.bytes().any(|b| b <= b' ' || b == b',') => {
            Err(unfit(field, value, "a name without spaces and commas"))
        }
        _ => Ok(()),
    }
}

/// Whether a field could be called so.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Whether workers are not shown a field: browsers add it behind them. Everybody would be in one partition.
fn is_unseen(name: &str) -> bool {
    const UNSEEN: [&str; 7] =
        ["accept-encoding", "accept-language", "cookie", "host", "origin", "referer", "user-agent"];
    UNSEEN.contains(&name) || name.starts_with("proxy-") || name.starts_with("sec-")
}

fn lower_case(text: &str) -> String {
    text.bytes().map(|b| char::from(b.to_ascii_lowercase())).collect()
}

fn upper_case(text: &str) -> String {
    text.bytes().map(|b| char::from(b.to_ascii_uppercase())).collect()
}

fn unfit(name: &str, value: &str, fits: &str) -> String {
    concat(&["`", name, "` is ", value, "; it can be ", fits])
}

#[cfg(test)]
mod tests;
