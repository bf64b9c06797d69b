//! What the output consists of, and how each piece of it gets there: as it is already, if it can; by a link
//! to the last output, if it is unchanged; and otherwise by being written.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use keepfresh::manifest::hex;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::cache::Written;
use super::derived::Form;
use super::load::digest;
use super::output::Staging;
use super::stamp::Stamp;

/// One file of the output.
pub(crate) struct Piece<'a> {
    pub(crate) content: Content<'a>,
    /// What is in it: two pieces with the same are the same.
    pub(crate) id: String,
    /// Its paths: the first is written, the others are further names of the same file.
    pub(crate) names: Vec<String>,
}

impl<'a> Piece<'a> {
    /// A text that the build has written.
    pub(crate) fn of_text(name: &str, text: &'a str) -> Self {
        let id = hex(&Sha256::digest(text));
        Self { content: Content::Held(text.as_bytes()), id, names: vec![name.to_owned()] }
    }

    /// How many bytes it has.
    pub(crate) fn length(&self) -> anyhow::Result<u64> {
        match &self.content {
            Content::Held(bytes) => Ok(bytes.len() as u64),
            Content::Derived(form) => Ok(form.bytes()?.len() as u64),
            Content::Source(place) | Content::Checked(place) => {
                Ok(fs::metadata(place).with_context(|| format!("{} cannot be read", place.display()))?.len())
            }
        }
    }

    /// Its bytes, as it says they are.
    pub(crate) fn bytes(&self) -> anyhow::Result<Cow<'_, [u8]>> {
        let place = match &self.content {
            Content::Held(bytes) => return Ok(Cow::Borrowed(bytes)),
            Content::Derived(form) => return form.bytes(),
            Content::Source(place) | Content::Checked(place) => place,
        };
        let bytes = fs::read(place).with_context(|| format!("{} cannot be read", place.display()))?;
        if matches!(self.content, Content::Source(_)) && hex(&Sha256::digest(&bytes)) != self.id {
            bail!("{} {CHANGED}", place.display());
        }
        Ok(Cow::Owned(bytes))
    }
}

/// What is said of a file that somebody writes to.
const CHANGED: &str = "changed while the site was built; run the build again when nothing writes to the folder";

/// Where the bytes of a piece are.
pub(crate) enum Content<'a> {
    /// Here.
    Held(&'a [u8]),
    /// With what else was derived from others.
    Derived(&'a Form),
    /// In a file that must have the SHA-256 of the piece's id.
    Source(PathBuf),
    /// In a file that has been checked.
    Checked(PathBuf),
}

/// What the last build wrote down of its output.
pub(crate) type Outputs = BTreeMap<String, Written>;

/// The stamp of a file of an output that is still what was written, and is what is wanted.
fn as_written(dist: &Path, name: &str, id: &str, outputs: &Outputs) -> Option<Stamp> {
    let known = outputs.get(name).filter(|known| known.sha256 == id)?;
    let there = fs::symlink_metadata(dist.join(name)).ok().filter(|file| file.is_file())?;
    Some(Stamp::of_linked(&there)).filter(|stamp| *stamp == known.stamp)
}

/// Whether the output is what the last build has left, all of it and nothing else.
pub(crate) fn is_as_left(dist: &Path, outputs: &Outputs) -> bool {
    let all: Vec<(&String, &Written)> = outputs.iter().collect();
    let is_there = |(name, written): &(&String, &Written)| as_written(dist, name, &written.sha256, outputs).is_some();
    let (all_there, files) = rayon::join(|| all.par_iter().all(is_there), || super::folder::all_files(dist));
    all_there && !outputs.is_empty() && files.is_ok_and(|files| files.len() == outputs.len())
}

/// Whether the output is there already.
pub(crate) fn is_up_to_date(pieces: &[Piece<'_>], dist: &Path, outputs: &Outputs) -> bool {
    let count: usize = pieces.iter().map(|piece| piece.names.len()).sum();
    let is_known = |piece: &Piece<'_>| {
        piece.names.iter().all(|name| outputs.get(name).is_some_and(|known| known.sha256 == piece.id))
    };
    count == outputs.len() && pieces.iter().all(is_known) && is_as_left(dist, outputs)
}

/// What is known of two outputs: the last one, and the one before, which the next is made of.
pub(crate) struct Known<'a> {
    pub(crate) last: &'a Outputs,
    pub(crate) before: &'a Outputs,
}

/// Makes the next output: what is there stays if it is right, what is unchanged since the last output gets a
/// name here as well, and the rest is written. Returns what the next build should know of it.
pub(crate) fn write(
    pieces: &[Piece<'_>],
    staging: &Staging,
    dist: &Path,
    known: &Known<'_>,
) -> anyhow::Result<Outputs> {
    staging.retain(&pieces.iter().flat_map(|piece| &piece.names).map(String::as_str).collect())?;
    let of_piece = |piece: &Piece<'_>| {
        let written = Written { stamp: write_one(piece, staging, dist, known)?, sha256: piece.id.clone() };
        anyhow::Ok(piece.names.iter().map(|name| (name.clone(), written.clone())).collect::<Vec<_>>())
    };
    let all: Vec<_> = pieces.par_iter().map(of_piece).collect::<anyhow::Result<_>>()?;
    Ok(all.into_iter().flatten().collect())
}

fn write_one(piece: &Piece<'_>, staging: &Staging, dist: &Path, known: &Known<'_>) -> anyhow::Result<Stamp> {
    let [first, others @ ..] = piece.names.as_slice() else { bail!("a file of the output has no name") };
    let there = |name: &str| staging.had(|folder| as_written(folder, name, &piece.id, known.before));
    let kept = there(first).filter(|_| !staging.has(first));
    if kept.is_none() && !staging.has(first) {
        match &piece.content {
            _ if as_written(dist, first, &piece.id, known.last).is_some() => {
                staging.link(&staging.old(first), first)?;
            }
            Content::Held(bytes) => staging.write(first, bytes)?,
            Content::Derived(form) => staging.write(first, &form.bytes()?)?,
            Content::Checked(place) => fs::copy(place, staging.make_place(first)?).map(drop)?,
            Content::Source(place) => copy_checked(place, first, &piece.id, staging)?,
        }
    }
    let is_there = |name: &str| staging.has(name) || (kept.is_some() && there(name).is_some());
    let mut missing = others.iter().filter(|name| !is_there(name));
    missing.try_for_each(|name| staging.link(&staging.path(first), name))?;
    match kept {
        Some(stamp) => Ok(stamp),
        None => Ok(Stamp::of_linked(&fs::symlink_metadata(staging.path(first))?)),
    }
}

fn copy_checked(place: &Path, name: &str, id: &str, staging: &Staging) -> anyhow::Result<()> {
    use std::io::Write;
    let mut file = File::open(place).with_context(|| format!("{name} cannot be read"))?;
    let stamp = Stamp::of(&file.metadata()?);
    let mut copy = staging.create(name)?;
    let sha256 = digest(&mut file, stamp, |chunk| copy.write_all(chunk))?;
    if hex(&sha256) != id {
        bail!("{name} {CHANGED}");
    }
    Ok(())
}

/// Two files cannot have one name, as that of one which lies in the folder already under the name that another gets; nor
/// can one have the name of a folder.
pub(crate) fn have_names_of_their_own(pieces: &[Piece<'_>]) -> anyhow::Result<()> {
    let mut names: BTreeMap<&str, &Piece<'_>> = BTreeMap::new();
    for piece in pieces {
        for name in &piece.names {
            if let Some(other) = names.insert(name, piece).filter(|other| other.id != piece.id) {
                let (one, two) = (&other.names[0], &piece.names[0]);
                bail!("{one} and {two} are different files, and both would be {name}: remove or rename one of them");
            }
        }
    }
    for (name, piece) in &names {
        if let Some(folder) = folders_of(name).find(|folder| names.contains_key(folder)) {
            let one = &piece.names[0];
            bail!("{folder} is a file, and {one} lies in a folder of that name: remove or rename one of them");
        }
    }
    Ok(())
}

/// The folders that a file lies in, the innermost first.
pub(crate) fn folders_of(path: &str) -> impl Iterator<Item = &str> {
    path.rmatch_indices('/').map(|(end, _)| &path[..end])
}

/// What a build would change, a line each: `+` new, `-` gone, `~` different.
pub(crate) fn differences(pieces: &[Piece<'_>], dist: &Path) -> anyhow::Result<Vec<String>> {
    let there = super::folder::all_files(dist)?;
    let wanted: BTreeMap<&str, &Piece<'_>> =
        pieces.iter().flat_map(|piece| piece.names.iter().map(move |name| (name.as_str(), piece))).collect();
    let compare = |(name, piece): (&&str, &&Piece<'_>)| {
        if there.binary_search_by(|known| known.as_str().cmp(name)).is_err() {
            return Some(format!("+ {name}"));
        }
        (!is_same(piece, &dist.join(name)).unwrap_or(false)).then(|| format!("~ {name}"))
    };
    let mut lines: Vec<String> = wanted.par_iter().filter_map(compare).collect();
    lines.extend(there.iter().filter(|name| !wanted.contains_key(name.as_str())).map(|name| format!("- {name}")));
    lines.sort_by(|one, other| one[2..].cmp(&other[2..]));
    Ok(lines)
}

fn is_same(piece: &Piece<'_>, place: &Path) -> anyhow::Result<bool> {
    match &piece.content {
        Content::Held(bytes) => Ok(fs::metadata(place)?.len() == bytes.len() as u64 && fs::read(place)? == *bytes),
        Content::Derived(form) => Ok(fs::read(place)? == *form.bytes()?),
        Content::Checked(other) => {
            Ok(fs::metadata(place)?.len() == fs::metadata(other)?.len() && fs::read(place)? == fs::read(other)?)
        }
        Content::Source(_) => {
            let mut file = File::open(place)?;
            let stamp = Stamp::of(&file.metadata()?);
            Ok(hex(&digest(&mut file, stamp, |_| Ok(()))?) == piece.id)
        }
    }
}
