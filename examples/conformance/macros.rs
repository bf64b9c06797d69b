//! What the suite leaves open in field values until a response is made: dates are whole seconds from
//! now, and locations are relative to the path that was asked for.

use keepfresh::http::{Timestamp, format_date};
use serde_json::Value;

use crate::list;

const DATES: [&str; 5] = ["date", "expires", "if-modified-since", "if-unmodified-since", "last-modified"];
const LOCATIONS: [&str; 2] = ["content-location", "location"];

/// When and where a value belongs to.
pub(crate) struct Place<'a> {
    pub(crate) now: Timestamp,
    /// What the response was asked under.
    pub(crate) path: &'a str,
}

/// The value of a field of `request`, an entry of a test.
pub(crate) fn field_value(name: &str, value: &Value, place: &Place<'_>, request: &Value) -> String {
    let name = name.to_ascii_lowercase();
    if let Some(seconds) = value.as_i64().filter(|_| DATES.contains(&name.as_str())) {
        let date = format_date(Timestamp::from_millis(place.now.as_millis() + seconds * 1000));
        let is_short = list(&request["rfc850date"]).iter().any(|field| *field == *name);
        return if is_short { rfc850_date(&date) } else { date };
    }
    let text = text(value);
    if LOCATIONS.contains(&name.as_str()) && request["magic_locations"] == true {
        return if text.is_empty() { place.path.to_owned() } else { format!("{}/{text}", place.path) };
    }
    text
}

/// A value as a field has it.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The obsolete form with a year of two digits, as in `Sunday, 06-Nov-94 08:49:37 GMT`.
fn rfc850_date(date: &str) -> String {
    const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    let words: Vec<&str> = date.split(' ').collect();
    let [weekday, day, month, year, time, zone] = words[..] else { return date.to_owned() };
    let weekday = DAYS.into_iter().find(|known| known.starts_with(&weekday[..3])).unwrap_or(weekday);
    format!("{weekday}, {day}-{month}-{} {time} {zone}", &year[2..])
}
