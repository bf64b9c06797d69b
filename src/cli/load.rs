//! Reading the files of a folder: each once, and those that are known already not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, bail};
use keepfresh::build::name::Language;
use keepfresh::build::{
    Code, Finding, Input, Parsed, READ_LIMIT, Severity, is_data, is_read, keep_named, manner, parse,
};
use keepfresh::manifest::hex;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::cache::{Known, WorkCache};
use super::config::Config;
use super::output::Staging;
use super::report::Progress;
use super::stamp::Stamp;

/// How much of a file is read at once that is not looked into.
const CHUNK: usize = 256 << 10;

/// The files of a folder, as they were read.
pub(crate) struct Loaded {
    pub(crate) inputs: BTreeMap<String, Input>,
    /// What the next build need not find out again.
    pub(crate) known: BTreeMap<String, Known>,
    /// Whether what it refers to may come to be where nobody looks.
    pub(crate) may_grow: bool,
    /// Those that were too large to look into.
    too_large: Vec<String>,
}

impl Loaded {
    /// Puts further files to these.
    pub(crate) fn add(&mut self, mut further: Self) {
        self.inputs.append(&mut further.inputs);
        self.known.append(&mut further.known);
        self.too_large.append(&mut further.too_large);
    }

    /// What people should know of files that nobody has looked into.
    pub(crate) fn unread(&self) -> impl Iterator<Item = Finding> {
        self.too_large.iter().map(|path| {
            let message = format!("its references are left as they are: it is larger than {} MB", READ_LIMIT >> 20);
            Finding::of_file(path, Code::TooLarge, Severity::Note, message)
        })
    }
}

/// Reads `files`. What is new and nothing will be put into is written to `staging` while it is read, if there
/// is one.
pub(crate) fn load(
    files: &BTreeMap<String, PathBuf>,
    config: &Config,
    cache: &WorkCache,
    staging: Option<&Staging>,
    progress: &Progress,
) -> anyhow::Result<Loaded> {
    progress.count(files.len());
    let too_large = Mutex::new(Vec::new());
    let names = Names::of(files);
    let read = |(path, at): (&String, &PathBuf)| {
        let pointers = config.pointers(path);
        let one = One { at, cache, config, names: &names, path, pointers: &pointers };
        let read = one.read(staging, &too_large).with_context(|| format!("{path} cannot be read"))?;
        progress.step();
        anyhow::Ok((path.clone(), read))
    };
    let all: Vec<(String, (Input, Known))> = files.par_iter().map(read).collect::<anyhow::Result<_>>()?;
    let too_large = too_large.into_inner().unwrap_or_default();
    let mut loaded = Loaded { inputs: BTreeMap::new(), known: BTreeMap::new(), may_grow: false, too_large };
    for (path, (input, known)) in all {
        loaded.inputs.insert(path.clone(), input);
        loaded.known.insert(path, known);
    }
    Ok(loaded)
}

/// What the files are called, without their folders.
struct Names<'a> {
    all: BTreeSet<&'a str>,
    /// What is known of data is known for these names.
    digest: String,
}

impl<'a> Names<'a> {
    fn of(files: &'a BTreeMap<String, PathBuf>) -> Self {
        let all: BTreeSet<&str> = files.keys().map(|path| path.rsplit('/').next().unwrap_or(path)).collect();
        let mut digest = Sha256::new();
        all.iter().for_each(|name| digest.update([name.as_bytes(), b"/"].concat()));
        Self { digest: hex(&digest.finalize()), all }
    }
}

/// One file that is to be read.
struct One<'a> {
    at: &'a Path,
    cache: &'a WorkCache,
    config: &'a Config,
    names: &'a Names<'a>,
    path: &'a str,
    pointers: &'a [String],
}

impl One<'_> {
    fn read(&self, staging: Option<&Staging>, too_large: &Mutex<Vec<String>>) -> anyhow::Result<(Input, Known)> {
        // What was there before may be the same: then it stays.
        let staging = staging.filter(|_| !self.cache.index.outputs.contains_key(self.path));
        let stamp = Stamp::of(&fs::metadata(self.at)?);
        let mut is_read = is_read(self.path, &self.config.extras(self.pointers));
        if is_read && stamp.length > READ_LIMIT {
            is_read = false;
            too_large.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(self.path.to_owned());
        }
        let is_data = !is_read && is_data(self.path, stamp.length);
        is_read |= is_data;
        let mut manner = if is_read { manner(self.path, &self.config.extras(self.pointers)) } else { String::new() };
        if is_data {
            manner.push_str(&self.names.digest);
        }
        let unchanged = self.cache.index.sources.get(self.path);
        if let Some(known) = unchanged.filter(|known| known.stamp == Some(stamp) && known.manner == manner)
            && let Some(sha256) = unhex(&known.sha256)
        {
            let is_held = is_read && self.wants_bytes(&known.parsed);
            let bytes = is_held.then(|| whole(&mut File::open(self.at)?, stamp)).transpose()?;
            let input = Input { bytes, length: stamp.length, parsed: known.parsed.clone(), sha256 };
            return Ok((input, known.clone()));
        }
        let mut file = File::open(self.at)?;
        let (bytes, sha256, parsed) = if is_read {
            let bytes = whole(&mut file, stamp)?;
            let sha256: [u8; 32] = Sha256::digest(&bytes).into();
            let parsed = self.cache.parsed(&hex(&sha256), &manner);
            let mut parsed = parsed.unwrap_or_else(|| parse(self.path, &bytes, &self.config.extras(self.pointers)));
            if is_data {
                keep_named(&mut parsed, |name| self.names.all.contains(name));
            }
            if let Some(staging) = staging.filter(|_| !parsed.may_change()) {
                staging.write(self.path, &bytes)?;
            }
            (self.wants_bytes(&parsed).then_some(bytes), sha256, parsed)
        } else {
            let mut copy = staging.map(|staging| staging.create(self.path)).transpose()?;
            let sha256 = digest(&mut file, stamp, |chunk| copy.as_mut().map_or(Ok(()), |copy| copy.write_all(chunk)))?;
            (None, sha256, Parsed::default())
        };
        if Stamp::of(&file.metadata()?) != stamp {
            bail!("it changed while it was read; run the build again when nothing writes to the folder");
        }
        let known = Known {
            stamp: (!stamp.is_recent()).then_some(stamp),
            sha256: hex(&sha256),
            manner,
            parsed: parsed.clone(),
        };
        Ok((Input { bytes, length: stamp.length, parsed, sha256 }, known))
    }

    /// Whether something is put into the file, or a digest is made of it that the index does not hold.
    fn wants_bytes(&self, parsed: &Parsed) -> bool {
        let has_digest = matches!(Language::of(self.path), Language::Css | Language::JavaScript);
        parsed.may_change() || (has_digest && self.config.settings.integrity.is_some())
    }
}

/// All the bytes of a file, as many as its stamp says.
fn whole(file: &mut File, stamp: Stamp) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(stamp.length as usize + 1);
    file.take(stamp.length + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != stamp.length {
        bail!("it changed while it was read; run the build again when nothing writes to the folder");
    }
    Ok(bytes)
}

/// The SHA-256 of a file, piece by piece; each piece goes to `take` as well.
pub(crate) fn digest(
    file: &mut File,
    stamp: Stamp,
    mut take: impl FnMut(&[u8]) -> std::io::Result<()>,
) -> anyhow::Result<[u8; 32]> {
    let mut sha256 = Sha256::new();
    let mut buffer = vec![0; CHUNK.min(stamp.length as usize + 1)];
    let mut length = 0;
    // One byte more is enough to tell that it is another; there may be no end.
    let mut file = file.take(stamp.length + 1);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        length += read as u64;
        sha256.update(&buffer[..read]);
        take(&buffer[..read])?;
    }
    if length != stamp.length {
        bail!("it changed while it was read; run the build again when nothing writes to the folder");
    }
    Ok(sha256.finalize().into())
}

/// The digest that hexadecimal digits stand for.
pub(crate) fn unhex(text: &str) -> Option<[u8; 32]> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let pairs = text.as_bytes().chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?));
    let bytes: Vec<u8> = pairs.collect::<Option<_>>()?;
    bytes.try_into().ok().filter(|_| text.len() == 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changes_while_it_is_read_is_not_taken() {
        let path = std::env::temp_dir().join(format!("keepfresh-load-{}", std::process::id()));
        std::fs::write(&path, "four").unwrap();
        let stamp = Stamp::of(&std::fs::metadata(&path).unwrap());
        let open = || File::open(&path).unwrap();
        assert_eq!(whole(&mut open(), stamp).unwrap(), b"four");
        assert_eq!(digest(&mut open(), stamp, |_| Ok(())).unwrap(), <[u8; 32]>::from(Sha256::digest("four")));
        for text in ["fou", "fours"] {
            std::fs::write(&path, text).unwrap();
            assert!(whole(&mut open(), stamp).unwrap_err().to_string().contains("changed while it was read"));
            assert!(digest(&mut open(), stamp, |_| Ok(())).is_err(), "{text}");
        }
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn digests_are_read_as_they_are_written() {
        let digest = <[u8; 32]>::from(Sha256::digest("x"));
        assert_eq!(unhex(&hex(&digest)), Some(digest));
        for text in ["", "00", "zz", &"0".repeat(63), &"0".repeat(66), &"g".repeat(64), &"ü".repeat(32)] {
            assert_eq!(unhex(text), None, "{text}");
        }
    }
}
