//! What goes when more is kept than there is room for: [SIEVE], with an eye on sizes.
//!
//! What is kept stands in the order in which it came, and a hand goes from the oldest to the newest, and around. What was
//! used since the hand last came by stays, and has to be used again until it comes back; what was not goes, the largest
//! first of those that the hand has before it. So using something costs no more than a note of it, a scan over much
//! that is used once pushes nothing out that is used often, and one large response does not cost many small ones.
//!
//! [SIEVE]: https://www.usenix.org/conference/nsdi24/presentation/zhang-yazhuo

/// What a budget has to know of one kept response.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Kept {
    /// How much room it takes, in bytes.
    pub bytes: u64,
    /// Whether it was used since the hand last came by.
    pub was_used: bool,
}

/// How much too much is kept.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Excess {
    /// Bytes over the limit.
    pub bytes: u64,
    /// Responses over the limit.
    pub entries: u64,
}

/// What becomes of one kept response.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fate {
    /// It goes.
    Evict,
    /// It stays, and the hand has not come by: it stands at the first of these, or behind them all.
    Keep,
    /// It stays because it was used; the hand has come by.
    Spare,
}

/// What becomes of `kept`, which the hand has before it, until there is no excess or nothing of these is left that was
/// not used.
///
/// ```
/// use keepfresh::policy::{Excess, Fate, Kept, evict};
///
/// let kept = [(10, true), (10, false), (99, false), (10, true)].map(|(bytes, was_used)| Kept { bytes, was_used });
/// let one = Excess { bytes: 5, entries: 0 };
/// assert_eq!(evict(&kept, one), [Fate::Spare, Fate::Keep, Fate::Evict, Fate::Keep]);
/// ```
pub fn evict(kept: &[Kept], mut excess: Excess) -> Vec<Fate> {
    let mut fates = vec![Fate::Keep; kept.len()];
    while excess != Excess::default() {
        let mut goes: Option<usize> = None;
        for (place, one) in kept.iter().enumerate() {
            let is_open = !one.was_used && fates[place] == Fate::Keep;
            // Where only their number matters, the oldest.
            let is_worse = goes.is_none_or(|other| excess.bytes > 0 && one.bytes > kept[other].bytes);
            if is_open && is_worse {
                goes = Some(place);
            }
        }
        let Some(goes) = goes else { break };
        fates[goes] = Fate::Evict;
        excess.bytes = excess.bytes.saturating_sub(kept[goes].bytes);
        excess.entries = excess.entries.saturating_sub(1);
    }
    for (one, fate) in kept.iter().zip(&mut fates) {
        match fate {
            Fate::Keep if one.was_used => *fate = Fate::Spare,
            Fate::Keep => break,
            _ => {}
        }
    }
    fates
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Responses as `12` (bytes, not used) and `12!` (used), and what becomes of them in letters.
    fn fates(kept: &str, bytes: u64, entries: u64) -> String {
        let one = |word: &str| {
            let digits = word.trim_end_matches('!');
            Kept { bytes: digits.parse().unwrap(), was_used: digits != word }
        };
        let kept: Vec<Kept> = kept.split_whitespace().map(one).collect();
        let letter = |fate| match fate {
            Fate::Evict => 'e',
            Fate::Keep => 'k',
            Fate::Spare => 's',
        };
        evict(&kept, Excess { bytes, entries }).into_iter().map(letter).collect()
    }

    #[test]
    fn what_goes() {
        let cases = [
            // kept             bytes  entries  fates
            ("", 5, 5, ""),
            ("1 2 3", 0, 0, "kkk"),
            ("1 2 3", 0, 1, "ekk"),
            ("1! 2 3", 0, 1, "sek"),
            ("1! 2! 3!", 9, 9, "sss"),
            ("1 9 3", 5, 0, "kek"),
            ("1 9 3", 5, 2, "eek"),
            ("1 9! 3", 5, 0, "ese"),
            ("5 5 5", 6, 0, "eek"),
            ("0 0 0", 1, 0, "eee"),
            ("4 1! 9 1!", 8, 0, "kkek"),
        ];
        for (kept, bytes, entries, expected) in cases {
            assert_eq!(fates(kept, bytes, entries), expected, "{kept}, {bytes} bytes and {entries} entries over");
        }
    }

    #[test]
    fn what_is_used_often_survives_a_scan() {
        let mut shelf = Shelf::new(100, Order::Sieve);
        let mut lru = Shelf::new(100, Order::Lru);
        let (mut hits, mut of_lru) = (0, 0);
        // 40 that are always used, between twice as many that are used once.
        for round in 0..100u64 {
            for hot in (0..40).chain((0..40).filter(|_| round == 0)) {
                hits += u64::from(shelf.ask(hot, 1));
                of_lru += u64::from(lru.ask(hot, 1));
            }
            for scanned in 0..80 {
                shelf.ask(1000 + round * 80 + scanned, 1);
                lru.ask(1000 + round * 80 + scanned, 1);
            }
        }
        assert!(hits >= 3_900, "{hits} of 4,040");
        assert_eq!(of_lru, 40, "which a scan flushes");
    }

    #[test]
    fn what_is_small_and_used_survives_what_is_large() {
        let mut shelf = Shelf::new(1_000, Order::Sieve);
        let mut hits = 0;
        for round in 0..200u64 {
            for hot in 0..50 {
                hits += u64::from(shelf.ask(hot, 10));
            }
            shelf.ask(1_000 + round, 400);
        }
        assert!(hits >= 9_800, "{hits} of 10,000");
    }

    enum Order {
        Lru,
        Sieve,
    }

    /// A cache, as a host would use it.
    struct Shelf {
        entries: Vec<(u64, Kept)>,
        hand: usize,
        limit: u64,
        order: Order,
    }

    impl Shelf {
        fn new(limit: u64, order: Order) -> Self {
            Self { entries: Vec::new(), hand: 0, limit, order }
        }

        /// Whether it is there; it is put in if not.
        fn ask(&mut self, name: u64, bytes: u64) -> bool {
            if let Some(place) = self.entries.iter().position(|(other, _)| *other == name) {
                let (name, kept) = self.entries[place];
                match self.order {
                    Order::Lru => {
                        self.entries.remove(place);
                        self.entries.push((name, kept));
                    }
                    Order::Sieve => self.entries[place].1.was_used = true,
                }
                return true;
            }
            self.entries.push((name, Kept { bytes, was_used: false }));
            while self.sum() > self.limit {
                let excess = Excess { bytes: self.sum() - self.limit, entries: 0 };
                let last = (self.hand + 32).min(self.entries.len() - 1);
                if self.hand >= last {
                    self.hand = 0;
                    continue;
                }
                if matches!(self.order, Order::Lru) {
                    self.entries.remove(0);
                    continue;
                }
                let seen: Vec<Kept> = self.entries[self.hand..last].iter().map(|(_, kept)| *kept).collect();
                let fates = evict(&seen, excess);
                for place in (0..fates.len()).rev() {
                    match fates[place] {
                        Fate::Evict => drop(self.entries.remove(self.hand + place)),
                        Fate::Spare => self.entries[self.hand + place].1.was_used = false,
                        Fate::Keep => {}
                    }
                }
                self.hand +=
                    fates.iter().take_while(|fate| **fate != Fate::Keep).filter(|fate| **fate == Fate::Spare).count();
            }
            false
        }

        fn sum(&self) -> u64 {
            self.entries.iter().map(|(_, kept)| kept.bytes).sum()
        }
    }
}
