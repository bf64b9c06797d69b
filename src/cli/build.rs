//! `keepfresh build`: read the folder, build the release, write it or compare it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use keepfresh::build::clues::bundlers::{MANIFESTS, named};
use keepfresh::build::integrity::Algorithm;
use keepfresh::build::name::{Language, page_url};
use keepfresh::build::release::listing::Written;
use keepfresh::build::{Code, Finding, Hints, Release, Site, Wishes};
use keepfresh::manifest::{Need, hex};
use sha2::{Digest, Sha256};

use super::args::BuildArgs;
use super::cache::WorkCache;
use super::case;
use super::config::{self, Config};
use super::encode::{Compress, Sidecar};
use super::folder;
use super::history::{Previous, reused_since};
use super::load::Loaded;
use super::offers::{Before, Offered, offered};
use super::output::{MANIFEST, Staging, is_same_place, may_be_replaced};
use super::own::{Own, SCRIPTS, of_hosts};
use super::packages::load_with_packages;
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
    // A link stays one: what it leads to is the output, whether a slash is behind it or not.
    let args = &BuildArgs { out: args.out.components().collect(), ..args.clone() };
    let linked = args.out.is_symlink().then(|| fs::canonicalize(&args.out).ok()).flatten();
    let args = &BuildArgs { out: linked.unwrap_or_else(|| args.out.clone()), ..args.clone() };
    if SCRIPTS.runtime.is_empty() {
        bail!("this program was built without the worker script; build it with `npm run build`");
    }
    let progress = Progress::start();
    progress.say("looking");
    let mut config = config::read(args)?;
    let cache_folder = WorkCache::place(args)?;
    let others = args.previous.iter().chain(&args.against).filter(|folder| !is_same_place(folder, &args.out));
    let used: Vec<&Path> = others.map(PathBuf::as_path).chain([args.src.as_path(), &cache_folder]).collect();
    may_be_replaced(&args.out, &used)?;
    let (files, cache) = rayon::join(
        || folder::walk(&args.src, &[&args.out, &cache_folder], &config.exclude),
        || WorkCache::open(cache_folder.clone(), config.made_by(), !args.no_cache),
    );
    let (mut files, of_links) = files?;
    config.of_hosts = of_hosts(&files);
    let own = Own::take(&mut files, &config)?;
    let is_written = !args.check && !args.dry_run;
    let staging = is_written.then(|| Staging::new(&args.out, cache.spare(&args.out))).transpose()?;
    if let Some(staging) = &staging {
        case::must_fit(files.keys().map(String::as_str), || staging.folds_case())?;
    }
    let _lock = is_written.then(|| cache.lock(&args.out)).transpose()?;

    let named = bundled(args);
    let mut wishes = wishes(args, &config, &own, &named, &of_links);
    // Where the last release comes from elsewhere, that may have changed as well.
    if let Some(summary) = cache
        .unchanged(&files, &args.src, &args.out, &wishes)
        .filter(|_| is_written && args.previous.is_none() && args.against.is_empty())
    {
        return Ok((Summary { seconds: progress.finish().as_secs_f64(), ..summary }, Vec::new()));
    }

    progress.say("reading");
    let loaded = load_with_packages(&mut files, args, &config, &cache, staging.as_ref(), &progress)?;
    // The next build has to look again, and without what this one was told to look at.
    if loaded.may_grow || args.previous.is_some() || !args.against.is_empty() {
        wishes.clear();
    }
    progress.say("building");
    let naming = |path: &str| config.naming(path, &named);
    let hints = Hints {
        base: &args.base,
        digits: config.digits(),
        named: &config.of_hosts.named,
        naming: &naming,
        origin: config.settings.origin(),
    };
    let mut site = Site::new(&loaded.inputs, &hints);
    let findings = findings(&site.findings, of_links, &loaded, &config, args);
    let release = release(&mut site, &loaded, &config)?;
    let mut summary = Summary::new(&release, site.tally, findings, args);
    if summary.is_failure(args) && staging.is_some() {
        summary.seconds = progress.finish().as_secs_f64();
        return Ok((summary, Vec::new()));
    }

    let mut pieces = pieces(&release, &files);
    progress.say("compressing");
    let derived = cache.derived(is_written);
    let compress = Compress { encodings: &config.settings.compress, derived: &derived, progress: &progress };
    let sidecars = compress.all(&pieces)?;
    let mut listing = release.listing(config.settings.integrity, &args.base, config.settings.origin());
    for sidecar in &sidecars {
        if let Some(listed) = listing.files.get_mut(&sidecar.of) {
            listed.encodings.push(sidecar.encoding.extension().to_owned());
        }
    }
    let before =
        Before { last: (args.previous.as_deref().unwrap_or(&args.out), config.settings.keep), against: &args.against };
    let mut offered = match config.settings.retire {
        true => Offered::default(),
        false => offered(&release, &pieces, &own.alike(args, &config), &before, &derived, &progress)?,
    };
    offered.offers.fields = own.fields(&config);
    summary.findings.extend(std::mem::take(&mut offered.findings).into_iter().filter_map(|one| config.judge(one)));
    let worker = own.worker(args, &config, &release, &listing, &offered.offers)?;
    let of_worker: Vec<Piece<'_>> = worker.iter().map(|(name, text)| Piece::of_text(name, text)).collect();
    summary.worker_bytes = worker.iter().map(|(_, text)| text.len()).sum();
    let of_worker = compress.all(&of_worker)?;
    let worker: BTreeMap<String, String> = worker.into_iter().collect();
    listing.written = written(&worker, &of_worker);
    listing.written.extend(offered.files.iter().map(|(name, bytes)| (name.clone(), described(bytes))));
    let is_named = args.previous.is_some() && config.settings.keep > 0;
    let previous = Previous::read(args.previous.as_deref().unwrap_or(&args.out), config.settings.keep, is_named)?;
    summary.findings.extend(previous.keep(&mut listing, &cache.index.outputs));
    let folders = [before.last.0].into_iter().chain(args.against.iter().map(PathBuf::as_path));
    summary.findings.extend(reused_since(&listing, folders).into_iter().filter_map(|finding| config.judge(finding)));
    let mut names: Vec<(String, Vec<String>)> =
        worker.keys().map(|name| (name.clone(), forms(name, &of_worker))).collect();
    names.extend(offered.files.keys().map(|name| (name.clone(), Vec::new())));
    names.push((MANIFEST.to_owned(), Vec::new()));
    let (mut texts, contradictions) = own.headers(args, &config, &release, &listing, &names)?;
    summary.findings.extend(contradictions.into_iter().filter_map(|finding| config.judge(finding)));
    if summary.is_failure(args) && staging.is_some() {
        summary.seconds = progress.finish().as_secs_f64();
        return Ok((summary, Vec::new()));
    }
    texts.extend(worker);
    listing.written.extend(written(&texts, &of_worker));
    texts.insert(MANIFEST.to_owned(), listing.to_json());
    summary.encoded = sidecars.len() + of_worker.len();
    summary.earlier = listing.earlier.iter().map(|release| release.files.len()).sum();
    pieces.extend(texts.iter().map(|(name, text)| Piece::of_text(name, text)));
    pieces.extend(sidecars.into_iter().chain(of_worker).map(Sidecar::into_piece));
    pieces.extend(offered.pieces());
    pieces.extend(previous.pieces(&listing, &cache.index.outputs));
    have_names_of_their_own(&pieces)?;

    progress.say("writing");
    let mut lines = Vec::new();
    let Some(staging) = staging else {
        summary.outcome = Outcome::Compared;
        lines = differences(&pieces, &args.out)?;
        summary.seconds = progress.finish().as_secs_f64();
        return Ok((summary, lines));
    };
    summary.outcome = Outcome::Unchanged;
    let outputs = if is_up_to_date(&pieces, &args.out, &cache.index.outputs) {
        None
    } else {
        let known = Known { last: &cache.index.outputs, before: &cache.index.before };
        let outputs = write(&pieces, &staging, &args.out, &known)?;
        staging.commit()?;
        summary.outcome = Outcome::Built;
        Some(outputs)
    };
    cache.save(loaded.known, outputs, &pieces, (wishes, &summary))?;
    summary.seconds = progress.finish().as_secs_f64();
    Ok((summary, lines))
}

/// The extensions of a file's compressed forms.
fn forms(name: &str, sidecars: &[Sidecar]) -> Vec<String> {
    let forms = sidecars.iter().filter(|sidecar| sidecar.of == name);
    forms.map(|sidecar| sidecar.encoding.extension().to_owned()).collect()
}

/// What the manifest says of the other texts.
fn written(texts: &BTreeMap<String, String>, sidecars: &[Sidecar]) -> BTreeMap<String, Written> {
    let one = |(name, text): (&String, &String)| {
        (name.clone(), Written { encodings: forms(name, sidecars), ..described(text.as_bytes()) })
    };
    texts.iter().map(one).collect()
}

fn described(bytes: &[u8]) -> Written {
    Written { integrity: Algorithm::Sha256.integrity(bytes), bytes: bytes.len() as u64, encodings: Vec::new() }
}

/// Everything that a build depends on beside the files that it reads.
fn wishes(args: &BuildArgs, config: &Config, own: &Own, named: &BTreeSet<String>, of_links: &[Finding]) -> String {
    let scripts = hex(&Sha256::digest(SCRIPTS.all().concat()));
    let settings = serde_json::to_string(&config.settings).unwrap_or_default();
    let parts = [config.made_by(), scripts, settings, args.base.clone(), args.no_static_routes.to_string()];
    hex(&Sha256::digest(format!("{parts:?} {:?} {named:?} {of_links:?}", own.0)))
}

/// The files that bundlers say they have named.
fn bundled(args: &BuildArgs) -> BTreeSet<String> {
    let texts = MANIFESTS.iter().filter_map(|path| fs::read_to_string(args.src.join(path)).ok());
    texts.flat_map(|text| named(&text)).collect()
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
fn findings(
    found: &[Finding],
    of_links: Vec<Finding>,
    loaded: &Loaded,
    config: &Config,
    args: &BuildArgs,
) -> Vec<Finding> {
    // A site that gives its worker up may have another one.
    let found = found.iter().filter(|finding| !config.settings.retire || finding.code != Code::OtherWorker);
    let paths: Vec<&str> = loaded.inputs.keys().map(String::as_str).collect();
    let of_names = unmatched(config, args, &paths).into_iter().chain(case::findings(&paths));
    let of_rules = config.of_hosts.unread.iter().cloned();
    let all = found.cloned().chain(of_links).chain(of_rules).chain(loaded.unread()).chain(of_names);
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
