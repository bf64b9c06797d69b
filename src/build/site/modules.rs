//! The import-map mode: modules name each other as they were written, and each page says which file that is.
//!
//! So a change to one module renames that module alone, and not all that import it. Import maps do not apply
//! in workers: what a worker may load is rewritten as everything else is.

use std::collections::{BTreeMap, BTreeSet};

use crate::build::name::Language;
use crate::build::read::html::Modules;
use crate::build::read::json::member_place;
use crate::build::reference::Kind;
use crate::build::site::{Link, Naming, Site};

impl Site<'_> {
    /// Leaves the names by which modules import each other as they are, except in what workers may load.
    pub(in crate::build) fn free_modules(&mut self) {
        self.keep_what_is_led_elsewhere();
        let in_workers = self.in_workers();
        for (path, source) in &mut self.files {
            if Language::of(path) == Language::JavaScript && !in_workers.contains(*path) {
                source.links.iter_mut().filter(|link| is_import(link)).for_each(|link| link.insertion = None);
            }
        }
    }

    /// What a page's own import map leads elsewhere from keeps its name: modules name it as they were written, and so must
    /// the map.
    fn keep_what_is_led_elsewhere(&mut self) {
        let links = self.files.values().flat_map(|source| &source.links);
        let led = links.filter(|link| link.kind == Kind::Specifier && !link.is_vouched_for);
        let led: BTreeSet<String> = led.map(|link| link.target.clone()).collect();
        for (path, source) in &mut self.files {
            if led.contains(*path) && source.naming == Naming::Fingerprinted {
                source.naming = Naming::Kept;
            }
            source.links.iter_mut().filter(|link| led.contains(&link.target)).for_each(|link| link.insertion = None);
        }
    }

    /// The scripts that may run where no import map applies. A script's URL in another script is how a
    /// worker is started, and its name may be, so each of them counts.
    fn in_workers(&self) -> BTreeSet<String> {
        let is_script = |path: &&str| Language::of(path) == Language::JavaScript;
        let is_start = |link: &&Link| link.is_in_code && matches!(link.kind, Kind::ImportedScript | Kind::Url);
        let started = self.files.values().flat_map(|source| &source.links).filter(is_start).map(|link| &link.target);
        let mentioned = self.files.values().flat_map(|source| &source.mentions.files);
        self.reached(started.chain(mentioned).map(String::as_str).filter(is_script))
    }

    /// Everything that scripts import, from `roots` on.
    fn reached<'s>(&'s self, roots: impl Iterator<Item = &'s str>) -> BTreeSet<String> {
        let mut open: Vec<&str> = roots.collect();
        let mut reached: BTreeSet<String> = open.iter().map(|path| (*path).to_owned()).collect();
        while let Some(path) = open.pop() {
            let links = self.files.get(path).into_iter().flat_map(|source| &source.links);
            for link in links.filter(|link| is_import(link)) {
                if reached.insert(link.target.clone()) {
                    open.push(&link.target);
                }
            }
        }
        reached
    }

    /// The modules that a page's import map has to speak of: those that others name as they were written.
    pub(in crate::build) fn mapped(&self, page: &str) -> BTreeSet<&str> {
        let Some(source) = self.files.get(page) else { return BTreeSet::new() };
        let reached =
            self.reached(source.links.iter().filter(|link| link.kind != Kind::Link).map(|link| link.target.as_str()));
        let scripts = reached.iter().filter(|path| Language::of(path) == Language::JavaScript);
        let links = scripts.filter_map(|path| self.files.get(path.as_str())).flat_map(|source| &source.links);
        let is_free = |link: &&Link| is_import(link) && link.insertion.is_none();
        let is_renamed = |path: &str| self.files.get(path).is_some_and(|file| file.naming == Naming::Fingerprinted);
        links.filter(is_free).map(|link| link.target.as_str()).filter(|path| is_renamed(path)).collect()
    }
}

pub(in crate::build) fn is_import(link: &Link) -> bool {
    matches!(link.kind, Kind::DynamicImport | Kind::Module)
}

/// What goes into a page, and where, so that its import map says this: from URL to URL, and the digests of
/// those that are there.
pub(in crate::build) fn map_insertions(
    page: &[u8],
    modules: &Modules,
    imports: &BTreeMap<String, String>,
    integrity: &BTreeMap<String, String>,
) -> Vec<(usize, String)> {
    let members = |map: &BTreeMap<String, String>| {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        map.iter().map(|(name, value)| [&quoted(name), ":", &quoted(value)].concat()).collect::<Vec<_>>().join(",")
    };
    let there = modules.map.and_then(|(start, end)| Some((start, std::str::from_utf8(page.get(start..end)?).ok()?)));
    let Some((start, json)) = there.filter(|(_, json)| serde_json::from_str::<serde_json::Map<_, _>>(json).is_ok())
    else {
        let map = ["{\"imports\":{", &members(imports), "},\"integrity\":{", &members(integrity), "}}"].concat();
        return vec![(modules.at, ["<script type=\"importmap\">", &map, "</script>\n"].concat())];
    };
    let mut insertions = Vec::new();
    let mut absent = Vec::new();
    for (name, map) in [("imports", imports), ("integrity", integrity)] {
        match member_place(json, name) {
            Some((at, is_empty)) => insertions.push((start + at, members(map) + if is_empty { "" } else { "," })),
            None => absent.push(["\"", name, "\":{", &members(map), "}"].concat()),
        }
    }
    // The whole object, as a member of another.
    const WRAP: &str = "{\"x\":";
    if !absent.is_empty()
        && let Some((at, is_empty)) = member_place(&[WRAP, json, "}"].concat(), "x")
    {
        insertions.push((start + at - WRAP.len(), absent.join(",") + if is_empty { "" } else { "," }));
    }
    insertions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::reference::splice;

    #[test]
    fn maps_are_written_or_added_to() {
        let one = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
        let (imports, integrity) = (one("/a.js", "/a.1.js"), one("/a.1.js", "sha256-x"));
        let cases = [
            (
                "<script src=x>",
                None,
                r#"<script type="importmap">{"imports":{"/a.js":"/a.1.js"},"integrity":{"/a.1.js":"sha256-x"}}</script>"#,
            ),
            ("{}", Some(()), r#"{"imports":{"/a.js":"/a.1.js"},"integrity":{"/a.1.js":"sha256-x"}}"#),
            (r#"{"imports": {}}"#, Some(()), r#"{"integrity":{"/a.1.js":"sha256-x"},"imports": {"/a.js":"/a.1.js"}}"#),
            (
                r#"{"imports": {"b": "/b.js"}, "integrity": {"c": "d"}}"#,
                Some(()),
                r#"{"imports": {"/a.js":"/a.1.js","b": "/b.js"}, "integrity": {"/a.1.js":"sha256-x","c": "d"}}"#,
            ),
            (
                "{",
                Some(()),
                r#"<script type="importmap">{"imports":{"/a.js":"/a.1.js"},"integrity":{"/a.1.js":"sha256-x"}}</script>"#,
            ),
        ];
        for (page, map, expected) in cases {
            let modules = Modules { at: 0, map: map.map(|()| (0, page.len())) };
            let mut insertions = map_insertions(page.as_bytes(), &modules, &imports, &integrity);
            insertions.sort_by_key(|(at, _)| *at);
            let texts: Vec<_> = insertions.iter().map(|(at, text)| (*at..*at, text.as_str())).collect();
            let written = String::from_utf8(splice(page.as_bytes(), &texts)).unwrap();
            assert!(written.starts_with(expected), "{page}: {written}");
            if let Some(json) = map.filter(|()| page.len() > 1).map(|()| &written) {
                let read: serde_json::Value = serde_json::from_str(json).unwrap();
                assert_eq!(read["imports"]["/a.js"], "/a.1.js");
                assert_eq!(read["integrity"]["/a.1.js"], "sha256-x");
            }
        }
    }
}
