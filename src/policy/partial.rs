//! Partial responses: serving a part of what is stored, and putting parts together
//! ([RFC 9111, sections 3.3 and 3.4][spec]; [RFC 9110, section 14][range]).
//!
//! A response with a content coding is never taken apart: what a host keeps of it is decoded, and a
//! range counts the coded bytes.
//!
//! [spec]: https://httpwg.org/specs/rfc9111.html#incomplete.responses
//! [range]: https://httpwg.org/specs/rfc9110.html#range.requests

use super::freshen;
use super::precondition::allows_range;
use super::storage::is_coded;
use crate::http::{
    ByteRange, ContentRange, Fields, RequestHead, ResponseHead, Satisfied, StoredResponse, concat, digits,
    matches_strongly, unsigned,
};

/// What of a stored response answers a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// These bytes of the stored body: how many come before them, and what they are of the whole.
    Bytes {
        /// How many bytes of the stored body come before the part.
        skip: u64,
        /// What the part is of the whole.
        range: ContentRange,
    },
    /// The stored body is a part that does not hold what is asked for.
    NotHeld,
    /// A range of a body whose length has to be measured first.
    Unmeasured,
    /// Several parts ([`parts`]).
    Several,
    /// Nothing of it: the range lies beyond its end.
    Unsatisfiable(u64),
    /// All of it.
    Whole,
}

/// What of `stored` answers `request`. `length` is that of the stored body, where it is known.
pub fn part(request: &RequestHead, stored: &StoredResponse, length: Option<u64>) -> Part {
    let field = request.fields.first("range").filter(|_| request.method == "GET" && allows_range(request, stored));
    #[cfg(feature = "full")]
    if let Some(part) = field.and_then(|field| several(field, stored, length)) {
        return part;
    }
    let asked = field.and_then(ByteRange::parse);
    let held = match stored.head.status {
        206 => stored.part(),
        _ => None,
    };
    match (asked, held) {
        (None, None) => Part::Whole,
        (None, Some(_)) => Part::NotHeld,
        (Some(asked), Some(held)) => part_of_part(asked, held, length),
        (Some(_), None) if !can_be_cut(stored) => Part::Whole,
        (Some(asked), None) => match length {
            None => Part::Unmeasured,
            Some(length) => match asked.of(length) {
                Satisfied::Bytes(first, last) => {
                    Part::Bytes { skip: first, range: ContentRange { first, last, whole: Some(length) } }
                }
                Satisfied::Unsatisfiable => Part::Unsatisfiable(length),
            },
        },
    }
}

fn can_be_cut(stored: &StoredResponse) -> bool {
    stored.head.status == 200 && !is_coded(&stored.head)
}

/// What of a whole answers a request for several ranges; `None` if it is for one.
#[cfg(feature = "full")]
fn several(field: &str, stored: &StoredResponse, length: Option<u64>) -> Option<Part> {
    let asked = ByteRange::several(field).filter(|asked| asked.len() > 1 && can_be_cut(stored))?;
    let Some(length) = length else { return Some(Part::Unmeasured) };
    let parts = parts_of(&asked, length);
    let sum = parts.iter().fold(0, |sum: u64, part| sum.saturating_add(part.length()));
    Some(match parts[..] {
        [] => Part::Unsatisfiable(length),
        [range] => Part::Bytes { skip: range.first, range },
        // They overlap.
        _ if sum > length => Part::Whole,
        _ => Part::Several,
    })
}

/// The parts of a body of this length that a request asks for, in its order. What lies beyond the end is left out.
#[cfg(feature = "full")]
pub fn parts(request: &RequestHead, length: u64) -> Vec<ContentRange> {
    parts_of(&request.fields.first("range").and_then(ByteRange::several).unwrap_or_default(), length)
}

#[cfg(feature = "full")]
fn parts_of(asked: &[ByteRange], length: u64) -> Vec<ContentRange> {
    let mut parts = Vec::new();
    for one in asked {
        if let Satisfied::Bytes(first, last) = one.of(length) {
            parts.push(ContentRange { first, last, whole: Some(length) });
        }
    }
    parts
}

fn part_of_part(asked: ByteRange, held: ContentRange, length: Option<u64>) -> Part {
    let whole = match (asked, held.whole) {
        (_, Some(whole)) => whole,
        // How long the whole is matters only to what reaches its end.
        (ByteRange::From(_, Some(last)), None) => last.saturating_add(1),
        (_, None) => return Part::NotHeld,
    };
    match asked.of(whole) {
        _ if length.is_some_and(|length| length != held.length()) => Part::NotHeld,
        Satisfied::Bytes(first, last) if held.first <= first && last <= held.last => {
            Part::Bytes { skip: first - held.first, range: ContentRange { first, last, whole: held.whole } }
        }
        // Only of a whole whose length is known.
        Satisfied::Unsatisfiable => Part::Unsatisfiable(whole),
        _ => Part::NotHeld,
    }
}

/// How long a response may be that is put together, in bytes.
const COMBINED: u64 = 8 << 20;

/// The fields that ask for what is missing behind a stored first part, so that the two can be put
/// together; `None` if `stored` is none, or lacks nothing.
///
/// Nothing if that is much: a host has both parts in its memory to put them together.
pub fn missing_part(stored: &StoredResponse) -> Option<Fields> {
    let held = stored.part().filter(|held| held.first == 0)?;
    let next = held.last.saturating_add(1);
    if held.whole.is_none_or(|whole| whole <= next || whole > COMBINED) {
        return None;
    }
    let mut asked = Fields::new();
    asked.append("range", &concat(&["bytes=", &unsigned(next), "-"]));
    if let Some(tag) = stored.head.fields.first("etag").filter(|tag| matches_strongly(tag, tag)) {
        asked.append("if-range", tag);
    }
    Some(asked)
}

/// Whether the body is no longer than its range, as far as is said: else nobody knows where its bytes belong.
pub(super) fn fits(response: &ResponseHead, range: ContentRange) -> bool {
    let fits = |length: &str| digits(length).is_some_and(|length| length as u64 <= range.length());
    response.fields.first("content-length").is_none_or(fits)
}

/// What a stored part and a later one come to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Combined {
    /// They do not fit: they are not of one representation, or not adjacent.
    No,
    /// The whole, with this head: first the stored body, then the new one.
    Whole(ResponseHead),
}

/// Puts a stored first part and the reply to [`missing_part`]'s request together. Both must have the
/// same strong validator ([section 3.4](https://httpwg.org/specs/rfc9111.html#combining.responses)).
pub fn combine(stored: &StoredResponse, reply: &ResponseHead) -> Combined {
    let tags = (stored.head.fields.first("etag"), reply.fields.first("etag"));
    let is_same = matches!(tags, (Some(one), Some(other)) if matches_strongly(one, other));
    let (Some(held), Some(came)) = (stored.part(), reply.content_range()) else {
        return Combined::No;
    };
    let is_rest = came.first == held.last.saturating_add(1) && held.first == 0;
    let is_whole =
        came.whole == Some(came.last.saturating_add(1)) && held.whole.is_none_or(|whole| came.whole == Some(whole));
    if reply.status != 206 || !is_same || !is_rest || !is_whole || !fits(reply, came) {
        return Combined::No;
    }
    let never = stored.response_time;
    let mut head = ResponseHead { status: 200, ..freshen(stored, reply, never, never).head };
    for name in ["content-digest", "content-md5", "content-range"] {
        head.fields.remove(name);
    }
    head.fields.set("content-length", &unsigned(came.last.saturating_add(1)));
    Combined::Whole(head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Timestamp;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn stored(status: u16, fields: &[(&str, &str)]) -> StoredResponse {
        let head = ResponseHead { fields: fields.iter().copied().collect(), redirected: false, status };
        StoredResponse::new("", head, Timestamp::from_unix(0), Timestamp::from_unix(0))
    }

    fn request(fields: &[(&str, &str)]) -> RequestHead {
        RequestHead { fields: fields.iter().copied().collect(), ..RequestHead::get("") }
    }

    #[test]
    fn parts_come_out_of_wholes_and_of_parts() {
        let bytes = |skip, first, last, whole| Part::Bytes { skip, range: ContentRange { first, last, whole } };
        let tag = ("etag", "\"a\"");
        let gzip = ("content-encoding", "gzip");
        let (first, middle) = (("content-range", "bytes 0-4/10"), ("content-range", "bytes 4-8/10"));
        let endless = ("content-range", "bytes 4-8/*");
        let cases: [(&[(&str, &str)], u16, &[(&str, &str)], Option<u64>, Part); 28] = [
            (&[], 200, &[], None, Part::Whole),
            (&[("range", "bytes=0-1")], 200, &[], None, Part::Unmeasured),
            (&[("range", "bytes=0-1")], 200, &[], Some(10), bytes(0, 0, 1, Some(10))),
            (&[("range", "bytes=-3")], 200, &[], Some(10), bytes(7, 7, 9, Some(10))),
            (&[("range", "bytes=10-")], 200, &[], Some(10), Part::Unsatisfiable(10)),
            (&[("range", "bytes=0-1,3-4")], 200, &[], None, Part::Unmeasured),
            (&[("range", "bytes=0-1,3-4")], 200, &[], Some(10), Part::Several),
            (&[("range", "bytes=0-1,3-4")], 200, &[gzip], Some(10), Part::Whole),
            (&[("range", "bytes=0-1,3-4")], 206, &[first], Some(5), Part::NotHeld),
            (&[("range", "bytes=20-,3-4")], 200, &[], Some(10), bytes(3, 3, 4, Some(10))),
            (&[("range", "bytes=20-,-0")], 200, &[], Some(10), Part::Unsatisfiable(10)),
            (&[("range", "bytes=0-8,1-9")], 200, &[], Some(10), Part::Whole),
            (&[("range", "bytes=0-1")], 200, &[gzip], Some(10), Part::Whole),
            (&[("range", "bytes=0-1")], 404, &[], Some(10), Part::Whole),
            (&[("range", "bytes=0-1"), ("if-range", "\"a\"")], 200, &[tag], Some(10), bytes(0, 0, 1, Some(10))),
            (&[("range", "bytes=0-1"), ("if-range", "\"b\"")], 200, &[tag], Some(10), Part::Whole),
            (&[], 206, &[first], None, Part::NotHeld),
            (&[("range", "bytes=0-1"), ("if-range", "\"b\"")], 206, &[tag, first], None, Part::NotHeld),
            (&[("range", "bytes=0-4")], 206, &[first], None, bytes(0, 0, 4, Some(10))),
            (&[("range", "bytes=5-8")], 206, &[middle], Some(5), bytes(1, 5, 8, Some(10))),
            (&[("range", "bytes=5-8")], 206, &[middle], Some(4), Part::NotHeld),
            (&[("range", "bytes=5-9")], 206, &[middle], None, Part::NotHeld),
            (&[("range", "bytes=3-8")], 206, &[middle], None, Part::NotHeld),
            (&[("range", "bytes=-2")], 206, &[middle], None, Part::NotHeld),
            (&[("range", "bytes=10-")], 206, &[middle], None, Part::Unsatisfiable(10)),
            (&[("range", "bytes=5-6")], 206, &[endless], None, bytes(1, 5, 6, None)),
            (&[("range", "bytes=5-")], 206, &[endless], None, Part::NotHeld),
            (&[("range", "bytes=-1")], 206, &[endless], None, Part::NotHeld),
        ];
        for (asked, status, has, length, expected) in cases {
            assert_eq!(
                part(&request(asked), &stored(status, has), length),
                expected,
                "{asked:?} {status} {has:?} {length:?}"
            );
        }
        let head = RequestHead { method: "HEAD".to_owned(), ..request(&[("range", "bytes=0-1")]) };
        assert_eq!(part(&head, &stored(200, &[]), Some(10)), Part::Whole);
    }

    #[test]
    fn what_is_missing_is_asked_for() {
        let text = |has: &[(&str, &str)]| missing_part(&stored(206, has)).map(|fields| fields.as_text().to_owned());
        let first = ("content-range", "bytes 0-4/10");
        assert_eq!(text(&[first]).as_deref(), Some("range: bytes=5-\n"));
        assert_eq!(text(&[first, ("etag", "\"a\"")]).as_deref(), Some("range: bytes=5-\nif-range: \"a\"\n"));
        assert_eq!(text(&[first, ("etag", "W/\"a\"")]).as_deref(), Some("range: bytes=5-\n"));
        assert_eq!(text(&[("content-range", "bytes 0-9/10"), ("etag", "\"a\"")]), None);
        assert_eq!(text(&[("content-range", "bytes 4-8/10")]), None);
    }

    #[test]
    fn only_parts_of_one_representation_are_combined() {
        let rest = ("content-range", "bytes 5-9/10");
        let tag = ("etag", "\"a\"");
        let cases: [(&[(&str, &str)], u16, &[(&str, &str)], bool); 11] = [
            (&[tag], 206, &[tag, rest], true),
            (&[tag], 206, &[("etag", "\"b\""), rest], false),
            (&[("etag", "W/\"a\"")], 206, &[("etag", "W/\"a\""), rest], false),
            (&[], 206, &[rest], false),
            (&[tag], 206, &[tag, ("content-range", "bytes 6-9/10")], false),
            (&[tag], 206, &[tag, ("content-range", "bytes 5-8/10")], false),
            (&[tag], 206, &[tag, ("content-range", "bytes 5-10/11")], false),
            (&[tag], 206, &[tag, ("content-range", "bytes 5-9/*")], false),
            (&[tag], 206, &[tag, rest, ("content-length", "5")], true),
            (&[tag], 206, &[tag, rest, ("content-length", "6")], false),
            (&[tag], 200, &[tag, rest], false),
        ];
        for (has, status, brings, expected) in cases {
            let mut had = has.to_vec();
            had.push(("content-range", "bytes 0-4/10"));
            let reply = ResponseHead { fields: brings.iter().copied().collect(), redirected: false, status };
            match combine(&stored(206, &had), &reply) {
                Combined::Whole(head) => {
                    assert!(expected, "{has:?} {brings:?}");
                    assert_eq!((head.status, head.fields.first("content-length")), (200, Some("10")));
                    assert!(!head.fields.contains("content-range"));
                }
                Combined::No => assert!(!expected, "{has:?} {brings:?}"),
            }
        }
    }
}
