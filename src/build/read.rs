//! Reading a folder: what refers to what.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::name::{Language, keeps_name};
use super::reference::{Kind, Reference};
use super::resolve::{self, Target};
use super::{css, html, js, web_manifest};

/// A folder's files, and what they refer to.
pub struct Site<'a> {
    /// The path of its root on the host: `/` or `/app/`.
    pub(super) base: &'a str,
    /// What people should know of.
    pub findings: Vec<Finding>,
    pub(super) files: BTreeMap<&'a str, Source<'a>>,
}

/// One file of the folder.
pub(super) struct Source<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) keeps_name: bool,
    pub(super) links: Vec<Link>,
    /// Where in the bytes of a page relative references begin.
    pub(super) relative: Vec<usize>,
}

/// A reference to another file of the folder.
pub(super) struct Link {
    /// Whether the file gives a digest for the target's bytes.
    is_vouched_for: bool,
    /// Where in the bytes the target's fingerprint goes, if it gets one.
    pub(super) insertion: Option<usize>,
    pub(super) kind: Kind,
    pub(super) target: String,
}

/// Something that people should know of.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Finding {
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// Whether anything is wrong with it.
    pub severity: Severity,
    /// What it is, and what to do about it.
    pub message: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Severity {
    /// It works as well as before, only without fingerprints.
    Note,
    /// It did not work before either.
    Warning,
}

/// What the files of a folder do not say of themselves.
#[derive(Clone, Copy, Debug)]
pub struct Hints<'a> {
    /// Attributes that hold URLs beside those of HTML, as scripts read them (`data-src`), in lower case;
    /// one whose name ends with `srcset` holds a list of them.
    pub attributes: &'a [String],
    /// The path that the folder's root will have on the host; it begins and ends with `/`.
    pub base: &'a str,
    /// The host, as in `https://example.com`, where it is known.
    pub origin: Option<&'a str>,
}

/// Reads every file of a folder.
pub fn read<'a>(files: &'a BTreeMap<String, Vec<u8>>, hints: &Hints<'a>) -> Site<'a> {
    let Hints { attributes, base, origin } = *hints;
    let folder = resolve::Site { base, files, origin };
    let read_one = |(path, bytes): (&'a String, &'a Vec<u8>)| {
        let parsed = parse(path, bytes, attributes);
        let mut findings = parsed.faults;
        let mut links = Vec::new();
        let mut relative = Vec::new();
        if Language::of(path) == Language::Html && parsed.base.is_none() {
            let starts = parsed.references.iter().filter(|reference| reference.is_relative());
            relative.extend(starts.map(|reference| reference.span.start));
        }
        for reference in parsed.references {
            match folder.target(path, parsed.base.as_deref(), &reference) {
                Target::File(target) => {
                    links.extend(link(path, bytes, &reference, target, &mut findings));
                }
                Target::Missing(_) if matches!(reference.kind, Kind::Link | Kind::Specifier) => {}
                Target::Missing(target) => findings.push(finding(
                    path,
                    bytes,
                    reference.span.start,
                    Severity::Warning,
                    format!("there is no {target}"),
                )),
                Target::Outside => {}
            }
        }
        (path.as_str(), Source { bytes, keeps_name: keeps_name(path), links, relative }, findings)
    };
    let mut site = Site { base, findings: Vec::new(), files: BTreeMap::new() };
    for (path, source, findings) in files.par_iter().map(read_one).collect::<Vec<_>>() {
        site.files.insert(path, source);
        site.findings.extend(findings);
    }
    site.keep_what_is_vouched_for();
    site.findings.sort();
    site
}

impl Site<'_> {
    /// Leaves every reference in a file alone whose digest a page gives (`integrity`): with other bytes the
    /// browser would refuse it. What it refers to is there under its own name, too.
    fn keep_what_is_vouched_for(&mut self) {
        let links = self.files.values().flat_map(|source| &source.links);
        let targets: BTreeSet<String> =
            links.filter(|link| link.is_vouched_for).map(|link| link.target.clone()).collect();
        for target in &targets {
            if let Some(source) = self.files.get_mut(target.as_str()) {
                source.links.iter_mut().for_each(|link| link.insertion = None);
            }
        }
    }
}

/// What one file says.
#[derive(Default)]
struct Parsed {
    base: Option<String>,
    faults: Vec<Finding>,
    references: Vec<Reference>,
}

fn parse(path: &str, bytes: &[u8], attributes: &[String]) -> Parsed {
    let language = Language::of(path);
    let unreadable = |at: usize, reason: &str| {
        let message = format!("its references are left as they are: {reason}");
        finding(path, bytes, at, Severity::Note, message)
    };
    if matches!(language, Language::Html | Language::Svg) {
        let page = html::read(bytes, attributes);
        let faults = page.faults.iter().map(|(at, reason)| unreadable(*at, reason)).collect();
        return Parsed { base: page.base, faults, references: page.references };
    }
    if language == Language::Other {
        return Parsed::default();
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let faults = vec![unreadable(error.valid_up_to(), "it is not UTF-8")];
            return Parsed { faults, ..Parsed::default() };
        }
    };
    let read = match language {
        Language::Css => Ok(css::references(text)),
        Language::JavaScript => js::references(text),
        _ => web_manifest::references(text),
    };
    match read {
        Ok(references) => Parsed { references, ..Parsed::default() },
        Err(reason) => Parsed { faults: vec![unreadable(0, &reason)], ..Parsed::default() },
    }
}

fn link(path: &str, bytes: &[u8], reference: &Reference, target: String, findings: &mut Vec<Finding>) -> Option<Link> {
    let insertion = match reference.kind {
        Kind::Link => return None,
        _ if keeps_name(&target) => None,
        _ => {
            let point = reference.insertion_point(bytes);
            if point.is_none() {
                let message = format!("{target} is named with escapes here, so it keeps its own name in this place");
                findings.push(finding(path, bytes, reference.span.start, Severity::Note, message));
            }
            point
        }
    };
    Some(Link { is_vouched_for: reference.is_vouched_for, insertion, kind: reference.kind, target })
}

fn finding(path: &str, bytes: &[u8], at: usize, severity: Severity, message: String) -> Finding {
    let before = &bytes[..at.min(bytes.len())];
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |feed| feed + 1);
    Finding {
        path: path.to_owned(),
        line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
        column: String::from_utf8_lossy(&before[line_start..]).chars().count() + 1,
        severity,
        message,
    }
}
