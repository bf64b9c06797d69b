//! Calculating the freshness lifetime ([RFC 9111, section 4.2.1][spec]).
//!
//! Absent on purpose: `s-maxage`, which is for shared caches.
//!
//! [spec]: https://httpwg.org/specs/rfc9111.html#calculating.freshness.lifetime

use super::{Headers, Terms};
use crate::http::{CacheControl, DeltaSeconds, ResponseHead, Timestamp, parse_date};

/// How long the response stays fresh, counted from its age of zero.
///
/// What the response says explicitly wins over the route's `lifetime`, which speaks for responses
/// that say nothing; under [`Headers::Override`] the route's word is the only one.
pub fn freshness_lifetime(
    head: &ResponseHead,
    terms: &Terms,
    response_time: Timestamp,
) -> DeltaSeconds {
    match terms.headers {
        Headers::Override => terms.lifetime,
        Headers::Respect => explicit_lifetime(head, response_time).unwrap_or(terms.lifetime),
    }
}

/// `max-age`, or else `Expires` less `Date`. An `Expires` that is no date is in the past.
fn explicit_lifetime(head: &ResponseHead, response_time: Timestamp) -> Option<DeltaSeconds> {
    let fields = &head.fields;
    if let Some(max_age) = CacheControl::of(fields).max_age {
        return Some(max_age);
    }
    let expires = fields.first("expires")?;
    let date = fields
        .first("date")
        .and_then(|value| parse_date(value, response_time));
    let lifetime =
        parse_date(expires, response_time).map(|at| at.since(date.unwrap_or(response_time)));
    Some(lifetime.unwrap_or(DeltaSeconds::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn explicit_lifetimes_win_over_the_routes() {
        let date = ("date", "Thu, 29 Feb 2024 00:00:00 GMT");
        let expires = ("expires", "Thu, 29 Feb 2024 00:01:00 GMT");
        let cases: [(&[(&str, &str)], Headers, u32); 9] = [
            (&[], Headers::Respect, 7),
            (&[("cache-control", "max-age=60")], Headers::Respect, 60),
            (
                &[("cache-control", "max-age=60"), date, expires],
                Headers::Respect,
                60,
            ),
            (
                &[("cache-control", "max-age=nonsense"), date, expires],
                Headers::Respect,
                0,
            ),
            (&[date, expires], Headers::Respect, 60),
            (&[("expires", "0")], Headers::Respect, 0),
            (
                &[date, ("expires", "Wed, 28 Feb 2024 00:00:00 GMT")],
                Headers::Respect,
                0,
            ),
            (&[("cache-control", "max-age=60")], Headers::Override, 7),
            (&[("expires", "0")], Headers::Override, 7),
        ];
        for (fields, headers, expected) in cases {
            let head = ResponseHead {
                fields: fields.iter().copied().collect(),
                redirected: false,
                status: 200,
            };
            let terms = Terms {
                headers,
                lifetime: DeltaSeconds::saturating(7),
                stale_window: DeltaSeconds::ZERO,
            };
            let lifetime = freshness_lifetime(&head, &terms, Timestamp::from_unix(0));
            assert_eq!(lifetime.as_seconds(), expected, "{fields:?} {headers:?}");
        }
    }
}
