//! URI references: what they resolve to keeps its origin in view.
#![no_main]

use keepfresh::http::{origin, resolve};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let base = "https://example.com/a/b?c";
    if let Some(uri) = resolve(base, text) {
        assert!(uri.starts_with("http"), "{uri}");
        assert!(!uri.contains('#'));
        // What was resolved once stays what it is.
        if let Some(again) = resolve(base, &uri) {
            assert_eq!(origin(&again), origin(&uri));
        }
    }
});
