//! Huffman codes of literals (RFC 8878, section 4.2).
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::Fault;
use super::bits::Backward;
use super::fse::{Counts, Table};

/// Bits of the longest code.
const LONGEST: u32 = 11;

/// What the next bits stand for.
#[derive(Clone, Copy, Default)]
struct Cell {
    symbol: u8,
    bits: u8,
}

/// A code.
pub(super) struct Huffman {
    cells: [Cell; 1 << LONGEST],
    /// How many bits are looked at; 0 if there is none yet.
    longest: u32,
}

impl Huffman {
    pub(super) fn new() -> Self {
        Self { cells: [Cell::default(); 1 << LONGEST], longest: 0 }
    }

    pub(super) fn forget(&mut self) {
        self.longest = 0;
    }

    pub(super) fn is_set(&self) -> bool {
        self.longest > 0
    }

    /// Reads a code; returns how many bytes that were. `table` is room to work in.
    pub(super) fn read(&mut self, bytes: &[u8], table: &mut Table) -> Result<usize, Fault> {
        let (first, rest) = bytes.split_first().ok_or(Fault::Truncated)?;
        let mut weights = [0_u8; 256];
        let first = usize::from(*first);
        let (count, length) = if first < 128 {
            let coded = rest.get(..first).ok_or(Fault::Truncated)?;
            (coded_weights(coded, &mut weights, table)?, first)
        } else {
            let count = first - 127;
            let length = count.div_ceil(2);
            let nibbles = rest.get(..length).ok_or(Fault::Truncated)?;
            for (place, weight) in weights.iter_mut().enumerate().take(count) {
                let byte = nibbles.get(place / 2).copied().unwrap_or_default();
                *weight = if place % 2 == 0 { byte >> 4 } else { byte & 15 };
            }
            (count, length)
        };
        self.fill(&mut weights, count)?;
        Ok(1 + length)
    }

    /// Gives each symbol its codes. The weight of the last symbol is what is left.
    fn fill(&mut self, weights: &mut [u8; 256], count: usize) -> Result<(), Fault> {
        self.longest = 0;
        // Where the symbols of each weight begin.
        let mut starts = [0_usize; LONGEST as usize + 2];
        let mut sum = 0_usize;
        for weight in weights.iter().take(count) {
            if *weight > LONGEST as u8 {
                return Err(Fault::Damaged);
            }
            sum += (1 << weight) >> 1;
        }
        let longest = sum.checked_ilog2().ok_or(Fault::Damaged)? + 1;
        let left = (1_usize << longest) - sum;
        if longest > LONGEST || !left.is_power_of_two() {
            return Err(Fault::Damaged);
        }
        *weights.get_mut(count).ok_or(Fault::Damaged)? = left.ilog2() as u8 + 1;
        for weight in weights.iter().take(count + 1) {
            starts[usize::from(*weight) + 1] += (1 << weight) >> 1;
        }
        // Those of the smallest weight come first, and there are two of them at least.
        if starts[2] < 2 || starts[2] % 2 > 0 {
            return Err(Fault::Damaged);
        }
        for weight in 1..starts.len() {
            starts[weight] += starts[weight - 1];
        }
        for (symbol, weight) in weights.iter().enumerate().take(count + 1) {
            let cells = (1_usize << weight) >> 1;
            let start = &mut starts[usize::from(*weight)];
            let cell = Cell { symbol: symbol as u8, bits: (longest + 1 - u32::from(*weight)) as u8 };
            if cells > 0 {
                self.cells.get_mut(*start..*start + cells).ok_or(Fault::Damaged)?.fill(cell);
            }
            *start += cells;
        }
        self.longest = longest;
        Ok(())
    }

    /// Fills `out` with what a stream stands for, which must end with it.
    pub(super) fn decode(&self, stream: &[u8], out: &mut [u8]) -> Result<(), Fault> {
        let mut bits = Backward::new(stream)?;
        let (longest, mask) = (self.longest, (1 << self.longest) - 1);
        // Five codes are 55 bits at the most.
        let mut fives = out.chunks_exact_mut(5);
        for five in &mut fives {
            let window = bits.peek(56);
            let mut used = 0;
            for place in five {
                let cell = self.cells[(window >> (56 - used - longest)) as usize & mask];
                *place = cell.symbol;
                used += u32::from(cell.bits);
            }
            bits.skip(used);
        }
        for place in fives.into_remainder() {
            let cell = self.cells[bits.peek(longest) as usize & mask];
            *place = cell.symbol;
            bits.skip(u32::from(cell.bits));
        }
        bits.ends()
    }
}

/// Weights that are coded themselves: two states take turns until there are no more bits.
fn coded_weights(bytes: &[u8], weights: &mut [u8; 256], table: &mut Table) -> Result<usize, Fault> {
    let (counts, read) = Counts::read(bytes, LONGEST as usize + 2, 6)?;
    table.spread(&counts)?;
    let mut bits = Backward::new(bytes.get(read..).unwrap_or_default())?;
    let mut states = [0; 2];
    for state in &mut states {
        table.begin(&mut bits);
        *state = table.state();
    }
    if bits.left() < 0 {
        return Err(Fault::Damaged);
    }
    for place in 0..254 {
        let turn = place % 2;
        table.resume(states[turn]);
        weights[place] = table.symbol();
        table.advance(&mut bits);
        states[turn] = table.state();
        if bits.left() < 0 {
            table.resume(states[1 - turn]);
            weights[place + 1] = table.symbol();
            return Ok(place + 2);
        }
    }
    Err(Fault::Damaged)
}
