//! Storing the fields of a response ([RFC 9111, section 3.1][spec]).
//!
//! [spec]: https://httpwg.org/specs/rfc9111.html#storing.fields

use super::{Headers, Terms};
use crate::http::{ResponseHead, Timestamp, decides, format_date, members, restricted};

/// The head as it is stored: without the fields that are of one connection, or that must not be served
/// again without asking ([section 3.1](https://httpwg.org/specs/rfc9111.html#storing.fields)); and
/// with a `Date` if it had none.
pub fn storable_head(response: &ResponseHead, terms: &Terms, now: Timestamp) -> ResponseHead {
    let mut head = response.clone();
    drop_connection_fields(&mut head);
    if terms.headers == Headers::Respect {
        let mut names = restricted(&response.fields, terms.targets(), "no-cache");
        if terms.audience.is_shared() {
            names.push_str(",");
            names.push_str(&restricted(&response.fields, terms.targets(), "private"));
        }
        for name in members(&names) {
            head.fields.remove(&name.to_ascii_lowercase());
        }
    }
    if !head.fields.contains("date") && head.status != 0 {
        head.fields.append("date", &format_date(now));
    }
    head
}

/// Drops what is of one connection: the fields that `Connection` names, and those that always are.
pub(super) fn drop_connection_fields(head: &mut ResponseHead) {
    const ALWAYS: [&str; 10] = [
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authentication-info",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    let named = head.fields.joined("connection").unwrap_or_default();
    let is_named = |name: &str| !decides(name) && members(&named).any(|known| known.eq_ignore_ascii_case(name));
    head.fields.retain(&mut |name| !ALWAYS.contains(&name) && !is_named(name));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Audience;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const NOW: Timestamp = Timestamp::from_unix(1_709_164_800);

    fn response(status: u16, fields: &[(&str, &str)]) -> ResponseHead {
        ResponseHead { fields: fields.iter().copied().collect(), redirected: false, status }
    }

    #[test]
    fn some_fields_are_not_stored() {
        let came = response(
            200,
            &[
                ("Connection", "Close, X-Hop"),
                ("x-hop", "1"),
                ("keep-alive", "1"),
                ("te", "1"),
                ("cache-control", "no-cache=\"Set-Cookie, x\", private=\"y\""),
                ("set-cookie", "a"),
                ("set-cookie", "b"),
                ("x", "1"),
                ("y", "1"),
                ("link", "a"),
                ("link", "b"),
            ],
        );
        let names = |audience| {
            let head = storable_head(&came, &Terms::http(audience), NOW);
            head.fields.iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names(Audience::Private), "cache-control y link link date");
        assert_eq!(names(Audience::Shared), "cache-control link link date");
        let stored = storable_head(&came, &Terms::http(Audience::Private), NOW);
        assert_eq!(stored.fields.first("date"), Some("Thu, 29 Feb 2024 00:00:00 GMT"));
        let dated = response(200, &[("date", "yesterday")]);
        let stored = storable_head(&dated, &Terms::http(Audience::Private), NOW);
        assert_eq!(stored.fields.as_text(), "date: yesterday\n");
        assert!(storable_head(&response(0, &[]), &Terms::http(Audience::Private), NOW).fields.is_empty());
    }
}
