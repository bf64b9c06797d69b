//! Structured fields ([RFC 9651][spec]): dictionaries and lists, parsed to the letter. A field with a
//! single fault in it is no field.
//!
//! Numbers with a fraction, dates, byte sequences and display strings are recognised as values and
//! told apart from the kinds that caches use, but not decoded.
//!
//! [spec]: https://www.rfc-editor.org/rfc/rfc9651.html

use super::digits;
use super::text::{push_ascii, run, split_once};

/// A value without its parameters, which no field of ours has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Item<'a> {
    /// `?1` or `?0`; a dictionary's member without a value is true.
    Boolean(bool),
    /// Digits, with or without a sign.
    Integer(i64),
    /// Anything else that is well formed.
    Other,
    /// `"text"`: what is between the quotes, as it is written. Two are equal if they are written the
    /// same, since only `"` and `\` are escaped, and always are.
    Text(&'a str),
    /// `("a" "b")`, a list of nothing but texts: what is between the parentheses ([`texts`]).
    Texts(&'a str),
}

/// How many members a field may have: RFC 9651 asks for 1,024, and no field of a cache comes near.
const LIMIT: usize = 1024;

/// Reads a dictionary; `None` if it is none. A name that is repeated has its last value.
///
/// ```
/// use keepfresh::http::structured::{Item, dictionary};
///
/// let read = dictionary("max-age=60, x").expect("it is one");
/// assert_eq!(read, [("max-age", Item::Integer(60)), ("x", Item::Boolean(true))]);
/// ```
pub fn dictionary(text: &str) -> Option<Vec<(&str, Item<'_>)>> {
    members(text, true)
}

/// Reads a list: members without a name; `None` if it is none.
pub fn list(text: &str) -> Option<Vec<(&str, Item<'_>)>> {
    members(text, false)
}

/// The texts of a list of texts, without their escapes; at most 1,024.
pub fn texts(list: &str) -> Vec<String> {
    let mut parser = Parser(list);
    let mut texts = Vec::new();
    while texts.len() < LIMIT
        && let Some(text) = parser.text_of_list()
    {
        let mut plain = String::new();
        let mut is_escaped = false;
        for &byte in text.as_bytes() {
            is_escaped = byte == b'\\' && !is_escaped;
            if !is_escaped {
                push_ascii(&mut plain, byte);
            }
        }
        texts.push(plain);
    }
    texts
}

fn members(text: &str, have_keys: bool) -> Option<Vec<(&str, Item<'_>)>> {
    let mut parser = Parser(text);
    let mut members: Vec<(&str, Item<'_>)> = Vec::new();
    parser.run(|b| b == b' ');
    while !parser.0.is_empty() {
        let key = if have_keys { parser.key()? } else { "" };
        let mut item = Item::Boolean(true);
        if !have_keys || parser.take(b'=') {
            item = parser.item_or_list()?;
        }
        parser.parameters()?;
        match members.iter_mut().find(|(known, _)| have_keys && *known == key) {
            Some(known) => known.1 = item,
            None => members.push((key, item)),
        }
        parser.white();
        if parser.0.is_empty() {
            break;
        }
        parser.take(b',').then_some(())?;
        parser.white();
        // A comma must have something behind it.
        parser.peek().filter(|_| members.len() < LIMIT)?;
    }
    Some(members)
}

/// What is left to read.
struct Parser<'a>(&'a str);

impl<'a> Parser<'a> {
    fn item_or_list(&mut self) -> Option<Item<'a>> {
        if !self.take(b'(') {
            return self.item();
        }
        let inside = self.0;
        let mut are_texts = true;
        loop {
            self.run(|b| b == b' ');
            let length = inside.len() - self.0.len();
            if self.take(b')') {
                return Some(if are_texts { Item::Texts(&inside[..length]) } else { Item::Other });
            }
            are_texts &= matches!(self.item()?, Item::Text(_));
            self.parameters()?;
            let next = self.peek()?;
            if next != b' ' && next != b')' {
                return None;
            }
        }
    }

    /// The next text inside a list of texts.
    fn text_of_list(&mut self) -> Option<&'a str> {
        self.run(|b| b == b' ');
        let text = self.text()?;
        self.parameters()?;
        Some(text)
    }

    fn item(&mut self) -> Option<Item<'a>> {
        match self.peek()? {
            b'"' => self.text().map(Item::Text),
            b'?' => match self.run(|b| matches!(b, b'?' | b'0' | b'1')) {
                "?1" => Some(Item::Boolean(true)),
                "?0" => Some(Item::Boolean(false)),
                _ => None,
            },
            b'-' | b'0'..=b'9' => self.number(),
            b'@' => {
                self.take(b'@');
                self.number().filter(|date| *date != Item::Other)?;
                Some(Item::Other)
            }
            b':' => {
                let (_, rest) = split_once(&self.0[1..], b':')?;
                let bytes = &self.0[1..self.0.len() - rest.len() - 1];
                self.0 = rest;
                let base64 = run(bytes, |b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='));
                (base64 == bytes.len()).then_some(Item::Other)
            }
            b'%' => {
                self.take(b'%');
                self.quoted(true).map(|_| Item::Other)
            }
            b if b == b'*' || b.is_ascii_alphabetic() => {
                self.run(|b| {
                    matches!(b, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-'..=b':' | b'A'..=b'Z' | b'^'..=b'z' | b'|' | b'~')
                });
                Some(Item::Other)
            }
            _ => None,
        }
    }

    fn text(&mut self) -> Option<&'a str> {
        self.quoted(false)
    }

    /// What is between quotes: a text, in which quotes are escaped, or a display string, which escapes bytes.
    fn quoted(&mut self, is_display: bool) -> Option<&'a str> {
        let mut inside = self.0.strip_prefix("\"")?.as_bytes().iter();
        loop {
            let is_hex = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            match *inside.next()? {
                b'"' => break,
                b'\\' if !is_display => {
                    inside.next().filter(|byte| matches!(byte, b'"' | b'\\'))?;
                }
                b'%' if is_display => {
                    inside.next().filter(is_hex)?;
                    inside.next().filter(is_hex)?;
                }
                b' '..=b'~' => {}
                _ => return None,
            }
        }
        let length = self.0.len() - inside.as_slice().len();
        let text = &self.0[1..length - 1];
        self.0 = &self.0[length..];
        Some(text)
    }

    fn number(&mut self) -> Option<Item<'a>> {
        let is_negative = self.take(b'-');
        let text = self.run(|b| b.is_ascii_digit() || b == b'.');
        if let Some((whole, fraction)) = split_once(text, b'.') {
            let holds = matches!(whole.len(), 1..=12) && matches!(fraction.len(), 1..=3);
            return (holds && digits(fraction).is_some()).then_some(Item::Other);
        }
        let number = digits(text).filter(|_| text.len() <= 15)?;
        Some(Item::Integer(if is_negative { -number } else { number }))
    }

    fn key(&mut self) -> Option<&'a str> {
        let first = self.peek()?;
        let is_inner: fn(u8) -> bool = |b| matches!(b, b'*' | b'-' | b'.' | b'0'..=b'9' | b'_' | b'a'..=b'z');
        (first.is_ascii_lowercase() || first == b'*').then(|| self.run(is_inner))
    }

    fn parameters(&mut self) -> Option<()> {
        while self.take(b';') {
            self.run(|b| b == b' ');
            self.key()?;
            if self.take(b'=') {
                self.item()?;
            }
        }
        Some(())
    }

    fn peek(&self) -> Option<u8> {
        self.0.as_bytes().first().copied()
    }

    /// Takes a byte, which is ASCII, if it is next.
    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.0 = &self.0[usize::from(is_next)..];
        is_next
    }

    fn run(&mut self, belongs: fn(u8) -> bool) -> &'a str {
        let length = run(self.0, belongs);
        let (run, rest) = self.0.split_at(length);
        self.0 = rest;
        run
    }

    fn white(&mut self) {
        self.run(|b| b == b' ' || b == b'\t');
    }
}

#[cfg(test)]
mod tests {
    use super::Item::{Boolean, Integer, Other, Text, Texts};
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn dictionaries_are_read_to_the_letter() {
        let member = |key, item| (key, item);
        let cases: [(&str, Option<Vec<(&str, Item<'_>)>>); 22] = [
            ("", Some(vec![])),
            ("  ", Some(vec![])),
            ("a", Some(vec![member("a", Boolean(true))])),
            ("max-age=60, no-store", Some(vec![member("max-age", Integer(60)), member("no-store", Boolean(true))])),
            ("a=1,a=2", Some(vec![member("a", Integer(2))])),
            ("a;x=1;y, b=?0;z", Some(vec![member("a", Boolean(true)), member("b", Boolean(false))])),
            ("a=(\"x\" \"y\")", Some(vec![member("a", Texts("\"x\" \"y\""))])),
            ("a=(\"x\" y)", Some(vec![member("a", Other)])),
            ("a=(  \"x\";q=1  )", Some(vec![member("a", Texts("  \"x\";q=1  "))])),
            ("a=()", Some(vec![member("a", Texts(""))])),
            ("a=-12", Some(vec![member("a", Integer(-12))])),
            ("a=1.5, b=:YQ==:, c=@5, d=%\"x\"", Some(["a", "b", "c", "d"].map(|key| member(key, Other)).to_vec())),
            (r#"a=%"%c3%bc \ %22", b"#, Some(vec![member("a", Other), member("b", Boolean(true))])),
            (r#"a=%"%C3""#, None),
            ("a=tok/en", Some(vec![member("a", Other)])),
            ("a=1,", None),
            ("a=1 b", None),
            ("max-age =100", None),
            ("max-age= 100", None),
            ("MaX-aGe=3600", None),
            ("max-age=10000, &&&&&", None),
            ("a=1234567890123456", None),
        ];
        for (value, expected) in cases {
            assert_eq!(dictionary(value), expected, "{value:?}");
        }
        assert_eq!(texts("  \"x\";q=1  \"\" \"\\\"\\\\\""), ["x", "", "\"\\"]);
    }

    #[test]
    fn lists_are_read_to_the_letter() {
        let text = Text;
        let cases: [(&str, Option<Vec<Item<'_>>>); 14] = [
            ("\"a\", \"b\"", Some(vec![text("a"), text("b")])),
            ("\"a\\\"\\\\\"", Some(vec![text("a\\\"\\\\")])),
            ("\"a\";p=1 , b", Some(vec![text("a"), Other])),
            ("", Some(vec![])),
            ("\"a", None),
            ("\"a\\n\"", None),
            ("\"ä\"", None),
            ("\"a\" \"b\"", None),
            ("(\"a\"\"b\")", None),
            ("?2", None),
            ("?", None),
            ("1.", None),
            (":", None),
            ("\u{e4}", None),
        ];
        for (value, expected) in cases {
            let items = list(value).map(|members| members.into_iter().map(|(_, item)| item).collect());
            assert_eq!(items, expected, "{value:?}");
        }
    }
}
