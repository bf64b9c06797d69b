//! `keepfresh diff`: what has changed between two built folders of a site, of what workers install, and what it costs those
//! who come back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use indicatif::HumanBytes;
use keepfresh::build::name::{decode, page_file};
use keepfresh::build::release::worker_script::{WORKER, list_name, list_of, options_of, parts_of};
use keepfresh::manifest::{Entry, Precache, own_name};
use rayon::prelude::*;
use serde::Serialize;
use serde_json::Value;

use super::args::DiffArgs;
use super::delta::Coding;
use super::encode::sent;
use super::fetched::{Before, Fetched, Missing, Way, fetched, workbox_script};
use super::folder::place_in;
use super::picture::{Bars, draw};
use super::report::Progress;
use super::worth::is_next;

/// What a visitor who has the old release installed does not have of the new one.
#[derive(Default, Serialize)]
struct Diff {
    /// How many files are the same in both.
    unchanged: usize,
    /// How many of the old release are in the new one no more.
    removed: usize,
    changed: Vec<Changed>,
    /// What is the same under another name: Workbox fetches it once more.
    renamed: Others,
    /// Pages that are the same, but whose fields may be others: our worker fetches them once more.
    fields: Others,
    /// What is new of the worker's own files.
    worker: Cost,
    /// With the worker's files.
    total: Cost,
    /// Whether the new release has an update from the old one.
    update: bool,
}

#[derive(Serialize)]
struct Changed {
    /// Its URL, relative to the site's root.
    url: String,
    /// The URL of the old file of its name, or else of the one that the update makes it from.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// How our worker has it.
    way: Way,
    #[serde(flatten)]
    cost: Cost,
}

#[derive(Default, Serialize)]
struct Others {
    files: usize,
    #[serde(flatten)]
    cost: Cost,
}

/// Bytes on the network.
#[derive(Clone, Copy, Default, Serialize)]
struct Cost {
    /// As they are.
    whole: u64,
    /// With Brotli, as hosts send them that compress; what is compressed already is sent as it is.
    brotli: u64,
    /// By a delta, or with Brotli where that is smaller or there is nothing to start from.
    delta: u64,
    /// What Workbox's precache fetches.
    workbox: u64,
    /// What our worker fetches, by what the new release offers.
    keepfresh: u64,
}

impl std::ops::Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            whole: self.whole + other.whole,
            brotli: self.brotli + other.brotli,
            delta: self.delta + other.delta,
            workbox: self.workbox + other.workbox,
            keepfresh: self.keepfresh + other.keepfresh,
        }
    }
}

pub(crate) fn run(args: &DiffArgs) -> anyhow::Result<ExitCode> {
    if let Some(file) = args.picture.as_ref().filter(|file| file.extension().is_none_or(|kind| kind != "svg")) {
        bail!("--picture {}: it is drawn as SVG; name a file that ends with .svg", file.display());
    }
    let progress = Progress::start();
    progress.say("comparing");
    let diff = compare(&args.old, &args.new, &progress)?;
    progress.finish();
    if let Some(file) = &args.picture {
        let picture = draw(&bars(&diff)).with_context(|| format!("--picture {} cannot be drawn", file.display()))?;
        fs::write(file, picture).with_context(|| format!("--picture {} cannot be written", file.display()))?;
    }
    if args.json {
        outln!("{}", serde_json::to_string_pretty(&diff)?);
    } else {
        out!("{}", table(&diff));
    }
    Ok(ExitCode::SUCCESS)
}

fn compare(old: &Path, new: &Path, progress: &Progress) -> anyhow::Result<Diff> {
    let (old_worker, new_worker) = (Worker::read(old)?, Worker::read(new)?);
    let before: Vec<Entry<'_>> = Precache::new(&old_worker.list).entries().collect();
    let after: Vec<Entry<'_>> = Precache::new(&new_worker.list).entries().collect();
    let digests: BTreeSet<String> = before.iter().map(|entry| entry.digest().concat()).collect();
    let names: BTreeMap<String, &str> = before.iter().map(|entry| (own_name(entry.url), entry.url)).collect();
    let there: BTreeSet<String> = after.iter().map(|entry| own_name(entry.url)).collect();
    let revisions: BTreeSet<(&str, String)> = before.iter().map(|entry| (entry.url, entry.digest().concat())).collect();

    let (changed, same): (Vec<usize>, Vec<usize>) =
        (0..after.len()).partition(|line| !digests.contains(&after[*line].digest().concat()));
    let is_fetched_by_workbox = |line: &usize| !revisions.contains(&(after[*line].url, after[*line].digest().concat()));
    let has_other_fields = old_worker.options["fields"] != new_worker.options["fields"];
    let is_page_of_other_fields = |line: &usize| has_other_fields && !after[*line].is_asset();

    progress.count(changed.len());
    let size = |line: usize| {
        let bytes = read(new, after[line].url)?;
        let alone = sent(&page_file(after[line].url), &bytes)?;
        let before = if is_page_of_other_fields(&line) { Before::OfNoUse } else { Before::OfUse };
        anyhow::Ok((Missing { line, bytes: bytes.len() as u64, alone, before }, bytes))
    };
    let cost = |line: &usize| {
        let (missing, bytes) = size(*line)?;
        let url = after[*line].url;
        let from = names.get(&own_name(url)).copied();
        let delta = match from {
            Some(from) => Coding::Dcz.encode(&read(old, from)?, &bytes).with_context(|| format!("/{url}"))?,
            None => None,
        };
        progress.step();
        let Missing { bytes: whole, alone: brotli, .. } = missing;
        let delta = delta.map_or(brotli, |delta| brotli.min(delta.len() as u64));
        let workbox = if is_fetched_by_workbox(line) { brotli } else { 0 };
        let cost = Cost { whole, brotli, delta, workbox, keepfresh: brotli };
        let changed = Changed { url: url.to_owned(), from: from.map(str::to_owned), way: Way::Whole, cost };
        anyhow::Ok((missing, changed))
    };
    let (mut missing, mut changed): (Vec<Missing>, Vec<Changed>) =
        changed.par_iter().map(cost).collect::<anyhow::Result<Vec<_>>>()?.into_iter().unzip();
    let sizes = |is_one: &(dyn Fn(&usize) -> bool + Sync)| {
        let lines: Vec<usize> = same.iter().copied().filter(is_one).collect();
        lines.into_par_iter().map(|line| anyhow::Ok(size(line)?.0)).collect::<anyhow::Result<Vec<Missing>>>()
    };
    let kept: BTreeSet<String> = after.iter().map(|entry| entry.digest().concat()).collect();
    let is_gone = |old: &&Entry<'_>| !there.contains(&own_name(old.url)) && !kept.contains(&old.digest().concat());
    let renamed = sizes(&is_fetched_by_workbox)?;
    let workbox = renamed.iter().map(|file| file.alone).sum();
    let renamed = Others { files: renamed.len(), cost: Cost { workbox, ..Cost::default() } };

    missing.extend(sizes(&is_page_of_other_fields)?);
    let Fetched { files, from, update } = fetched(new, &new_worker.options, old_worker.version(), &missing)?;
    let mut ways = missing.iter().filter_map(|file| Some((from.get(&file.line), files.get(&file.line)?)));
    for (one, (old, (way, bytes))) in changed.iter_mut().zip(&mut ways) {
        one.way = *way;
        one.cost.keepfresh = *bytes;
        // Whatever that is called: bundlers name a chunk anew with each change.
        if let Some(old) = old.and_then(|old| before.get(*old)).filter(|_| one.from.is_none())
            && is_next(&one.url, &read(new, &one.url)?, *bytes)?
        {
            one.from = Some(old.url.to_owned());
            one.cost.delta = one.cost.delta.min(*bytes);
        }
    }
    let again: Vec<u64> = ways.map(|(_, (_, bytes))| *bytes).collect();
    let keepfresh = again.iter().sum();
    let fields = Others { files: again.len(), cost: Cost { keepfresh, ..Cost::default() } };

    let mut worker = old_worker.cost(&new_worker, update)?;
    worker.workbox = workbox_script(&before, &after)?;
    let total = changed.iter().fold(worker + renamed.cost + fields.cost, |sum, changed| sum + changed.cost);
    Ok(Diff {
        unchanged: same.len(),
        removed: before.iter().filter(is_gone).count(),
        changed,
        renamed,
        fields,
        worker,
        total,
        update: update.is_some(),
    })
}

/// A built folder's worker.
struct Worker {
    /// Its files, by their paths; those beside the script carry fingerprints.
    files: BTreeMap<String, Vec<u8>>,
    /// What it installs.
    list: String,
    options: Value,
}

impl Worker {
    fn read(folder: &Path) -> anyhow::Result<Self> {
        let hint = "name a folder that `keepfresh build` wrote";
        let read = |path: &str| {
            let place = folder.join(path);
            fs::read(&place).with_context(|| format!("{} cannot be read; {hint}", place.display()))
        };
        let script = String::from_utf8_lossy(&read(WORKER)?).into_owned();
        let Some(path) = list_of(&script) else { bail!("{} installs nothing; {hint}", folder.join(WORKER).display()) };
        let list = String::from_utf8_lossy(&read(&path)?).into_owned();
        let mut files = BTreeMap::from([(path, list.clone().into_bytes())]);
        for path in parts_of(&script) {
            files.insert(path.clone(), read(&path)?);
        }
        let options = options_of(&script).unwrap_or_default();
        files.insert(WORKER.to_owned(), script.into_bytes());
        Ok(Self { files, list, options })
    }

    fn version(&self) -> &str {
        self.options["version"].as_str().unwrap_or_default()
    }

    /// What the next one costs whoever has this one. `update` is what an update takes that brings the list, too.
    fn cost(&self, next: &Self, update: Option<u64>) -> anyhow::Result<Cost> {
        let list = list_name(next.version());
        let mut sum = Cost::default();
        for (path, bytes) in next.files.iter().filter(|(path, bytes)| self.files.get(*path) != Some(*bytes)) {
            let brotli = sent(path, bytes)?;
            let keepfresh = update.filter(|_| *path == list).unwrap_or(brotli);
            sum = sum + Cost { whole: bytes.len() as u64, brotli, delta: brotli, workbox: 0, keepfresh };
        }
        Ok(sum)
    }
}

/// The bytes of a file that a worker installs.
fn read(folder: &Path, url: &str) -> anyhow::Result<Vec<u8>> {
    let place = decode(url).and_then(|url| place_in(folder, &page_file(&url)));
    let place = place.with_context(|| format!("/{url} leads out of {}", folder.display()))?;
    fs::read(&place).with_context(|| format!("{} cannot be read, though the worker installs it", place.display()))
}

fn table(diff: &Diff) -> String {
    let size = |bytes| HumanBytes(bytes).to_string();
    let row = |name: &str, cost: &Cost| {
        let sizes = [cost.whole, cost.brotli, cost.delta, cost.workbox, cost.keepfresh].map(size);
        format!("{}  {name}\n", sizes.map(|size| format!("{size:>12}")).join(" "))
    };
    let mut text = ["whole", "brotli", "delta", "Workbox", "keepfresh"].map(|name| format!("{name:>12}")).join(" ");
    text.push('\n');
    for one in by_size(diff) {
        text += &row(&format!("/{}{}", one.url, is_new(one)), &one.cost);
    }
    for (what, others) in [("the same under other names", &diff.renamed), ("pages of other fields", &diff.fields)] {
        if others.files > 0 {
            text += &row(&format!("{} {what}", others.files), &others.cost);
        }
    }
    text += &row("the worker", &diff.worker);
    let Diff { unchanged, removed, .. } = diff;
    text +=
        &row(&format!("in all: {} changed, {unchanged} unchanged, {removed} removed", diff.changed.len()), &diff.total);
    if !diff.update && !diff.changed.is_empty() {
        text += "The new release offers no update from the old one: build it with --keep or --against for deltas.\n";
    }
    text
}

fn by_size(diff: &Diff) -> Vec<&Changed> {
    let mut changed: Vec<&Changed> = diff.changed.iter().collect();
    changed.sort_by_key(|one| std::cmp::Reverse(one.cost.brotli));
    changed
}

fn is_new(changed: &Changed) -> &'static str {
    if changed.from.is_none() { " (new)" } else { "" }
}

/// How many files have bars of their own in the picture.
const DRAWN: usize = 8;

fn bars(diff: &Diff) -> Vec<Bars> {
    let bars = |name: String, cost: Cost| Bars { name, bytes: [cost.whole, cost.brotli, cost.workbox, cost.keepfresh] };
    let changed = by_size(diff);
    let (shown, rest) = changed.split_at(changed.len().min(DRAWN));
    let mut all = vec![bars("in all".to_owned(), diff.total)];
    all.extend(shown.iter().map(|one| bars(format!("/{}{}", own_name(&one.url), is_new(one)), one.cost)));
    let others = [diff.renamed.cost, diff.fields.cost].into_iter().chain(rest.iter().map(|one| one.cost));
    let files = rest.len() + diff.renamed.files + diff.fields.files;
    if files > 0 {
        all.push(bars(format!("{files} other files"), others.fold(Cost::default(), |sum, one| sum + one)));
    }
    all.push(bars("the worker".to_owned(), diff.worker));
    all
}
