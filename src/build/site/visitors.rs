//! Which pages load a file: the links of the site, backwards.

use std::collections::{BTreeMap, BTreeSet};

use crate::build::name::Language;
use crate::build::site::Site;

/// Who loads whom.
pub(in crate::build) struct Visitors<'s> {
    /// From each file to those that load it.
    by: BTreeMap<&'s str, Vec<&'s str>>,
    /// What has been asked for.
    known: BTreeMap<&'s str, BTreeSet<&'s str>>,
}

impl<'s> Visitors<'s> {
    pub(in crate::build) fn of(site: &'s Site<'_>) -> Self {
        let mut by: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (path, source) in &site.files {
            for link in source.links.iter().filter(|link| link.is_loaded()) {
                by.entry(&link.target).or_default().push(path);
            }
        }
        Self { by, known: BTreeMap::new() }
    }

    /// Whether every page that loads one file loads the other as well. A file that no page is known to load may be loaded by any.
    pub(in crate::build) fn have_both(&mut self, one: &'s str, other: &'s str) -> bool {
        self.ask(one);
        self.ask(other);
        let pages = |path| self.known.get(path).filter(|pages| !pages.is_empty());
        pages(one).zip(pages(other)).is_some_and(|(one, other)| one.is_subset(other))
    }

    fn ask(&mut self, path: &'s str) {
        if self.known.contains_key(path) {
            return;
        }
        let (mut reached, mut open) = (BTreeSet::from([path]), vec![path]);
        while let Some(path) = open.pop() {
            open.extend(self.by.get(path).into_iter().flatten().filter(|path| reached.insert(**path)));
        }
        reached.retain(|path| Language::of(path) == Language::Html);
        self.known.insert(path, reached);
    }
}
