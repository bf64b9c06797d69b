//! Whatever bytes come in, no reader panics, and what it finds lies inside what it was given.
#![cfg(all(not(target_arch = "wasm32"), feature = "build"))]

use keepfresh::build::reference::Reference;
use keepfresh::build::{css, html, js, name, web_manifest};
use keepfresh::http::{
    CacheControl, Fields, ResponseHead, StoredResponse, Timestamp, digits, members, parse_date,
};
use keepfresh::manifest::{Precache, fingerprint_of, fingerprinted, insertion_point};
use keepfresh::policy::current_age;
use keepfresh::route::{Pattern, page_candidates};
use proptest::prelude::*;

/// Text made of what means something to the readers, so that their insides are reached.
fn text() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "max-age",
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
    prop_oneof![
        prop::collection::vec(words, 0..24).prop_map(|words| words.concat()),
        any::<String>(),
    ]
}

fn lie_inside(references: &[Reference], text: &str) -> Result<(), TestCaseError> {
    for reference in references {
        prop_assert!(text.get(reference.span.clone()).is_some(), "{reference:?}");
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
        let _ = current_age(&StoredResponse::undated(head, now), now);
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
        if let Ok(pattern) = Pattern::new(&text, "/") {
            let _ = pattern.matches(&other);
        }
        prop_assert_eq!(name::decode(&name::encode(&text)), Some(text));
    }

    #[test]
    fn sources_are_read_whatever_they_hold(text in text()) {
        lie_inside(&css::references(&text), &text)?;
        lie_inside(&html::read(text.as_bytes()).references, &text)?;
        if let Ok(references) = js::references(&text) {
            lie_inside(&references, &text)?;
        }
        if let Ok(references) = web_manifest::references(&text) {
            lie_inside(&references, &text)?;
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_read_too(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for reference in html::read(&bytes).references {
            prop_assert!(bytes.get(reference.span.clone()).is_some());
        }
    }
}
