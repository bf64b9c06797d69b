//! Calculating the freshness lifetime ([RFC 9111, section 4.2.1][spec]; heuristics are 4.2.2).
//!
//! [spec]: https://httpwg.org/specs/rfc9111.html#calculating.freshness.lifetime

use super::{Headers, Terms};
use crate::http::{CacheControl, DeltaSeconds, ResponseHead, Timestamp, directives, parse_date};

/// The longest lifetime that is guessed: a day.
const HEURISTIC_LIMIT: DeltaSeconds = DeltaSeconds::DAY;

/// How long the response stays fresh, counted from its age of zero.
///
/// What the response says explicitly wins over the terms' `lifetime`, which speaks for responses
/// that say nothing; under [`Headers::Override`] the terms' word is the only one.
pub fn freshness_lifetime(head: &ResponseHead, terms: &Terms, response_time: Timestamp) -> DeltaSeconds {
    lifetime_by(directives(&head.fields, terms.targets()), head, terms, response_time)
}

/// The same, where the directives that count have been read, and whether they came out of a targeted field.
pub(super) fn lifetime_by(
    (directives, is_targeted): (CacheControl, bool),
    head: &ResponseHead,
    terms: &Terms,
    response_time: Timestamp,
) -> DeltaSeconds {
    if terms.headers == Headers::Override
        && let Some(lifetime) = terms.lifetime
    {
        return lifetime;
    }
    let shared = directives.s_maxage.filter(|_| terms.audience.is_shared());
    if let Some(lifetime) = shared.or(directives.max_age) {
        return lifetime;
    }
    // A targeted field speaks in the place of `Expires`, too (RFC 9213, section 2.2).
    if !is_targeted && let Some(lifetime) = until_expires(head, response_time) {
        return lifetime;
    }
    terms.lifetime.unwrap_or_else(|| heuristic(head, &directives, response_time))
}

/// Whether a response says by itself that it may be kept, and for how long: what else is kept is a guess.
pub(super) fn is_explicit(
    (directives, is_targeted): (&CacheControl, bool),
    head: &ResponseHead,
    terms: &Terms,
) -> bool {
    directives.public
        || directives.max_age.is_some()
        || (head.fields.contains("expires") && !is_targeted)
        || (terms.audience.is_shared() && directives.s_maxage.is_some())
}

/// `Expires` less `Date`. One that is no date, and one of several that differ, is in the past.
fn until_expires(head: &ResponseHead, response_time: Timestamp) -> Option<DeltaSeconds> {
    let mut lines = head.fields.lines("expires");
    let expires = lines.next()?;
    if lines.any(|other| other != expires) {
        return Some(DeltaSeconds::ZERO);
    }
    let until = parse_date(expires, response_time).map(|at| at.since(date(head, response_time)));
    Some(until.unwrap_or_default())
}

/// A tenth of the time since the last modification ([section 4.2.2][spec]).
///
/// [spec]: https://httpwg.org/specs/rfc9111.html#heuristic.freshness
fn heuristic(head: &ResponseHead, directives: &CacheControl, response_time: Timestamp) -> DeltaSeconds {
    if !is_heuristically_cacheable(head.status) && !directives.public {
        return DeltaSeconds::ZERO;
    }
    let modified = head.fields.first("last-modified").and_then(|value| parse_date(value, response_time));
    let unchanged = modified.map(|at| date(head, response_time).since(at)).unwrap_or_default();
    unchanged.tenth().min(HEURISTIC_LIMIT)
}

fn date(head: &ResponseHead, response_time: Timestamp) -> Timestamp {
    let date = head.fields.first("date").and_then(|value| parse_date(value, response_time));
    date.unwrap_or(response_time)
}

/// Whether responses of this status may be kept without saying so
/// ([RFC 9110, section 15.1](https://httpwg.org/specs/rfc9110.html#overview.of.status.codes)).
pub fn is_heuristically_cacheable(status: u16) -> bool {
    matches!(status, 200 | 203 | 204 | 206 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 501)
}

#[cfg(test)]
mod tests {
    use super::super::Audience;
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const DATE: (&str, &str) = ("date", "Thu, 29 Feb 2024 00:00:00 GMT");
    const EXPIRES: (&str, &str) = ("expires", "Thu, 29 Feb 2024 00:01:00 GMT");
    const MODIFIED: (&str, &str) = ("last-modified", "Wed, 28 Feb 2024 23:50:00 GMT");

    fn head(status: u16, fields: &[(&str, &str)]) -> ResponseHead {
        ResponseHead { fields: fields.iter().copied().collect(), redirected: false, status }
    }

    #[test]
    fn explicit_lifetimes_win_over_the_routes() {
        let cases: [(&[(&str, &str)], Headers, u32); 9] = [
            (&[], Headers::Respect, 7),
            (&[("cache-control", "max-age=60")], Headers::Respect, 60),
            (&[("cache-control", "max-age=60"), DATE, EXPIRES], Headers::Respect, 60),
            (&[("cache-control", "max-age=nonsense"), DATE, EXPIRES], Headers::Respect, 0),
            (&[DATE, EXPIRES], Headers::Respect, 60),
            (&[("expires", "0")], Headers::Respect, 0),
            (&[DATE, ("expires", "Wed, 28 Feb 2024 00:00:00 GMT")], Headers::Respect, 0),
            (&[("cache-control", "max-age=60")], Headers::Override, 7),
            (&[("expires", "0")], Headers::Override, 7),
        ];
        for (fields, headers, expected) in cases {
            let lifetime = Some(DeltaSeconds::saturating(7));
            let terms = Terms { headers, lifetime, ..Terms::http(Audience::Private) };
            let lifetime = freshness_lifetime(&head(200, fields), &terms, Timestamp::from_unix(0));
            assert_eq!(lifetime.as_seconds(), expected, "{fields:?} {headers:?}");
        }
    }

    #[test]
    fn each_cache_reads_what_is_for_it() {
        use Audience::{Private, Shared};
        let cases: [(u16, &[(&str, &str)], Audience, u32); 16] = [
            (200, &[("cache-control", "s-maxage=9, max-age=5")], Private, 5),
            (200, &[("cache-control", "s-maxage=9, max-age=5")], Shared, 9),
            (200, &[("cache-control", "max-age=5"), ("cdn-cache-control", "max-age=7")], Shared, 7),
            (200, &[("cdn-cache-control", "foo"), DATE, EXPIRES], Shared, 0),
            (200, &[DATE, EXPIRES, EXPIRES], Shared, 60),
            (200, &[DATE, EXPIRES, ("expires", "0")], Shared, 0),
            (200, &[EXPIRES], Shared, 0), // no Date: counted from when it came, after that
            (200, &[DATE, MODIFIED], Private, 60),
            (404, &[DATE, MODIFIED], Private, 60),
            (500, &[DATE, MODIFIED], Private, 0),
            (500, &[DATE, MODIFIED, ("cache-control", "public")], Private, 60),
            (200, &[DATE, ("last-modified", "Thu, 29 Feb 2024 01:00:00 GMT")], Private, 0),
            (200, &[DATE, ("last-modified", "Mon, 29 Feb 1988 00:00:00 GMT")], Private, 86_400),
            (200, &[DATE, ("last-modified", "yesterday")], Private, 0),
            (200, &[DATE], Private, 0),
            (200, &[("last-modified", "Thu, 29 Feb 2024 00:00:00 GMT")], Private, 12),
        ];
        for (status, fields, audience, expected) in cases {
            let terms = Terms { targets: vec!["cdn-cache-control".to_owned()], ..Terms::http(audience) };
            let came = Timestamp::from_unix(1_709_164_800 + 120);
            let lifetime = freshness_lifetime(&head(status, fields), &terms, came);
            assert_eq!(lifetime.as_seconds(), expected, "{status} {fields:?} {audience:?}");
        }
    }
}
