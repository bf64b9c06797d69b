//! The literals of a block (RFC 8878, section 3.1.1.3.1).
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::Fault;
use super::block::Coder;

/// The most that a block holds.
pub(super) const BLOCK: usize = 128 << 10;

/// Reads them into `coder.literals`; returns how many bytes that were.
pub(super) fn read(coder: &mut Coder, block: &[u8]) -> Result<usize, Fault> {
    let mut head = [0; 8];
    for (to, from) in head.iter_mut().zip(block.iter().take(5)) {
        *to = *from;
    }
    let form = (head[0] >> 2) & 3;
    let is_coded = head[0] & 2 > 0;
    // How many bytes the head has, how many bits each size has, and where the first begins.
    let (length, width, from) = match (is_coded, form) {
        (false, 0 | 2) => (1, 5, 3),
        (false, 1) => (2, 12, 4),
        (false, _) => (3, 20, 4),
        (true, 0 | 1) => (3, 10, 4),
        (true, 2) => (4, 14, 4),
        (true, _) => (5, 18, 4),
    };
    // A head of five bytes does not fit into 32 bits.
    let bits = u64::from_le_bytes(head) >> from;
    let mask = (1_u64 << width) - 1;
    let size = (bits & mask) as usize;
    let rest = block.get(length..).ok_or(Fault::Truncated)?;
    if size > BLOCK {
        return Err(Fault::Damaged);
    }
    coder.literals.clear();
    match (is_coded, head[0] & 1) {
        (false, 0) => {
            coder.literals.extend_from_slice(rest.get(..size).ok_or(Fault::Truncated)?);
            Ok(length + size)
        }
        (false, _) => {
            coder.literals.resize(size, *rest.first().ok_or(Fault::Truncated)?);
            Ok(length + 1)
        }
        (true, treeless) => {
            let coded = ((bits >> width) & mask) as usize;
            let mut streams = rest.get(..coded).ok_or(Fault::Truncated)?;
            if treeless == 0 {
                let read = coder.huffman.read(streams, &mut coder.weights)?;
                streams = streams.get(read..).ok_or(Fault::Truncated)?;
            } else if !coder.huffman.is_set() {
                return Err(Fault::Damaged);
            }
            coder.literals.resize(size, 0);
            if form == 0 {
                coder.huffman.decode(streams, &mut coder.literals)?;
            } else {
                four(coder, streams, size)?;
            }
            Ok(length + coded)
        }
    }
}

/// Four streams, each a quarter of the literals; the lengths of the first three come first.
fn four(coder: &mut Coder, streams: &[u8], size: usize) -> Result<(), Fault> {
    let (lengths, mut rest) = streams.split_at_checked(6).ok_or(Fault::Truncated)?;
    if size < 6 {
        return Err(Fault::Damaged);
    }
    // The last may have nothing to say (of six literals, say), and has to end like any other.
    let mut quarters = coder.literals.chunks_mut(size.div_ceil(4));
    for turn in 0..4 {
        let out = quarters.next().unwrap_or_default();
        let length = match lengths.get(2 * turn..2 * turn + 2) {
            Some(two) => usize::from(two[0]) | usize::from(two[1]) << 8,
            None => rest.len(),
        };
        let (stream, others) = rest.split_at_checked(length).ok_or(Fault::Truncated)?;
        coder.huffman.decode(stream, out)?;
        rest = others;
    }
    Ok(())
}
