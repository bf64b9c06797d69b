//! A build that has begun: what it reads, what it was told, and where it writes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use keepfresh::build::Finding;
use keepfresh::build::clues::bundlers::{MANIFESTS, named};
use keepfresh::manifest::hex;
use sha2::{Digest, Sha256};

use super::args::BuildArgs;
use super::cache::WorkCache;
use super::case;
use super::config::{self, Config};
use super::folder;
use super::load::Loaded;
use super::output::{Staging, is_same_place, may_be_replaced};
use super::own::{Own, SCRIPTS, of_hosts};
use super::packages::load_with_packages;
use super::promises::Promises;
use super::report::{Progress, Summary};

pub(crate) struct Job {
    pub(crate) cache: WorkCache,
    pub(crate) config: Config,
    /// The files of the site, by their paths.
    pub(crate) files: BTreeMap<String, PathBuf>,
    /// The files that bundlers say they have named.
    pub(crate) named: BTreeSet<String>,
    /// What is to be said of links in the folder.
    pub(crate) of_links: Vec<Finding>,
    pub(crate) own: Own,
    pub(crate) promises: Promises,
    /// Where the output grows; nothing where none is to be written.
    pub(crate) staging: Option<Staging>,
    /// Everything that the build depends on beside the files, as a digest; empty where the next build has to look again.
    pub(crate) wishes: String,
    /// No other build writes to the same place meanwhile.
    _lock: Option<File>,
}

impl Job {
    /// Looks at the folder and the settings. Nothing is read yet but names.
    pub(crate) fn begin(args: &BuildArgs) -> anyhow::Result<Self> {
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
        let lock = is_written.then(|| cache.lock(&args.out)).transpose()?;
        let named = bundled(args);
        let promises = Promises::of(args.earlier());
        let wishes = wishes(args, &config, &own, &named, &of_links);
        Ok(Self { cache, config, files, named, of_links, own, promises, staging, wishes, _lock: lock })
    }

    /// What came of the last build, if the same would come of this one.
    pub(crate) fn unchanged(&self, args: &BuildArgs) -> Option<Summary> {
        // Where the last release comes from elsewhere, that may have changed as well.
        let may_be = self.staging.is_some() && args.previous.is_none() && args.against.is_empty();
        let summary = || self.cache.unchanged(&self.files, &args.src, &args.out, &self.wishes);
        may_be.then(summary).flatten()
    }

    /// Reads the files, and those of packages that they refer to.
    pub(crate) fn read(&mut self, args: &BuildArgs, progress: &Progress) -> anyhow::Result<Loaded> {
        let Self { cache, config, files, staging, .. } = self;
        let loaded = load_with_packages(files, args, config, cache, staging.as_ref(), progress)?;
        // The next build has to look again, and without what this one was told to look at.
        if loaded.may_grow || args.previous.is_some() || !args.against.is_empty() {
            self.wishes.clear();
        }
        Ok(loaded)
    }
}

fn wishes(args: &BuildArgs, config: &Config, own: &Own, named: &BTreeSet<String>, of_links: &[Finding]) -> String {
    let scripts = hex(&Sha256::digest(SCRIPTS.all().concat()));
    let settings = serde_json::to_string(&config.settings).unwrap_or_default();
    let parts = [config.made_by(), scripts, settings, args.base.clone(), args.no_static_routes.to_string()];
    hex(&Sha256::digest(format!("{parts:?} {:?} {named:?} {of_links:?}", own.0)))
}

fn bundled(args: &BuildArgs) -> BTreeSet<String> {
    let texts = MANIFESTS.iter().filter_map(|path| fs::read_to_string(args.src.join(path)).ok());
    texts.flat_map(|text| named(&text)).collect()
}
