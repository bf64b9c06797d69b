//! Field lines, and lists of comma-separated members.

/// Optional white space ([RFC 9110, section 5.6.3](https://httpwg.org/specs/rfc9110.html#whitespace)).
pub(super) const OWS: [char; 2] = [' ', '\t'];

/// A header section: field lines in their order, names in lower case.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// A section without a line.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a line after those that are there.
    pub fn append(&mut self, name: &str, value: &str) {
        self.0.push((name.to_ascii_lowercase(), value.to_owned()));
    }

    /// Puts `value` in the place of every line of that name.
    pub fn set(&mut self, name: &str, value: &str) {
        let name = name.to_ascii_lowercase();
        self.0.retain(|(known, _)| *known != name);
        self.0.push((name, value.to_owned()));
    }

    /// The value of the first line of that name (in lower case).
    pub fn first(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The values of every line of that name (in lower case).
    pub fn lines<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Every line: its name and its value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
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

/// The members of a comma-separated field value, trimmed and never empty.
///
/// A comma inside a quoted string does not end a member ([RFC 9110, section 5.6.1]), so
/// `private="a, b", max-age=5` has two.
///
/// [RFC 9110, section 5.6.1]: https://httpwg.org/specs/rfc9110.html#abnf.extension
pub fn members(value: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let mut escaped = false;
    value
        .split(move |c| {
            match c {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                _ => return c == ',' && !quoted,
            }
            false
        })
        .map(|member| member.trim_matches(OWS))
        .filter(|member| !member.is_empty())
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
            (
                "private=\"a, b\", max-age=5",
                &["private=\"a, b\"", "max-age=5"],
            ),
            ("a=\"\\\", b\", c", &["a=\"\\\", b\"", "c"]),
            ("a=\"unclosed, b", &["a=\"unclosed, b"]),
            ("a\\, b", &["a\\", "b"]),
        ];
        for (value, expected) in cases {
            assert_eq!(members(value).collect::<Vec<_>>(), expected, "{value:?}");
        }
    }

    #[test]
    fn names_are_compared_without_case_and_lines_stay_in_order() {
        let mut fields: Fields = [("Link", "a"), ("ETag", "\"1\""), ("link", "b")]
            .into_iter()
            .collect();
        assert_eq!(fields.lines("link").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(fields.first("etag"), Some("\"1\""));
        fields.set("LINK", "c");
        assert_eq!(fields.lines("link").collect::<Vec<_>>(), ["c"]);
        assert_eq!(fields.first("age"), None);
    }
}
