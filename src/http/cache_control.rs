//! The directives of `Cache-Control` ([RFC 9111, section 5.2][spec]) that a private cache follows.
//!
//! [spec]: https://httpwg.org/specs/rfc9111.html#field.cache-control

use super::fields::OWS;
use super::{DeltaSeconds, Fields, members};

/// What the origin server asked of caches. A field that is absent gives the default.
///
/// Where a directive is repeated, its first argument counts, and one that cannot be read counts as
/// zero: stale at once ([section 4.2.1]). A restriction counts however it is written.
///
/// Absent on purpose: `private` and `s-maxage`, which say nothing to a browser's own cache.
///
/// [section 4.2.1]: https://httpwg.org/specs/rfc9111.html#calculating.freshness.lifetime
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct CacheControl {
    /// `immutable` (RFC 8246): the content will not change while it is fresh.
    pub immutable: bool,
    /// `max-age`.
    pub max_age: Option<DeltaSeconds>,
    /// `must-revalidate`: never served stale.
    pub must_revalidate: bool,
    /// `no-cache`: never served without being validated.
    pub no_cache: bool,
    /// `no-store`: never kept.
    pub no_store: bool,
    /// `public`: storable whatever the status code.
    pub public: bool,
    /// `stale-while-revalidate` (RFC 5861): how long it may be served stale while it is validated.
    pub stale_while_revalidate: Option<DeltaSeconds>,
}

impl CacheControl {
    /// Reads every `Cache-Control` line of a section.
    pub fn of(fields: &Fields) -> Self {
        let mut read = Self::default();
        for member in fields.lines("cache-control").flat_map(members) {
            let (name, argument) = match member.split_once('=') {
                Some((name, argument)) => (
                    name.trim_end_matches(OWS),
                    unquoted(argument.trim_start_matches(OWS)),
                ),
                None => (member, ""),
            };
            let seconds = || DeltaSeconds::parse(argument).unwrap_or(DeltaSeconds::ZERO);
            match name {
                _ if name.eq_ignore_ascii_case("immutable") => read.immutable = true,
                _ if name.eq_ignore_ascii_case("max-age") => {
                    read.max_age.get_or_insert_with(seconds);
                }
                _ if name.eq_ignore_ascii_case("must-revalidate") => read.must_revalidate = true,
                // `no-cache="field"` restricts single fields; the whole response is the stricter reading.
                _ if name.eq_ignore_ascii_case("no-cache") => read.no_cache = true,
                _ if name.eq_ignore_ascii_case("no-store") => read.no_store = true,
                _ if name.eq_ignore_ascii_case("public") => read.public = true,
                _ if name.eq_ignore_ascii_case("stale-while-revalidate") => {
                    read.stale_while_revalidate.get_or_insert_with(seconds);
                }
                _ => {}
            }
        }
        read
    }
}

/// The inside of a quoted string; an argument without quotes as it is.
fn unquoted(argument: &str) -> &str {
    argument
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(argument)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn read(value: &str) -> CacheControl {
        CacheControl::of(&[("Cache-Control", value)].into_iter().collect())
    }

    #[test]
    fn lifetimes_are_read_leniently_and_mean_something_strict() {
        let cases = [
            ("max-age=60", Some(60)),
            ("MAX-AGE=60", Some(60)),
            ("max-age=\"60\"", Some(60)),
            ("max-age = 60", Some(60)),
            ("public, max-age=60, immutable", Some(60)),
            ("max-age=60, max-age=1", Some(60)),
            ("max-age=soon", Some(0)),
            ("max-age=-1", Some(0)),
            ("max-age=", Some(0)),
            ("max-age", Some(0)),
            ("max-age=99999999999999999999", Some(1 << 31)),
            ("x-max-age=60", None),
            ("ext=\"a, max-age=60\"", None),
            ("", None),
        ];
        for (value, expected) in cases {
            assert_eq!(
                read(value).max_age.map(DeltaSeconds::as_seconds),
                expected,
                "{value:?}"
            );
        }
    }

    #[test]
    fn restrictions_count_however_they_are_written() {
        let cases = [
            ("no-store", (true, false, false)),
            ("No-StOrE, max-age=60", (true, false, false)),
            ("max-age=60,no-store", (true, false, false)),
            ("no-store=\"x\"", (true, false, false)),
            ("no-cache", (false, true, false)),
            ("no-cache=\"set-cookie\"", (false, true, false)),
            ("must-revalidate, max-age=0", (false, false, true)),
            ("ext=\"no-store, no-cache\"", (false, false, false)),
            ("nostore no-cache", (false, false, false)),
        ];
        for (value, expected) in cases {
            let read = read(value);
            assert_eq!(
                (read.no_store, read.no_cache, read.must_revalidate),
                expected,
                "{value:?}"
            );
        }
    }

    #[test]
    fn lines_are_read_as_one_list() {
        let fields = [
            ("cache-control", "max-age=60"),
            ("cache-control", "no-store"),
        ]
        .into_iter()
        .collect();
        let read = CacheControl::of(&fields);
        assert!(read.no_store);
        assert_eq!(read.max_age.map(DeltaSeconds::as_seconds), Some(60));
    }
}
