//! Freshening a stored response with a 304 ([RFC 9111, section 4.3.4][spec]), whose fields replace
//! the stored ones ([section 3.2][update]).
//!
//! [spec]: https://httpwg.org/specs/rfc9111.html#freshening.responses
//! [update]: https://httpwg.org/specs/rfc9111.html#update

use crate::http::{Fields, ResponseHead, StoredResponse, Timestamp};

/// Fields that describe the stored body, which a 304 does not bring.
const OF_THE_BODY: [&str; 5] = [
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "transfer-encoding",
];

/// The stored response as it is after a 304 that was asked for at `request_time` and came at `now`.
pub fn freshen(
    stored: &StoredResponse,
    not_modified: &ResponseHead,
    request_time: Timestamp,
    now: Timestamp,
) -> StoredResponse {
    let brings =
        |name: &str| !OF_THE_BODY.contains(&name) && not_modified.fields.first(name).is_some();
    let mut fields = Fields::new();
    for (name, value) in stored.head.fields.iter() {
        // An `Age` is of the response that brought it: it goes even where the 304 has none.
        if !brings(name) && name != "age" {
            fields.append(name, value);
        }
    }
    for (name, value) in not_modified.fields.iter().filter(|(name, _)| brings(name)) {
        fields.append(name, value);
    }
    let head = ResponseHead {
        fields,
        redirected: stored.head.redirected,
        status: stored.head.status,
    };
    StoredResponse {
        head,
        request_time,
        response_time: now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_304_replaces_adds_and_keeps() {
        let head = |status, fields: &[(&str, &str)]| ResponseHead {
            fields: fields.iter().copied().collect(),
            redirected: false,
            status,
        };
        let at = Timestamp::from_unix;
        let stored = StoredResponse {
            head: head(
                200,
                &[
                    ("age", "9"),
                    ("cache-control", "max-age=1"),
                    ("content-type", "text/css"),
                    ("link", "a"),
                    ("link", "b"),
                    ("x", "kept"),
                ],
            ),
            request_time: at(0),
            response_time: at(0),
        };
        let not_modified = head(
            304,
            &[
                ("cache-control", "max-age=60"),
                ("content-type", "text/html"),
                ("content-length", "0"),
                ("link", "c"),
                ("y", "new"),
            ],
        );
        let freshened = freshen(&stored, &not_modified, at(7), at(8));
        let expected = head(
            200,
            &[
                ("content-type", "text/css"),
                ("x", "kept"),
                ("cache-control", "max-age=60"),
                ("link", "c"),
                ("y", "new"),
            ],
        );
        assert_eq!(freshened.head, expected);
        assert_eq!(
            (freshened.request_time, freshened.response_time),
            (at(7), at(8))
        );
    }
}
