//! Scripts that find themselves by the name that they have, or change the end of their own URL: they must keep it.

/// Whether a script goes through the script elements of its page, or asks for its own URL.
pub(super) fn looks_for_scripts(source: &str) -> bool {
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
    WAYS.iter().any(|way| source.contains(way))
}

/// How a script asks for its own URL.
const OWN_URL: [&str; 2] = ["currentScript", "import.meta.url"];

/// How far behind that it may be that the end of the URL is cut off or changed, in bytes.
const NEAR: usize = 300;

/// How large a script may be that finds itself, in bytes: in bundles any name occurs for any reason.
const SPEAKING_LIMIT: usize = 256 << 10;

/// Names that mean something else as well.
const COMMON_NAMES: [&str; 9] = ["app", "bundle", "common", "core", "index", "main", "runtime", "script", "vendor"];

/// Whether a script speaks of itself by the name that it has: `site.js`, `site\.js` in a regular expression, or
/// `"site"` alone.
pub(super) fn speaks_of(source: &str, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let mut forms = vec![name.to_owned(), [stem, "\\.", extension].concat()];
    if !COMMON_NAMES.contains(&stem) {
        forms.extend([["\"", stem, "\""].concat(), ["'", stem, "'"].concat()]);
    }
    // The name of its source map holds its own.
    let is_spoken =
        |form: &String| source.match_indices(form).any(|(at, _)| !source[at + form.len()..].starts_with(".map"));
    source.len() <= SPEAKING_LIMIT && (forms.iter().any(is_spoken) || changes_own_url(source, extension))
}

/// Whether a script changes the end of its own URL: `currentScript.src.replace(/\.js$/, ".worker.js")`.
fn changes_own_url(source: &str, extension: &str) -> bool {
    let ends = ["\\.", "\".", "'.", "`."].map(|start| [start, extension].concat());
    OWN_URL.iter().flat_map(|way| source.match_indices(way)).any(|(at, _)| {
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
            ("new URL('./a.png', import.meta.url); x.replace('a', 'b')", false),
        ];
        for (source, expected) in cases {
            assert_eq!(looks_for_scripts(source) && speaks_of(source, "js/lib.js"), expected, "{source}");
        }
    }
}
