//! Field lines.
//!
//! A section is kept as the text that hosts send it in, a line a field, with an index beside it. A
//! decision asks for some forty fields, most of which are not there: that takes one look at a set of bits.

use super::text::{Members, Split, members, position, push_all, run, trimmed, without_ends};

/// A header section: field lines in their order, names in lower case.
///
/// It is kept in one place, since heads are handed around more often than they are looked into.
#[derive(Clone, Debug, Default)]
pub struct Fields(Held);

/// Only a cache that decides on the same heads over and over gains by sharing them: elsewhere it is code.
#[cfg(feature = "full")]
type Held = std::rc::Rc<Section>;
#[cfg(not(feature = "full"))]
type Held = Box<Section>;

#[cfg(feature = "full")]
fn edit(held: &mut Held) -> &mut Section {
    Held::make_mut(held)
}

#[cfg(not(feature = "full"))]
fn edit(held: &mut Held) -> &mut Section {
    held
}

#[derive(Clone, Debug, Default)]
struct Section {
    lines: Vec<Line>,
    /// A bit for each name that may be there ([`bit_of`]).
    names: u64,
    text: String,
}

/// Where a line lies in the text.
#[derive(Clone, Copy, Debug)]
struct Line {
    start: u32,
    name_length: u32,
    end: u32,
}

/// What says the same is the same.
impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl Eq for Fields {}

/// What no value may hold ([RFC 9110, section 5.5](https://httpwg.org/specs/rfc9110.html#fields.values)).
fn is_control(byte: u8) -> bool {
    byte < b' ' && byte != b'\t'
}

/// The bit that stands for a name, and for some others.
fn bit_of(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let (first, last) = (bytes.first().copied().unwrap_or_default(), bytes.last().copied().unwrap_or_default());
    1 << ((usize::from(first) + usize::from(last) * 5 + bytes.len() * 9) & 63)
}

impl Section {
    /// Makes the index of a text that is written as [`Fields::as_text`] writes it, which is what hosts and
    /// records have; `false` if it is not.
    fn take(&mut self, text: &str) -> bool {
        let bytes = text.as_bytes();
        let mut start = 0;
        while start < bytes.len() {
            let mut colon = start;
            while bytes.get(colon).is_some_and(|b| *b != b':' && *b != b'\n' && !b.is_ascii_uppercase()) {
                colon += 1;
            }
            let Some(length) = bytes[colon..].iter().position(|b| is_control(*b)) else { return false };
            let end = colon + length;
            if bytes[end] != b'\n' {
                return false;
            }
            let is_plain = match &bytes[colon..end] {
                [b':', b' '] => true,
                [b':', b' ', first, ..] => !first.is_ascii_whitespace() && !bytes[end - 1].is_ascii_whitespace(),
                _ => false,
            };
            if !is_plain {
                return false;
            }
            self.index(text, start, colon, end);
            start = end + 1;
        }
        true
    }

    /// Adds a line of `text` to the index.
    fn index(&mut self, text: &str, start: usize, colon: usize, end: usize) {
        self.names |= bit_of(&text[start..colon]);
        // A section of four gigabytes has no host.
        self.lines.push(Line { start: start as u32, name_length: (colon - start) as u32, end: end as u32 });
    }
}

impl Fields {
    /// A section without a line.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads lines of `name: value`; what has no colon is passed over.
    pub fn parse(text: &str) -> Self {
        let mut section = Section::default();
        if section.take(text) {
            section.text.push_str(text);
            return Self(Held::new(section));
        }
        let mut fields = Self::new();
        for line in Split::new(text, b'\n') {
            // A name never holds a colon, a value may.
            if let Some(colon) = position(line, b':') {
                fields.append(&line[..colon], trimmed(&line[colon + 1..]));
            }
        }
        fields
    }

    /// The section as lines of `name: value`, each with a line feed at its end.
    pub fn as_text(&self) -> &str {
        &self.0.text
    }

    /// Adds a line after those that are there. Control characters in it become spaces: a line feed would
    /// begin another line, and a record separator another response, which browsers let through.
    pub fn append(&mut self, name: &str, value: &str) {
        let section = edit(&mut self.0);
        let start = section.text.len();
        section.text.push_str(name);
        section.text[start..].make_ascii_lowercase();
        let colon = section.text.len();
        section.text.push_str(": ");
        let plain = |text| run(text, |b| !is_control(b));
        let mut rest = if plain(value) == value.len() { value } else { without_ends(value, |b| b <= b' ') };
        while plain(rest) < rest.len() {
            let (before, control) = rest.split_at(plain(rest));
            push_all(&mut section.text, &[before, " "]);
            rest = &control[1..];
        }
        section.text.push_str(rest);
        let text = std::mem::take(&mut section.text);
        section.index(&text, start, colon, text.len());
        section.text = text;
        section.text.push_str("\n");
    }

    /// Puts `value` in the place of every line of that name (in lower case).
    pub fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.append(name, value);
    }

    /// Every line: its name and its value.
    pub fn iter(&self) -> Lines<'_, 'static> {
        Lines { name: "", rest: &self.0.lines, text: &self.0.text }
    }

    /// The lines of that name (in lower case).
    pub fn named<'a, 'n>(&'a self, name: &'n str) -> Lines<'a, 'n> {
        let is_possible = self.0.names & bit_of(name) != 0;
        Lines { name, rest: if is_possible { &self.0.lines } else { &[] }, text: &self.0.text }
    }

    /// The values of every line of that name (in lower case).
    pub fn lines<'a, 'n>(&'a self, name: &'n str) -> Values<'a, 'n> {
        Values(self.named(name))
    }

    /// The members of every line of that name (in lower case), as one list.
    pub fn members<'a, 'n>(&'a self, name: &'n str) -> FieldMembers<'a, 'n> {
        FieldMembers { line: members(""), lines: self.named(name) }
    }

    /// The value of the first line of that name (in lower case).
    pub fn first(&self, name: &str) -> Option<&str> {
        self.named(name).next().map(|(_, value)| value)
    }

    /// Every value of that name (in lower case) as one list; `None` if there is no line.
    ///
    /// ```
    /// use keepfresh::http::Fields;
    ///
    /// let fields: Fields = [("Vary", "a"), ("vary", "b, c")].into_iter().collect();
    /// assert_eq!(fields.joined("vary").as_deref(), Some("a, b, c"));
    /// ```
    pub fn joined(&self, name: &str) -> Option<String> {
        let mut lines = self.named(name);
        let mut text = lines.next()?.1.to_owned();
        for (_, value) in lines {
            text.push_str(", ");
            text.push_str(value);
        }
        Some(text)
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.0.lines.is_empty()
    }

    /// Whether there is a line of that name (in lower case).
    pub fn contains(&self, name: &str) -> bool {
        self.first(name).is_some()
    }

    /// Drops every line of that name (in lower case).
    pub fn remove(&mut self, name: &str) {
        if self.contains(name) {
            self.retain(&mut |known| known != name);
        }
    }

    /// Keeps the lines whose name `keeps` says.
    pub fn retain(&mut self, keeps: &mut dyn FnMut(&str) -> bool) {
        let mut kept = Self::new();
        for (name, value) in self.iter() {
            if keeps(name) {
                kept.append(name, value);
            }
        }
        *self = kept;
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Fields {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(lines: I) -> Self {
        let mut fields = Self::new();
        for (name, value) in lines {
            fields.append(name, value);
        }
        fields
    }
}

/// Lines of a section, in their order.
#[derive(Clone, Debug)]
pub struct Lines<'a, 'n> {
    /// Only those of this name; of every name if it is empty.
    name: &'n str,
    rest: &'a [Line],
    text: &'a str,
}

impl<'a> Iterator for Lines<'a, '_> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        while let [line, rest @ ..] = self.rest {
            self.rest = rest;
            let (start, colon) = (line.start as usize, (line.start + line.name_length) as usize);
            if self.name.is_empty() || self.name.as_bytes() == &self.text.as_bytes()[start..colon] {
                return Some((&self.text[start..colon], &self.text[colon + 2..line.end as usize]));
            }
        }
        None
    }
}

/// Values of the lines of one name.
#[derive(Clone, Debug)]
pub struct Values<'a, 'n>(Lines<'a, 'n>);

impl<'a> Iterator for Values<'a, '_> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.0.next().map(|(_, value)| value)
    }
}

/// Members of the lines of one name.
#[derive(Clone, Debug)]
pub struct FieldMembers<'a, 'n> {
    line: Members<'a>,
    lines: Lines<'a, 'n>,
}

impl<'a> Iterator for FieldMembers<'a, '_> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            if let Some(member) = self.line.next() {
                return Some(member);
            }
            self.line = members(self.lines.next()?.1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn names_are_compared_without_case_and_lines_stay_in_order() {
        let mut fields: Fields =
            [("Link", "a"), ("ETag", "\"1\""), ("link", "b, c"), ("links", "d")].into_iter().collect();
        assert_eq!(fields.lines("link").collect::<Vec<_>>(), ["a", "b, c"]);
        assert_eq!(fields.members("link").collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(fields.first("etag"), Some("\"1\""));
        fields.set("link", "c");
        assert_eq!(fields.lines("link").collect::<Vec<_>>(), ["c"]);
        assert_eq!(fields.first("age"), None);
        fields.retain(&mut |name| name != "link");
        assert_eq!(fields.as_text(), "etag: \"1\"\nlinks: d\n");
    }

    #[test]
    fn sections_are_written_as_they_are_read() {
        let text = "a: 1\nlink: <x>; a:b\nlink: y\nempty: \n";
        let fields = Fields::parse(text);
        assert_eq!(fields.joined("link").as_deref(), Some("<x>; a:b, y"));
        assert_eq!(fields.first("empty"), Some(""));
        assert_eq!(fields.as_text(), text);
        assert_eq!(Fields::parse("no colon\n\n"), Fields::new());
        assert_eq!(Fields::parse("A:b\r").as_text(), "a: b\n");
        for odd in ["a:1\n", "a:  1\n", "a: 1 \n", "A: 1\n", "a: 1"] {
            assert_eq!(Fields::parse(odd).as_text(), "a: 1\n", "{odd:?}");
            assert_eq!(Fields::parse(odd).first("a"), Some("1"), "{odd:?}");
        }
    }

    #[test]
    fn a_value_is_never_two_lines() {
        let mut fields = Fields::new();
        fields.append("a", "1\nb: 2\x1ec\td");
        assert_eq!(fields.as_text(), "a: 1 b: 2 c\td\n");
        assert!(!fields.contains("b"));
        assert_eq!(Fields::parse("a: 1\x1e2\nb: 3\n").as_text(), "a: 1 2\nb: 3\n");
    }
}
