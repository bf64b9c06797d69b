//! Texts taken apart at bytes of ASCII, and put together. What the standard library has for it can do
//! more, and takes more room in the worker.

/// Optional white space ([RFC 9110, section 5.6.3](https://httpwg.org/specs/rfc9110.html#whitespace)).
pub(super) fn trimmed(text: &str) -> &str {
    without_ends(text, |b| b.is_ascii_whitespace())
}

/// A text without what belongs (bytes of ASCII) to its ends.
pub(super) fn without_ends(text: &str, belongs: fn(u8) -> bool) -> &str {
    let bytes = text.as_bytes();
    let (mut start, mut end) = (0, bytes.len());
    while start < end && belongs(bytes[start]) {
        start += 1;
    }
    while start < end && belongs(bytes[end - 1]) {
        end -= 1;
    }
    &text[start..end]
}

/// The members of a comma-separated field value, trimmed and never empty.
///
/// A comma inside a quoted string does not end a member ([RFC 9110, section 5.6.1]), so
/// `private="a, b", max-age=5` has two.
///
/// [RFC 9110, section 5.6.1]: https://httpwg.org/specs/rfc9110.html#abnf.extension
pub fn members(value: &str) -> Members<'_> {
    Members(value)
}

/// See [`members`].
#[derive(Clone, Debug)]
pub struct Members<'a>(&'a str);

impl<'a> Iterator for Members<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        while !self.0.is_empty() {
            let end = end_of_member(self.0);
            let member = trimmed(&self.0[..end]);
            self.0 = self.0.get(end + 1..).unwrap_or_default();
            if !member.is_empty() {
                return Some(member);
            }
        }
        None
    }
}

/// Where the comma is that ends the first member, or the text.
fn end_of_member(text: &str) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in text.as_bytes().iter().enumerate() {
        match *byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => return at,
            _ => {}
        }
    }
    text.len()
}

/// The pieces of a text between bytes of ASCII.
#[derive(Clone, Debug)]
pub(crate) struct Split<'a> {
    rest: Option<&'a str>,
    separator: u8,
}

impl<'a> Split<'a> {
    pub(crate) const fn new(text: &'a str, separator: u8) -> Self {
        Self { rest: Some(text), separator }
    }
}

impl<'a> Iterator for Split<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.rest?;
        let (piece, rest) = match position(text, self.separator) {
            Some(at) => (&text[..at], Some(&text[at + 1..])),
            None => (text, None),
        };
        self.rest = rest;
        Some(piece)
    }
}

/// A text before and after the first of a byte of ASCII.
pub(crate) fn split_once(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = position(text, separator)?;
    Some((&text[..at], &text[at + 1..]))
}

/// Where a byte of ASCII first is.
pub(crate) fn position(text: &str, byte: u8) -> Option<usize> {
    text.as_bytes().iter().position(|b| *b == byte)
}

/// Where a byte of ASCII last is.
pub(crate) fn last_position(text: &str, byte: u8) -> Option<usize> {
    text.as_bytes().iter().rposition(|b| *b == byte)
}

/// How many bytes a text begins with that belong to something. It ends before a character that is not ASCII, if none
/// of those belongs.
pub(crate) fn run(text: &str, belongs: fn(u8) -> bool) -> usize {
    let mut length = 0;
    while text.as_bytes().get(length).is_some_and(|b| belongs(*b)) {
        length += 1;
    }
    length
}

/// Texts with a separator in between.
pub(crate) fn joined<'a>(parts: impl Iterator<Item = &'a str>, separator: &str) -> String {
    let mut text = String::new();
    for (index, part) in parts.enumerate() {
        text.push_str(if index == 0 { "" } else { separator });
        text.push_str(part);
    }
    text
}

/// Texts, one after the other.
pub(crate) fn concat(parts: &[&str]) -> String {
    let mut text = String::new();
    push_all(&mut text, parts);
    text
}

/// Adds texts, one after the other.
pub(crate) fn push_all(text: &mut String, parts: &[&str]) {
    for part in parts {
        text.push_str(part);
    }
}

/// Adds a character of ASCII. (That it is one saves the code for all others.)
pub(crate) fn push_ascii(text: &mut String, byte: u8) {
    text.push(char::from(byte & 127));
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn members_are_split_at_commas_outside_quotes() {
        let cases: [(&str, &[&str]); 8] = [
            ("", &[]),
            (" , ,\t,", &[]),
            ("a", &["a"]),
            ("a, b ,c", &["a", "b", "c"]),
            ("private=\"a, b\", max-age=5", &["private=\"a, b\"", "max-age=5"]),
            ("a=\"\\\", b\", c", &["a=\"\\\", b\"", "c"]),
            ("a=\"unclosed, b", &["a=\"unclosed, b"]),
            ("a\\, b", &["a\\", "b"]),
        ];
        for (value, expected) in cases {
            assert_eq!(members(value).collect::<Vec<_>>(), expected, "{value:?}");
        }
    }
}
