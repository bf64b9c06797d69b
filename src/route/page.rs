//! The URLs under which one page may be known.

use crate::http::concat;
use crate::policy::family;

/// The URLs to look for when `url` is navigated to, best first: itself without its query, then the
/// forms that hosts treat as the same page (`/a/` and `/a/index.html`; `/a` and `/a.html`).
///
/// ```
/// use keepfresh::route::page_candidates;
///
/// let candidates = page_candidates("https://example.com/docs/index.html?from=mail");
/// assert_eq!(candidates, ["https://example.com/docs/index.html", "https://example.com/docs/"]);
/// ```
pub fn page_candidates(url: &str) -> Vec<String> {
    let bare = family(url);
    let mut candidates = vec![bare.to_owned()];
    if bare.ends_with("/index.html") || bare.ends_with(".html") {
        let suffix = if bare.ends_with("/index.html") { "index.html" } else { ".html" };
        candidates.push(bare[..bare.len() - suffix.len()].to_owned());
    } else if bare.ends_with("/") {
        candidates.push(concat(&[bare, "index.html"]));
    } else {
        candidates.push(concat(&[bare, ".html"]));
        candidates.push(concat(&[bare, "/"]));
    }
    candidates
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn hosts_know_a_page_by_several_names() {
        let cases: [(&str, &[&str]); 6] = [
            ("https://a/", &["https://a/", "https://a/index.html"]),
            ("https://a/?q=1", &["https://a/", "https://a/index.html"]),
            ("https://a/x/index.html#top", &["https://a/x/index.html", "https://a/x/"]),
            ("https://a/xindex.html", &["https://a/xindex.html", "https://a/xindex"]),
            ("https://a/about", &["https://a/about", "https://a/about.html", "https://a/about/"]),
            ("https://a/about.html", &["https://a/about.html", "https://a/about"]),
        ];
        for (url, expected) in cases {
            assert_eq!(page_candidates(url), expected, "{url}");
        }
    }
}
