//! Targeted cache control ([RFC 9213][spec]): a field that speaks to some caches only, and to those in
//! the place of `Cache-Control` and `Expires`.
//!
//! [spec]: https://www.rfc-editor.org/rfc/rfc9213.html

use super::structured::{Item, dictionary};
use super::text::concat;
use super::{CacheControl, Fields, decimal, restricted_fields};

/// The directives that count for a cache with this target list (names of fields in lower case, the most
/// specific first), and whether they came out of a targeted field.
///
/// The first field counts that is there, is not empty and is a dictionary (section 2.2).
pub fn directives(fields: &Fields, targets: &[String]) -> (CacheControl, bool) {
    for target in targets {
        if let Some(read) = targeted(fields, target) {
            return (read, true);
        }
    }
    (CacheControl::of(fields), false)
}

/// The names of fields that a qualified directive restricts, in the field that counts: one list.
pub fn restricted(fields: &Fields, targets: &[String], directive: &str) -> String {
    let Some(target) = targets.iter().find(|target| targeted(fields, target).is_some()) else {
        return restricted_fields(fields, directive);
    };
    let text = fields.joined(target).unwrap_or_default();
    let members = dictionary(&text).unwrap_or_default();
    match members.into_iter().find(|(key, _)| *key == directive) {
        Some((_, Item::Text(names))) => names.to_owned(),
        _ => String::new(),
    }
}

fn targeted(fields: &Fields, name: &str) -> Option<CacheControl> {
    let text = fields.joined(name)?;
    let members = dictionary(&text).filter(|members| !members.is_empty())?;
    let mut read = CacheControl::default();
    for (key, item) in members {
        let takes_seconds = ["max-age", "s-maxage", "stale-while-revalidate", "stale-if-error"].contains(&key);
        match item {
            // A value of the wrong type is a field that means nothing (section 2.1).
            Item::Integer(seconds) => read.directive(key, Some(&decimal(seconds))),
            _ if takes_seconds => return None,
            Item::Boolean(false) => {}
            Item::Text(names) => read.directive(key, Some(&concat(&["\"", names, "\""]))),
            _ => read.directive(key, None),
        }
    }
    Some(read)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn the_first_field_that_can_be_read_counts() {
        let cases: [(&[(&str, &str)], Option<u32>, bool); 9] = [
            // fields                                                              max-age  targeted
            (&[("cache-control", "max-age=1")], Some(1), false),
            (&[("cache-control", "max-age=1"), ("cdn-cache-control", "max-age=2")], Some(2), true),
            (&[("cdn-cache-control", "max-age=2"), ("own-cache-control", "max-age=3")], Some(3), true),
            (&[("cdn-cache-control", "max-age=2"), ("own-cache-control", "&")], Some(2), true),
            (&[("cache-control", "max-age=1"), ("cdn-cache-control", "")], Some(1), false),
            (&[("cache-control", "max-age=1"), ("cdn-cache-control", "max-age=\"2\"")], Some(1), false),
            (&[("cache-control", "max-age=1"), ("cdn-cache-control", "foo")], None, true),
            (&[("cdn-cache-control", "max-age=-5")], Some(0), true),
            (&[("cdn-cache-control", "max-age=5, max-age=?0")], None, false),
        ];
        let targets = ["own-cache-control".to_owned(), "cdn-cache-control".to_owned()];
        for (fields, max_age, is_targeted) in cases {
            let (read, targeted) = directives(&fields.iter().copied().collect(), &targets);
            assert_eq!((read.max_age.map(|age| age.as_seconds()), targeted), (max_age, is_targeted), "{fields:?}");
        }
    }

    #[test]
    fn flags_have_three_forms() {
        let fields = [("t", "no-store=?0, private=\"a\", must-revalidate")].into_iter().collect();
        let (read, _) = directives(&fields, &["t".to_owned()]);
        assert_eq!((read.no_store, read.must_revalidate), (false, true));
        assert_eq!(read.private, super::super::Restriction::Fields);
    }
}
