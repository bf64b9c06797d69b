//! Updates: for each earlier release, one file with all deltas that lead from it to this one. What is in it is said in a
//! head: a line a delta (its file's line in the new list, that of the file it is made from in the old list, bytes; with
//! spaces), and an empty one. The first delta is that of the list itself: `-1`, and the bytes of the new list. A delta is
//! frames of Zstandard, or begins with renames where that is smaller: then the line goes on with where the new bytes begin
//! and where the old ones do (`keepfresh::delta::unpack`). As `dcz` each delta is there by itself as well, for hosts that
//! negotiate (RFC 9842), and in Brotli if the site says that its host does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use keepfresh::build::name::{decode, media_type, page_file};
use keepfresh::build::release::listing::Listing;
use keepfresh::build::release::worker_script::{FOLDER, list_name};
use keepfresh::build::{Code, Finding, Release, Severity};
use keepfresh::manifest::{Entry, FINGERPRINT_DIGITS, Precache, fingerprinted, hex, own_name};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::alike::{Alike, Rules, fields_of};
use super::beside::{TOGETHER, beside};
use super::between::{Deltas, OfWorkers};
use super::delta::{self, Coding};
use super::derived::Derived;
use super::folder::file_in;
use super::output::MANIFEST;
use super::packs::Offer;
use super::report::Progress;
use super::similar::{Others, Sketch};
use super::write::Piece;

/// A delta is poor that is more than one byte for so many of the file: then another old file is looked for. And still another is
/// tried, which may be a very large one, where what comes of the first is more than a byte for so many.
const POOR: i64 = 20;
const VERY_POOR: i64 = 5;

/// An earlier release, as it lies in a folder.
pub(crate) struct Earlier {
    folder: PathBuf,
    pub(crate) version: String,
    /// Whether it is one before that of the folder, which has only those of its files that are fingerprinted.
    pub(crate) is_remembered: bool,
    list: String,
    /// The name of what it says in the fields of its responses, if that is known.
    fields: Option<String>,
}

/// The releases that a folder has, the last one first.
pub(crate) fn releases_in(folder: &Path) -> Vec<Earlier> {
    let listing = fs::read_to_string(folder.join(MANIFEST)).ok().and_then(|text| Listing::parse(&text).ok());
    let last = fields_of(folder);
    let versions = listing.into_iter().flat_map(|listing| {
        let remembered = listing.earlier.into_iter().map(|release| (true, release.version));
        std::iter::once((false, listing.version)).chain(remembered)
    });
    let earlier = |(is_remembered, version): (bool, String)| {
        let place = file_in(folder, &list_name(&version))?;
        let list = fs::read_to_string(place).ok()?;
        // A version is named by its list: what is made from another one is of use to nobody.
        hex(&Sha256::digest(&list)).starts_with(&version).then_some(())?;
        let fields = last.clone().filter(|_| !is_remembered);
        Some(Earlier { folder: folder.to_owned(), version, is_remembered, list, fields })
    };
    versions.filter_map(earlier).collect()
}

/// What the update from a version is called. It has the fingerprint of its own bytes: what can be had of a release by deltas is
/// not always the same, for it depends on which files of the earlier one are left.
pub(crate) fn update_name(version: &str, mark: &str) -> String {
    fingerprinted(&[FOLDER, version, ".update"].concat(), mark)
}

/// What leads from one release to the next.
pub(crate) struct Update {
    /// That of the earlier release.
    pub(crate) version: String,
    pub(crate) offer: Offer,
    /// Its deltas, by their names.
    pub(crate) deltas: BTreeMap<String, Vec<u8>>,
}

/// The updates to a release.
pub(crate) fn updates(
    release: &Release<'_>,
    earlier: &[Earlier],
    pieces: &BTreeMap<&str, &Piece<'_>>,
    alike: &Alike<'_>,
    derived: &Derived,
    progress: &Progress,
) -> anyhow::Result<Vec<Update>> {
    let rules = alike.rules();
    let mut seen: BTreeSet<&str> = [release.version.as_str()].into();
    let others: Vec<&Earlier> = earlier.iter().filter(|one| seen.insert(&one.version)).collect();
    let one =
        |earlier: &&Earlier| update(release, earlier, pieces, (alike.config.codings(), &rules), derived, progress);
    others.par_iter().map(one).collect()
}

fn update(
    release: &Release<'_>,
    earlier: &Earlier,
    pieces: &BTreeMap<&str, &Piece<'_>>,
    (codings, rules): (&[Coding], &Rules<'_>),
    derived: &Derived,
    progress: &Progress,
) -> anyhow::Result<Update> {
    let before: Vec<Entry<'_>> = Precache::new(&earlier.list).entries().collect();
    let digests: BTreeSet<String> = before.iter().map(|entry| entry.digest().concat()).collect();
    let changed: Vec<(usize, Entry<'_>)> = Precache::new(&release.precache)
        .entries()
        .enumerate()
        .filter(|(_, entry)| !digests.contains(&entry.digest().concat()))
        .collect();
    let names: BTreeMap<String, usize> =
        before.iter().enumerate().map(|(line, entry)| (own_name(entry.url), line)).collect();
    progress.count(changed.len());
    let of_name = |(line, entry): &(usize, Entry<'_>)| {
        let old = names.get(&own_name(entry.url)).copied();
        let deltas = old.map(|old| earlier.deltas(entry, &before[old], pieces, codings, derived)).transpose();
        progress.step();
        anyhow::Ok(Made { line: *line, old, deltas: deltas?.unwrap_or_default() })
    };
    let mut made: Vec<Made> = changed.par_iter().map(of_name).collect::<anyhow::Result<_>>()?;
    let similar = earlier.similar(&before, &changed, &made, pieces)?;
    let of_similar = |(((_, entry), similar), made): ((&(usize, Entry<'_>), Vec<usize>), &mut Made)| {
        for (old, poor) in similar.into_iter().zip([POOR, VERY_POOR]) {
            let may_be_tried = made.old != Some(old) && rules.are_alike(entry.url, before[old].url);
            if may_be_tried && made.is_poor(entry, poor) {
                made.improve(old, earlier.renamed_file(entry, &before[old], pieces, derived)?);
            }
        }
        anyhow::Ok(())
    };
    changed.par_iter().zip(similar).zip(&mut made).try_for_each(of_similar)?;
    if rules.may_stand_in(earlier.fields.as_deref()) {
        let of_small = |((_, entry), made): (&(usize, Entry<'_>), &Made)| {
            let is_left = made.deltas.of_workers.is_none();
            let old = is_left.then(|| beside(&before, entry, |one, other| rules.are_alike(one, other))).flatten();
            old.map(|old| Ok((old, earlier.small(entry, &before[old], pieces, derived)?))).transpose()
        };
        let small: Vec<_> = changed.par_iter().zip(&made).map(of_small).collect::<anyhow::Result<_>>()?;
        let mut together = 0;
        for (made, (old, deltas)) in made.iter_mut().zip(small).filter_map(|(made, small)| Some((made, small?))) {
            together += deltas.of_workers.as_ref().map_or(0, |delta| delta.bytes.len());
            if together <= TOGETHER {
                made.improve(old, deltas);
            }
        }
    }
    let list = delta::encode_bare(earlier.list.as_bytes(), release.precache.as_bytes())?.unwrap_or_default();
    let mut bytes = format!("-1 {} {}\n", release.precache.len(), list.len()).into_bytes();
    let of_workers = || made.iter().filter_map(|one| Some((one.line, one.old?, one.deltas.of_workers.as_ref()?)));
    for (line, old, OfWorkers { bytes: delta, places }) in of_workers() {
        bytes.extend_from_slice(format!("{line} {old} {}{places}\n", delta.len()).as_bytes());
    }
    bytes.push(b'\n');
    bytes.extend_from_slice(&list);
    of_workers().for_each(|(_, _, delta)| bytes.extend_from_slice(&delta.bytes));
    let deltas = made.into_iter().flat_map(|made| made.deltas.published).collect();
    Ok(Update { version: earlier.version.clone(), offer: offer(&earlier.version, bytes), deltas })
}

/// The update from a version.
pub(crate) fn offer(version: &str, bytes: Vec<u8>) -> Offer {
    let mark = &hex(&Sha256::digest(&bytes))[..FINGERPRINT_DIGITS];
    Offer { name: update_name(version, mark), line: format!("{version} {} {mark}", bytes.len()), bytes }
}

/// How many deltas are in an update.
pub(crate) fn deltas_in(update: &[u8]) -> usize {
    let head = update.windows(2).position(|two| two == b"\n\n").unwrap_or_default();
    update[..head].iter().filter(|byte| **byte == b'\n').count()
}

/// What leads to a file that has changed.
struct Made {
    /// Its line in the list.
    line: usize,
    /// The line of the old file in the list before.
    old: Option<usize>,
    deltas: Deltas,
}

impl Made {
    /// Whether another file may be more like it than the old one of its name.
    fn is_poor(&self, entry: &Entry<'_>, poor: i64) -> bool {
        let length = self.deltas.of_workers.as_ref().map(|delta| delta.bytes.len() as i64);
        length.is_none_or(|length| length * poor > entry.bytes)
    }

    /// Takes what leads from another file, if it is less. What hosts negotiate is made from the file of the same name: that is
    /// what browsers have (RFC 9842, section 2.1.2).
    fn improve(&mut self, old: usize, other: Deltas) {
        let length = |deltas: &Deltas| deltas.of_workers.as_ref().map_or(usize::MAX, |delta| delta.bytes.len());
        if length(&other) < length(&self.deltas) {
            self.old = Some(old);
            self.deltas.of_workers = other.of_workers;
        }
    }
}

impl Earlier {
    /// The bytes of a file of this release; nothing if they are not there any more.
    pub(crate) fn read(&self, entry: &Entry<'_>) -> Option<Vec<u8>> {
        let place = file_in(&self.folder, &page_file(&decode(entry.url)?))?;
        let bytes = fs::read(place).ok()?;
        (hex(&Sha256::digest(&bytes)) == entry.digest().concat()).then_some(bytes)
    }

    /// Whether a file lies there as long as it was: no build is to read all of an earlier one.
    pub(crate) fn is_there(&self, entry: &Entry<'_>) -> bool {
        let place = decode(entry.url).and_then(|path| file_in(&self.folder, &page_file(&path)));
        place.and_then(|place| fs::metadata(place).ok()).is_some_and(|meta| meta.len() as i64 == entry.bytes)
    }

    /// What was of this release, is no more in `release` or has changed since, and does not lie there as it did.
    pub(crate) fn lost(&self, release: &Release<'_>) -> Vec<Finding> {
        let digests: BTreeSet<String> =
            Precache::new(&release.precache).entries().map(|entry| entry.digest().concat()).collect();
        let told = |entry: Entry<'_>| {
            let Self { folder, version, .. } = self;
            let message = format!(
                "{} has it no more as release {version} had it: there is no delta from there",
                folder.display()
            );
            Finding::of_file(entry.url, Code::MissingFile, Severity::Warning, message)
        };
        let all = Precache::new(&self.list);
        let changed = all.entries().filter(|entry| !digests.contains(&entry.digest().concat()));
        changed.filter(|entry| !self.is_there(entry)).map(told).collect()
    }

    /// For each file that has changed a lot, or is new, the old ones that are most like it: files change their names, and names
    /// (`1.js`, `2.js`) their files.
    fn similar(
        &self,
        before: &[Entry<'_>],
        changed: &[(usize, Entry<'_>)],
        made: &[Made],
        pieces: &BTreeMap<&str, &Piece<'_>>,
    ) -> anyhow::Result<Vec<Vec<usize>>> {
        let kind = |entry: &Entry<'_>| media_type(&page_file(entry.url));
        let poor = changed.iter().zip(made).map(|((_, entry), made)| made.is_poor(entry, POOR).then_some(entry));
        let poor: Vec<Option<&Entry<'_>>> = poor.collect();
        let kinds: BTreeSet<&str> = poor.iter().flatten().map(|entry| kind(entry)).collect();
        let sketch = |(line, entry): (usize, &Entry<'_>)| Some((line, Sketch::of(&self.read(entry)?)));
        let of_kind = |wanted: &'static str| {
            let all = before.par_iter().enumerate().filter(|(_, entry)| kind(entry) == wanted);
            (wanted, Others::new(all.filter_map(sketch).collect()))
        };
        let others: BTreeMap<_, _> = kinds.into_iter().map(of_kind).collect();
        let similar = |entry: Option<&Entry<'_>>| {
            let Some((entry, piece)) =
                entry.and_then(|entry| Some((entry, pieces.get(entry.digest().concat().as_str())?)))
            else {
                return Ok(Vec::new());
            };
            let others = others.get(kind(entry)).context("no files of its kind were looked at")?;
            Ok(others.most_similar(&Sketch::of(&piece.bytes()?)))
        };
        poor.into_par_iter().map(similar).collect()
    }
}
