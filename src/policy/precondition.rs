//! A client's own conditions, answered from the store ([RFC 9111, section 4.3.2][spec]).
//!
//! `If-Match` and `If-Unmodified-Since` are the origin server's to evaluate: requests that carry them
//! are forwarded untouched.
//!
//! [spec]: https://httpwg.org/specs/rfc9111.html#validation.received

use crate::http::{RequestHead, StoredResponse, any_matches, matches_strongly, parse_date};

/// What a request's conditions come to for a stored response.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Precondition {
    /// The client has it already: it is answered with a 304.
    NotModified,
    /// It is answered with the response.
    Serve,
}

/// Evaluates `If-None-Match`, or else `If-Modified-Since`.
pub fn precondition(request: &RequestHead, stored: &StoredResponse) -> Precondition {
    let (asked, has) = (&request.fields, &stored.head.fields);
    let is_unchanged = if asked.contains("if-none-match") {
        // A 304 has meaning for what would have been a 200.
        asked.lines("if-none-match").any(|list| any_matches(list, has.first("etag")))
    } else {
        let since = asked.first("if-modified-since").and_then(|value| parse_date(value, stored.response_time));
        let modified = has.first("last-modified").and_then(|value| parse_date(value, stored.response_time));
        since.is_some_and(|since| modified.unwrap_or_else(|| stored.date()) <= since)
    };
    if is_unchanged && matches!(stored.head.status, 200 | 206) {
        Precondition::NotModified
    } else {
        Precondition::Serve
    }
}

/// Whether `If-Range`, if there is one, lets a part of `stored` be served: its validator is the stored
/// one, strongly ([RFC 9110, section 13.1.5](https://httpwg.org/specs/rfc9110.html#field.if-range)).
pub(super) fn allows_range(request: &RequestHead, stored: &StoredResponse) -> bool {
    let Some(condition) = request.fields.first("if-range") else {
        return true;
    };
    let has = &stored.head.fields;
    if condition.ends_with("\"") {
        return has.first("etag").is_some_and(|tag| matches_strongly(condition, tag));
    }
    let since = parse_date(condition, stored.response_time);
    let modified = has.first("last-modified").and_then(|value| parse_date(value, stored.response_time));
    // A date vouches for every byte only if a second change in the same second is out of the question
    // (RFC 9110, section 8.8.2.2).
    since.is_some() && since == modified && modified.is_some_and(|at| stored.date().since(at).as_seconds() >= 1)
}

#[cfg(test)]
mod tests {
    use super::Precondition::{NotModified, Serve};
    use super::*;
    use crate::http::{ResponseHead, Timestamp};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const MIDNIGHT: &str = "Thu, 29 Feb 2024 00:00:00 GMT";
    const BEFORE: &str = "Wed, 28 Feb 2024 23:59:59 GMT";

    fn stored(fields: &[(&str, &str)]) -> StoredResponse {
        let head = ResponseHead { fields: fields.iter().copied().collect(), redirected: false, status: 200 };
        let came = Timestamp::from_unix(1_709_164_860);
        StoredResponse::new("", head, came, came)
    }

    fn request(fields: &[(&str, &str)]) -> RequestHead {
        RequestHead { fields: fields.iter().copied().collect(), ..RequestHead::get("") }
    }

    #[test]
    fn conditions_are_evaluated_in_their_order() {
        let (inm, ims) = ("if-none-match", "if-modified-since");
        let (tag, modified) = (("etag", "\"a\""), ("last-modified", MIDNIGHT));
        let cases: [(&[(&str, &str)], &[(&str, &str)], Precondition); 14] = [
            (&[], &[tag], Serve),
            (&[(inm, "\"a\"")], &[tag], NotModified),
            (&[(inm, "W/\"a\"")], &[tag], NotModified),
            (&[(inm, "\"b\", \"a\"")], &[tag], NotModified),
            (&[(inm, "\"b\""), (inm, "\"a\"")], &[tag], NotModified),
            (&[(inm, "\"b\"")], &[tag], Serve),
            (&[(inm, "*")], &[], NotModified),
            (&[(inm, "\"b\""), (ims, MIDNIGHT)], &[tag, modified], Serve),
            (&[(inm, "\"a\""), (ims, BEFORE)], &[tag, modified], NotModified),
            (&[(ims, MIDNIGHT)], &[modified], NotModified),
            (&[(ims, BEFORE)], &[modified], Serve),
            (&[(ims, MIDNIGHT)], &[("date", MIDNIGHT)], NotModified),
            (&[(ims, MIDNIGHT)], &[], Serve),
            (&[(ims, "yesterday")], &[modified], Serve),
        ];
        for (asked, has, expected) in cases {
            assert_eq!(precondition(&request(asked), &stored(has)), expected, "{asked:?} {has:?}");
        }
        let mut missing = stored(&[tag]);
        missing.head.status = 404;
        assert_eq!(precondition(&request(&[(inm, "\"a\"")]), &missing), Serve);
    }

    #[test]
    fn if_range_needs_a_strong_validator() {
        let date = ("date", "Thu, 29 Feb 2024 00:01:00 GMT");
        let cases: [(&str, &[(&str, &str)], bool); 8] = [
            ("\"a\"", &[("etag", "\"a\"")], true),
            ("\"b\"", &[("etag", "\"a\"")], false),
            ("W/\"a\"", &[("etag", "W/\"a\"")], false),
            ("\"a\"", &[], false),
            (MIDNIGHT, &[("last-modified", MIDNIGHT), date], true),
            (BEFORE, &[("last-modified", MIDNIGHT), date], false),
            (MIDNIGHT, &[("last-modified", MIDNIGHT), ("date", MIDNIGHT)], false),
            ("nonsense", &[date], false),
        ];
        for (condition, has, expected) in cases {
            assert_eq!(
                allows_range(&request(&[("if-range", condition)]), &stored(has)),
                expected,
                "{condition} {has:?}"
            );
        }
        assert!(allows_range(&request(&[]), &stored(&[])));
    }
}
