//! `keepfresh diff`: what has changed between two built folders of a site, of what workers install, and what it costs those
//! who come back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use indicatif::HumanBytes;
use keepfresh::build::name::{decode, page_file};
use keepfresh::build::worker_script::{WORKER, list_of, parts_of};
use keepfresh::manifest::{Precache, own_name};
use rayon::prelude::*;
use serde::Serialize;

use super::args::DiffArgs;
use super::delta;
use super::encode::sent;
use super::folder::place_in;
use super::report::Progress;

/// What a visitor who has the old release installed does not have of the new one.
#[derive(Default, Serialize)]
struct Diff {
    /// How many files are the same in both.
    unchanged: usize,
    /// How many of the old release are in the new one no more.
    removed: usize,
    changed: Vec<Changed>,
    /// What is new of the worker's own files, which browsers fetch whole.
    worker: Cost,
    /// With the worker's files.
    total: Cost,
}

#[derive(Serialize)]
struct Changed {
    /// Its URL, relative to the site's root.
    url: String,
    /// The URL that it had in the old release, if it was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
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
}

pub(crate) fn run(args: &DiffArgs) -> anyhow::Result<ExitCode> {
    let progress = Progress::start();
    progress.say("comparing");
    let diff = compare(&args.old, &args.new, &progress)?;
    progress.finish();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&diff)?);
    } else {
        print!("{}", table(&diff));
    }
    Ok(ExitCode::SUCCESS)
}

fn compare(old: &Path, new: &Path, progress: &Progress) -> anyhow::Result<Diff> {
    let (old_worker, new_worker) = (Worker::read(old)?, Worker::read(new)?);
    let (before, after) = (Precache::new(&old_worker.list), Precache::new(&new_worker.list));
    let digests: BTreeSet<String> = before.entries().map(|entry| entry.digest().concat()).collect();
    let names: BTreeMap<String, &str> = before.entries().map(|entry| (own_name(entry.url), entry.url)).collect();
    let changed: Vec<&str> =
        after.entries().filter(|entry| !digests.contains(&entry.digest().concat())).map(|entry| entry.url).collect();
    let there: BTreeSet<String> = after.entries().map(|entry| own_name(entry.url)).collect();
    progress.count(changed.len());
    let cost = |url: &&str| {
        let bytes = read(new, url)?;
        let brotli = sent(&page_file(url), &bytes)?;
        let from = names.get(&own_name(url)).copied();
        let delta = match from {
            Some(from) => delta::encode(&read(old, from)?, &bytes).with_context(|| format!("/{url}"))?,
            None => None,
        };
        progress.step();
        let delta = delta.map_or(brotli, |delta| brotli.min(delta.len() as u64));
        let cost = Cost { whole: bytes.len() as u64, brotli, delta };
        anyhow::Ok(Changed { url: (*url).to_owned(), from: from.map(str::to_owned), cost })
    };
    let changed: Vec<Changed> = changed.par_iter().map(cost).collect::<anyhow::Result<_>>()?;
    let worker = old_worker.cost(&new_worker)?;
    let total = changed.iter().fold(worker, |sum, Changed { cost, .. }| Cost {
        whole: sum.whole + cost.whole,
        brotli: sum.brotli + cost.brotli,
        delta: sum.delta + cost.delta,
    });
    Ok(Diff {
        unchanged: after.entries().count() - changed.len(),
        removed: names.keys().filter(|name| !there.contains(*name)).count(),
        changed,
        worker,
        total,
    })
}

/// A built folder's worker.
struct Worker {
    /// Its files, by their paths; those beside the script carry fingerprints.
    files: BTreeMap<String, Vec<u8>>,
    /// What it installs.
    list: String,
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
        files.insert(WORKER.to_owned(), script.into_bytes());
        Ok(Self { files, list })
    }

    /// What the next one costs whoever has this one.
    fn cost(&self, next: &Self) -> anyhow::Result<Cost> {
        let changed = next.files.iter().filter(|(path, bytes)| self.files.get(*path) != Some(*bytes));
        changed.map(|(path, bytes)| (bytes.len() as u64, sent(path, bytes))).try_fold(Cost::default(), |sum, one| {
            let (whole, brotli) = (one.0, one.1?);
            Ok(Cost { whole: sum.whole + whole, brotli: sum.brotli + brotli, delta: sum.delta + brotli })
        })
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
        format!("{:>12} {:>12} {:>12}  {name}\n", size(cost.whole), size(cost.brotli), size(cost.delta))
    };
    let mut text = format!("{:>12} {:>12} {:>12}\n", "whole", "brotli", "delta");
    let mut changed: Vec<&Changed> = diff.changed.iter().collect();
    changed.sort_by_key(|one| std::cmp::Reverse(one.cost.brotli));
    for one in changed {
        let is_new = if one.from.is_none() { " (new)" } else { "" };
        text += &row(&format!("/{}{is_new}", one.url), &one.cost);
    }
    text += &row("the worker", &diff.worker);
    let Diff { unchanged, removed, .. } = diff;
    text +=
        &row(&format!("in all: {} changed, {unchanged} unchanged, {removed} removed", diff.changed.len()), &diff.total);
    text += "Workers fetch the last column where the new release was built with --keep or --against the old one.\n";
    text
}
