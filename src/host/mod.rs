//! The service worker's side: the only JavaScript in the crate.
//!
//! [`Worker`] is what the worker script holds: it is given the events and does what
//! [`exchange`](crate::exchange) says. It decides nothing by itself, with one exception: whatever
//! goes wrong with the store, the request goes to the network.

mod convert;
mod error;
mod fetch;
mod install;
mod log;
mod respond;
mod store;
#[cfg(test)]
mod tests;
mod worker;

pub use worker::Worker;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::ServiceWorkerGlobalScope;

use crate::http::Timestamp;

/// What the browser's clock says. The one place that reads it.
fn now() -> Timestamp {
    Timestamp::from_millis(js_sys::Date::now() as i64)
}

/// The global scope that this runs in.
fn scope() -> ServiceWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// `object[name]`, `undefined` where there is none.
fn property(object: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}
