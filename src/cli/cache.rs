//! The work cache: what earlier builds found out, so that the next one need not.
//!
//! A file is known by the SHA-256 of its bytes: what it refers to is looked up by that, wherever the file
//! lies. Its stamp only saves reading it again. The cache is a folder beside the output; it holds what the
//! last build used and nothing older, and may be removed at any time.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, bail};
use keepfresh::build::Parsed;
use keepfresh::build::site::packages::is_of_package;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::args::BuildArgs;
use super::derived::Derived;
use super::output::beside;
use super::report::{Outcome, Summary};
use super::stamp::Stamp;
use super::write::{Outputs, Piece, is_as_left};

/// What one build found out.
#[derive(Default, Deserialize, Serialize)]
pub(crate) struct Index {
    /// What the answers depend on beside the files: this program, and the settings.
    made_by: String,
    /// What came of the build as JSON, and what that depends on beside the files of the folder.
    last: Option<(String, String)>,
    /// The folder's files.
    pub(crate) sources: BTreeMap<String, Known>,
    /// The files of the output, by their paths there.
    pub(crate) outputs: BTreeMap<String, Written>,
    /// Those of the output before, which lies in the cache.
    pub(crate) before: BTreeMap<String, Written>,
}

/// One file of the folder.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Known {
    /// `None` if the next build must read it again.
    pub(crate) stamp: Option<Stamp>,
    pub(crate) sha256: String,
    /// What reading it depends on beside its bytes: its language, and where it is JSON.
    pub(crate) manner: String,
    pub(crate) parsed: Parsed,
}

/// One file of the output.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Written {
    pub(crate) stamp: Stamp,
    pub(crate) sha256: String,
}

/// The folder of the cache, and what was in it.
pub(crate) struct WorkCache {
    by_content: OnceLock<BTreeMap<String, String>>,
    folder: PathBuf,
    pub(crate) index: Index,
    is_kept: bool,
    made_by: String,
}

const INDEX: &str = "index";
/// Which program this is: the bytes of what is kept do not say what they are, and another program may take them for
/// something else.
pub(super) const PROGRAM: &str = concat!("keepfresh ", env!("CARGO_PKG_VERSION"), " ", env!("KEEPFRESH_READERS"));

impl Index {
    /// Reads one, unless it is damaged or another program's.
    fn read(place: &Path) -> Option<Self> {
        let file = fs::read(place).ok()?;
        let (digest, bytes) = file.split_at_checked(32)?;
        (digest == Self::digest(bytes).as_slice()).then(|| postcard::from_bytes(bytes).ok())?
    }

    fn to_bytes(&self) -> anyhow::Result<Vec<u8>> {
        let mut file = postcard::to_extend(self, vec![0; 32])?;
        let digest = Self::digest(&file[32..]);
        file[..32].copy_from_slice(&digest);
        Ok(file)
    }

    fn digest(bytes: &[u8]) -> [u8; 32] {
        Sha256::new_with_prefix(PROGRAM).chain_update(bytes).finalize().into()
    }
}

impl WorkCache {
    /// Opens the cache in `folder`. One that is damaged, or was made by another program or with
    /// other settings, is as good as none. Unless it is to be kept nothing stays.
    pub(crate) fn open(folder: PathBuf, made_by: String, is_kept: bool) -> Self {
        let mut index = Index::read(&folder.join(INDEX)).unwrap_or_default();
        if index.made_by != made_by {
            index.sources.clear();
            index.last = None;
        }
        Self { by_content: OnceLock::new(), folder, index, is_kept, made_by }
    }

    /// Where the cache of a build lies. One that is not to be kept is this run's alone.
    pub(crate) fn place(args: &BuildArgs) -> anyhow::Result<PathBuf> {
        match &args.cache {
            _ if args.no_cache => beside(&args.out, &format!("cache-{}", std::process::id())),
            Some(folder) => Ok(folder.clone()),
            None => beside(&args.out, "cache"),
        }
    }

    /// What came of the last build, if it is what would come of one now: all files are as they were, those of
    /// the output are too, and `wishes` says the same of everything else.
    pub(crate) fn unchanged(
        &self,
        files: &BTreeMap<String, PathBuf>,
        src: &Path,
        dist: &Path,
        wishes: &str,
    ) -> Option<Summary> {
        let (_, summary) = self.index.last.as_ref().filter(|(known, _)| known == wishes)?;
        // What it refers to in packages nobody has listed.
        let of_packages = self.index.sources.keys().filter(|path| is_of_package(path));
        let of_packages: Vec<_> = of_packages.map(|path| (path.clone(), src.join(path))).collect();
        let mut files = Cow::Borrowed(files);
        if !of_packages.is_empty() {
            files.to_mut().extend(of_packages);
        }
        let is_known = |((path, place), (known_path, known)): ((&String, &PathBuf), (&String, &Known))| {
            let stamp = || Some(Stamp::of(&fs::metadata(place).ok()?));
            path == known_path && known.stamp.is_some() && known.stamp == stamp()
        };
        let pairs: Vec<_> = files.iter().zip(&self.index.sources).collect();
        let is_same = files.len() == self.index.sources.len() && pairs.into_par_iter().all(is_known);
        (is_same && is_as_left(dist, &self.index.outputs)).then(|| serde_json::from_str(summary).ok())?
    }

    /// What reading a file with these bytes came to, if it has been read in this manner before, under
    /// whatever path.
    pub(crate) fn parsed(&self, sha256: &str, manner: &str) -> Option<Parsed> {
        let content = |sha256: &str, manner: &str| [sha256, manner].concat();
        let entry = |(path, known): (&String, &Known)| (content(&known.sha256, &known.manner), path.clone());
        // Only wanted where stamps say nothing.
        let paths = self.by_content.get_or_init(|| self.index.sources.iter().map(entry).collect());
        let known = paths.get(&content(sha256, manner)).and_then(|path| self.index.sources.get(path));
        known.map(|known| known.parsed.clone())
    }

    /// Where the output before the last one is kept, if it is: on the same disk as the output.
    pub(crate) fn spare(&self, dist: &Path) -> Option<PathBuf> {
        (self.is_kept && self.is_beside(dist)).then(|| self.folder.join("spare"))
    }

    /// Whether the cache lies where it does when nobody says otherwise: beside the output, hidden.
    fn is_beside(&self, dist: &Path) -> bool {
        beside(dist, "cache").is_ok_and(|folder| folder == self.folder)
    }

    /// Makes sure that no other build writes the same output. The lock ends with the file that is given.
    pub(crate) fn lock(&self, dist: &Path) -> anyhow::Result<File> {
        fs::create_dir_all(&self.folder).with_context(|| {
            format!("{} cannot be written; name another folder with --cache", self.folder.display())
        })?;
        // A mistyped path must not cost anybody what is there: what is in a cache is written anew, and removed.
        let lock = self.folder.join("lock");
        let is_ours = fs::metadata(&lock).is_ok_and(|lock| lock.is_file() && lock.len() == 0) || self.is_beside(dist);
        if !is_ours && fs::read_dir(&self.folder)?.next().is_some() {
            bail!(
                "{} holds files that keepfresh did not write; name another folder with --cache",
                self.folder.display()
            );
        }
        let lock = File::create(lock)?;
        // So that nobody commits it.
        if let Ok(mut ignored) = File::create_new(self.folder.join(".gitignore")) {
            ignored.write_all(b"*\n")?;
        }
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => bail!("another build is writing {}; wait for it", dist.display()),
            // Some file systems have no locks.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(lock),
        }
    }

    /// The folder for what is derived from bytes with a digest, such as their compressed forms.
    pub(crate) fn derived(&self, is_written: bool) -> Derived {
        Derived { folder: self.folder.join("derived"), is_written }
    }

    /// Writes what this build found out, in one step, and removes what it did not use. `outputs` is what it has
    /// written, if it has.
    pub(crate) fn save(
        mut self,
        sources: BTreeMap<String, Known>,
        outputs: Option<Outputs>,
        pieces: &[Piece<'_>],
        (wishes, summary): (String, &Summary),
    ) -> anyhow::Result<()> {
        if !self.is_kept {
            return Ok(());
        }
        self.derived(true).forget_others(&pieces.iter().map(|piece| piece.id.as_str()).collect());
        let last = std::mem::take(&mut self.index);
        let (outputs, before) = match outputs {
            Some(outputs) => (outputs, last.outputs),
            None => (last.outputs, last.before),
        };
        let summary = serde_json::to_string(&Summary { outcome: Outcome::Unchanged, ..summary.clone() })?;
        let last = Some((wishes, summary));
        let index = Index { made_by: self.made_by.clone(), last, sources, outputs, before };
        let next = self.folder.join(format!("{INDEX}.{}", std::process::id()));
        fs::write(&next, index.to_bytes()?)?;
        fs::rename(&next, self.folder.join(INDEX))
            .with_context(|| format!("{} cannot be written", self.folder.display()))
    }
}

impl Drop for WorkCache {
    fn drop(&mut self) {
        if !self.is_kept {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}
