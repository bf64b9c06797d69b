//! Validation: the request that is sent ([RFC 9111, section 4.3.1][sent]) and what a 304 speaks of
//! ([section 4.3.3 and 4.3.4][received]).
//!
//! [sent]: https://httpwg.org/specs/rfc9111.html#validation.sent
//! [received]: https://httpwg.org/specs/rfc9111.html#freshening.responses

use super::vary::matches;
use crate::http::{Fields, RequestHead, ResponseHead, StoredResponse, any_matches, is_strong, matches_weakly, members};

/// The fields that make a request conditional: what it is sent with in the place of its own. None where
/// nothing stored can be validated.
pub type Conditions = Fields;

/// The conditions under which the origin server may answer that one of `candidates` is still current.
///
/// `If-None-Match` names every entity tag that is stored for the URI and may lead to an answer to this request, and those of the
/// client's own. `If-Modified-Since` is the stored date as it came: one that cannot be read here may mean something there. It is
/// sent only for `chosen`, the response that the request matches.
pub fn conditions(request: &RequestHead, candidates: &[StoredResponse], chosen: Option<&StoredResponse>) -> Conditions {
    let mut sent = Conditions::new();
    let mut tags = String::new();
    for stored in candidates.iter().filter(|stored| is_asked_about(request, stored)) {
        add_tag(&mut tags, stored.head.fields.first("etag"));
    }
    if !tags.is_empty() {
        let own = request.fields.joined("if-none-match");
        add_tag(&mut tags, own.as_deref().filter(|own| *own != "*"));
        sent.append("if-none-match", &tags);
    }
    let modified = chosen.filter(|stored| is_asked_about(request, stored));
    if let Some(modified) = modified.and_then(|stored| stored.head.fields.first("last-modified")) {
        sent.append("if-modified-since", modified);
    }
    sent
}

/// Whether a server could say of a stored response, which is whole, that it is still current.
///
/// A variant for other requests is asked about only if what it has is surely what this one would be given. Many servers have
/// one tag for all codings, weak or not; and what another user was sent beside the content, a cookie, is nobody else's.
fn is_asked_about(request: &RequestHead, stored: &StoredResponse) -> bool {
    let is_for_all = || {
        let fields = &stored.head.fields;
        let is_plain = !["content-encoding", "set-cookie"].iter().any(|name| fields.contains(name));
        is_plain && fields.first("etag").is_some_and(is_strong)
    };
    stored.part().is_none() && (matches(request, stored) || is_for_all())
}

/// Adds a tag to a list, if it is not there.
fn add_tag(tags: &mut String, tag: Option<&str>) {
    if let Some(tag) = tag.filter(|tag| !members(tags).any(|known| known == *tag)) {
        tags.push_str(if tags.is_empty() { "" } else { ", " });
        tags.push_str(tag);
    }
}

/// What a 304 speaks of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Selected<'a> {
    /// Nothing that was ours to ask about: the client's own conditions held.
    Client,
    /// Nothing that is stored.
    Nothing,
    /// This stored response.
    Stored(&'a StoredResponse),
    /// The strong form of the weak tag of the response that was asked about. That one is as good as what the origin server has now,
    /// or it would not have answered so; but nothing may be updated with what is said of other bytes. Servers that compress on the
    /// fly do this, nginx among them: they weaken the tag of what they compress, and not of a 304.
    Equivalent,
}

/// The stored response that a 304 freshens: the one with its strong validator; the most recent with its
/// weak one; or, if it brings no entity tag, the one that was asked about.
///
/// A 304 without a tag, to a request that had conditions of its own, may be about these: then it says nothing of what is stored
/// here, least of all of what is stored for other requests (section 4.3.4: a response "that could have been chosen"). Nor does one
/// that brings no validator at all, if several tags were asked about.
pub fn selected<'a>(
    request: &RequestHead,
    not_modified: &ResponseHead,
    candidates: &'a [StoredResponse],
    chosen: Option<&'a StoredResponse>,
) -> Selected<'a> {
    let tag = not_modified.fields.first("etag");
    let modified = not_modified.fields.first("last-modified");
    let own = |name| request.fields.contains(name);
    let is_conditional = own("if-none-match") || own("if-modified-since");
    // A client may know a tag in its weak form: the server compares both as one.
    let asks_about_several = || {
        let sent = conditions(request, candidates, chosen);
        let mut tags = sent.members("if-none-match");
        tags.next().is_some_and(|first| tags.any(|other| !matches_weakly(first, other)))
    };
    let is_meant = |stored: &StoredResponse, is_chosen: bool| {
        let has = |name| stored.head.fields.first(name);
        match (tag, modified) {
            (Some(tag), _) if is_strong(tag) => has("etag") == Some(tag),
            (Some(tag), _) => has("etag").is_some_and(|known| matches_weakly(known, tag)),
            // Others may be of the same second. A stored response without a date of its own cannot be told from another by it.
            (None, Some(modified)) => {
                is_chosen && has("last-modified").map_or(!is_conditional, |known| known == modified)
            }
            (None, None) if asks_about_several() => false,
            (None, None) if !is_conditional => is_chosen || candidates.len() == 1,
            (None, None) if own("if-none-match") => {
                is_chosen && request.fields.lines("if-none-match").any(|list| any_matches(list, has("etag")))
            }
            (None, None) => is_chosen && has("last-modified") == request.fields.first("if-modified-since"),
        }
    };
    // The one that the request matches comes first among equals.
    let whole = |stored: &&StoredResponse| is_asked_about(request, stored) && is_meant(stored, false);
    let found =
        chosen.filter(|stored| is_meant(stored, true)).or_else(|| super::most_recent(candidates.iter().filter(whole)));
    if let Some(stored) = found {
        return Selected::Stored(stored);
    }
    if tag.is_none() && !conditions(request, candidates, chosen).is_empty() {
        // Ours or the client's: nobody can tell.
        return Selected::Nothing;
    }
    let clients = |list: &str| tag.is_none() || any_matches(list, tag);
    let asked_itself = request.fields.lines("if-none-match").any(clients) || own("if-modified-since");
    // Nothing was asked about a part.
    let is_equivalent = |stored: &StoredResponse| {
        let known = stored.head.fields.first("etag").filter(|_| is_asked_about(request, stored));
        known.zip(tag).is_some_and(|(known, tag)| matches_weakly(known, tag))
    };
    if asked_itself {
        Selected::Client
    } else if chosen.is_some_and(is_equivalent) {
        Selected::Equivalent
    } else {
        Selected::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Timestamp;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn stored(slot: u8, fields: &[(&str, &str)]) -> StoredResponse {
        let head = ResponseHead { fields: fields.iter().copied().collect(), redirected: false, status: 200 };
        let came = Timestamp::from_unix(slot.into());
        StoredResponse { slot, ..StoredResponse::new("", head, came, came) }
    }

    fn request(fields: &[(&str, &str)]) -> RequestHead {
        RequestHead { fields: fields.iter().copied().collect(), ..RequestHead::get("") }
    }

    #[test]
    fn every_candidate_is_asked_about() {
        let all = [
            stored(0, &[("etag", "\"a\""), ("last-modified", "x")]),
            stored(1, &[("etag", "W/\"b\"")]),
            stored(2, &[("etag", "\"a\"")]),
            stored(3, &[]),
        ];
        let cases: [(&[(&str, &str)], usize, Option<usize>, Option<&str>, Option<&str>); 7] = [
            (&[], 4, Some(0), Some("\"a\", W/\"b\""), Some("x")),
            (&[], 4, None, Some("\"a\", W/\"b\""), None),
            (&[("if-none-match", "\"c\"")], 1, Some(0), Some("\"a\", \"c\""), Some("x")),
            (&[("if-none-match", "\"a\"")], 1, Some(0), Some("\"a\""), Some("x")),
            (&[("if-none-match", "*")], 1, Some(0), Some("\"a\""), Some("x")),
            (&[("if-none-match", "\"c\"")], 0, None, None, None),
            (&[], 4, Some(3), Some("\"a\", W/\"b\""), None),
        ];
        for (asked, count, chosen, tags, since) in cases {
            let sent = conditions(&request(asked), &all[..count], chosen.map(|index| &all[index]));
            assert_eq!((sent.first("if-none-match"), sent.first("if-modified-since")), (tags, since), "{asked:?}");
        }
        let mut part = stored(0, &[("etag", "\"a\""), ("content-range", "bytes 0-1/9")]);
        part.head.status = 206;
        assert_eq!(conditions(&request(&[]), &[part.clone()], Some(&part)), Fields::new());
    }

    #[test]
    fn nobody_is_asked_about_what_is_surely_another() {
        let of = |slot, tag, x| {
            let nominated = [("x", x)].into_iter().collect();
            StoredResponse { nominated, ..stored(slot, &[("etag", tag), ("vary", "x")]) }
        };
        let all = [of(0, "\"a\"", "1"), of(1, "\"b\"", "2"), of(2, "\"a\"", "2")];
        let sent = |x, chosen: Option<usize>| {
            let sent = conditions(&request(&[("x", x)]), &all, chosen.map(|index| &all[index]));
            sent.first("if-none-match").map(str::to_owned)
        };
        assert_eq!(sent("1", Some(0)).as_deref(), Some("\"a\", \"b\""));
        assert_eq!(sent("3", None).as_deref(), Some("\"a\", \"b\""));
        let unlike = [("W/\"a\"", "x", ""), ("\"a\"", "content-encoding", "gzip"), ("\"a\"", "set-cookie", "of=alice")];
        for (tag, name, value) in unlike {
            let all = [stored(0, &[("etag", tag), ("vary", "cookie"), (name, value)])];
            let bob = request(&[("cookie", "bob")]);
            assert!(conditions(&bob, &all, None).is_empty(), "{name}");
            let not_modified =
                ResponseHead { fields: [("etag", tag)].into_iter().collect(), redirected: false, status: 304 };
            assert_eq!(selected(&bob, &not_modified, &all, None), Selected::Nothing);
        }
        let not_modified =
            ResponseHead { fields: [("etag", "\"a\"")].into_iter().collect(), redirected: false, status: 304 };
        assert_eq!(selected(&request(&[("x", "3")]), &not_modified, &all, None), Selected::Stored(&all[2]));
    }

    #[test]
    fn a_304_speaks_of_one() {
        let all = [
            stored(0, &[("etag", "\"a\""), ("last-modified", "x")]),
            stored(1, &[("etag", "\"b\"")]),
            stored(2, &[("etag", "W/\"b\"")]),
        ];
        let cases: [(&[(&str, &str)], Option<usize>, &[(&str, &str)], Option<u8>); 18] = [
            // request's own   chosen   304             selected
            (&[], Some(0), &[("etag", "\"a\"")], Some(0)),
            (&[], None, &[("etag", "\"a\"")], Some(0)),
            (&[], Some(0), &[("etag", "\"b\"")], Some(1)),
            (&[], None, &[("etag", "W/\"b\"")], Some(2)),
            (&[], Some(1), &[("etag", "W/\"b\"")], Some(1)),
            (&[], Some(0), &[("etag", "\"z\"")], None),
            // Two tags were asked about.
            (&[], Some(0), &[], None),
            (&[], None, &[], None),
            (&[], Some(0), &[("last-modified", "x")], Some(0)),
            (&[], Some(0), &[("last-modified", "y")], None),
            (&[], None, &[("last-modified", "x")], None),
            (&[("if-none-match", "\"c\"")], Some(0), &[("etag", "\"b\"")], Some(1)),
            (&[("if-none-match", "\"c\"")], Some(0), &[], None),
            (&[("if-none-match", "\"c\", \"a\"")], Some(0), &[], None),
            (&[("if-none-match", "\"c\"")], None, &[], None),
            (&[("if-modified-since", "w")], Some(0), &[], None),
            (&[("if-modified-since", "x")], Some(0), &[], None),
            (&[("if-modified-since", "x")], None, &[("last-modified", "x")], None),
        ];
        for (asked, chosen, brings, expected) in cases {
            let not_modified =
                ResponseHead { fields: brings.iter().copied().collect(), redirected: false, status: 304 };
            let chosen = chosen.map(|index| &all[index]);
            let slot = match selected(&request(asked), &not_modified, &all, chosen) {
                Selected::Stored(stored) => Some(stored.slot),
                Selected::Nothing | Selected::Client | Selected::Equivalent => None,
            };
            assert_eq!(slot, expected, "{asked:?} {brings:?}");
        }
        let bare = ResponseHead { fields: Fields::new(), redirected: false, status: 304 };
        for asked in
            [&[][..], &[("if-none-match", "\"a\"")], &[("if-none-match", "W/\"a\"")], &[("if-modified-since", "x")]]
        {
            let only = &all[0];
            let found = selected(&request(asked), &bare, &all[..1], Some(only));
            assert_eq!(found, Selected::Stored(only), "one tag, {asked:?}");
        }
    }

    #[test]
    fn a_304_may_speak_of_other_bytes_that_are_as_good() {
        let all = [stored(0, &[("etag", "W/\"a\"")]), stored(1, &[("etag", "W/\"b\"")])];
        let cases = [
            // request's own   chosen   304        expected
            (None, Some(0), "\"a\"", Selected::Equivalent),
            (None, Some(0), "\"b\"", Selected::Nothing),
            (None, None, "\"a\"", Selected::Nothing),
            (None, Some(0), "W/\"a\"", Selected::Stored(&all[0])),
            (Some("\"a\""), Some(0), "\"a\"", Selected::Client),
        ];
        for (asked, chosen, tag, expected) in cases {
            let fields: Fields = [("etag", tag)].into_iter().collect();
            let not_modified = ResponseHead { fields, redirected: false, status: 304 };
            let own: Vec<_> = asked.map(|tag| ("if-none-match", tag)).into_iter().collect();
            let found = selected(&request(&own), &not_modified, &all, chosen.map(|index| &all[index]));
            assert_eq!(found, expected, "{asked:?} {tag}");
        }
        let mut part = stored(0, &[("etag", "W/\"a\""), ("content-range", "bytes 0-1/9")]);
        part.head.status = 206;
        let fields: Fields = [("etag", "\"a\"")].into_iter().collect();
        let not_modified = ResponseHead { fields, redirected: false, status: 304 };
        let all = [part];
        assert_eq!(selected(&request(&[]), &not_modified, &all, Some(&all[0])), Selected::Nothing);
    }

    #[test]
    fn a_304_may_be_the_clients() {
        let all = [stored(0, &[("etag", "\"a\"")])];
        let cases: [(&[(&str, &str)], &[(&str, &str)], bool); 5] = [
            (&[("if-none-match", "\"c\"")], &[("etag", "\"c\"")], true),
            (&[("if-none-match", "\"c\"")], &[("etag", "\"z\"")], false),
            (&[("if-modified-since", "x")], &[("etag", "\"z\"")], true),
            (&[], &[("etag", "\"z\"")], false),
            (&[("if-none-match", "\"c\"")], &[("etag", "\"a\"")], false),
        ];
        for (asked, brings, expected) in cases {
            let not_modified =
                ResponseHead { fields: brings.iter().copied().collect(), redirected: false, status: 304 };
            let found = selected(&request(asked), &not_modified, &all, Some(&all[0]));
            assert_eq!(found == Selected::Client, expected, "{asked:?} {brings:?}");
        }
    }
}
