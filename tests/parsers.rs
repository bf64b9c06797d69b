//! Whatever bytes come in, no reader panics, and what it finds lies inside what it was given.
#![cfg(all(not(target_arch = "wasm32"), feature = "build"))]

use keepfresh::build::read::{css, html, js, web_manifest};
use keepfresh::build::reference::Reference;
use keepfresh::build::{Extras, name, parse};
use keepfresh::exchange::{Exchange, Found, Step, commit, read_record, wire, write_record};
use keepfresh::http::{
    CacheControl, Fields, RequestHead, ResponseHead, StoredResponse, Timestamp, digits, members, parse_date,
};
use keepfresh::manifest::{Precache, fingerprint_of, fingerprinted, insertion_point};
use keepfresh::policy::{Audience, Terms, current_age};
use keepfresh::route::{Pattern, Rule, page_candidates};
use proptest::prelude::*;

/// Text made of what means something to the readers, so that their insides are reached.
fn text() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "max-age",
        "bytes",
        "bytes=0-4",
        "bytes 0-4/10",
        "params=(\"",
        "\")",
        "*",
        "-",
        "/",
        "?a=1&b=%20",
        "\x1e",
        "0 200 1 1\nhttps://example.com/\n\n",
        "=",
        "\"",
        ",",
        ";",
        "no-store",
        "stale-while-revalidate",
        "\\",
        "0",
        "99999999999999999999",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94",
        " ",
        "\t",
        "\n",
        "é",
        "\u{0}",
        "/",
        "*",
        "..",
        "%2e",
        "%",
        "url(",
        ")",
        "'",
        "@import",
        "/*",
        "*/",
        "# sourceMappingURL=a",
        "{",
        "}",
        "<img src=",
        "<style>",
        "</style>",
        "<script type=module>",
        "</script>",
        "<noscript>",
        "srcset='a 1x,",
        ">",
        "<!--",
        "-->",
        "&amp;",
        "import",
        "from",
        "new URL(",
        "import.meta.url",
        "`",
        "${",
        "//",
        ".kf.",
        "0123456789abcdef0123",
        "a",
        ".css",
        "[",
        "]",
        ":",
        "{\"icons\":[{\"src\":\"",
        "\"}]}",
    ]);
    prop_oneof![prop::collection::vec(words, 0..24).prop_map(|words| words.concat()), any::<String>(),]
}

fn lie_inside(references: &[Reference], text: &str) -> Result<(), TestCaseError> {
    for reference in references {
        prop_assert!(text.get(reference.span.clone()).is_some(), "{reference:?}");
        prop_assert!(reference.digest_place.is_none_or(|place| text.is_char_boundary(place.at)), "{reference:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fields_are_read_whatever_they_hold(text in text(), status in any::<u16>(), now in any::<i64>()) {
        let now = Timestamp::from_millis(now);
        prop_assert!(members(&text).all(|member| !member.is_empty()));
        let _ = (parse_date(&text, now), digits(&text));
        let names = ["cache-control", "date", "age", "expires", "vary", "etag"];
        let fields: Fields = names.iter().map(|name| (*name, text.as_str())).collect();
        let _ = CacheControl::of(&fields);
        let head = ResponseHead { fields, redirected: false, status };
        let _ = current_age(&StoredResponse::new("", head, now, now), now);
    }

    /// Every rule, on fields that hold anything at all: nothing panics, and there is one answer at most.
    #[test]
    fn exchanges_stand_whatever_messages_hold(
        asked in text(), had in text(), came in text(), record in text(),
        status in prop::sample::select(vec![200u16, 206, 304, 503, 999]), now in any::<i64>(),
    ) {
        const NAMES: [&str; 16] = [
            "cache-control", "vary", "age", "date", "expires", "etag", "last-modified", "range", "content-range",
            "if-none-match", "if-modified-since", "if-range", "no-vary-search", "cache-groups", "location", "cdn-cache-control",
        ];
        let fields = |text: &str| NAMES.iter().map(|name| (*name, text)).collect::<Fields>();
        let now = Timestamp::from_millis(now);
        let terms = Terms { targets: vec!["cdn-cache-control".to_owned()], ..Terms::http(Audience::Shared) };
        let url = ["https://example.com/", &had].concat();
        for method in ["GET", "HEAD", "POST"] {
            let request = RequestHead { fields: fields(&asked), method: method.to_owned(), ..RequestHead::get(&url) };
            let head = ResponseHead { fields: fields(&had), redirected: false, status };
            let mut stored = read_record(&record);
            stored.push(StoredResponse::new(request.url.split('#').next().unwrap(), head, now, now));
            let again = read_record(&write_record(&stored));
            prop_assert!(again.len() <= stored.len());
            let mut exchange = Exchange::new(request, Rule::Http(&terms));
            let (mut answers, mut text) = (0, String::new());
            for _ in 0..32 {
                let step = exchange.next();
                text.push_str(&wire::step(&step));
                match step {
                    Step::Lookup(_) => exchange.on_lookup(Found::Stored(stored.clone()), now),
                    Step::Forward(_) => exchange.on_reply(&wire::response(&["304\n\n", &came].concat()), now, now),
                    Step::Serve(served) => {
                        answers += 1;
                        let _ = exchange.measured(served, 10);
                    }
                    Step::Write(write) => { let _ = commit(&write, &record); }
                    Step::Wait | Step::Done => break,
                }
            }
            prop_assert_eq!((answers, exchange.next()), (1, Step::Done));
        }
        let _ = (wire::request(&asked), wire::found(&had));
    }

    #[test]
    fn names_and_lists_are_read_whatever_they_hold(text in text(), other in text()) {
        let point = insertion_point(&text);
        prop_assert!(text.is_char_boundary(point));
        let name = fingerprinted(&text, "0123456789abcdef0123");
        prop_assert_eq!(fingerprint_of(&name), Some("0123456789abcdef0123"));
        let list = Precache::new(&text);
        let _ = (list.find(&other), list.entries().count());
        let _ = page_candidates(&text);
        if let Ok(pattern) = Pattern::new(&text) {
            let _ = pattern.matches(&other, "/");
        }
        prop_assert_eq!(name::decode(&name::encode(&text)), Some(text));
    }

    #[test]
    fn sources_are_read_whatever_they_hold(text in text()) {
        lie_inside(&css::references(&text), &text)?;
        lie_inside(&html::read(&text, &Extras::default()).references, &text)?;
        if let Ok(js::Script { references, .. }) = js::read(&text) {
            lie_inside(&references, &text)?;
        }
        if let Ok(references) = web_manifest::references(&text) {
            lie_inside(&references, &text)?;
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_read_too(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for path in ["a.html", "a.css", "a.js", "a.webmanifest"] {
            for reference in parse(path, &bytes, &Extras::default()).references {
                prop_assert!(bytes.get(reference.span.clone()).is_some());
            }
        }
    }
}
