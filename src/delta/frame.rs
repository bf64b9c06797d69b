//! Frames (RFC 8878, section 3.1): what they say of themselves, and the blocks in them.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::Fault;
use super::block::{Coder, Head};
use super::literals::BLOCK;

const MAGIC: u32 = 0xfd2f_b528;
/// Frames that hold something else begin with one of sixteen numbers.
const SKIPPED: u32 = 0x184d_2a50;

/// What a frame says of itself.
struct Frame {
    has_checksum: bool,
    /// How many bytes it holds, if it says so.
    content: Option<u64>,
    /// How many a block of it may hold.
    most: usize,
}

/// What comes next.
enum Part<'a> {
    End,
    Skipped(&'a [u8]),
    Frame(Frame, &'a [u8]),
}

/// A number of so many bytes, the lowest first; what follows is left in `bytes`.
fn number(bytes: &mut &[u8], length: usize) -> Result<u64, Fault> {
    let (digits, rest) = bytes.split_at_checked(length).ok_or(Fault::Truncated)?;
    *bytes = rest;
    Ok(digits.iter().rev().fold(0, |number, digit| number << 8 | u64::from(*digit)))
}

impl<'a> Part<'a> {
    fn read(mut bytes: &'a [u8]) -> Result<Self, Fault> {
        if bytes.is_empty() {
            return Ok(Self::End);
        }
        let magic = number(&mut bytes, 4)? as u32;
        if magic & !15 == SKIPPED {
            let length = number(&mut bytes, 4)? as usize;
            return bytes.get(length..).map(Self::Skipped).ok_or(Fault::Truncated);
        }
        if magic != MAGIC {
            return Err(Fault::Foreign);
        }
        let flags = number(&mut bytes, 1)? as usize;
        let is_whole = flags & 0x20 > 0;
        // A bit that means nothing yet.
        if flags & 8 > 0 {
            return Err(Fault::Foreign);
        }
        let window = if is_whole { 0 } else { number(&mut bytes, 1)? };
        // The dictionary of a delta has no number.
        if number(&mut bytes, [0, 1, 2, 4][flags & 3])? > 0 {
            return Err(Fault::Foreign);
        }
        let length = [usize::from(is_whole), 2, 4, 8][flags >> 6];
        let content = number(&mut bytes, length)? + if length == 2 { 256 } else { 0 };
        if window >> 3 > 21 {
            return Err(Fault::TooLarge);
        }
        let base = 1 << (10 + (window >> 3));
        let window = if is_whole { content } else { base + (base >> 3) * (window & 7) };
        let frame = Frame {
            has_checksum: flags & 4 > 0,
            content: (length > 0).then_some(content),
            most: window.min(BLOCK as u64) as usize,
        };
        Ok(Self::Frame(frame, bytes))
    }
}

/// How many bytes frames hold, by what they say.
///
/// # Errors
///
/// [`Fault::TooLarge`] if one does not say, or they say more than memory could have; others where what is read is not a
/// frame.
pub fn content_size(mut frames: &[u8]) -> Result<usize, Fault> {
    let mut sum = 0_usize;
    loop {
        match Part::read(frames)? {
            Part::End => return Ok(sum),
            Part::Skipped(rest) => frames = rest,
            Part::Frame(frame, mut rest) => {
                let content = frame.content.and_then(|content| usize::try_from(content).ok());
                sum = content.and_then(|content| sum.checked_add(content)).ok_or(Fault::TooLarge)?;
                loop {
                    let (head, _, next) = Head::read(rest)?;
                    rest = next;
                    if head.is_last {
                        break;
                    }
                }
                frames = rest.get(4 * usize::from(frame.has_checksum)..).ok_or(Fault::Truncated)?;
            }
        }
    }
}

/// Decodes `frames` behind the first `old` bytes of `buffer`, from which the first frame may take what it needs; returns how
/// many bytes that were. Nothing is written before or behind them, whatever the frames say. Further frames stand alone.
///
/// # Errors
///
/// [`Fault::TooLarge`] if `buffer` has not enough room. What has been written then means nothing.
pub fn decode(buffer: &mut [u8], old: usize, mut frames: &[u8]) -> Result<usize, Fault> {
    // What a frame may reach, and how many bytes of that are there.
    let (mut room, mut there) = (buffer, old);
    if there > room.len() {
        return Err(Fault::TooLarge);
    }
    let mut sum = 0;
    let mut coder = Coder::new();
    loop {
        match Part::read(frames)? {
            Part::End => return Ok(sum),
            Part::Skipped(rest) => frames = rest,
            Part::Frame(frame, mut rest) => {
                coder.begin();
                let mut at = there;
                loop {
                    let (head, block, next) = Head::read(rest)?;
                    at = head.decode(&mut coder, block, room, at, frame.most)?;
                    rest = next;
                    if head.is_last {
                        break;
                    }
                }
                if frame.content.is_some_and(|content| content != (at - there) as u64) {
                    return Err(Fault::Damaged);
                }
                frames = rest.get(4 * usize::from(frame.has_checksum)..).ok_or(Fault::Truncated)?;
                sum += at - there;
                (room, there) = (&mut room[at..], 0);
            }
        }
    }
}
