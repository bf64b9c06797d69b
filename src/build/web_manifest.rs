//! References in a web app manifest: the pictures of the app, its screenshots and its shortcuts.
//!
//! `start_url` and the like are pages, which keep their names.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::reference::{Kind, Reference};

#[derive(Default, Deserialize)]
#[serde(default)]
struct WebManifest<'a> {
    #[serde(borrow)]
    icons: Vec<Picture<'a>>,
    #[serde(borrow)]
    screenshots: Vec<Picture<'a>>,
    #[serde(borrow)]
    shortcuts: Vec<Shortcut<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Shortcut<'a> {
    #[serde(borrow)]
    icons: Vec<Picture<'a>>,
}

#[derive(Deserialize)]
struct Picture<'a> {
    #[serde(borrow)]
    src: Option<&'a RawValue>,
}

/// The references of a manifest, in their order; an error that says where it stops being one.
pub fn references(json: &str) -> Result<Vec<Reference>, String> {
    let manifest: WebManifest<'_> = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let of_shortcuts = manifest.shortcuts.iter().flat_map(|shortcut| &shortcut.icons);
    let pictures = manifest.icons.iter().chain(&manifest.screenshots).chain(of_shortcuts);
    let mut found: Vec<_> = pictures.filter_map(|picture| reference(json, picture.src?.get())).collect();
    found.sort_by_key(|reference| reference.span.start);
    Ok(found)
}

/// A string of the manifest, which `raw` is a slice of.
fn reference(json: &str, raw: &str) -> Option<Reference> {
    let url: String = serde_json::from_str(raw).ok()?;
    let start = raw.as_ptr() as usize - json.as_ptr() as usize + 1;
    Some(Reference::new(Kind::Url, start..start + raw.len() - 2, url))
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
    }
}
