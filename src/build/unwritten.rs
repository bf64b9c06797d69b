//! What pages load by names that no file spells out: scripts put them together, or an import map says where the
//! beginnings of specifiers lead.
//!
//! What scripts put together is found from the other end: by what bundlers have named or marked as a part of
//! something larger, and by the patterns that are left of names.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{Code, Finding, Severity};
use super::name::Language;
use super::reference::Kind;
use super::site::{Link, Naming, Site, Source};

/// How large all may be together that visitors download so, in bytes: of applications with thousands of parts nobody needs
/// all, and which ones only people can say.
const LIMIT: u64 = 16 << 20;

/// How large a file may be that scripts only mention, in bytes.
const MENTION_LIMIT: u64 = 2 << 20;

impl<'a> Site<'a> {
    /// Specifiers in scripts lead to what lies in the folders that the import maps of pages name.
    ///
    /// Which page's map counts is not asked: what no map is for is loaded by nobody.
    pub(super) fn follow_folders_of_import_maps(&mut self) {
        let all = self.files.values().flat_map(|source| &source.folders);
        let mut folders: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (name, folder) in all {
            folders.entry(name.clone()).or_default().insert(folder.clone());
        }
        if folders.is_empty() {
            return;
        }
        let paths: BTreeSet<&'a str> = self.files.keys().copied().collect();
        for source in self.files.values_mut() {
            let followed: Vec<Link> =
                source.specifiers.iter().flat_map(|specifier| followed(specifier, &folders, &paths)).collect();
            // It was taken for a way out of the folder.
            self.tally.outside = self.tally.outside.saturating_sub(followed.len());
            source.links.extend(followed);
        }
    }

    /// What a bundler has named after its bytes, or marked as a part, and nothing names that would be rewritten, is asked
    /// for by the name that it has: it keeps that, and its bytes as well if its name speaks of them. So does what such a
    /// name is mentioned of: it would be loaded twice, as the style sheets that Next names in the data of its pages.
    pub(super) fn keep_what_nobody_names(&mut self) {
        let rewritten = |path: &str, source: &Source<'_>| -> Vec<String> {
            let links = source.links.iter().filter(|link| link.insertion.is_some() && link.target != path);
            links.map(|link| link.target.clone()).collect()
        };
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        for target in self.files.iter().flat_map(|(path, source)| rewritten(path, source)) {
            *names.entry(target).or_default() += 1;
        }
        let mentioned: BTreeSet<&String> = self.files.values().flat_map(|source| &source.mentions).collect();
        let is_own = |(path, source): &(&&str, &Source<'_>)| {
            let is_mentioned = || source.naming == Naming::Hashed && mentioned.contains(&(**path).to_owned());
            is_part(path, source) && (!names.contains_key(**path) || is_mentioned())
        };
        let mut open: Vec<String> = self.files.iter().filter(is_own).map(|(path, _)| (*path).to_owned()).collect();
        while let Some(path) = open.pop() {
            let Some(source) = self.files.get_mut(path.as_str()).filter(|source| is_part(&path, source)) else {
                continue;
            };
            if source.naming == Naming::Fingerprinted {
                source.naming = Naming::Kept;
                let message = "it seems to be loaded by a name that a script puts together, so it keeps it";
                self.findings.push(Finding::of_file(&path, Code::TwoNames, Severity::Note, message.to_owned()));
            }
            if source.naming != Naming::Hashed {
                continue;
            }
            // What it names is asked for by its own name then.
            for target in rewritten(&path, source) {
                if let Some(left) = names.get_mut(&target) {
                    *left -= 1;
                    open.extend((*left == 0).then_some(target));
                }
            }
            source.links.iter_mut().for_each(|link| link.insertion = None);
            source.respelled.clear();
        }
    }

    /// What pages may load beside what they are `known` to load: parts that bundlers have written, scripts whose names fit
    /// what is left of a name, files that scripts mention, and what all of these load. Of too many, none; how many that would
    /// be, and how many bytes, is told instead.
    pub(super) fn unwritten<'s>(
        &'s self,
        known: BTreeSet<&'s str>,
        may_precache: impl Fn(&str) -> bool,
    ) -> Result<BTreeSet<&'s str>, (usize, u64)> {
        let mut found = self.all_unwritten(known);
        found.retain(|path| may_precache(path));
        let length = |path: &&str| self.files.get(*path).map_or(0, |source| source.input.length);
        let bytes: u64 = found.iter().map(length).sum();
        if bytes > LIMIT { Err((found.len(), bytes)) } else { Ok(found) }
    }

    fn all_unwritten<'s>(&'s self, known: BTreeSet<&'s str>) -> BTreeSet<&'s str> {
        let (mut loaded, mut found) = (known, BTreeSet::new());
        loop {
            let mut more = self.parts(&loaded);
            let mentioned = loaded.iter().filter_map(|path| self.files.get(path)).flat_map(|source| &source.mentions);
            more.extend(mentioned.map(String::as_str).filter(|path| !loaded.contains(path) && self.is_small(path)));
            if more.is_empty() {
                return found;
            }
            let more = self.loaded_by(more.into_iter());
            found.extend(more.difference(&loaded));
            loaded.extend(more);
        }
    }

    fn parts<'s>(&'s self, loaded: &BTreeSet<&'s str>) -> BTreeSet<&'s str> {
        let scripts = loaded.iter().filter(|path| Language::of(path) == Language::JavaScript);
        let patterns: BTreeSet<(&str, &str)> = scripts
            .filter_map(|path| self.files.get(path))
            .flat_map(|source| &source.reaches)
            // What may be anything in a folder says nothing.
            .filter_map(|(start, end)| Some((start.as_str(), end.as_deref().filter(|end| !end.is_empty())?)))
            .collect();
        let fits = |path: &str| {
            patterns.iter().any(|(start, end)| {
                path.len() >= start.len() + end.len() && path.starts_with(start) && path.ends_with(end)
            })
        };
        let is_meant = |(path, source): &(&&'a str, &Source<'a>)| {
            is_part(path, source) || (Language::of(path) == Language::JavaScript && fits(path))
        };
        let files = self.files.iter().filter(|(path, _)| !loaded.contains(*path));
        files.filter(is_meant).map(|(path, _)| *path).collect()
    }

    fn is_small(&self, path: &str) -> bool {
        self.files.get(path).is_some_and(|source| source.input.length <= MENTION_LIMIT)
    }

    /// Which of the files that are loaded are asked for by the names that they have, and which by those that they get. What is
    /// `included` is asked for as the folder has it.
    pub(super) fn names<'s>(
        &'s self,
        loaded: impl Iterator<Item = &'s str>,
        included: impl Fn(&str) -> bool,
    ) -> (BTreeSet<&'s str>, BTreeSet<&'s str>) {
        let (mut own, mut new, mut mentioned) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for path in loaded {
            let Some(source) = self.files.get(path) else { continue };
            own.extend(included(path).then_some(path));
            mentioned.extend(source.mentions.iter().map(String::as_str));
            let is_renamed = |link: &&Link| {
                self.files.get(link.target.as_str()).is_some_and(|target| target.naming == Naming::Fingerprinted)
            };
            for link in source.links.iter().filter(|link| link.is_loaded()).filter(is_renamed) {
                // A script with two names keeps its own, unless an import map says what the other is.
                let is_new = link.insertion.is_some() || Language::of(&link.target) == Language::JavaScript;
                (if is_new { &mut new } else { &mut own }).insert(link.target.as_str());
            }
        }
        // Code that pages load by another name is hardly loaded by this one as well.
        own.extend(mentioned.into_iter().filter(|path| !is_code(path) || !new.contains(path)));
        (own, new)
    }
}

/// Whether a bundler has written a file that only makes sense together with others.
fn is_part(path: &str, source: &Source<'_>) -> bool {
    (is_code(path) || path.ends_with(".wasm")) && (source.naming == Naming::Hashed || source.input.parsed.is_chunk)
}

fn is_code(path: &str) -> bool {
    matches!(Language::of(path), Language::Css | Language::JavaScript)
}

/// Where a specifier leads to: the longest of the beginnings counts ([HTML, "resolve an imports match"][spec]).
///
/// [spec]: https://html.spec.whatwg.org/multipage/webappapis.html#resolving-an-imports-match
fn followed(
    (kind, specifier): &(Kind, String),
    folders: &BTreeMap<String, BTreeSet<String>>,
    paths: &BTreeSet<&str>,
) -> Vec<Link> {
    let slashes = specifier.rmatch_indices('/').map(|(at, _)| specifier.split_at(at + 1));
    let Some((rest, targets)) = slashes.into_iter().find_map(|(name, rest)| Some((rest, folders.get(name)?))) else {
        return Vec::new();
    };
    let rest = &rest[..rest.find(['?', '#']).unwrap_or(rest.len())];
    let there = targets.iter().map(|folder| [folder, rest].concat()).filter(|path| paths.contains(path.as_str()));
    let link = |target| Link { digest_place: None, insertion: None, is_vouched_for: false, kind: *kind, target };
    there.map(link).collect()
}
