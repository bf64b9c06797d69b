//! What the build writes and the worker reads: names that carry fingerprints, and the precache list.
//!
//! The list is text that needs no parsing when a worker starts: a line an entry, sorted by URL, so
//! that one entry is found by bisection and the whole is walked only by an install.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::ops::Range;

use crate::http::{Split, concat, decimal, digits, last_position, run, split_once};

/// Stands before the fingerprint in a name, as in `site.kf.0123456789abcdef0123.css`.
///
/// With it one pattern without a regular expression (`*.kf.*`) tells fingerprinted assets from all
/// else, which is what a browser's static routes and the header rules of static hosts need.
pub const MARK: &str = ".kf.";

/// How many hexadecimal digits of the SHA-256 a name carries, if nobody says otherwise.
pub const FINGERPRINT_DIGITS: usize = 20;

/// How many it may carry: with fewer, two files might get one name.
pub const DIGITS: std::ops::RangeInclusive<usize> = 8..=64;

/// Where in a path the mark and the fingerprint are put: before the last extension of its last
/// segment, or at its end.
///
/// ```
/// use keepfresh::manifest::insertion_point;
///
/// assert_eq!(insertion_point("a.b/site.min.css"), 12);
/// assert_eq!(insertion_point("a.b/LICENSE"), 11);
/// assert_eq!(insertion_point("a/.hidden"), 9);
/// ```
pub fn insertion_point(path: &str) -> usize {
    let name_start = name_start(path);
    match last_position(&path[name_start..], b'.') {
        None | Some(0) => path.len(),
        Some(dot) => name_start + dot,
    }
}

/// Where the last segment of a path begins.
fn name_start(path: &str) -> usize {
    last_position(path, b'/').map_or(0, |slash| slash + 1)
}

/// `path` with `fingerprint` in its name.
pub fn fingerprinted(path: &str, fingerprint: &str) -> String {
    let (stem, extension) = path.split_at(insertion_point(path));
    concat(&[stem, MARK, fingerprint, extension])
}

/// The fingerprint that the last segment of `path` carries, if it carries one.
pub fn fingerprint_of(path: &str) -> Option<&str> {
    let name = &path[name_start(path)..];
    let mark = name.as_bytes().windows(MARK.len()).rposition(|bytes| bytes == MARK.as_bytes())?;
    let rest = &name[mark + MARK.len()..];
    let end = run(rest, |b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let ends = matches!(rest.as_bytes().get(end), None | Some(b'.'));
    (ends && DIGITS.contains(&end)).then_some(&rest[..end])
}

/// `url` without the fingerprint that its last segment carries.
pub fn own_name(url: &str) -> String {
    let mark = fingerprint_of(url).map(|fingerprint| concat(&[MARK, fingerprint]));
    match mark.as_deref().and_then(|mark| url.rsplit_once(mark)) {
        Some((stem, extension)) => concat(&[stem, extension]),
        None => url.to_owned(),
    }
}

/// What is precached: every page and asset that an install fetches.
#[derive(Clone, Copy, Debug)]
pub struct Precache<'a>(&'a str);

/// How much a version depends on a file.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "build", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "build", serde(rename_all = "kebab-case"))]
pub enum Need {
    /// Without it the version is not installed.
    #[default]
    Required,
    /// It is fetched with the others; where that fails, later.
    Optional,
    /// It is fetched when the version is in charge and nothing else is to be done.
    Lazy,
}

impl Need {
    /// How a list says it.
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Required => "",
            Self::Optional => "o",
            Self::Lazy => "l",
        }
    }
}

/// One line of the list.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Entry<'a> {
    /// The URL, relative to the worker's scope; empty for the scope itself.
    pub url: &'a str,
    /// Its length in bytes.
    pub bytes: i64,
    /// The SHA-256 of its bytes, in hexadecimal; without its first digits, if they are the fingerprint
    /// that the name carries: what is said twice is downloaded twice.
    pub sha256: &'a str,
    /// Whether a bundler has named it after its bytes.
    pub is_hashed: bool,
    /// How much the version depends on it.
    pub need: Need,
}

impl<'a> Entry<'a> {
    /// The entry of a file whose bytes have this SHA-256, and without which there is no version.
    pub fn new(url: &'a str, bytes: i64, sha256: &'a str) -> Self {
        let rest = fingerprint_of(url).and_then(|fingerprint| sha256.strip_prefix(fingerprint));
        Self { url, bytes, sha256: rest.unwrap_or(sha256), is_hashed: false, need: Need::Required }
    }

    /// The whole SHA-256, in its two pieces.
    pub fn digest(&self) -> [&'a str; 2] {
        let is_whole = self.sha256.len() == 2 * 32;
        [fingerprint_of(self.url).filter(|_| !is_whole).unwrap_or_default(), self.sha256]
    }

    /// Whether its name says which bytes it has, so that it can be kept across versions.
    pub fn is_asset(&self) -> bool {
        self.is_hashed || fingerprint_of(self.url).is_some()
    }
}

impl<'a> Precache<'a> {
    /// The list written in `text`. Lines that are not of its form are passed over.
    pub const fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// The text that it was read from.
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// Every entry, in the order of URLs.
    pub fn entries(self) -> impl Iterator<Item = Entry<'a>> {
        Split::new(self.0, b'\n').filter_map(entry)
    }

    /// The entry of a URL relative to the scope.
    pub fn find(self, url: &str) -> Option<Entry<'a>> {
        let mut range = 0..self.0.len();
        while !range.is_empty() {
            let line = self.line_around(range.start + range.len() / 2);
            let found = entry(&self.0[line.clone()])?;
            match url.cmp(found.url) {
                std::cmp::Ordering::Equal => return Some(found),
                std::cmp::Ordering::Less => range.end = line.start,
                std::cmp::Ordering::Greater => range.start = (line.end + 1).min(range.end),
            }
        }
        None
    }

    /// Whether bytes with this SHA-256 (in hexadecimal) are those that the list, or else its own name, says
    /// of the asset with this path.
    pub fn holds(self, path: &str, sha256: &str) -> bool {
        match self.find(path) {
            Some(entry) => concat(&entry.digest()) == sha256,
            None => fingerprint_of(path).is_some_and(|fingerprint| sha256.starts_with(fingerprint)),
        }
    }

    /// The line that byte `at` belongs to, without its line feed.
    fn line_around(self, at: usize) -> Range<usize> {
        let bytes = self.0.as_bytes();
        let start = bytes[..at].iter().rposition(|b| *b == b'\n').map_or(0, |feed| feed + 1);
        let end = bytes[at..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |length| at + length);
        start..end
    }
}

/// Writes the line of an entry. `url` must be percent-encoded: it holds no tab and no line feed.
///
/// Behind a third tab stand, where they hold, `h` for a name that a bundler has made, and `o` or `l` for what is
/// optional or lazy.
pub fn line(entry: &Entry<'_>) -> String {
    let hashed = if entry.is_hashed { "h" } else { "" };
    let before_marks = if entry.is_hashed || entry.need != Need::Required { "\t" } else { "" };
    let Entry { url, sha256, need, .. } = entry;
    concat(&[url, "\t", &decimal(entry.bytes), "\t", sha256, before_marks, hashed, need.mark(), "\n"])
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|b| [b >> 4, b & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// Bytes in base64 with padding, as in a Subresource Integrity value.
pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0u32, |group, b| group << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = DIGITS[(group >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

fn entry(line: &str) -> Option<Entry<'_>> {
    let (url, rest) = split_once(line, b'\t')?;
    let (bytes, rest) = split_once(rest, b'\t')?;
    let (sha256, marks) = split_once(rest, b'\t').unwrap_or((rest, ""));
    let has = |mark: u8| marks.as_bytes().contains(&mark);
    let need = match () {
        () if has(b'l') => Need::Lazy,
        () if has(b'o') => Need::Optional,
        () => Need::Required,
    };
    Some(Entry { url, bytes: digits(bytes)?, sha256, is_hashed: has(b'h'), need })
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn digests_are_written_as_text() {
        let cases: [(&[u8], &str, &str); 5] = [
            (b"", "", ""),
            (b"\x00", "00", "AA=="),
            (b"\xff\xee", "ffee", "/+4="),
            (b"abc", "616263", "YWJj"),
            (b"abcd", "61626364", "YWJjZA=="),
        ];
        for (bytes, in_hex, in_base64) in cases {
            assert_eq!((hex(bytes).as_str(), base64(bytes).as_str()), (in_hex, in_base64));
        }
    }

    #[test]
    fn names_carry_fingerprints() {
        const PRINT: &str = "0123456789abcdef0123";
        let cases = [
            ("css/site.css", "css/site.kf.0123456789abcdef0123.css"),
            ("js/app.min.js.map", "js/app.min.js.kf.0123456789abcdef0123.map"),
            ("LICENSE", "LICENSE.kf.0123456789abcdef0123"),
            (".hidden", ".hidden.kf.0123456789abcdef0123"),
            ("a.b/c", "a.b/c.kf.0123456789abcdef0123"),
            ("fotos/über uns.jpg", "fotos/über uns.kf.0123456789abcdef0123.jpg"),
        ];
        for (path, expected) in cases {
            assert_eq!(fingerprinted(path, PRINT), expected);
            assert_eq!(fingerprint_of(expected), Some(PRINT), "{expected}");
        }
    }

    #[test]
    fn fingerprints_may_be_shorter_or_longer() {
        let sha256 = "0123456789abcdef".repeat(4);
        for digits in [8, 20, 64] {
            let path = fingerprinted("a/b.css", &sha256[..digits]);
            assert_eq!(fingerprint_of(&path), Some(&sha256[..digits]));
            assert_eq!(concat(&Entry::new(&path, 1, &sha256).digest()), sha256, "{digits}");
        }
    }

    #[test]
    fn other_names_carry_none() {
        let cases = [
            "css/site.css",
            "a.kf.0123456789abcdef0123/site.css",
            "site.kf.css",
            "site.kf.0123456.css",
            "site.kf.0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0.css",
            "site.kf.0123456789ABCDEF0123.css",
            "site.kf.ü123456789abcdef012.css",
            "",
        ];
        for path in cases {
            assert_eq!(fingerprint_of(path), None, "{path}");
        }
    }

    #[test]
    fn every_entry_is_found_and_nothing_else() {
        for count in 0..40 {
            let urls: Vec<String> = (0..count).map(|n| format!("a/{:02}{}.css", n * 2, "x".repeat(n % 5))).collect();
            let text: String = urls.iter().map(|url| line(&Entry::new(url, 7, "00"))).collect();
            let list = Precache::new(&text);
            assert_eq!(list.entries().map(|entry| entry.url).collect::<Vec<_>>(), urls);
            for url in &urls {
                assert_eq!(list.find(url).map(|entry| entry.url), Some(url.as_str()), "{count}");
            }
            for absent in ["", "a/01.css", "a/", "zzz", "a/00x.css"] {
                assert_eq!(list.find(absent), None, "{absent} of {count}");
            }
        }
    }

    #[test]
    fn digests_are_whole_again() {
        const PRINT: &str = "0123456789abcdef0123";
        let (own, other) = (PRINT.to_owned() + &"f".repeat(44), "e".repeat(64));
        for (url, sha256, written) in [
            (fingerprinted("a.css", PRINT), &own, &own[20..]),
            // Files in a circle are named by all of them together.
            (fingerprinted("b.js", PRINT), &other, &other[..]),
            ("c.html".to_owned(), &own, &own[..]),
        ] {
            let entry = Entry::new(&url, 1, sha256);
            assert_eq!((entry.sha256, concat(&entry.digest()).as_str()), (written, sha256.as_str()), "{url}");
            let text = line(&entry);
            assert!(Precache::new(&text).holds(&url, sha256), "{url}");
            assert!(!Precache::new(&text).holds(&url, &"0".repeat(64)), "{url}");
            assert!(!Precache::new(&text).holds(&url, &PRINT.repeat(4)[..64]), "{url}");
        }
        assert!(Precache::new("").holds(&fingerprinted("a.css", PRINT), &own));
        assert!(!Precache::new("").holds(&fingerprinted("a.css", PRINT), &other));
    }

    #[test]
    fn lines_say_what_is_known_of_a_file() {
        for (is_hashed, need, marks) in [
            (false, Need::Required, ""),
            (true, Need::Required, "\th"),
            (false, Need::Optional, "\to"),
            (true, Need::Lazy, "\thl"),
        ] {
            let entry = Entry { is_hashed, need, ..Entry::new("a.js", 1, "00") };
            let text = line(&entry);
            assert_eq!(text, format!("a.js\t1\t00{marks}\n"));
            assert_eq!(Precache::new(&text).find("a.js"), Some(entry));
            assert_eq!(entry.is_asset(), is_hashed);
        }
    }

    #[test]
    fn damaged_lists_are_read_as_far_as_they_go() {
        let cases = ["\n", "\t\n", "a\n", "a\tb\tc\n", "\n\n\n", "a\t1", "ü\t1\tx\nü"];
        for text in cases {
            let list = Precache::new(text);
            assert!(list.entries().count() <= 1, "{text:?}");
            assert!(list.find("nothing").is_none(), "{text:?}");
        }
    }

    #[test]
    fn the_scope_itself_can_be_an_entry() {
        let list = Precache::new("\t12\t00\nabout.html\t3\t00\n");
        assert_eq!(list.find("").map(|entry| entry.bytes), Some(12));
        assert_eq!(list.find("about.html").map(|entry| entry.bytes), Some(3));
    }
}
