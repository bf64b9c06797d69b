//! Deltas: what turns the bytes that a visitor has into those of the next version (RFC 9842, `dcz`), and the decoder that
//! they and packs need (Zstandard, RFC 8878).
//!
//! The decoder is one-shot. The old bytes lie in front of the room for the new ones, in one buffer; then a match that
//! reaches back into them is like any other, there is no window to keep, and nothing is copied twice. Checksums of
//! Zstandard are passed over: who decodes verifies the SHA-256 of what came of it, which says more.
//!
//! Nothing that a delta says is believed: sizes are checked before anything is written, and each step takes input or
//! makes output, both of which are bounded.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod bits;
mod block;
mod frame;
mod fse;
mod huffman;
mod literals;
pub mod renames;
mod sequences;

pub use frame::{content_size, decode};

use std::ops::Range;

/// Why something cannot be decoded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// It ends before it is complete.
    Truncated,
    /// It is in no format that is known here, or wants a dictionary of a kind that RFC 9842 does not have.
    Foreign,
    /// There is not as much room as it needs, or it does not say how much that is.
    TooLarge,
    /// It contradicts itself.
    Damaged,
}

/// What a delta begins with (RFC 9842, section 5): a frame that Zstandard passes over, of 32 bytes.
pub const MAGIC: [u8; 8] = [0x5e, 0x2a, 0x4d, 0x18, 0x20, 0, 0, 0];

/// The SHA-256 of the bytes that a delta was made from, and what [`decode`] reads.
///
/// ```
/// use keepfresh::delta::{Fault, MAGIC, dictionary};
///
/// let delta = [&MAGIC[..], &[7; 32], b"frames"].concat();
/// assert_eq!(dictionary(&delta), Ok((&[7; 32], &b"frames"[..])));
/// assert_eq!(dictionary(b"<!doctype html>"), Err(Fault::Foreign));
/// ```
pub fn dictionary(delta: &[u8]) -> Result<(&[u8; 32], &[u8]), Fault> {
    let rest = delta.strip_prefix(&MAGIC).ok_or(Fault::Foreign)?;
    rest.split_first_chunk().ok_or(Fault::Truncated)
}

/// What stands before a list of renames ([`renames`]): Zstandard passes over that as well.
pub const RENAMES: [u8; 4] = [0x5d, 0x2a, 0x4d, 0x18];

/// No list of renames has more bytes than this.
pub const MOST_OF_RENAMES: usize = 1 << 20;

/// Makes the bytes of a new file at `front` of the buffer, and says how many they are. `old` is where those of the old file
/// are: in front of the new ones, unless the delta begins with renames. These move what comes of them to the front of the
/// buffer, and it ends there where the new file begins.
///
/// # Errors
///
/// As in [`decode`] and [`renames::rename`]; [`Fault::Damaged`] if the old bytes do not end at `front`.
pub fn unpack(buffer: &mut [u8], old: Range<usize>, front: usize, delta: &[u8]) -> Result<usize, Fault> {
    let Some(rest) = delta.strip_prefix(&RENAMES) else {
        let is_before = old == (0..front);
        let frames = if delta.starts_with(&MAGIC) { dictionary(delta)?.1 } else { delta };
        return if is_before { decode(buffer, front, frames) } else { Err(Fault::Damaged) };
    };
    let (length, rest) = rest.split_first_chunk().ok_or(Fault::Truncated)?;
    let (list, frames) = rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or(Fault::Truncated)?;
    let size = content_size(list)?;
    if size > MOST_OF_RENAMES {
        return Err(Fault::TooLarge);
    }
    let mut renames = vec![0; size];
    let size = decode(&mut renames, 0, list)?;
    let renamed = renames::rename(buffer, old, renames.get(..size).unwrap_or_default())?;
    if renamed == front { decode(buffer, front, frames) } else { Err(Fault::Damaged) }
}
