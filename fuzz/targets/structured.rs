//! Structured fields, and those that are written in them.
#![no_main]

use keepfresh::http::structured::{Item, dictionary, list, texts};
use keepfresh::http::{Fields, ResponseHead};
use keepfresh::policy::{NoVarySearch, clears_site_data, groups};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (value, url) = text.split_once('\n').unwrap_or((text, ""));
    let names = ["f", "cache-groups", "no-vary-search", "clear-site-data"];
    let fields: Fields = names.iter().map(|name| (*name, value)).collect();
    for (_, item) in dictionary(text).into_iter().chain(list(text)).flatten() {
        if let Item::Texts(inside) = item {
            // Written anew, they are read as the same.
            let read = texts(inside);
            let quoted = |text: &String| ["\"", &text.replace('\\', "\\\\").replace('"', "\\\""), "\""].concat();
            let written = ["(", &read.iter().map(quoted).collect::<Vec<_>>().join(" "), ")"].concat();
            let again = list(&written).expect("it is well formed");
            assert!(matches!(again[..], [(_, Item::Texts(inside))] if texts(inside) == read));
        }
    }
    let head = ResponseHead { fields, redirected: false, status: 200 };
    assert!(groups(&head).len() <= 256);
    let _ = clears_site_data(&head);
    if let Some(rule) = NoVarySearch::of(&head) {
        let one = rule.representative(url);
        assert!(one.is_ascii() || !url.is_ascii());
        assert_eq!(one, rule.representative(&[url, "#x"].concat()));
    }
});
