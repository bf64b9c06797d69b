//! `keepfresh.toml`: what the build should know that it cannot see in the files.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use globset::{Glob, GlobSet, GlobSetBuilder};
use keepfresh::build::headers::{Host, Policy};
use keepfresh::build::name::page_url;
use keepfresh::build::routes::{Route, compiled, default_routes};
use keepfresh::build::{Extras, Finding, Naming, Severity};
use keepfresh::manifest::{DIGITS, FINGERPRINT_DIGITS, Need};
use keepfresh::route::{Fault, Pattern};

use super::args::BuildArgs;
use super::delta::Coding;
use super::own::OfHosts;
use super::settings::{FILE, Headers, Level, OFFLINE_PAGE, Precache, Settings};

/// What the build should know, ready for use.
pub(crate) struct Config {
    pub(crate) exclude: GlobSet,
    pub(crate) exclude_from_precache: GlobSet,
    pub(crate) include_in_precache: GlobSet,
    needs: Vec<(Need, GlobSet)>,
    needs_of_routes: Vec<(Need, Pattern)>,
    pub(crate) settings: Settings,
    groups: Vec<(GlobSet, String)>,
    hashed: Option<GlobSet>,
    json: GlobSet,
    keep_names: GlobSet,
    /// What hosts are told of the site, once that has been read.
    pub(crate) of_hosts: OfHosts,
}

/// Reads the file that `args` name, or else the one in the folder if there is one; what `args` say wins.
pub(crate) fn read(args: &BuildArgs) -> anyhow::Result<Config> {
    let path = args.config.as_deref().map_or_else(|| args.src.join(FILE), Path::to_path_buf);
    let settings = if args.config.is_none() && !path.exists() { Settings::default() } else { settings_of(&path)? };
    Config::new(settings.with(args)).with_context(|| format!("{} cannot be used", path.display()))
}

/// Reads a file, or knows nothing if there is none.
pub(crate) fn of_file(path: Option<&Path>) -> anyhow::Result<Config> {
    let Some(path) = path else { return Config::new(Settings::default()) };
    Config::new(settings_of(path)?).with_context(|| format!("{} cannot be used", path.display()))
}

fn settings_of(path: &Path) -> anyhow::Result<Settings> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let settings = toml::from_str(&text).map_err(|error| anyhow!(in_plain_words(&error.to_string())));
    settings.with_context(|| format!("{} cannot be used", path.display()))
}

/// What was expected, without the names of types. It is said at the end: in front of it what people wrote is quoted.
fn in_plain_words(error: &str) -> String {
    let number = "expected a whole number from 0 on";
    let plain = [
        ("expected usize", number),
        ("expected u64", number),
        ("expected u32", number),
        ("expected a sequence", "expected a list"),
        ("wanted string or table", "expected a name"),
    ];
    let error = error.trim_end();
    let said = plain.iter().find_map(|(end, words)| Some([error.strip_suffix(end)?, words].concat()));
    said.unwrap_or_else(|| error.to_owned())
}

impl Config {
    fn new(mut settings: Settings) -> anyhow::Result<Self> {
        compiled(settings.routes.as_deref().unwrap_or_default()).map_err(|Fault(reason)| anyhow!(reason))?;
        if settings.headers.cdn.as_deref().is_some_and(|cdn| cdn.contains(|c: char| c.is_control() || c == '$')) {
            bail!("headers.cdn must be one line, without `$`, which hosts take for the start of a variable");
        }
        let is_plain = |name: &String| name.chars().all(|c| c == ' ' || c.is_ascii_graphic());
        if let Some(name) = settings.headers.groups.values().flatten().find(|name| !is_plain(name)) {
            bail!("headers.groups: the group {name:?} has other characters than those of ASCII (RFC 9875, section 2)");
        }
        if settings.precache.only {
            let others = [
                ("routes", settings.routes.is_some()),
                ("budget", settings.budget.is_some()),
                ("memory-bytes", settings.memory_bytes > 0),
                ("navigation-preload", settings.navigation_preload),
                ("stats", settings.stats),
            ];
            if let Some((name, _)) = others.iter().find(|(_, is_set)| *is_set) {
                bail!(
                    "precache.only: a worker that serves what is precached and nothing else has no use for {name}; remove one of them"
                );
            }
        }
        let composed = settings.routes.iter().flatten().position(|route| route.before.is_some());
        if let (Some(index), true) = (composed, settings.navigation_preload) {
            bail!(
                "routes[{index}]: `before` cannot be used with navigation-preload, which asks for whole pages; remove one of them"
            );
        }
        let origin = settings.origin.as_deref().map(super::args::origin).transpose();
        settings.origin = origin.map_err(|reason| anyhow!("origin: {reason}"))?;
        let digits = settings.names.digits.unwrap_or(FINGERPRINT_DIGITS);
        if !DIGITS.contains(&digits) {
            bail!("names.digits: a fingerprint has from {} to {} digits, not {digits}", DIGITS.start(), DIGITS.end());
        }
        for pointer in settings.json.iter().flat_map(|json| &json.pointers) {
            if !pointer.starts_with('/') {
                bail!(
                    "json.pointers: {pointer:?} is no JSON pointer; it begins with a slash, as in \"/items/*/image\""
                );
            }
        }
        settings.attributes.iter_mut().for_each(|name| name.make_ascii_lowercase());
        settings.headers.hosts.sort();
        settings.headers.hosts.dedup();
        let group = |(pattern, names): (&String, &Vec<String>)| {
            let list: Vec<String> = names.iter().map(|name| format!("\"{}\"", name.replace(['"', '\\'], ""))).collect();
            Ok((globs("headers.groups", [pattern])?, list.join(", ")))
        };
        Ok(Self {
            exclude: globs("exclude", &settings.exclude)?,
            exclude_from_precache: globs("precache.exclude", &settings.precache.exclude)?,
            include_in_precache: globs("precache.include", &settings.precache.include)?,
            groups: settings.headers.groups.iter().map(group).collect::<anyhow::Result<_>>()?,
            hashed: settings.names.hashed.as_ref().map(|list| globs("names.hashed", list)).transpose()?,
            json: globs("json.files", settings.json.iter().map(|json| &json.files))?,
            keep_names: globs("names.keep", &settings.names.keep)?,
            needs: needs(&settings.precache)?,
            needs_of_routes: needs_of_routes(settings.routes.as_deref().unwrap_or_default())?,
            of_hosts: OfHosts::default(),
            settings,
        })
    }

    /// What reading files depends on beside their bytes: this program, and the settings.
    pub(crate) fn made_by(&self) -> String {
        [env!("CARGO_PKG_VERSION"), env!("KEEPFRESH_READERS"), &self.settings.attributes.join(" ")].join(" ")
    }

    /// How much a version depends on the file at `path`, if anything was said of it: by a pattern, or else by the first route
    /// that does and covers its path.
    pub(crate) fn need(&self, path: &str) -> Option<Need> {
        let by_pattern = self.needs.iter().find(|(_, globs)| globs.is_match(path)).map(|(need, _)| *need);
        let covers = |pattern: &Pattern| pattern.matches(&["/", page_url(path)].concat(), "/");
        by_pattern.or_else(|| self.needs_of_routes.iter().find(|(_, pattern)| covers(pattern)).map(|(need, _)| *need))
    }

    pub(crate) fn digits(&self) -> usize {
        self.settings.names.digits.unwrap_or(FINGERPRINT_DIGITS)
    }

    /// What is to be known for reading the file at `path`.
    pub(crate) fn pointers(&self, path: &str) -> Vec<String> {
        let matching = self.json.matches(path).into_iter().filter_map(|index| self.settings.json.get(index));
        matching.flat_map(|json| json.pointers.clone()).collect()
    }

    pub(crate) fn extras<'a>(&'a self, pointers: &'a [String]) -> Extras<'a> {
        Extras { attributes: &self.settings.attributes, pointers, policies: &self.of_hosts.policies }
    }

    /// What becomes of a file's name, if anything was said of it.
    /// `named` are the files that a bundler's manifest lists.
    pub(crate) fn naming(&self, path: &str, named: &BTreeSet<String>) -> Option<Naming> {
        if self.keep_names.is_match(path) {
            return Some(Naming::Kept);
        }
        let Some(hashed) = self.hashed.as_ref() else {
            return named.contains(path).then_some(Naming::Hashed);
        };
        if hashed.is_match(path) {
            return Some(Naming::Hashed);
        }
        (!keepfresh::build::name::keeps_name(path)).then_some(Naming::Fingerprinted)
    }

    /// A finding, as bad as people say it is; `None` if nobody wants to know.
    pub(crate) fn judge(&self, finding: Finding) -> Option<Finding> {
        let severity = match self.settings.severity.get(&finding.code) {
            None => finding.severity,
            Some(Level::Error) => Severity::Error,
            Some(Level::Warning) => Severity::Warning,
            Some(Level::Note) => Severity::Note,
            Some(Level::Off) => return None,
        };
        Some(Finding { severity, ..finding })
    }

    /// The codings in which deltas are written. Brotli's are for hosts that negotiate, and of no use where nobody is told
    /// that files may serve as dictionaries.
    pub(crate) fn codings(&self) -> &'static [Coding] {
        if self.settings.headers.dictionaries { &[Coding::Dcz, Coding::Dcb] } else { &[Coding::Dcz] }
    }

    /// What responses say of themselves.
    pub(crate) fn policy<'a>(
        &'a self,
        base: &'a str,
        groups: &'a (dyn Fn(&str) -> Option<String> + Sync),
    ) -> Policy<'a> {
        let Headers { cdn, dictionaries, .. } = &self.settings.headers;
        Policy { base, cdn: cdn.as_deref(), dictionaries: *dictionaries, groups }
    }

    /// The cache groups of a file, as the value of a field.
    pub(crate) fn groups(&self, path: &str) -> Option<String> {
        let lists: Vec<&str> =
            self.groups.iter().filter(|(globs, _)| globs.is_match(path)).map(|(_, list)| list.as_str()).collect();
        (!lists.is_empty()).then(|| lists.join(", "))
    }

    pub(crate) fn hosts(&self) -> &[Host] {
        &self.settings.headers.hosts
    }

    /// The routes; `has_file` tells whether the site has a file, and `hashed` are folders of files that
    /// bundlers have named.
    pub(crate) fn routes(&self, has_file: impl Fn(&str) -> bool, hashed: &[String]) -> anyhow::Result<Vec<Route>> {
        let Some(routes) = &self.settings.routes else {
            return Ok(default_routes(has_file(OFFLINE_PAGE).then_some(OFFLINE_PAGE), hashed));
        };
        for (index, route) in routes.iter().enumerate() {
            for (name, file) in [("fallback", &route.fallback), ("`before`", &route.before), ("`after`", &route.after)]
            {
                if let Some(path) = file.as_deref().filter(|path| !has_file(path)) {
                    bail!(
                        "routes[{index}]: the {name} {path} is not a file of the site; \
                         write its path relative to the folder, as in \"{OFFLINE_PAGE}\""
                    );
                }
            }
        }
        Ok(routes.clone())
    }
}

/// What is said of files by patterns: what is needed most counts, so that it can be an exception to what is not.
fn needs(precache: &Precache) -> anyhow::Result<Vec<(Need, GlobSet)>> {
    Ok(vec![
        (Need::Required, globs("precache.required", &precache.required)?),
        (Need::Optional, globs("precache.optional", &precache.optional)?),
        (Need::Lazy, globs("precache.lazy", &precache.lazy)?),
    ])
}

fn needs_of_routes(routes: &[Route]) -> anyhow::Result<Vec<(Need, Pattern)>> {
    let said = routes.iter().enumerate().filter_map(|(index, route)| Some((index, route.precache?, &route.path)));
    let need = |(index, need, path): (usize, Need, &Option<String>)| match path {
        Some(path) => Ok((need, Pattern::new(path).map_err(|fault| anyhow!("routes[{index}]: {fault}"))?)),
        None => bail!("routes[{index}]: `precache` is for routes with a `path`: it says which files that is"),
    };
    said.map(need).collect()
}

fn globs<'a>(field: &str, patterns: impl IntoIterator<Item = &'a String>) -> anyhow::Result<GlobSet> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern).with_context(|| field.to_owned())?);
    }
    Ok(set.build()?)
}
