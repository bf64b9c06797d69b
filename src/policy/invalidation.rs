//! Invalidating stored responses ([RFC 9111, section 4.4][spec]; groups are [RFC 9875][groups]).
//!
//! [spec]: https://httpwg.org/specs/rfc9111.html#invalidation
//! [groups]: https://www.rfc-editor.org/rfc/rfc9875.html

use crate::http::structured::{Item, list};
use crate::http::{Fields, RequestHead, ResponseHead, origin, resolve, without_fragment};

/// How many groups of a response count, and how long a group's name may be: what RFC 9875 asks for at
/// least, eight times over.
const GROUPS: usize = 256;
const GROUP_NAME: usize = 256;

/// What a reply makes invalid.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Invalidation {
    /// Groups of the same origin, by name.
    pub groups: Vec<String>,
    /// URIs; the request's own comes first.
    pub uris: Vec<String>,
}

/// What the reply to an unsafe request makes invalid; nothing if it is an error, or the method safe.
///
/// `Location` and `Content-Location` count only if they are of the same origin: nobody may throw away
/// what somebody else stored.
pub fn invalidation(request: &RequestHead, reply: &ResponseHead) -> Invalidation {
    // A page's own redirect comes without its status.
    if is_safe(&request.method) || !matches!(reply.status, 0 | 200..=399) {
        return Invalidation::default();
    }
    let target = without_fragment(&request.url);
    let mut uris = vec![target.to_owned()];
    for name in &["location", "content-location"] {
        let uri = reply.fields.first(name).and_then(|reference| resolve(target, reference)).unwrap_or_default();
        if !uri.is_empty() && origin(&uri) == origin(target) && !uris.contains(&uri) {
            uris.push(uri);
        }
    }
    Invalidation { groups: group_names(&reply.fields, "cache-group-invalidation"), uris }
}

/// Whether a method changes nothing, by the registry of methods; of any other nobody knows.
fn is_safe(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE" | "QUERY" | "PROPFIND" | "REPORT" | "SEARCH")
}

/// The groups that a response belongs to (RFC 9875, section 2).
pub fn groups(response: &ResponseHead) -> Vec<String> {
    group_names(&response.fields, "cache-groups")
}

/// A list of strings; a field with anything else in it means nothing.
fn group_names(fields: &Fields, name: &str) -> Vec<String> {
    let mut names = Vec::new();
    let text = fields.joined(name).unwrap_or_default();
    for (_, item) in list(&text).unwrap_or_default() {
        match item {
            Item::Text(name) if name.len() > GROUP_NAME || names.len() == GROUPS => {}
            Item::Text(name) => names.push(name.to_owned()),
            _ => return Vec::new(),
        }
    }
    names
}

/// Whether a reply tells the user's own caches to forget everything of its origin
/// ([Clear-Site-Data](https://w3c.github.io/webappsec-clear-site-data/)).
pub fn clears_site_data(reply: &ResponseHead) -> bool {
    reply.fields.members("clear-site-data").any(|kind| matches!(kind, "\"cache\"" | "\"*\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn reply(status: u16, fields: &[(&str, &str)]) -> ResponseHead {
        ResponseHead { fields: fields.iter().copied().collect(), redirected: false, status }
    }

    #[test]
    fn unsafe_methods_invalidate_their_own_origin() {
        const URL: &str = "https://a.b/c";
        let cases: [(&str, u16, &[(&str, &str)], &[&str]); 17] = [
            // A redirect that a page has not followed, as of a form.
            ("POST", 0, &[], &[URL]),
            ("PROPFIND", 200, &[], &[]),
            ("UNKNOWN", 200, &[], &[URL]),
            ("POST", 200, &[], &[URL]),
            ("PUT", 204, &[], &[URL]),
            ("M-SEARCH", 200, &[], &[URL]),
            ("POST", 302, &[("location", "/d")], &[URL, "https://a.b/d"]),
            ("POST", 201, &[("content-location", "d?e")], &[URL, "https://a.b/d?e"]),
            (
                "POST",
                200,
                &[("location", "https://a.b/d"), ("content-location", "e")],
                &[URL, "https://a.b/d", "https://a.b/e"],
            ),
            ("POST", 200, &[("location", "https://x.y/d")], &[URL]),
            ("POST", 200, &[("location", "http://a.b/d")], &[URL]),
            ("POST", 200, &[("location", "https://a.b.evil/d")], &[URL]),
            ("POST", 200, &[("location", "https://a.b@evil/d")], &[URL]),
            ("POST", 404, &[("location", "/d")], &[]),
            ("POST", 500, &[], &[]),
            ("GET", 200, &[("location", "/d")], &[]),
            ("OPTIONS", 200, &[], &[]),
        ];
        for (method, status, fields, expected) in cases {
            let request = RequestHead { method: method.to_owned(), ..RequestHead::get("https://a.b/c#f") };
            assert_eq!(invalidation(&request, &reply(status, fields)).uris, expected, "{method} {status} {fields:?}");
        }
    }

    #[test]
    fn groups_are_lists_of_strings() {
        let cases: [(&[(&str, &str)], &[&str]); 6] = [
            (&[("cache-groups", "\"a\", \"B\"")], &["a", "B"]),
            (&[("cache-groups", "\"a\""), ("cache-groups", "\"b\"")], &["a", "b"]),
            (&[("cache-groups", "\"a\", b")], &[]),
            (&[("cache-groups", "\"a")], &[]),
            (&[("cache-groups", "")], &[]),
            (&[], &[]),
        ];
        for (fields, expected) in cases {
            assert_eq!(groups(&reply(200, fields)), expected, "{fields:?}");
        }
        let named = |length: usize| format!("\"{}\"", "a".repeat(length));
        for (length, count) in [(256, 1), (257, 0), (258, 0)] {
            assert_eq!(groups(&reply(200, &[("cache-groups", &named(length))])).len(), count, "{length}");
        }
        for (count, expected) in [(255, 255), (256, 256), (257, 256), (300, 256)] {
            let many = vec![named(1); count].join(", ");
            assert_eq!(groups(&reply(200, &[("cache-groups", &many)])).len(), expected, "{count}");
        }
        let post = RequestHead { method: "POST".to_owned(), ..RequestHead::get("https://a.b/") };
        let invalidates = [("cache-group-invalidation", "\"a\"")];
        assert_eq!(invalidation(&post, &reply(200, &invalidates)).groups, ["a"]);
        assert!(invalidation(&post, &reply(400, &invalidates)).groups.is_empty());
        assert!(invalidation(&RequestHead::get("https://a.b/"), &reply(200, &invalidates)).groups.is_empty());
    }

    #[test]
    fn sites_are_cleared_by_quoted_names() {
        let cases = [
            ("\"cache\"", true),
            ("\"cookies\", \"*\"", true),
            ("cache", false),
            ("\"cookies\"", false),
            ("\"Cache\"", false),
        ];
        for (value, expected) in cases {
            assert_eq!(clears_site_data(&reply(200, &[("clear-site-data", value)])), expected, "{value}");
        }
    }
}
