//! How long a stored response is of use: what a store that gives its entries a lifetime may forget it after.
//!
//! No rule of HTTP asks for it: a cache may forget whatever it likes, whenever it likes. But if that is late the store keeps
//! what nobody is given any more, and if it is early it loses what would have been served, or renewed by a 304.

use super::{Terms, current_age, freshness_lifetime, stale_window};
use crate::http::{DeltaSeconds, StoredResponse, Timestamp};

/// How long a response that has a validator may be of use when nothing else speaks for it: a day.
pub const VALIDATED: DeltaSeconds = DeltaSeconds::DAY;

/// How long from now on the response may be served, fresh or in one of its windows
/// ([RFC 5861](https://www.rfc-editor.org/rfc/rfc5861.html)), or can be validated.
pub fn retention(stored: &StoredResponse, terms: &Terms, now: Timestamp) -> DeltaSeconds {
    let head = &stored.head;
    let lifetime = freshness_lifetime(head, terms, stored.response_time);
    let windows = [Some(stale_window(head, terms)), terms.directives(&head.fields).0.stale_if_error];
    let window = windows.into_iter().flatten().max().unwrap_or_default();
    let served = (lifetime + window).beyond(current_age(stored, now));
    let has_validator = head.fields.contains("etag") || head.fields.contains("last-modified");
    if has_validator { served.max(VALIDATED) } else { served }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::ResponseHead;
    use crate::policy::Audience;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn what_may_still_be_served_or_validated_is_of_use() {
        let day = VALIDATED.as_seconds();
        let cases: [(&[(&str, &str)], u32); 9] = [
            // fields, and for how many seconds, ten seconds after it came
            (&[("cache-control", "max-age=60")], 50),
            (&[("cache-control", "max-age=5")], 0),
            (&[("cache-control", "max-age=60, stale-while-revalidate=30")], 80),
            (&[("cache-control", "max-age=60, stale-if-error=90, stale-while-revalidate=30")], 140),
            (&[("cache-control", "max-age=60"), ("age", "20")], 30),
            (&[("cache-control", "no-cache"), ("etag", "\"a\"")], day),
            (&[("cache-control", "max-age=60"), ("last-modified", "Thu, 01 Jan 1970 00:00:00 GMT")], day),
            (&[("cache-control", "max-age=31536000"), ("etag", "\"a\"")], 31_535_990),
            (&[], 0),
        ];
        for (fields, expected) in cases {
            let head = ResponseHead { fields: fields.iter().copied().collect(), redirected: false, status: 200 };
            let came = Timestamp::from_unix(1000);
            let stored = StoredResponse::new("https://a.b/", head, came, came);
            let seconds = retention(&stored, &Terms::http(Audience::Private), Timestamp::from_unix(1010));
            assert_eq!(seconds.as_seconds(), expected, "{fields:?}");
        }
    }
}
