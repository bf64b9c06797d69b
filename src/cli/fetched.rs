//! What a worker downloads when it installs a release over another one: as `js/install/install.ts` would choose, out of what the
//! release really offers. And what Workbox would download for the same two.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;
use keepfresh::build::release::worker_script::WORKER;
use keepfresh::manifest::Entry;
use serde::Serialize;
use serde_json::Value;

use super::encode::sent;
use super::updates::update_name;

/// Where the bytes of a file come from.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Way {
    /// Out of a pack.
    Pack,
    /// By a delta of the update.
    Update,
    /// As it is.
    Whole,
}

/// A file that a visitor does not have.
pub(crate) struct Missing {
    /// Its line in the list.
    pub(crate) line: usize,
    pub(crate) bytes: u64,
    /// How many a host sends for it alone.
    pub(crate) alone: u64,
    pub(crate) before: Before,
}

/// Whether an old file is any good to make a new one from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Before {
    /// It is a page, whose fields are others now.
    OfNoUse,
    OfUse,
}

/// What is downloaded.
pub(crate) struct Fetched {
    /// How each file comes, and the bytes that it takes, by its line.
    pub(crate) files: BTreeMap<usize, (Way, u64)>,
    /// The lines of the old files that they are made from, by their own.
    pub(crate) from: BTreeMap<usize, usize>,
    /// What an update takes beside these: the list, and deltas that are of no use. `None` if there is none.
    pub(crate) update: Option<u64>,
}

/// What a request costs beside what it is for, as workers count (`js/install/packs.ts`).
const REQUEST: f64 = 1000.0;

/// What the worker of `folder`, which has these options, downloads for whoever has the version `from`.
pub(crate) fn fetched(folder: &Path, options: &Value, from: &str, missing: &[Missing]) -> anyhow::Result<Fetched> {
    let mut files: BTreeMap<usize, (Way, u64)> =
        missing.iter().map(|file| (file.line, (Way::Whole, file.alone))).collect();
    let update = Update::read(folder, options, from)?;
    let mut from = BTreeMap::new();
    let mut beside = update.as_ref().map(|update| update.length);
    for file in missing.iter().filter(|file| file.before == Before::OfUse) {
        if let (Some((old, delta)), Some(beside)) =
            (update.as_ref().and_then(|update| update.deltas.get(&file.line)), &mut beside)
        {
            files.insert(file.line, (Way::Update, *delta));
            from.insert(file.line, *old);
            *beside -= delta;
        }
    }
    for pack in options["packs"].as_str().unwrap_or_default().lines().filter_map(Pack::parse) {
        let is_wanted =
            |file: &&Missing| pack.holds(file.line) && files.get(&file.line).is_some_and(|(way, _)| *way == Way::Whole);
        let wanted: Vec<&Missing> = missing.iter().filter(is_wanted).collect();
        if !pack.is_worth_it(&wanted) {
            continue;
        }
        // It comes as a whole, whatever else is in it.
        let total = wanted.iter().map(|file| file.bytes).sum::<u64>().max(1);
        let mut left = pack.size;
        for (n, file) in wanted.iter().enumerate() {
            let share = if n + 1 == wanted.len() { left } else { pack.size * file.bytes / total };
            left -= share;
            files.insert(file.line, (Way::Pack, share));
        }
    }
    Ok(Fetched { files, from, update: beside })
}

/// The file with all deltas from one version (`updates.rs`).
struct Update {
    length: u64,
    /// The line of the old file and the bytes of each, by the lines of their files.
    deltas: BTreeMap<usize, (usize, u64)>,
}

impl Update {
    /// The one that a worker is told of.
    fn read(folder: &Path, options: &Value, from: &str) -> anyhow::Result<Option<Self>> {
        let told = options["updates"].as_str().unwrap_or_default();
        let words = |line: &'_ str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let is_it = |words: &Vec<String>| words.first().is_some_and(|version| version == from);
        let Some(words) = told.lines().map(words).find(is_it) else { return Ok(None) };
        let place = folder.join(update_name(from, words.get(2).map_or("", String::as_str)));
        let bytes = fs::read(&place)
            .with_context(|| format!("{} cannot be read, though the worker is told of it", place.display()))?;
        let head = bytes.windows(2).position(|two| two == b"\n\n").unwrap_or_default();
        let delta = |line: &str| {
            let mut numbers = line.split(' ');
            let (line, old, length) = (numbers.next()?, numbers.next()?, numbers.next()?);
            // The list has no line of its own.
            Some((line.parse().ok()?, (old.parse().ok()?, length.parse().ok()?)))
        };
        let deltas: BTreeMap<usize, (usize, u64)> =
            String::from_utf8_lossy(&bytes[..head]).lines().filter_map(delta).collect();
        let length = bytes.len() as u64;
        let sum = deltas.values().try_fold(0_u64, |sum, (_, delta)| sum.checked_add(*delta));
        sum.filter(|sum| *sum <= length)
            .with_context(|| format!("{} is damaged; build the release once more", place.display()))?;
        Ok(Some(Self { length, deltas }))
    }
}

/// A pack that a worker is told of (`packs.rs`).
struct Pack {
    /// Bytes that are downloaded, and what comes of them.
    size: u64,
    length: u64,
    lines: Vec<(usize, usize)>,
}

impl Pack {
    fn parse(line: &str) -> Option<Self> {
        // One of lazy files says so behind these.
        let [_, size, length, lines, ..] = line.split(' ').collect::<Vec<_>>()[..] else { return None };
        let range = |text: &str| {
            let (first, last) = text.split_once('-').unwrap_or((text, text));
            Some((first.parse().ok()?, last.parse().ok()?))
        };
        let lines = lines.split(',').filter_map(range).collect();
        Some(Self { size: size.parse().ok()?, length: length.parse().ok()?, lines })
    }

    fn holds(&self, line: usize) -> bool {
        self.lines.iter().any(|(first, last)| (first..=last).contains(&&line))
    }

    /// Whether these would cost more one by one.
    fn is_worth_it(&self, files: &[&Missing]) -> bool {
        let (size, length) = (self.size as f64, self.length as f64);
        let alone: f64 = files.iter().map(|file| REQUEST + file.bytes as f64 * size / length).sum();
        alone > size + REQUEST
    }
}

/// Workbox 7.4.1 with a precache and three routes, minified, with Brotli: what it takes beside its manifest. Measured
/// (`benches/start/workers`).
const WORKBOX: u64 = 5253;

/// What is downloaded of Workbox's own script, in which the list of what is precached stands.
pub(crate) fn workbox_script(before: &[Entry<'_>], after: &[Entry<'_>]) -> std::io::Result<u64> {
    let (old, new) = (manifest(before), manifest(after));
    if old == new { Ok(0) } else { Ok(WORKBOX + sent(WORKER, new.as_bytes())?) }
}

/// The list as Workbox's build tools write it, minified: what has a fingerprint needs no revision.
fn manifest(entries: &[Entry<'_>]) -> String {
    let entry = |entry: &Entry<'_>| {
        let digest = entry.digest().concat();
        let revision = if entry.is_asset() { "null".to_owned() } else { format!("{:?}", &digest[..32]) };
        format!("{{url:\"/{}\",revision:{revision}}}", entry.url)
    };
    format!("[{}]", entries.iter().map(entry).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn files_come_by_what_costs_least() {
        let file = |line, bytes| Missing { line, bytes, alone: bytes / 2, before: Before::OfUse };
        // Three files of 4 KB in a pack of 3,000 bytes, and one beside it.
        let options = json!({ "packs": "aa 3000 12100 0-2" });
        let whole = |bytes| (Way::Whole, bytes);
        for (wanted, expected) in [
            (vec![], vec![]),
            (vec![file(0, 4000)], vec![whole(2000)]),
            (vec![file(0, 4000), file(1, 4000)], vec![whole(2000), whole(2000)]),
            (vec![file(0, 4000), file(1, 4000), file(2, 4000)], vec![(Way::Pack, 1000); 3]),
            (vec![file(0, 4000), file(3, 4000)], vec![whole(2000), whole(2000)]),
        ] {
            let Fetched { files, update, .. } = fetched(Path::new("/nowhere"), &options, "v1", &wanted).unwrap();
            assert_eq!((files.into_values().collect::<Vec<_>>(), update), (expected, None));
        }
    }

    #[test]
    fn packs_are_read_as_they_are_told_of() {
        for (line, lines) in [
            ("aa 9 20 0", Some(vec![(0, 0)])),
            ("aa 9 20 0-3,7", Some(vec![(0, 3), (7, 7)])),
            ("aa 9 20", None),
            ("aa x 20 0", None),
            ("", None),
        ] {
            assert_eq!(Pack::parse(line).map(|pack| pack.lines), lines, "{line:?}");
        }
    }
}
