//! What keeps its name, or stays as it is written, because something else depends on it that cannot be changed.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::modules::is_import;
use crate::build::clues::spoken::{Names, Seeker, Spoken};
use crate::build::finding::{Code, Finding, Severity};
use crate::build::integrity::Algorithm;
use crate::build::name::Language;
use crate::build::reference::Kind;
use crate::build::site::unwritten::Guesses;
use crate::build::site::{Link, Naming, Site, Source};

/// A file whose URL is made another one's.
struct Pair<'s> {
    path: &'s str,
    other: &'s str,
    /// The file that says so.
    by: &'s str,
    /// Whether nothing but the length of its name tells that it is meant.
    is_guessed: bool,
}

/// Without those that are guessed where others are certain: those that are made out of each other (`open.png` and
/// `closed.png`), as against whatever has a name that is as long.
fn likely<'p, 's>(pairs: &'p [Pair<'s>]) -> impl Iterator<Item = &'p Pair<'s>> {
    let all: BTreeSet<(&str, &str)> = pairs.iter().map(|pair| (pair.path, pair.other)).collect();
    let is_certain = move |pair: &Pair<'_>| all.contains(&(pair.other, pair.path));
    let certain: BTreeSet<&str> = pairs.iter().filter(|pair| is_certain(pair)).map(|pair| pair.by).collect();
    pairs.iter().filter(move |pair| !pair.is_guessed || is_certain(pair) || !certain.contains(pair.by))
}

impl Site<'_> {
    /// What another file looks for by its name keeps it, as does what rules for the host are for (`named`).
    pub(in crate::build) fn keep_what_is_looked_for(&mut self, named: &BTreeMap<Spoken, String>) {
        let mut spoken: BTreeMap<&Spoken, &str> = named.iter().map(|(spoken, by)| (spoken, by.as_str())).collect();
        for (path, source) in &self.files {
            for one in &source.input.parsed.spoken {
                spoken.entry(one).or_insert(path);
            }
        }
        let seekers: Vec<(Seeker<'_>, &str)> =
            spoken.into_par_iter().map(|(spoken, path)| (Seeker::new(spoken), path)).collect();
        let changing = self.files.iter().filter(|(_, source)| source.naming == Naming::Fingerprinted);
        let paths: Vec<&str> = changing.map(|(path, _)| *path).collect();
        let seeker_of = |path: &str| {
            let names = Names::of(self.base, path);
            seekers.iter().find(|(seeker, _)| seeker.loses(&names)).map(|(_, by)| *by)
        };
        // Whose URL is made another file's, and that one: it would be there under two names.
        let is_code = |path: &str| matches!(Language::of(path), Language::Css | Language::JavaScript);
        let pairs_of = |path| {
            let names = Names::of(self.base, path);
            let pairs = seekers.iter().filter_map(|(seeker, by)| {
                let (other, _) = self.files.get_key_value(seeker.turned(&names)?.as_str())?;
                // A tool that has style sheets beside its scripts makes names of the ones out of those of the others.
                let is_alike = Language::of(path) == Language::of(other) || !(is_code(path) || is_code(other));
                is_alike.then_some(Pair { path, other, by, is_guessed: seeker.knows_only_lengths(path, other) })
            });
            pairs.collect::<Vec<_>>()
        };
        let mut lost: Vec<(&str, &str)> = paths.par_iter().filter_map(|path| Some((*path, seeker_of(path)?))).collect();
        let pairs: Vec<Pair<'_>> = paths.par_iter().flat_map_iter(|path| pairs_of(path)).collect();
        lost.extend(likely(&pairs).flat_map(|pair| [(pair.path, pair.by), (pair.other, pair.by)]));
        for (path, by) in lost {
            let why = [by, " seems to look for it by its name, so it keeps it"].concat();
            let source = self.files.get_mut(path);
            self.findings.extend(source.and_then(|source| source.keep(path, Code::FindsItself, &why)));
        }
    }

    /// Leaves every reference in a file alone whose digest is given anywhere (`integrity` of an element, or of a script that
    /// makes one): with other bytes the browser would refuse it. What it refers to is there under its own name, too.
    pub(in crate::build) fn keep_what_is_vouched_for(&mut self) {
        let links = self.files.values().flat_map(|source| &source.links);
        let mut targets: BTreeSet<String> =
            links.filter(|link| link.is_vouched_for).map(|link| link.target.clone()).collect();
        let digests: BTreeSet<&str> =
            self.files.values().flat_map(|source| &source.input.parsed.digests).map(String::as_str).collect();
        let is_given = |(algorithm, name): (Algorithm, &str), source: &Source<'_>| {
            let is_used = digests.range(name..).next().is_some_and(|digest| digest.starts_with(name));
            let bytes = source.input.bytes.as_deref().filter(|_| is_used);
            bytes.is_some_and(|bytes| digests.contains(algorithm.integrity(bytes).as_str()))
        };
        // Of pages no digests are given.
        let may_change = self
            .files
            .par_iter()
            .filter(|(path, source)| !source.links.is_empty() && Language::of(path) != Language::Html);
        let given = may_change.filter(|(_, source)| Algorithm::ALL.into_iter().any(|one| is_given(one, source)));
        targets.par_extend(given.map(|(path, _)| (*path).to_owned()));
        for target in &targets {
            if let Some(source) = self.files.get_mut(target.as_str()) {
                source.leave();
            }
        }
    }

    /// What a page has fetched ahead is named as it is where it is wanted: it would be fetched twice. What is named in two
    /// ways there keeps its name in all of them.
    pub(in crate::build) fn agree_on_what_is_fetched(&mut self) {
        let links = || self.files.values().flat_map(|source| &source.links);
        let fetched: BTreeSet<&str> =
            links().filter(|link| link.kind == Kind::Fetched).map(|link| link.target.as_str()).collect();
        let renamed = links().filter(|link| link.kind != Kind::Fetched && link.insertion.is_some());
        let renamed = renamed.filter(|link| fetched.contains(link.target.as_str())).map(|link| link.target.clone());
        let mentioned =
            if fetched.is_empty() { BTreeSet::new() } else { self.mentioned(self.files.values(), Guesses::None) };
        let (in_two_ways, in_one): (BTreeSet<String>, BTreeSet<String>) =
            renamed.partition(|path| mentioned.contains(path.as_str()));
        for (path, source) in &mut self.files {
            let left =
                source.links.iter_mut().filter(|link| link.kind == Kind::Fetched && !in_one.contains(&link.target));
            left.for_each(|link| link.insertion = None);
            if in_two_ways.contains(*path) {
                let why = "a page has it fetched ahead, and a script names it as it is, so it keeps its name";
                self.findings.extend(source.keep(path, Code::TwoNames, why));
            }
        }
    }

    /// A script that anything names in a way that cannot be rewritten keeps its name everywhere: a module that
    /// is loaded by two names is there twice, with a state of its own each time. If its name speaks of its bytes it keeps
    /// these as well, and what it names is then named so in its turn.
    pub(in crate::build) fn keep_what_has_two_names(&mut self) {
        let is_left = |link: &&Link| link.insertion.is_none() && link.kind.runs();
        let mut kept: BTreeSet<String> = BTreeSet::new();
        kept.extend(
            self.files.values().flat_map(|source| &source.links).filter(is_left).map(|link| link.target.clone()),
        );
        // What others import an element may load as well that a script makes; a worker has a list of all there is.
        let imported: BTreeSet<&str> = self
            .files
            .values()
            .flat_map(|source| &source.links)
            .filter(|link| is_import(link))
            .map(|link| link.target.as_str())
            .collect();
        let pages = self.files.values().filter(|source| !source.input.parsed.is_worker);
        let mentioned = pages.flat_map(|source| source.mentions.files.iter().chain(&source.mentions.guesses));
        let mentioned = mentioned.filter(|path| imported.contains(path.as_str()));
        kept.extend(mentioned.chain(&self.reached).cloned());
        // Many files of a folder say the same, and each of these goes through the folder.
        let reaches: BTreeSet<_> = self.files.values().flat_map(|source| &source.reaches).collect();
        for (start, end) in reaches {
            let from = self.files.range(start.as_str()..).take_while(|(path, _)| path.starts_with(start.as_str()));
            let may_be = |path: &&str| match end {
                Some(end) => path.len() >= start.len() + end.len() && path.ends_with(end.as_str()),
                None => path == start,
            };
            kept.extend(from.map(|(path, _)| *path).filter(may_be).map(str::to_owned));
        }
        let is_script = |path: &String| Language::of(path) == Language::JavaScript;
        let mut open: Vec<String> = kept.into_iter().filter(is_script).collect();
        while let Some(path) = open.pop() {
            let Some(source) = self.files.get_mut(path.as_str()) else { continue };
            let why = "it may be loaded by its own name, so it keeps it: two names would load it twice";
            self.findings.extend(source.keep(&path, Code::TwoNames, why));
            if source.naming == Naming::Hashed {
                open.extend(source.leave().into_iter().filter(is_script));
            }
        }
    }

    /// A style sheet that a page links and a script names as it is, which would be downloaded twice, and count twice.
    pub(in crate::build) fn keep_what_is_linked_twice(&mut self) {
        let pages = self.files.iter().filter(|(path, _)| Language::of(path) == Language::Html);
        let links = pages.flat_map(|(_, page)| &page.links).filter(|link| link.insertion.is_some());
        let linked: BTreeSet<&str> =
            links.map(|link| link.target.as_str()).filter(|path| Language::of(path) == Language::Css).collect();
        let in_pages = self.files.values().filter(|source| !source.input.parsed.is_worker);
        // A frame has its own downloads.
        let mentioned = in_pages.flat_map(|source| source.mentions.files.difference(&source.framed));
        let mentioned = mentioned.filter(|path| linked.contains(path.as_str()));
        // In the list of a chunk that keeps its bytes, say.
        let scripts = self.files.iter().filter(|(path, _)| Language::of(path) == Language::JavaScript);
        let left = scripts.flat_map(|(_, source)| &source.links).filter(|link| link.insertion.is_none());
        let left: BTreeSet<String> =
            left.map(|link| &link.target).filter(|path| linked.contains(path.as_str())).cloned().collect();
        for path in mentioned.cloned().chain(left.iter().cloned()).collect::<BTreeSet<_>>() {
            let Some(source) = self.files.get_mut(path.as_str()) else { continue };
            let why = "a page links it, and a script names it as it is, so it keeps its name";
            self.findings.extend(source.keep(&path, Code::TwoNames, why));
            if source.naming == Naming::Hashed && left.contains(&path) {
                source.leave();
            }
        }
    }

    /// What a bundler has named after its bytes, or marked as a part, and nothing names that would be rewritten, is asked
    /// for by the name that it has: it keeps that, and its bytes as well if its name speaks of them. So does what is known by
    /// such a name: it would be loaded twice, as the style sheets that Next names in the data of its pages; or another
    /// script would wait for it for ever, as Turbopack's do.
    pub(in crate::build) fn keep_what_nobody_names(&mut self) {
        let rewritten = |path: &str, source: &Source<'_>| -> Vec<String> {
            let links = source.links.iter().filter(|link| link.target != path && link.kind != Kind::Fetched);
            links.filter(|link| link.insertion.is_some()).map(|link| link.target.clone()).collect()
        };
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        for target in self.files.iter().flat_map(|(path, source)| rewritten(path, source)) {
            *names.entry(target).or_default() += 1;
        }
        let mentioned = self.mentioned(self.files.values(), Guesses::None);
        let bundled = self.bundled();
        let is_own = |(path, source): &(&&str, &Source<'_>)| {
            let is_known = || mentioned.contains(**path) || source.input.parsed.finds_itself;
            bundled.contains(**path) && (!names.contains_key(**path) || (source.naming == Naming::Hashed && is_known()))
        };
        let mut open: Vec<String> = self.files.iter().filter(is_own).map(|(path, _)| (*path).to_owned()).collect();
        while let Some(path) = open.pop() {
            let file = self.files.get_mut(path.as_str()).filter(|_| bundled.contains(path.as_str()));
            let Some(source) = file else { continue };
            let why = "it seems to be loaded by a name that a script puts together, so it keeps it";
            self.findings.extend(source.keep(&path, Code::TwoNames, why));
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
            source.leave();
        }
    }
}

impl Source<'_> {
    /// Keeps its name, if it was to have another; and what people should know of that.
    pub(in crate::build) fn keep(&mut self, path: &str, code: Code, why: &str) -> Option<Finding> {
        let is_new = self.naming == Naming::Fingerprinted;
        is_new.then(|| {
            self.naming = Naming::Kept;
            Finding::of_file(path, code, Severity::Note, why.to_owned())
        })
    }

    /// Whether it names any of these.
    pub(super) fn names_any(&self, paths: &BTreeSet<&str>) -> bool {
        let links = self.links.iter().map(|link| link.target.as_str());
        links.chain(self.mentions.files.iter().map(String::as_str)).any(|path| paths.contains(path))
    }

    /// Leaves its bytes as they are; what it names that would have been rewritten.
    fn leave(&mut self) -> Vec<String> {
        self.respelled.clear();
        let left = self.links.iter_mut().filter_map(|link| link.insertion.take().map(|_| link.target.clone()));
        left.collect()
    }
}
