//! Reading a folder, and replacing one in a single step.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, bail};
use globset::GlobSet;
use ignore::WalkBuilder;

/// The file by which a folder is known to have been written by a build.
pub(crate) const MANIFEST: &str = "keepfresh.json";

/// The files of a folder: paths with `/` between their parts, and bytes.
///
/// Links are not followed. Hidden files are left out, except those that hosts look for. `skip` is a
/// folder inside that is not part of the site (the output of earlier builds).
pub(crate) fn read(src: &Path, skip: &Path, exclude: &GlobSet) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    if !src.is_dir() {
        bail!("{} is not a folder", src.display());
    }
    let skip = fs::canonicalize(skip).ok();
    let mut files = BTreeMap::new();
    let mut by_lower_case: BTreeMap<String, String> = BTreeMap::new();
    let mut walk = WalkBuilder::new(src);
    walk.standard_filters(false).follow_links(false).filter_entry(move |entry| {
        let is_skipped = skip.is_some() && entry.path().canonicalize().ok() == skip;
        entry.depth() == 0 || (!is_skipped && is_part_of_a_site(entry.file_name().to_string_lossy().as_ref()))
    });
    for entry in walk.build() {
        let entry = entry.with_context(|| format!("{} cannot be read", src.display()))?;
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        let path = slashed(entry.path().strip_prefix(src)?)?;
        if exclude.is_match(&path) {
            continue;
        }
        if let Some(other) = by_lower_case.insert(path.to_lowercase(), path.clone()) {
            bail!("{other} and {path} differ only in case, and many file systems cannot keep them apart; rename one");
        }
        let bytes = fs::read(entry.path()).with_context(|| format!("{path} cannot be read"))?;
        files.insert(path, bytes);
    }
    if files.is_empty() {
        bail!("there are no files in {}", src.display());
    }
    Ok(files)
}

/// What `dist` holds; `None` if there is no such folder.
pub(crate) fn read_written(dist: &Path) -> anyhow::Result<Option<BTreeMap<String, Vec<u8>>>> {
    if !dist.exists() {
        return Ok(None);
    }
    let mut files = BTreeMap::new();
    for entry in WalkBuilder::new(dist).standard_filters(false).build() {
        let entry = entry?;
        if entry.file_type().is_some_and(|kind| kind.is_file()) {
            files.insert(slashed(entry.path().strip_prefix(dist)?)?, fs::read(entry.path())?);
        }
    }
    Ok(Some(files))
}

/// A folder that is being written. It takes the place of another when it is whole, or is gone.
pub(crate) struct Staging {
    dist: PathBuf,
    folder: PathBuf,
}

impl Staging {
    /// Prepares to replace `dist`, which must be new, empty, or written by a build: a mistyped path
    /// must not cost anybody a folder.
    pub(crate) fn new(dist: &Path) -> anyhow::Result<Self> {
        if dist.exists() {
            let is_empty = dist.is_dir() && fs::read_dir(dist)?.next().is_none();
            if !is_empty && !dist.join(MANIFEST).is_file() {
                bail!(
                    "{} holds files that keepfresh did not write; name another folder with --out, or empty it first",
                    dist.display()
                );
            }
        }
        let folder = beside(dist, "new")?;
        fs::create_dir_all(&folder).with_context(|| format!("{} cannot be written", folder.display()))?;
        Ok(Self { dist: dist.to_owned(), folder })
    }

    /// Writes one file.
    pub(crate) fn write(&self, path: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let file = self.folder.join(path);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&file, bytes).with_context(|| format!("{} cannot be written", file.display()))
    }

    /// Gives a file a second name: the same bytes on the disk where it can, a copy otherwise.
    pub(crate) fn link(&self, from: &str, to: &str) -> anyhow::Result<()> {
        let (from, to) = (self.folder.join(from), self.folder.join(to));
        fs::hard_link(&from, &to)
            .or_else(|_| fs::copy(&from, &to).map(drop))
            .with_context(|| format!("{} cannot be written", to.display()))
    }

    /// Puts the folder in its place.
    pub(crate) fn commit(self) -> anyhow::Result<()> {
        let old = beside(&self.dist, "old")?;
        let had_old = self.dist.exists();
        if had_old {
            fs::rename(&self.dist, &old).with_context(|| format!("{} cannot be moved", self.dist.display()))?;
        }
        if let Err(error) = fs::rename(&self.folder, &self.dist) {
            if had_old {
                fs::rename(&old, &self.dist)?;
            }
            return Err(error).with_context(|| format!("{} cannot be put in place", self.dist.display()));
        }
        if had_old {
            fs::remove_dir_all(&old).with_context(|| format!("{} cannot be removed", old.display()))?;
        }
        Ok(())
    }
}

impl Drop for Staging {
    /// A run that failed leaves nothing behind. After `commit` there is nothing to remove.
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A folder name next to `dist`, on the same file system, that no other run uses.
fn beside(dist: &Path, what: &str) -> anyhow::Result<PathBuf> {
    let name = dist.file_name().with_context(|| format!("{} cannot be written to", dist.display()))?;
    let name = format!(".{}.keepfresh-{what}-{}", name.to_string_lossy(), std::process::id());
    Ok(dist.with_file_name(name))
}

fn is_part_of_a_site(name: &str) -> bool {
    let is_hidden = name.starts_with('.') && !matches!(name, ".well-known" | ".nojekyll" | ".htaccess");
    !is_hidden && name != super::config::FILE && name != "node_modules"
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
