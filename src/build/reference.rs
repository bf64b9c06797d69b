//! A reference: where in a file's bytes another file is named.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::name::decode;
use super::read::attribute::unescape;
use super::site::resolve::has_origin;
use super::spelling::Notation;
use crate::manifest::insertion_point;

/// Where in a file's bytes another file is named.
///
/// A fingerprint is put into a reference by inserting it before the extension, and only the escapes of its path are
/// written anew, if others are meant (`Notation`): quotes, queries and fragments stay as they are.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Reference {
    /// Where a digest of what it names can be put beside it.
    pub digest_place: Option<DigestPlace>,
    /// Where its target's own name can be said, for it to be saved by: the attribute `download` stands without a value.
    pub name_place: Option<NamePlace>,
    /// Whether the page says only behind it where its references begin (`<base>`): what is fetched begins at the page.
    pub is_before_base: bool,
    /// Whether it must stay as it is written: a digest is given somewhere of the text that it stands in.
    pub is_fixed: bool,
    /// Whether the digest of what it names stands beside it: its bytes must stay what they are.
    pub is_vouched_for: bool,
    /// What names it.
    pub kind: Kind,
    /// How the text is written that it stands in.
    pub notation: Notation,
    /// The bytes of the URL in the file.
    pub span: Range<usize>,
    /// The URL, with the escapes of its language resolved.
    pub url: String,
}

/// Where the attributes `integrity` and `crossorigin` go.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DigestPlace {
    /// Where in the file.
    pub at: usize,
    /// Whether the element says already how it asks other origins.
    pub has_crossorigin: bool,
}

/// Where the value of the attribute `download` goes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct NamePlace {
    /// Where in the file.
    pub at: usize,
    /// Whether quotes stand there already.
    pub is_quoted: bool,
}

/// What kind of construct names another file.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Kind {
    /// A module specifier that is loaded when it is needed: `import('./a.js')`.
    DynamicImport,
    /// What a page has fetched ahead for a script (`<link rel=preload as=fetch>`): by the name that the script says.
    Fetched,
    /// What a worker has run beside its own script (`importScripts`): it is relative to the worker (`workers.rs`).
    ImportedScript,
    /// What a bundler's code loads before a module asks for it: from the site's root, or a folder above the script (`resolve.rs`),
    /// unless it begins with a dot.
    Preload,
    /// A link that people follow, copy and keep: its target keeps its name.
    Link,
    /// What a visitor has to ask for: a download, audio, video.
    OnDemand,
    /// A module specifier: bare names (`import 'react'`) are not URLs.
    Module,
    /// The name of an entry of an import map: as for a module, but nothing need be there.
    Specifier,
    /// The comment that names a source map.
    SourceMap,
    /// Anything that the browser loads.
    Url,
}

impl Kind {
    /// Whether what it names is loaded with the file that it stands in. What is fetched ahead is a script's, which says so itself.
    pub(super) fn is_loaded(self) -> bool {
        !matches!(self, Self::Fetched | Self::Link | Self::OnDemand | Self::SourceMap | Self::Specifier)
    }

    /// Whether a script that it names may be run by it.
    pub(super) fn runs(self) -> bool {
        !matches!(self, Self::Fetched | Self::Link | Self::OnDemand | Self::SourceMap)
    }
}

impl Reference {
    /// A reference to `url`, which stands at `span`.
    pub fn new(kind: Kind, notation: Notation, span: Range<usize>, url: impl Into<String>) -> Self {
        let url = url.into();
        Self {
            digest_place: None,
            is_before_base: false,
            is_fixed: false,
            is_vouched_for: false,
            kind,
            name_place: None,
            notation,
            span,
            url,
        }
    }

    /// The same reference in a file that `offset` bytes come before.
    pub(crate) fn shifted(mut self, offset: usize) -> Self {
        self.span = self.span.start + offset..self.span.end + offset;
        self.digest_place = self.digest_place.map(|place| DigestPlace { at: place.at + offset, ..place });
        self.name_place = self.name_place.map(|place| NamePlace { at: place.at + offset, ..place });
        self
    }

    /// Whether it is written as modules name each other.
    pub(super) fn is_specifier(&self) -> bool {
        matches!(self.kind, Kind::DynamicImport | Kind::Module | Kind::Specifier)
    }

    /// Its URL as one of those that a file [reaches](super::Parsed::reaches), if anything is loaded by it.
    pub(super) fn into_reach(self) -> Option<String> {
        let is_plain = self.is_relative() && !self.url.starts_with('.');
        self.kind.runs().then(|| if is_plain { ["./", &self.url].concat() } else { self.url })
    }

    /// Whether what it names depends on the URL of the file that it stands in.
    pub(crate) fn is_relative(&self) -> bool {
        let url = self.url.as_str();
        let is_path = !url.is_empty() && !url.starts_with(['/', '\\', '#', '?']) && !has_origin(url);
        is_path && (!self.is_specifier() || url.starts_with('.'))
    }

    /// Where in the file the fingerprint goes; `None` if the reference must stay as it is, or is written in such
    /// a way that this cannot be told (`a%2Ejs`, `a&#46;js`).
    pub fn insertion_point(&self, file: &[u8]) -> Option<usize> {
        let (raw_path, path) = (self.written_path(file)?, self.path());
        let (raw_point, point) = (insertion_point(raw_path), insertion_point(path));
        // The name's last part is written as it is read, so the point is where it seems to be.
        let (before, tail) = raw_path.split_at(raw_point);
        // Behind a backslash the mark would be part of an escape.
        let name = before.rsplit('/').next().unwrap_or(before);
        let is_dotted = tail.starts_with('.') || !name.to_ascii_lowercase().contains("%2e");
        let is_plain = tail == &path[point..] && !tail.contains(['%', '&', '\\']) && !before.ends_with('\\');
        (is_plain && is_dotted && point > 0).then_some(self.span.start + raw_point)
    }

    /// What to write in the place of parts of it, for it to be spelled as its target is everywhere, and saved by its
    /// target's own name.
    pub(super) fn respelled(&self, file: &[u8]) -> Vec<Edit> {
        // What is a comment nobody asks the store for.
        let path = self.written_path(file).filter(|_| self.kind != Kind::SourceMap);
        let edits = path.map(|path| self.notation.respelled(path)).unwrap_or_default();
        let shifted = |(at, text): Edit| (at.start + self.span.start..at.end + self.span.start, text);
        edits.into_iter().map(shifted).chain(self.named()).collect()
    }

    /// The name that a download is saved by.
    fn named(&self) -> Option<Edit> {
        let NamePlace { at, is_quoted } = self.name_place?;
        let name = decode(self.path().rsplit('/').next()?)?;
        let written = html_escape::encode_quoted_attribute(&name);
        Some((at..at, if is_quoted { written.into_owned() } else { format!("=\"{written}\"") }))
    }

    fn path(&self) -> &str {
        &self.url[..self.url.find(['?', '#']).unwrap_or(self.url.len())]
    }

    /// Its path as it is written; `None` if it must stay as it is, or is not where it seems to be.
    fn written_path<'f>(&self, file: &'f [u8]) -> Option<&'f str> {
        let raw = std::str::from_utf8(file.get(self.span.clone())?).ok().filter(|_| !self.is_fixed)?;
        let rest = &self.url[self.path().len()..];
        // A `#` may be part of an escape (`&#39;`): the path ends where what follows is what follows it.
        let is_rest = |at: &usize| raw[*at..] == *rest || unescape(&raw[*at..]) == rest;
        let ends = raw.match_indices(['?', '#']).map(|(at, _)| at).chain([raw.len()]);
        Some(&raw[..ends.into_iter().find(is_rest)?])
    }
}

/// What is written in the place of some bytes of a file; nothing goes where the place is empty.
pub type Edit = (Range<usize>, String);

/// A file's bytes with texts in the place of some of them. `edits` is in order of places.
pub fn splice(bytes: &[u8], edits: &[(Range<usize>, &str)]) -> Vec<u8> {
    let added: usize = edits.iter().map(|(_, text)| text.len()).sum();
    let mut spliced = Vec::with_capacity(bytes.len() + added);
    let mut done = 0;
    for (place, text) in edits {
        spliced.extend_from_slice(&bytes[done..place.start]);
        spliced.extend_from_slice(text.as_bytes());
        done = place.end;
    }
    spliced.extend_from_slice(&bytes[done..]);
    spliced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_go_before_the_extension() {
        let cases = [
            // as written               as read                   with a fingerprint
            ("a.css", "a.css", Some("a.kf.00.css")),
            ("../x.y/a.min.js?v=1#top", "../x.y/a.min.js?v=1#top", Some("../x.y/a.min.kf.00.js?v=1#top")),
            ("LICENSE", "LICENSE", Some("LICENSE.kf.00")),
            ("a%20b.png", "a%20b.png", Some("a%20b.kf.00.png")),
            ("a&amp;b.png", "a&b.png", Some("a&amp;b.kf.00.png")),
            ("\u{fc}.png", "\u{fc}.png", Some("\u{fc}.kf.00.png")),
            ("a\\20 b.png", "a b.png", Some("a\\20 b.kf.00.png")),
            ("a%2Epng", "a.png", None),
            ("a%2epng", "a%2epng", None),
            ("a%2Ea/b", "a%2Ea/b", Some("a%2Ea/b.kf.00")),
            ("a%2Eb.png", "a%2Eb.png", Some("a%2Eb.kf.00.png")),
            ("a&#46;png", "a.png", None),
            ("a\\2e png", "a.png", None),
            ("a\\", "a", None),
            ("it&#39;s/logo?v#x", "it's/logo?v#x", Some("it&#39;s/logo.kf.00?v#x")),
            ("it&#39;s/logo.png", "it's/logo.png", Some("it&#39;s/logo.kf.00.png")),
            ("a.js?v=1&amp;w", "a.js?v=1&w", Some("a.kf.00.js?v=1&amp;w")),
            ("a.js\\x3fv=1.js", "a.js?v=1.js", None),
            ("", "", None),
        ];
        for (written, read, expected) in cases {
            let reference = Reference::new(Kind::Url, Notation::Attribute, 1..1 + written.len(), read);
            let file = ["(", written, ")"].concat();
            let point = reference.insertion_point(file.as_bytes());
            let spliced = point.map(|point| splice(file.as_bytes(), &[(point..point, ".kf.00")]));
            let expected = expected.map(|expected| ["(", expected, ")"].concat().into_bytes());
            assert_eq!(spliced, expected, "{written}");
        }
    }
}
