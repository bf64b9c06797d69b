//! Byte ranges: what `Range` asks for and what `Content-Range` says was sent ([RFC 9110, section 14][spec]).
//!
//! [spec]: https://httpwg.org/specs/rfc9110.html#range.requests

use super::text::{concat, split_once, trimmed};
use super::{digits, members, unsigned};

/// How many ranges are sent apart. Who asks for more gets the whole (section 14.2, and 17.15 for why).
#[cfg(feature = "full")]
const MOST_RANGES: usize = 16;

/// What a request asks for: a range of bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ByteRange {
    /// From a first byte to the end, or to a last byte.
    From(u64, Option<u64>),
    /// The last so many bytes.
    Last(u64),
}

/// What came of a range on a representation of known length.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Satisfied {
    /// From a first byte to a last one, both included.
    Bytes(u64, u64),
    /// The range lies beyond the end.
    Unsatisfiable,
}

impl ByteRange {
    /// Reads a `Range` field with one range. `None` where it means nothing or several: it is not that, then.
    pub fn parse(value: &str) -> Option<Self> {
        let mut ranges = members(set_of(value)?);
        let first = Self::one(ranges.next()?);
        first.filter(|_| ranges.next().is_none())
    }

    /// Reads a `Range` field. `None` where it means nothing, or is too much: it is then ignored. Absent in workers that the
    /// build writes: what it takes is not worth its bytes there.
    #[cfg(feature = "full")]
    pub fn several(value: &str) -> Option<Vec<Self>> {
        let mut ranges = Vec::new();
        for range in members(set_of(value)?) {
            ranges.push(Self::one(range)?);
            if ranges.len() > MOST_RANGES {
                return None;
            }
        }
        Some(ranges)
    }

    fn one(range: &str) -> Option<Self> {
        let (first, last) = split_once(range, b'-')?;
        match (number(first), number(last)) {
            (None, Some(length)) if first.is_empty() => Some(Self::Last(length)),
            (Some(first), None) if last.is_empty() => Some(Self::From(first, None)),
            (Some(first), Some(last)) if first <= last => Some(Self::From(first, Some(last))),
            _ => None,
        }
    }

    /// Which bytes of `length` it means.
    pub fn of(self, length: u64) -> Satisfied {
        match self {
            Self::From(first, last) if first < length => {
                let end = length - 1;
                Satisfied::Bytes(first, last.map_or(end, |last| last.min(end)))
            }
            Self::Last(count) if count > 0 && length > 0 => Satisfied::Bytes(length.saturating_sub(count), length - 1),
            _ => Satisfied::Unsatisfiable,
        }
    }
}

/// Which bytes of a representation a response holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ContentRange {
    /// The first byte.
    pub first: u64,
    /// The last byte.
    pub last: u64,
    /// The length of the whole, if it is known.
    pub whole: Option<u64>,
}

impl ContentRange {
    /// Reads a `Content-Range` field; `None` if it names no bytes or contradicts itself.
    pub fn parse(value: &str) -> Option<Self> {
        let (unit, rest) = split_once(value, b' ')?;
        let (range, whole) = split_once(rest, b'/')?;
        let (first, last) = split_once(range, b'-')?;
        let whole = if whole == "*" { None } else { Some(number(whole)?) };
        let read = Self { first: number(first)?, last: number(last)?, whole };
        let holds = read.first <= read.last && read.whole.is_none_or(|whole| read.last < whole);
        (holds && unit.eq_ignore_ascii_case("bytes")).then_some(read)
    }

    /// How many bytes it names.
    pub fn length(self) -> u64 {
        // `parse` saw to it that the last is not before the first.
        (self.last - self.first).saturating_add(1)
    }

    /// The field that says so.
    pub fn value(self) -> String {
        let whole = self.whole.map_or_else(|| "*".to_owned(), unsigned);
        concat(&["bytes ", &unsigned(self.first), "-", &unsigned(self.last), "/", &whole])
    }
}

/// The ranges that a `Range` field is about, where they are of bytes.
fn set_of(value: &str) -> Option<&str> {
    let (unit, set) = split_once(value, b'=')?;
    trimmed(unit).eq_ignore_ascii_case("bytes").then_some(set)
}

/// A number of bytes; one beyond what a body can have is none.
fn number(text: &str) -> Option<u64> {
    digits(text).filter(|number| *number < i64::MAX).and_then(|number| u64::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn ranges_are_read_and_measured() {
        use Satisfied::{Bytes, Unsatisfiable};
        let cases = [
            // Range                   of ten bytes
            ("bytes=0-1", Some(Bytes(0, 1))),
            ("bytes=1-", Some(Bytes(1, 9))),
            ("bytes=-1", Some(Bytes(9, 9))),
            ("bytes=-99", Some(Bytes(0, 9))),
            ("bytes=5-99", Some(Bytes(5, 9))),
            ("BYTES=0-0", Some(Bytes(0, 0))),
            ("bytes = 0-0", Some(Bytes(0, 0))),
            ("bytes=10-", Some(Unsatisfiable)),
            ("bytes=-0", Some(Unsatisfiable)),
            ("bytes=99-100", Some(Unsatisfiable)),
            ("bytes=3-2", None),
            ("bytes=0-1,3-4", None),
            ("bytes=0-1,", Some(Bytes(0, 1))),
            ("bytes=", None),
            ("bytes=-", None),
            ("bytes=a-b", None),
            ("bytes=0-9999999999999999999999", None),
            ("lines=0-1", None),
            ("0-1", None),
        ];
        for (value, expected) in cases {
            assert_eq!(ByteRange::parse(value).map(|range| range.of(10)), expected, "{value}");
        }
        assert_eq!(ByteRange::Last(5).of(0), Unsatisfiable);
        assert_eq!(ByteRange::From(0, None).of(0), Unsatisfiable);
    }

    #[test]
    #[cfg(feature = "full")]
    fn several_ranges_are_read_in_their_order() {
        let many = |count: usize| ["bytes=", &vec!["0-0"; count].join(",")].concat();
        let cases = [
            ("bytes=3-4, -1,0-", Some(3)),
            ("bytes=0-1,3-2", None),
            ("bytes=0-1,x", None),
            ("lines=0-1,2-3", None),
            (&many(MOST_RANGES), Some(MOST_RANGES)),
            (&many(MOST_RANGES + 1), None),
        ];
        for (value, expected) in cases {
            assert_eq!(ByteRange::several(value).map(|ranges| ranges.len()), expected, "{value}");
        }
        let first = ByteRange::several("bytes=3-4,-1").and_then(|ranges| ranges.first().copied());
        assert_eq!(first, Some(ByteRange::From(3, Some(4))));
    }

    #[test]
    fn content_ranges_are_read_and_written() {
        for value in ["bytes 0-4/10", "bytes 0-0/1", "bytes 5-9/*"] {
            assert_eq!(ContentRange::parse(value).map(ContentRange::value).as_deref(), Some(value));
        }
        assert_eq!(ContentRange::parse("bytes 4-9/10").map(ContentRange::length), Some(6));
        for value in
            ["bytes */10", "bytes 4-9/9", "bytes 9-4/10", "bytes 0-4", "lines 0-4/10", "bytes 0-4/x", "nonsense"]
        {
            assert_eq!(ContentRange::parse(value), None, "{value}");
        }
    }
}
