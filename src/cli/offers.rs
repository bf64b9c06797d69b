//! What a build offers to workers beside the files themselves: packs for those who have nothing, and updates for those who have
//! an earlier release.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::bail;
use keepfresh::build::integrity::is_whole;
use keepfresh::build::release::listing::{Listing, Written};
use keepfresh::build::release::worker_script::{FOLDER, Offers};
use keepfresh::build::{Finding, Release};
use keepfresh::manifest::{MARK, hex};
use sha2::{Digest, Sha256};

use super::alike::{Alike, fields_of};
use super::derived::Derived;
use super::folder::file_in;
use super::output::MANIFEST;
use super::packs::{Offer, packs};
use super::report::Progress;
use super::updates::{Earlier, deltas_in, offer, releases_in, updates};
use super::write::{Content, Piece};

/// What is offered, and the files that it consists of, by their names.
#[derive(Default)]
pub(crate) struct Offered {
    pub(crate) offers: Offers,
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// What deltas could not be made from.
    pub(crate) findings: Vec<Finding>,
}

/// From where earlier releases are taken.
pub(crate) struct Before<'a> {
    /// The last output, and how many of its releases count.
    pub(crate) last: (&'a Path, usize),
    /// Further outputs, all of whose releases count.
    pub(crate) against: &'a [PathBuf],
}

impl Before<'_> {
    /// The releases before the one with this version.
    fn releases(&self, version: &str) -> anyhow::Result<Vec<Earlier>> {
        let mut releases: Vec<Earlier> = Vec::new();
        let (folder, count) = self.last;
        if count > 0 {
            // A release that is built once more is none before itself.
            let mut versions = BTreeSet::new();
            let is_new = |one: &Earlier| one.version != version && versions.insert(one.version.clone());
            releases.extend(releases_in(folder).into_iter().filter(is_new).take(count));
        }
        for folder in self.against {
            let there = releases_in(folder);
            if there.is_empty() {
                bail!(
                    "--against {}: there is no release in it; name a folder that this version of `keepfresh build` wrote",
                    folder.display()
                );
            }
            releases.extend(there);
        }
        // A release that a folder is has its pages, which one that it remembers has not.
        releases.sort_by_key(|one| one.is_remembered);
        Ok(releases)
    }

    /// The deltas and updates that lie in the last output, if that is this release.
    fn of_the_same(&self, version: &str) -> BTreeMap<String, Vec<u8>> {
        let (folder, count) = self.last;
        let listing = fs::read_to_string(folder.join(MANIFEST)).ok().and_then(|text| Listing::parse(&text).ok());
        let listing = listing.filter(|listing| count > 0 && listing.version == version);
        let is_delta = |name: &str| {
            let kind = Path::new(name).extension().and_then(|extension| extension.to_str());
            name.starts_with(FOLDER) && matches!(kind, Some("dcb" | "dcz" | "update"))
        };
        let read = |(name, written): (String, Written)| {
            let bytes = fs::read(file_in(folder, &name)?).ok()?;
            is_whole(&bytes, &written.integrity).then_some((name, bytes))
        };
        listing
            .into_iter()
            .flat_map(|listing| listing.written)
            .filter(|(name, _)| is_delta(name))
            .filter_map(read)
            .collect()
    }
}

/// Makes what is offered. `derived` keeps what takes long.
pub(crate) fn offered(
    release: &Release<'_>,
    pieces: &[Piece<'_>],
    alike: &Alike<'_>,
    before: &Before<'_>,
    derived: &Derived,
    progress: &Progress,
) -> anyhow::Result<Offered> {
    let by_id: BTreeMap<&str, &Piece<'_>> = pieces.iter().map(|piece| (piece.id.as_str(), piece)).collect();
    let earlier = before.releases(&release.version)?;
    let mut made = Offered::default();
    let add = |files: &mut BTreeMap<String, Vec<u8>>, lines: &mut String, Offer { name, bytes, line }: Offer| {
        if !lines.is_empty() {
            lines.push('\n');
        }
        lines.push_str(&line);
        files.insert(name, bytes);
    };
    if alike.config.settings.precache.has_packs() {
        for pack in packs(release, &by_id, derived, progress)? {
            add(&mut made.files, &mut made.offers.packs, pack);
        }
    }
    // What a folder only remembers has lost its pages in any case.
    made.findings = earlier.iter().filter(|one| !one.is_remembered).flat_map(|one| one.lost(release)).collect();
    if !earlier.is_empty() {
        progress.say("making deltas");
    }
    // What was made from others then may be so no more.
    let is_so_still = alike.rules().may_stand_in(fields_of(before.last.0).as_deref());
    let of_the_same = if is_so_still { before.of_the_same(&release.version) } else { BTreeMap::new() };
    for mut update in updates(release, &earlier, &by_id, alike, derived, progress)? {
        made.files.extend(update.deltas);
        // Of a release that is built again, the pages of the one before are there no more, but what was made from them is.
        let start = [FOLDER, &update.version, MARK].concat();
        let is_richer = |(name, bytes): &(&String, &Vec<u8>)| {
            name.starts_with(&start) && name.ends_with(".update") && deltas_in(bytes) > deltas_in(&update.offer.bytes)
        };
        if let Some((_, richer)) = of_the_same.iter().find(is_richer) {
            update.offer = offer(&update.version, richer.clone());
            for (name, bytes) in of_the_same.iter().filter(|(name, _)| !name.ends_with(".update")) {
                made.files.entry(name.clone()).or_insert_with(|| bytes.clone());
            }
        }
        add(&mut made.files, &mut made.offers.updates, update.offer);
    }
    Ok(made)
}

impl Offered {
    /// The files as pieces of the output.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        self.files.iter().map(|(name, bytes)| Piece {
            content: Content::Held(bytes),
            id: hex(&Sha256::digest(bytes)),
            names: vec![name.clone()],
        })
    }
}
