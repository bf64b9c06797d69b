//! Which of many files is most like another: by the parts that they have in common, wherever these stand.

use std::collections::{BTreeMap, BTreeSet};

/// How many bytes a part has.
const PART: usize = 16;

/// Of how many parts one counts, by what is in it; and how many are remembered.
const ONE_IN: u64 = 16;
const MOST: usize = 512;

/// How many parts in a hundred two files must have in common to be alike.
const ALIKE: usize = 4;

/// So many parts more, not in common, are assumed of each: of a file and a very large one few parts can be compared, and one of
/// one says less than nine of ten.
const DOUBT: usize = 32;

/// What is remembered of a file: some of its parts, in order.
pub(crate) struct Sketch(Vec<u64>);

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
        Self(parts.into_iter().collect())
    }

    /// The last part that it would know of, if it does not know all of them.
    fn end(&self) -> Option<u64> {
        self.0.last().copied().filter(|_| self.0.len() >= MOST)
    }
}

/// Files that others may be like.
pub(crate) struct Others {
    sketches: Vec<(usize, Sketch)>,
    /// Which of these have a part.
    having: BTreeMap<u64, Vec<usize>>,
}

impl Others {
    pub(crate) fn new(sketches: Vec<(usize, Sketch)>) -> Self {
        let mut having: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (place, (_, sketch)) in sketches.iter().enumerate() {
            sketch.0.iter().for_each(|part| having.entry(*part).or_default().push(place));
        }
        Self { sketches, having }
    }

    /// Those that are most like a file, if any are: that have most of its parts, of those of which both would know. The first
    /// is one of which that is sure; if there is another, it may hold more of the file, or nothing but what was compared.
    pub(crate) fn most_similar(&self, sketch: &Sketch) -> Vec<usize> {
        let mut common: BTreeMap<usize, usize> = BTreeMap::new();
        for place in sketch.0.iter().filter_map(|part| self.having.get(part)).flatten() {
            *common.entry(*place).or_default() += 1;
        }
        let best = |doubt: usize| {
            let rate = |(place, common): (&usize, &usize)| {
                let (name, other) = &self.sketches[*place];
                let end = [sketch.end(), other.end()].into_iter().flatten().min();
                let own = end.map_or(sketch.0.len(), |end| sketch.0.partition_point(|part| *part <= end));
                ((common * 100).checked_div(own + doubt).unwrap_or(0), *name)
            };
            let rated = common.iter().map(rate).filter(|(likeness, _)| *likeness >= ALIKE);
            rated.max_by_key(|(likeness, name)| (*likeness, usize::MAX - name)).map(|(_, name)| name)
        };
        let (sure, perhaps) = (best(DOUBT), best(0));
        sure.into_iter().chain(perhaps.filter(|perhaps| sure != Some(*perhaps))).collect()
    }
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
        let others = Others::new(vec![
            (0, Sketch::of(text(7_000_003, 3000).as_bytes())),
            (1, Sketch::of(whole.as_bytes())),
            (2, Sketch::of(b"")),
        ]);
        for (file, expected) in [
            (whole.as_str(), Some(1)),
            (first, Some(1)),
            (&moved, Some(1)),
            (&whole[..40], None),
            ("", None),
            ("something else altogether, and not short of it either", None),
        ] {
            assert_eq!(
                others.most_similar(&Sketch::of(file.as_bytes())).first().copied(),
                expected,
                "{} bytes",
                file.len()
            );
        }
    }

    #[test]
    fn one_part_of_a_very_large_file_says_little() {
        let chunk = |first: u64| Sketch(std::iter::once(first).chain(1000..1390).collect());
        // Of so many parts the least are remembered, and they end before those of the chunk but one.
        let large = Sketch((0..MOST as u64).collect());
        let others = Others::new(vec![(0, large), (1, chunk(600)), (2, Sketch(Vec::new()))]);
        assert_eq!(others.most_similar(&chunk(5)), [1, 0]);
        assert_eq!(others.most_similar(&Sketch(vec![5, 2000, 2001])), [0]);
    }

    #[test]
    fn many_are_compared_at_once() {
        // Each has half of its parts from one of them, and a few that all have.
        let sketch = |seed: u64| {
            let parts: BTreeSet<u64> = (0..400).map(|n| (seed * 1000 + n) * 7919).chain(0..8).collect();
            Sketch(parts.into_iter().collect())
        };
        let others = Others::new((0..1000).map(|name| (name, sketch(name as u64 * 2))).collect());
        for name in 0..1000_u64 {
            let mut halves = sketch(name * 2).0;
            halves.truncate(200);
            assert_eq!(others.most_similar(&Sketch(halves)).first(), Some(&(name as usize)));
        }
    }
}
