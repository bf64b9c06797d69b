//! Reading a folder together with what it refers to in packages, which refer to others.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use keepfresh::build::site::packages::{Wanted, wanted};

use super::args::BuildArgs;
use super::cache::WorkCache;
use super::config::Config;
use super::folder::{contents, place_in};
use super::load::{Loaded, load};
use super::output::Staging;
use super::report::Progress;

/// Reads `files`, and puts the files of packages to them that they refer to.
pub(crate) fn load_with_packages(
    files: &mut BTreeMap<String, PathBuf>,
    args: &BuildArgs,
    config: &Config,
    cache: &WorkCache,
    staging: Option<&Staging>,
    progress: &Progress,
) -> anyhow::Result<Loaded> {
    let mut loaded = load(files, config, cache, staging, progress)?;
    loop {
        let wanted = wanted(&loaded.inputs, &args.base, config.settings.origin());
        let mut found = there(&args.src, &wanted)?;
        found.retain(|path, _| !files.contains_key(path) && !config.exclude.is_match(path));
        if found.is_empty() {
            loaded.may_grow = wanted != Wanted::default();
            return Ok(loaded);
        }
        loaded.add(load(&found, config, cache, staging, progress)?);
        files.append(&mut found);
    }
}

/// What there is of that, and lies in the folder.
fn there(src: &Path, wanted: &Wanted) -> anyhow::Result<BTreeMap<String, PathBuf>> {
    let root = src.canonicalize()?;
    let mut found = BTreeMap::new();
    for path in &wanted.files {
        let place = place_in(src, path);
        let is_inside = |place: &PathBuf| place.canonicalize().is_ok_and(|place| place.starts_with(&root));
        found.extend(place.filter(|place| place.is_file() && is_inside(place)).map(|place| (path.clone(), place)));
    }
    for (start, end) in &wanted.folders {
        let inside = contents(src, &start[..start.rfind('/').unwrap_or_default()])?;
        found.extend(inside.into_iter().filter(|(path, _)| path.starts_with(start) && path.ends_with(end.as_str())));
    }
    Ok(found)
}
