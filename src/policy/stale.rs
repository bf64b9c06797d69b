//! Serving stale responses ([RFC 9111, section 4.2.4][spec]; `stale-while-revalidate` is RFC 5861).
//!
//! [spec]: https://httpwg.org/specs/rfc9111.html#serving.stale.responses

use super::{Headers, Terms};
use crate::http::{CacheControl, DeltaSeconds, ResponseHead};

/// How long past its freshness lifetime the response may be served while it is being validated.
///
/// The response's own `stale-while-revalidate` can only narrow the route's window, and
/// `must-revalidate` closes it.
pub fn stale_window(head: &ResponseHead, terms: &Terms) -> DeltaSeconds {
    let directives = CacheControl::of(&head.fields);
    match terms.headers {
        Headers::Override => terms.stale_window,
        Headers::Respect if directives.must_revalidate => DeltaSeconds::ZERO,
        Headers::Respect => directives
            .stale_while_revalidate
            .map_or(terms.stale_window, |own| own.min(terms.stale_window)),
    }
}

/// Whether the response may be served, however stale, because the origin server cannot be reached.
pub fn may_serve_when_disconnected(head: &ResponseHead, terms: &Terms) -> bool {
    let directives = CacheControl::of(&head.fields);
    terms.headers == Headers::Override || !(directives.must_revalidate || directives.no_cache)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_response_can_only_narrow_the_window() {
        let cases = [
            // Cache-Control                      headers            window  disconnected
            ("", Headers::Respect, 60, true),
            ("stale-while-revalidate=10", Headers::Respect, 10, true),
            ("stale-while-revalidate=600", Headers::Respect, 60, true),
            ("stale-while-revalidate=soon", Headers::Respect, 0, true),
            ("must-revalidate", Headers::Respect, 0, false),
            ("no-cache", Headers::Respect, 60, false),
            ("must-revalidate", Headers::Override, 60, true),
            (
                "no-cache, stale-while-revalidate=10",
                Headers::Override,
                60,
                true,
            ),
        ];
        for (cache_control, headers, window, disconnected) in cases {
            let fields = [("cache-control", cache_control)].into_iter().collect();
            let head = ResponseHead {
                fields,
                redirected: false,
                status: 200,
            };
            let terms = Terms {
                headers,
                lifetime: DeltaSeconds::ZERO,
                stale_window: DeltaSeconds::saturating(60),
            };
            assert_eq!(
                stale_window(&head, &terms).as_seconds(),
                window,
                "{cache_control:?} {headers:?}"
            );
            assert_eq!(
                may_serve_when_disconnected(&head, &terms),
                disconnected,
                "{cache_control:?} {headers:?}"
            );
        }
    }
}
