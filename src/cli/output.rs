//! Writing the output: a folder that takes the place of another in one step.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, bail};

use super::folder::is_part_of_a_site;

/// The file by which a folder is known to have been written by a build.
pub(crate) const MANIFEST: &str = "keepfresh.json";

/// A folder that is being written. It takes the place of another when it is whole, or is gone.
pub(crate) struct Staging {
    dist: PathBuf,
    folder: PathBuf,
    /// Whether the folder was there before: it holds the output before the last one.
    is_spare: bool,
    /// Whether what was the output is kept for the next build.
    keeps_spare: bool,
    /// The folders that are there, and the files.
    made: Mutex<(BTreeSet<PathBuf>, BTreeSet<String>)>,
}

impl Staging {
    /// Prepares to replace `dist`, if it may be. In the folder `spare` the output before is kept: a build then writes
    /// no more than what has changed, and the two change places.
    pub(crate) fn new(dist: &Path, spare: Option<PathBuf>) -> anyhow::Result<Self> {
        remove_what_was_killed(dist);
        let keeps_spare = spare.is_some();
        let folder = spare.map_or_else(|| beside(dist, &format!("new-{}", std::process::id())), Ok)?;
        let is_spare = folder.exists();
        Ok(Self { dist: dist.to_owned(), folder, is_spare, keeps_spare, made: Mutex::default() })
    }

    /// Whether the file system takes names that differ only in case for one.
    pub(crate) fn folds_case(&self) -> anyhow::Result<bool> {
        let probe = self.folder.join(format!("case-{}", std::process::id()));
        let written = fs::create_dir_all(&self.folder).and_then(|()| fs::write(&probe, ""));
        written.with_context(|| format!("{} cannot be written", probe.display()))?;
        let folds = probe.with_file_name(format!("CASE-{}", std::process::id())).exists();
        fs::remove_file(&probe)?;
        Ok(folds)
    }

    /// Writes one file.
    pub(crate) fn write(&self, path: &str, bytes: &[u8]) -> anyhow::Result<()> {
        fs::write(self.make_place(path)?, bytes).with_context(|| format!("{path} cannot be written"))
    }

    /// Begins a file.
    pub(crate) fn create(&self, path: &str) -> anyhow::Result<File> {
        File::create(self.make_place(path)?).with_context(|| format!("{path} cannot be written"))
    }

    /// What is asked of the folder, if it was the output once.
    pub(crate) fn had<T>(&self, ask: impl Fn(&Path) -> Option<T>) -> Option<T> {
        self.is_spare.then(|| ask(&self.folder))?
    }

    /// Removes every file that is not wanted, and the folders that are empty then.
    pub(crate) fn retain(&self, wanted: &BTreeSet<&str>) -> anyhow::Result<()> {
        if !self.is_spare {
            return Ok(());
        }
        for path in super::folder::all_files(&self.folder)? {
            if !wanted.contains(path.as_str()) {
                let place = self.folder.join(&path);
                clear(&place)?;
                let folders = place.ancestors().skip(1).take_while(|folder| *folder != self.folder);
                // The first that still holds something ends it.
                folders.take_while(|folder| fs::remove_dir(folder).is_ok()).for_each(drop);
            }
        }
        Ok(())
    }

    /// Whether a file has been written.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.made.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).1.contains(path)
    }

    /// Where a file of this folder lies.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// Where a file of the folder that is to be replaced lies.
    pub(crate) fn old(&self, path: &str) -> PathBuf {
        self.dist.join(path)
    }

    /// Gives a file a name: the same bytes on the disk where it can, a copy otherwise.
    pub(crate) fn link(&self, from: &Path, to: &str) -> anyhow::Result<()> {
        let place = self.make_place(to)?;
        fs::hard_link(from, &place)
            .or_else(|_| fs::copy(from, &place).map(drop))
            .with_context(|| format!("{to} cannot be written"))
    }

    /// Where a file goes, in a folder that is there.
    pub(crate) fn make_place(&self, path: &str) -> anyhow::Result<PathBuf> {
        let place = self.folder.join(path);
        let parent = place.parent().unwrap_or(&self.folder).to_owned();
        let mut made = self.made.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if !made.0.contains(&parent) {
            if self.is_spare {
                let inside = parent.ancestors().take_while(|folder| *folder != self.folder);
                inside.filter(|folder| folder.is_file()).try_for_each(clear)?;
            }
            fs::create_dir_all(&parent).with_context(|| format!("{} cannot be written", parent.display()))?;
            made.0.insert(parent);
        }
        made.1.insert(path.to_owned());
        drop(made);
        // What is there may be a name of a file of the output: it must not be written into.
        if self.is_spare {
            clear(&place)?;
        }
        Ok(place)
    }

    /// Puts the folder in its place. On Linux there is no moment at which neither is there.
    pub(crate) fn commit(self) -> anyhow::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let had_old = self.dist.exists();
        if had_old && exchanged(&self.folder, &self.dist) {
            return if self.keeps_spare { Ok(()) } else { remove(&self.folder) };
        }
        let old = beside(&self.dist, &format!("old-{}", std::process::id()))?;
        if had_old {
            fs::rename(&self.dist, &old).with_context(|| format!("{} cannot be moved", self.dist.display()))?;
        }
        if let Err(error) = fs::rename(&self.folder, &self.dist) {
            if had_old {
                fs::rename(&old, &self.dist)?;
            }
            return Err(error).with_context(|| format!("{} cannot be put in place", self.dist.display()));
        }
        match had_old {
            true if self.keeps_spare => fs::rename(&old, &self.folder).or_else(|_| fs::remove_dir_all(&old)),
            true => fs::remove_dir_all(&old),
            false => Ok(()),
        }
        .with_context(|| format!("{} cannot be removed", old.display()))
    }
}

impl Drop for Staging {
    /// A run that failed leaves nothing behind, except in a folder that is kept anyway. After `commit` there is
    /// nothing to remove.
    fn drop(&mut self) {
        if !self.keeps_spare {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// Whether a build may take the place of `dist`, which must be new, empty, or written by a build: a mistyped path must
/// not cost anybody a folder. Nor may `others` be in there, which the build uses, or anything hidden that no site has.
pub(crate) fn may_be_replaced(dist: &Path, others: &[&Path]) -> anyhow::Result<()> {
    let whole = real(dist);
    if let Some(other) = others.iter().find(|other| real(other).starts_with(&whole)) {
        bail!("{} lies in {}, which a build replaces; name another folder with --out", other.display(), dist.display());
    }
    if !dist.exists() {
        return Ok(());
    }
    if !dist.is_dir() {
        bail!("{} is no folder; name another one with --out", dist.display());
    }
    let entries = fs::read_dir(dist)?.collect::<Result<Vec<_>, _>>()?;
    let is_empty = entries.is_empty();
    if !is_empty && !dist.join(MANIFEST).is_file() {
        bail!(
            "{} holds files that keepfresh did not write; name another folder with --out, or empty it first",
            dist.display()
        );
    }
    let mut names = entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned());
    // Some systems put the last one into every folder that is looked at.
    let is_foreign = |name: &String| !is_part_of_a_site(name) && !matches!(name.as_str(), ".keepfresh" | ".DS_Store");
    if let Some(name) = names.find(|name| name.starts_with('.') && is_foreign(name)) {
        bail!(
            "{} holds {name}, which keepfresh did not write, and a build replaces the whole folder; move it elsewhere, or name another folder with --out",
            dist.display()
        );
    }
    Ok(())
}

/// Whether two paths lead to one place.
pub(crate) fn is_same_place(one: &Path, other: &Path) -> bool {
    real(one) == real(other)
}

/// Where a path leads, as far as it is there.
fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let there = path.ancestors().find_map(|there| Some((there.canonicalize().ok()?, path.strip_prefix(there).ok()?)));
    there.map_or_else(|| path.clone(), |(there, rest)| there.join(rest))
}

/// Removes whatever has this name.
fn clear(place: &Path) -> anyhow::Result<()> {
    let removed = match fs::symlink_metadata(place) {
        Ok(there) if there.is_dir() => fs::remove_dir_all(place),
        Ok(_) => fs::remove_file(place),
        Err(_) => Ok(()),
    };
    removed.with_context(|| format!("{} cannot be removed", place.display()))
}

fn remove(folder: &Path) -> anyhow::Result<()> {
    fs::remove_dir_all(folder).with_context(|| format!("{} cannot be removed", folder.display()))
}

/// Lets two folders change places, where the system can do that in one step.
#[cfg(target_os = "linux")]
fn exchanged(one: &Path, other: &Path) -> bool {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn exchanged(_: &Path, _: &Path) -> bool {
    false
}

/// A hidden name next to `dist`, on the same file system.
pub(crate) fn beside(dist: &Path, what: &str) -> anyhow::Result<PathBuf> {
    let name = dist
        .file_name()
        .with_context(|| format!("{} cannot be replaced; name another folder with --out", dist.display()))?;
    Ok(dist.with_file_name(format!(".{}.keepfresh-{what}", name.to_string_lossy())))
}

/// Removes what runs left behind that were killed: their process is gone. Where nobody can tell, nothing is
/// removed.
fn remove_what_was_killed(dist: &Path) {
    let prefixes: Vec<PathBuf> = ["new-", "cache-"].iter().filter_map(|what| beside(dist, what).ok()).collect();
    let prefixes = || prefixes.iter().filter_map(|prefix| prefix.file_name()?.to_str());
    let parent = dist.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| prefixes().find_map(|prefix| name.strip_prefix(prefix)));
        let is_process = process.is_some_and(|process| process.bytes().all(|b| b.is_ascii_digit()));
        let processes = Path::new("/proc/self");
        if is_process && processes.exists() && !Path::new("/proc").join(process.unwrap_or_default()).exists() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
