//! `keepfresh.toml`: what the build should know that it cannot see in the files.

use std::path::Path;

use anyhow::{Context, anyhow, bail};
use globset::{Glob, GlobSet, GlobSetBuilder};
use keepfresh::build::worker_script::{Route, default_routes};
use keepfresh::route::Pattern;
use serde::Deserialize;

/// Where the configuration is when nobody says otherwise. It is not published.
pub(crate) const FILE: &str = "keepfresh.toml";

/// The page that stands in for others when there is no network, when nobody says otherwise.
const OFFLINE_PAGE: &str = "offline.html";

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// Attributes that hold URLs beside those of HTML (`data-src`).
    #[serde(default)]
    attributes: Vec<String>,
    /// Files that are not part of the site, as patterns (`drafts/**`).
    #[serde(default)]
    exclude: Vec<String>,
    /// Where the site will stand, as in `https://example.com`.
    origin: Option<String>,
    #[serde(default)]
    precache: Precache,
    routes: Option<Vec<Route>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Precache {
    /// Files that a first visit does not download, as patterns.
    #[serde(default)]
    exclude: Vec<String>,
}

/// What the build should know.
pub(crate) struct Config {
    pub(crate) attributes: Vec<String>,
    pub(crate) exclude: GlobSet,
    pub(crate) exclude_from_precache: GlobSet,
    pub(crate) origin: Option<String>,
    routes: Option<Vec<Route>>,
}

/// Reads `file`, or else the one in `src` if there is one.
pub(crate) fn read(src: &Path, file: Option<&Path>) -> anyhow::Result<Config> {
    let path = file.map_or_else(|| src.join(FILE), Path::to_path_buf);
    let written: Written = match std::fs::read_to_string(&path) {
        Ok(text) => toml::from_str(&text).with_context(|| format!("{} cannot be used", path.display()))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && file.is_none() => Written::default(),
        Err(error) => {
            return Err(error).with_context(|| format!("{} cannot be read", path.display()));
        }
    };
    for (index, route) in written.routes.iter().flatten().enumerate() {
        if let Some(Err(error)) = route.path.as_deref().map(|pattern| Pattern::new(pattern, "/")) {
            bail!("{}: route {}: {error}", path.display(), index + 1);
        }
    }
    let origin = written.origin.as_deref().map(super::args::origin).transpose();
    let origin = origin.map_err(|reason| anyhow!("{}: origin: {reason}", path.display()))?;
    let patterns = |list: &[String]| globs(list).with_context(|| format!("{}: exclude", path.display()));
    Ok(Config {
        attributes: written.attributes.iter().map(|name| name.to_ascii_lowercase()).collect(),
        exclude: patterns(&written.exclude)?,
        exclude_from_precache: patterns(&written.precache.exclude)?,
        origin,
        routes: written.routes,
    })
}

fn globs(patterns: &[String]) -> anyhow::Result<GlobSet> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern)?);
    }
    Ok(set.build()?)
}

impl Config {
    /// The routes; `has_file` tells whether the site has a file.
    pub(crate) fn routes(self, has_file: impl Fn(&str) -> bool) -> anyhow::Result<Vec<Route>> {
        let Some(routes) = self.routes else {
            return Ok(default_routes(has_file(OFFLINE_PAGE).then_some(OFFLINE_PAGE)));
        };
        for (index, route) in routes.iter().enumerate() {
            if let Some(page) = route.fallback.as_deref().filter(|page| !has_file(page)) {
                bail!(
                    "route {}: the fallback {page} is not a file of the site; \
                     write its path relative to the folder, as in \"{OFFLINE_PAGE}\"",
                    index + 1
                );
            }
        }
        Ok(routes)
    }
}
