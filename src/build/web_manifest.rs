//! References in a web app manifest: the pictures of the app, its screenshots and its shortcuts.
//!
//! `start_url` and the like are pages, which keep their names.

use super::json::{Part, Wanted, strings};
use super::reference::{Kind, Reference};
use super::spelling::Notation;

const PICTURES: [Wanted<'_>; 4] = [
    Wanted { path: &["icons", "*", "src"], part: Part::Value },
    Wanted { path: &["screenshots", "*", "src"], part: Part::Value },
    Wanted { path: &["shortcuts", "*", "icons", "*", "src"], part: Part::Value },
    Wanted { path: &["file_handlers", "*", "icons", "*", "src"], part: Part::Value },
];

/// The references of a manifest, in their order; an error that says where it stops being one.
pub fn references(json: &str) -> Result<Vec<Reference>, String> {
    let found = strings(json, &PICTURES)?;
    Ok(found.into_iter().map(|one| Reference::new(Kind::Url, Notation::Json, one.span, one.text)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_found_where_they_stand() {
        let json = r#"{ "name": "x", "start_url": "./", "screenshots": [{ "src": "s.png" }],
            "icons": [{ "src": "a.png", "sizes": "any" }, { "sizes": "1x1" }, { "src": 7 }],
            "shortcuts": [{ "url": "/x", "icons": [{ "src": "b\/c.png" }] }] }"#;
        let found = references(json).unwrap();
        let urls: Vec<_> = found.iter().map(|reference| reference.url.as_str()).collect();
        assert_eq!(urls, ["s.png", "a.png", "b/c.png"]);
        let written: Vec<_> = found.iter().map(|reference| &json[reference.span.clone()]).collect();
        assert_eq!(written, ["s.png", "a.png", "b\\/c.png"]);
        assert!(references("{").is_err());
        assert_eq!(references("{}"), Ok(vec![]));
        let marked = "\u{feff}{\"icons\": [{\"src\": \"a.png\"}]}";
        assert_eq!(&marked[references(marked).unwrap()[0].span.clone()], "a.png");
    }
}
