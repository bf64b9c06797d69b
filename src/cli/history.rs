//! Earlier releases: their fingerprinted files stay in the output, so that tabs that are still open, and
//! caches on the way that still hold an old page, find what they ask for.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::bail;
use keepfresh::build::integrity::{Algorithm, is_whole};
use keepfresh::build::name::decode;
use keepfresh::build::release::listing::{Kept, Listing};
use keepfresh::build::{Code, Finding, Severity};

use super::folder::place_in;
use super::load::{digest, unhex};
use super::output::MANIFEST;
use super::stamp::Stamp;
use super::write::{Content, Outputs, Piece, folders_of};

/// The last release, as it lies in a folder.
pub(crate) struct Previous<'a> {
    folder: &'a Path,
    keep: usize,
    listing: Option<Listing>,
}

impl<'a> Previous<'a> {
    /// Reads the manifest in `folder`, if there is one; where it is `named`, there must be.
    pub(crate) fn read(folder: &'a Path, keep: usize, is_named: bool) -> anyhow::Result<Self> {
        let place = folder.join(MANIFEST);
        let text = fs::read_to_string(&place);
        if let (true, Err(error)) = (is_named, &text) {
            bail!("{} cannot be read, so earlier releases would be lost: {error}", place.display());
        }
        let listing = match text.ok().map(|text| Listing::parse(&text)).transpose() {
            Err(reason) if keep > 0 => {
                bail!("{} cannot be read, so earlier releases would be lost: {reason}", place.display());
            }
            listing => listing.unwrap_or_default(),
        };
        Ok(Self { folder, keep, listing })
    }

    /// Writes down in `next` what stays. What is not there any more, or is not what it was, is left out and
    /// told of.
    pub(crate) fn keep(&self, next: &mut Listing, outputs: &Outputs) -> Vec<Finding> {
        let Some(listing) = self.listing.as_ref().filter(|_| self.keep > 0) else { return Vec::new() };
        let mut findings = Vec::new();
        let urls = next.files.values().filter_map(|listed| decode(&listed.url));
        let names: BTreeSet<String> = next.files.keys().chain(next.written.keys()).cloned().chain(urls).collect();
        let folders: BTreeSet<&str> = names.iter().flat_map(|name| folders_of(name)).collect();
        let has_place = |path: &str| !folders.contains(path) && !folders_of(path).any(|folder| names.contains(folder));
        next.earlier = listing.history(next, self.keep);
        for release in &mut next.earlier {
            release.files.retain(|url, kept| {
                let has_place = decode(url).is_some_and(|path| has_place(&path));
                let fault = match has_place {
                    true => self.fault(url, kept, outputs),
                    false => Some("what was a folder is a file by now, or the other way round"),
                };
                findings.extend(fault.map(|fault| {
                    let message =
                        format!("it belongs to the earlier release {}, but {fault}: it is left out", release.version);
                    Finding::of_file(url, Code::MissingFile, Severity::Warning, message)
                }));
                fault.is_none()
            });
        }
        next.earlier.retain(|release| !release.files.is_empty());
        findings
    }

    fn fault(&self, url: &str, kept: &Kept, outputs: &Outputs) -> Option<&'static str> {
        let Some(place) = self.place(url) else { return Some("its path leads elsewhere") };
        // What is no file may have no end.
        let Some(mut file) = place.is_file().then(|| File::open(&place).ok()).flatten() else {
            return Some("it is not there any more");
        };
        let Ok(metadata) = file.metadata() else { return Some("it cannot be read") };
        let known = decode(url).and_then(|path| outputs.get(&path));
        if known
            .is_some_and(|known| known.sha256 == id(url, kept, outputs) && known.stamp == Stamp::of_linked(&metadata))
        {
            return None;
        }
        let is_same = if kept.integrity.starts_with("sha256-") {
            let digest = digest(&mut file, Stamp::of(&metadata), |_| Ok(()));
            digest.is_ok_and(|digest| Algorithm::sha256_integrity(&digest) == kept.integrity)
        } else {
            fs::read(&place).is_ok_and(|bytes| is_whole(&bytes, &kept.integrity))
        };
        (!is_same).then_some("its bytes are not what they were")
    }

    /// Where a file of an earlier release lies: never outside of the folder.
    fn place(&self, url: &str) -> Option<PathBuf> {
        place_in(self.folder, &decode(url)?)
    }

    /// The files that stay.
    pub(crate) fn pieces<'p>(&self, next: &Listing, outputs: &Outputs) -> Vec<Piece<'p>> {
        let files = next.earlier.iter().flat_map(|release| &release.files);
        let piece = |(url, kept): (&String, &Kept)| {
            let content = Content::Checked(self.place(url)?);
            Some(Piece { content, id: id(url, kept, outputs), names: vec![decode(url)?] })
        };
        files.filter_map(piece).collect()
    }
}

/// What the last build called the bytes of a file, if they are these; otherwise their digest.
fn id(url: &str, kept: &Kept, outputs: &Outputs) -> String {
    let known = decode(url).and_then(|path| outputs.get(&path)).map(|known| known.sha256.as_str());
    let is_it = |hex: &&str| unhex(hex).is_some_and(|sha256| Algorithm::sha256_integrity(&sha256) == kept.integrity);
    known.filter(is_it).unwrap_or(&kept.integrity).to_owned()
}
