//! Which of many files is most like another: by the parts that they have in common, wherever these stand.

use std::collections::BTreeSet;

/// How many bytes a part has.
const PART: usize = 16;

/// Of how many parts one counts, by what is in it; and how many are remembered.
const ONE_IN: u64 = 16;
const MOST: usize = 512;

/// How many parts in a hundred two files must have in common to be alike.
const ALIKE: usize = 4;

/// What is remembered of a file.
pub(crate) struct Sketch(BTreeSet<u64>);

impl Sketch {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        // A sum of powers (Rabin and Karp) that can be moved on by a byte; spread out, since its low digits say little.
        const BASE: u64 = 0x0100_0000_01b3;
        let first = (1..PART).fold(1_u64, |power, _| power.wrapping_mul(BASE));
        let (mut sum, mut parts) = (0_u64, BTreeSet::new());
        for (at, byte) in bytes.iter().enumerate() {
            if let Some(gone) = at.checked_sub(PART) {
                sum = sum.wrapping_sub(first.wrapping_mul(u64::from(bytes[gone]) + 1));
            }
            sum = sum.wrapping_mul(BASE).wrapping_add(u64::from(*byte) + 1);
            let spread = (sum ^ (sum >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let spread = spread ^ (spread >> 32);
            if at + 1 >= PART && spread % ONE_IN == 0 && (parts.len() < MOST || parts.last() > Some(&spread)) {
                parts.insert(spread);
                if parts.len() > MOST {
                    parts.pop_last();
                }
            }
        }
        Self(parts)
    }

    /// How many parts in a hundred the other has as well, of those of which both would know.
    fn likeness(&self, other: &Self) -> usize {
        let known = match (self.0.len() >= MOST, other.0.len() >= MOST) {
            (true, true) => self.0.last().min(other.0.last()),
            (true, false) => self.0.last(),
            (false, true) => other.0.last(),
            (false, false) => None,
        };
        let own = self.0.iter().filter(|part| known.is_none_or(|last| *part <= last)).count();
        let common = self.0.intersection(&other.0).count();
        (common * 100).checked_div(own).unwrap_or(0)
    }
}

/// The one that is most like a file, if any is.
pub(crate) fn most_similar<'s>(sketch: &Sketch, others: impl Iterator<Item = &'s (usize, Sketch)>) -> Option<usize> {
    let rated = others.map(|(name, other)| (sketch.likeness(other), *name)).filter(|(likeness, _)| *likeness >= ALIKE);
    rated.max_by_key(|(likeness, name)| (*likeness, usize::MAX - name)).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(seed: u64, lines: u64) -> String {
        (0..lines)
            .map(|n| format!("let value{} = {};\n", (n + seed) * 7919 % 9973, (n * n + seed * 31) % 99_991))
            .collect()
    }

    #[test]
    fn what_has_parts_in_common_is_alike() {
        let whole = text(1, 3000);
        let (first, second) = whole.split_at(whole.len() / 2);
        let moved = [second, "// between\n", first].concat();
        let others = [
            (0, Sketch::of(text(7_000_003, 3000).as_bytes())),
            (1, Sketch::of(whole.as_bytes())),
            (2, Sketch::of(b"")),
        ];
        for (file, expected) in [
            (whole.as_str(), Some(1)),
            (first, Some(1)),
            (&moved, Some(1)),
            (&whole[..40], None),
            ("", None),
            ("something else altogether, and not short of it either", None),
        ] {
            assert_eq!(most_similar(&Sketch::of(file.as_bytes()), others.iter()), expected, "{} bytes", file.len());
        }
    }
}
