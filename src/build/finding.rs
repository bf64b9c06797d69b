//! What people should know of a site: where it stands, how bad it is, and what to do about it.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Something that people should know of.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Finding {
    /// The file.
    pub path: String,
    /// The line, from 1; 0 if it is about the file as a whole.
    pub line: usize,
    /// The column in characters, from 1; 0 if it is about the file as a whole.
    pub column: usize,
    /// The bytes of the file that it is about.
    #[serde(skip)]
    pub bytes: (usize, usize),
    /// What kind of thing it is.
    pub code: Code,
    /// Whether anything is wrong with it.
    pub severity: Severity,
    /// What it is.
    pub message: String,
    /// What to do about it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
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
    /// A file of the output is not what the build has written.
    Damaged,
    /// A file of the output belongs to no release.
    Orphan,
    /// A name that stood for other bytes in an earlier release.
    Reused,
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

impl Place {
    /// The place of a span in a file's bytes.
    pub fn of(bytes: &[u8], span: &Range<usize>) -> Self {
        let start = span.start.min(bytes.len());
        let before = &bytes[..start];
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |feed| feed + 1);
        Self {
            line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
            column: String::from_utf8_lossy(&before[line_start..]).chars().count() + 1,
            bytes: (start, span.end.clamp(start, bytes.len())),
        }
    }
}

impl Finding {
    /// One that is about a file as a whole.
    pub fn of_file(path: &str, code: Code, severity: Severity, message: String) -> Self {
        Self::new(path, Place::default(), code, severity, message)
    }

    pub(super) fn new(path: &str, place: Place, code: Code, severity: Severity, message: String) -> Self {
        let Place { line, column, bytes } = place;
        Self { path: path.to_owned(), line, column, bytes, code, severity, message, help: None }
    }

    pub(super) fn with_help(self, help: Option<String>) -> Self {
        Self { help, ..self }
    }
}

/// How many files are searched for one whose name differs by a slip, which takes time.
const SLIP_LIMIT: usize = 2000;

/// The one of `candidates` that `path` was probably meant to be: the same name elsewhere, or a name that
/// differs by a slip.
pub(super) fn meant<'a>(path: &str, candidates: impl ExactSizeIterator<Item = &'a str>) -> Option<&'a str> {
    let name = |path: &'a str| path.rsplit('/').next().unwrap_or(path);
    let wanted = path.rsplit('/').next().unwrap_or(path);
    let is_short = candidates.len() <= SLIP_LIMIT;
    let likeness = |candidate: &'a str| {
        let is_same = name(candidate) == wanted;
        let whole = || strsim::normalized_damerau_levenshtein(path, candidate);
        if is_same {
            1.0 + whole()
        } else if is_short {
            whole()
        } else {
            0.0
        }
    };
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates.filter(|one| name(one).len().abs_diff(wanted.len()) < 3) {
        let here = likeness(candidate);
        if here > 0.7 && best.is_none_or(|(likeness, _)| here > likeness) {
            best = Some((here, candidate));
        }
    }
    best.map(|(_, path)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_as_editors_count() {
        let text = "a\nüb\ncd".as_bytes();
        for (span, line, column) in [(0..1, 1, 1), (2..4, 2, 1), (4..5, 2, 2), (7..8, 3, 2), (99..99, 3, 3)] {
            let place = Place::of(text, &span);
            assert_eq!((place.line, place.column), (line, column), "{span:?}");
        }
    }

    #[test]
    fn slips_are_seen_through() {
        let files = ["css/site.css", "img/logo.png", "js/app.js"];
        let cases = [
            ("css/sites.css", Some("css/site.css")),
            ("site.css", Some("css/site.css")),
            ("image/logo.png", Some("img/logo.png")),
            ("js/other.js", None),
            ("", None),
        ];
        for (path, expected) in cases {
            assert_eq!(meant(path, files.into_iter()), expected, "{path}");
        }
    }
}
