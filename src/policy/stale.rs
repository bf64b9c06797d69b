//! Serving stale responses ([RFC 9111, section 4.2.4][spec]; the windows are RFC 5861's).
//!
//! [spec]: https://httpwg.org/specs/rfc9111.html#serving.stale.responses

use super::{Asked, Disconnected, Headers, Terms, current_age, freshness_lifetime};
use crate::http::{CacheControl, DeltaSeconds, ResponseHead, StoredResponse, Timestamp};

/// How long past its freshness lifetime the response may be served while it is being validated.
///
/// The response's own `stale-while-revalidate` can only narrow the route's window, and
/// `must-revalidate` closes it.
pub fn stale_window(head: &ResponseHead, terms: &Terms) -> DeltaSeconds {
    let (directives, is_targeted) = terms.directives(&head.fields);
    window_by((&directives, is_targeted), head, terms)
}

/// The same, where the directives that count have been read.
pub(super) fn window_by(
    (directives, is_targeted): (&CacheControl, bool),
    head: &ResponseHead,
    terms: &Terms,
) -> DeltaSeconds {
    let own = directives.stale_while_revalidate;
    match (terms.headers, terms.stale_window) {
        (Headers::Override, Some(window)) => window,
        _ if terms.forbids_stale((directives, is_targeted), head) => DeltaSeconds::ZERO,
        (_, None) => own.unwrap_or_default(),
        (_, Some(window)) => own.map_or(window, |own| own.min(window)),
    }
}

/// Whether a stored response may be served, stale as it is, in the place of what the origin server
/// gave: an error with this status, or (`None`) nothing.
///
/// Without a connection any staleness will do where nothing forbids it; in place of an error only
/// what the response's or the request's `stale-if-error` covers (RFC 5861, section 4).
pub fn may_serve_instead_of(
    status: Option<u16>,
    stored: &StoredResponse,
    asked: &Asked,
    terms: &Terms,
    now: Timestamp,
) -> bool {
    let (directives, is_targeted) = terms.directives(&stored.head.fields);
    if terms.forbids_stale((&directives, is_targeted), &stored.head) {
        return false;
    }
    let Some(status) = status else {
        return terms.disconnected == Disconnected::ServeStale;
    };
    let windows = [directives.stale_if_error, asked.directives.stale_if_error];
    let window = windows.into_iter().flatten().max().unwrap_or_default();
    let lifetime = freshness_lifetime(&stored.head, terms, stored.response_time);
    matches!(status, 500 | 502 | 503 | 504) && current_age(stored, now).beyond(lifetime) < window
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::RequestHead;
    use crate::policy::Audience;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn head(cache_control: &str) -> ResponseHead {
        let fields = [("cache-control", cache_control)].into_iter().collect();
        ResponseHead { fields, redirected: false, status: 200 }
    }

    #[test]
    fn a_response_can_only_narrow_the_window() {
        let cases = [
            // Cache-Control                      headers            route     window
            ("", Headers::Respect, Some(60), 60),
            ("stale-while-revalidate=10", Headers::Respect, Some(60), 10),
            ("stale-while-revalidate=600", Headers::Respect, Some(60), 60),
            ("stale-while-revalidate=600", Headers::Respect, None, 600),
            ("", Headers::Respect, None, 0),
            ("stale-while-revalidate=soon", Headers::Respect, Some(60), 0),
            ("must-revalidate", Headers::Respect, Some(60), 0),
            ("stale-while-revalidate=9, must-revalidate", Headers::Respect, None, 0),
            ("stale-while-revalidate=9, no-cache", Headers::Respect, None, 0),
            ("stale-while-revalidate=9, proxy-revalidate", Headers::Respect, None, 9),
            ("must-revalidate", Headers::Override, Some(60), 60),
            ("no-cache, stale-while-revalidate=10", Headers::Override, Some(60), 60),
        ];
        for (cache_control, headers, route, window) in cases {
            let stale_window_of_route = route.map(DeltaSeconds::saturating);
            let terms = Terms { headers, stale_window: stale_window_of_route, ..Terms::http(Audience::Private) };
            let read = stale_window(&head(cache_control), &terms);
            assert_eq!(read.as_seconds(), window, "{cache_control:?} {headers:?} {route:?}");
        }
    }

    #[test]
    fn errors_are_covered_for_a_while_and_failures_for_good() {
        use Audience::{Private, Shared};
        let cases = [
            // stored                              request              reply  audience  staleness  served
            ("max-age=5, stale-if-error=10", "", Some(503), Private, 9, true),
            ("max-age=5, stale-if-error=10", "", Some(503), Private, 10, false),
            ("max-age=5, stale-if-error=10", "", Some(500), Private, 9, true),
            ("max-age=5, stale-if-error=10", "", Some(501), Private, 9, false),
            ("max-age=5, stale-if-error=10", "", Some(404), Private, 9, false),
            ("max-age=5", "", Some(503), Private, 0, false),
            ("max-age=5", "stale-if-error=10", Some(503), Private, 9, true),
            ("max-age=5, must-revalidate", "stale-if-error=10", Some(503), Private, 9, false),
            ("max-age=5, stale-if-error=10, no-cache", "", Some(503), Private, 9, false),
            ("max-age=5", "", None, Private, 99_999, true),
            ("max-age=5, stale-if-error=1", "", None, Private, 99_999, true),
            ("max-age=5, must-revalidate", "", None, Private, 0, false),
            ("max-age=5, no-cache", "", None, Private, 0, false),
            ("max-age=5, no-cache=\"a\"", "", None, Private, 0, true),
            ("max-age=5, proxy-revalidate", "", None, Private, 0, true),
            ("max-age=5, proxy-revalidate", "", None, Shared, 0, false),
            ("max-age=5, s-maxage=5", "", None, Private, 0, true),
            ("max-age=5, s-maxage=5", "", None, Shared, 0, false),
        ];
        for (cache_control, asks, status, audience, staleness, expected) in cases {
            let came = Timestamp::from_unix(0);
            let stored = StoredResponse::new("", head(cache_control), came, came);
            let mut request = RequestHead::get("");
            request.fields.append("cache-control", asks);
            let now = Timestamp::from_unix(5 + staleness);
            let terms = Terms::http(audience);
            let served = may_serve_instead_of(status, &stored, &Asked::of(&request), &terms, now);
            assert_eq!(served, expected, "{cache_control:?} {asks:?} {status:?} {audience:?} at {staleness}");
        }
        let stored = StoredResponse::new("", head(""), Timestamp::from_unix(0), Timestamp::from_unix(0));
        let asked = Asked::of(&RequestHead::get(""));
        let terms = Terms { disconnected: Disconnected::Fail, ..Terms::http(Audience::Private) };
        assert!(!may_serve_instead_of(None, &stored, &asked, &terms, Timestamp::from_unix(1)));
    }
}
