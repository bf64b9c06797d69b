//! Compressed forms of files, which hosts send to those who take them: `site.css.br`.
//!
//! Only where smaller, and each only once: what came of it is kept under the digest of the bytes.

use std::borrow::Cow;
use std::io::{Read, Write};

use anyhow::Context;
use keepfresh::build::name::takes_sidecar;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::derived::{Derived, Form};
use super::report::Progress;
use super::write::{Content, Piece};

/// A content coding ([RFC 9110, section 8.4.1](https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1)).
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Encoding {
    /// Brotli: `.br`.
    Br,
    /// Zstandard: `.zst`.
    Zstd,
    /// gzip: `.gz`.
    Gzip,
}

/// Files that are compressed already, or hardly ever get smaller.
const DENSE: [&str; 24] = [
    "7z", "avif", "br", "bz2", "flac", "gif", "gz", "jpeg", "jpg", "m4a", "m4v", "mov", "mp3", "mp4", "ogg", "png",
    "rar", "webm", "webp", "woff", "woff2", "xz", "zip", "zst",
];

/// Shorter files fit into one packet whatever is done to them.
const SHORTEST: u64 = 256;

/// Up to here Brotli may take its time; it reads some 2 MB a second.
const SLOW_LIMIT: usize = 4 << 20;

/// Nothing longer is compressed: it would have to be held in memory.
const LONGEST: u64 = 256 << 20;

impl Encoding {
    pub(crate) const NAMES: [(Self, &str); 3] = [(Self::Br, "br"), (Self::Zstd, "zstd"), (Self::Gzip, "gzip")];

    /// What is put behind a file's name.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Br => "br",
            Self::Zstd => "zst",
            Self::Gzip => "gz",
        }
    }

    /// What a compressed form holds.
    pub(crate) fn decoder<'r>(self, form: impl Read + 'r) -> std::io::Result<Box<dyn Read + 'r>> {
        Ok(match self {
            Self::Br => Box::new(brotli::Decompressor::new(form, 1 << 16)),
            Self::Zstd => Box::new(zstd::Decoder::new(form)?),
            Self::Gzip => Box::new(flate2::read::GzDecoder::new(form)),
        })
    }

    fn compress(self, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Br => {
                let quality = if bytes.len() <= SLOW_LIMIT { 11 } else { 9 };
                let params = brotli::enc::BrotliEncoderParams {
                    quality,
                    lgwin: 22,
                    size_hint: bytes.len(),
                    ..Default::default()
                };
                let mut out = Vec::new();
                brotli::BrotliCompress(&mut &bytes[..], &mut out, &params)?;
                Ok(out)
            }
            Self::Zstd => zstd::bulk::compress(bytes, 19),
            Self::Gzip => {
                // Without a time, so that the same bytes give the same bytes.
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
                encoder.write_all(bytes)?;
                encoder.finish()
            }
        }
    }
}

/// How many bytes a host that compresses sends for a file: as many as it has, if it is compressed already.
pub(crate) fn sent(path: &str, bytes: &[u8]) -> std::io::Result<u64> {
    let length = bytes.len() as u64;
    if !is_worth_it(path) || length > LONGEST {
        return Ok(length);
    }
    Ok(length.min(Encoding::Br.compress(bytes)?.len() as u64))
}

/// Whether a compressed form may be smaller.
pub(crate) fn is_worth_it(path: &str) -> bool {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
    !DENSE.contains(&extension.as_str())
}

/// A compressed form of a file of the output.
pub(crate) struct Sidecar {
    pub(crate) encoding: Encoding,
    id: String,
    names: Vec<String>,
    /// The first name of the file that it is a form of.
    pub(crate) of: String,
    form: Form,
}

impl Sidecar {
    pub(crate) fn piece(&self) -> Piece<'_> {
        Piece { content: Content::Derived(&self.form), id: self.id.clone(), names: self.names.clone() }
    }
}

/// Compresses files, each only once.
pub(crate) struct Compress<'a> {
    pub(crate) encodings: &'a [Encoding],
    pub(crate) derived: &'a Derived,
    pub(crate) progress: &'a Progress,
}

fn has_room(piece: &Piece<'_>) -> bool {
    piece.names.iter().all(|name| takes_sidecar(name))
}

impl Compress<'_> {
    /// The compressed forms of these that are smaller.
    pub(crate) fn all(&self, pieces: &[Piece<'_>]) -> anyhow::Result<Vec<Sidecar>> {
        if self.encodings.is_empty() {
            return Ok(Vec::new());
        }
        self.progress.count(pieces.len());
        let of_piece = |piece: &Piece<'_>| {
            let mut sidecars = Vec::new();
            let Some(first) = piece.names.first().filter(|name| is_worth_it(name) && has_room(piece)) else {
                return Ok(sidecars);
            };
            if !(SHORTEST..=LONGEST).contains(&piece.length()?) {
                return Ok(sidecars);
            }
            for encoding in self.encodings {
                let form = self.form(&piece.id, *encoding, || piece.bytes());
                if let Some(form) = form.with_context(|| format!("{first} cannot be compressed"))? {
                    let extension = encoding.extension();
                    let names = piece.names.iter().map(|name| [name, ".", extension].concat()).collect();
                    let id = [&piece.id, ".", extension].concat();
                    sidecars.push(Sidecar { encoding: *encoding, id, names, of: first.clone(), form });
                }
            }
            self.progress.step();
            anyhow::Ok(sidecars)
        };
        let all: Vec<Vec<Sidecar>> = pieces.par_iter().map(of_piece).collect::<anyhow::Result<_>>()?;
        Ok(all.into_iter().flatten().collect())
    }

    /// The form of bytes with a digest, if it is smaller than they are. `bytes` gives them if need be.
    fn form<'b>(
        &self,
        sha256: &str,
        encoding: Encoding,
        bytes: impl FnOnce() -> anyhow::Result<Cow<'b, [u8]>>,
    ) -> anyhow::Result<Option<Form>> {
        self.derived.get(&name(sha256, encoding), || {
            let bytes = bytes()?;
            let form = encoding.compress(&bytes)?;
            Ok((form.len() < bytes.len()).then_some(form))
        })
    }
}

fn name(sha256: &str, encoding: Encoding) -> String {
    [sha256, ".", encoding.extension()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn forms_are_kept_if_they_are_smaller() {
        let folder = std::env::temp_dir().join(format!("keepfresh-forms-{}", std::process::id()));
        let progress = Progress::start();
        let derived = Derived { folder: folder.clone(), is_written: true };
        let compress = Compress { encodings: &[], derived: &derived, progress: &progress };
        let text = || Ok(Cow::Owned(b"abc".repeat(1000)));
        let noise = || Ok(Cow::Owned((0..999_u32).flat_map(|n| Sha256::digest(n.to_le_bytes())).collect()));
        for (encoding, _) in Encoding::NAMES {
            let form = compress.form("aa", encoding, text).unwrap().unwrap();
            assert!(form.bytes().unwrap().len() < 300);
            // The second time nothing is compressed.
            assert_eq!(compress.form("aa", encoding, || unreachable!()).unwrap(), Some(form));
            assert_eq!(compress.form("bb", encoding, noise).unwrap(), None);
            assert_eq!(compress.form("cc", encoding, || Ok(Cow::Borrowed(b"a"))).unwrap(), None);
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
