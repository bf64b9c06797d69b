//! The manifest of a release, `keepfresh.json`: from each file's path to its URL, its integrity and its
//! length. The same files give the same text.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::build::name::encode;
use crate::manifest::fingerprint_of;

/// What a release consists of.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Listing {
    /// Names what is to be precached: the same for the same files.
    pub version: String,
    /// The path of the site's root on its host.
    #[serde(default = "root", skip_serializing_if = "is_root")]
    pub base: String,
    /// The host, as in `https://example.com`, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Every file of the folder that was read, by its path there.
    pub files: BTreeMap<String, Listed>,
    /// What the build has written beside these, but for this list itself: the worker, headers, the upload plan.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub written: BTreeMap<String, Written>,
    /// The releases before it whose fingerprinted files are there, too; the last one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Earlier>,
    /// URLs that files of this release had in earlier ones for as long as anybody keeps them, and have no more: the digests of
    /// what they stood for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub spent: BTreeMap<String, BTreeSet<String>>,
}

fn root() -> String {
    "/".to_owned()
}

fn is_root(base: &String) -> bool {
    base == "/"
}

/// One file.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Listed {
    /// Its URL, relative to the site's root.
    pub url: String,
    /// Its digest, as in the attribute `integrity`.
    pub integrity: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// Whether other bytes would have another URL.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub immutable: bool,
    /// The encodings it is there in besides, `br` for `site.css.br`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub encodings: Vec<String>,
}

/// A file that the build has written.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Written {
    /// Its digest, as in the attribute `integrity`.
    pub integrity: String,
    /// Its length in bytes.
    #[serde(default)]
    pub bytes: u64,
    /// The encodings it is there in besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub encodings: Vec<String>,
}

/// What is left of an earlier release: its fingerprinted files, by their URLs.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Earlier {
    /// What its manifest said.
    pub version: String,
    /// Its files' digests and lengths, by their URLs.
    pub files: BTreeMap<String, Kept>,
}

/// One file of an earlier release.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Kept {
    /// Its digest, as in the attribute `integrity`.
    pub integrity: String,
    /// Its length in bytes.
    pub bytes: u64,
}

impl Listing {
    /// Reads a manifest; an error that says where it stops being one.
    pub fn parse(json: &str) -> Result<Self, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    /// Its text.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("strings and numbers are always JSON");
        text.push('\n');
        text
    }

    /// What was promised for good: URLs, the digest that each stands for, and the length where it is known.
    pub fn promises(&self) -> impl Iterator<Item = (&str, &str, Option<u64>)> {
        let own = self.files.values().filter(|listed| listed.immutable);
        let own = own.map(|listed| (listed.url.as_str(), listed.integrity.as_str(), Some(listed.bytes)));
        let remembered = self.earlier.iter().flat_map(|release| &release.files);
        let remembered = remembered.map(|(url, kept)| (url.as_str(), kept.integrity.as_str(), Some(kept.bytes)));
        let spent = self.spent.iter().flat_map(|(url, all)| all.iter().map(|one| (url.as_str(), one.as_str(), None)));
        own.chain(remembered).chain(spent)
    }

    /// What becomes of this release, and of those before it, when `next` takes its place and `keep` of them
    /// are to stay. A file that `next` has itself belongs to no earlier one.
    pub fn history(&self, next: &Self, keep: usize) -> Vec<Earlier> {
        let kept = |integrity: &String, bytes| Kept { integrity: integrity.clone(), bytes };
        let files = self.files.values().filter(|listed| listed.immutable);
        let files = files.map(|listed| (listed.url.clone(), kept(&listed.integrity, listed.bytes)));
        // A worker of this release that is being installed may still need the rest of itself. What it can do without goes.
        let is_needed =
            |name: &str| fingerprint_of(name).is_some() && (name.ends_with(".js") || name.ends_with(".txt"));
        let written = self.written.iter().filter(|(name, _)| is_needed(name));
        let written = written.map(|(name, written)| (name.clone(), kept(&written.integrity, written.bytes)));
        let this = Earlier { version: self.version.clone(), files: files.chain(written).collect() };
        // Under its own name, too: what a bundler had named may have got a fingerprint since, and its name is then for none.
        let own = next.files.keys().map(|path| encode(path));
        let urls = next.files.values().map(|listed| listed.url.clone());
        let current: BTreeSet<String> = urls.chain(own).chain(next.written.keys().cloned()).collect();
        let mut seen: BTreeMap<String, ()> = BTreeMap::new();
        let mut history: Vec<Earlier> = Vec::new();
        // What a version leaves alone (a video, say) may have changed while it stayed the same: then it has several entries, and
        // one place.
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for mut release in std::iter::once(this).chain(self.earlier.iter().cloned()) {
            release.files.retain(|url, _| !current.contains(url) && !seen.contains_key(url));
            seen.extend(release.files.keys().map(|url| (url.clone(), ())));
            let others = places.keys().filter(|version| **version != next.version).count();
            let has_place = release.version == next.version || places.contains_key(&release.version) || others < keep;
            // One that has nothing of its own is no release that anybody could miss.
            if release.files.is_empty() || !has_place {
                continue;
            }
            let count = places.entry(release.version.clone()).or_default();
            *count += 1;
            if *count <= keep {
                history.push(release);
            }
        }
        history
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(version: &str, urls: &[&str]) -> Listing {
        let listed = |url: &str| Listed { url: url.to_owned(), immutable: url.contains('.'), ..Listed::default() };
        let path = |url: &str| url.rsplit_once('.').map_or(url, |(path, _)| path).to_owned();
        let files = urls.iter().map(|url| (path(url), listed(url))).collect();
        Listing { version: version.to_owned(), files, ..Listing::default() }
    }

    #[test]
    fn earlier_releases_are_told_of_until_there_are_too_many() {
        let mut last = listing("0", &["a.0", "page"]);
        let steps: [(&[&str], usize, &[(&str, &[&str])]); 7] = [
            (&["a.1", "page"], 2, &[("0", &["a.0"])]),
            (&["a.1", "page"], 2, &[("0", &["a.0"])]),
            (&["a.2", "page"], 2, &[("2", &["a.1"]), ("0", &["a.0"])]),
            (&["a.3", "page"], 2, &[("3", &["a.2"]), ("2", &["a.1"])]),
            // What comes back is no longer an earlier one's.
            (&["a.2", "page"], 2, &[("4", &["a.3"]), ("2", &["a.1"])]),
            (&["a.4", "page"], 0, &[]),
            // The name that a file has of its own is no earlier one's either.
            (&["a.5", "page", "a.4.x"], 2, &[]),
        ];
        for (number, (urls, keep, expected)) in steps.into_iter().enumerate() {
            let mut next = listing(&(number + 1).to_string(), urls);
            next.earlier = last.history(&next, keep);
            let history: Vec<(&str, Vec<&str>)> = next
                .earlier
                .iter()
                .map(|one| (one.version.as_str(), one.files.keys().map(String::as_str).collect()))
                .collect();
            let expected: Vec<(&str, Vec<&str>)> =
                expected.iter().map(|(version, urls)| (*version, urls.to_vec())).collect();
            assert_eq!(history, expected, "step {number}");
            assert_eq!(Listing::parse(&next.to_json()), Ok(next.clone()));
            last = next;
        }
    }
}
