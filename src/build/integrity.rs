//! Digests as pages write them, in the attribute `integrity`
//! ([Subresource Integrity](https://www.w3.org/TR/SRI/)).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::name::decode;
use super::read::attribute::unescape;
use super::text::places;
use crate::manifest::base64;

/// A hash function that browsers know.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    /// Every one, with its name.
    pub const ALL: [(Self, &str); 3] = [(Self::Sha256, "sha256"), (Self::Sha384, "sha384"), (Self::Sha512, "sha512")];

    /// The one with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == name).map(|(algorithm, _)| algorithm)
    }

    /// The digest of these bytes: `sha384-…`.
    pub fn integrity(self, bytes: &[u8]) -> String {
        match self {
            Self::Sha256 => Self::sha256_integrity(&Sha256::digest(bytes).into()),
            Self::Sha384 => ["sha384-", &base64(&Sha384::digest(bytes))].concat(),
            Self::Sha512 => ["sha512-", &base64(&Sha512::digest(bytes))].concat(),
        }
    }

    /// A SHA-256 that is known already, in the same form.
    pub fn sha256_integrity(digest: &[u8; 32]) -> String {
        ["sha256-", &base64(digest)].concat()
    }
}

/// Whether `integrity`, one digest, is that of these bytes. Functions that are not known say no.
pub fn is_whole(bytes: &[u8], integrity: &str) -> bool {
    let name = integrity.split('-').next().unwrap_or_default();
    Algorithm::named(name).is_some_and(|algorithm| algorithm.integrity(bytes) == integrity)
}

/// How long a digest may be with its algorithm, in bytes, where some of its characters are written as entities.
const LONG: usize = 200;

/// The digests in a text of whatever form: whoever has one of them may refuse other bytes.
pub(super) fn digests_in(text: &str) -> Vec<String> {
    let digest = |at: usize| {
        let rest = &text[at..text.floor_char_boundary((at + LONG).min(text.len()))];
        let is_end = |c: char| c.is_whitespace() || "\"'`\\?,)]}<>".contains(c);
        let written = rest.find(is_end).map_or(rest, |end| &rest[..end]);
        let (algorithm, _) = Algorithm::ALL.into_iter().find(|(_, name)| written.starts_with(&[name, "-"].concat()))?;
        let digest = unescape(written);
        (digest.len() == algorithm.integrity(b"").len()).then_some(digest)
    };
    let mut found: Vec<String> = places(text, "sha").filter_map(digest).collect();
    found.sort();
    found.dedup();
    found
}

/// Whether policies let this text of a page be run because it is this text.
pub(super) fn lists_digest_of(policies: &str, text: &[u8]) -> bool {
    let mut listed = digests(policies).peekable();
    if listed.peek().is_none() {
        return false;
    }
    let text = with_line_feeds(text);
    let those: Vec<String> = Algorithm::ALL.iter().map(|(algorithm, _)| algorithm.integrity(&text)).collect();
    listed.any(|(algorithm, value)| {
        let is_it = |(name, digest): (&str, &str)| {
            // Either alphabet of Base64 will do, with what fills it up or without.
            let same = digest.bytes().map(|byte| match byte {
                b'+' => b'-',
                b'/' => b'_',
                _ => byte,
            });
            name.eq_ignore_ascii_case(algorithm) && same.filter(|byte| *byte != b'=').eq(value.bytes())
        };
        those.iter().filter_map(|one| one.split_once('-')).any(is_it)
    })
}

/// Whether policies name any text by its digest.
pub(super) fn lists_digests(policies: &str) -> bool {
    digests(policies).next().is_some()
}

/// The digests of texts that stand in the policies of a text of whatever form, as one policy lists them.
pub fn policies_in(text: &str) -> String {
    digests(text).map(|(algorithm, value)| format!("'{algorithm}-{value}' ")).collect()
}

/// The paths of single files that policies allow: under other names these would be refused
/// ([CSP, section 6.7.2.12](https://www.w3.org/TR/CSP3/#path-part-match)).
pub(super) fn paths_in(policies: &str) -> impl Iterator<Item = String> {
    let sources = policies.split(|c: char| c.is_whitespace() || ";,\"'<>".contains(c));
    sources.filter_map(|source| {
        let host = source.split_once("://").map_or(source, |(_, host)| host);
        let path = &host[host.find('/').filter(|at| *at > 0)?..];
        let path = decode(&path[..path.find(['?', '#']).unwrap_or(path.len())])?;
        (!path.ends_with('/') && !path.contains('*')).then_some(path)
    })
}

/// The digests in policies: the algorithm, and the value in the alphabet for URLs, without what fills it up
/// ([CSP, section 2.3.1](https://www.w3.org/TR/CSP3/#grammardef-hash-source)).
fn digests(policies: &str) -> impl Iterator<Item = (&str, String)> {
    policies.split('\'').filter_map(|source| {
        let (algorithm, value) = source.split_once('-')?;
        let is_digest =
            algorithm.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("sha")) && algorithm.len() == 6;
        let is_value = |c: char| c.is_ascii_alphanumeric() || "+/-_=".contains(c);
        let is_digest = is_digest && value.chars().all(is_value);
        is_digest.then(|| (algorithm, value.trim_end_matches('=').replace('+', "-").replace('/', "_")))
    })
}

/// A text of a page as it is once the page has been read: however a line ended, it ends with a line feed
/// ([HTML, section 13.2.3.5](https://html.spec.whatwg.org/multipage/parsing.html#preprocessing-the-input-stream)).
fn with_line_feeds(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'\r') {
        return text.into();
    }
    let is_kept = |at: &usize| text[*at] != b'\n' || *at == 0 || text[*at - 1] != b'\r';
    (0..text.len()).filter(is_kept).map(|at| if text[at] == b'\r' { b'\n' } else { text[at] }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_written_as_browsers_read_them() {
        // From the specification's own example, section 1.1.
        let integrity = Algorithm::Sha384.integrity(b"alert('Hello, world.');");
        assert_eq!(integrity, "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO");
        for (algorithm, name) in Algorithm::ALL {
            let integrity = algorithm.integrity(b"x");
            assert!(integrity.starts_with(name) && is_whole(b"x", &integrity) && !is_whole(b"y", &integrity));
        }
        assert!(!is_whole(b"x", "md5-x") && !is_whole(b"x", ""));
    }

    #[test]
    fn digests_are_found_wherever_they_stand() {
        let one = "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO";
        for text in [
            format!("<link integrity=\"{one}\">"),
            format!("<link integrity={}>", one.replace('+', "&#43;")),
            format!("l.integrity='{one}?opt';"),
            format!(r#"document.write("<link integrity=\"{one}\">")"#),
            format!("{{787:`{one}`}}"),
            format!("sha384-short sha1-x share {one}\n"),
        ] {
            assert_eq!(digests_in(&text), [one], "{text}");
        }
    }

    #[test]
    fn policies_list_texts_as_browsers_read_them() {
        let read = "a {\n  b: c\n}\n";
        for text in [read, "a {\r\n  b: c\r\n}\r\n", "a {\r  b: c\r}\r", "a {\n  b: c\r\n}\r"] {
            for (algorithm, _) in Algorithm::ALL {
                let policy = format!("style-src '{}'", algorithm.integrity(read.as_bytes()));
                assert!(lists_digest_of(&policy, text.as_bytes()), "{text:?}");
                assert!(!lists_digest_of(&policy, b"a {}"), "{policy}");
                let as_url = policy.replace('+', "-").replace('/', "_").replace('=', "").replace("'sha", "'SHA");
                assert!(lists_digest_of(&as_url, text.as_bytes()) && lists_digests(&as_url), "{as_url}");
            }
        }
    }
}
