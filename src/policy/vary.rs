//! Calculating cache keys with `Vary` ([RFC 9111, section 4.1][spec]).
//!
//! [spec]: https://httpwg.org/specs/rfc9111.html#caching.negotiated.responses

use crate::http::{Fields, RequestHead, ResponseHead, StoredResponse, joined, members, run};

/// How many languages are put in order.
const MOST_RANKED: usize = 32;

/// The fields of a request that the response's `Vary` names. They are what a later request must match.
pub fn nominated_fields(request: &RequestHead, response: &ResponseHead) -> Fields {
    let mut nominated = Fields::new();
    for name in response.fields.members("vary") {
        let name = name.to_ascii_lowercase();
        if !nominated.contains(&name) {
            for value in request.fields.lines(&name) {
                nominated.append(&name, value);
            }
        }
    }
    nominated
}

/// Whether a request may be answered with `stored`, as far as its `Vary` says.
pub fn matches(request: &RequestHead, stored: &StoredResponse) -> bool {
    stored.head.fields.members("vary").all(|name| {
        let name = &name.to_ascii_lowercase();
        let (had, has) = (stored.nominated.joined(name), request.fields.joined(name));
        !matches_nothing(name) && (had == has || normal(had, name) == normal(has, name))
    })
}

/// Whether a member of `Vary` lets no other request match: `*`, and what is no [name of a field][tokens]. Nobody can tell what
/// that is meant to be (`"cookie"`, `cookie; x`); no request would have it, and every request match.
///
/// [tokens]: https://httpwg.org/specs/rfc9110.html#tokens
pub(super) fn matches_nothing(member: &str) -> bool {
    // A token is of all visible characters but these.
    let is_of_name = |byte: u8| match byte {
        b'"' | b'(' | b')' | b',' | b'/' | b':'..=b'@' | b'['..=b']' | b'{' | b'}' => false,
        _ => byte.is_ascii_graphic(),
    };
    member == "*" || run(member, is_of_name) < member.len()
}

/// Whether two responses are for the same requests, as far as their `Vary` says.
pub fn is_for_same(one: &StoredResponse, other: &StoredResponse) -> bool {
    let names =
        |stored: &StoredResponse| normal(stored.head.fields.joined("vary").map(|text| text.to_ascii_lowercase()), "");
    let same = |name: &str| {
        let (one, other) = (one.nominated.joined(name), other.nominated.joined(name));
        one == other || normal(one, name) == normal(other, name)
    };
    names(one) == names(other) && one.head.fields.members("vary").all(|name| same(&name.to_ascii_lowercase()))
}

/// The most recent by `Date` of those that match, as the section prefers.
pub fn most_recent<'a>(stored: impl Iterator<Item = &'a StoredResponse>) -> Option<&'a StoredResponse> {
    let moments = |stored: &StoredResponse| (stored.date(), stored.response_time);
    let mut latest: Option<&StoredResponse> = None;
    for one in stored {
        if latest.is_none_or(|latest| moments(latest) <= moments(one)) {
            latest = Some(one);
        }
    }
    latest
}

/// A field's lines in one, without white space around commas. Language ranges are put in order and in
/// lower case besides, for neither means anything to them
/// ([RFC 9110, section 12.5.4](https://httpwg.org/specs/rfc9110.html#field.accept-language)):
/// without weights a server may rank them as it likes. What is longer than anybody's list of languages stays as it is: putting it in
/// order would take time that grows with its square, at each request.
fn normal(value: Option<String>, name: &str) -> Option<String> {
    if matches!(name, "authorization" | "cookie") {
        // These are no lists.
        return value;
    }
    let is_ranked = name == "accept-language";
    let value = value.map(|value| if is_ranked { value.to_ascii_lowercase() } else { value })?;
    let is_ranked = is_ranked && members(&value).count() <= MOST_RANKED;
    let mut list: Vec<&str> = Vec::new();
    for member in members(&value) {
        let place = if is_ranked { list.iter().position(|other| *other > member) } else { None };
        let place = place.unwrap_or(list.len());
        list.insert(place, member);
    }
    Some(joined(list.into_iter(), ","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Timestamp;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn request(fields: &[(&str, &str)]) -> RequestHead {
        RequestHead { fields: fields.iter().copied().collect(), ..RequestHead::get("") }
    }

    fn stored(fields: &[(&str, &str)], vary: &str, date: i64) -> StoredResponse {
        let head = ResponseHead { fields: [("vary", vary)].into_iter().collect(), redirected: false, status: 200 };
        let came = Timestamp::from_unix(date);
        let nominated = nominated_fields(&request(fields), &head);
        StoredResponse { nominated, ..StoredResponse::new("", head, came, came) }
    }

    /// More languages than are put in order.
    const LONG: &str = "b,a,b,a,b,a,b,a,b,a,b,a,b,a,b,a,b,a,b,a,b,a,b,a,b,a,b,a,b,a,b,a,b,a,b,a";

    #[test]
    fn nominated_fields_must_match() {
        let cases: [(&str, &[(&str, &str)], &[(&str, &str)], bool); 20] = [
            ("", &[("a", "1")], &[("a", "2")], true),
            ("A", &[("a", "1")], &[("a", "1")], true),
            ("a", &[("a", "1")], &[("a", "2")], false),
            ("a", &[("a", "1")], &[], false),
            ("a", &[], &[("a", "1")], false),
            ("a", &[], &[], true),
            ("a", &[], &[("a", "")], false),
            ("a", &[("b", "1")], &[("b", "2")], true),
            ("a, b", &[("a", "1"), ("b", "1")], &[("a", "1"), ("b", "2")], false),
            ("a", &[("a", "1, 2")], &[("a", "1"), ("a", "2")], true),
            ("a", &[("a", "1,2")], &[("a", " 1 ,  2 ")], true),
            ("a", &[("a", "1, 2")], &[("a", "2, 1")], false),
            ("a", &[("a", "x")], &[("a", "X")], false),
            ("accept-language", &[("accept-language", "en, de")], &[("accept-language", "De,eN")], true),
            ("accept-language", &[("accept-language", "en")], &[("accept-language", "de")], false),
            ("accept-language", &[("accept-language", LONG)], &[("accept-language", LONG)], true),
            ("*", &[], &[], false),
            ("\"a\"", &[("a", "1")], &[("a", "1")], false),
            ("a; b", &[("a", "1")], &[("a", "1")], false),
            ("\"a, *", &[], &[], false),
        ];
        for (vary, brought_by, asked_with, expected) in cases {
            let stored = stored(brought_by, vary, 0);
            assert_eq!(matches(&request(asked_with), &stored), expected, "{vary}: {brought_by:?} {asked_with:?}");
        }
    }

    #[test]
    fn the_most_recent_is_preferred() {
        let all = [stored(&[], "", 1), stored(&[], "", 3), stored(&[], "", 2)];
        assert_eq!(most_recent(all.iter()), Some(&all[1]));
        assert_eq!(most_recent([].iter()), None);
    }
}
