//! What a site brings that is no file of it to be copied: rules for its host, which the build adds to, and a script that goes
//! in front of the worker's.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, anyhow, bail};
use keepfresh::build::file_routes::{FILES, file_routes};
use keepfresh::build::headers::{
    Beside, answered_in, contradictions, hashed_folders, hashed_places, headers_file, meaningless, named_in,
    upload_plan,
};
use keepfresh::build::integrity::policies_in;
use keepfresh::build::name::is_for_host;
use keepfresh::build::read::js::fault_in_script;
use keepfresh::build::release::listing::Listing;
use keepfresh::build::release::worker_script::{Offers, RETIRED, Scripts, Serving, StaticRoutes, WORKER, worker_files};
use keepfresh::build::{Code, Finding, Place, READ_LIMIT, Release, Severity, Spoken, is_read};
use keepfresh::manifest::hex;
use keepfresh::route::Fault;
use serde::de::IgnoredAny;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::alike::Alike;
use super::args::BuildArgs;
use super::comments::without_comments;
use super::config::Config;
use super::encode::Encoding;
use super::output::MANIFEST;
use super::settings::{self, OFFLINE_PAGE};

/// The texts of worker scripts. `build.rs` puts them here.
pub(super) const SCRIPTS: Scripts<'static> = Scripts {
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

/// What hosts are told of a site, whichever hosts these are.
#[derive(Default)]
pub(crate) struct OfHosts {
    /// What is said of `Content-Security-Policy`.
    pub(crate) policies: String,
    /// The files that are spoken of by their names, with the one that does.
    pub(crate) named: BTreeMap<Spoken, String>,
    /// The paths for which hosts answer by themselves.
    pub(crate) answered: BTreeSet<String>,
    /// Whether one of them is told of fields.
    pub(crate) tells_fields: bool,
    /// The files that say something of that in no language of theirs.
    pub(crate) unread: Vec<Finding>,
}

/// Files in which hosts are told of others, as JSON or TOML.
const RULES: [&str; 5] = ["firebase.json", "netlify.toml", "serve.json", "staticwebapp.config.json", "vercel.json"];

pub(crate) fn of_hosts(files: &BTreeMap<String, PathBuf>) -> OfHosts {
    let is_small = |place: &PathBuf| fs::metadata(place).is_ok_and(|meta| meta.len() <= READ_LIMIT);
    // `serve` gives its own file to everybody, too.
    let is_told = |path: &str| (is_for_host(path) && !path.ends_with(".php")) || path == "serve.json";
    let told = files.iter().filter(|(path, place)| is_told(path) && is_small(place));
    let mut found = OfHosts::default();
    for (path, place) in told {
        let Ok(text) = fs::read(place) else { continue };
        let text = String::from_utf8_lossy(&text);
        let text = text.trim_start_matches('\u{feff}');
        // It looks the same in all languages.
        found.policies += &policies_in(text);
        found.tells_fields |= path != HEADERS && text.to_ascii_lowercase().contains("header");
        let rules = match as_json(path, text) {
            Ok(rules) => rules,
            // Those of other folders are templates, or another site's, and what is empty has no rules.
            Err(_) if path.contains('/') || text.trim().is_empty() => continue,
            Err(reason) => {
                let message = format!("it cannot be read, so nobody knows which files it speaks of: {reason}");
                found.unread.push(Finding::of_file(path, Code::Unreadable, Severity::Warning, message));
                continue;
            }
        };
        found.named.extend(named_in(path, &rules).into_iter().map(|spoken| (spoken, path.clone())));
        found.answered.extend(answered_in(path, &rules));
    }
    found
}

/// What a host is told, as the library reads it: that knows no TOML. Fails for what is neither.
fn as_json<'t>(path: &str, text: &'t str) -> Result<Cow<'t, str>, String> {
    if !RULES.contains(&path.rsplit('/').next().unwrap_or(path)) {
        return Ok(text.into());
    }
    if path.ends_with(".toml") {
        let rules = toml::from_str::<Value>(text).map_err(|error| error.message().to_owned())?;
        return Ok(rules.to_string().into());
    }
    // Firebase's tools allow these, the others' do not.
    let text = if path.ends_with("firebase.json") { without_comments(text).into() } else { Cow::from(text) };
    serde_json::from_str::<IgnoredAny>(&text).map_err(|error| error.to_string())?;
    Ok(text)
}

/// What the site brought of the files that a build writes: these are added to, not copied.
pub(crate) struct Own(pub(super) BTreeMap<&'static str, String>);

impl Own {
    pub(crate) fn take(files: &mut BTreeMap<String, PathBuf>, config: &Config) -> anyhow::Result<Self> {
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
    pub(crate) fn worker(
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
        let (places, left) = hashed_places(release);
        let plain = file_routes(&release.plain, &routes, &args.base);
        let room = FILES.saturating_sub(plain.len());
        routes.extend(plain);
        let left: Vec<_> = left.into_iter().map(|url| (url, true)).collect();
        // Nobody is without these who is on the network: what the site calls its own comes first.
        let left = file_routes(&left, &routes, &args.base);
        routes.extend(left.into_iter().take(room));
        let serving = Serving {
            routes: (!config.settings.precache.only).then_some(routes.as_slice()),
            fallback: listing.files.contains_key(OFFLINE_PAGE).then_some(OFFLINE_PAGE),
            places: &places,
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
    pub(crate) fn headers(
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
        let mut findings = meaningless(self.text(HEADERS));
        findings.extend(contradictions(release, policy.base, self.text(HEADERS), &headers, &beside));
        let mut texts = BTreeMap::from([(HEADERS.to_owned(), headers), (UPLOAD_PLAN.to_owned(), plan)]);
        for host in config.hosts() {
            if let Some(name) = host.file() {
                let text = host.text(release, &policy, self.text(name), &beside).map_err(|reason| anyhow!(reason))?;
                texts.insert(name.to_owned(), text);
            }
        }
        Ok((texts, findings))
    }

    /// Names what is said in the fields of responses, as far as the build knows.
    pub(crate) fn fields(&self, config: &Config) -> String {
        let settings = serde_json::to_string(&config.settings.headers).unwrap_or_default();
        let own = self.0.iter().filter(|(name, _)| **name != WORKER).map(|(name, text)| format!("{name}\0{text}\0"));
        hex(&Sha256::digest(own.chain([settings]).collect::<String>()))[..8].to_owned()
    }

    /// What may be made from what.
    pub(crate) fn alike<'a>(&'a self, args: &'a BuildArgs, config: &'a Config) -> Alike<'a> {
        Alike { own: self.text(HEADERS), base: &args.base, config, fields: self.fields(config) }
    }

    /// What the site brought under a name.
    fn text(&self, name: &str) -> &str {
        self.0.get(name).map(String::as_str).unwrap_or_default()
    }
}
