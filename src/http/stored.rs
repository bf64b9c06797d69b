//! A stored response: a head, and what has to be remembered beside it.

use super::{ContentRange, Fields, ResponseHead, Timestamp, parse_date};

/// A stored response, with the two moments from which its age is counted.
///
/// [Section 4.2.3]: `request_time` is when the request was sent that brought it, or that last
/// validated it; `response_time` is when the answer came.
///
/// [Section 4.2.3]: https://httpwg.org/specs/rfc9111.html#age.calculations
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredResponse {
    /// Its head, with what later 304 responses changed.
    pub head: ResponseHead,
    /// The fields of the request that brought it, those that its `Vary` names.
    pub nominated: Fields,
    /// When the request was sent.
    pub request_time: Timestamp,
    /// When the response came.
    pub response_time: Timestamp,
    /// Where its body is kept: a number below the most variants that a key can have.
    pub slot: u8,
    /// The target URI of the request that brought it.
    pub url: String,
}

impl StoredResponse {
    /// A response that came for a request that said nothing in particular.
    pub fn new(url: &str, head: ResponseHead, request_time: Timestamp, response_time: Timestamp) -> Self {
        let (nominated, slot) = (Fields::new(), 0);
        Self { head, nominated, request_time, response_time, slot, url: url.to_owned() }
    }

    /// When the origin server made it: its `Date`, or when it came.
    pub fn date(&self) -> Timestamp {
        let date = self.head.fields.first("date");
        date.and_then(|value| parse_date(value, self.response_time)).unwrap_or(self.response_time)
    }

    /// The bytes that a partial response holds; `None` of a complete one.
    pub fn part(&self) -> Option<ContentRange> {
        if self.head.status == 206 { self.head.content_range() } else { None }
    }
}
