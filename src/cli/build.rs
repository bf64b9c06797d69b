//! `keepfresh build`: read the folder, build the release, write it or compare it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use keepfresh::build::name::{Language, page_url};
use keepfresh::build::{Code, Finding, Hints, Release, Site, Wishes};
use keepfresh::manifest::{Need, hex};

use super::additions::Additions;
use super::args::BuildArgs;
use super::case;
use super::config::Config;
use super::job::Job;
use super::load::Loaded;
use super::own::SCRIPTS;
use super::report::{Outcome, Progress, Summary};
use super::unmatched::unmatched;
use super::write::{Content, Known, Piece, differences, have_names_of_their_own, is_up_to_date, write};

pub(crate) fn run(args: &BuildArgs) -> anyhow::Result<ExitCode> {
    let (summary, lines) = build(args)?;
    summary.tell(args)?;
    lines.iter().for_each(|line| outln!("{line}"));
    let is_different = args.check && !lines.is_empty();
    let fails = is_different || summary.is_failure(args);
    Ok(if fails { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// Builds once. What came of it, and what would change if nothing was to be written.
pub(crate) fn build(args: &BuildArgs) -> anyhow::Result<(Summary, Vec<String>)> {
    if SCRIPTS.runtime.is_empty() {
        bail!("this program was built without the worker script; build it with `npm run build`");
    }
    let progress = Progress::start();
    let (mut summary, lines) = steps(&BuildArgs { out: place_of(&args.out), ..args.clone() }, &progress)?;
    summary.seconds = progress.finish().as_secs_f64();
    Ok((summary, lines))
}

fn steps(args: &BuildArgs, progress: &Progress) -> anyhow::Result<(Summary, Vec<String>)> {
    progress.say("looking");
    let mut job = Job::begin(args)?;
    if let Some(summary) = job.unchanged(args) {
        return Ok((summary, Vec::new()));
    }

    progress.say("reading");
    let loaded = job.read(args, progress)?;

    progress.say("building");
    let naming = |path: &str| job.config.naming(path, &job.named);
    let source = |path: &str| loaded.inputs.get(path).zip(job.files.get(path));
    let spent =
        |path: &str| source(path).is_some_and(|(input, place)| job.promises.are_broken(path, &input.sha256, place));
    let hints = Hints {
        base: &args.base,
        digits: job.config.digits(),
        named: &job.config.of_hosts.named,
        naming: &naming,
        origin: job.config.settings.origin(),
        spent: &spent,
    };
    let mut site = Site::new(&loaded.inputs, &hints);
    let findings = findings(&site.findings, &loaded, &job, args);
    let release = release(&mut site, &loaded, &job.config)?;
    let mut summary = Summary::new(&release, site.tally, findings, args);
    // What was there stays as it is.
    let is_refused = |summary: &Summary| summary.is_failure(args) && job.staging.is_some();
    if is_refused(&summary) {
        return Ok((summary, Vec::new()));
    }

    progress.say("compressing");
    let mut pieces = pieces(&release, &job.files);
    let (additions, findings) = Additions::make(args, &job, &release, &pieces, progress)?;
    additions.count_in(&mut summary);
    summary.findings.extend(findings);
    if is_refused(&summary) {
        return Ok((summary, Vec::new()));
    }

    progress.say("writing");
    let outputs = &job.cache.index.outputs;
    pieces.extend(additions.pieces(outputs));
    have_names_of_their_own(&pieces)?;
    let Some(staging) = job.staging else {
        summary.outcome = Outcome::Compared;
        return Ok((summary, differences(&pieces, &args.out)?));
    };
    let outputs = if is_up_to_date(&pieces, &args.out, outputs) {
        summary.outcome = Outcome::Unchanged;
        None
    } else {
        let known = Known { last: outputs, before: &job.cache.index.before };
        let outputs = write(&pieces, &staging, &args.out, &known)?;
        staging.commit()?;
        summary.outcome = Outcome::Built;
        Some(outputs)
    };
    job.cache.save(loaded.known, outputs, &pieces, (job.wishes, &summary))?;
    Ok((summary, Vec::new()))
}

/// A link stays one: what it leads to is the output, whether a slash is behind it or not.
fn place_of(out: &Path) -> PathBuf {
    let plain: PathBuf = out.components().collect();
    let linked = plain.is_symlink().then(|| fs::canonicalize(&plain).ok()).flatten();
    linked.unwrap_or(plain)
}

fn release<'a>(site: &mut Site<'a>, loaded: &Loaded, config: &Config) -> anyhow::Result<Release<'a>> {
    let routes = config.routes(|path| loaded.inputs.contains_key(path), &[])?;
    let of_pages = routes.iter().flat_map(|route| [&route.fallback, &route.before, &route.after]);
    let fallbacks: Vec<&str> = of_pages.filter_map(Option::as_deref).collect();
    // What a host answers by itself may have other bytes than the file, or none. A page may be led to where it is.
    let answered = &config.of_hosts.answered;
    let is_one = |path: &str| answered.contains(&["/", page_url(path)].concat());
    let folders: Vec<&str> = answered.iter().filter_map(|path| path.strip_suffix('*')?.strip_prefix('/')).collect();
    let is_below = |path: &str| folders.iter().any(|folder| path.starts_with(folder));
    let is_answered = |path: &str| is_one(path) || is_below(path);
    let is_there = |path: &str| !is_below(path) && (Language::of(path) == Language::Html || !is_one(path));
    let may_precache = |path: &str| is_there(path) && !config.exclude_from_precache.is_match(path);
    let include = |path: &str| config.include_in_precache.is_match(path);
    let need = |path: &str| config.need(path).or_else(|| is_answered(path).then_some(Need::Optional));
    Ok(site.build(&Wishes {
        fallbacks: &fallbacks,
        include: &include,
        integrity: config.settings.integrity,
        may_precache: &may_precache,
        modules: config.settings.modules,
        need: &need,
    }))
}

/// What people should know, as bad as they say it is.
fn findings(found: &[Finding], loaded: &Loaded, job: &Job, args: &BuildArgs) -> Vec<Finding> {
    let Job { config, of_links, .. } = job;
    // A site that gives its worker up may have another one.
    let found = found.iter().filter(|finding| !config.settings.retire || finding.code != Code::OtherWorker);
    let paths: Vec<&str> = loaded.inputs.keys().map(String::as_str).collect();
    let of_names = unmatched(config, args, &paths).into_iter().chain(case::findings(&paths));
    let of_rules = config.of_hosts.unread.iter().cloned();
    let all = found.chain(of_links).cloned().chain(of_rules).chain(loaded.unread()).chain(of_names);
    all.filter_map(|finding| config.judge(finding)).collect()
}

/// The files of a release: each under its own name, and under its new one.
fn pieces<'r>(release: &'r Release<'_>, files: &BTreeMap<String, PathBuf>) -> Vec<Piece<'r>> {
    let piece = |file: &'r keepfresh::build::File<'_>| {
        let mut names = vec![file.path.to_owned()];
        names.extend(file.is_asset().then(|| file.out.clone()));
        let content = match (&file.bytes, files.get(file.path)) {
            (None, Some(place)) => Content::Source(place.clone()),
            (bytes, _) => Content::Held(bytes.as_deref().unwrap_or_default()),
        };
        Piece { content, id: hex(&file.sha256), names }
    };
    release.files.iter().map(piece).collect()
}
