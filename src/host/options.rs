//! Reading the options that the worker script gives: plain data, checked once, each fault named.

use js_sys::{Array, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use super::error::HostError;
use crate::http::{DeltaSeconds, Destination, RequestMode};
use crate::policy::{Headers, Terms};
use crate::route::{Pattern, Policy, Route};

/// The names that a route may have.
const ROUTE_FIELDS: [&str; 8] =
    ["destination", "fallback", "headers", "maxAgeSeconds", "mode", "path", "policy", "staleSeconds"];

/// Reads `options.routes` for a worker whose scope has this URL and path.
pub(crate) fn routes(options: &JsValue, scope_url: &str, scope_path: &str) -> Result<Vec<Route>, HostError> {
    let routes = property(options, "routes");
    if routes.is_undefined() {
        return Ok(Vec::new());
    }
    let routes: Array =
        routes.dyn_into().map_err(|_| HostError::Options("`routes` is not an array".into()))?;
    let read = |(index, route): (usize, JsValue)| {
        route_of(&route, scope_url, scope_path).map_err(|reason| {
            HostError::Options(["routes[", &index.to_string(), "]: ", &reason].concat())
        })
    };
    routes.iter().enumerate().map(read).collect()
}

/// `options[name]`, `undefined` where there is none.
pub(crate) fn property(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

fn route_of(route: &JsValue, scope_url: &str, scope_path: &str) -> Result<Route, String> {
    let object: &js_sys::Object = route.dyn_ref().ok_or("it is not an object")?;
    for name in js_sys::Object::keys(object).iter().filter_map(|name| name.as_string()) {
        if !ROUTE_FIELDS.contains(&name.as_str()) {
            return Err(["`", &name, "` is not a field of a route"].concat());
        }
    }
    let policy = match text(route, "policy")?.as_deref() {
        Some("cache-first") => Policy::CacheFirst,
        Some("network-first") => Policy::NetworkFirst,
        Some("network-only") => Policy::NetworkOnly,
        Some("stale-while-revalidate") => Policy::StaleWhileRevalidate,
        other => {
            return Err(unknown(
                "policy",
                other,
                "cache-first, network-first, network-only or stale-while-revalidate",
            ));
        }
    };
    let mode = match text(route, "mode")?.as_deref() {
        None => None,
        Some("navigate") => Some(RequestMode::Navigate),
        other => return Err(unknown("mode", other, "navigate")),
    };
    let headers = match text(route, "headers")?.as_deref() {
        None | Some("respect") => Headers::Respect,
        Some("override") => Headers::Override,
        other => return Err(unknown("headers", other, "respect or override")),
    };
    let path = text(route, "path")?.map(|path| Pattern::new(&path, scope_path)).transpose();
    // What a route assumes where nobody says anything: kept files last, data is shown and renewed.
    let (lifetime, window) = match policy {
        Policy::CacheFirst => (DeltaSeconds::MAX, DeltaSeconds::ZERO),
        _ => (DeltaSeconds::ZERO, DeltaSeconds::MAX),
    };
    Ok(Route {
        destinations: destinations(route)?,
        fallback: text(route, "fallback")?.map(|page| resolve(&page, scope_url)).transpose()?,
        mode,
        path: path.map_err(|error| error.message())?,
        policy,
        terms: Terms {
            headers,
            lifetime: seconds(route, "maxAgeSeconds")?.unwrap_or(lifetime),
            stale_window: seconds(route, "staleSeconds")?.unwrap_or(window),
        },
    })
}

fn destinations(route: &JsValue) -> Result<Option<Vec<Destination>>, String> {
    let value = property(route, "destination");
    if value.is_undefined() {
        return Ok(None);
    }
    let list = value.dyn_ref::<Array>().map_or_else(|| Array::of1(&value), Array::clone);
    let read = |word: JsValue| {
        word.as_string().map(|word| Destination::parse(&word)).ok_or("`destination` is not text".to_owned())
    };
    list.iter().map(read).collect::<Result<_, _>>().map(Some)
}

fn text(route: &JsValue, name: &str) -> Result<Option<String>, String> {
    let value = property(route, name);
    if value.is_undefined() || value.is_null() {
        return Ok(None);
    }
    value.as_string().map(Some).ok_or_else(|| ["`", name, "` is not text"].concat())
}

fn seconds(route: &JsValue, name: &str) -> Result<Option<DeltaSeconds>, String> {
    let value = property(route, name);
    if value.is_undefined() {
        return Ok(None);
    }
    match value.as_f64() {
        Some(seconds) if seconds >= 0.0 => Ok(Some(DeltaSeconds::saturating(seconds as i64))),
        _ => Err(["`", name, "` is not a number of seconds"].concat()),
    }
}

fn resolve(url: &str, base: &str) -> Result<String, String> {
    let url = js_sys::JsString::from(url);
    web_sys::Url::new_with_base(&String::from(url.clone()), base)
        .map(|resolved| resolved.href())
        .map_err(|_| ["`fallback` is not a URL: ", &String::from(url)].concat())
}

fn unknown(field: &str, value: Option<&str>, known: &str) -> String {
    ["`", field, "` is ", value.unwrap_or("missing"), "; it can be ", known].concat()
}
