//! References in an import map ([HTML, "import maps"][spec]): what specifiers stand for, and the specifiers
//! that are URLs themselves, which stand in modules as they stand here.
//!
//! What ends with a slash speaks of all that lies in a folder, by names that stand elsewhere: the scripts there
//! keep theirs.
//!
//! [spec]: https://html.spec.whatwg.org/multipage/webappapis.html#import-maps

use serde_json::Value;

use super::js::Script;
use super::json::{Part, Wanted, strings};
use crate::build::reference::{Kind, Reference};
use crate::build::spelling::Notation;

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

/// What an import map refers to; an error that says where it stops being JSON.
pub fn read(json: &str) -> Result<Script, String> {
    let kind = |part| if part == Part::Name { Kind::Specifier } else { Kind::Module };
    let files = strings(json, &SPECIFIERS)?.into_iter().filter(|one| !one.text.ends_with('/'));
    let mut references: Vec<_> =
        files.map(|one| Reference::new(kind(one.part), Notation::Json, one.span, one.text)).collect();
    let folders = strings(json, &FOLDERS)?.into_iter().filter(|one| one.text.ends_with('/'));
    let reaches = folders.map(|one| one.text + "*").collect();
    for one in strings(json, &VOUCHED_FOR)? {
        let reference = Reference::new(Kind::Specifier, Notation::Json, one.span, one.text);
        references.push(Reference { is_vouched_for: true, ..reference });
    }
    references.sort_by_key(|reference| reference.span.start);
    Ok(Script { folders: folders_in(json), reaches, references, ..Script::default() })
}

/// What the beginnings of specifiers stand for, where both are folders.
fn folders_in(json: &str) -> Vec<(String, String)> {
    let Ok(map) = serde_json::from_str::<Value>(json.trim_start_matches('\u{feff}')) else { return Vec::new() };
    let scopes = map.get("scopes").and_then(Value::as_object).into_iter().flatten().map(|(_, names)| names);
    let all = map.get("imports").into_iter().chain(scopes).filter_map(Value::as_object).flatten();
    let pairs = all.filter_map(|(name, folder)| Some((name.clone(), folder.as_str()?.to_owned())));
    pairs.filter(|(name, folder)| name.ends_with('/') && folder.ends_with('/')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifiers_and_what_they_stand_for_are_read() {
        let json = r#"{ "imports": { "app": "./app.js", "./a.js": "/b.js", "lib/": "./lib/", "none": null },
            "scopes": { "/x/": { "app": "./x/app.js", "in/": "/in/x/", "to/": "./file.js" }, "./s.js": {} }, "integrity": { "./app.js": "sha384-x" }, "other": "./y.js" }"#;
        let Script { folders, reaches, references: found, .. } = read(json).unwrap();
        assert_eq!(reaches, ["lib/*", "./lib/*", "in/*", "/in/x/*", "to/*"]);
        let pair = |name: &str, folder: &str| (name.to_owned(), folder.to_owned());
        assert_eq!(folders, [pair("lib/", "./lib/"), pair("in/", "/in/x/")]);
        let named: Vec<_> = found.iter().map(|reference| (reference.kind, reference.url.as_str())).collect();
        use Kind::{Module, Specifier};
        assert_eq!(
            named,
            [
                (Specifier, "app"),
                (Module, "./app.js"),
                (Specifier, "./a.js"),
                (Module, "/b.js"),
                (Specifier, "none"),
                (Specifier, "app"),
                (Module, "./x/app.js"),
                (Module, "./file.js"),
                (Specifier, "./s.js"),
                (Specifier, "./app.js"),
            ]
        );
        for reference in &found {
            assert_eq!(json[reference.span.clone()], reference.url);
        }
        assert!(read("{").is_err());
    }
}
