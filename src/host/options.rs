//! Reading the options that the worker script gives: plain data, checked once, each fault named.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use super::error::HostError;
use crate::http::{DeltaSeconds, Destination, RequestMode};
use crate::policy::{Headers, Terms};
use crate::route::{Pattern, Policy, Route, RouteTable};

/// What a field of a route holds.
#[derive(Clone, Copy)]
enum Kind {
    Seconds,
    Text,
    TextOrList,
}

/// The fields that a route may have.
const ROUTE_FIELDS: [(&str, Kind); 8] = [
    ("destination", Kind::TextOrList),
    ("fallback", Kind::Text),
    ("headers", Kind::Text),
    ("maxAgeSeconds", Kind::Seconds),
    ("mode", Kind::Text),
    ("path", Kind::Text),
    ("policy", Kind::Text),
    ("staleSeconds", Kind::Seconds),
];

/// The route table of `options.routes`, for a worker whose scope has this URL.
pub(crate) fn route_table(options: &JsValue, scope_url: &str) -> Result<RouteTable, HostError> {
    // A scope is a URL as browsers write it: `https://host/path/`.
    let path = scope_url
        .match_indices('/')
        .nth(2)
        .map_or(scope_url.len(), |(slash, _)| slash);
    let (origin, scope) = scope_url.split_at(path);
    let mut table = RouteTable {
        origin: origin.to_owned(),
        routes: Vec::new(),
        scope: scope.to_owned(),
    };

    let routes = property(options, "routes");
    if routes.is_undefined() {
        return Ok(table);
    }
    let Some(routes) = routes.dyn_ref::<Array>() else {
        return Err(HostError::Options("`routes` is not an array".to_owned()));
    };
    for route in routes.iter() {
        match check(&route).and_then(|()| route_of(&route, &table)) {
            Ok(route) => table.routes.push(route),
            Err(reason) => {
                let place = ["routes[", &table.routes.len().to_string(), "]: ", &reason].concat();
                return Err(HostError::Options(place));
            }
        }
    }
    Ok(table)
}

/// `object[name]`, `undefined` where there is none.
pub(crate) fn property(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// Whether a route has only fields that there are, each with a value of its kind.
fn check(route: &JsValue) -> Result<(), String> {
    let Some(object) = route.dyn_ref::<Object>() else {
        return Err("it is not an object".to_owned());
    };
    for name in Object::keys(object).iter() {
        let value = Reflect::get(route, &name).unwrap_or(JsValue::UNDEFINED);
        let name = name.as_string().unwrap_or_default();
        let fault = match ROUTE_FIELDS.iter().find(|(known, _)| *known == name) {
            _ if value.is_undefined() => continue,
            Some((_, Kind::Seconds)) if value.as_f64().is_some_and(|seconds| seconds >= 0.0) => {
                continue;
            }
            Some((_, Kind::Text | Kind::TextOrList)) if value.is_string() => continue,
            Some((_, Kind::TextOrList)) if Array::is_array(&value) => continue,
            Some((_, Kind::Seconds)) => "` is not a number of seconds",
            Some(_) => "` is not text",
            None => "` is not a field of a route",
        };
        return Err(["`", &name, fault].concat());
    }
    Ok(())
}

fn route_of(route: &JsValue, table: &RouteTable) -> Result<Route, String> {
    const POLICIES: &str = "cache-first, network-first, network-only or stale-while-revalidate";
    let text = |name: &str| property(route, name).as_string();
    let policy = match text("policy").as_deref() {
        Some("cache-first") => Policy::CacheFirst,
        Some("network-first") => Policy::NetworkFirst,
        Some("network-only") => Policy::NetworkOnly,
        Some("stale-while-revalidate") => Policy::StaleWhileRevalidate,
        other => return Err(unknown("policy", other, POLICIES)),
    };
    let mode = match text("mode").as_deref() {
        None => None,
        Some("navigate") => Some(RequestMode::Navigate),
        other => return Err(unknown("mode", other, "navigate")),
    };
    let headers = match text("headers").as_deref() {
        None | Some("respect") => Headers::Respect,
        Some("override") => Headers::Override,
        other => return Err(unknown("headers", other, "respect or override")),
    };
    let path = match text("path").map(|path| Pattern::new(&path, &table.scope)) {
        None => None,
        Some(Ok(path)) => Some(path),
        Some(Err(error)) => return Err(error.message()),
    };
    // What a route assumes where nobody says anything: kept files last, data is shown and renewed.
    let (lifetime, window) = match policy {
        Policy::CacheFirst => (DeltaSeconds::MAX, DeltaSeconds::ZERO),
        _ => (DeltaSeconds::ZERO, DeltaSeconds::MAX),
    };
    let seconds = |name: &str, default| {
        property(route, name)
            .as_f64()
            .map_or(default, |seconds| DeltaSeconds::saturating(seconds as i64))
    };
    Ok(Route {
        destinations: destinations(&property(route, "destination")),
        fallback: text("fallback").map(|page| {
            let base = if page.starts_with('/') {
                ""
            } else {
                &table.scope
            };
            [&table.origin, base, &page].concat()
        }),
        mode,
        path,
        policy,
        terms: Terms {
            headers,
            lifetime: seconds("maxAgeSeconds", lifetime),
            stale_window: seconds("staleSeconds", window),
        },
    })
}

/// One destination or a list of them.
fn destinations(value: &JsValue) -> Option<Vec<Destination>> {
    if let Some(word) = value.as_string() {
        return Some(vec![Destination::parse(&word)]);
    }
    let words = value.dyn_ref::<Array>()?.iter();
    Some(
        words
            .map(|word| Destination::parse(&word.as_string().unwrap_or_default()))
            .collect(),
    )
}

fn unknown(field: &str, value: Option<&str>, known: &str) -> String {
    [
        "`",
        field,
        "` is ",
        value.unwrap_or("missing"),
        "; it can be ",
        known,
    ]
    .concat()
}
