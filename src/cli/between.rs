//! What leads from a file of an earlier release to one of this.

use std::collections::BTreeMap;

use anyhow::Context;
use keepfresh::build::name::Language;
use keepfresh::build::release::worker_script::FOLDER;
use keepfresh::manifest::{Entry, FINGERPRINT_DIGITS, fingerprint_of, fingerprinted};

use super::delta::{self, Coding, is_within_window};
use super::derived::Derived;
use super::renames::{self, Delta, Places};
use super::updates::Earlier;
use super::worth::{in_a_hurry, is_enough, is_next};
use super::write::Piece;

/// What leads from one file to another.
#[derive(Default)]
pub(crate) struct Deltas {
    /// For hosts that negotiate, by their names.
    pub(crate) published: Vec<(String, Vec<u8>)>,
    pub(crate) of_workers: Option<OfWorkers>,
}

/// A delta in an update.
pub(crate) struct OfWorkers {
    pub(crate) bytes: Vec<u8>,
    /// For one with renames, where the new bytes begin and where the old ones do: what its line goes on with.
    pub(crate) places: String,
}

impl Earlier {
    /// The deltas between two files that are worth it: of those that are published, any that is smaller than the one before.
    pub(crate) fn deltas(
        &self,
        entry: &Entry<'_>,
        from: &Entry<'_>,
        pieces: &BTreeMap<&str, &Piece<'_>>,
        codings: &[Coding],
        derived: &Derived,
    ) -> anyhow::Result<Deltas> {
        let (new, old) = (entry.digest().concat(), from.digest().concat());
        let mut made: Vec<(String, Vec<u8>)> = Vec::new();
        let Some(piece) = pieces.get(new.as_str()) else { return Ok(Deltas::default()) };
        let whole = || in_a_hurry(entry.url, &piece.bytes()?);
        for coding in codings.iter().filter(|coding| **coding == Coding::Dcz || is_dictionary(entry.url)) {
            let name = [&new, ".", &old, ".", coding.as_str()].concat();
            let is_small = |length: usize| match made.first() {
                Some((_, other)) => Ok(length < other.len()),
                None => anyhow::Ok(is_enough(length, whole()?)),
            };
            let make = |before: &[u8]| {
                let delta = coding.encode(before, &piece.bytes()?)?;
                Ok(delta.map(|delta| anyhow::Ok(is_small(delta.len())?.then_some(delta))).transpose()?.flatten())
            };
            let delta = self.derived(from, &name, derived, make);
            let Some(delta) = delta.with_context(|| format!("a delta for /{}", entry.url))? else { break };
            let (old, new) = (&old[..FINGERPRINT_DIGITS], &new[..FINGERPRINT_DIGITS]);
            let name = fingerprinted(&[FOLDER, old, ".", coding.as_str()].concat(), new);
            made.push((name, delta));
        }
        let plain =
            made.first().map(|(_, delta)| OfWorkers { bytes: delta::bare(delta).to_vec(), places: String::new() });
        let most = plain.as_ref().map_or(usize::MAX, |plain| plain.bytes.len());
        let of_workers = match (self.renamed(entry, from, piece, most, derived)?, plain) {
            (Some(renamed), Some(plain)) if renamed.bytes.len() < plain.bytes.len() => Some(renamed),
            (Some(renamed), None) if is_enough(renamed.bytes.len(), whole()?) => Some(renamed),
            (_, plain) => plain,
        };
        let published = if is_within_window(from.bytes as usize, entry.bytes as usize) {
            made
        } else {
            made.into_iter().filter(|(name, _)| !name.ends_with(".dcz")).collect()
        };
        Ok(Deltas { published, of_workers })
    }

    /// What leads to a small asset from one beside it, whatever they have in common.
    pub(crate) fn small(
        &self,
        entry: &Entry<'_>,
        from: &Entry<'_>,
        pieces: &BTreeMap<&str, &Piece<'_>>,
        derived: &Derived,
    ) -> anyhow::Result<Deltas> {
        let (new, old) = (entry.digest().concat(), from.digest().concat());
        let Some(piece) = pieces.get(new.as_str()) else { return Ok(Deltas::default()) };
        let make = |before: &[u8]| delta::encode_bare(before, &piece.bytes()?);
        let delta = self.derived(from, &[&new, ".", &old, ".small"].concat(), derived, make)?;
        Ok(Deltas { published: Vec::new(), of_workers: delta.map(|bytes| OfWorkers { bytes, places: String::new() }) })
    }

    /// What is derived from a file of this release: as it is known, or as `make` makes it from its bytes. That these are not there
    /// says nothing of whether a delta is worth it: that is not kept.
    fn derived(
        &self,
        from: &Entry<'_>,
        name: &str,
        derived: &Derived,
        make: impl FnOnce(&[u8]) -> anyhow::Result<Option<Vec<u8>>>,
    ) -> anyhow::Result<Option<Vec<u8>>> {
        // Nor does what is known make a build other than on a machine that knows nothing.
        if !self.is_there(from) {
            return Ok(None);
        }
        let form = match derived.known(name) {
            Some(known) => known,
            None => match self.read(from) {
                Some(before) => derived.keep(name, make(&before)?)?,
                None => None,
            },
        };
        form.map(|form| Ok(form.bytes()?.into_owned())).transpose()
    }

    /// A delta with renames, for a script; nothing if no names in it were given anew, if the list of them is no shorter than
    /// `most`, or its old bytes are not there.
    fn renamed(
        &self,
        entry: &Entry<'_>,
        from: &Entry<'_>,
        piece: &Piece<'_>,
        most: usize,
        derived: &Derived,
    ) -> anyhow::Result<Option<OfWorkers>> {
        if !are_scripts(entry, from) {
            return Ok(None);
        }
        let make = |before: &[u8]| renames::encode(before, &piece.bytes()?, most);
        self.of_workers(entry, from, "renames", derived, make)
    }

    /// What leads to a file from one that had another name, if that is worth it. For workers alone: of the ways to go the shortest.
    pub(crate) fn renamed_file(
        &self,
        entry: &Entry<'_>,
        from: &Entry<'_>,
        pieces: &BTreeMap<&str, &Piece<'_>>,
        derived: &Derived,
    ) -> anyhow::Result<Deltas> {
        let Some(piece) = pieces.get(entry.digest().concat().as_str()) else { return Ok(Deltas::default()) };
        let make = |before: &[u8]| {
            let new = piece.bytes()?;
            let made = if are_scripts(entry, from) {
                renames::shorter(before, &new)?
            } else {
                delta::encode_bare(before, &new)?.map(|bytes| Delta { bytes, places: None })
            };
            let Some(delta) = made else { return Ok(None) };
            Ok(is_next(entry.url, &new, delta.bytes.len() as u64)?.then_some(delta))
        };
        let of_workers = self.of_workers(entry, from, "next", derived, make)?;
        Ok(Deltas { published: Vec::new(), of_workers })
    }

    /// A delta for workers as it is kept: its places, a line, and its bytes.
    fn of_workers(
        &self,
        entry: &Entry<'_>,
        from: &Entry<'_>,
        kind: &str,
        derived: &Derived,
        make: impl FnOnce(&[u8]) -> anyhow::Result<Option<Delta>>,
    ) -> anyhow::Result<Option<OfWorkers>> {
        let written = |Delta { bytes, places }: Delta| {
            let places = places.map_or_else(String::new, |Places { front, shift }| format!(" {front} {shift}"));
            [places.as_bytes(), b"\n", &bytes].concat()
        };
        let name = [&entry.digest().concat(), ".", &from.digest().concat(), ".", kind].concat();
        let kept = self.derived(from, &name, derived, |before| Ok(make(before)?.map(written)));
        let Some(kept) = kept.with_context(|| format!("a delta for /{}", entry.url))? else { return Ok(None) };
        let end = kept.iter().position(|byte| *byte == b'\n').context("a delta that was kept is damaged")?;
        let places = String::from_utf8(kept[..end].to_vec())?;
        Ok(Some(OfWorkers { bytes: kept[end + 1..].to_vec(), places }))
    }
}

fn are_scripts(entry: &Entry<'_>, from: &Entry<'_>) -> bool {
    [entry, from].iter().all(|entry| Language::of(entry.url) == Language::JavaScript)
}

/// Whether browsers keep a file as a dictionary for the next one: what the headers say it of (`build/headers`).
fn is_dictionary(url: &str) -> bool {
    fingerprint_of(url).is_some() && matches!(Language::of(url), Language::Css | Language::JavaScript)
}
