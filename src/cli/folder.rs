//! Walking a folder: which files are part of a site, and under which paths.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, bail};
use globset::GlobSet;
use ignore::WalkBuilder;
use keepfresh::build::site::packages::PACKAGES;
use keepfresh::build::{Code, Finding, Severity};

/// How many links to folders are followed: where these hold links in their turn, there may be more ways than anybody can go.
const MOST_LINKS: usize = 10_000;

/// The files of a folder: paths with `/` between their parts, and where they lie; and what people should know of links.
///
/// Hidden files are left out, except those that hosts look for. A link is what it leads to, and must not
/// lead out of the folder; one that leads nowhere is left out. `skip` are folders inside that are not part of the site (the output of earlier
/// builds).
pub(crate) fn walk(
    src: &Path,
    skip: &[&Path],
    exclude: &GlobSet,
) -> anyhow::Result<(BTreeMap<String, PathBuf>, Vec<Finding>)> {
    if !src.is_dir() {
        bail!("{} is not a folder", src.display());
    }
    let root = fs::canonicalize(src).with_context(|| format!("{} cannot be read", src.display()))?;
    let skip: Vec<PathBuf> = skip.iter().filter_map(|path| fs::canonicalize(path).ok()).collect();
    let (mut files, mut findings) = (BTreeMap::new(), Vec::new());
    // Folders that are still to be walked: the site's own, and those that links lead to, with the places of these links.
    let mut open: Vec<(PathBuf, Vec<PathBuf>)> = vec![(src.to_owned(), Vec::new())];
    let mut followed = 0;
    while let Some((folder, links)) = open.pop() {
        let skip = skip.clone();
        let mut walk = WalkBuilder::new(&folder);
        walk.standard_filters(false).follow_links(false).filter_entry(move |entry| {
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            let is_skipped =
                is_folder && !skip.is_empty() && entry.path().canonicalize().is_ok_and(|path| skip.contains(&path));
            entry.depth() == 0 || (!is_skipped && is_part_of_a_site(entry.file_name().to_string_lossy().as_ref()))
        });
        for entry in walk.build() {
            let entry = entry.with_context(|| format!("{} cannot be read", folder.display()))?;
            let Some(kind) = entry.file_type() else { continue };
            let is_link = entry.path_is_symlink() && entry.depth() > 0;
            if !kind.is_file() && !is_link {
                continue;
            }
            let path = slashed(entry.path().strip_prefix(src)?)?;
            if exclude.is_match(&path) {
                continue;
            }
            if is_link {
                let Some(target) = target_of(entry.path(), &path, &root)? else {
                    findings.push(leads_nowhere(&path));
                    continue;
                };
                if target.is_dir() {
                    let at = fs::canonicalize(entry.path().parent().unwrap_or(src))?;
                    let links: Vec<PathBuf> = links.iter().cloned().chain([at]).collect();
                    if links.iter().any(|at| at.starts_with(&target)) {
                        bail!("{path} is a link to a folder that it lies in itself; remove it, or exclude it");
                    }
                    followed += 1;
                    if followed > MOST_LINKS {
                        bail!(
                            "more than {MOST_LINKS} links to folders would have to be followed, {path} among them; remove those to folders that have links themselves, or exclude them in {}",
                            super::settings::FILE
                        );
                    }
                    open.push((entry.into_path(), links));
                    continue;
                }
                if !target.is_file() {
                    bail!(
                        "{path} is a link to what is neither a file nor a folder; remove it, or exclude it in {}",
                        super::settings::FILE
                    );
                }
            }
            files.insert(path, entry.into_path());
        }
    }
    if files.is_empty() {
        bail!("there are no files in {}", src.display());
    }
    Ok((files, findings))
}

fn leads_nowhere(path: &str) -> Finding {
    let message = "it is a link to something that is not there, so it is left out".to_owned();
    let help = format!("remove it, or exclude it in {}", super::settings::FILE);
    Finding { help: Some(help), ..Finding::of_file(path, Code::MissingFile, Severity::Warning, message) }
}

/// What a link leads to, which must be part of the folder; nothing if that is not there.
fn target_of(link: &Path, path: &str, root: &Path) -> anyhow::Result<Option<PathBuf>> {
    let target = match fs::canonicalize(link) {
        Ok(target) => target,
        Err(error) if is_nowhere(error.kind()) => return Ok(None),
        Err(error) => {
            bail!("{path} is a link that cannot be followed ({error}); exclude it in {}", super::settings::FILE)
        }
    };
    if !target.starts_with(root) {
        bail!(
            "{path} is a link that leads out of the folder, to {}; copy the file in, or exclude it in {}",
            target.display(),
            super::settings::FILE
        );
    }
    Ok(Some(target))
}

/// Whether a link leads nowhere, or round in a circle: of a device that cannot be read nobody knows that.
fn is_nowhere(kind: ErrorKind) -> bool {
    // The name of a circle is not stable yet (rust-lang/rust#130188).
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory) || format!("{kind:?}") == "FilesystemLoop"
}

/// Every file below a folder, hidden ones included, relative to it; none if there is no such folder.
pub(crate) fn all_files(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut files = Vec::new();
    if !folder.exists() {
        return Ok(files);
    }
    for entry in WalkBuilder::new(folder).standard_filters(false).build() {
        let entry = entry?;
        if entry.file_type().is_some_and(|kind| kind.is_file()) {
            files.push(slashed(entry.path().strip_prefix(folder)?)?);
        }
    }
    files.sort();
    Ok(files)
}

/// The files in a folder of `src`, by their paths from there; none if there is no such folder. Links are left out.
pub(crate) fn contents(src: &Path, folder: &str) -> anyhow::Result<BTreeMap<String, PathBuf>> {
    let mut files = BTreeMap::new();
    let Some(place) = place_in(src, folder).filter(|place| place.is_dir()) else { return Ok(files) };
    let is_wanted =
        |entry: &ignore::DirEntry| entry.depth() == 0 || is_part_of_a_site(&entry.file_name().to_string_lossy());
    for entry in WalkBuilder::new(&place).standard_filters(false).filter_entry(is_wanted).build() {
        let entry = entry.with_context(|| format!("{folder} cannot be read"))?;
        if entry.file_type().is_some_and(|kind| kind.is_file()) {
            files.insert(slashed(entry.path().strip_prefix(src)?)?, entry.into_path());
        }
    }
    Ok(files)
}

/// Where the file with this path lies, which somebody has written down: never outside of the folder.
pub(crate) fn place_in(folder: &Path, path: &str) -> Option<PathBuf> {
    let is_inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    (is_inside && !path.contains(['\\', '\0'])).then(|| folder.join(path))
}

/// The same for a file that is to be read: what is none may have no end.
pub(crate) fn file_in(folder: &Path, path: &str) -> Option<PathBuf> {
    place_in(folder, path).filter(|place| place.is_file())
}

pub(crate) fn is_part_of_a_site(name: &str) -> bool {
    let is_hidden = name.starts_with('.') && !matches!(name, ".well-known" | ".nojekyll" | ".htaccess");
    !is_hidden && name != super::settings::FILE && name != PACKAGES
}

fn slashed(path: &Path) -> anyhow::Result<String> {
    let mut parts = Vec::new();
    for part in path.components() {
        let Component::Normal(part) = part else { bail!("{} is not a plain path", path.display()) };
        let part = part.to_str().with_context(|| format!("the name {} is not UTF-8; rename it", path.display()))?;
        if part.contains(|c: char| c.is_control() || c == '\\') {
            bail!("the name {part:?} has a character that no URL can hold; rename it");
        }
        parts.push(part);
    }
    Ok(parts.join("/"))
}
