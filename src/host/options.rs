//! Reading the options that the worker script gives: plain data, checked once, each fault named.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use super::error::HostError;
use crate::http::{DeltaSeconds, Destination, RequestMode, decimal};
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
                let place = [
                    "routes[",
                    &decimal(table.routes.len() as i64),
                    "]: ",
                    &reason,
                ]
                .concat();
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
    let Some(policy) = word(route, "policy", &Policy::NAMES)? else {
        return Err(unknown("policy", "missing", &Policy::NAMES));
    };
    let policy = Policy::ALL[policy];
    let headers =
        word(route, "headers", &Headers::NAMES)?.map_or(Headers::Respect, |n| Headers::ALL[n]);
    let mode = word(route, "mode", &["navigate"])?.map(|_| RequestMode::Navigate);
    let path = match text(route, "path").map(|path| Pattern::new(&path, &table.scope)) {
        Some(Err(error)) => return Err(error.message()),
        Some(Ok(path)) => Some(path),
        None => None,
    };
    let mut terms = Terms {
        headers,
        ..policy.default_terms()
    };
    if let Some(seconds) = property(route, "maxAgeSeconds").as_f64() {
        terms.lifetime = DeltaSeconds::saturating(seconds as i64);
    }
    if let Some(seconds) = property(route, "staleSeconds").as_f64() {
        terms.stale_window = DeltaSeconds::saturating(seconds as i64);
    }
    let fallback = text(route, "fallback").map(|page| {
        let base = if page.starts_with('/') {
            ""
        } else {
            &table.scope
        };
        [&table.origin, base, &page].concat()
    });
    Ok(Route {
        destinations: destinations(&property(route, "destination")),
        fallback,
        mode,
        path,
        policy,
        terms,
    })
}

fn text(route: &JsValue, name: &str) -> Option<String> {
    property(route, name).as_string()
}

/// Which of the known words a field holds, if the field is there.
fn word(route: &JsValue, name: &str, known: &[&str]) -> Result<Option<usize>, String> {
    let Some(word) = text(route, name) else {
        return Ok(None);
    };
    match known.iter().position(|known| *known == word) {
        Some(place) => Ok(Some(place)),
        None => Err(unknown(name, &word, known)),
    }
}

fn unknown(field: &str, value: &str, known: &[&str]) -> String {
    [
        "`",
        field,
        "` is ",
        value,
        "; it can be ",
        &known.join(", "),
    ]
    .concat()
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
