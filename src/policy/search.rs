//! URLs whose queries differ and mean the same ([No-Vary-Search][spec], in the syntax of draft 10).
//!
//! [spec]: https://datatracker.ietf.org/doc/draft-ietf-httpbis-no-vary-search/

use crate::http::structured::{Item, dictionary, texts};
use crate::http::{ResponseHead, Split, push_all, push_ascii, run, split_once, without_fragment};

/// Queries with more parameters mean nothing but themselves.
const MOST_PARAMETERS: usize = 1000;

/// Which parts of a query make no difference.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NoVarySearch {
    /// The parameters whose names (in [`normal`] form) are among these are the only ones that make a
    /// difference; or else the only ones that make none.
    are_kept: bool,
    names: Vec<String>,
    order_counts: bool,
}

impl NoVarySearch {
    /// Reads the field of a response; `None` if every query is one of its own: the field is absent,
    /// cannot be read, or says both `params` and `except`.
    pub fn of(response: &ResponseHead) -> Option<Self> {
        let text = response.fields.joined("no-vary-search")?;
        let mut list = None;
        let mut read = Self { are_kept: false, names: Vec::new(), order_counts: true };
        for (key, value) in dictionary(&text)? {
            match (key, value) {
                ("key-order", Item::Boolean(ignored)) => read.order_counts = !ignored,
                // One of the two, never both.
                ("params" | "except", Item::Texts(names)) if list.is_none() => {
                    list = Some(names);
                    read.are_kept = key == "except";
                }
                ("key-order" | "params" | "except", _) => return None,
                _ => {}
            }
        }
        for name in texts(list.unwrap_or_default()) {
            read.names.push(normal(&name));
        }
        // What makes no difference to any query is no rule: queries are compared as they are written.
        let is_rule = read.are_kept || !read.order_counts || !read.names.is_empty();
        is_rule.then_some(read)
    }

    /// What a route says whatever responses say: that these parameters (with commas in between; `*` for all) make no
    /// difference, nor their order.
    pub fn ignoring(names: &str) -> Self {
        let mut ignoring = Self { are_kept: names == "*", names: Vec::new(), order_counts: false };
        for name in Split::new(names, b',') {
            if !ignoring.are_kept && !name.is_empty() {
                ignoring.names.push(normal(name));
            }
        }
        ignoring
    }

    /// The one URL that stands for all that mean the same as `url`: its query has only what makes a
    /// difference, in one order and one spelling.
    pub fn representative(&self, url: &str) -> String {
        let url = without_fragment(url);
        let (bare, query) = split_once(url, b'?').unwrap_or((url, ""));
        // To put them in order takes time that grows with its square.
        if query.bytes().filter(|byte| *byte == b'&').count() >= MOST_PARAMETERS {
            return url.to_owned();
        }
        let mut parameters: Vec<(String, String)> = Vec::new();
        for parameter in Split::new(query, b'&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = split_once(parameter, b'=').unwrap_or((parameter, ""));
            let name = normal(name);
            if self.names.contains(&name) == self.are_kept {
                // Parameters of one name keep their order, which always counts.
                let place = parameters.iter().position(|(other, _)| !self.order_counts && *other > name);
                parameters.insert(place.unwrap_or(parameters.len()), (name, normal(value)));
            }
        }
        let mut text = bare.to_owned();
        for (index, (name, value)) in parameters.iter().enumerate() {
            // Neither can hold one of the separators.
            push_all(&mut text, &[if index == 0 { "?" } else { "" }, name, "=", value, "&"]);
        }
        text
    }
}

/// The URL without its query and fragment: what all URLs that can mean the same have in common.
pub fn family(url: &str) -> &str {
    &url[..run(url, |b| !matches!(b, b'?' | b'#'))]
}

/// A name or a value in one spelling, of all that mean the same in a form: what can stand in a URL as it
/// is, and the rest percent-encoded.
fn normal(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut normal = String::new();
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        let mut byte = *byte;
        match (byte, tail) {
            (b'+', _) => byte = b' ',
            (b'%', [high, low, tail @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                byte = nibble(*high) << 4 | nibble(*low);
                rest = tail;
            }
            _ => {}
        }
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            push_ascii(&mut normal, byte);
        } else {
            push_ascii(&mut normal, b'%');
            push_ascii(&mut normal, DIGITS[usize::from(byte >> 4)]);
            push_ascii(&mut normal, DIGITS[usize::from(byte & 15)]);
        }
    }
    normal
}

fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 32) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn rule(value: &str) -> Option<NoVarySearch> {
        let fields = [("no-vary-search", value)].into_iter().collect();
        NoVarySearch::of(&ResponseHead { fields, redirected: false, status: 200 })
    }

    #[test]
    fn queries_are_the_same_as_far_as_the_field_says() {
        let cases = [
            ("key-order", "a=1&b=2", "b=2&a=1", true),
            ("key-order", "a=1&b=2", "b=2&a=2", false),
            ("key-order", "a=1&a=2", "a=2&a=1", false),
            ("key-order", "a=1", "a=1&b=2", false),
            ("params=(\"x\")", "a=1&x=1", "a=1&x=2", true),
            ("params=(\"x\")", "a=1&x=1", "x=3&a=1&x=2", true),
            ("params=(\"x\")", "a=1&b=1", "b=1&a=1", false),
            ("params=(\"x\"), key-order", "a=1&b=1&x=3", "b=1&a=1", true),
            ("params=(\"x\" \"y\")", "y", "x", true),
            ("except=(\"a\")", "a=1&b=2", "c=3&a=1", true),
            ("except=(\"a\")", "a=1", "a=2", false),
            ("except=()", "a=1", "b=2", true),
            ("params=(\"a b\")", "a+b=1", "a%20b=2", true),
            ("params=(\"x\")", "a=%C3%A9", "a=%c3%a9", true),
            ("params=(\"x\")", "a=1&b=2", "a=1%26b=2", false),
            ("params=(\"x\")", "a", "a=", true),
            ("params=(\"x\")", "a=1:1b", "a=1&1b", false),
            ("params=(\"x\")", "a=%ZZ", "a=%25ZZ", true),
            ("params=(\"x\")", "a=%4Z", "a=%254Z", true),
            ("params=(\"x\")", "a=%Z4", "a=%25Z4", true),
            ("params=(\"x\")", "a=%41%6a%6A", "a=Ajj", true),
        ];
        for (value, one, other, expected) in cases {
            let rule = rule(value).unwrap_or_else(|| panic!("{value} is a rule"));
            let url = |query: &str| rule.representative(&["https://a.b/c?", query, "#f"].concat());
            assert_eq!(url(one) == url(other), expected, "{value}: {one} and {other}");
        }
        let many = |last: &str| ["https://a.b/c?", &"b=1&a=2&".repeat(MOST_PARAMETERS), last].concat();
        assert_eq!(rule("key-order").unwrap().representative(&many("x")), many("x"), "too many to be put in order");
        let ignored = rule("params=(\"x\")").unwrap();
        assert_eq!(ignored.representative("https://a.b/c"), ignored.representative("https://a.b/c?x=1"));
        assert_ne!(ignored.representative("https://a.b/c"), ignored.representative("https://a.b/d"));
    }

    #[test]
    fn anything_else_lets_every_query_count() {
        for value in [
            "",
            "params",
            "params=()",
            "params=(), key-order=?0",
            "params=?1",
            "params=?0",
            "except",
            "except=\"a\"",
            "params=(a)",
            "params=(1)",
            "params=(\"a\"), except=(\"b\")",
            "params, except=(\"b\")",
            "key-order=?0",
            "key-order=1",
            "x=1",
            "params=(\"a\"",
        ] {
            assert_eq!(rule(value), None, "{value}");
        }
        assert_eq!(family("https://a.b/c?d#e"), "https://a.b/c");
    }
}
