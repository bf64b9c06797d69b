//! Between the browser's requests and responses and the heads that the rules read.

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{FetchEvent, Request, Response, ResponseInit};

use crate::exchange::Served;
use crate::http::{
    CacheMode, Destination, Fields, RequestHead, RequestMode, ResponseHead, cache_status, decimal,
};

#[wasm_bindgen]
extern "C" {
    // Read as strings: web-sys has enums for these, and browsers have words that those lack.
    #[wasm_bindgen(js_name = Request)]
    type RequestWords;
    #[wasm_bindgen(method, getter)]
    fn cache(this: &RequestWords) -> String;
    #[wasm_bindgen(method, getter)]
    fn destination(this: &RequestWords) -> String;
    #[wasm_bindgen(method, getter)]
    fn mode(this: &RequestWords) -> String;

    // Absent from web-sys.
    #[wasm_bindgen(js_name = FetchEvent)]
    type FetchEventWords;
    #[wasm_bindgen(method, getter, js_name = resultingClientId)]
    fn resulting_client_id(this: &FetchEventWords) -> Option<String>;
}

/// The head of the request of an event.
pub(crate) fn request_head(request: &Request) -> RequestHead {
    let words: &RequestWords = request.unchecked_ref();
    let mode = if words.mode() == "navigate" {
        RequestMode::Navigate
    } else {
        RequestMode::Other
    };
    RequestHead {
        asks_for_range: request.headers().has("range").unwrap_or(false),
        cache: CacheMode::parse(&words.cache()),
        destination: Destination::parse(&words.destination()),
        method: request.method(),
        mode,
        url: request.url(),
    }
}

/// The page that an event belongs to: for a navigation, the one that will come of it.
pub(crate) fn client_id(event: &FetchEvent) -> String {
    let words: &FetchEventWords = event.unchecked_ref();
    let resulting = words.resulting_client_id().filter(|id| !id.is_empty());
    resulting.or_else(|| event.client_id()).unwrap_or_default()
}

/// The head of a response.
pub(crate) fn response_head(response: &Response) -> ResponseHead {
    let mut fields = Fields::new();
    for line in response.headers().entries().into_iter().flatten() {
        let line: Array = line.unchecked_into();
        if let (Some(name), Some(value)) = (line.get(0).as_string(), line.get(1).as_string()) {
            fields.append(&name, &value);
        }
    }
    ResponseHead {
        fields,
        redirected: response.redirected(),
        status: response.status(),
    }
}

/// The response rebuilt, with what became of the request. `fields` are those of a stored response as
/// they are by now.
pub(crate) fn annotated(
    response: &Response,
    served: &Served,
    fields: Option<&Fields>,
) -> Result<Response, JsValue> {
    let headers = web_sys::Headers::new_with_headers(&response.headers())?;
    for (name, value) in fields.into_iter().flat_map(Fields::iter) {
        headers.set(name, value)?;
    }
    if let Some(age) = served.age {
        headers.set("age", &decimal(age.as_seconds().into()))?;
    }
    headers.append("cache-status", &cache_status(served.outcome))?;

    let init = ResponseInit::new();
    init.set_headers(&headers);
    init.set_status(response.status());
    init.set_status_text(&response.status_text());
    Response::new_with_opt_readable_stream_and_init(response.body().as_ref(), &init)
}

/// A second reader of the same body.
///
/// This is JavaScript's `clone`. Rust's `Clone` would copy the handle, and the two copies would
/// share a body that can be read only once.
pub(crate) fn tee(response: &Response) -> Result<Response, JsValue> {
    Response::clone(response)
}

/// What a promise comes to. Its type is the caller's to know.
pub(crate) fn settled(promise: Promise) -> JsFuture {
    JsFuture::from(promise)
}
