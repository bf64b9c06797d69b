//! A folder as a whole: what refers to what, and which names change.

pub mod fingerprint;
pub mod graph;
mod keeping;
pub(in crate::build) mod modules;
pub mod packages;
pub mod resolve;
pub mod unwritten;
mod visitors;
mod workers;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use self::resolve::{Target, has_origin};
use crate::build::clues::called::{Names, names};
use crate::build::clues::hashed::{belied, hashed};
use crate::build::clues::mentioned::{Mentions, mentioned};
use crate::build::clues::pieces;
use crate::build::clues::rivals;
use crate::build::clues::spoken::Spoken;
use crate::build::finding::{Code, Finding, MISSING, Place, Places, Severity, help};
use crate::build::name::{Language, is_long, keeps_name};
use crate::build::read::parse::Input;
use crate::build::reference::{DigestPlace, Edit, Kind};
use crate::build::tally::Tally;
use crate::manifest::{fingerprint_of, hex};

/// A folder's files, and what they refer to.
pub struct Site<'a> {
    /// The path of its root on the host: `/` or `/app/`.
    pub(in crate::build) base: &'a str,
    /// How many hexadecimal digits a fingerprint has.
    pub(in crate::build) digits: usize,
    /// What people should know of.
    pub findings: Vec<Finding>,
    pub(in crate::build) files: BTreeMap<&'a str, Source<'a>>,
    /// Files that scripts may import by names in pieces.
    pub(in crate::build) reached: BTreeSet<String>,
    /// How many references there are, and what becomes of them.
    pub tally: Tally,
}

/// One file of the folder.
pub(in crate::build) struct Source<'a> {
    /// What the beginnings of specifiers stand for in a page, by its import map: from `lib/`, or from `/` and a path, to
    /// a folder's path.
    pub(in crate::build) folders: Vec<(String, String)>,
    pub(in crate::build) input: &'a Input,
    pub(in crate::build) links: Vec<Link>,
    /// The files that the documents in its attributes load. They are among those that it mentions, too.
    pub(in crate::build) framed: BTreeSet<String>,
    /// What texts in its scripts may lead to.
    pub(in crate::build) mentions: Mentions,
    pub(in crate::build) naming: Naming,
    /// What it may name in ways that cannot be rewritten: how such paths begin, and how they end behind what is
    /// not known of them.
    pub(in crate::build) reaches: Vec<(String, Option<String>)>,
    /// Paths where nothing is, and from which an import map leads elsewhere.
    pub(in crate::build) redirected: Vec<String>,
    /// Where in the bytes of a page relative references begin.
    pub(in crate::build) relative: Vec<usize>,
    /// What is written anew in its references, for them to be spelled as their targets are elsewhere.
    pub(in crate::build) respelled: Vec<Edit>,
    /// The specifiers in a script that lead to nothing by themselves: bare ones, and those of files that are not there.
    pub(in crate::build) specifiers: Vec<(Kind, String)>,
}

/// What becomes of a file's name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Naming {
    /// It gets a fingerprint.
    Fingerprinted,
    /// It stays, for it carries a fingerprint already.
    Hashed,
    /// It stays, for the file is known by it.
    Kept,
}

/// A reference to another file of the folder.
pub(in crate::build) struct Link {
    /// Where a digest of the target can be put beside it.
    pub(in crate::build) digest_place: Option<DigestPlace>,
    /// Where in the bytes the target's fingerprint goes, if it gets one.
    pub(in crate::build) insertion: Option<usize>,
    /// Whether it stands in a script or a style sheet, or in one of a page.
    pub(in crate::build) is_in_code: bool,
    /// Whether the file gives a digest for the target's bytes.
    pub(in crate::build) is_vouched_for: bool,
    pub(in crate::build) kind: Kind,
    pub(in crate::build) target: String,
}

impl Link {
    /// Whether what it leads to is loaded with the file that it stands in.
    pub(in crate::build) fn is_loaded(&self) -> bool {
        self.kind.is_loaded()
    }
}

/// What the files of a folder do not say of themselves.
#[derive(Clone, Copy)]
pub struct Hints<'a> {
    /// The path that the folder's root will have on the host; it begins and ends with `/`.
    pub base: &'a str,
    /// How many hexadecimal digits a fingerprint has, from 8 to 64.
    pub digits: usize,
    /// What the rules for the host speak of one by one, and in which file: it would be without them under another name.
    pub named: &'a BTreeMap<Spoken, String>,
    /// What becomes of a file's name; `None` where its looks are to tell.
    pub naming: &'a (dyn Fn(&str) -> Option<Naming> + Sync),
    /// The host, as in `https://example.com`, where it is known.
    pub origin: Option<&'a str>,
    /// Whether the name of a file stood for other bytes before, for good.
    pub spent: &'a (dyn Fn(&str) -> bool + Sync),
}

impl<'a> Site<'a> {
    /// What the files of a folder refer to.
    pub fn new(files: &'a BTreeMap<String, Input>, hints: &Hints<'a>) -> Self {
        let Hints { base, digits, origin, .. } = *hints;
        let folder = resolve::Site { base, files, origin };
        let mut site = Site {
            base,
            digits,
            findings: Vec::new(),
            files: BTreeMap::new(),
            reached: BTreeSet::new(),
            tally: Tally::default(),
        };
        let names = names(files.keys());
        let workers = workers::workers(&folder);
        site.reached = pieces::reached(&folder, &names);
        let read =
            |(path, input): (&'a String, &'a Input)| (path.as_str(), read(&folder, &workers, &names, path, input));
        for (path, (source, findings, tally)) in files.par_iter().map(read).collect::<Vec<_>>() {
            site.files.insert(path, source);
            site.findings.extend(findings);
            site.tally.add(&tally);
        }
        site.forgive_what_is_redirected();
        site.follow_folders_of_import_maps();
        site.decide_names(hints);
        site.keep_what_is_looked_for(hints.named);
        site.keep_what_is_vouched_for();
        site.keep_what_nobody_names();
        site.keep_what_has_two_names();
        site.keep_what_is_linked_twice();
        site.agree_on_what_is_fetched();
        site.hash_again_what_changes();
        site.place_marks();
        let mut findings = std::mem::take(&mut site.findings);
        let loaded = site.loaded(|_| true);
        for finding in findings.iter_mut().filter(|finding| finding.code == Code::MissingImport) {
            if !loaded.contains(finding.path.as_str()) {
                finding.severity = Severity::Warning;
            }
        }
        site.findings = findings;
        site.findings.sort();
        help(&mut site.findings, files.keys().map(String::as_str));
        site
    }

    /// What these pages load, the pages included: what a visitor has to ask for is left out, as are source
    /// maps.
    pub(in crate::build) fn loaded(&self, counts: impl Fn(&str) -> bool) -> BTreeSet<&str> {
        let is_page = |path: &&str| Language::of(path) == Language::Html && counts(path);
        self.loaded_by(self.files.keys().copied().filter(is_page))
    }

    /// What these files load, themselves included.
    pub(in crate::build) fn loaded_by<'s>(&'s self, files: impl Iterator<Item = &'s str>) -> BTreeSet<&'s str> {
        let mut reached: BTreeSet<&str> = files.collect();
        let mut open: Vec<&str> = reached.iter().copied().collect();
        while let Some(path) = open.pop() {
            for link in self.files.get(path).into_iter().flat_map(|file| &file.links) {
                if link.is_loaded() && reached.insert(&link.target) {
                    open.push(&link.target);
                }
            }
        }
        reached
    }

    /// A module need not be there by a name that an import map leads elsewhere from.
    fn forgive_what_is_redirected(&mut self) {
        let pages = || self.files.iter().filter(|(path, _)| Language::of(path) == Language::Html);
        let names: BTreeSet<&str> = pages().flat_map(|(_, page)| &page.redirected).map(String::as_str).collect();
        let reaches = pages().flat_map(|(_, page)| &page.reaches);
        let folders: BTreeSet<&str> =
            reaches.filter(|(_, end)| end.as_deref() == Some("")).map(|(start, _)| start.as_str()).collect();
        let is_redirected = |finding: &Finding| {
            let path = finding.message.strip_prefix(MISSING).filter(|_| finding.code == Code::MissingImport);
            path.is_some_and(|path| names.contains(path) || folders.iter().any(|folder| path.starts_with(folder)))
        };
        let before = self.findings.len();
        let findings = self.findings.iter().filter(|finding| !is_redirected(finding)).cloned().collect();
        self.findings = findings;
        let forgiven = before - self.findings.len();
        self.tally.missing -= forgiven;
        self.tally.outside += forgiven;
    }

    fn decide_names(&mut self, hints: &Hints<'_>) {
        let looks_hashed = hashed(self.files.keys().copied());
        let digests = looks_hashed.iter().filter_map(|path| Some((*path, &self.files.get(path)?.input.sha256)));
        let mut belied = belied(digests);
        belied.retain(|path| self.files.get(path).is_some_and(|source| source.names_any(&looks_hashed)));
        for (path, source) in &mut self.files {
            let digest = || hex(&source.input.sha256);
            let own = || fingerprint_of(path).is_some_and(|print| digest().starts_with(print));
            source.naming = (hints.naming)(path).unwrap_or_else(|| match () {
                () if keeps_name(path) || source.input.parsed.only_leaves => Naming::Kept,
                () if (looks_hashed.contains(path) && !belied.contains(path)) || own() => Naming::Hashed,
                () => Naming::Fingerprinted,
            });
            if source.naming == Naming::Hashed && (hints.spent)(path) {
                source.naming = Naming::Fingerprinted;
                let message = "its name stood for other bytes in an earlier release, so it gets another one";
                self.findings.push(Finding::of_file(path, Code::Reused, Severity::Note, message.to_owned()));
            }
            if source.naming != Naming::Fingerprinted {
                continue;
            }
            let why = match () {
                () if source.input.parsed.finds_itself => {
                    Some((Code::FindsItself, "it seems to look for itself by its name, or to change its own URL"))
                }
                () if is_long(path, hints.digits) => {
                    Some((Code::LongName, "its name leaves no room for a fingerprint"))
                }
                () => None,
            };
            if let Some((code, why)) = why {
                self.findings.extend(source.keep(path, code, &[why, ", so it keeps it"].concat()));
            }
        }
    }

    /// A file whose name carries a fingerprint already, and whose bytes change all the same, since what it
    /// refers to gets one: its name has to change with them.
    fn hash_again_what_changes(&mut self) {
        let mut referring: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (path, source) in &self.files {
            for link in source.links.iter().filter(|link| link.insertion.is_some()) {
                referring.entry(&link.target).or_default().push(path);
            }
        }
        let is = |path: &str, naming| self.files.get(path).is_some_and(|source| source.naming == naming);
        let mut open: Vec<&str> = self.files.keys().copied().filter(|path| is(path, Naming::Fingerprinted)).collect();
        let is_respelled = |path: &&str| self.files.get(path).is_some_and(|source| !source.respelled.is_empty());
        let respelled = self.files.keys().copied().filter(|path| is(path, Naming::Hashed)).filter(is_respelled);
        let mut changed: BTreeSet<String> = respelled.map(str::to_owned).collect();
        open.extend(self.files.keys().filter(|path| changed.contains(**path)));
        while let Some(target) = open.pop() {
            for path in referring.get(target).into_iter().flatten() {
                if is(path, Naming::Hashed) && changed.insert((*path).to_owned()) {
                    open.push(path);
                }
            }
        }
        for path in &changed {
            if let Some(source) = self.files.get_mut(path.as_str()) {
                source.naming = Naming::Fingerprinted;
            }
        }
    }

    /// Only a target whose name changes has a fingerprint to be put anywhere.
    fn place_marks(&mut self) {
        let changing: BTreeSet<String> = self
            .files
            .iter()
            .filter(|(_, source)| source.naming == Naming::Fingerprinted)
            .map(|(path, _)| (*path).to_owned())
            .collect();
        let mut tally = self.tally;
        for link in self.files.values_mut().flat_map(|source| &mut source.links) {
            link.insertion = link.insertion.filter(|_| changing.contains(&link.target));
            if link.insertion.is_some() {
                tally.rewritten += 1;
            } else {
                tally.kept += 1;
            }
        }
        self.tally = tally;
    }
}

/// What one file refers to.
fn read<'a>(
    folder: &resolve::Site<'_, Input>,
    workers: &BTreeMap<String, BTreeSet<&str>>,
    names: &Names<'_>,
    path: &str,
    input: &'a Input,
) -> (Source<'a>, Vec<Finding>, Tally) {
    let parsed = &input.parsed;
    let bytes = input.bytes.as_deref().unwrap_or_default();
    let mut tally = Tally { unknown: parsed.unknown, ..Tally::default() };
    let unreadable = |(place, reason): &(Place, String)| {
        let message = format!("its references are left as they are: {reason}");
        Finding::new(path, *place, Code::Unreadable, Severity::Note, message)
    };
    let mut findings: Vec<Finding> = parsed.faults.iter().map(unreadable).collect();
    findings.extend(rivals::finding(path).filter(|_| parsed.is_worker && !parsed.only_leaves));
    let (mut links, mut relative, mut respelled) = (Vec::new(), Vec::new(), Vec::new());
    let (mut redirected, mut specifiers, mut places) = (Vec::new(), Vec::new(), Places::new(bytes));
    let can_move = Language::of(path) == Language::Html && parsed.base.is_none();
    for reference in &parsed.references {
        let base = parsed.base.as_deref().filter(|_| !reference.is_before_base);
        let target = match workers::start(folder, workers, path, reference) {
            Some(from) => folder.target(from, base, reference),
            None => Target::Unknown,
        };
        let is_movable = can_move && reference.is_relative() && !reference.is_fixed;
        if is_movable && matches!(target, Target::File(_) | Target::Missing(_)) {
            relative.push(reference.span.start);
        }
        if matches!(target, Target::File(_)) {
            respelled.extend(reference.respelled(bytes));
        }
        match target {
            Target::File(_) if reference.kind == Kind::Link => tally.kept += 1,
            Target::File(target) => {
                let insertion = reference.insertion_point(bytes);
                if insertion.is_none() && !keeps_name(&target) {
                    let why = match reference.is_fixed {
                        true => "stands in a text whose digest a Content-Security-Policy lists",
                        false => "is named with escapes",
                    };
                    let message = format!("{target} {why} here, so it keeps its own name in this place");
                    let place = places.of(&reference.span);
                    findings.push(Finding::new(path, place, Code::Escaped, Severity::Note, message));
                }
                links.push(Link {
                    digest_place: reference.digest_place,
                    insertion,
                    is_in_code: reference.notation.is_code(),
                    is_vouched_for: reference.is_vouched_for,
                    kind: reference.kind,
                    target,
                });
            }
            Target::Missing(target) if reference.kind == Kind::Specifier => {
                tally.outside += 1;
                redirected.push(target);
            }
            Target::Missing(target) => {
                tally.missing += 1;
                if reference.is_specifier() {
                    specifiers.push((reference.kind, ["/", &target].concat()));
                }
                // Servers have more than files.
                if !matches!(reference.kind, Kind::Fetched | Kind::Link) {
                    findings.push(Finding::missing(path, places.of(&reference.span), reference.kind, &target));
                }
            }
            Target::Outside => {
                tally.outside += 1;
                if reference.is_specifier() && !has_origin(&reference.url) {
                    specifiers.push((reference.kind, reference.url.clone()));
                }
            }
            Target::Unknown => tally.unknown += 1,
        }
    }
    // Two may stand in one place.
    respelled.sort_by_key(|(place, _)| place.start);
    respelled.dedup();
    let reach = |url: &String| folder.reach(path, parsed.base.as_deref(), url);
    let reaches = parsed.reaches.iter().filter_map(reach).collect();
    let mut mentions = mentioned(folder, names, path, parsed);
    let framed = folder.named(path, parsed.base.as_deref(), &parsed.framed);
    mentions.files.extend(framed.iter().cloned());
    let folder_of = |(name, url): &(String, String)| {
        let (target, _) = reach(&[url, "*"].concat())?;
        let is_url = name.starts_with(['.', '/']);
        let name = if is_url { ["/", &reach(&[name, "*"].concat())?.0].concat() } else { name.clone() };
        Some((name, target))
    };
    let folders = parsed.folders.iter().filter_map(folder_of).collect();
    let source = Source {
        folders,
        framed,
        input,
        links,
        mentions,
        naming: Naming::Kept,
        reaches,
        redirected,
        relative,
        respelled,
        specifiers,
    };
    (source, findings, tally)
}
