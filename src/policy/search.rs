//! URLs whose queries differ and mean the same ([No-Vary-Search][spec], in the syntax of draft 10).
//!
//! [spec]: https://datatracker.ietf.org/doc/draft-ietf-httpbis-no-vary-search/

use crate::http::structured::{Item, dictionary};
use crate::http::{ResponseHead, decimal, without_fragment};
use crate::http::{Split, concat, split_once};

/// Which parts of a query make no difference.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NoVarySearch {
    names: Names,
    order_counts: bool,
}

/// Which parameters make a difference.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Names {
    /// All but these.
    AllBut(Vec<Vec<u8>>),
    /// None but these.
    Only(Vec<Vec<u8>>),
}

impl NoVarySearch {
    /// Reads the field of a response; `None` if every query is one of its own: the field is absent,
    /// cannot be read, or says both `params` and `except`.
    pub fn of(response: &ResponseHead) -> Option<Self> {
        let (mut order_counts, mut names, mut params) = (true, None, Names::AllBut(Vec::new()));
        for (key, value) in dictionary(&response.fields, "no-vary-search")? {
            match (key.as_str(), value) {
                ("key-order", Item::Boolean(ignored)) => order_counts = !ignored,
                // One of the two, never both.
                ("params" | "except", Item::Texts(_)) if names.is_some() => return None,
                ("params", Item::Texts(list)) => names = Some(Names::AllBut(decoded_all(&list))),
                ("except", Item::Texts(list)) => names = Some(Names::Only(decoded_all(&list))),
                ("key-order" | "params" | "except", _) => return None,
                _ => {}
            }
        }
        match names {
            Some(names) => params = names,
            None if order_counts => return None,
            None => {}
        }
        Some(Self { names: params, order_counts })
    }

    /// The one URL that stands for all that mean the same as `url`: its query has only what makes a
    /// difference, in one order and one spelling.
    pub fn representative(&self, url: &str) -> String {
        let (bare, query) = split_once(without_fragment(url), b'?').unwrap_or((without_fragment(url), ""));
        let mut parameters: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        for parameter in Split::new(query, b'&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = split_once(parameter, b'=').unwrap_or((parameter, ""));
            let name = decoded(name);
            if self.counts(&name) {
                // Parameters of one name keep their order, which always counts.
                let place = parameters.iter().position(|(other, _)| !self.order_counts && *other > name);
                parameters.insert(place.unwrap_or(parameters.len()), (name, decoded(value)));
            }
        }
        let mut text = concat(&[bare, "?"]);
        for (name, value) in parameters {
            // Lengths in front, so that no name or value can be taken for another.
            for part in [name, value] {
                text.push_str(&decimal(part.len() as i64));
                text.push(':');
                encode(&mut text, &part);
            }
        }
        text
    }

    fn counts(&self, name: &[u8]) -> bool {
        match &self.names {
            Names::AllBut(ignored) => !ignored.iter().any(|known| known == name),
            Names::Only(kept) => kept.iter().any(|known| known == name),
        }
    }
}

/// The URL without its query and fragment: what all URLs that can mean the same have in common.
pub fn family(url: &str) -> &str {
    let end = url.bytes().position(|b| matches!(b, b'?' | b'#')).unwrap_or(url.len());
    &url[..end]
}

/// Names as parameters are compared: with `+` for a space and percent-encoding undone, as in a form.
fn decoded_all(names: &[String]) -> Vec<Vec<u8>> {
    names.iter().map(|name| decoded(name)).collect()
}

/// `application/x-www-form-urlencoded`, decoded.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match (byte, tail) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, tail @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                bytes.push(nibble(*high) << 4 | nibble(*low));
                rest = tail;
            }
            _ => bytes.push(*byte),
        }
    }
    bytes
}

fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 32) - b'a' + 10,
    }
}

/// Writes what can stand in a URL as it is, and the rest percent-encoded.
fn encode(url: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            url.push(char::from(*byte));
        } else {
            for digit in [b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]] {
                url.push(char::from(digit));
            }
        }
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
        let ignored = rule("params=(\"x\")").unwrap();
        assert_eq!(ignored.representative("https://a.b/c"), ignored.representative("https://a.b/c?x=1"));
        assert_ne!(ignored.representative("https://a.b/c"), ignored.representative("https://a.b/d"));
    }

    #[test]
    fn anything_else_lets_every_query_count() {
        for value in [
            "",
            "params",
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
