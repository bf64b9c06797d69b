//! The directives of `Cache-Control` ([RFC 9111, section 5.2][spec]), as a request and as a response
//! may carry them.
//!
//! [spec]: https://httpwg.org/specs/rfc9111.html#field.cache-control

use super::text::{Split, position, run, split_once, trimmed, without_ends};
use super::{DeltaSeconds, Fields, members};

/// Every directive that a cache follows. A field that is absent gives the default.
///
/// Where a directive is repeated, the smallest argument counts, and one that cannot be read counts as
/// zero: stale at once ([section 4.2.1]). A restriction counts however it is written.
///
/// [section 4.2.1]: https://httpwg.org/specs/rfc9111.html#calculating.freshness.lifetime
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct CacheControl {
    /// `immutable` (RFC 8246): the content will not change while it is fresh.
    pub immutable: bool,
    /// `max-age`.
    pub max_age: Option<DeltaSeconds>,
    /// `max-stale` of a request; without an argument it has no end.
    pub max_stale: Option<DeltaSeconds>,
    /// `min-fresh` of a request.
    pub min_fresh: Option<DeltaSeconds>,
    /// `must-revalidate`: never served stale.
    pub must_revalidate: bool,
    /// `must-understand`: stored only by a cache that knows what its status code asks of it.
    pub must_understand: bool,
    /// `no-cache`: never served without being validated.
    pub no_cache: Restriction,
    /// `no-store`: never kept.
    pub no_store: bool,
    /// `only-if-cached` of a request.
    pub only_if_cached: bool,
    /// `private`: not for shared caches.
    pub private: Restriction,
    /// `proxy-revalidate`: never served stale by a shared cache.
    pub proxy_revalidate: bool,
    /// `public`: storable whatever the status code, and whoever asked.
    pub public: bool,
    /// `s-maxage`: `max-age` for shared caches, which never serve it stale.
    pub s_maxage: Option<DeltaSeconds>,
    /// `stale-if-error` (RFC 5861): how long it may be served stale in place of an error.
    pub stale_if_error: Option<DeltaSeconds>,
    /// `stale-while-revalidate` (RFC 5861): how long it may be served stale while it is validated.
    pub stale_while_revalidate: Option<DeltaSeconds>,
}

/// How much of a response a restriction is for.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Restriction {
    /// Nothing: the directive is absent.
    #[default]
    None,
    /// The fields that its argument names ([`restricted_fields`]).
    Fields,
    /// The whole of it.
    Whole,
}

impl CacheControl {
    /// Reads every `Cache-Control` line of a section.
    pub fn of(fields: &Fields) -> Self {
        let mut read = Self::default();
        for line in fields.lines("cache-control") {
            members(line).for_each(|member| read.add(member));
            // A quote that never ends could hide a restriction: read on as if there were none.
            if let Some(hidden) = unclosed(line) {
                for member in Split::new(hidden, b',') {
                    read.restrict(without_ends(member, |b| b == b'"' || b.is_ascii_whitespace()));
                }
            }
        }
        read
    }

    /// Adds one member of the list.
    fn add(&mut self, member: &str) {
        // Semicolons where there should be commas: what is behind them is restricted all the same.
        if position(member, b';').is_some() {
            Split::new(member, b';').for_each(|part| self.restrict(trimmed(part)));
        }
        let (name, argument) = match split_once(member, b'=') {
            Some((name, argument)) => (trimmed(name), Some(trimmed(argument))),
            None => (member, None),
        };
        self.directive(name, argument);
    }

    /// Adds a directive. An argument is as it was written, in quotes or without.
    pub(super) fn directive(&mut self, name: &str, argument: Option<&str>) {
        let seconds = || argument.and_then(|text| DeltaSeconds::parse(unquoted(text))).unwrap_or_default();
        // Compared by length first: a directive is told apart by one comparison, mostly.
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("max-age") {
            shortest(&mut self.max_age, seconds());
        } else if is("s-maxage") {
            shortest(&mut self.s_maxage, seconds());
        } else if is("stale-while-revalidate") {
            shortest(&mut self.stale_while_revalidate, seconds());
        } else if is("stale-if-error") {
            shortest(&mut self.stale_if_error, seconds());
        } else if is("max-stale") {
            shortest(&mut self.max_stale, argument.map_or(DeltaSeconds::MAX, |_| seconds()));
        } else if is("min-fresh") {
            // The strictest reading of what cannot be read: nothing is fresh for so long.
            let wanted = argument.and_then(|text| DeltaSeconds::parse(unquoted(text))).unwrap_or(DeltaSeconds::MAX);
            self.min_fresh = Some(self.min_fresh.map_or(wanted, |other| other.max(wanted)));
        } else if is("public") {
            self.public = true;
        } else if is("immutable") {
            self.immutable = true;
        } else if is("must-understand") {
            self.must_understand = true;
        } else if is("only-if-cached") {
            self.only_if_cached = true;
        } else if is("no-cache") {
            self.no_cache = self.no_cache.max(restriction(argument));
        } else if is("private") {
            self.private = self.private.max(restriction(argument));
        } else {
            self.restrict(name);
        }
    }

    /// Adds a restriction on the whole response, if `text` begins with the name of one.
    fn restrict(&mut self, text: &str) {
        let name = &text[..run(text, |b| !matches!(b, b'=' | b' ' | b'\t'))];
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        self.no_store |= is("no-store");
        self.must_revalidate |= is("must-revalidate");
        self.proxy_revalidate |= is("proxy-revalidate");
        if is("no-cache") {
            self.no_cache = Restriction::Whole;
        }
        if is("private") {
            self.private = Restriction::Whole;
        }
    }
}

/// The names of fields that a qualified directive restricts, as in `no-cache="set-cookie"`, in every
/// line of a section: one list.
pub fn restricted_fields(fields: &Fields, directive: &str) -> String {
    let mut names = String::new();
    for member in fields.members("cache-control") {
        if let Some((name, argument)) = split_once(member, b'=')
            && trimmed(name).eq_ignore_ascii_case(directive)
        {
            names.push_str(unquoted(trimmed(argument)));
            names.push_str(",");
        }
    }
    names
}

/// Whether a cache decides by a field: without it a stored response would be good for longer, or for others.
pub fn decides(name: &str) -> bool {
    const ALL: [&str; 5] = ["age", "date", "expires", "last-modified", "vary"];
    let is = |known: &&str| name.eq_ignore_ascii_case(known);
    let end = name.len().checked_sub(CACHE_CONTROL.len()).and_then(|start| name.get(start..));
    ALL.iter().any(is) || end.is_some_and(|end| end.eq_ignore_ascii_case(CACHE_CONTROL))
}

/// How the fields' names end that say how to cache: `CDN-Cache-Control`, too.
const CACHE_CONTROL: &str = "cache-control";

/// Only a closed quoted string with a name in it restricts single fields; anything else is the whole
/// response, which is the stricter reading. So is a field that the cache cannot do without.
fn restriction(argument: Option<&str>) -> Restriction {
    let names = argument.filter(|text| text.len() > 2 && text.starts_with("\"") && text.ends_with("\""));
    let mut names = names.map(|text| members(unquoted(text))).into_iter().flatten().peekable();
    if names.peek().is_none() || names.any(decides) { Restriction::Whole } else { Restriction::Fields }
}

fn shortest(known: &mut Option<DeltaSeconds>, seconds: DeltaSeconds) {
    *known = Some(known.map_or(seconds, |other| other.min(seconds)));
}

/// The inside of a quoted string; an argument without quotes as it is.
fn unquoted(argument: &str) -> &str {
    argument.strip_prefix("\"").and_then(|rest| rest.strip_suffix("\"")).unwrap_or(argument)
}

/// What follows a quote that is never closed.
fn unclosed(line: &str) -> Option<&str> {
    position(line, b'"')?;
    let (mut open, mut escaped) = (None, false);
    for (at, byte) in line.as_bytes().iter().enumerate() {
        match *byte {
            _ if escaped => escaped = false,
            b'\\' if open.is_some() => escaped = true,
            b'"' if open.is_some() => open = None,
            b'"' => open = Some(at),
            _ => {}
        }
    }
    open.map(|at| &line[at + 1..])
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
            ("max-age=60, max-age=1", Some(1)),
            ("max-age=1, max-age=60", Some(1)),
            ("max-age=soon", Some(0)),
            ("max-age=-1", Some(0)),
            ("max-age=", Some(0)),
            ("max-age", Some(0)),
            ("max-age=99999999999999999999", Some(1 << 31)),
            ("x-max-age=60", None),
            ("ext=\"a, max-age=60\"", None),
            ("ext=\"a, max-age=60", None),
            ("", None),
        ];
        for (value, expected) in cases {
            assert_eq!(read(value).max_age.map(DeltaSeconds::as_seconds), expected, "{value:?}");
        }
    }

    #[test]
    fn restrictions_count_however_they_are_written() {
        use Restriction::{Fields, None, Whole};
        let cases = [
            // Cache-Control            no-store no-cache private must-revalidate
            ("no-store", (true, None, None, false)),
            ("No-StOrE, max-age=60", (true, None, None, false)),
            ("max-age=60,no-store", (true, None, None, false)),
            ("no-store=\"x\"", (true, None, None, false)),
            ("no-store ;x", (true, None, None, false)),
            ("no-cache", (false, Whole, None, false)),
            ("no-cache=\"set-cookie\"", (false, Fields, None, false)),
            ("no-cache=\"a\", no-cache", (false, Whole, None, false)),
            ("no-cache=\"\"", (false, Whole, None, false)),
            ("no-cache=\" , \"", (false, Whole, None, false)),
            ("no-cache=a", (false, Whole, None, false)),
            ("private", (false, None, Whole, false)),
            ("private=", (false, None, Whole, false)),
            ("private=\"", (false, None, Whole, false)),
            ("private=\"a, b\", x", (false, None, Fields, false)),
            ("must-revalidate, max-age=0", (false, None, None, true)),
            ("ext=\"no-store, no-cache\"", (false, None, None, false)),
            ("ext=\"no-store, private", (true, None, Whole, false)),
            ("ext=\"a\\\", no-store", (true, None, None, false)),
            ("nostore no-cache", (false, None, None, false)),
        ];
        for (value, expected) in cases {
            let read = read(value);
            assert_eq!((read.no_store, read.no_cache, read.private, read.must_revalidate), expected, "{value:?}");
        }
    }

    #[test]
    fn requests_ask_in_the_same_words() {
        let cases = [
            // Cache-Control        max-stale       min-fresh      only-if-cached
            ("max-stale", (Some(1 << 31), None, false)),
            ("max-stale=5", (Some(5), None, false)),
            ("max-stale=x", (Some(0), None, false)),
            ("min-fresh=5, min-fresh=9", (None, Some(9), false)),
            ("min-fresh", (None, Some(1 << 31), false)),
            ("only-if-cached", (None, None, true)),
        ];
        for (value, expected) in cases {
            let read = read(value);
            let seconds = |span: Option<DeltaSeconds>| span.map(DeltaSeconds::as_seconds);
            assert_eq!((seconds(read.max_stale), seconds(read.min_fresh), read.only_if_cached), expected, "{value:?}");
        }
    }

    #[test]
    fn lines_are_read_as_one_list() {
        let fields =
            [("cache-control", "max-age=60, no-cache=\"a, b\""), ("cache-control", "no-store, No-Cache = \"c\"")]
                .into_iter()
                .collect();
        let read = CacheControl::of(&fields);
        assert!(read.no_store);
        assert_eq!(read.max_age.map(DeltaSeconds::as_seconds), Some(60));
        assert_eq!(restricted_fields(&fields, "no-cache"), "a, b,c,");
        assert_eq!(restricted_fields(&fields, "private"), "");
    }
}
