//! Storing responses ([RFC 9111, section 3][spec]).
//!
//! Stricter than the section, which allows other status codes where their freshness is explicit:
//! what a route keeps is meant to be shown when the network is away, and an error page is not.
//!
//! [spec]: https://httpwg.org/specs/rfc9111.html#response.cacheability

use crate::http::{CacheControl, RequestHead, ResponseHead, members};

/// Whether a response is stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Storage {
    /// It is not, and what is stored for the URI stays.
    Refuse(WhyNotStored),
    /// It is not, and what is stored for the URI goes: the origin server says that nothing is there.
    Remove,
    /// It is.
    Store,
}

/// Why a response is not stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WhyNotStored {
    /// The method is not `GET`.
    Method,
    /// It says `no-store`.
    NoStore,
    /// It was reached through a redirect, and would be served under a URI that is not its own.
    Redirected,
    /// Its status code is not 200; 0 is a response that script may not look into.
    Status,
    /// `Vary: *`: it answers no other request.
    VaryStar,
}

/// Decides whether the response to `request` is stored.
pub fn storage(request: &RequestHead, response: &ResponseHead) -> Storage {
    if request.method != "GET" {
        return Storage::Refuse(WhyNotStored::Method);
    }
    if CacheControl::of(&response.fields).no_store {
        return Storage::Refuse(WhyNotStored::NoStore);
    }
    if response
        .fields
        .lines("vary")
        .flat_map(members)
        .any(|member| member == "*")
    {
        return Storage::Refuse(WhyNotStored::VaryStar);
    }
    match response.status {
        _ if response.redirected => Storage::Refuse(WhyNotStored::Redirected),
        200 => Storage::Store,
        404 | 410 => Storage::Remove,
        _ => Storage::Refuse(WhyNotStored::Status),
    }
}

#[cfg(test)]
mod tests {
    use super::Storage::{Refuse, Remove, Store};
    use super::WhyNotStored::{Method, NoStore, Redirected, Status, VaryStar};
    use super::*;
    use crate::http::{CacheMode, Destination, RequestMode};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn storage_follows_method_status_and_fields() {
        let cases: [(&str, u16, &[(&str, &str)], Storage); 15] = [
            ("GET", 200, &[], Store),
            ("GET", 200, &[("cache-control", "private, no-cache")], Store),
            (
                "GET",
                200,
                &[("cache-control", "no-store")],
                Refuse(NoStore),
            ),
            (
                "GET",
                200,
                &[
                    ("cache-control", "max-age=60"),
                    ("cache-control", "No-Store"),
                ],
                Refuse(NoStore),
            ),
            ("GET", 200, &[("cache-control", "x=\"no-store\"")], Store),
            ("GET", 200, &[("vary", "accept, *")], Refuse(VaryStar)),
            ("GET", 200, &[("vary", "accept")], Store),
            ("GET", 206, &[], Refuse(Status)),
            ("GET", 304, &[], Refuse(Status)),
            (
                "GET",
                500,
                &[("cache-control", "max-age=60")],
                Refuse(Status),
            ),
            ("GET", 0, &[], Refuse(Status)),
            ("GET", 404, &[], Remove),
            ("GET", 410, &[], Remove),
            (
                "GET",
                404,
                &[("cache-control", "no-store")],
                Refuse(NoStore),
            ),
            (
                "POST",
                200,
                &[("cache-control", "max-age=60")],
                Refuse(Method),
            ),
        ];
        for (method, status, fields, expected) in cases {
            let request = request(method);
            let response = ResponseHead {
                fields: fields.iter().copied().collect(),
                redirected: false,
                status,
            };
            assert_eq!(
                storage(&request, &response),
                expected,
                "{method} {status} {fields:?}"
            );
        }
        let response = ResponseHead {
            fields: Default::default(),
            redirected: true,
            status: 200,
        };
        assert_eq!(storage(&request("GET"), &response), Refuse(Redirected));
    }

    fn request(method: &str) -> RequestHead {
        RequestHead {
            asks_for_range: false,
            cache: CacheMode::Default,
            destination: Destination::Fetch,
            method: method.to_owned(),
            mode: RequestMode::Other,
            url: "https://example.com/".to_owned(),
        }
    }
}
