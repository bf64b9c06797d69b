//! Tables of finite-state entropy coding (RFC 8878, section 4.1): a state says a symbol, and how many bits lead to the next.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::Fault;
use super::bits::{Backward, Forward};

/// States of the largest table.
const MOST: usize = 1 << 9;

/// Symbols of the largest alphabet: lengths of matches.
pub(super) const SYMBOLS: usize = 53;

/// One state.
#[derive(Clone, Copy, Default)]
struct Cell {
    /// What the bits are added to.
    base: u16,
    bits: u8,
    symbol: u8,
}

/// What symbols are worth, in parts of two to the power of `log`; less than one part is `-1`.
pub(super) struct Counts {
    pub(super) of: [i16; SYMBOLS],
    pub(super) symbols: usize,
    pub(super) log: u32,
}

impl Counts {
    /// Reads them; with how many bytes that were.
    pub(super) fn read(bytes: &[u8], most_symbols: usize, most_log: u32) -> Result<(Self, usize), Fault> {
        let mut bits = Forward::new(bytes);
        let log = bits.peek(4) + 5;
        bits.skip(4);
        if log > most_log {
            return Err(Fault::Damaged);
        }
        let mut counts = Self { of: [0; SYMBOLS], symbols: 0, log };
        // One more than what is left to give out.
        let mut left = (1 << log) + 1;
        let mut threshold = 1 << log;
        let mut width = log + 1;
        while left > 1 {
            // Small numbers take a bit less where not all large ones are possible any more.
            let small = 2 * threshold - 1 - left;
            let value = bits.peek(width) as i32;
            let count = if value & (threshold - 1) < small {
                bits.skip(width - 1);
                value & (threshold - 1)
            } else {
                bits.skip(width);
                if value >= threshold { value - small } else { value }
            } - 1;
            left -= count.abs();
            *counts.of.get_mut(counts.symbols).filter(|_| counts.symbols < most_symbols).ok_or(Fault::Damaged)? =
                count as i16;
            counts.symbols += 1;
            // How many more there are that do not occur; three may be followed by others.
            let mut more = if count == 0 { 3 } else { 0 };
            while more == 3 {
                more = bits.peek(2);
                bits.skip(2);
                counts.symbols += more as usize;
                if counts.symbols > most_symbols {
                    return Err(Fault::Damaged);
                }
            }
            while left < threshold {
                width -= 1;
                threshold >>= 1;
            }
        }
        if left != 1 || counts.symbols > most_symbols {
            return Err(Fault::Damaged);
        }
        Ok((counts, bits.bytes_read()?))
    }
}

/// A table, and which state it is in.
pub(super) struct Table {
    cells: [Cell; MOST],
    log: u32,
    state: usize,
    /// Whether it may be used again.
    pub(super) is_set: bool,
}

impl Table {
    pub(super) fn new() -> Self {
        Self { cells: [Cell::default(); MOST], log: 0, state: 0, is_set: false }
    }

    /// One state, of one symbol.
    pub(super) fn repeat(&mut self, symbol: u8) {
        self.cells[0] = Cell { base: 0, bits: 0, symbol };
        self.log = 0;
        self.is_set = true;
    }

    /// Spreads symbols over states.
    pub(super) fn spread(&mut self, counts: &Counts) -> Result<(), Fault> {
        let size = 1_usize << counts.log;
        let mask = size - 1;
        let mut next = [0_u16; SYMBOLS];
        // What is worth less than a part has a state at the end.
        let mut end = size;
        for (symbol, count) in counts.of.iter().enumerate().take(counts.symbols) {
            next[symbol] = count.unsigned_abs();
            if *count < 0 {
                end = end.wrapping_sub(1) & mask;
                self.cells[end].symbol = symbol as u8;
            }
        }
        let step = (size >> 1) + (size >> 3) + 3;
        let mut place = 0;
        for (symbol, count) in counts.of.iter().enumerate().take(counts.symbols) {
            for _ in 0..(*count).max(0) {
                self.cells[place & mask].symbol = symbol as u8;
                place = (place + step) & mask;
                while place >= end {
                    place = (place + step) & mask;
                }
            }
        }
        if place != 0 {
            return Err(Fault::Damaged);
        }
        for cell in &mut self.cells[..size] {
            let next = &mut next[cell.symbol as usize % SYMBOLS];
            let x = *next;
            *next += 1;
            cell.bits = (counts.log - x.checked_ilog2().ok_or(Fault::Damaged)?.min(counts.log)) as u8;
            cell.base = (x << cell.bits).wrapping_sub(size as u16);
        }
        self.log = counts.log;
        self.is_set = true;
        Ok(())
    }

    pub(super) fn begin(&mut self, bits: &mut Backward<'_>) {
        self.state = bits.read(self.log);
    }

    /// Which state it is in.
    pub(super) fn state(&self) -> usize {
        self.state
    }

    /// Goes on from a state.
    pub(super) fn resume(&mut self, state: usize) {
        self.state = state;
    }

    #[inline(always)]
    pub(super) fn symbol(&self) -> u8 {
        self.cells[self.state & (MOST - 1)].symbol
    }

    #[inline(always)]
    pub(super) fn advance(&mut self, bits: &mut Backward<'_>) {
        let cell = self.cells[self.state & (MOST - 1)];
        self.state = cell.base as usize + bits.read(u32::from(cell.bits));
    }
}
