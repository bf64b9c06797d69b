//! Packs: what workers install, many files to a download. Each is one Zstandard frame of a megabyte or so, with a head that says
//! what is in it: a line a file (bytes, URL, media type, with spaces), and an empty one.
//!
//! Not in packs are pages, which a host may send with fields that are theirs alone (Content-Security-Policy), and what
//! is large: that comes as the host has compressed it, and scripts keep the code that browsers compile while they come.

use std::borrow::Cow;
use std::collections::BTreeMap;

use keepfresh::build::Release;
use keepfresh::build::name::media_type;
use keepfresh::build::release::worker_script::FOLDER;
use keepfresh::manifest::{Entry, FINGERPRINT_DIGITS, Need, Precache, fingerprinted, hex};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::derived::Derived;
use super::report::Progress;
use super::write::Piece;

/// A pack has at most this many bytes of files, or one file.
const FULL: i64 = 1 << 20;

/// Larger files are not in packs.
const LARGEST: i64 = 256 << 10;

/// Fewer files are fetched as fast one by one.
const FEWEST: usize = 12;

/// Up to so many bytes in all, Zstandard may take its time (some 3 MB a second); beyond, a build would be felt to wait, for a
/// fifteenth less.
const SLOW_LIMIT: i64 = 4 << 20;
const SLOW_LEVEL: i32 = 19;
const LEVEL: i32 = 12;

/// A file that the build offers to workers, and what their script says of it.
pub(crate) struct Offer {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) line: String,
}

/// The packs of a release, what its first page loads in front.
pub(crate) fn packs(
    release: &Release<'_>,
    pieces: &BTreeMap<&str, &Piece<'_>>,
    derived: &Derived,
    progress: &Progress,
) -> anyhow::Result<Vec<Offer>> {
    let is_packed = |(_, entry): &(usize, Entry<'_>)| entry.is_asset() && entry.bytes < LARGEST;
    let mut entries: Vec<(usize, Entry<'_>)> =
        Precache::new(&release.precache).entries().enumerate().filter(is_packed).collect();
    if entries.len() < FEWEST {
        return Ok(Vec::new());
    }
    // What is alike stands together: it takes less. What is fetched at another time is in packs of its own.
    let is_lazy = |entry: &Entry<'_>| entry.need == Need::Lazy;
    entries.sort_by_key(|(_, entry)| (is_lazy(entry), !release.first.contains(entry.url), media_type(entry.url)));
    let mut groups: Vec<Vec<(usize, Entry<'_>)>> = Vec::new();
    let mut room = 0;
    for entry in entries {
        room -= entry.1.bytes;
        let is_alike = |(_, first): &(usize, Entry<'_>)| is_lazy(first) == is_lazy(&entry.1);
        match groups.last_mut().filter(|group| room >= 0 && group.first().is_some_and(is_alike)) {
            Some(group) => group.push(entry),
            None => {
                room = FULL - entry.1.bytes;
                groups.push(vec![entry]);
            }
        }
    }
    let total: i64 = groups.iter().flatten().map(|(_, entry)| entry.bytes).sum();
    let level = if total <= SLOW_LIMIT { SLOW_LEVEL } else { LEVEL };
    progress.count(groups.len());
    let one = |group: &Vec<(usize, Entry<'_>)>| {
        let offer = pack(group, level, pieces, derived);
        progress.step();
        offer
    };
    groups.par_iter().map(one).collect()
}

fn pack(
    group: &[(usize, Entry<'_>)],
    level: i32,
    pieces: &BTreeMap<&str, &Piece<'_>>,
    derived: &Derived,
) -> anyhow::Result<Offer> {
    let head: String =
        group.iter().map(|(_, entry)| format!("{} {} {}\n", entry.bytes, entry.url, media_type(entry.url))).collect();
    let digests = group.iter().map(|(_, entry)| entry.digest().concat());
    let digest = hex(&Sha256::digest(digests.clone().chain([head.clone()]).collect::<String>()));
    let length = head.len() as i64 + 1 + group.iter().map(|(_, entry)| entry.bytes).sum::<i64>();
    let first = group.first().map(|(_, entry)| entry.digest().concat()).unwrap_or_default();
    let pack = derived.get(&format!("{first}.{digest}-{level}.pack"), || {
        let mut content = [head.as_bytes(), b"\n"].concat();
        for digest in digests {
            if let Some(piece) = pieces.get(digest.as_str()) {
                content.extend_from_slice(&piece.bytes()?);
            }
        }
        Ok(Some(zstd::bulk::compress(&content, level)?))
    })?;
    let bytes = pack.map(|pack| pack.bytes().map(Cow::into_owned)).transpose()?.unwrap_or_default();
    let mut mark = hex(&Sha256::digest(&bytes));
    mark.truncate(FINGERPRINT_DIGITS);
    let later = if group.first().is_some_and(|(_, entry)| entry.need == Need::Lazy) { " l" } else { "" };
    let line = format!("{mark} {} {length} {}{later}", bytes.len(), ranges(group.iter().map(|(line, _)| *line)));
    Ok(Offer { name: fingerprinted(&[FOLDER, "pack.pack"].concat(), &mark), bytes, line })
}

/// Numbers as in `0-9,12`.
fn ranges(numbers: impl Iterator<Item = usize>) -> String {
    let mut sorted: Vec<usize> = numbers.collect();
    sorted.sort_unstable();
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for number in sorted {
        match ranges.last_mut().filter(|(_, last)| *last + 1 == number) {
            Some((_, last)) => *last = number,
            None => ranges.push((number, number)),
        }
    }
    let text =
        |(first, last): &(usize, usize)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    ranges.iter().map(text).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_as_short_as_can_be() {
        for (numbers, text) in
            [(vec![], ""), (vec![3], "3"), (vec![2, 0, 1], "0-2"), (vec![5, 0, 1, 9, 10], "0-1,5,9-10")]
        {
            assert_eq!(ranges(numbers.into_iter()), text);
        }
    }
}
