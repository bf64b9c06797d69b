//! Deltas (RFC 9842, `dcz`): what turns a file of one release into that of the next.

use anyhow::{anyhow, bail};
use keepfresh::delta::{MAGIC, decode};
use sha2::{Digest, Sha256};
use zstd::zstd_safe::{CCtx, CParameter, compress_bound, get_error_name};

/// Bits of the largest window: 128 MB (RFC 9842, section 5). What a frame says of its window is the length of the new
/// file, for that is all in one segment.
const MOST_BITS: u32 = 27;

/// The level from which on time is worth more than bytes.
const LEVEL: i32 = 22;

/// What makes `new` out of `old`; it has been decoded once. `None` if the two are too large for it.
pub(crate) fn encode(old: &[u8], new: &[u8]) -> anyhow::Result<Option<Vec<u8>>> {
    let bits = (old.len() + new.len()).max(1024).next_power_of_two().ilog2();
    if bits > MOST_BITS {
        return Ok(None);
    }
    let frame = frame(old, new, bits).map_err(|code| anyhow!(get_error_name(code)))?;
    let mut buffer = [old, &vec![0; new.len()]].concat();
    let length = decode(&mut buffer, old.len(), &frame);
    if length != Ok(new.len()) || buffer[old.len()..] != *new {
        bail!("a delta does not lead to the new bytes ({length:?}); please report this with the two files");
    }
    Ok(Some([&MAGIC[..], &Sha256::digest(old), &frame].concat()))
}

fn frame(old: &[u8], new: &[u8], bits: u32) -> Result<Vec<u8>, usize> {
    let mut context = CCtx::create();
    context.set_parameter(CParameter::CompressionLevel(LEVEL))?;
    context.set_parameter(CParameter::WindowLog(bits))?;
    context.set_parameter(CParameter::EnableLongDistanceMatching(true))?;
    context.ref_prefix(old)?;
    let mut frame = Vec::with_capacity(compress_bound(new.len()));
    context.compress2(&mut frame, new)?;
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use super::*;
    use keepfresh::delta::{content_size, dictionary};

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
            let delta = encode(&old, &new).unwrap().unwrap();
            let (digest, frames) = dictionary(&delta).unwrap();
            assert_eq!(digest, &<[u8; 32]>::from(Sha256::digest(&old)));
            assert_eq!(content_size(frames), Ok(new.len()));
            assert!(delta.len() < most, "{} bytes for {} -> {}", delta.len(), old.len(), new.len());
        }
    }
}
