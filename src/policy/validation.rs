//! Sending a validation request ([RFC 9111, section 4.3.1][spec]).
//!
//! [spec]: https://httpwg.org/specs/rfc9111.html#validation.sent

use crate::http::ResponseHead;

/// The fields that make a request conditional. None where nothing stored can be validated.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Conditions {
    /// `If-Modified-Since`.
    pub if_modified_since: Option<String>,
    /// `If-None-Match`.
    pub if_none_match: Option<String>,
}

/// The conditions under which the origin server may answer that `stored` is still current.
///
/// `Last-Modified` is sent as it came: a date that cannot be read here may mean something there.
pub fn conditions(stored: &ResponseHead) -> Conditions {
    Conditions {
        if_modified_since: stored.fields.first("last-modified").map(str::to_owned),
        if_none_match: stored.fields.first("etag").map(str::to_owned),
    }
}
