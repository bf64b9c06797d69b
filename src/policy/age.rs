//! Calculating age ([RFC 9111, section 4.2.3][spec]).
//!
//! [spec]: https://httpwg.org/specs/rfc9111.html#age.calculations

use crate::http::{DeltaSeconds, StoredResponse, Timestamp, members};

/// How long ago the origin server made, or last vouched for, `stored`.
///
/// The names are the specification's, so that the two can be read side by side.
pub fn current_age(stored: &StoredResponse, now: Timestamp) -> DeltaSeconds {
    let fields = &stored.head.fields;
    let date_value = stored.date();
    let apparent_age = stored.response_time.since(date_value);

    // The first member counts; one that is not all digits is as good as absent (section 5.1).
    let age_value = fields.first("age").and_then(|value| members(value).next()).and_then(DeltaSeconds::parse);
    let response_delay = stored.response_time.since(stored.request_time);
    let corrected_age_value = age_value.unwrap_or_default() + response_delay;

    let corrected_initial_age = apparent_age.max(corrected_age_value);
    let resident_time = now.since(stored.response_time);
    corrected_initial_age + resident_time
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::ResponseHead;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn age_counts_from_the_origin_server() {
        const MIDNIGHT: i64 = 1_709_164_800;
        let dated = ("date", "Thu, 29 Feb 2024 00:00:00 GMT");
        let cases: [(&[(&str, &str)], _, _, _, u32); 10] = [
            // fields                                     sent  came  now  age
            (&[], 0, 0, 0, 0),
            (&[], 0, 2, 10, 10),
            (&[("age", "5")], 0, 0, 10, 15),
            (&[("age", "5")], 0, 2, 10, 15),
            (&[("age", "5, 99")], 0, 0, 0, 5),
            (&[("age", "soon")], 0, 0, 3, 3),
            (&[("age", "99999999999999999999")], 0, 0, 3, 1 << 31),
            (&[dated], 30, 30, 40, 40),
            (&[dated, ("age", "60")], 30, 30, 40, 70),
            // A clock that went back never makes a response younger than it came.
            (&[dated], 30, 30, -500, 30),
        ];
        for (fields, sent, came, now, expected) in cases {
            let at = |seconds: i64| Timestamp::from_unix(MIDNIGHT + seconds);
            let head = ResponseHead { fields: fields.iter().copied().collect(), redirected: false, status: 200 };
            let stored = StoredResponse::new("", head, at(sent), at(came));
            assert_eq!(current_age(&stored, at(now)).as_seconds(), expected, "{fields:?} at {now}");
        }
    }
}
