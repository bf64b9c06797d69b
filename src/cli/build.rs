//! `keepfresh build`: read the folder, build the release, write it or compare it.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::bail;
use keepfresh::build::headers::headers;
use keepfresh::build::worker_script::{StaticRoutes, worker_script};
use keepfresh::build::{self, Hints, Release, Severity, Wishes};

use super::args::BuildArgs;
use super::report::{Progress, Summary};
use super::{config, folder};

/// The worker script without its options. `build.rs` puts it here.
const RUNTIME: &str = include_str!(concat!(env!("OUT_DIR"), "/runtime.js"));
const WORKER: &str = "sw.js";
const HEADERS: &str = "_headers";

pub(crate) fn run(args: &BuildArgs) -> anyhow::Result<ExitCode> {
    if RUNTIME.is_empty() {
        bail!("this program was built without the worker script; build it with `npm run build`");
    }
    let progress = Progress::start();
    progress.say("reading");
    let config = config::read(&args.src, args.config.as_deref())?;
    let mut files = folder::read(&args.src, &args.out, &config.exclude)?;
    let own_headers = own_headers(&mut files)?;
    for name in [WORKER, folder::MANIFEST] {
        if files.contains_key(name) {
            bail!("{name} is in the folder already, and the build writes one: remove it, or name it differently");
        }
    }
    let left_out = config.exclude_from_precache.clone();
    let attributes = config.attributes.clone();
    let origin = args.origin.clone().or_else(|| config.origin.clone());
    let routes = config.routes(|path| files.contains_key(path))?;

    progress.say("finding references");
    let hints = Hints { attributes: &attributes, base: &args.base, origin: origin.as_deref() };
    let site = build::read(&files, &hints);
    progress.say("naming assets");
    let fallbacks: Vec<&str> = routes.iter().filter_map(|route| route.fallback.as_deref()).collect();
    let may_precache = |path: &str| !left_out.is_match(path);
    let release = site.build(&Wishes { fallbacks: &fallbacks, may_precache: &may_precache });

    let static_routes = if args.no_static_routes { StaticRoutes::Off } else { StaticRoutes::On };
    let written = BTreeMap::from([
        (folder::MANIFEST, release.manifest()),
        (HEADERS, headers(&release, &args.base, &own_headers, &[WORKER, folder::MANIFEST])),
        (WORKER, worker_script(&release, &routes, static_routes, RUNTIME)),
    ]);
    progress.say(if args.check { "comparing" } else { "writing" });
    let is_different = if args.check {
        differs(args, &release, &written)?
    } else {
        write(args, &release, &written)?;
        false
    };

    let has_warnings = site.findings.iter().any(|finding| finding.severity == Severity::Warning);
    let summary = Summary { release: &release, findings: &site.findings, worker: written[WORKER].as_bytes() };
    progress.finish(&summary, args);
    let fails = is_different || (args.strict && has_warnings);
    Ok(if fails { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// The `_headers` that the site brought: it is merged, not copied.
fn own_headers(files: &mut BTreeMap<String, Vec<u8>>) -> anyhow::Result<String> {
    let own = files.remove(HEADERS).unwrap_or_default();
    String::from_utf8(own).map_err(|_| anyhow::anyhow!("{HEADERS} is not UTF-8"))
}

fn write(args: &BuildArgs, release: &Release<'_>, written: &BTreeMap<&str, String>) -> anyhow::Result<()> {
    let staging = folder::Staging::new(&args.out)?;
    for file in &release.files {
        staging.write(&file.out, &file.bytes)?;
        if file.is_asset() {
            staging.link(&file.out, file.path)?;
        }
    }
    for (path, text) in written {
        staging.write(path, text.as_bytes())?;
    }
    staging.commit()
}

/// Tells what a build would change, a line each: `+` new, `-` gone, `~` different.
fn differs(args: &BuildArgs, release: &Release<'_>, written: &BTreeMap<&str, String>) -> anyhow::Result<bool> {
    let there = folder::read_written(&args.out)?.unwrap_or_default();
    let mut wanted: BTreeMap<&str, &[u8]> = BTreeMap::new();
    for file in &release.files {
        wanted.insert(&file.out, &file.bytes);
        wanted.insert(file.path, &file.bytes);
    }
    wanted.extend(written.iter().map(|(path, text)| (*path, text.as_bytes())));
    let mut is_different = false;
    let mut tell = |sign: char, path: &str| {
        is_different = true;
        println!("{sign} {path}");
    };
    for (path, bytes) in &wanted {
        match there.get(*path) {
            None => tell('+', path),
            Some(other) if other != bytes => tell('~', path),
            Some(_) => {}
        }
    }
    there.keys().filter(|path| !wanted.contains_key(path.as_str())).for_each(|path| tell('-', path));
    Ok(is_different)
}
