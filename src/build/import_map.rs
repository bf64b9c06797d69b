//! References in an import map ([HTML, "import maps"][spec]): what specifiers stand for, and the specifiers
//! that are URLs themselves, which stand in modules as they stand here.
//!
//! What ends with a slash speaks of all that lies in a folder, by names that stand elsewhere: the scripts there
//! keep theirs.
//!
//! [spec]: https://html.spec.whatwg.org/multipage/webappapis.html#import-maps

use super::json::{Part, Wanted, strings};
use super::reference::{Kind, Reference};
use super::spelling::Notation;

const SPECIFIERS: [Wanted<'_>; 5] = [
    Wanted { path: &["imports", "*"], part: Part::Name },
    Wanted { path: &["imports", "*"], part: Part::Value },
    Wanted { path: &["scopes", "*"], part: Part::Name },
    Wanted { path: &["scopes", "*", "*"], part: Part::Name },
    Wanted { path: &["scopes", "*", "*"], part: Part::Value },
];

/// What a digest is given for.
const VOUCHED_FOR: [Wanted<'_>; 1] = [Wanted { path: &["integrity", "*"], part: Part::Name }];

/// What speaks of folders, but for scopes: these only say where the rest applies.
const FOLDERS: [Wanted<'_>; 4] = [
    Wanted { path: &["imports", "*"], part: Part::Name },
    Wanted { path: &["imports", "*"], part: Part::Value },
    Wanted { path: &["scopes", "*", "*"], part: Part::Name },
    Wanted { path: &["scopes", "*", "*"], part: Part::Value },
];

/// The references of an import map, in their order, and what else it [reaches](super::Parsed::reaches); an error
/// that says where it stops being JSON.
pub fn references(json: &str) -> Result<(Vec<Reference>, Vec<String>), String> {
    let kind = |part| if part == Part::Name { Kind::Specifier } else { Kind::Module };
    let files = strings(json, &SPECIFIERS)?.into_iter().filter(|one| !one.text.ends_with('/'));
    let mut references: Vec<_> =
        files.map(|one| Reference::new(kind(one.part), Notation::Json, one.span, one.text)).collect();
    let folders = strings(json, &FOLDERS)?.into_iter().filter(|one| one.text.ends_with('/'));
    let reached = folders.map(|one| one.text + "*").collect();
    for one in strings(json, &VOUCHED_FOR)? {
        let reference = Reference::new(Kind::Specifier, Notation::Json, one.span, one.text);
        references.push(Reference { is_vouched_for: true, ..reference });
    }
    references.sort_by_key(|reference| reference.span.start);
    Ok((references, reached))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifiers_and_what_they_stand_for_are_read() {
        let json = r#"{ "imports": { "app": "./app.js", "./a.js": "/b.js", "lib/": "./lib/", "none": null },
            "scopes": { "/x/": { "app": "./x/app.js" }, "./s.js": {} }, "integrity": { "./app.js": "sha384-x" }, "other": "./y.js" }"#;
        let (found, reached) = references(json).unwrap();
        assert_eq!(reached, ["lib/*", "./lib/*"]);
        let read: Vec<_> = found.iter().map(|reference| (reference.kind, reference.url.as_str())).collect();
        use Kind::{Module, Specifier};
        assert_eq!(
            read,
            [
                (Specifier, "app"),
                (Module, "./app.js"),
                (Specifier, "./a.js"),
                (Module, "/b.js"),
                (Specifier, "none"),
                (Specifier, "app"),
                (Module, "./x/app.js"),
                (Specifier, "./s.js"),
                (Specifier, "./app.js"),
            ]
        );
        for reference in &found {
            assert_eq!(json[reference.span.clone()], reference.url);
        }
        assert!(references("{").is_err());
    }
}
