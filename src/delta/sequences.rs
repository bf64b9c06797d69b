//! The sequences of a block (RFC 8878, section 3.1.1.3.2): so many literals, then so many bytes from so far back.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::Fault;
use super::bits::Backward;
use super::block::Coder;
use super::fse::{Counts, SYMBOLS, Table};

/// One of the three things that a sequence says.
struct Kind {
    symbols: usize,
    most_log: u32,
    /// The counts that need not be written.
    usual: &'static [i8],
    usual_log: u32,
}

const LITERALS: Kind = Kind {
    symbols: 36,
    most_log: 9,
    usual: &[
        4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1,
    ],
    usual_log: 6,
};
const OFFSETS: Kind = Kind {
    symbols: 32,
    most_log: 8,
    usual: &[1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1],
    usual_log: 5,
};
const MATCHES: Kind = Kind {
    symbols: 53,
    most_log: 9,
    usual: &[
        1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
    ],
    usual_log: 6,
};

/// How many bits are added to the codes of lengths from 16 (literals) and 32 (matches) on.
const LITERAL_BITS: [u8; 20] = [1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
const MATCH_BITS: [u8; 21] = [1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

/// A length that a code and the bits behind it stand for.
#[derive(Clone, Copy)]
struct Length {
    base: u32,
    bits: u8,
}

/// What the codes of lengths stand for.
struct Lengths([Length; SYMBOLS]);

impl Lengths {
    /// The first code is for `least`; from `plain` on `bits` are added. No length is left out, and none has two codes.
    fn new(least: u32, plain: usize, bits: &[u8]) -> Self {
        let mut lengths = [Length { base: 0, bits: 0 }; SYMBOLS];
        let mut base = least;
        for (code, length) in lengths.iter_mut().enumerate() {
            let bits = code.checked_sub(plain).map_or(0, |place| bits.get(place).copied().unwrap_or_default());
            *length = Length { base, bits };
            base += 1 << bits;
        }
        Self(lengths)
    }

    #[inline(always)]
    fn read(&self, code: u8, bits: &mut Backward<'_>) -> usize {
        let length = self.0[usize::from(code) % SYMBOLS];
        length.base as usize + bits.read(u32::from(length.bits))
    }
}

/// What counts as the last offsets before there was any.
const RECENT: [usize; 3] = [1, 4, 8];

/// The tables, which a block may take over from the one before.
pub(super) struct Tables {
    literals: Table,
    offsets: Table,
    matches: Table,
    /// The offsets that were used last.
    recent: [usize; 3],
    literal_lengths: Lengths,
    match_lengths: Lengths,
}

impl Tables {
    pub(super) fn new() -> Self {
        Self {
            literals: Table::new(),
            offsets: Table::new(),
            matches: Table::new(),
            recent: RECENT,
            literal_lengths: Lengths::new(0, 16, &LITERAL_BITS),
            match_lengths: Lengths::new(3, 32, &MATCH_BITS),
        }
    }

    pub(super) fn forget(&mut self) {
        self.recent = RECENT;
        for table in [&mut self.literals, &mut self.offsets, &mut self.matches] {
            table.is_set = false;
        }
    }
}

/// Sets a table up by its mode; returns what follows it.
fn set<'a>(table: &mut Table, mode: u8, kind: &Kind, bytes: &'a [u8]) -> Result<&'a [u8], Fault> {
    match mode & 3 {
        0 => {
            let mut counts = Counts { of: [0; SYMBOLS], symbols: kind.usual.len(), log: kind.usual_log };
            for (to, from) in counts.of.iter_mut().zip(kind.usual) {
                *to = i16::from(*from);
            }
            table.spread(&counts)?;
            Ok(bytes)
        }
        1 => {
            let (symbol, rest) = bytes.split_first().ok_or(Fault::Truncated)?;
            if usize::from(*symbol) >= kind.symbols {
                return Err(Fault::Damaged);
            }
            table.repeat(*symbol);
            Ok(rest)
        }
        2 => {
            let (counts, read) = Counts::read(bytes, kind.symbols, kind.most_log)?;
            table.spread(&counts)?;
            bytes.get(read..).ok_or(Fault::Truncated)
        }
        _ if table.is_set => Ok(bytes),
        _ => Err(Fault::Damaged),
    }
}

/// Follows the sequences of a block. `out` is the buffer, of which `at` bytes are there, up to the end that this block may
/// reach. Returns how many are there then.
pub(super) fn follow(coder: &mut Coder, section: &[u8], out: &mut [u8], mut at: usize) -> Result<usize, Fault> {
    let byte = |place: usize| section.get(place).map(|byte| usize::from(*byte)).ok_or(Fault::Truncated);
    let (count, length) = match byte(0)? {
        255 => ((byte(1)? | byte(2)? << 8) + 0x7f00, 3),
        first @ 128.. => ((first - 128) << 8 | byte(1)?, 2),
        first => (first, 1),
    };
    let tables = &mut coder.tables;
    let literals = coder.literals.as_slice();
    let mut used = 0;
    if count > 0 {
        let modes = byte(length)? as u8;
        if modes & 3 > 0 {
            return Err(Fault::Damaged);
        }
        let mut rest = section.get(length + 1..).ok_or(Fault::Truncated)?;
        rest = set(&mut tables.literals, modes >> 6, &LITERALS, rest)?;
        rest = set(&mut tables.offsets, modes >> 4, &OFFSETS, rest)?;
        rest = set(&mut tables.matches, modes >> 2, &MATCHES, rest)?;
        let mut bits = Backward::new(rest)?;
        tables.literals.begin(&mut bits);
        tables.offsets.begin(&mut bits);
        tables.matches.begin(&mut bits);
        for turn in 0..count {
            let code = u32::from(tables.offsets.symbol()) & 31;
            let offset = (1_usize << code) + bits.read(code);
            let match_length = tables.match_lengths.read(tables.matches.symbol(), &mut bits);
            let literal_length = tables.literal_lengths.read(tables.literals.symbol(), &mut bits);
            let offset = recent(&mut tables.recent, offset, literal_length == 0);
            if turn + 1 < count {
                tables.literals.advance(&mut bits);
                tables.matches.advance(&mut bits);
                tables.offsets.advance(&mut bits);
            }
            if bits.left() < 0 {
                return Err(Fault::Damaged);
            }
            let some = literals.get(used..used + literal_length).ok_or(Fault::Damaged)?;
            used += literal_length;
            out.get_mut(at..at + literal_length).ok_or(Fault::TooLarge)?.copy_from_slice(some);
            at += literal_length;
            copy(out, at, offset, match_length)?;
            at += match_length;
        }
        bits.ends()?;
    } else if section.len() > length {
        return Err(Fault::Damaged);
    }
    let rest = literals.get(used..).unwrap_or_default();
    out.get_mut(at..at + rest.len()).ok_or(Fault::TooLarge)?.copy_from_slice(rest);
    Ok(at + rest.len())
}

/// How far back a match is: what is said of one, which may be one of the last three (section 3.1.1.5).
#[inline(always)]
fn recent(last: &mut [usize; 3], said: usize, has_no_literals: bool) -> usize {
    if said > 3 {
        *last = [said - 3, last[0], last[1]];
        return last[0];
    }
    let offset = match said - 1 + usize::from(has_no_literals) {
        0 => return last[0],
        1 => {
            last.swap(0, 1);
            return last[0];
        }
        2 => last[2],
        _ => last[0].wrapping_sub(1),
    };
    *last = [offset, last[0], last[1]];
    offset
}

/// Says `length` bytes again from `offset` back: the last ones may be among them.
#[inline(always)]
fn copy(out: &mut [u8], at: usize, offset: usize, length: usize) -> Result<(), Fault> {
    if offset == 0 || offset > at {
        return Err(Fault::Damaged);
    }
    if length > out.len() - at {
        return Err(Fault::TooLarge);
    }
    let from = at - offset;
    if offset >= length {
        out.copy_within(from..from + length, at);
        return Ok(());
    }
    // What repeats is doubled each time.
    let (mut there, end) = (at, at + length);
    while there < end {
        let size = (there - from).min(end - there);
        out.copy_within(from..from + size, there);
        there += size;
    }
    Ok(())
}
