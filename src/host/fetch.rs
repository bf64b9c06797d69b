//! Asking the origin server.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Request, RequestCache, RequestInit, Response};

use super::convert::settled;
use super::scope;
use crate::policy::Conditions;

/// Sends `request` on.
///
/// Under conditions it is a validation request: the origin server has to be asked, whatever the
/// browser's own cache holds. A `no-cors` request cannot carry conditions, so there the browser is
/// told to validate its own copy.
pub(crate) async fn forward(
    request: &Request,
    conditions: &Conditions,
) -> Result<Response, JsValue> {
    let Conditions {
        if_modified_since,
        if_none_match,
    } = conditions;
    if if_modified_since.is_none() && if_none_match.is_none() {
        // A request that cannot be rebuilt goes as it came: that is no failure of the network.
        let whole = without_validators(request).unwrap_or_else(|_| Clone::clone(request));
        return settled(scope().fetch_with_request(&whole))
            .await
            .map(JsCast::unchecked_into);
    }
    let init = RequestInit::new();
    let takes_fields = !matches!(request.mode(), web_sys::RequestMode::NoCors);
    init.set_cache(if takes_fields {
        RequestCache::NoStore
    } else {
        RequestCache::NoCache
    });
    let conditional = Request::new_with_request_and_init(request, &init)?;
    if takes_fields {
        let fields = [
            ("if-modified-since", if_modified_since),
            ("if-none-match", if_none_match),
        ];
        for (name, value) in fields {
            if let Some(value) = value {
                conditional.headers().set(name, value)?;
            }
        }
    }
    settled(scope().fetch_with_request(&conditional))
        .await
        .map(JsCast::unchecked_into)
}

/// A navigation without validators. WebKit adds those of the copy in its own cache, and a bare 304 would
/// be nothing to keep; without them its cache validates that copy by itself, and gives it whole.
fn without_validators(request: &Request) -> Result<Request, JsValue> {
    let fields = request.headers();
    let names = ["if-none-match", "if-modified-since"];
    let is_navigation = matches!(request.mode(), web_sys::RequestMode::Navigate);
    if !is_navigation || !names.iter().any(|name| fields.has(name).unwrap_or(false)) {
        // The same request: Rust's `Clone` copies the handle, where JavaScript's would copy the request.
        return Ok(Clone::clone(request));
    }
    let whole = Request::new_with_request(request)?;
    for name in names {
        whole.headers().delete(name)?;
    }
    Ok(whole)
}

/// Fetches a file of the precache list. `cache` says how far the browser's own cache is trusted.
pub(crate) async fn fetch_file(url: &str, cache: RequestCache) -> Result<Response, JsValue> {
    let init = RequestInit::new();
    init.set_cache(cache);
    settled(scope().fetch_with_str_and_init(url, &init))
        .await
        .map(JsCast::unchecked_into)
}
