//! Whether a delta is worth it: a file that is made from one with which it has little in common costs as much as by itself.

use super::encode::is_worth_it;

/// How much smaller than the file itself, compressed in a hurry, it has to be: in tenths.
const ENOUGH: usize = 8;

/// The bytes of a `dcz` that are none of a delta in an update.
const HEAD: usize = 40;

/// How long a file is, compressed in a hurry.
pub(crate) fn in_a_hurry(url: &str, bytes: &[u8]) -> anyhow::Result<usize> {
    Ok(if is_worth_it(url) { zstd::bulk::compress(bytes, 6)?.len() } else { bytes.len() })
}

/// Whether a delta is so much smaller than what [`in_a_hurry`] says.
pub(crate) fn is_enough(delta: usize, whole: usize) -> bool {
    delta * 10 <= whole * ENOUGH
}

/// Whether a file that an update makes by so many bytes is the next of what it is made from, rather than one that has come along
/// (`beside.rs`).
pub(crate) fn is_next(url: &str, bytes: &[u8], delta: u64) -> anyhow::Result<bool> {
    Ok(is_enough(delta as usize + HEAD, in_a_hurry(url, bytes)?))
}
