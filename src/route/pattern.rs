//! Path patterns, in [URLPattern's syntax][spec]: text, `*` (any run of characters), `:name` (a segment, or the
//! part of one), `{…}` (a group), and `?`, `*` or `+` behind a group or a name.
//!
//! Every pattern here means the same there. What is left out are regular expressions, `(…)`: they are refused
//! rather than taken for text.
//!
//! [spec]: https://urlpattern.spec.whatwg.org/#pattern-strings

use std::fmt;

use crate::http::{concat, push_ascii};

/// A pattern for the path of a URL, without its query.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pattern {
    /// Whether it begins where the worker's scope ends.
    pub(super) is_relative: bool,
    pub(super) parts: Vec<Part>,
}

/// A piece of a pattern: some text, what varies if anything does, some more text; and how often all that.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Part {
    pub(super) before: String,
    pub(super) hole: Hole,
    pub(super) after: String,
    pub(super) may_miss: bool,
    pub(super) may_repeat: bool,
}

/// What stands for different things in different paths.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Hole {
    /// Nothing does.
    #[default]
    None,
    /// At least one character, none of them a slash.
    Segment,
    /// Any characters, or none.
    Anything,
}

impl Hole {
    /// Every kind.
    pub(super) const ALL: [Self; 3] = [Self::None, Self::Segment, Self::Anything];
}

/// Something that is no pattern.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PatternError {
    /// Where it stands.
    pub at: usize,
    /// The pattern that it stands in.
    pub pattern: String,
}

impl PatternError {
    /// What is wrong, and what would be right.
    pub fn message(&self) -> String {
        let rest = self.pattern.get(self.at..).unwrap_or_default();
        concat(&[
            "the path `",
            &self.pattern,
            "` cannot be read from `",
            rest,
            "` on; it can be text, *, :name and {…}",
        ])
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

/// How often a group may stand in a row: no path that means anything has more segments.
const REPEATS: usize = 256;

impl Pattern {
    /// Reads a pattern; one that does not begin with `/` begins where the scope of the worker ends.
    pub fn new(pattern: &str) -> Result<Self, PatternError> {
        let is_relative = !pattern.starts_with("/") && !pattern.starts_with("{/");
        let mut reader = Reader { at: 0, pattern };
        let mut parts = Vec::new();
        while reader.at < pattern.len() {
            if reader.part(&mut parts).is_none() {
                return Err(PatternError { at: reader.at, pattern: pattern.to_owned() });
            }
        }
        Ok(Self { is_relative, parts })
    }

    /// Whether the pattern covers the whole of `path`, seen from a `scope`, which ends with `/`. The time is linear in
    /// the length of the path for each group or name of the pattern, and each time that one is repeated.
    pub fn matches(&self, path: &str, scope: &str) -> bool {
        let base = if self.is_relative { scope } else { "" };
        let Some(path) = path.as_bytes().strip_prefix(base.as_bytes()) else { return false };
        // Up to where the path may be covered by the parts so far.
        let mut reached = vec![false; path.len() + 1];
        reached[0] = true;
        for part in &self.parts {
            let mut ends = reached.clone();
            if !part.may_miss {
                ends.fill(false);
            }
            for _ in 0..if part.may_repeat { REPEATS } else { 1 } {
                part.cover(&mut reached, path);
                let mut has_news = false;
                for (reached, end) in reached.iter_mut().zip(&mut ends) {
                    *reached &= !*end;
                    *end |= *reached;
                    has_news |= *reached;
                }
                if !has_news {
                    break;
                }
            }
            reached = ends;
        }
        reached[path.len()]
    }
}

impl Part {
    /// Goes on from every place that is reached to those that are reached with this part once.
    fn cover(&self, reached: &mut [bool], path: &[u8]) {
        shift(reached, path, &self.before);
        // Whether the hole has begun before this place, and may end here.
        let mut is_open = false;
        for (at, place) in reached.iter_mut().enumerate() {
            let begins = *place;
            let goes_on = path.get(at).is_some_and(|b| *b != b'/');
            match self.hole {
                Hole::None => break,
                Hole::Anything => {
                    is_open |= begins;
                    *place = is_open;
                }
                Hole::Segment => {
                    *place = is_open;
                    is_open = (is_open || begins) && goes_on;
                }
            }
        }
        shift(reached, path, &self.after);
    }
}

/// Goes over a text, from every place at which it stands.
fn shift(reached: &mut [bool], path: &[u8], text: &str) {
    if !text.is_empty() {
        for end in (0..reached.len()).rev() {
            let start = end.checked_sub(text.len());
            reached[end] = start.is_some_and(|start| reached[start] && path[start..].starts_with(text.as_bytes()));
        }
    }
}

/// How far a pattern has been read.
struct Reader<'p> {
    at: usize,
    pattern: &'p str,
}

impl Reader<'_> {
    /// Reads one part, which is two if a slash belongs to what may be missing.
    fn part(&mut self, parts: &mut Vec<Part>) -> Option<()> {
        let start = self.at;
        let is_group = self.takes(b'{');
        let mut part = Part { before: self.text()?, hole: self.hole()?, ..Part::default() };
        if is_group {
            part.after = self.text()?;
            self.takes(b'}').then_some(())?;
        }
        if is_group || part.hole != Hole::None {
            let modifier = self.peek().filter(|b| matches!(b, b'?' | b'*' | b'+'));
            self.at += usize::from(modifier.is_some());
            part.may_miss = matches!(modifier, Some(b'?' | b'*'));
            part.may_repeat = matches!(modifier, Some(b'*' | b'+'));
        }
        // The slash in front of a name is part of what is repeated.
        if !is_group && (part.may_miss || part.may_repeat) && part.before.ends_with('/') {
            part.before.pop();
            parts.push(Part { before: std::mem::replace(&mut part.before, "/".to_owned()), ..Part::default() });
        } else if !is_group && part.hole != Hole::None {
            parts.push(Part { before: std::mem::take(&mut part.before), ..Part::default() });
        }
        parts.push(part);
        // Nothing begins with a closing brace.
        (self.at > start).then_some(())
    }

    fn peek(&self) -> Option<u8> {
        self.pattern.as_bytes().get(self.at).copied()
    }

    /// Goes over a byte, if it is the next one.
    fn takes(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// Reads text up to what means more, as it is written in a URL.
    fn text(&mut self) -> Option<String> {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        let mut text = String::new();
        while let Some(mut byte) = self.peek() {
            match byte {
                b'*' | b':' | b'{' | b'}' => break,
                b'(' | b')' | b'?' | b'+' | b'#' => return None,
                _ => self.at += 1,
            }
            if byte == b'\\' {
                byte = self.peek()?;
                self.at += 1;
            }
            if byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'`' | b'{' | b'}') {
                push_ascii(&mut text, byte);
            } else {
                push_ascii(&mut text, b'%');
                push_ascii(&mut text, DIGITS[usize::from(byte >> 4)]);
                push_ascii(&mut text, DIGITS[usize::from(byte & 15)]);
            }
        }
        Some(text)
    }

    fn hole(&mut self) -> Option<Hole> {
        if self.takes(b'*') {
            return Some(Hole::Anything);
        }
        if !self.takes(b':') {
            return Some(Hole::None);
        }
        let start = self.at;
        // Of other scripts than ours, what is not a letter is taken for one.
        let is_letter = |b: u8| b.is_ascii_alphabetic() || b"_$".contains(&b) || !b.is_ascii();
        let is_inner = |b: u8, at: usize| is_letter(b) || (at > start && b.is_ascii_digit());
        while self.peek().is_some_and(|b| is_inner(b, self.at)) {
            self.at += 1;
        }
        (self.at > start).then_some(Hole::Segment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn patterns_cover_what_they_cover_in_browsers() {
        let mut count = 0;
        let lines = include_str!("../../tests/browser/patterns.txt").lines();
        for line in lines.filter(|line| !line.starts_with('#')) {
            let [pattern, path, expected] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let read = Pattern::new(pattern).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(read.matches(path, "/app/"), expected == "yes", "{line}");
            assert!(expected == "no" || path.starts_with(read.start()), "{line}");
            count += 1;
        }
        assert!(count > 80);
    }

    #[test]
    fn what_does_not_begin_with_a_slash_is_relative_to_the_scope() {
        let cases = [
            ("*", "/app/", "/app/anything", true),
            ("*", "/app/", "/anything", false),
            ("data/*", "/app/", "/app/data/1.json", true),
            ("data/*", "/app/", "/data/1.json", false),
            ("/data/*", "/app/", "/data/1.json", true),
            ("{/data}?/x", "/app/", "/x", true),
            ("", "/app/", "/app/", true),
            ("x", "/a+(b)/", "/a+(b)/x", true),
            ("x", "/a*/", "/ab/x", false),
        ];
        for (pattern, scope, path, expected) in cases {
            let read = Pattern::new(pattern).unwrap();
            assert_eq!(read.matches(path, scope), expected, "{pattern:?} on {path:?}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let cases = [
            ("/(a|b)", "(a|b)"),
            ("/a?", "?"),
            ("/{x", ""),
            ("/x}", "}"),
            ("/a+", "+"),
            ("/a#b", "#b"),
            ("/:", ""),
            ("/:1", "1"),
            ("/:a?+", "+"),
            ("/{a{b}}", "{b}}"),
            ("/\\", ""),
        ];
        for (pattern, rest) in cases {
            let error = Pattern::new(pattern).unwrap_err();
            assert_eq!(&error.pattern[error.at..], rest, "{pattern}");
            assert!(error.to_string().contains(pattern), "{error}");
        }
    }

    #[test]
    fn many_stars_do_not_take_for_ever() {
        let path = ["/", &"a".repeat(10_000), "b"].concat();
        for pattern in ["*a".repeat(50), "{:a}*".repeat(10), "/:x*".repeat(10)] {
            let pattern = Pattern::new(&pattern).unwrap();
            let _ = pattern.matches(&path, "/");
        }
    }
}
