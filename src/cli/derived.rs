//! What was derived from bytes, such as their compressed forms: kept under their digest, so that it is made only once. In
//! front of each stands a SHA-256 of it and of which program made it: what a disk has lost or changed is made again, and so
//! is what an older program made, which may have compressed it otherwise.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use sha2::{Digest, Sha256};

use super::cache::PROGRAM;

/// The folder where it is kept.
pub(crate) struct Derived {
    pub(crate) folder: PathBuf,
    /// Whether what is new is put there as well.
    pub(crate) is_written: bool,
}

/// What was derived.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Form {
    Kept(PathBuf),
    Made(Vec<u8>),
}

impl Form {
    pub(crate) fn bytes(&self) -> anyhow::Result<Cow<'_, [u8]>> {
        match self {
            Self::Made(bytes) => Ok(Cow::Borrowed(bytes)),
            Self::Kept(place) => {
                let bytes = read(place).with_context(|| format!("{} is gone, or was damaged", place.display()))?;
                Ok(Cow::Owned(bytes))
            }
        }
    }
}

impl Derived {
    /// What is kept under a name, which begins with the digest of the bytes that it was made from and a dot; `make` makes it
    /// the first time. `None` says that there is nothing.
    pub(crate) fn get(
        &self,
        name: &str,
        make: impl FnOnce() -> anyhow::Result<Option<Vec<u8>>>,
    ) -> anyhow::Result<Option<Form>> {
        match self.known(name) {
            Some(known) => Ok(known),
            None => self.keep(name, make()?),
        }
    }

    /// What is kept already, if it is whole.
    pub(crate) fn known(&self, name: &str) -> Option<Option<Form>> {
        let place = self.folder.join(name);
        let bytes = read(&place)?;
        Some((!bytes.is_empty()).then_some(Form::Kept(place)))
    }

    /// Keeps what was made, if anything is written.
    pub(crate) fn keep(&self, name: &str, made: Option<Vec<u8>>) -> anyhow::Result<Option<Form>> {
        if !self.is_written {
            return Ok(made.map(Form::Made));
        }
        let bytes = made.as_deref().unwrap_or_default();
        fs::create_dir_all(&self.folder).with_context(|| format!("{} cannot be written", self.folder.display()))?;
        // In one step: a run that is killed must not leave half of it. Two files may have the same bytes.
        let next = self.folder.join(format!("next-{}-{:?}", std::process::id(), std::thread::current().id()));
        let mut file = File::create(&next)?;
        file.write_all(&digest_of(bytes))?;
        file.write_all(bytes)?;
        let place = self.folder.join(name);
        fs::rename(&next, &place)?;
        Ok(made.is_some().then_some(Form::Kept(place)))
    }

    /// Removes what was derived from bytes that are not in use any more, and what runs left behind that were killed.
    pub(crate) fn forget_others(&self, in_use: &BTreeSet<&str>) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let digest = name.to_str().and_then(|name| name.split('.').next()).unwrap_or_default();
            if !in_use.contains(digest) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

fn digest_of(bytes: &[u8]) -> [u8; 32] {
    Sha256::new_with_prefix(PROGRAM).chain_update(bytes).finalize().into()
}

/// The bytes in a file, if they are those that this program put there.
fn read(place: &Path) -> Option<Vec<u8>> {
    let mut file = fs::read(place).ok()?;
    let (digest, bytes) = file.split_at_checked(32)?;
    let is_whole = digest == digest_of(bytes);
    is_whole.then(|| file.split_off(32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_damaged_or_of_another_program_is_made_again() {
        let folder = std::env::temp_dir().join(format!("keepfresh-derived-{}", std::process::id()));
        let derived = Derived { folder: folder.clone(), is_written: true };
        let get = |name: &str, made: Option<&str>| {
            let form = derived.get(name, || Ok(made.map(|made| made.as_bytes().to_vec()))).unwrap();
            form.map(|form| String::from_utf8(form.bytes().unwrap().into_owned()).unwrap())
        };
        let of_another_program = |file: &mut Vec<u8>| {
            let digest = Sha256::digest(&file[32..]);
            file[..32].copy_from_slice(&digest);
        };
        let damages: [fn(&mut Vec<u8>); 6] = [
            of_another_program,
            Vec::clear,
            |file| file.truncate(32),
            |file| file.truncate(file.len() - 1),
            |file| file.push(0),
            |file| file.reverse(),
        ];
        for damage in damages {
            for (name, made) in [("aa.br", Some("first")), ("bb.br", None)] {
                assert_eq!(get(name, made).as_deref(), made);
                // The second time nothing is made.
                assert_eq!(get(name, Some("other")).as_deref(), made);
            }
            let mut file = fs::read(folder.join("aa.br")).unwrap();
            damage(&mut file);
            fs::write(folder.join("aa.br"), file).unwrap();
            assert_eq!(get("aa.br", Some("again")).as_deref(), Some("again"));
            fs::remove_file(folder.join("aa.br")).unwrap();
        }
        fs::write(folder.join("next-1-ThreadId(1)"), "half").unwrap();
        derived.forget_others(&["bb"].into());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        let unwritten = Derived { is_written: false, ..derived };
        assert_eq!(unwritten.get("cc.br", || Ok(Some(vec![1]))).unwrap(), Some(Form::Made(vec![1])));
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }
}
