//! What people should know of a site: where it stands, how bad it is, and what to do about it.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::reference::Kind;

/// Something that people should know of.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Finding {
    /// The file.
    pub path: String,
    /// The line, from 1; 0 if it is about the file as a whole.
    pub line: usize,
    /// The column in characters, from 1; 0 if it is about the file as a whole.
    pub column: usize,
    /// The bytes of the file that it is about, as start and end.
    pub bytes: (usize, usize),
    /// What kind of thing it is.
    pub code: Code,
    /// Whether anything is wrong with it.
    pub severity: Severity,
    /// What it is.
    pub message: String,
    /// What to do about it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It works as well as before, only without fingerprints.
    Note,
    /// It did not work before either.
    Warning,
    /// A page that loads it does not work.
    Error,
}

/// The kinds of findings. Their names are those of `[severity]` in `keepfresh.toml`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// A module that another imports is not there.
    MissingImport,
    /// A file that is referred to is not there.
    MissingFile,
    /// A source map is not there: only developers notice.
    MissingSourceMap,
    /// A file is not written in its language.
    Unreadable,
    /// A reference is written with escapes where the fingerprint would go.
    Escaped,
    /// A file is larger than is looked into for references.
    TooLarge,
    /// A file's name leaves no room for a fingerprint.
    LongName,
    /// A script looks for itself by its name, or changes its own URL; or a file is looked for by its name.
    FindsItself,
    /// A script that is named in a way that cannot be rewritten.
    TwoNames,
    /// A file whose name and that of another differ only in case.
    OnlyCase,
    /// A file of the output is not what the build has written.
    Damaged,
    /// A file of the output belongs to no release.
    Orphan,
    /// A name that stood for other bytes in an earlier release.
    Reused,
    /// What the site's own headers say of caching harms together with what the build says.
    Contradiction,
    /// A service worker of the site's own, whose scope is that of the build's.
    OtherWorker,
    /// A pattern of the configuration that matches no file.
    Unmatched,
}

/// Where in a file something is.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The bytes, as start and end.
    pub bytes: (usize, usize),
}

/// Counts lines on the way through a file: places that are asked for in order are found in one go.
pub(super) struct Places<'a> {
    at: usize,
    bytes: &'a [u8],
    line: usize,
    line_start: usize,
}

impl<'a> Places<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { at: 0, bytes, line: 1, line_start: 0 }
    }

    pub(super) fn of(&mut self, span: &Range<usize>) -> Place {
        let start = span.start.min(self.bytes.len());
        if start < self.at {
            *self = Self::new(self.bytes);
        }
        let passed = &self.bytes[self.at..start];
        if let Some(feed) = passed.iter().rposition(|byte| *byte == b'\n') {
            self.line += passed.iter().filter(|byte| **byte == b'\n').count();
            self.line_start = self.at + feed + 1;
        }
        self.at = start;
        Place {
            line: self.line,
            column: String::from_utf8_lossy(&self.bytes[self.line_start..start]).chars().count() + 1,
            bytes: (start, span.end.clamp(start, self.bytes.len())),
        }
    }
}

impl Place {
    /// The place of a span in a file's bytes.
    pub fn of(bytes: &[u8], span: &Range<usize>) -> Self {
        Places::new(bytes).of(span)
    }

    /// The first place of a text in a file's bytes.
    pub fn of_text(bytes: &[u8], text: &str) -> Option<Self> {
        let start = memchr::memmem::find(bytes, text.as_bytes())?;
        Some(Self::of(bytes, &(start..start + text.len())))
    }
}

impl Finding {
    /// One of a file that is named and not there.
    pub(super) fn missing(path: &str, place: Place, kind: Kind, target: &str) -> Self {
        let (code, severity) = match kind {
            // Only if a page loads the module: the site decides that when it is known whole.
            Kind::Module => (Code::MissingImport, Severity::Error),
            Kind::SourceMap => (Code::MissingSourceMap, Severity::Warning),
            _ => (Code::MissingFile, Severity::Warning),
        };
        Self::new(path, place, code, severity, [MISSING, target].concat())
    }

    /// One that is about a file as a whole.
    pub fn of_file(path: &str, code: Code, severity: Severity, message: String) -> Self {
        Self::new(path, Place::default(), code, severity, message)
    }

    pub(super) fn new(path: &str, place: Place, code: Code, severity: Severity, message: String) -> Self {
        let Place { line, column, bytes } = place;
        Self { path: path.to_owned(), line, column, bytes, code, severity, message, help: None }
    }
}

/// How many findings are helped with: people read no more, and looking for the file that was meant takes time.
const HELPED: usize = 100;

/// Says of files that are missing which ones were probably meant; only of the first ones.
pub(super) fn help<'a>(findings: &mut [Finding], paths: impl Iterator<Item = &'a str>) {
    let mut missing =
        findings.iter_mut().filter(|finding| finding.message.starts_with(MISSING)).take(HELPED).peekable();
    if missing.peek().is_some() {
        let names = Names::of(paths);
        for finding in missing {
            finding.help = names.meant(&finding.message[MISSING.len()..]).map(|meant| ["there is ", meant].concat());
        }
    }
}

/// What is said of a file that is not there begins with this.
pub(super) const MISSING: &str = "there is no ";

/// How many files are searched for one whose name differs by a slip, which takes time.
const SLIP_LIMIT: usize = 2000;

/// Files by their names, in whatever folder: to find the one that was probably meant.
struct Names<'a>(BTreeMap<&'a str, Vec<&'a str>>, usize);

impl<'a> Names<'a> {
    fn of(paths: impl Iterator<Item = &'a str>) -> Self {
        let mut names = Self(BTreeMap::new(), 0);
        for path in paths {
            names.0.entry(name(path)).or_default().push(path);
            names.1 += 1;
        }
        names
    }

    /// The one that `path` was probably meant to be: the same name elsewhere, or a name that differs by a slip.
    fn meant(&self, path: &str) -> Option<&'a str> {
        let likeness = |candidate: &&str| (strsim::normalized_damerau_levenshtein(path, candidate) * 1000.0) as u32;
        let of_name = self.0.get(name(path)).into_iter().flatten().take(HELPED);
        let elsewhere = of_name.max_by_key(|path| likeness(path));
        // Said without its extension.
        let whole = [path, "."].concat();
        let longer = || {
            let all = self.0.range(name(&whole)..).take_while(|(other, _)| other.starts_with(name(&whole)));
            all.flat_map(|(_, paths)| paths).find(|path| path.starts_with(&whole))
        };
        let slip = || {
            let is_near = |candidate: &&&str| name(candidate).len().abs_diff(name(path).len()) < 3;
            let all = self.0.values().flatten().filter(is_near).filter(|_| self.1 <= SLIP_LIMIT);
            all.max_by_key(|path| likeness(path)).filter(|path| likeness(path) > 700)
        };
        elsewhere.or_else(longer).or_else(slip).copied()
    }
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_as_editors_count() {
        let text = "a\nüb\ncd".as_bytes();
        let mut places = Places::new(text);
        let cases =
            [(0..1, 1, 1), (2..4, 2, 1), (4..5, 2, 2), (7..8, 3, 2), (99..99, 3, 3), (2..3, 2, 1), (2..3, 2, 1)];
        for (span, line, column) in cases {
            for place in [Place::of(text, &span), places.of(&span)] {
                assert_eq!((place.line, place.column), (line, column), "{span:?}");
            }
        }
    }

    #[test]
    fn slips_are_seen_through() {
        let names = Names::of(["css/site.css", "img/logo.png", "js/app.js"].into_iter());
        let cases = [
            ("css/sites.css", Some("css/site.css")),
            ("site.css", Some("css/site.css")),
            ("image/logo.png", Some("img/logo.png")),
            ("js/app", Some("js/app.js")),
            ("app", None),
            ("js/other.js", None),
            ("", None),
        ];
        for (path, expected) in cases {
            assert_eq!(names.meant(path), expected, "{path}");
        }
    }
}
