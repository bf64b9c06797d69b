//! `keepfresh build`: read the folder, build the release, write it or compare it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use keepfresh::build::bundlers::{MANIFESTS, named};
use keepfresh::build::file_routes::file_routes;
use keepfresh::build::headers::{Beside, contradictions, hashed_folders, hashed_places, headers_file, upload_plan};
use keepfresh::build::integrity::{Algorithm, policies_in};
use keepfresh::build::js::fault_in_script;
use keepfresh::build::listing::{Listing, Written};
use keepfresh::build::name::is_for_host;
use keepfresh::build::worker_script::{Offers, RETIRED, Scripts, Serving, StaticRoutes, WORKER, worker_files};
use keepfresh::build::{Code, Finding, Hints, Place, READ_LIMIT, Release, Site, Wishes, is_read};
use keepfresh::manifest::hex;
use keepfresh::route::Fault;
use sha2::{Digest, Sha256};

use super::args::BuildArgs;
use super::cache::WorkCache;
use super::config::{self, Config};
use super::encode::{Compress, Encoding, Sidecar};
use super::folder;
use super::history::{Previous, reused_since};
use super::load::Loaded;
use super::offers::{Before, Offered, offered};
use super::output::{MANIFEST, Staging, is_same_place, may_be_replaced};
use super::packages::load_with_packages;
use super::report::{Outcome, Progress, Summary};
use super::settings::{self, OFFLINE_PAGE};
use super::unmatched::unmatched;
use super::write::{Content, Known, Piece, differences, have_names_of_their_own, is_up_to_date, write};

/// The texts of worker scripts. `build.rs` puts them here.
const SCRIPTS: Scripts<'static> = Scripts {
    runtime: include_str!(concat!(env!("OUT_DIR"), "/runtime.js")),
    runtime_with_ledger: include_str!(concat!(env!("OUT_DIR"), "/runtime-ledger.js")),
    keys: include_str!(concat!(env!("OUT_DIR"), "/keys.js")),
    compose: include_str!(concat!(env!("OUT_DIR"), "/compose.js")),
    queue: include_str!(concat!(env!("OUT_DIR"), "/queue.js")),
    precached: include_str!(concat!(env!("OUT_DIR"), "/precached.js")),
    memory: include_str!(concat!(env!("OUT_DIR"), "/memory.js")),
    preload: include_str!(concat!(env!("OUT_DIR"), "/preload.js")),
    stats: include_str!(concat!(env!("OUT_DIR"), "/stats.js")),
    health: include_str!(concat!(env!("OUT_DIR"), "/health.js")),
    ledger: include_str!(concat!(env!("OUT_DIR"), "/ledger.js")),
    install: include_str!(concat!(env!("OUT_DIR"), "/install.js")),
};
pub(super) const HEADERS: &str = "_headers";
/// Which file goes where, and what the host has to be told of it.
const UPLOAD_PLAN: &str = ".keepfresh/upload.json";

pub(crate) fn run(args: &BuildArgs) -> anyhow::Result<ExitCode> {
    let summary = build(args)?;
    summary.0.tell(args)?;
    summary.1.iter().for_each(|line| outln!("{line}"));
    let is_different = args.check && !summary.1.is_empty();
    let fails = is_different || summary.0.is_failure(args);
    Ok(if fails { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// Builds once. What came of it, and what would change if nothing was to be written.
pub(crate) fn build(args: &BuildArgs) -> anyhow::Result<(Summary, Vec<String>)> {
    // A link stays one: what it leads to is the output.
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
    let mut files = files?;
    config.policies = policies(&files);
    let own = Own::take(&mut files, &config)?;
    let is_written = !args.check && !args.dry_run;
    let staging = is_written.then(|| Staging::new(&args.out, cache.spare(&args.out))).transpose()?;
    let _lock = is_written.then(|| cache.lock(&args.out)).transpose()?;

    let named = bundled(args);
    let mut wishes = wishes(args, &config, &own, &named);
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
    let hints = Hints { base: &args.base, digits: config.digits(), naming: &naming, origin: config.settings.origin() };
    let mut site = Site::new(&loaded.inputs, &hints);
    let findings = findings(&site.findings, &loaded, &config, args);
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
        false => {
            let has_packs = config.settings.precache.has_packs();
            offered(&release, &pieces, has_packs, config.codings(), &before, &derived, &progress)?
        }
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
fn wishes(args: &BuildArgs, config: &Config, own: &Own, named: &BTreeSet<String>) -> String {
    let scripts = hex(&Sha256::digest(SCRIPTS.all().concat()));
    let settings = serde_json::to_string(&config.settings).unwrap_or_default();
    let parts = [config.made_by(), scripts, settings, args.base.clone(), args.no_static_routes.to_string()];
    hex(&Sha256::digest(format!("{parts:?} {:?} {named:?}", own.0)))
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
    let may_precache = |path: &str| !config.exclude_from_precache.is_match(path);
    let include = |path: &str| config.include_in_precache.is_match(path);
    let need = |path: &str| config.need(path);
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
fn findings(found: &[Finding], loaded: &Loaded, config: &Config, args: &BuildArgs) -> Vec<Finding> {
    // A site that gives its worker up may have another one.
    let found = found.iter().filter(|finding| !config.settings.retire || finding.code != Code::OtherWorker);
    let paths: Vec<&str> = loaded.inputs.keys().map(String::as_str).collect();
    let idle = unmatched(config, args, &paths);
    found.cloned().chain(loaded.unread()).chain(idle).filter_map(|finding| config.judge(finding)).collect()
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

/// What is said of `Content-Security-Policy` in what hosts are told of a site, whichever hosts these are.
fn policies(files: &BTreeMap<String, PathBuf>) -> String {
    let is_small = |place: &PathBuf| fs::metadata(place).is_ok_and(|meta| meta.len() <= READ_LIMIT);
    let told = files.iter().filter(|(path, place)| is_for_host(path) && !path.ends_with(".php") && is_small(place));
    told.filter_map(|(_, place)| Some(policies_in(&String::from_utf8_lossy(&fs::read(place).ok()?)))).collect()
}

/// What the site brought of the files that a build writes: these are added to, not copied.
struct Own(BTreeMap<&'static str, String>);

impl Own {
    fn take(files: &mut BTreeMap<String, PathBuf>, config: &Config) -> anyhow::Result<Self> {
        for name in [WORKER, MANIFEST] {
            if files.contains_key(name) {
                bail!("{name} is in the folder already, and the build writes one: remove it, or name it differently");
            }
        }
        // What was compressed before does not hold what is put into files now.
        for (encoding, _) in Encoding::NAMES {
            let extension = [".", encoding.extension()].concat();
            let is_wanted = config.settings.compress.contains(&encoding);
            let of_another = |path: &String| {
                let plain = path.strip_suffix(&extension).filter(|plain| files.contains_key(*plain));
                plain.is_some_and(|plain| is_wanted || is_read(plain, &config.extras(&config.pointers(plain))))
            };
            let stale: Vec<String> = files.keys().filter(|path| of_another(path)).cloned().collect();
            stale.iter().for_each(|path| drop(files.remove(path)));
        }
        let written = std::iter::once(HEADERS).chain(config.hosts().iter().filter_map(|host| host.file()));
        let mut own = BTreeMap::new();
        for name in written {
            let text = match files.remove(name) {
                Some(place) => fs::read_to_string(place).with_context(|| format!("{name} cannot be read"))?,
                None => String::new(),
            };
            // Hosts take a byte order mark for a part of the first path.
            own.insert(name, text.trim_start_matches('\u{feff}').to_owned());
        }
        if let Some(name) = &config.settings.own_worker {
            let place = files.remove(name).with_context(|| {
                format!("own-worker: {name} is not in the folder; name a file by its path in there, as in \"own.js\"")
            })?;
            let text = fs::read_to_string(place).with_context(|| format!("{name} cannot be read"))?;
            // A worker whose script cannot be read takes the place of none.
            if let Some((at, reason)) = fault_in_script(&text) {
                let Place { line, column, .. } = Place::of(text.as_bytes(), &(at..at));
                bail!(
                    "own-worker: {name}:{line}:{column}: {reason}; a worker runs scripts, no modules: bundle it first"
                );
            }
            own.insert(WORKER, text);
        }
        Ok(Self(own))
    }

    /// The files that the worker consists of.
    fn worker(
        &self,
        args: &BuildArgs,
        config: &Config,
        release: &Release<'_>,
        listing: &Listing,
        offers: &Offers,
    ) -> anyhow::Result<Vec<(String, String)>> {
        if config.settings.retire {
            return Ok(vec![(WORKER.to_owned(), RETIRED.to_owned())]);
        }
        let folders = hashed_folders(release);
        let mut routes = config.routes(|path| listing.files.contains_key(path), &folders)?;
        routes.extend(file_routes(&release.plain, &routes, &args.base));
        let serving = Serving {
            routes: (!config.settings.precache.only).then_some(routes.as_slice()),
            fallback: listing.files.contains_key(OFFLINE_PAGE).then_some(OFFLINE_PAGE),
            places: &hashed_places(release),
            static_routes: if args.no_static_routes { StaticRoutes::Off } else { StaticRoutes::On },
            budget: config.settings.budget,
            navigation_preload: config.settings.navigation_preload,
            stats: config.settings.stats,
            health_check: config.settings.health_check,
            memory_bytes: config.settings.memory_bytes,
            offers,
            own: self.text(WORKER),
        };
        worker_files(release, &serving, &SCRIPTS).map_err(|Fault(reason)| anyhow!("{}: {reason}", settings::FILE))
    }

    /// What hosts are told about a release, by the names of the files. `written` is what the build writes beside the
    /// site's files, with the extensions of its encodings. And what the site's own rules do to ours.
    fn headers(
        &self,
        args: &BuildArgs,
        config: &Config,
        release: &Release<'_>,
        listing: &Listing,
        written: &[(String, Vec<String>)],
    ) -> anyhow::Result<(BTreeMap<String, String>, Vec<Finding>)> {
        let groups = |path: &str| config.groups(path);
        let policy = config.policy(&args.base, &groups);
        let names: Vec<&str> = written.iter().map(|(name, _)| name.as_str()).collect();
        let earlier: Vec<&str> =
            listing.earlier.iter().flat_map(|release| release.files.keys()).map(String::as_str).collect();
        let beside = Beside { written: &names, earlier: &earlier };
        // Those that are long are written at once.
        let (plan, headers) = rayon::join(
            || upload_plan(release, listing, &policy, written),
            || headers_file(release, &policy, self.text(HEADERS), &beside),
        );
        let contradictions = contradictions(release, policy.base, self.text(HEADERS), &headers, &beside);
        let mut texts = BTreeMap::from([(HEADERS.to_owned(), headers), (UPLOAD_PLAN.to_owned(), plan)]);
        for host in config.hosts() {
            if let Some(name) = host.file() {
                let text = host.text(release, &policy, self.text(name), &beside).map_err(|reason| anyhow!(reason))?;
                texts.insert(name.to_owned(), text);
            }
        }
        Ok((texts, contradictions))
    }

    /// Names what is said in the fields of responses, as far as the build knows.
    fn fields(&self, config: &Config) -> String {
        let settings = serde_json::to_string(&config.settings.headers).unwrap_or_default();
        let own = self.0.iter().filter(|(name, _)| **name != WORKER).map(|(name, text)| format!("{name}\0{text}\0"));
        hex(&Sha256::digest(own.chain([settings]).collect::<String>()))[..8].to_owned()
    }

    /// What the site brought under a name.
    fn text(&self, name: &str) -> &str {
        self.0.get(name).map(String::as_str).unwrap_or_default()
    }
}
