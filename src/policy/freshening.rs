//! Freshening a stored response with a 304 ([RFC 9111, section 4.3.4][spec]), whose fields replace
//! the stored ones ([section 3.2][update]).
//!
//! [spec]: https://httpwg.org/specs/rfc9111.html#freshening.responses
//! [update]: https://httpwg.org/specs/rfc9111.html#update

use super::Terms;
use super::fields::drop_connection_fields;
use super::storage::{Storage, WhyNotStored, storage};
use crate::http::{Fields, RequestHead, ResponseHead, StoredResponse, Timestamp, format_date};

/// Fields that describe the stored body, which a 304 does not bring.
const OF_THE_BODY: [&str; 6] =
    ["content-digest", "content-encoding", "content-length", "content-range", "content-type", "transfer-encoding"];

/// What of a reply that is for one user says something of what is stored for all.
const OF_ALL: [&str; 6] = ["age", "cache-control", "date", "etag", "expires", "last-modified"];

/// The reply to a validation as far as it may be taken over. What is stored for other requests (`is_matched` is false), or was asked
/// for by one user of a shared cache in a way in which nothing could be stored ([`storage`]: `Authorization`, `Set-Cookie`), is
/// told no more than for how long it is good.
pub fn lasting(request: &RequestHead, reply: &ResponseHead, terms: &Terms, is_matched: bool) -> ResponseHead {
    let mut head = reply.clone();
    if !is_matched || is_for_one(request, reply, terms) {
        let is_target = |name: &str| terms.targets().iter().any(|target| target.eq_ignore_ascii_case(name));
        head.fields.retain(&mut |name| OF_ALL.contains(&name) || is_target(name));
    }
    head
}

fn is_for_one(request: &RequestHead, reply: &ResponseHead, terms: &Terms) -> bool {
    if !cfg!(feature = "full") || !terms.audience.is_shared() {
        return false;
    }
    let asked = RequestHead { method: "GET".to_owned(), ..request.clone() };
    let why = storage(&asked, &ResponseHead { status: 200, ..reply.clone() }, terms);
    matches!(why, Storage::Refuse(WhyNotStored::Authorization | WhyNotStored::SetCookie))
}

/// The stored response as it is after a 304 that was asked for at `request_time` and came at `now`.
pub fn freshen(
    stored: &StoredResponse,
    not_modified: &ResponseHead,
    request_time: Timestamp,
    now: Timestamp,
) -> StoredResponse {
    let mut news = not_modified.clone();
    drop_connection_fields(&mut news);
    // What comes without a date is dated by when it came (RFC 9110, section 6.6.1). The stored date would
    // make the freshened response as old as the one before.
    if !news.fields.contains("date") {
        news.fields.append("date", &format_date(now));
    }
    let brings = |name: &str| !OF_THE_BODY.contains(&name) && news.fields.contains(name);
    let mut fields = Fields::new();
    for (name, value) in stored.head.fields.iter() {
        // An `Age` is of the response that brought it: it goes even where the 304 has none.
        if !brings(name) && name != "age" {
            fields.append(name, value);
        }
    }
    for (name, value) in news.fields.iter().filter(|(name, _)| brings(name)) {
        fields.append(name, value);
    }
    let head = ResponseHead { fields, ..stored.head.clone() };
    StoredResponse { head, request_time, response_time: now, ..stored.clone() }
}

/// What the reply to a `HEAD` says of a stored response.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum HeadReply {
    /// It is of the same representation, and freshens it.
    Freshens(StoredResponse),
    /// The representation is another one by now.
    Invalidates,
    /// Nothing: it is an error, or a redirect.
    Silent,
}

/// Compares the reply to a `HEAD` with what a `GET` had stored ([section 4.3.5][spec]), which takes over what is [`lasting`] of it.
///
/// [spec]: https://httpwg.org/specs/rfc9111.html#head.effects
pub fn freshen_by_head(
    stored: &StoredResponse,
    reply: &ResponseHead,
    lasting: &ResponseHead,
    request_time: Timestamp,
    now: Timestamp,
) -> HeadReply {
    if reply.status != 200 || stored.head.status != 200 {
        return HeadReply::Silent;
    }
    let is_validated = ["etag", "last-modified"].iter().any(|name| reply.fields.contains(name));
    let is_same = ["etag", "last-modified", "content-length"].iter().all(|name| {
        let (has, brings) = (stored.head.fields.first(name), reply.fields.first(name));
        // Only what is received is compared; and a stored length may be unknown, where a validator tells more.
        brings.is_none() || has == brings || (*name == "content-length" && has.is_none() && is_validated)
    });
    if is_same { HeadReply::Freshens(freshen(stored, lasting, request_time, now)) } else { HeadReply::Invalidates }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_304_replaces_adds_and_keeps() {
        let head = |status, fields: &[(&str, &str)]| ResponseHead {
            fields: fields.iter().copied().collect(),
            redirected: false,
            status,
        };
        let at = Timestamp::from_unix;
        let had = head(
            200,
            &[
                ("age", "9"),
                ("cache-control", "max-age=1"),
                ("content-type", "text/css"),
                ("link", "a"),
                ("link", "b"),
                ("x", "kept"),
            ],
        );
        let stored = StoredResponse::new("", had, at(0), at(0));
        let not_modified = head(
            304,
            &[
                ("cache-control", "max-age=60"),
                ("content-type", "text/html"),
                ("content-length", "0"),
                ("connection", "x-hop"),
                ("x-hop", "1"),
                ("link", "c"),
                ("y", "new"),
            ],
        );
        let freshened = freshen(&stored, &not_modified, at(7), at(8));
        let expected = head(
            200,
            &[
                ("content-type", "text/css"),
                ("x", "kept"),
                ("cache-control", "max-age=60"),
                ("link", "c"),
                ("y", "new"),
                ("date", "Thu, 01 Jan 1970 00:00:08 GMT"),
            ],
        );
        assert_eq!(freshened.head, expected);
        assert_eq!((freshened.request_time, freshened.response_time), (at(7), at(8)));
    }

    #[test]
    fn a_head_freshens_what_it_describes() {
        let head = |status, fields: &[(&str, &str)]| ResponseHead {
            fields: fields.iter().copied().collect(),
            redirected: false,
            status,
        };
        let at = Timestamp::from_unix;
        let had: &[(&str, &str)] = &[("etag", "\"a\""), ("content-length", "5"), ("x", "1")];
        let cases: [(u16, &[(&str, &str)], Option<bool>); 9] = [
            // reply                                              freshens, invalidates, or neither
            (200, &[("etag", "\"a\""), ("content-length", "5")], Some(true)),
            (200, &[("etag", "\"a\"")], Some(true)),
            (200, &[("etag", "\"a\""), ("content-length", "6")], Some(false)),
            (200, &[("etag", "\"b\""), ("content-length", "5")], Some(false)),
            // A length that was never known is no difference; a tag that was never there is one.
            (200, &[("last-modified", "x")], Some(false)),
            (200, &[], Some(true)),
            (404, &[("etag", "\"b\"")], None),
            (304, &[("etag", "\"a\"")], None),
            (500, &[], None),
        ];
        let unmeasured = StoredResponse::new("", head(200, &[("etag", "\"a\"")]), at(0), at(0));
        for (fields, is_same) in
            [(&[("content-length", "5"), ("etag", "\"a\"")][..], true), (&[("content-length", "5")], false)]
        {
            let reply = head(200, fields);
            let measured = freshen_by_head(&unmeasured, &reply, &reply, at(7), at(8));
            assert_eq!(matches!(measured, HeadReply::Freshens(_)), is_same, "{fields:?}");
        }
        for (status, fields, expected) in cases {
            let stored = StoredResponse::new("", head(200, had), at(0), at(0));
            let reply = head(status, fields);
            let freshens = match freshen_by_head(&stored, &reply, &reply, at(7), at(8)) {
                HeadReply::Freshens(freshened) => {
                    assert_eq!((freshened.head.fields.first("x"), freshened.response_time), (Some("1"), at(8)));
                    Some(true)
                }
                HeadReply::Invalidates => Some(false),
                HeadReply::Silent => None,
            };
            assert_eq!(freshens, expected, "{status} {fields:?}");
        }
    }
}
