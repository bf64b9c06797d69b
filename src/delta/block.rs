//! Blocks (RFC 8878, section 3.1.1.2), and what one takes over from the one before.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::Fault;
use super::fse::Table;
use super::huffman::Huffman;
use super::literals;
use super::sequences::{self, Tables};

/// What is known while a frame is decoded.
pub(super) struct Coder {
    pub(super) huffman: Huffman,
    /// Room to read a code in.
    pub(super) weights: Table,
    pub(super) tables: Tables,
    pub(super) literals: Vec<u8>,
}

impl Coder {
    pub(super) fn new() -> Self {
        Self { huffman: Huffman::new(), weights: Table::new(), tables: Tables::new(), literals: Vec::new() }
    }

    /// Forgets what the frame before has said; the room stays, for frames may be many and short.
    pub(super) fn begin(&mut self) {
        self.huffman.forget();
        self.tables.forget();
    }
}

/// What the three bytes before a block say.
pub(super) struct Head {
    pub(super) is_last: bool,
    kind: u8,
    /// For a byte that is said again and again, how often.
    size: usize,
}

impl Head {
    /// Reads it; with the bytes of the block, and what follows.
    pub(super) fn read(bytes: &[u8]) -> Result<(Self, &[u8], &[u8]), Fault> {
        let (head, rest) = bytes.split_first_chunk::<3>().ok_or(Fault::Truncated)?;
        let bits = u32::from_le_bytes([head[0], head[1], head[2], 0]);
        let head = Self { is_last: bits & 1 > 0, kind: (bits >> 1 & 3) as u8, size: (bits >> 3) as usize };
        let length = if head.kind == 1 { 1 } else { head.size };
        let (block, rest) = rest.split_at_checked(length).ok_or(Fault::Truncated)?;
        Ok((head, block, rest))
    }

    /// Puts what a block holds behind the first `at` bytes of `out`, at most `most` bytes. Returns how many are there then.
    pub(super) fn decode(
        &self,
        coder: &mut Coder,
        block: &[u8],
        out: &mut [u8],
        at: usize,
        most: usize,
    ) -> Result<usize, Fault> {
        if self.size > most {
            return Err(Fault::Damaged);
        }
        if self.kind == 2 {
            let end = out.len().min(at + most);
            let read = literals::read(coder, block)?;
            return sequences::follow(coder, &block[read..], &mut out[..end], at);
        }
        let to = out.get_mut(at..at + self.size).ok_or(Fault::TooLarge)?;
        match (self.kind, block) {
            (0, _) => to.copy_from_slice(block),
            (1, [byte]) => to.fill(*byte),
            _ => return Err(Fault::Damaged),
        }
        Ok(at + self.size)
    }
}
