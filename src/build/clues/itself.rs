//! Scripts that find themselves by the name that they have, or change the end of their own URL: they must keep it.

use crate::build::text::{holds, places};

/// Whether the script at `path` seems to depend on its own name.
pub(in crate::build) fn finds_itself(source: &str, path: &str) -> bool {
    looks_for_scripts(source) && speaks_of(source, path)
}

/// Whether a script goes through the script elements of its page, or asks for its own URL.
fn looks_for_scripts(source: &str) -> bool {
    WAYS.iter().any(|way| holds(source, way))
}

/// How a script looks for scripts.
const WAYS: [&str; 9] = [
    OWN_URL[0],
    OWN_URL[1],
    "document.scripts",
    "getElementsByTagName(\"script\")",
    "getElementsByTagName('script')",
    "querySelectorAll(\"script",
    "querySelectorAll('script",
    "querySelector(\"script",
    "querySelector('script",
];

/// How a script asks for its own URL.
const OWN_URL: [&str; 2] = ["currentScript", "import.meta.url"];

/// How far behind that it may be that the end of the URL is cut off or changed, in bytes.
const NEAR: usize = 300;

/// How large a script may be for its own name to mean itself wherever it stands, in bytes: in bundles any name occurs
/// for any reason, and means the script only where it looks for scripts.
const SPEAKING_LIMIT: usize = 256 << 10;

/// How far apart the search for script elements and the name that is looked for may be in a large script, in bytes.
const AROUND: usize = 1_000;

/// How long the part of a regular expression may be that stands between the start of a name and its extension, in
/// bytes: `tinymce(\.full|\.jquery|)(\.min|\.dev|)\.js`.
const ALTERNATIVES: usize = 60;

/// Names that mean something else as well.
const COMMON_NAMES: [&str; 9] = ["app", "bundle", "common", "core", "index", "main", "runtime", "script", "vendor"];

/// Whether a script speaks of itself by the name that it has: `site.js`, a regular expression that its name may match,
/// or `"site"` alone.
fn speaks_of(source: &str, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    if changes_own_url(source, extension) {
        return true;
    }
    if source.len() <= SPEAKING_LIMIT {
        return names(source, name, stem, extension);
    }
    let mut all = WAYS.iter().flat_map(|way| places(source, way));
    all.any(|at| names(around(source, at), name, stem, extension))
}

/// What stands around a place.
fn around(source: &str, at: usize) -> &str {
    let start = source.floor_char_boundary(at.saturating_sub(AROUND));
    &source[start..source.floor_char_boundary(at + AROUND)]
}

/// Whether a text names a script, or anything that begins like it in a regular expression.
fn names(text: &str, name: &str, stem: &str, extension: &str) -> bool {
    let mut forms = vec![name.to_owned()];
    if !COMMON_NAMES.contains(&stem) {
        forms.extend([["\"", stem, "\""].concat(), ["'", stem, "'"].concat()]);
    }
    // The name of its source map holds its own.
    let is_spoken = |form: &String| places(text, form).any(|at| !text[at + form.len()..].starts_with(".map"));
    forms.iter().any(is_spoken) || is_matched(text, stem, extension)
}

/// Whether a regular expression ends in the extension and holds the first word of the name before it.
fn is_matched(text: &str, stem: &str, extension: &str) -> bool {
    let word = stem.split(['.', '-']).next().unwrap_or(stem);
    places(text, &["\\.", extension].concat()).any(|at| {
        let before = &text[text.floor_char_boundary(at.saturating_sub(ALTERNATIVES + word.len()))..at];
        before.rmatch_indices(word).any(|(start, _)| !before[..start].ends_with(|c: char| c.is_ascii_alphanumeric()))
    })
}

/// Whether a script changes the end of its own URL: `currentScript.src.replace(/\.js$/, ".worker.js")`.
fn changes_own_url(source: &str, extension: &str) -> bool {
    let ends = ["\\.", "\".", "'.", "`."].map(|start| [start, extension].concat());
    OWN_URL.iter().flat_map(|way| places(source, way)).any(|at| {
        let end = (at + NEAR).min(source.len());
        let near = source.as_bytes().get(at..end).map(String::from_utf8_lossy).unwrap_or_default();
        near.contains(".replace(") && ends.iter().any(|end| near.contains(end))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_that_find_themselves_are_known() {
        let cases = [
            ("[...document.scripts].find((one) => /(^|\\/)lib\\.js$/.test(one.src))", true),
            ("var o = 'lib', all = document.getElementsByTagName('script')", true),
            ("document.querySelector('script[src*=\"lib.js\"]')", true),
            ("document.scripts[0].before(tag)", false),
            ("load('lib.js')", false),
            ("document.scripts[0].src\n//# sourceMappingURL=lib.js.map", false),
            ("document.currentScript.src.replace(/lib\\.js$/, '')", true),
            ("import.meta.url.replace('lib.js', 'data.json')", true),
            ("var u = document.currentScript.src; w = u.replace(/\\.js$/, '.worker.js')", true),
            ("document.scripts; /(?:^|\\/)lib([-.]\\w+)?(\\.min|)\\.js(\\?|$)/.test(src)", true),
            ("document.scripts; /(?:^|\\/)glib\\.js(\\?|$)/.test(src)", false),
            ("new URL('./a.png', import.meta.url); x.replace('a', 'b')", false),
        ];
        for (source, expected) in cases {
            assert_eq!(finds_itself(source, "js/lib.js"), expected, "{source}");
            let bundle = ["lib.js ".repeat(SPEAKING_LIMIT / 7), " ".repeat(AROUND), source.into()].concat();
            assert_eq!(finds_itself(&bundle, "js/lib.js"), expected, "in a bundle: {source}");
        }
    }
}
