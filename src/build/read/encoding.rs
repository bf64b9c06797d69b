//! How the bytes of a file are read as text: most are UTF-8, and some are of before that.
//!
//! In the encodings of before (windows-1252, and those of East Asia) what a build looks for is written in ASCII as well:
//! bytes that are no UTF-8 are covered, one for one, so that all else is where it was. A name among them depends on how
//! the page says that it is encoded, and stays as it is.

use std::borrow::Cow;

use super::parse::Parsed;
use crate::build::reference::Reference;

/// Stands in the place of what cannot be read: in a script a letter may stand wherever a foreign one does.
const COVER: u8 = b'x';

/// How a file's bytes can be read.
pub(in crate::build) enum Readable<'a> {
    /// As text whose bytes are where those of the file are.
    InPlace(Cow<'a, str>),
    /// As text whose bytes are elsewhere: nothing can be put into the file.
    Elsewhere(String),
}

/// The text of a file.
pub(in crate::build) fn read(bytes: &[u8]) -> Readable<'_> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => Readable::Elsewhere(utf16(rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => Readable::Elsewhere(utf16(rest, u16::from_be_bytes)),
        _ => Readable::InPlace(match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(covered(bytes, COVER)),
        }),
    }
}

fn utf16(bytes: &[u8], unit: impl Fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

fn covered(bytes: &[u8], cover: u8) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::from(cover)));
    }
    text
}

/// What was read in the text of `bytes` with some covered. References that have some of these are left: what they name
/// is reached by a name of which that much is not known. `has_digests` says that a policy names texts of it by digests of
/// what nobody here can read: all stays in these.
pub(in crate::build) fn uncovered(bytes: &[u8], (mut parsed, has_digests): (Parsed, bool)) -> Parsed {
    let is_covered = |one: &Reference| std::str::from_utf8(&bytes[one.span.clone()]).is_err();
    let (hidden, mut seen): (Vec<_>, Vec<_>) = parsed.references.into_iter().partition(is_covered);
    let named = hidden.into_iter().map(|one| Reference { url: covered(&bytes[one.span.clone()], b'*'), ..one });
    parsed.reaches.extend(named.filter_map(Reference::into_reach));
    let in_texts = seen.iter_mut().filter(|one| one.notation.is_code());
    in_texts.for_each(|one| one.is_fixed |= has_digests);
    parsed.references = seen;
    parsed
}

#[cfg(test)]
mod tests {
    use crate::build::{Extras, parse};

    #[test]
    fn what_is_not_utf8_is_read_for_all_that_is_ascii() {
        let digest = "<meta http-equiv=content-security-policy content=\"style-src 'sha256-x'\"><style>/*\u{e9}*/a{b:url(a.png)}</style>";
        let cases: [(&str, &str, &[&str], &[&str]); 9] = [
            // path        text (a byte for a character)              references        reaches
            ("a.html", "<img alt='\u{e9}' src=a.png><p title='\u{e9}' style='b:url(c.png)'>", &["a.png", "c.png"], &[]),
            ("a.html", "<style>/* \u{e9} */a{b:url(c.png)}</style>", &["c.png"], &[]),
            ("a.html", "<img srcset='caf\u{e9}.png 1x, b.png 2x' src=c.png>", &["b.png", "c.png"], &["./caf*.png"]),
            ("a.html", digest, &[], &[]),
            ("a.css", "@charset 'x'; a:after{content:'\u{e9}'} b{c:url(d.png)}", &["d.png"], &[]),
            ("a.js", "var gr\u{f6}\u{df}e = 1; import './a.js'", &["./a.js"], &[]),
            ("a.js", "import './gr\u{f6}\u{df}e.js'", &[], &["./gr**e.js"]),
            ("a.js", "\u{ff}\u{fe}i\0m\0p\0o\0r\0t\0'\0.\0/\0a\0'\0", &[], &["./a"]),
            ("a.html", "\u{fe}\u{ff}\0<\0i\0m\0g\0 \0s\0r\0c\0=\0a\0>", &[], &["./a"]),
        ];
        for (path, text, references, reaches) in cases {
            let bytes: Vec<u8> = text.chars().map(|c| c as u8).collect();
            let parsed = parse(path, &bytes, &Extras::default());
            let found: Vec<_> =
                parsed.references.iter().filter(|one| !one.is_fixed).map(|one| one.url.as_str()).collect();
            assert_eq!(
                (&*found, &*parsed.reaches),
                (references, reaches.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>().as_slice()),
                "{text}"
            );
            assert_eq!(parsed.faults.len(), usize::from(bytes[0] >= 0xfe), "{text}");
            for one in &parsed.references {
                assert_eq!(bytes[one.span.clone()], *one.url.as_bytes(), "{text}");
            }
        }
    }
}
