//! Deltas (RFC 9842): what turns a file of one release into that of the next.

use std::io::Read;

use anyhow::{Context, anyhow, bail};
use brotli::enc::{BrotliCompressCustomIoCustomDict, BrotliEncoderParams, StandardAlloc};
use brotli::{IoReaderWrapper, IoWriterWrapper};
use keepfresh::delta::{MAGIC, decode};
use sha2::{Digest, Sha256};
use zstd::zstd_safe::{CCtx, CParameter, compress_bound, get_error_name};

/// A content coding that takes the old bytes for a dictionary.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Coding {
    /// Brotli: mostly the smaller one, for browsers alone. A worker would need 54 KB more to decode it.
    Dcb,
    /// Zstandard, which workers decode as well.
    Dcz,
}

/// What a `dcb` begins with (RFC 9842, section 4).
const MAGIC_OF_DCB: [u8; 4] = [0xff, 0x44, 0x43, 0x42];

/// Bits of the largest window of Brotli. The encoder puts the old bytes into its window; what the two together have beyond
/// it would not be found again, and cost as much as if it were new.
const BITS_OF_DCB: i32 = 24;
const MOST_OF_DCB: usize = (1 << BITS_OF_DCB) - 16;

/// Bits of the largest window: 128 MB (RFC 9842, section 5). What a frame says of its window is the length of the new
/// file, for that is all in one segment.
const MOST_BITS: u32 = 27;

/// The level from which on time is worth more than bytes.
const LEVEL: i32 = 22;

/// The level of what is only to be compared.
const HURRIED_LEVEL: i32 = 9;

impl Coding {
    /// Its name, and the extension of its files.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Dcb => "dcb",
            Self::Dcz => "dcz",
        }
    }

    /// What makes `new` out of `old`; it has been decoded once. `None` if the two are too large for it, or the encoder does not
    /// know how to.
    pub(crate) fn encode(self, old: &[u8], new: &[u8]) -> anyhow::Result<Option<Vec<u8>>> {
        match self {
            Self::Dcb => encode_dcb(old, new),
            Self::Dcz => encode(old, new),
        }
    }

    /// The SHA-256 of the bytes that a delta was made from; `None` if it is none in this coding.
    pub(crate) fn dictionary(self, delta: &[u8]) -> Option<&[u8; 32]> {
        match self {
            Self::Dcb => delta.strip_prefix(&MAGIC_OF_DCB)?.first_chunk(),
            Self::Dcz => keepfresh::delta::dictionary(delta).ok().map(|(digest, _)| digest),
        }
    }
}

/// Whether browsers take a `dcz` of these lengths: its window is the length of the new file (RFC 9842, section 5).
pub(crate) fn is_within_window(old: usize, new: usize) -> bool {
    new <= (old / 4 * 5).max(8 << 20)
}

/// A delta in `dcz`.
pub(crate) fn encode(old: &[u8], new: &[u8]) -> anyhow::Result<Option<Vec<u8>>> {
    let bare = encode_bare(old, new)?;
    Ok(bare.map(|frame| [&MAGIC[..], &Sha256::digest(old), &frame].concat()))
}

/// The same without what says which bytes it was made from.
pub(crate) fn encode_bare(old: &[u8], new: &[u8]) -> anyhow::Result<Option<Vec<u8>>> {
    let bits = (old.len() + new.len()).max(1024).next_power_of_two().ilog2();
    if bits > MOST_BITS {
        return Ok(None);
    }
    let frame = frame(old, new, bits, LEVEL).map_err(|code| anyhow!(get_error_name(code)))?;
    let mut buffer = [old, &vec![0; new.len()]].concat();
    let length = decode(&mut buffer, old.len(), &frame);
    if length != Ok(new.len()) || buffer[old.len()..] != *new {
        bail!("a delta does not lead to the new bytes ({length:?}); please report this with the two files");
    }
    Ok(Some(frame))
}

/// How long such a delta would be, or somewhat shorter than that: made in a fraction of the time.
pub(crate) fn guess(old: &[u8], new: &[u8]) -> anyhow::Result<usize> {
    let bits = (old.len() + new.len()).max(1024).next_power_of_two().ilog2().min(MOST_BITS);
    Ok(frame(old, new, bits, HURRIED_LEVEL).map_err(|code| anyhow!(get_error_name(code)))?.len())
}

fn encode_dcb(old: &[u8], new: &[u8]) -> anyhow::Result<Option<Vec<u8>>> {
    if old.len() + new.len() > MOST_OF_DCB {
        return Ok(None);
    }
    let stream = stream(old, new).context("Brotli cannot encode a delta")?;
    let mut decoder = brotli::Decompressor::new(&stream[..], 1 << 16);
    decoder.attach_dictionary(old.to_vec().into());
    let mut decoded = Vec::with_capacity(new.len());
    // A copy that the encoder goes on with at the end of one of its blocks, beyond the end of the old bytes: what begins in these
    // and goes on in the new ones is no copy to decoders. There is the other coding.
    if decoder.read_to_end(&mut decoded).is_err() || decoded != new {
        return Ok(None);
    }
    Ok(Some([&MAGIC_OF_DCB[..], &Sha256::digest(old), &stream].concat()))
}

fn stream(old: &[u8], new: &[u8]) -> std::io::Result<Vec<u8>> {
    let params =
        BrotliEncoderParams { quality: 11, lgwin: BITS_OF_DCB, size_hint: new.len(), ..BrotliEncoderParams::default() };
    let (mut input, mut stream) = ([0; 1 << 16], Vec::new());
    let mut output = input;
    BrotliCompressCustomIoCustomDict(
        &mut IoReaderWrapper(&mut &new[..]),
        &mut IoWriterWrapper(&mut stream),
        &mut input,
        &mut output,
        &params,
        StandardAlloc::default(),
        &mut |_, _, _, _| (),
        old,
        std::io::ErrorKind::UnexpectedEof.into(),
    )?;
    Ok(stream)
}

fn frame(old: &[u8], new: &[u8], bits: u32, level: i32) -> Result<Vec<u8>, usize> {
    let mut context = CCtx::create();
    context.set_parameter(CParameter::CompressionLevel(level))?;
    context.set_parameter(CParameter::WindowLog(bits))?;
    context.set_parameter(CParameter::EnableLongDistanceMatching(true))?;
    context.ref_prefix(old)?;
    let mut frame = Vec::with_capacity(compress_bound(new.len()));
    context.compress2(&mut frame, new)?;
    Ok(frame)
}

/// A `dcz` without its head: a worker knows what an update was made from, and verifies what comes of it.
pub(crate) fn bare(dcz: &[u8]) -> &[u8] {
    keepfresh::delta::dictionary(dcz).map_or(dcz, |(_, frames)| frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deltas_lead_from_one_to_the_other() {
        let text = |n: usize| (0..n).map(|n| format!("line {};\n", n * n % 977)).collect::<String>().into_bytes();
        for (old, new, most) in [
            (vec![], vec![], 60),
            (vec![], text(9), 150),
            (text(9), vec![], 60),
            (text(5000), text(5000), 80),
            (text(5000), [&text(2000)[..], b"between", &text(5000)[..]].concat(), 150),
        ] {
            for coding in [Coding::Dcb, Coding::Dcz] {
                let delta = coding.encode(&old, &new).unwrap().unwrap();
                assert_eq!(coding.dictionary(&delta), Some(&Sha256::digest(&old).into()));
                let sizes = format!("{} bytes for {} -> {}", delta.len(), old.len(), new.len());
                assert!(delta.len() < most, "{sizes} in {coding:?}");
                assert_eq!(decoded(coding, &old, &delta), new, "{sizes} in {coding:?}");
            }
        }
    }

    /// By decoders that know of nothing but the format.
    fn decoded(coding: Coding, old: &[u8], delta: &[u8]) -> Vec<u8> {
        let mut new = Vec::new();
        match coding {
            Coding::Dcb => {
                let mut decoder = brotli::Decompressor::new(&delta[36..], 4096);
                assert!(decoder.attach_dictionary(old.to_vec().into()));
                decoder.read_to_end(&mut new).unwrap();
            }
            Coding::Dcz => {
                // Its head is a frame as well, and a prefix is for the next one alone.
                let mut decoder = zstd::Decoder::with_ref_prefix(&delta[40..], old).unwrap();
                decoder.read_to_end(&mut new).unwrap();
            }
        }
        new
    }

    #[test]
    fn what_brotli_cannot_reach_back_to_is_left_to_zstandard() {
        let old = vec![7; MOST_OF_DCB];
        assert_eq!(Coding::Dcb.encode(&old, b"8").unwrap(), None);
        assert!(Coding::Dcz.encode(&old, b"8").unwrap().is_some());
    }

    #[test]
    fn what_only_grew_needs_no_brotli() {
        let line = |n: usize| format!(".c{n} {{ margin: {}px }}\n", n * 7919 % 9973);
        let old: Vec<u8> = (0..20_000).flat_map(|n| line(n).into_bytes()).collect();
        for more in [".c", ".c0 { margin: 1px }\n", "x"] {
            let new = [&old[..], more.as_bytes()].concat();
            assert!(Coding::Dcz.encode(&old, &new).unwrap().is_some_and(|delta| delta.len() < 200));
            Coding::Dcb.encode(&old, &new).unwrap();
        }
        assert!(is_within_window(1, 8 << 20) && is_within_window(8 << 20, 10 << 20));
        assert!(!is_within_window(1, (8 << 20) + 1) && !is_within_window(8 << 20, (10 << 20) + 1));
    }

    #[test]
    fn deltas_tell_what_they_were_made_from() {
        let of = |magic: &[u8]| [magic, &[7; 32]].concat();
        for (coding, delta, is_one) in [
            (Coding::Dcb, of(&MAGIC_OF_DCB), true),
            (Coding::Dcb, of(&MAGIC), false),
            (Coding::Dcb, of(&MAGIC_OF_DCB)[..35].to_vec(), false),
            (Coding::Dcz, of(&MAGIC), true),
            (Coding::Dcz, of(&MAGIC_OF_DCB), false),
            (Coding::Dcz, Vec::new(), false),
        ] {
            assert_eq!(coding.dictionary(&delta), is_one.then_some(&[7; 32]), "{coding:?} {delta:?}");
        }
    }
}
