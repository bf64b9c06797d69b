//! A site with fingerprinted assets, and what is written down about it.

pub mod listing;
pub mod worker_script;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use self::listing::{Listed, Listing};
use crate::build::clues::rivals::GUARD;
use crate::build::integrity::Algorithm;
use crate::build::name::{Language, encode, page_url};
use crate::build::reference::Kind;
use crate::build::site::fingerprint::{Named, Node, final_bytes, fingerprint};
use crate::build::site::modules::map_insertions;
use crate::build::site::unwritten::Unwritten;
use crate::build::site::{Naming, Site, Source};
use crate::manifest::{Entry, FINGERPRINT_DIGITS, MARK, Need, fingerprint_of, fingerprinted, hex, line};

/// A site with fingerprinted assets.
pub struct Release<'a> {
    /// Its files, in the order of their paths in the folder that was read.
    pub files: Vec<File<'a>>,
    /// What is to be precached, as the worker reads it.
    pub precache: String,
    /// How many files that is, and how many bytes.
    pub precached: (usize, u64),
    /// The URLs of what the first page loads.
    pub first: BTreeSet<String>,
    /// How many files, and how many bytes, pages may load besides: so many that people have to say which are to be precached.
    pub left_out: (usize, u64),
    /// The URLs of what is to be precached, or would be if it were not too large, has no fingerprint in its name, and is no
    /// page that nobody but people ask for; and whether scripts may fetch it.
    pub plain: Vec<(String, bool)>,
    /// Names what is to be precached: the same for the same files.
    pub version: String,
}

/// What people want of a release, beside what its files say.
pub struct Wishes<'a> {
    /// The pages that stand in for others when there is no network: they may be shown at any path.
    pub fallbacks: &'a [&'a str],
    /// Whether a file is loaded by pages by a name that no file spells out.
    pub include: &'a (dyn Fn(&str) -> bool + Sync),
    /// The digest that stands beside scripts and style sheets in pages, if one is to.
    pub integrity: Option<Algorithm>,
    /// Whether a first visit may download the file at a path.
    pub may_precache: &'a (dyn Fn(&str) -> bool + Sync),
    /// How modules name each other.
    pub modules: ModuleNames,
    /// How much a version depends on the file at a path, if anything was said of it.
    pub need: &'a (dyn Fn(&str) -> Option<Need> + Sync),
}

/// How modules name each other.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum ModuleNames {
    /// By fingerprints: a change renames all that import what changed, directly or not.
    #[default]
    Cascade,
    /// As they were written; an import map in each page says which file that is.
    ImportMap,
}

impl Wishes<'_> {
    /// Whether a page is shown under the URLs of others, where relative references would lead astray:
    /// these begin at the site's root instead.
    fn is_shown_anywhere(&self, path: &str) -> bool {
        path == ERROR_PAGE || self.fallbacks.contains(&path)
    }

    /// Whether a site that has been stored would not work without a file: the page that people see first, those that stand
    /// in for others, and what makes pages run and look as they should. Another page is on the network if it is not
    /// stored, and a page that lacks a picture is a page.
    fn can_do_nothing_without(&self, path: &str) -> bool {
        match Language::of(path) {
            Language::Html => path == FIRST_PAGE || self.fallbacks.contains(&path),
            Language::Css | Language::JavaScript => true,
            Language::Other => path.ends_with(".wasm") || path.ends_with(".json"),
            Language::Svg | Language::WebManifest => false,
        }
    }
}

/// The page that hosts show for what is not there.
const ERROR_PAGE: &str = "404.html";

/// The page that most people see first.
const FIRST_PAGE: &str = "index.html";

/// One file of a release.
#[derive(Clone)]
pub struct File<'a> {
    /// Its final bytes; `None` if they are those that were read and nobody kept them.
    pub bytes: Option<Cow<'a, [u8]>>,
    /// How many bytes it has.
    pub length: u64,
    /// What has become of its name.
    pub naming: Naming,
    /// Its path in the release.
    pub out: String,
    /// Its path in the folder that was read, under which it is there as well.
    pub path: &'a str,
    /// The SHA-256 of its final bytes.
    pub sha256: [u8; 32],
}

impl File<'_> {
    /// Whether the build has put a fingerprint into its name.
    pub fn is_asset(&self) -> bool {
        self.out != self.path
    }

    /// Whether it is what it is for ever: other bytes would have another name.
    pub fn is_immutable(&self) -> bool {
        self.naming != Naming::Kept
    }

    fn integrity(&self, algorithm: Option<Algorithm>) -> String {
        integrity(algorithm, self.bytes.as_deref(), &self.sha256)
    }
}

/// The digest of a file whose SHA-256 is known, in the form that pages have; with SHA-256 its bytes are not needed.
fn integrity(algorithm: Option<Algorithm>, bytes: Option<&[u8]>, sha256: &[u8; 32]) -> String {
    match (algorithm, bytes) {
        (Some(algorithm), Some(bytes)) if algorithm != Algorithm::Sha256 => algorithm.integrity(bytes),
        _ => Algorithm::sha256_integrity(sha256),
    }
}

impl<'a> Site<'a> {
    /// Names every asset, and puts the names into every reference.
    pub fn build(&mut self, wishes: &Wishes<'_>) -> Release<'a> {
        if wishes.modules == ModuleNames::ImportMap {
            self.free_modules();
        }
        let assets: Vec<(&'a str, &Source<'a>)> = self
            .files
            .iter()
            .filter(|(_, file)| file.naming == Naming::Fingerprinted)
            .map(|(path, file)| (*path, file))
            .collect();
        let place: BTreeMap<&str, usize> = assets.iter().enumerate().map(|(n, (path, _))| (*path, n)).collect();
        let insertions = |file: &Source<'_>| -> Vec<(usize, usize)> {
            let named = |link: &crate::build::site::Link| Some((link.insertion?, *place.get(link.target.as_str())?));
            file.links.iter().filter_map(named).collect()
        };
        let node = |(path, file): &(&'a str, &Source<'a>)| {
            let input = file.input;
            let (insertions, respelled) = (insertions(file), file.respelled.clone());
            Node { bytes: input.bytes.as_deref(), insertions, path, respelled, sha256: input.sha256 }
        };
        let nodes: Vec<Node<'a>> = assets.iter().map(node).collect();
        let named = fingerprint(&nodes, self.digits);
        let renamed: BTreeMap<&'a str, File<'a>> =
            assets.iter().zip(named).map(|((path, source), named)| (*path, renamed(path, source, named))).collect();

        let digests = self.digests(wishes, &renamed);
        let kept = |(path, file): (&&'a str, &Source<'a>)| self.kept(path, file, wishes, &renamed, &digests);
        let mut files: Vec<File<'a>> =
            self.files.par_iter().filter(|(path, _)| !renamed.contains_key(*path)).map(kept).collect();
        files.extend(renamed.into_values());
        files.sort_by_key(|file| file.path);

        let Precached { list: precache, count, bytes, left_out, plain } = self.precache(&files, wishes);
        let mut version = hex(&Sha256::digest(&precache));
        version.truncate(FINGERPRINT_DIGITS);
        let first = self.loaded(|page| page == FIRST_PAGE);
        let first =
            files.iter().filter(|file| first.contains(file.path)).map(|file| encode(page_url(&file.out))).collect();
        Release { files, first, left_out, plain, precache, precached: (count, bytes), version }
    }

    /// A file that keeps its name, with the names of others in it.
    fn kept(
        &self,
        path: &'a str,
        file: &Source<'a>,
        wishes: &Wishes<'_>,
        renamed: &BTreeMap<&'a str, File<'a>>,
        digests: &BTreeMap<&str, String>,
    ) -> File<'a> {
        let input = file.input;
        let mut insertions: Vec<(usize, Cow<'_, str>)> = Vec::new();
        insertions.extend(input.parsed.only_leaves.then_some((0, Cow::Borrowed(GUARD))));
        for link in &file.links {
            let target = renamed.get(link.target.as_str());
            if let Some(target) = target {
                let mark = &target.out[crate::manifest::insertion_point(target.path)..][..MARK.len() + self.digits];
                insertions.extend(link.insertion.map(|at| (at, Cow::Borrowed(mark))));
            }
            // Under its own name what has another changes with each release.
            let is_by_digest = link.insertion.is_some() || target.is_none();
            let digest = digests.get(link.target.as_str()).filter(|_| is_by_digest);
            if let (Some(digest), Some(place)) = (digest, link.digest_place) {
                let crossorigin = if place.has_crossorigin { "" } else { " crossorigin=\"anonymous\"" };
                insertions.push((place.at, [" integrity=\"", digest, "\"", crossorigin].concat().into()));
            }
        }
        if let (ModuleNames::ImportMap, Some(modules), Some(bytes)) =
            (wishes.modules, &input.parsed.modules, &input.bytes)
        {
            let mapped = self.mapped(path);
            let url = |path: &str| [self.base, &encode(path)].concat();
            let targets = || mapped.iter().filter_map(|path| renamed.get(path));
            let imports = targets().map(|file| (url(file.path), url(&file.out))).collect();
            let digests = targets().map(|file| (url(&file.out), file.integrity(wishes.integrity))).collect();
            if !mapped.is_empty() {
                let map = map_insertions(bytes, modules, &imports, &digests);
                insertions.extend(map.into_iter().map(|(at, text)| (at, text.into())));
            }
        }
        if wishes.is_shown_anywhere(path) {
            let folder = [self.base, &encode(&path[..path.rfind('/').map_or(0, |slash| slash + 1)])].concat();
            insertions.extend(file.relative.iter().map(|start| (*start, folder.clone().into())));
        }
        let inserted = insertions.iter().map(|(point, text)| (*point..*point, &**text));
        let respelled = file.respelled.iter().map(|(place, text)| (place.clone(), text.as_str()));
        let bytes = input.bytes.as_deref().map(|bytes| final_bytes(bytes, inserted.chain(respelled).collect()));
        let sha256 = match &bytes {
            Some(Cow::Owned(changed)) => Sha256::digest(changed).into(),
            _ => input.sha256,
        };
        let length = bytes.as_ref().map_or(input.length, |bytes| bytes.len() as u64);
        File { bytes, length, naming: file.naming, out: path.to_owned(), path, sha256 }
    }

    /// The digests that stand beside references, if any are to, by the paths of the files that these lead to: of those that
    /// are what they are for ever.
    fn digests(&self, wishes: &Wishes<'_>, renamed: &BTreeMap<&'a str, File<'a>>) -> BTreeMap<&str, String> {
        let links = self.files.values().flat_map(|file| &file.links);
        let is_wanted = |link: &&crate::build::site::Link| wishes.integrity.is_some() && link.digest_place.is_some();
        let targets: BTreeSet<&str> = links.filter(is_wanted).map(|link| link.target.as_str()).collect();
        let digest = |path: &&str| match renamed.get(path) {
            Some(file) => Some(file.integrity(wishes.integrity)),
            None => {
                let file = self.files.get(path).filter(|file| file.naming == Naming::Hashed)?;
                Some(integrity(wishes.integrity, file.input.bytes.as_deref(), &file.input.sha256))
            }
        };
        targets.into_par_iter().filter_map(|path| Some((path, digest(&path)?))).collect()
    }

    /// Every page, and what the pages load, as far as that is known: a visit to any of them then works offline. Left out is
    /// what a visitor has to ask for (downloads, audio, video), what only developers see (source
    /// maps), and the page for errors, which many hosts do not serve under its own name.
    fn precache(&self, files: &[File<'_>], wishes: &Wishes<'_>) -> Precached {
        let (needs, Unwritten { left_out, named, .. }) = self.needs(wishes);
        let (mut own, new) = self.names(needs.keys().copied(), wishes.include);
        // In the documents that stand in attributes nothing is rewritten.
        let sources = needs.keys().filter_map(|path| self.files.get(path));
        own.extend(sources.flat_map(|source| &source.framed).map(String::as_str));
        let listed = files.iter().filter(|file| (wishes.may_precache)(file.path));
        let names = |file: &&File<'_>| {
            let need = *needs.get(file.path)?;
            let is_new = file.is_asset() && new.contains(file.path);
            let is_own = !is_new || own.contains(file.path);
            // What is there twice need not be there twice at once.
            let of_own = is_own.then(|| (file.path.to_owned(), if is_new { Need::Lazy } else { need }));
            Some(of_own.into_iter().chain(is_new.then(|| (file.out.clone(), need))))
        };
        let mut entries: Vec<(String, &File<'_>, Need)> = listed
            .filter_map(|file| Some((file, names(&file)?)))
            .flat_map(|(file, names)| names.map(move |(name, need)| (encode(page_url(&name)), file, need)))
            .collect();
        entries.sort_by(|one, other| one.0.cmp(&other.0));
        let bytes = entries.iter().map(|(_, file, _)| file.length).sum();
        let list = entries.iter().map(|(url, file, need)| {
            let is_hashed = file.naming == Naming::Hashed;
            line(&Entry { is_hashed, need: *need, ..Entry::new(url, file.length as i64, &hex(&file.sha256)) })
        });
        // What a script refers to by its URL may be fetched, whatever it is (`new URL('a.js', import.meta.url)`).
        let scripts = self.files.iter().filter(|(path, _)| Language::of(path) == Language::JavaScript);
        let links = scripts
            .flat_map(|(_, script)| &script.links)
            .filter(|link| matches!(link.kind, Kind::ImportedScript | Kind::Url));
        let by_url: BTreeSet<&str> = links.map(|link| link.target.as_str()).collect();
        let is_fetched = |path: &str| own.contains(path) || by_url.contains(path);
        let is_plain = |(url, file, _): &&(String, &File<'_>, Need)| {
            let has_print = file.naming == Naming::Hashed || fingerprint_of(url).is_some();
            !has_print && (Language::of(file.path) != Language::Html || is_fetched(file.path))
        };
        let is_fetched = |file: &File<'_>| is_fetched(file.path) || file.is_asset();
        let listed = entries.iter().filter(is_plain).map(|(url, file, _)| (url.clone(), is_fetched(file)));
        let is_kept = |file: &&File<'_>| file.naming != Naming::Hashed && fingerprint_of(file.path).is_none();
        let named = files.iter().filter(|file| named.contains(file.path) && !needs.contains_key(file.path));
        let plain = listed.chain(named.filter(is_kept).map(|file| (encode(page_url(file.path)), true)));
        Precached { list: list.collect(), count: entries.len(), bytes, left_out, plain: plain.collect() }
    }

    /// How much the version depends on each file, and what is left out. What people say of a page holds for what only such
    /// pages load.
    fn needs(&self, wishes: &Wishes<'_>) -> (BTreeMap<&str, Need>, Unwritten<'_>) {
        let of_page = |page: &str| (wishes.need)(page).unwrap_or_default();
        let reached = self.loaded(|page| page != ERROR_PAGE);
        let at_once = self.loaded(|page| page != ERROR_PAGE && of_page(page) != Need::Lazy);
        let required = self.loaded(|page| page != ERROR_PAGE && of_page(page) == Need::Required);
        let need = |path: &str| match (wishes.need)(path) {
            Some(need) => need,
            None if !at_once.contains(path) => Need::Lazy,
            None if required.contains(path) && wishes.can_do_nothing_without(path) => Need::Required,
            None => Need::Optional,
        };
        let mut needs: BTreeMap<&str, Need> = reached.iter().map(|path| (*path, need(path))).collect();
        // Nobody knows which page would load these, or when.
        let included = self.loaded_by(self.files.keys().copied().filter(|path| (wishes.include)(path)));
        // What the page for errors alone loads is no part of anything, unless a script of others says so, or that
        // page stands in for others.
        let mut known: BTreeSet<&str> = reached.union(&included).copied().collect();
        known.extend(self.files.get_key_value(ERROR_PAGE).map(|(path, _)| *path));
        let mut apart = self.loaded(|page| page == ERROR_PAGE);
        if wishes.fallbacks.contains(&ERROR_PAGE) {
            known.append(&mut apart);
        }
        let unwritten = self.unwritten(known, &apart, wishes.may_precache);
        for (paths, need) in [(&included, Need::Optional), (&unwritten.found, Need::Lazy)] {
            for path in paths {
                needs.entry(path).or_insert_with(|| (wishes.need)(path).unwrap_or(need));
            }
        }
        (needs, unwritten)
    }
}

/// What is to be precached.
struct Precached {
    list: String,
    count: usize,
    bytes: u64,
    /// [`Release::left_out`].
    left_out: (usize, u64),
    /// [`Release::plain`].
    plain: Vec<(String, bool)>,
}

fn renamed<'a>(path: &'a str, source: &Source<'a>, named: Named<'a>) -> File<'a> {
    File {
        length: named.bytes.as_ref().map_or(source.input.length, |bytes| bytes.len() as u64),
        bytes: named.bytes,
        naming: source.naming,
        out: fingerprinted(path, &named.mark[MARK.len()..]),
        path,
        sha256: named.sha256,
    }
}

impl Release<'_> {
    /// The manifest for people and tools, without the releases before it. Scripts and style sheets are listed
    /// with the digest of `algorithm`, all else with SHA-256.
    pub fn listing(&self, algorithm: Option<Algorithm>, base: &str, origin: Option<&str>) -> Listing {
        let listed = |file: &File<'_>| Listed {
            url: encode(&file.out),
            integrity: match Language::of(file.path) {
                Language::Css | Language::JavaScript => file.integrity(algorithm),
                _ => Algorithm::sha256_integrity(&file.sha256),
            },
            bytes: file.length,
            immutable: file.is_immutable(),
            encodings: Vec::new(),
        };
        let files = self.files.iter().map(|file| (file.path.to_owned(), listed(file))).collect();
        let (version, origin) = (self.version.clone(), origin.map(str::to_owned));
        Listing { version, base: base.to_owned(), origin, files, ..Listing::default() }
    }
}
