//! Reading bits, forwards (tables) and backwards (symbols), as Zstandard writes them: the first bit is the lowest of a byte
//! going forwards, and the highest going backwards.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::Fault;

/// The eight bytes from `at`, the first being the lowest; zeros where there are none.
#[inline(always)]
fn eight(bytes: &[u8], at: usize) -> u64 {
    match bytes.get(at..at + 8).and_then(|eight| eight.first_chunk()) {
        Some(eight) => u64::from_le_bytes(*eight),
        None => fewer(bytes, at),
    }
}

#[cold]
fn fewer(bytes: &[u8], at: usize) -> u64 {
    let mut value = 0;
    for (place, byte) in bytes.get(at..).unwrap_or_default().iter().take(8).enumerate() {
        value |= u64::from(*byte) << (8 * place);
    }
    value
}

/// Bits from the first byte on.
pub(super) struct Forward<'a> {
    bytes: &'a [u8],
    read: usize,
}

impl<'a> Forward<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, read: 0 }
    }

    /// The next bits, at most 32. Behind the end there are zeros.
    pub(super) fn peek(&self, count: u32) -> u32 {
        let bits = eight(self.bytes, self.read >> 3) >> (self.read & 7);
        (bits & ((1 << count) - 1)) as u32
    }

    pub(super) fn skip(&mut self, count: u32) {
        self.read += count as usize;
    }

    /// How many bytes that were, begun ones included.
    pub(super) fn bytes_read(&self) -> Result<usize, Fault> {
        let bytes = self.read.div_ceil(8);
        if bytes <= self.bytes.len() { Ok(bytes) } else { Err(Fault::Truncated) }
    }
}

/// Bits from the last byte back, behind the highest that is set.
pub(super) struct Backward<'a> {
    bytes: &'a [u8],
    /// How many are left; below zero if more were read than there are.
    left: isize,
}

impl<'a> Backward<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, Fault> {
        let last = *bytes.last().ok_or(Fault::Truncated)?;
        if last == 0 {
            return Err(Fault::Damaged);
        }
        let left = bytes.len() * 8 - last.leading_zeros() as usize - 1;
        Ok(Self { bytes, left: left as isize })
    }

    pub(super) fn left(&self) -> isize {
        self.left
    }

    /// The next bits, at most 56. Behind the end there are zeros.
    #[inline(always)]
    pub(super) fn peek(&self, count: u32) -> u64 {
        let from = self.left - count as isize;
        if from < 0 {
            return self.last_ones(count);
        }
        (eight(self.bytes, from as usize >> 3) >> (from & 7)) & ((1 << count) - 1)
    }

    #[cold]
    fn last_ones(&self, count: u32) -> u64 {
        if self.left <= 0 {
            return 0;
        }
        let left = self.left as u32;
        (eight(self.bytes, 0) & ((1 << left) - 1)) << (count - left)
    }

    #[inline(always)]
    pub(super) fn skip(&mut self, count: u32) {
        self.left -= count as isize;
    }

    #[inline(always)]
    pub(super) fn read(&mut self, count: u32) -> usize {
        let bits = self.peek(count);
        self.skip(count);
        bits as usize
    }

    /// Whether all of them were read, and no more.
    pub(super) fn ends(&self) -> Result<(), Fault> {
        if self.left == 0 { Ok(()) } else { Err(Fault::Damaged) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn bits_are_read_both_ways() {
        let bytes = [0b1010_0110, 0b0001_0011];
        let mut forward = Forward::new(&bytes);
        for (count, expected) in [(4, 0b0110), (8, 0b0011_1010), (4, 1), (3, 0)] {
            assert_eq!(forward.peek(count), expected);
            forward.skip(count);
        }
        assert_eq!(forward.bytes_read(), Err(Fault::Truncated));
        // The highest bit that is set only says where the others begin.
        let mut backward = Backward::new(&bytes).unwrap();
        assert_eq!(backward.left(), 12);
        for (count, expected) in [(4, 0b0011), (0, 0), (6, 0b10_1001), (4, 0b1000)] {
            assert_eq!(backward.read(count), expected);
        }
        assert_eq!((backward.left(), backward.read(5), backward.ends()), (-2, 0, Err(Fault::Damaged)));
    }

    #[test]
    fn every_length_is_read() {
        for length in 1..40 {
            let bytes: Vec<u8> = (0..length).map(|n: u8| n.wrapping_mul(37) | 1).chain([1]).collect();
            let mut backward = Backward::new(&bytes).unwrap();
            let mut all = Vec::new();
            while backward.left() > 0 {
                all.push(backward.read(8) as u8);
            }
            assert_eq!(backward.ends(), Ok(()));
            all.reverse();
            assert_eq!(all, bytes[..bytes.len() - 1]);
        }
    }
}
