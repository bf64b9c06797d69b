//! What keeps its name, or stays as it is written, because something else depends on it that cannot be changed.

use std::collections::BTreeSet;

use super::finding::{Code, Finding, Severity};
use super::name::Language;
use super::reference::Kind;
use super::site::{Link, Naming, Site};

impl Site<'_> {
    /// Leaves every reference in a file alone whose digest a page gives (`integrity`): with other bytes the
    /// browser would refuse it. What it refers to is there under its own name, too.
    pub(super) fn keep_what_is_vouched_for(&mut self) {
        let links = self.files.values().flat_map(|source| &source.links);
        let targets: BTreeSet<String> =
            links.filter(|link| link.is_vouched_for).map(|link| link.target.clone()).collect();
        for target in &targets {
            if let Some(source) = self.files.get_mut(target.as_str()) {
                source.links.iter_mut().for_each(|link| link.insertion = None);
                source.respelled.clear();
            }
        }
    }

    /// A script that anything names in a way that cannot be rewritten keeps its name everywhere: a module that
    /// is loaded by two names is there twice, with a state of its own each time.
    pub(super) fn keep_what_has_two_names(&mut self) {
        let is_left = |link: &&Link| {
            link.insertion.is_none() && !matches!(link.kind, Kind::Link | Kind::OnDemand | Kind::SourceMap)
        };
        let mut kept: BTreeSet<String> = BTreeSet::new();
        kept.extend(
            self.files.values().flat_map(|source| &source.links).filter(is_left).map(|link| link.target.clone()),
        );
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
        for path in kept.into_iter().filter(|path| Language::of(path) == Language::JavaScript) {
            if let Some(source) = self.files.get_mut(path.as_str())
                && source.naming == Naming::Fingerprinted
            {
                source.naming = Naming::Kept;
                let message = "it may be loaded by its own name, so it keeps it: two names would load it twice";
                self.findings.push(Finding::of_file(&path, Code::TwoNames, Severity::Note, message.to_owned()));
            }
        }
    }
}
