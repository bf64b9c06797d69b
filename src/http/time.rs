//! The two kinds of time: a moment, and a span of whole seconds.

use std::ops::Add;

use super::digits;

/// A moment: milliseconds since the Unix epoch, as JavaScript's `Date.now()` counts them.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `milliseconds` after the Unix epoch.
    pub const fn from_millis(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// The moment `seconds` after the Unix epoch.
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this is, rounded down but for a tick of a coarse clock; nothing if the clock went back in between.
    pub fn since(self, earlier: Self) -> DeltaSeconds {
        DeltaSeconds::saturating(self.0.saturating_sub(earlier.0).saturating_add(CLOCK_TICK) / 1000)
    }

    /// When the span [since](Self::since) `earlier` is a second longer than now.
    #[cfg(feature = "full")]
    pub fn next_second_after(self, earlier: Self) -> Self {
        let seconds = i64::from(self.since(earlier).as_seconds()) + 1;
        Self(earlier.0.saturating_add(seconds * 1000 - CLOCK_TICK))
    }
}

/// How far a clock may be behind, in milliseconds: browsers make theirs coarse, and timers fire early. A
/// response is rather taken for older than for younger than it is.
const CLOCK_TICK: i64 = 10;

/// A span of whole seconds, at most 2^31.
///
/// Every sum saturates: [section 1.2.2] has an overflow count as 2^31, and never as something
/// negative.
///
/// [section 1.2.2]: https://httpwg.org/specs/rfc9111.html#delta-seconds
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct DeltaSeconds(u32);

impl DeltaSeconds {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// A day.
    pub const DAY: Self = Self(86_400);
    /// The longest span there is, which stands for "for ever".
    pub const MAX: Self = Self(1 << 31);

    /// Reads a run of digits; `None` if it is anything else.
    pub fn parse(argument: &str) -> Option<Self> {
        digits(argument).map(Self::saturating)
    }

    /// `seconds`, brought into the range that a span can hold.
    pub fn saturating(seconds: i64) -> Self {
        let clamped = seconds.clamp(0, i64::from(Self::MAX.0));
        Self(clamped as u32)
    }

    /// The number of seconds.
    pub const fn as_seconds(self) -> u32 {
        self.0
    }

    /// A tenth of it, rounded down.
    pub const fn tenth(self) -> Self {
        Self(self.0 / 10)
    }

    /// How much of this span lies beyond `limit`.
    pub fn beyond(self, limit: Self) -> Self {
        Self(self.0.saturating_sub(limit.0))
    }
}

impl Add for DeltaSeconds {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::saturating(i64::from(self.0) + i64::from(other.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn delta_seconds_are_digits_and_saturate() {
        let cases = [
            ("0", Some(0)),
            ("60", Some(60)),
            ("007", Some(7)),
            ("2147483648", Some(1 << 31)),
            ("2147483649", Some(1 << 31)),
            ("18446744073709551616", Some(1 << 31)),
            ("99999999999999999999999999999999", Some(1 << 31)),
            ("", None),
            ("-1", None),
            ("+1", None),
            ("1.5", None),
            (" 1", None),
            ("1e3", None),
            ("soon", None),
        ];
        for (argument, expected) in cases {
            let read = DeltaSeconds::parse(argument).map(DeltaSeconds::as_seconds);
            assert_eq!(read, expected, "{argument:?}");
        }
    }

    #[test]
    #[cfg(feature = "full")]
    fn a_span_grows_when_it_says() {
        let moments = [(1_000, 0), (1_989, 0), (1_990, 0), (5_123, 77), (0, 900), (-5_000, 5_000), (7, 7)];
        for (now, earlier) in moments.map(|(now, earlier)| (Timestamp(now), Timestamp(earlier))) {
            let next = now.next_second_after(earlier);
            let (span, before) = (now.since(earlier).as_seconds(), Timestamp(next.0 - 1).since(earlier).as_seconds());
            assert_eq!((before, next.since(earlier).as_seconds()), (span, span + 1), "{now:?} after {earlier:?}");
        }
    }

    #[test]
    fn spans_never_wrap() {
        let cases = [
            (DeltaSeconds::MAX + DeltaSeconds::MAX, DeltaSeconds::MAX),
            (DeltaSeconds::ZERO.beyond(DeltaSeconds::MAX), DeltaSeconds::ZERO),
            (Timestamp::from_unix(5).since(Timestamp::from_unix(9)), DeltaSeconds::ZERO),
            (Timestamp::from_unix(i64::MAX).since(Timestamp::from_unix(i64::MIN)), DeltaSeconds::MAX),
            (Timestamp::from_millis(1989).since(Timestamp::from_millis(0)), DeltaSeconds::saturating(1)),
        ];
        for (span, expected) in cases {
            assert_eq!(span, expected);
        }
    }
}
