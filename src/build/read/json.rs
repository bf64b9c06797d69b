//! Strings in JSON that name files, and where they stand: in web app manifests and in import maps.

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Which strings are wanted: the names of members on the way to a value, `*` for any name or place, and
/// whether it is the value itself that is wanted or its name.
#[derive(Clone, Copy, Debug)]
pub(in crate::build) struct Wanted<'a> {
    pub(in crate::build) path: &'a [&'a str],
    pub(in crate::build) part: Part,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::build) enum Part {
    Name,
    Value,
}

/// A string that is wanted.
#[derive(Debug, Eq, PartialEq)]
pub(in crate::build) struct Found {
    pub(in crate::build) part: Part,
    /// Where it stands, without its quotes.
    pub(in crate::build) span: Range<usize>,
    /// What it says, its escapes resolved.
    pub(in crate::build) text: String,
}

/// The strings of a JSON text that are wanted, in their order; an error that says where it stops being
/// JSON.
pub(in crate::build) fn strings(json: &str, wanted: &[Wanted<'_>]) -> Result<Vec<Found>, String> {
    // Fetch decodes a text without its mark of order.
    let root: &RawValue =
        serde_json::from_str(json.strip_prefix("\u{feff}").unwrap_or(json)).map_err(|error| error.to_string())?;
    let mut search = Search { found: Vec::new(), json, path: Vec::new(), wanted };
    search.value(root);
    search.found.sort_by_key(|one| one.span.start);
    Ok(search.found)
}

/// Where a member can be added to the object that is the value of the member `name`, and whether it has none
/// yet.
pub(in crate::build) fn member_place(json: &str, name: &str) -> Option<(usize, bool)> {
    let Members(members) = serde_json::from_str(json).ok()?;
    let (_, value) = members.into_iter().find(|(known, _)| known == name)?;
    let Members(inner) = serde_json::from_str(value.get()).ok()?;
    let start = value.get().as_ptr() as usize - json.as_ptr() as usize;
    Some((start + 1, inner.is_empty()))
}

struct Search<'a> {
    found: Vec<Found>,
    json: &'a str,
    /// The names of members on the way, and the places of items.
    path: Vec<String>,
    wanted: &'a [Wanted<'a>],
}

impl<'a> Search<'a> {
    fn value(&mut self, raw: &'a RawValue) {
        let span = self.span(raw);
        match raw.get().as_bytes().first() {
            Some(b'"') => self.string(Part::Value, span),
            Some(b'{') if self.leads_on() => {
                let Members(members) = serde_json::from_str(raw.get()).unwrap_or_default();
                let mut before = span.start + 1;
                for (name, value) in members {
                    let at = self.span(value);
                    self.path.push(name);
                    let written = &self.json[before..at.start];
                    if let (Some(open), Some(close)) = (written.find('"'), written.rfind('"')) {
                        self.string(Part::Name, before + open..before + close + 1);
                    }
                    self.value(value);
                    self.path.pop();
                    before = at.end;
                }
            }
            Some(b'[') if self.leads_on() => {
                let items: Vec<&RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
                for (index, item) in items.into_iter().enumerate() {
                    self.path.push(index.to_string());
                    self.value(item);
                    self.path.pop();
                }
            }
            _ => {}
        }
    }

    /// Whether the way so far is that of something wanted, or its beginning.
    fn is_way_to(&self, wanted: &Wanted<'_>) -> bool {
        wanted.path.iter().zip(&self.path).all(|(name, known)| *name == "*" || *name == known)
    }

    /// Whether anything that is wanted lies deeper.
    fn leads_on(&self) -> bool {
        self.wanted.iter().any(|wanted| wanted.path.len() > self.path.len() && self.is_way_to(wanted))
    }

    /// A string at a place, quotes included.
    fn string(&mut self, part: Part, span: Range<usize>) {
        let is_it =
            |wanted: &Wanted<'_>| wanted.part == part && wanted.path.len() == self.path.len() && self.is_way_to(wanted);
        if self.wanted.iter().any(is_it)
            && let Ok(text) = serde_json::from_str(&self.json[span.clone()])
        {
            self.found.push(Found { part, span: span.start + 1..span.end - 1, text });
        }
    }

    /// Where a value, which is a slice of the text, stands.
    fn span(&self, raw: &RawValue) -> Range<usize> {
        let start = raw.get().as_ptr() as usize - self.json.as_ptr() as usize;
        start..start + raw.get().len()
    }
}

/// The members of an object in their order, with those whose name is repeated.
#[derive(Default)]
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_found_where_they_stand() {
        const WANTED: [Wanted<'_>; 3] = [
            Wanted { path: &["a", "*", "b"], part: Part::Value },
            Wanted { path: &["c", "*"], part: Part::Name },
            Wanted { path: &["c", "*"], part: Part::Value },
        ];
        let cases: [(&str, &[&str]); 9] = [
            (r#"{"a": [{"b": "x"}, {"b": 7}, {"c": "y"}, {"b": "z"}]}"#, &["x", "z"]),
            (r#"{"a": {"k": {"b": "x"}}}"#, &["x"]),
            (r#"{ "c" : { "x" : "y" , "\"z\"" : 1 } }"#, &["x", "y", "\"z\""]),
            (r#"{"c": {"x": "y", "x": "z"}}"#, &["x", "y", "x", "z"]),
            (r#"{"c": {"a:b": "\/c\u0064"}}"#, &["a:b", "/cd"]),
            (r#"{"a": "x", "c": ["y"], "b": "z"}"#, &["y"]),
            ("[]", &[]),
            ("\"x\"", &[]),
            ("{}", &[]),
        ];
        for (json, expected) in cases {
            let found = strings(json, &WANTED).unwrap();
            assert_eq!(found.iter().map(|one| one.text.as_str()).collect::<Vec<_>>(), expected, "{json}");
            for Found { span, text, .. } in found {
                let quoted = &json[span.start - 1..span.end + 1];
                assert_eq!(serde_json::from_str::<String>(quoted).ok(), Some(text), "{json}");
            }
        }
        assert!(strings("{", &WANTED).is_err());
        assert!(strings(&"[".repeat(100_000), &WANTED).is_err());
        assert_eq!(strings(&["[".repeat(100), "]".repeat(100)].concat(), &WANTED), Ok(vec![]));
    }
}
