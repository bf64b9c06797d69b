//! What responses say of themselves: one policy, written down for each host in its own way ([`Host`]).
//!
//! | response | says |
//! |---|---|
//! | whose name carries a fingerprint | keep me for a year, and never ask |
//! | everything else | keep me, and ask before using me |
//!
//! A host that does not know a rule must come out at the second line: slower, never wrong.

mod audit;
mod contradictions;
mod files;
mod hosts;
mod named;
mod places;
mod rules;
mod upload;

use std::collections::BTreeSet;

use super::Release;
use super::name::{Language, decode, encode, page_url};
use super::site::Naming;
use crate::manifest::{fingerprint_of, insertion_point};

pub use audit::{Fault, Resource, audit};
pub use contradictions::{contradictions, meaningless};
pub use files::headers_file;
pub use hosts::Host;
pub use named::{answered_in, named_in};
pub use places::hashed_places;
pub use rules::{Said, fields_at, lines, lines_of_all_hosts};
pub use upload::upload_plan;

/// For what its name is a fingerprint of (RFC 8246).
pub const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// For what is known by its name: keep it, and ask before using it (RFC 9111, section 5.2.2.4).
pub const NO_CACHE: &str = "no-cache";

/// What a site wants its responses to say.
#[derive(Clone, Copy)]
pub struct Policy<'a> {
    /// The path of the site's root on the host.
    pub base: &'a str,
    /// `CDN-Cache-Control` of pages (RFC 9213).
    pub cdn: Option<&'a str>,
    /// Whether fingerprinted scripts and style sheets may serve as dictionaries for their next version
    /// (RFC 9842).
    pub dictionaries: bool,
    /// The cache groups of the file at a path of the folder that was read (RFC 9875).
    pub groups: &'a (dyn Fn(&str) -> Option<String> + Sync),
}

/// What lies in the output beside a release's own files.
#[derive(Clone, Copy)]
pub struct Beside<'a> {
    /// What the build has written, by path.
    pub written: &'a [&'a str],
    /// The files of earlier releases, by URL: each is what it is for ever.
    pub earlier: &'a [&'a str],
}

impl<'a> Beside<'a> {
    /// The paths of what the build has written under names of its own choice.
    fn named(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.written.iter().copied().filter(|path| fingerprint_of(path).is_none())
    }

    /// The URLs of what the build has written under names with fingerprints.
    fn fingerprinted(&self) -> impl Iterator<Item = String> + use<'a> {
        self.written.iter().filter(|path| fingerprint_of(path).is_some()).map(|path| encode(path))
    }

    /// The paths of what bundlers have named in earlier releases.
    fn bundled(&self) -> impl Iterator<Item = String> + use<'a> {
        self.earlier.iter().filter_map(|url| decode(url)).filter(|path| fingerprint_of(path).is_none())
    }
}

/// A field: its name and its value.
pub type Field = (&'static str, String);

impl Policy<'_> {
    /// Whether there is more to say than `Cache-Control`, so that files have to be told apart.
    fn tells_files_apart(&self, release: &Release<'_>) -> bool {
        self.dictionaries || release.files.iter().any(|file| (self.groups)(file.path).is_some())
    }

    /// What the response under `out` says, which is the file at `path`, as it is or under its new name.
    pub fn fields(&self, path: &str, out: &str, naming: Naming) -> Vec<Field> {
        let is_immutable = naming == Naming::Hashed || out != path;
        let language = Language::of(path);
        let mut fields = vec![("Cache-Control", if is_immutable { IMMUTABLE } else { NO_CACHE }.to_owned())];
        if let Some(cdn) = self.cdn.filter(|_| language == Language::Html) {
            fields.push(("CDN-Cache-Control", cdn.to_owned()));
        }
        let dest = match language {
            Language::Css => Some("style"),
            Language::JavaScript => Some("script"),
            _ => None,
        };
        if let Some(dest) = dest.filter(|_| self.dictionaries && out != path) {
            let (stem, extension) = path.split_at(insertion_point(path));
            let pattern = [self.base, &pattern(stem), ".kf.*", &pattern(extension)].concat();
            fields.push(("Use-As-Dictionary", format!("match=\"{pattern}\", match-dest=(\"{dest}\")")));
            fields.push(("Vary", "Accept-Encoding, Available-Dictionary".to_owned()));
        }
        fields.extend((self.groups)(path).map(|groups| ("Cache-Groups", groups)));
        fields
    }
}

/// A path as URLPattern reads it, without anything that has a meaning there.
fn pattern(path: &str) -> String {
    let mut text = String::new();
    for c in encode(path).chars() {
        if "+*?:{}()".contains(c) {
            text.push_str("\\\\");
        }
        text.push(c);
    }
    text
}

/// The URLs by which people reach a page: under its own name, as its folder, and without its extension.
fn page_names(path: &str) -> BTreeSet<String> {
    let clean = page_url(path);
    let without = clean.strip_suffix(".html").unwrap_or(clean);
    [path, clean, without].into_iter().map(encode).collect()
}

/// The folders in which every file's name carries a fingerprint that a bundler has put there, the outermost
/// ones; each ends with a slash.
pub fn hashed_folders(release: &Release<'_>) -> Vec<String> {
    let folders =
        |path: &str| -> Vec<String> { path.match_indices('/').map(|(at, _)| path[..=at].to_owned()).collect() };
    let of = |is: fn(Naming) -> bool| -> BTreeSet<String> {
        release.files.iter().filter(|file| is(file.naming)).flat_map(|file| folders(file.path)).collect()
    };
    let hashed = of(|naming| naming == Naming::Hashed);
    let others = of(|naming| naming != Naming::Hashed);
    let whole: Vec<&String> = hashed.iter().filter(|folder| !others.contains(*folder)).collect();
    let is_outermost = |folder: &&&String| !whole.iter().any(|other| other != *folder && folder.starts_with(*other));
    whole.iter().filter(is_outermost).map(|folder| (*folder).clone()).collect()
}

/// What bundlers have named that lies in no such folder, files of earlier releases last.
fn hashed_alone(release: &Release<'_>, beside: &Beside<'_>, folders: &[String]) -> Vec<String> {
    let hashed = release.files.iter().filter(|file| file.naming == Naming::Hashed).map(|file| file.path.to_owned());
    hashed.chain(beside.bundled()).filter(|path| is_alone(path, folders)).collect()
}

fn is_alone(path: &str, folders: &[String]) -> bool {
    !folders.iter().any(|folder| path.starts_with(folder.as_str()))
}
