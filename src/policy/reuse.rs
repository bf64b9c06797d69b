//! Constructing responses from the store ([RFC 9111, section 4][spec]): whether one that matches the
//! request's URI and its nominated fields may be served.
//!
//! [spec]: https://httpwg.org/specs/rfc9111.html#constructing.responses.from.caches

use super::freshness::lifetime_by;
use super::stale::window_by;
use super::{Asked, Headers, Terms, current_age};
use crate::http::{
    CacheMode, DeltaSeconds, Destination, Outcome, RequestHead, Restriction, StoredResponse, Timestamp, directives,
};

/// What may be done with a stored response that matches the request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reuse {
    /// Serve it; it has `ttl` seconds of freshness left.
    Fresh {
        /// Seconds left.
        ttl: i64,
    },
    /// Serve it, stale as it is: the request says that it may be.
    Stale {
        /// Seconds left: zero or less.
        ttl: i64,
        /// What the request says.
        why: WhyStale,
    },
    /// Serve it and validate it afterwards.
    StaleWhileRevalidate {
        /// Seconds left: zero or less.
        ttl: i64,
    },
    /// Validate it before it is served.
    Validate(WhyValidate),
}

/// What in a request lets a stale response be served.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WhyStale {
    /// The cache modes `force-cache` and `only-if-cached`, which take any stored response.
    CacheMode,
    /// `max-stale`.
    MaxStale,
}

impl WhyStale {
    /// What `Cache-Status` says of it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CacheMode => "request",
            Self::MaxStale => "max-stale",
        }
    }
}

/// Why a stored response has to be validated first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WhyValidate {
    /// It says `no-cache`.
    NoCache,
    /// The request wants it validated, or fresher or younger than it is.
    Request,
    /// It is stale, and no window is open.
    Stale,
}

/// Decides whether `stored` may answer a request that matches it at `now`.
pub fn reuse(request: &RequestHead, asked: &Asked, stored: &StoredResponse, terms: &Terms, now: Timestamp) -> Reuse {
    let (directives, is_targeted) = directives(&stored.head.fields, terms.targets());
    let age = current_age(stored, now);
    let freshness_lifetime = lifetime_by((directives, is_targeted), &stored.head, terms, stored.response_time);
    let ttl = Outcome::ttl(freshness_lifetime, age);
    let is_fresh = freshness_lifetime > age;

    // What a 304 forbade to keep is on its way out.
    let is_for_others = terms.audience.is_shared() && directives.private == Restriction::Whole;
    if is_for_others || (directives.no_store && !directives.must_understand) {
        return Reuse::Validate(WhyValidate::NoCache);
    }
    // Fetch's modes that take any stored response come before everything else that it says of itself, and that the request says.
    if matches!(asked.mode, CacheMode::ForceCache | CacheMode::OnlyIfCached) {
        return if is_fresh { Reuse::Fresh { ttl } } else { Reuse::Stale { ttl, why: WhyStale::CacheMode } };
    }
    if directives.no_cache == Restriction::Whole && terms.headers == Headers::Respect {
        return Reuse::Validate(WhyValidate::NoCache);
    }
    if asked.directives.no_cache == Restriction::Whole && !(is_fresh && is_immutable(request, directives.immutable)) {
        return Reuse::Validate(WhyValidate::Request);
    }
    // `max-age=0` is how reloads were written before there were cache modes: it means to ask.
    let is_too_old = |limit| age > limit || limit == DeltaSeconds::ZERO;
    if asked.directives.max_age.is_some_and(is_too_old) {
        return Reuse::Validate(WhyValidate::Request);
    }
    if asked.directives.min_fresh.is_some_and(|wanted| ttl < i64::from(wanted.as_seconds())) {
        return Reuse::Validate(WhyValidate::Request);
    }
    if is_fresh {
        return Reuse::Fresh { ttl };
    }

    let staleness = age.beyond(freshness_lifetime);
    let is_tolerated = asked.directives.max_stale.map(|limit| staleness <= limit);
    // Whoever says how stale a response may be means what comes in a window, too; `max-stale=0` is what goes without saying
    // (our own workers say it, for browsers to say nothing else).
    let is_narrowed = is_tolerated == Some(false) && asked.directives.max_stale != Some(DeltaSeconds::ZERO);
    if staleness < window_by((&directives, is_targeted), &stored.head, terms) && !is_narrowed {
        return Reuse::StaleWhileRevalidate { ttl };
    }
    if is_tolerated == Some(true) && !terms.forbids_stale((&directives, is_targeted), &stored.head) {
        return Reuse::Stale { ttl, why: WhyStale::MaxStale };
    }
    Reuse::Validate(WhyValidate::Stale)
}

/// `immutable` keeps a reload from validating what is fresh (RFC 8246), short of one that is forced: the
/// cache mode `reload`, or directives. The page itself is what the user wants reloaded.
fn is_immutable(request: &RequestHead, immutable: bool) -> bool {
    let is_asset = request.destination != Destination::Document;
    let is_reload = request.cache == CacheMode::NoCache;
    immutable && is_asset && is_reload && !request.fields.contains("cache-control")
}

#[cfg(test)]
mod tests {
    use super::super::Audience;
    use super::Reuse::{Fresh, Stale, StaleWhileRevalidate, Validate};
    use super::*;
    use crate::http::ResponseHead;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn decide(request: &RequestHead, stored: &StoredResponse, terms: &Terms, now: Timestamp) -> Reuse {
        reuse(request, &Asked::of(request), stored, terms, now)
    }

    fn stored(cache_control: &str) -> StoredResponse {
        let fields = [("cache-control", cache_control)].into_iter().collect();
        let head = ResponseHead { fields, redirected: false, status: 200 };
        StoredResponse::new("", head, Timestamp::from_unix(0), Timestamp::from_unix(0))
    }

    #[test]
    fn reuse_depends_on_age() {
        let validate = Validate(WhyValidate::Stale);
        let cases = [
            // Cache-Control      window of the route  age  verdict
            ("max-age=60", Some(0), 0, Fresh { ttl: 60 }),
            ("max-age=60", Some(0), 59, Fresh { ttl: 1 }),
            ("max-age=60", Some(0), 60, validate),
            ("max-age=60", Some(30), 60, StaleWhileRevalidate { ttl: 0 }),
            ("max-age=60", Some(30), 89, StaleWhileRevalidate { ttl: -29 }),
            ("max-age=60", Some(30), 90, validate),
            ("max-age=60, stale-while-revalidate=10", Some(30), 69, StaleWhileRevalidate { ttl: -9 }),
            ("max-age=60, stale-while-revalidate=10", Some(30), 70, validate),
            ("max-age=60, stale-while-revalidate=10", None, 69, StaleWhileRevalidate { ttl: -9 }),
            ("max-age=60, stale-while-revalidate=10", None, 70, validate),
            ("max-age=60, must-revalidate", Some(30), 60, validate),
            ("max-age=60, must-revalidate", Some(30), 59, Fresh { ttl: 1 }),
            ("max-age=60, no-cache", Some(30), 0, Validate(WhyValidate::NoCache)),
            ("max-age=60, no-cache=\"a\"", Some(30), 0, Fresh { ttl: 60 }),
            ("max-age=soon", Some(0), 0, validate),
            ("private=\"a, max-age=60\"", Some(0), 0, validate),
            ("max-age=99999999999999999999", Some(0), 1_000_000, Fresh { ttl: (1 << 31) - 1_000_000 }),
            ("", Some(0), 0, validate),
            ("", Some(1), 0, StaleWhileRevalidate { ttl: 0 }),
        ];
        for (cache_control, window, age, expected) in cases {
            let stale_window = window.map(DeltaSeconds::saturating);
            let terms = Terms { stale_window, ..Terms::http(Audience::Private) };
            let verdict = decide(&RequestHead::get(""), &stored(cache_control), &terms, Timestamp::from_unix(age));
            assert_eq!(verdict, expected, "{cache_control:?} with a window of {window:?} at age {age}");
        }
    }

    #[test]
    fn requests_have_a_say() {
        use Audience::{Private, Shared};
        let asked = Validate(WhyValidate::Request);
        let stale = Validate(WhyValidate::Stale);
        let tolerated = |ttl| Stale { ttl, why: WhyStale::MaxStale };
        let cases = [
            // stored          request         cache  age  verdict
            ("max-age=60", "max-age=5", Private, 5, Fresh { ttl: 55 }),
            ("max-age=60", "max-age=5", Private, 6, asked),
            ("max-age=60", "max-age=5, max-stale", Private, 6, asked),
            ("max-age=1", "max-age=5, max-stale", Private, 5, tolerated(-4)),
            ("max-age=60", "max-age=0", Private, 0, asked),
            ("max-age=60", "max-age=x", Private, 1, asked),
            ("max-age=60", "min-fresh=30", Private, 30, Fresh { ttl: 30 }),
            ("max-age=60", "min-fresh=30", Private, 31, asked),
            ("max-age=60", "min-fresh=30, max-stale", Private, 31, asked),
            ("max-age=60", "no-cache", Private, 0, asked),
            ("max-age=60, immutable", "no-cache", Private, 0, asked),
            ("max-age=60", "no-cache=\"x\"", Private, 0, asked),
            ("max-age=60", "max-stale", Private, 9999, tolerated(60 - 9999)),
            ("max-age=60", "max-stale=10", Private, 70, tolerated(-10)),
            ("max-age=60", "max-stale=10", Private, 71, stale),
            ("max-age=60", "max-stale=x", Private, 61, stale),
            ("max-age=60, must-revalidate", "max-stale", Private, 61, stale),
            ("max-age=60, no-cache", "max-stale", Private, 61, Validate(WhyValidate::NoCache)),
            ("max-age=60, proxy-revalidate", "max-stale", Private, 61, tolerated(-1)),
            ("max-age=60, proxy-revalidate", "max-stale", Shared, 61, stale),
            ("s-maxage=60", "max-stale", Shared, 61, stale),
            ("max-age=60, stale-while-revalidate=9", "no-cache", Private, 61, asked),
            ("max-age=60, stale-while-revalidate=9", "max-age=60", Private, 61, asked),
            ("max-age=60, stale-while-revalidate=9", "min-fresh=1", Private, 61, asked),
            ("max-age=60, stale-while-revalidate=9", "max-stale=1", Private, 61, StaleWhileRevalidate { ttl: -1 }),
            ("max-age=60, stale-while-revalidate=9", "max-stale=1", Private, 62, stale),
            ("max-age=60, stale-while-revalidate=9", "max-stale=0", Private, 62, StaleWhileRevalidate { ttl: -2 }),
            ("max-age=60, stale-while-revalidate=9", "max-stale", Private, 62, StaleWhileRevalidate { ttl: -2 }),
            ("max-age=60, stale-while-revalidate=9", "max-stale=20", Private, 70, tolerated(-10)),
            ("max-age=60", "only-if-cached", Private, 61, stale),
            ("max-age=60, no-store", "", Private, 0, Validate(WhyValidate::NoCache)),
            ("max-age=60, no-store, must-understand", "", Private, 0, Fresh { ttl: 60 }),
            ("max-age=60, must-understand", "", Private, 0, Fresh { ttl: 60 }),
            ("max-age=60, private", "", Private, 0, Fresh { ttl: 60 }),
            ("max-age=60, private", "", Shared, 0, Validate(WhyValidate::NoCache)),
            ("max-age=60, private=\"a\"", "", Shared, 0, Fresh { ttl: 60 }),
        ];
        for (cache_control, asks, audience, age, expected) in cases {
            let mut request = RequestHead::get("");
            request.fields.append("cache-control", asks);
            let verdict = decide(&request, &stored(cache_control), &Terms::http(audience), Timestamp::from_unix(age));
            assert_eq!(verdict, expected, "{cache_control:?} {asks:?} {audience:?} at {age}");
        }
    }

    #[test]
    fn cache_modes_speak_the_same_language() {
        use CacheMode::{Default, ForceCache, NoCache, OnlyIfCached, Reload};
        use Destination::{Document, Fetch, Script};
        let asked = Validate(WhyValidate::Request);
        let any = |ttl| Stale { ttl, why: WhyStale::CacheMode };
        let cases = [
            // stored                   mode     wanted for  age  verdict
            ("max-age=60", Default, Fetch, 1, Fresh { ttl: 59 }),
            ("max-age=60", NoCache, Fetch, 1, asked),
            ("max-age=60", Reload, Fetch, 1, asked),
            ("max-age=60, immutable", NoCache, Script, 1, Fresh { ttl: 59 }),
            ("max-age=60, immutable", NoCache, Script, 60, asked),
            ("max-age=60, immutable", NoCache, Document, 1, asked),
            ("max-age=60, immutable", NoCache, Fetch, 1, Fresh { ttl: 59 }),
            ("max-age=60, immutable", Reload, Script, 1, asked),
            ("max-age=60", ForceCache, Fetch, 61, any(-1)),
            ("max-age=60", ForceCache, Fetch, 1, Fresh { ttl: 59 }),
            ("no-cache, max-age=60", ForceCache, Fetch, 61, any(-1)),
            ("no-cache, max-age=60", OnlyIfCached, Fetch, 1, Fresh { ttl: 59 }),
        ];
        for (cache_control, cache, destination, age, expected) in cases {
            let request = RequestHead { cache, destination, ..RequestHead::get("") };
            let terms = Terms::http(Audience::Private);
            let verdict = decide(&request, &stored(cache_control), &terms, Timestamp::from_unix(age));
            assert_eq!(verdict, expected, "{cache_control:?} {cache:?} {destination:?} at {age}");
        }
        let mut pragma = RequestHead::get("");
        pragma.fields.append("pragma", "No-Cache");
        let terms = Terms::http(Audience::Private);
        let decide = |request: &RequestHead| {
            super::reuse(request, &Asked::of(request), &stored("max-age=60"), &terms, Timestamp::from_unix(1))
        };
        assert_eq!(decide(&pragma), asked);
        pragma.fields.append("cache-control", "x");
        assert_eq!(decide(&pragma), Fresh { ttl: 59 });
    }
}
