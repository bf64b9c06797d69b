//! Entity tags ([RFC 9110, section 8.8.3][spec]), compared as text: what cannot be read as one can still
//! be equal to itself.
//!
//! [spec]: https://httpwg.org/specs/rfc9110.html#field.etag

use super::members;

/// Whether a tag vouches for every byte: it is there and not weak.
pub fn is_strong(tag: &str) -> bool {
    tag.len() >= 2 && tag.starts_with("\"") && tag.ends_with("\"")
}

/// Whether two tags are of the same representation, byte for byte.
pub fn matches_strongly(one: &str, other: &str) -> bool {
    is_strong(one) && one == other
}

/// Whether two tags are of representations that can stand in for each other.
pub fn matches_weakly(one: &str, other: &str) -> bool {
    one.strip_prefix("W/").unwrap_or(one) == other.strip_prefix("W/").unwrap_or(other)
}

/// Whether a list of tags, or `*`, has one that matches weakly.
pub fn any_matches(list: &str, tag: Option<&str>) -> bool {
    members(list).any(|member| member == "*" || tag.is_some_and(|tag| matches_weakly(member, tag)))
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn tags_match_strongly_or_weakly() {
        let cases = [
            // one        other       strongly weakly
            ("\"a\"", "\"a\"", true, true),
            ("\"a\"", "\"b\"", false, false),
            ("W/\"a\"", "\"a\"", false, true),
            ("W/\"a\"", "W/\"a\"", false, true),
            ("w/\"a\"", "w/\"a\"", false, true),
            ("a", "a", false, true),
            ("a", "\"a\"", false, false),
            ("\"", "\"", false, true),
        ];
        for (one, other, strongly, weakly) in cases {
            assert_eq!(matches_strongly(one, other), strongly, "{one} {other}");
            assert_eq!(matches_weakly(one, other), weakly, "{one} {other}");
        }
    }

    #[test]
    fn lists_are_searched() {
        let cases = [
            ("\"a\", \"b\"", Some("\"b\""), true),
            ("\"a,b\", \"c\"", Some("\"a,b\""), true),
            ("\"a,b\"", Some("\"a\""), false),
            ("*", None, true),
            ("*", Some("\"a\""), true),
            ("\"a\"", None, false),
            ("", Some(""), false),
        ];
        for (list, tag, expected) in cases {
            assert_eq!(any_matches(list, tag), expected, "{list} {tag:?}");
        }
    }
}
