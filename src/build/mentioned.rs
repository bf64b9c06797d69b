//! Texts in scripts that look like paths: `fetch('data/items.json')`, `image.src = 'img/a.png'`. Where such a text leads
//! depends on where it is used, so it stays as it is; but a page that has loaded the script may load that as well.
//!
//! That is read off the text alone, as what is [spoken of](super::spoken) is.

use std::collections::BTreeSet;

use memchr::memchr3_iter;

use super::name::Language;

/// How long such a text may be, in bytes.
const LONG: usize = 200;

/// How many a file may have.
const LIMIT: usize = 2_000;

/// How the names end of what people ask for: no page is incomplete without it.
const ON_DEMAND: [&str; 28] = [
    "7z", "aac", "apk", "avi", "bz2", "dmg", "docx", "epub", "exe", "flac", "gz", "iso", "m4a", "m4v", "map", "mkv",
    "mov", "mp3", "mp4", "msi", "oga", "ogg", "ogv", "pdf", "tar", "wav", "webm", "zip",
];

/// What a script's text has of these, without order.
pub(super) fn of(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let ends = memchr3_iter(b'"', b'\'', b'`', bytes).filter_map(|quote| {
        // In a text within a text, the quotes have a backslash in front of them.
        let end = quote - usize::from(bytes[..quote].ends_with(b"\\"));
        let limit = end.saturating_sub(LONG);
        let length = bytes[limit..end].iter().rev().take_while(|b| is_of_path(**b)).count();
        let start = end - length;
        let is_quoted = bytes[..start].ends_with(&bytes[end..=quote]);
        text.get(start..end).filter(|path| is_quoted && is_loadable(path))
    });
    let found: BTreeSet<&str> = ends.take(LIMIT).collect();
    found.into_iter().map(str::to_owned).collect()
}

fn is_of_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii() || b"-_./~%@+?=&:#,()".contains(&byte)
}

/// Whether a path ends as files do that pages load; others are [followed](super::reference::Kind) where they are
/// named, or nobody's business.
fn is_loadable(path: &str) -> bool {
    let path = &path[..path.find(['?', '#']).unwrap_or(path.len())];
    let name = path.rsplit('/').next().unwrap_or(path);
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    let is_extension = matches!(extension.len(), 2..=11) && extension.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_name = is_extension && extension.starts_with(|c: char| c.is_ascii_lowercase()) && !stem.is_empty();
    is_name && !ON_DEMAND.contains(&extension) && Language::of(path) != Language::Html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_look_like_paths_are_found() {
        let cases: [(&str, &[&str]); 13] = [
            ("fetch('data/items.json')", &["data/items.json"]),
            ("image.src = \"../img/a.png?v=1#x\"", &["../img/a.png?v=1#x"]),
            ("load(`/sprites/tiles@2x.webp`, 'b.glb')", &["/sprites/tiles@2x.webp", "b.glb"]),
            ("load(`img/${name}.png`)", &[]),
            ("x = 'a' + '.png' + 'b.png\"", &[]),
            ("'see a.png' 'a.png is' 'über.svg'", &["über.svg"]),
            ("f('a.mp3', 'b.mp4', 'c.pdf', 'd.html', 'e.js.map', 'f.zip')", &[]),
            ("e.name = 'e.Name'; x('v1.2'); y('a.b')", &[]),
            ("'font.woff2' \"app.webmanifest\"", &["app.webmanifest", "font.woff2"]),
            ("'https://cdn.example/a.js'", &["https://cdn.example/a.js"]),
            ("'", &[]),
            ("a.png'a.png'", &["a.png"]),
            (r#"push([1, "x:[\"/a/b.css\", \"c.css\"]"])"#, &["/a/b.css", "c.css"]),
        ];
        for (text, expected) in cases {
            assert_eq!(of(text), expected, "{text}");
        }
        assert!(of(&["'", &"a".repeat(LONG), ".png'"].concat()).is_empty());
        let many: String = (0..3 * LIMIT).map(|n| format!("'{n}.png' ")).collect();
        assert_eq!(of(&many).len(), LIMIT);
    }
}
