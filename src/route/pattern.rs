//! Path patterns: literal text and `*`, which stands for any run of characters.
//!
//! A subset of URLPattern's syntax, so that every pattern here means the same there. What belongs
//! to the rest of that syntax is refused rather than taken for text.

use crate::http::concat;
use std::fmt;

/// A pattern for the path of a URL, without its query.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pattern(String);

/// A character that would mean something in URLPattern's syntax and means nothing here.
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
        let character = &self.pattern[self.at..=self.at];
        let rest = "`; only text and * can stand in a path";
        concat(&["the path `", &self.pattern, "` contains `", character, rest])
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl Pattern {
    /// Reads a pattern; one that does not begin with `/` is relative to `scope`, a path that ends
    /// with `/`.
    pub fn new(pattern: &str, scope: &str) -> Result<Self, PatternError> {
        let is_syntax = |b: u8| matches!(b, b'(' | b')' | b'{' | b'}' | b'?' | b'+' | b':' | b'#' | b'\\');
        if let Some(at) = pattern.bytes().position(is_syntax) {
            return Err(PatternError { at, pattern: pattern.to_owned() });
        }
        let base = if pattern.starts_with("/") { "" } else { scope };
        Ok(Self(concat(&[base, pattern])))
    }

    /// Whether the pattern covers the whole of `path`.
    pub fn matches(&self, path: &str) -> bool {
        let (pattern, path) = (self.0.as_bytes(), path.as_bytes());
        let (mut p, mut t) = (0, 0);
        // Where to go on if the text after the latest `*` turns out not to fit.
        let mut retry: Option<(usize, usize)> = None;
        while t < path.len() {
            if p < pattern.len() && pattern[p] == b'*' {
                retry = Some((p + 1, t));
                p += 1;
            } else if p < pattern.len() && pattern[p] == path[t] {
                p += 1;
                t += 1;
            } else if let Some((after_star, from)) = retry {
                retry = Some((after_star, from + 1));
                p = after_star;
                t = from + 1;
            } else {
                return false;
            }
        }
        pattern[p..].iter().all(|b| *b == b'*')
    }

    /// The pattern as text that URLPattern understands.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn patterns_cover_whole_paths() {
        let cases = [
            ("/", "/", true),
            ("/", "/a", false),
            ("/a", "/a", true),
            ("/a", "/ab", false),
            ("/a/*", "/a/", true),
            ("/a/*", "/a/b/c", true),
            ("/a/*", "/a", false),
            ("*", "/app/anything", true),
            ("*", "/anything", false),
            ("/*", "/anything", true),
            ("/*.json", "/a.json", true),
            ("/*.json", "/a/b.json", true),
            ("/*.json", "/a.json.txt", false),
            ("/*/x/*", "/a/x/b", true),
            ("/*/x/*", "/a/y/b", false),
            ("/a*b*c", "/aXbYbZc", true),
            ("/a*b*c", "/aXbYbZ", false),
            ("/**", "/", true),
            ("data/*", "/app/data/1.json", true),
            ("data/*", "/data/1.json", false),
            ("/data/*", "/data/1.json", true),
            ("", "/app/", true),
        ];
        for (pattern, path, expected) in cases {
            let read = Pattern::new(pattern, "/app/").unwrap();
            assert_eq!(read.matches(path), expected, "{pattern:?} on {path:?}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for pattern in ["/:id", "/(a|b)", "/a?", "/{x}", "/a+", "/\\*", "/a#b"] {
            let error = Pattern::new(pattern, "/").unwrap_err();
            assert!(error.to_string().contains(pattern), "{error}");
        }
    }

    #[test]
    fn many_stars_do_not_take_for_ever() {
        let pattern = Pattern::new(&"*a".repeat(50), "/").unwrap();
        assert!(!pattern.matches(&["/", &"a".repeat(10_000), "b"].concat()));
    }
}
