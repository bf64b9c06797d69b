//! Fields of messages: directives, dates, ranges, entity tags and ages, whatever stands in them.
#![no_main]

use keepfresh::http::{
    ByteRange, CacheControl, ContentRange, Fields, Timestamp, any_matches, digits, directives, format_date, members,
    parse_date, restricted_fields,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let now = Timestamp::from_unix(1_800_000_000);
    for member in members(text) {
        assert!(!member.is_empty());
    }
    if let Some(at) = parse_date(text, now) {
        assert_eq!(parse_date(&format_date(at), now), Some(at));
    }
    if let Some(range) = ContentRange::parse(text) {
        assert_eq!(ContentRange::parse(&range.value()), Some(range));
    }
    let _ = ByteRange::several(text).is_some_and(|ranges| ranges.iter().any(|range| range.of(10) == range.of(11)));
    let _ = (digits(text), ByteRange::parse(text).map(|range| range.of(10)), any_matches(text, Some("\"a\"")));

    let fields = Fields::parse(text);
    assert_eq!(Fields::parse(fields.as_text()), fields);
    let mut fields: Fields = [("cache-control", text), ("t", text)].into_iter().collect();
    let read = CacheControl::of(&fields);
    let _ = (restricted_fields(&fields, "no-cache"), directives(&fields, &["t".to_owned()]));
    // Another line never makes it less strict.
    fields.append("cache-control", "x");
    let again = CacheControl::of(&fields);
    assert!(again.no_store >= read.no_store && again.private >= read.private && again.no_cache >= read.no_cache);
});
