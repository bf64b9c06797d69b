//! References in a web app manifest: the pictures of the app, its screenshots and its shortcuts.
//!
//! `start_url` and the like are pages, which keep their names.

use super::json::{Part, Wanted, strings};
use crate::build::reference::{Kind, Reference};
use crate::build::spelling::Notation;

const PICTURES: [Wanted<'_>; 3] = [
    Wanted { path: &["icons", "*", "src"], part: Part::Value },
    Wanted { path: &["shortcuts", "*", "icons", "*", "src"], part: Part::Value },
    Wanted { path: &["file_handlers", "*", "icons", "*", "src"], part: Part::Value },
];

/// What only stores and the dialogs of installation show.
const SCREENSHOTS: [Wanted<'_>; 1] = [Wanted { path: &["screenshots", "*", "src"], part: Part::Value }];

/// The references of a manifest, in their order; an error that says where it stops being one.
pub fn references(json: &str) -> Result<Vec<Reference>, String> {
    let mut found = Vec::new();
    for (kind, wanted) in [(Kind::Url, &PICTURES[..]), (Kind::OnDemand, &SCREENSHOTS)] {
        let strings = strings(json, wanted)?.into_iter();
        found.extend(strings.map(|one| Reference::new(kind, Notation::Json, one.span, one.text)));
    }
    found.sort_by_key(|reference| reference.span.start);
    Ok(found)
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
        let kinds: Vec<_> = found.iter().map(|reference| reference.kind).collect();
        assert_eq!(kinds, [Kind::OnDemand, Kind::Url, Kind::Url]);
        let written: Vec<_> = found.iter().map(|reference| &json[reference.span.clone()]).collect();
        assert_eq!(written, ["s.png", "a.png", "b\\/c.png"]);
        assert!(references("{").is_err());
        assert_eq!(references("{}"), Ok(vec![]));
        let marked = "\u{feff}{\"icons\": [{\"src\": \"a.png\"}]}";
        assert_eq!(&marked[references(marked).unwrap()[0].span.clone()], "a.png");
    }
}
