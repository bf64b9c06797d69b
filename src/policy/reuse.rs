//! Constructing responses from the store ([RFC 9111, section 4][spec]).
//!
//! That the URI and the fields named by `Vary` match is settled before: the browser's Cache Storage
//! compares both.
//!
//! [spec]: https://httpwg.org/specs/rfc9111.html#constructing.responses.from.caches

use super::{Headers, Terms, current_age, freshness_lifetime, stale_window};
use crate::http::{CacheControl, Outcome, StoredResponse, Timestamp};

/// What may be done with a stored response that matches the request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reuse {
    /// Serve it; it has `ttl` seconds of freshness left.
    Fresh {
        /// Seconds left.
        ttl: i64,
    },
    /// Serve it and validate it afterwards.
    StaleWhileRevalidate {
        /// Seconds left: zero or less.
        ttl: i64,
    },
    /// Validate it before it is served.
    Validate(WhyValidate),
}

/// Why a stored response has to be validated first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WhyValidate {
    /// It says `no-cache`.
    NoCache,
    /// It is stale, and no window is open.
    Stale,
}

/// Decides whether `stored` may answer a request that matches it at `now`.
pub fn reuse(stored: &StoredResponse, terms: &Terms, now: Timestamp) -> Reuse {
    if terms.headers == Headers::Respect && CacheControl::of(&stored.head.fields).no_cache {
        return Reuse::Validate(WhyValidate::NoCache);
    }

    let age = current_age(stored, now);
    let freshness_lifetime = freshness_lifetime(&stored.head, terms, stored.response_time);
    let ttl = Outcome::ttl(freshness_lifetime, age);
    if freshness_lifetime > age {
        return Reuse::Fresh { ttl };
    }

    let staleness = age.beyond(freshness_lifetime);
    if staleness < stale_window(&stored.head, terms) {
        return Reuse::StaleWhileRevalidate { ttl };
    }
    Reuse::Validate(WhyValidate::Stale)
}

#[cfg(test)]
mod tests {
    use super::Reuse::{Fresh, StaleWhileRevalidate, Validate};
    use super::WhyValidate::{NoCache, Stale};
    use super::*;
    use crate::http::{DeltaSeconds, ResponseHead};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn reuse_depends_on_age() {
        let cases = [
            // Cache-Control                                       window  age  verdict
            ("max-age=60", 0, 0, Fresh { ttl: 60 }),
            ("max-age=60", 0, 59, Fresh { ttl: 1 }),
            ("max-age=60", 0, 60, Validate(Stale)),
            ("max-age=60", 30, 60, StaleWhileRevalidate { ttl: 0 }),
            ("max-age=60", 30, 89, StaleWhileRevalidate { ttl: -29 }),
            ("max-age=60", 30, 90, Validate(Stale)),
            (
                "max-age=60, stale-while-revalidate=10",
                30,
                69,
                StaleWhileRevalidate { ttl: -9 },
            ),
            (
                "max-age=60, stale-while-revalidate=10",
                30,
                70,
                Validate(Stale),
            ),
            ("max-age=60, must-revalidate", 30, 60, Validate(Stale)),
            ("max-age=60, must-revalidate", 30, 59, Fresh { ttl: 1 }),
            ("max-age=60, no-cache", 30, 0, Validate(NoCache)),
            ("max-age=soon", 0, 0, Validate(Stale)),
            ("private=\"a, max-age=60\"", 0, 0, Validate(Stale)),
            (
                "max-age=99999999999999999999",
                0,
                1_000_000,
                Fresh {
                    ttl: (1 << 31) - 1_000_000,
                },
            ),
            ("", 0, 0, Validate(Stale)),
            ("", 1, 0, StaleWhileRevalidate { ttl: 0 }),
        ];
        for (cache_control, window, age, expected) in cases {
            let fields = [("cache-control", cache_control)].into_iter().collect();
            let epoch = Timestamp::from_unix(0);
            let head = ResponseHead {
                fields,
                redirected: false,
                status: 200,
            };
            let stored = StoredResponse {
                head,
                request_time: epoch,
                response_time: epoch,
            };
            let terms = Terms {
                headers: Headers::Respect,
                lifetime: DeltaSeconds::ZERO,
                stale_window: DeltaSeconds::saturating(window),
            };
            let verdict = reuse(&stored, &terms, Timestamp::from_unix(age));
            assert_eq!(
                verdict, expected,
                "{cache_control:?} with a window of {window} at age {age}"
            );
        }
    }
}
