//! A site with fingerprinted assets, and what is written down about it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::fingerprint::{Node, final_bytes, fingerprint};
use super::name::{Language, encode, page_url};
use super::read::{Site, Source};
use super::reference::Kind;
use crate::manifest::{Entry, FINGERPRINT_DIGITS, MARK, base64, fingerprinted, hex, line};

/// A site with fingerprinted assets.
pub struct Release<'a> {
    /// Its files, in the order of their paths in the folder that was read.
    pub files: Vec<File<'a>>,
    /// What is to be precached, as the worker reads it.
    pub precache: String,
    /// How many files that is, and how many bytes.
    pub precached: (usize, u64),
    /// Names what is to be precached: the same for the same files.
    pub version: String,
}

/// What people want of a release, beside what its files say.
pub struct Wishes<'a> {
    /// The pages that stand in for others when there is no network: they may be shown at any path.
    pub fallbacks: &'a [&'a str],
    /// Whether a first visit may download the file at a path.
    pub may_precache: &'a (dyn Fn(&str) -> bool + Sync),
}

impl Wishes<'_> {
    /// Whether a page is shown under the URLs of others, where relative references would lead astray:
    /// these begin at the site's root instead.
    fn is_shown_anywhere(&self, path: &str) -> bool {
        path == ERROR_PAGE || self.fallbacks.contains(&path)
    }
}

/// The page that hosts show for what is not there.
const ERROR_PAGE: &str = "404.html";

/// One file of a release.
pub struct File<'a> {
    /// Its final bytes.
    pub bytes: Cow<'a, [u8]>,
    /// Its path in the folder that was read, under which it is there as well.
    pub path: &'a str,
    /// Its path in the release.
    pub out: String,
    /// The SHA-256 of its final bytes.
    pub sha256: [u8; 32],
}

impl File<'_> {
    /// Whether its name carries its fingerprint.
    pub fn is_asset(&self) -> bool {
        self.out != self.path
    }
}

impl<'a> Site<'a> {
    /// Names every asset, and puts the names into every reference.
    pub fn build(&self, wishes: &Wishes<'_>) -> Release<'a> {
        let assets: Vec<(&'a str, &Source<'a>)> =
            self.files.iter().filter(|(_, file)| !file.keeps_name).map(|(path, file)| (*path, file)).collect();
        let place: BTreeMap<&str, usize> = assets.iter().enumerate().map(|(n, (path, _))| (*path, n)).collect();
        let insertions = |file: &Source<'_>| -> Vec<(usize, usize)> {
            let named = |link: &super::read::Link| Some((link.insertion?, *place.get(link.target.as_str())?));
            file.links.iter().filter_map(named).collect()
        };
        let nodes: Vec<Node<'a>> =
            assets.iter().map(|(path, file)| Node { bytes: file.bytes, insertions: insertions(file), path }).collect();
        let named = fingerprint(&nodes);

        let kept = |(path, file): (&&'a str, &Source<'a>)| {
            let folder = [self.base, &encode(&path[..path.rfind('/').map_or(0, |slash| slash + 1)])].concat();
            let mut insertions: Vec<(usize, &str)> =
                insertions(file).into_iter().map(|(point, target)| (point, named[target].mark.as_str())).collect();
            if wishes.is_shown_anywhere(path) {
                insertions.extend(file.relative.iter().map(|start| (*start, folder.as_str())));
                insertions.sort_by_key(|(point, _)| *point);
            }
            let bytes = final_bytes(file.bytes, &insertions);
            let sha256 = Sha256::digest(&bytes).into();
            File { bytes, path, out: (*path).to_owned(), sha256 }
        };
        let mut files: Vec<File<'a>> = self.files.par_iter().filter(|(_, file)| file.keeps_name).map(kept).collect();
        files.extend(assets.iter().zip(named).map(|((path, _), named)| File {
            out: fingerprinted(path, &named.mark[MARK.len()..]),
            bytes: named.bytes,
            path,
            sha256: named.sha256,
        }));
        files.sort_by_key(|file| file.path);

        let (precache, precached) = self.precache(&files, wishes.may_precache);
        let mut version = hex(&Sha256::digest(&precache));
        version.truncate(FINGERPRINT_DIGITS);
        Release { files, precache, precached, version }
    }

    /// Every page, and what the pages load: a visit to any of them then works offline. Left out is
    /// what a visitor has to ask for (downloads, audio, video), what only developers see (source
    /// maps), and the page for errors, which many hosts do not serve under its own name.
    fn precache(&self, files: &[File<'_>], may_precache: &dyn Fn(&str) -> bool) -> (String, (usize, u64)) {
        let is_page = |path: &str| Language::of(path) == Language::Html && path != ERROR_PAGE;
        let mut reached: BTreeSet<&str> = self.files.keys().copied().filter(|path| is_page(path)).collect();
        let mut open: Vec<&str> = reached.iter().copied().collect();
        while let Some(file) = open.pop().and_then(|path| self.files.get(path)) {
            for link in &file.links {
                let is_loaded = matches!(link.kind, Kind::Module | Kind::Url);
                if is_loaded && reached.insert(&link.target) {
                    open.push(&link.target);
                }
            }
        }
        let mut entries: Vec<(String, &File<'_>)> = files
            .iter()
            .filter(|file| reached.contains(file.path) && may_precache(file.path))
            .map(|file| (encode(page_url(&file.out)), file))
            .collect();
        entries.sort();
        let bytes = entries.iter().map(|(_, file)| file.bytes.len() as u64).sum();
        let list =
            entries.iter().map(|(url, file)| line(&Entry::new(url, file.bytes.len() as i64, &hex(&file.sha256))));
        (list.collect(), (entries.len(), bytes))
    }
}

impl Release<'_> {
    /// The manifest for people and tools: from each file's path to its URL, its integrity and its
    /// length. The same files give the same text.
    pub fn manifest(&self) -> String {
        #[derive(Serialize)]
        struct Manifest<'a> {
            version: &'a str,
            files: BTreeMap<&'a str, Listed>,
        }
        #[derive(Serialize)]
        struct Listed {
            url: String,
            integrity: String,
            bytes: usize,
        }
        let listed = |file: &File<'_>| Listed {
            url: encode(&file.out),
            integrity: ["sha256-", &base64(&file.sha256)].concat(),
            bytes: file.bytes.len(),
        };
        let files = self.files.iter().map(|file| (file.path, listed(file))).collect();
        let manifest = Manifest { version: &self.version, files };
        let mut text = serde_json::to_string_pretty(&manifest).expect("strings and numbers are always JSON");
        text.push('\n');
        text
    }
}

impl Eq for File<'_> {}

impl PartialEq for File<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.out == other.out
    }
}

impl Ord for File<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.out.cmp(&other.out)
    }
}

impl PartialOrd for File<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
