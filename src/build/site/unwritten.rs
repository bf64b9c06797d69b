//! What pages load by names that no file spells out: scripts put them together, or an import map says where the
//! beginnings of specifiers lead.
//!
//! What scripts put together is found from the other end: by what bundlers have named or marked as a part of
//! something larger, by the patterns that are left of names, and by where frameworks put the data of pages.

use std::collections::{BTreeMap, BTreeSet};

use crate::build::clues::bundlers::is_data_of_page;
use crate::build::clues::patterns::Pattern;
use crate::build::name::{Language, media_type};
use crate::build::site::visitors::Visitors;
use crate::build::site::{Link, Naming, Site, Source};

/// What is looked for at a time.
struct Pass {
    /// How many bytes all of it may have together: of applications with thousands of parts nobody needs all, and which ones
    /// only people can say.
    room: u64,
    /// The same for the programs that are larger than what is mentioned may be: no part takes their room.
    for_programs: u64,
    is_meant: fn(&str) -> bool,
    guesses: Guesses,
}

/// Which guesses count, each with those before it.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub(in crate::build) enum Guesses {
    None,
    /// What is known to be there, and not who loads it ([`Mentions::hints`](crate::build::clues::mentioned::Mentions)).
    Hints,
    /// What fits a pattern that more may fit than is meant ([`Pattern::is_guess`]).
    Patterns,
    /// What any word may be the name of ([`Mentions::guesses`](crate::build::clues::mentioned::Mentions)).
    Words,
}

/// What a long list of pictures takes is not taken from the code, and what is guessed from nothing that is known, or better guessed.
const PASSES: [Pass; 5] = [
    Pass { room: 16 << 20, for_programs: 16 << 20, is_meant: is_code_or_data, guesses: Guesses::None },
    Pass { room: 8 << 20, for_programs: 8 << 20, is_meant: |_| true, guesses: Guesses::None },
    Pass { room: 8 << 20, for_programs: 0, is_meant: |_| true, guesses: Guesses::Hints },
    Pass { room: 8 << 20, for_programs: 0, is_meant: |_| true, guesses: Guesses::Patterns },
    Pass { room: 8 << 20, for_programs: 0, is_meant: |_| true, guesses: Guesses::Words },
];

/// How large a file may be that scripts mention.
const MENTION_LIMIT: u64 = 2 << 20;

/// The same for sounds: those of games and messages are shorter than what people ask for.
const SOUND_LIMIT: u64 = 512 << 10;

/// What pages may load by names that no file spells out.
pub struct Unwritten<'s> {
    /// What is to be precached.
    pub found: BTreeSet<&'s str>,
    /// How many files, and how many bytes, there are besides: too many.
    pub left_out: (usize, u64),
    /// What scripts name and is not precached.
    pub named: BTreeSet<&'s str>,
}

impl<'a> Site<'a> {
    /// Specifiers in scripts, and what else looks like one, lead to what lies in the folders that the import maps of pages
    /// name.
    ///
    /// Which page's map counts is not asked: what no map is for is loaded by nobody.
    pub(in crate::build) fn follow_folders_of_import_maps(&mut self) {
        let all = self.files.values().flat_map(|source| &source.folders);
        let mut folders: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (name, folder) in all {
            folders.entry(name.clone()).or_default().insert(folder.clone());
        }
        if folders.is_empty() {
            return;
        }
        let paths: BTreeSet<&'a str> = self.files.keys().copied().collect();
        let is_there = |path: &String| paths.contains(path.as_str());
        for source in self.files.values_mut() {
            let mut outside = self.tally.outside;
            for (kind, specifier) in &source.specifiers {
                for target in mapped(specifier, &folders).into_iter().filter(is_there) {
                    let (digest_place, insertion, is_in_code, is_vouched_for) = (None, None, true, false);
                    source.links.push(Link {
                        digest_place,
                        insertion,
                        is_in_code,
                        is_vouched_for,
                        kind: *kind,
                        target,
                    });
                    // It was taken for a way out of the folder.
                    outside = outside.saturating_sub(1);
                }
            }
            self.tally.outside = outside;
            for text in &source.input.parsed.mentions {
                for target in mapped(text, &folders) {
                    match target.split_once('*') {
                        Some((start, _)) => source.mentions.patterns.push(Pattern::new(start.to_owned(), &target)),
                        None => source.mentions.files.extend(Some(target).filter(is_there)),
                    }
                }
            }
        }
    }

    /// What scripts mention: files, and whatever fits what they know of a name, guesses where these count.
    pub(in crate::build) fn mentioned<'s>(
        &'s self,
        sources: impl Iterator<Item = &'s Source<'a>> + Clone,
        guesses: Guesses,
    ) -> BTreeSet<&'s str> {
        let mut mentioned: BTreeSet<&str> =
            sources.clone().flat_map(|source| &source.mentions.files).map(String::as_str).collect();
        let hints = sources.clone().filter(|_| guesses >= Guesses::Hints).flat_map(|source| &source.mentions.hints);
        mentioned.extend(hints.map(String::as_str));
        let words = sources.clone().filter(|_| guesses == Guesses::Words).flat_map(|source| &source.mentions.guesses);
        mentioned.extend(words.map(String::as_str));
        // Many scripts say the same, and each of these goes through a folder.
        let patterns: BTreeSet<&Pattern> = sources.flat_map(|source| &source.mentions.patterns).collect();
        for pattern in patterns.into_iter().filter(|pattern| guesses >= Guesses::Patterns || !pattern.is_guess) {
            let behind = self.files.range(pattern.start.as_str()..);
            let behind = behind.take_while(|(path, _)| path.starts_with(pattern.start.as_str()));
            let may_be = |source: &Source<'_>| source.naming != Naming::Hashed || pattern.may_be_hashed();
            let meant = behind.filter(|(path, source)| may_be(source) && pattern.fits(path));
            mentioned.extend(meant.map(|(path, _)| *path));
        }
        mentioned
    }

    /// What bundlers have written that makes sense together with other code alone: files that are named or marked so; style
    /// sheets with the name of a script among these; and what has a number for a name, beside such scripts.
    pub(in crate::build) fn bundled(&self) -> BTreeSet<&'a str> {
        let is_marked = |source: &Source<'_>| source.input.parsed.is_chunk;
        let chunks = || self.files.iter().filter(|(_, source)| is_marked(source)).map(|(path, _)| split(path));
        let stems: BTreeSet<&str> = chunks().map(|(_, stem)| stem).collect();
        let folders: BTreeSet<&str> = chunks().map(|(folder, _)| folder).collect();
        let is_bundled = |(path, source): &(&&'a str, &Source<'a>)| {
            let (folder, stem) = split(path);
            let is_number = !stem.is_empty() && stem.bytes().all(|b| b.is_ascii_digit());
            match Language::of(path) {
                _ if source.naming == Naming::Hashed => is_code(path) || path.ends_with(".wasm"),
                Language::JavaScript => is_marked(source) || (is_number && folders.contains(folder)),
                Language::Css => stems.contains(stem) || (is_number && folders.contains(folder)),
                _ => false,
            }
        };
        self.files.iter().filter(is_bundled).map(|(path, _)| *path).collect()
    }

    /// What pages may load beside what they are `known` to load: parts that bundlers have written (but for those `apart`), the
    /// data of pages, files that scripts mention, and what all of these load. Of too many, none.
    pub(in crate::build) fn unwritten<'s>(
        &'s self,
        known: BTreeSet<&'s str>,
        apart: &BTreeSet<&'s str>,
        may_precache: impl Fn(&str) -> bool,
    ) -> Unwritten<'s> {
        let (mut loaded, mut found, mut left_out) = (known, BTreeSet::new(), BTreeSet::new());
        let length = |paths: &BTreeSet<&str>| paths.iter().map(|path| self.length(path)).sum::<u64>();
        for Pass { mut room, mut for_programs, is_meant, guesses } in PASSES {
            loop {
                let mut more = self.all_unwritten(loaded.clone(), apart, is_meant, guesses);
                more.retain(|path| may_precache(path));
                loaded.extend(&more);
                let bytes = length(&more);
                if bytes > room {
                    left_out.extend(more);
                    break;
                }
                room -= bytes;
                found.extend(more);
                // The smallest comes first: then each of the others has less room.
                let Some(smallest) = self.programs(&loaded, &may_precache).min_by_key(|path| self.length(path)) else {
                    break;
                };
                let mut program = self.loaded_by(std::iter::once(smallest));
                program.retain(|path| !loaded.contains(path) && may_precache(path));
                let bytes = length(&program);
                if bytes > for_programs {
                    break;
                }
                for_programs -= bytes;
                loaded.extend(&program);
                found.extend(program);
            }
        }
        left_out.extend(self.programs(&loaded, &may_precache));
        let mut named = self.mentioned(loaded.iter().filter_map(|path| self.files.get(path)), Guesses::Words);
        named.retain(|path| may_precache(path) && !found.contains(path));
        Unwritten { found, left_out: (left_out.len(), length(&left_out)), named }
    }

    /// The programs that are named and not `loaded`, since they are larger than what is mentioned may be: a page is nothing
    /// without its own.
    fn programs<'s>(
        &'s self,
        loaded: &BTreeSet<&'s str>,
        may_precache: impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = &'s str> {
        let scripts = || loaded.iter().filter_map(|path| self.files.get(path));
        let mentioned = scripts().flat_map(|source| &source.mentions.files).map(String::as_str);
        let patterns = scripts().flat_map(|source| &source.mentions.patterns).map(Pattern::whole);
        let behind = patterns.filter_map(|path| Some(*self.files.get_key_value(path.as_str())?.0));
        let is_program = |path: &&str| is_program(path) && !loaded.contains(path) && may_precache(path);
        mentioned.chain(behind).filter(is_program).collect::<BTreeSet<&str>>().into_iter()
    }

    fn all_unwritten<'s>(
        &'s self,
        known: BTreeSet<&'s str>,
        apart: &BTreeSet<&str>,
        is_meant: fn(&str) -> bool,
        guesses: Guesses,
    ) -> BTreeSet<&'s str> {
        let (mut loaded, mut found) = (known, BTreeSet::new());
        let bundled = self.bundled();
        let has_next = self.files.keys().any(|path| path.contains("_next/static/"));
        let shows = |path: &str| self.files.get(path).is_some_and(|source| source.input.parsed.shows_markdown);
        let has_markdown = loaded.iter().any(|path| shows(path));
        let is_data = |path: &str| {
            is_data_of_page(path, |page| has_next && self.files.contains_key(page))
                || (has_markdown && path.ends_with(".md"))
        };
        let is_by_itself = |path: &&str| (bundled.contains(path) || is_data(path)) && !apart.contains(path);
        let by_themselves: BTreeSet<&str> = self.files.keys().copied().filter(is_by_itself).collect();
        loop {
            let mut mentioned = self.mentioned(loaded.iter().filter_map(|path| self.files.get(path)), guesses);
            mentioned.retain(|path| self.length(path) <= limit_of(path));
            let more = by_themselves.iter().copied().chain(mentioned);
            let more: BTreeSet<&str> = more.filter(|path| !loaded.contains(path) && is_meant(path)).collect();
            if more.is_empty() {
                return found;
            }
            let more = self.loaded_by(more.into_iter());
            found.extend(more.difference(&loaded));
            loaded.extend(more);
        }
    }

    fn length(&self, path: &str) -> u64 {
        self.files.get(path).map_or(0, |source| source.input.length)
    }

    /// Which of the files that are loaded are asked for by the names that they have, and which by those that they get. What is
    /// `included` is asked for as the folder has it.
    pub(in crate::build) fn names<'s>(
        &'s self,
        loaded: impl Iterator<Item = &'s str> + Clone,
        included: impl Fn(&str) -> bool,
    ) -> (BTreeSet<&'s str>, BTreeSet<&'s str>) {
        let (mut own, mut new) = (BTreeSet::new(), BTreeSet::new());
        let mentioned = self.mentioned(loaded.clone().filter_map(|path| self.files.get(path)), Guesses::Words);
        for path in loaded.clone() {
            let Some(source) = self.files.get(path) else { continue };
            own.extend(included(path).then_some(path));
            let is_renamed = |link: &&Link| {
                self.files.get(link.target.as_str()).is_some_and(|target| target.naming == Naming::Fingerprinted)
            };
            for link in source.links.iter().filter(|link| link.is_loaded()).filter(is_renamed) {
                // A script with two names keeps its own, unless an import map says what the other is.
                let is_new = link.insertion.is_some() || Language::of(&link.target) == Language::JavaScript;
                (if is_new { &mut new } else { &mut own }).insert(link.target.as_str());
            }
        }
        // Code that pages load by another name is hardly loaded by this one as well, unless others name it.
        let asked = self.asked_for_elsewhere(loaded, |path| is_code(path) && new.contains(path));
        own.extend(mentioned.into_iter().filter(|path| !is_code(path) || !new.contains(path) || asked.contains(path)));
        (own, new)
    }

    /// What scripts name as it is that is `doubtful`, if not all the pages which have these scripts load it by a link.
    fn asked_for_elsewhere<'s>(
        &'s self,
        loaded: impl Iterator<Item = &'s str>,
        doubtful: impl Fn(&str) -> bool,
    ) -> BTreeSet<&'s str> {
        let scripts = loaded.filter_map(|path| self.files.get_key_value(path));
        let named = scripts.flat_map(|(path, source)| source.mentions.files.iter().map(|name| (*path, name.as_str())));
        let mut named = named.filter(|(_, name)| doubtful(name)).peekable();
        if named.peek().is_none() {
            return BTreeSet::new();
        }
        let mut visitors = Visitors::of(self);
        named.filter(|(script, name)| !visitors.have_both(script, name)).map(|(_, name)| name).collect()
    }
}

fn is_code(path: &str) -> bool {
    matches!(Language::of(path), Language::Css | Language::JavaScript)
}

/// Whether a file is what a script starts, rather than what it shows.
fn is_program(path: &str) -> bool {
    Language::of(path) == Language::JavaScript || [".data", ".pck", ".wasm"].iter().any(|end| path.ends_with(end))
}

fn is_code_or_data(path: &str) -> bool {
    is_code(path) || [".json", ".txt", ".wasm"].iter().any(|end| path.ends_with(end))
}

fn limit_of(path: &str) -> u64 {
    if media_type(path).starts_with("audio/") { SOUND_LIMIT } else { MENTION_LIMIT }
}

/// The folder of a file, and its name without what follows the first dot.
fn split(path: &str) -> (&str, &str) {
    let name = path.rsplit('/').next().unwrap_or(path);
    (&path[..path.len() - name.len()], name.split('.').next().unwrap_or(name))
}

/// Where a specifier leads to: the longest of the beginnings counts ([HTML, "resolve an imports match"][spec]).
///
/// [spec]: https://html.spec.whatwg.org/multipage/webappapis.html#resolving-an-imports-match
fn mapped(specifier: &str, folders: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let specifier = &specifier[..specifier.find(['?', '#']).unwrap_or(specifier.len())];
    let slashes = specifier.rmatch_indices('/').map(|(at, _)| specifier.split_at(at + 1));
    let found = slashes.into_iter().find_map(|(name, rest)| Some((rest, folders.get(name)?)));
    found.map(|(rest, targets)| targets.iter().map(|folder| [folder, rest].concat()).collect()).unwrap_or_default()
}
