//! HTTP dates ([RFC 9110, section 5.6.7][spec]): the one form that is sent and the two that must be read.
//!
//! [spec]: https://httpwg.org/specs/rfc9110.html#http.date

use super::text::{Split, concat, split_once};
use super::{Timestamp, decimal, digits};

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const LONG_DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Years have four digits: days from the epoch to the first of January of the year 1, and to the last
/// of December of 9999.
const FIRST_DAY: i64 = -719_162;
const LAST_DAY: i64 = 2_932_896;

/// Reads a date in one of the three forms, to the letter but in any case, as caches are told to
/// ([RFC 9111, section 4.2](https://httpwg.org/specs/rfc9111.html#expiration.model)); `None` for
/// anything else.
///
/// `now` places a two-digit year: one that would lie more than 50 years ahead belongs to the
/// century before. The name of the day is checked for spelling only.
///
/// ```
/// use keepfresh::http::{Timestamp, parse_date};
///
/// let now = Timestamp::from_unix(1_800_000_000);
/// let date = parse_date("Sun, 06 Nov 1994 08:49:37 GMT", now);
/// assert_eq!(date, Some(Timestamp::from_unix(784_111_777)));
/// assert_eq!(parse_date("0", now), None);
/// ```
pub fn parse_date(text: &str, now: Timestamp) -> Option<Timestamp> {
    if text.len() > 40 || !text.is_ascii() {
        return None;
    }
    imf_fixdate(text).or_else(|| rfc850(text, now)).or_else(|| asctime(text))
}

/// Writes the form that is sent.
///
/// ```
/// use keepfresh::http::{Timestamp, format_date};
///
/// assert_eq!(format_date(Timestamp::from_unix(784_111_777)), "Sun, 06 Nov 1994 08:49:37 GMT");
/// ```
pub fn format_date(at: Timestamp) -> String {
    let seconds = at.as_millis().div_euclid(1000).clamp(FIRST_DAY * 86_400, LAST_DAY * 86_400);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let year = year_of(Timestamp::from_unix(seconds));
    let mut month = 12;
    while days_before(year, month, 1) > days {
        month -= 1;
    }
    let day = days - days_before(year, month, 1) + 1;
    let two = |number: i64| {
        let text = decimal(number);
        if number < 10 { concat(&["0", &text]) } else { text }
    };
    let name = |names: &[&'static str], index: i64| names.get(index as usize).copied().unwrap_or_default();
    [
        // The first of January 1970 was a Thursday.
        name(&DAYS, (days + 3).rem_euclid(7)),
        ", ",
        &two(day),
        " ",
        name(&MONTHS, month - 1),
        " ",
        // The range that `at` was brought into has four digits, with zeros in front.
        &decimal(year + 10_000)[1..],
        " ",
        &two(second / 3_600),
        ":",
        &two(second / 60 % 60),
        ":",
        &two(second % 60),
        " GMT",
    ]
    .concat()
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn imf_fixdate(text: &str) -> Option<Timestamp> {
    let (day_name, rest) = split_once(text, b',')?;
    let rest = rest.strip_prefix(' ')?;
    let rest = without_zone(rest)?;
    is_one_of(&DAYS, day_name).then_some(())?;
    let [day, month, year, time] = parts(rest, b' ')?;
    moment(number(year, 4)?, month_number(month)?, number(day, 2)?, time)
}

/// `Sunday, 06-Nov-94 08:49:37 GMT`
fn rfc850(text: &str, now: Timestamp) -> Option<Timestamp> {
    let (day_name, rest) = split_once(text, b',')?;
    let rest = rest.strip_prefix(' ')?;
    let rest = without_zone(rest)?;
    is_one_of(&LONG_DAYS, day_name).then_some(())?;
    let (date, time) = split_once(rest, b' ')?;
    let [day, month, year] = parts(date, b'-')?;
    let this_year = year_of(now);
    let mut year = number(year, 2)? + this_year.div_euclid(100) * 100;
    if year > this_year + 50 {
        year -= 100;
    }
    moment(year, month_number(month)?, number(day, 2)?, time)
}

/// `Sun Nov  6 08:49:37 1994`
fn asctime(text: &str) -> Option<Timestamp> {
    let (day_name, rest) = split_once(text, b' ')?;
    is_one_of(&DAYS, day_name).then_some(())?;
    let (month, rest) = split_once(rest, b' ')?;
    let (day, rest) = rest.split_at_checked(2)?;
    let day = match day.strip_prefix(' ') {
        Some(digit) => number(digit, 1)?,
        None => number(day, 2)?,
    };
    let (time, year) = split_once(rest.strip_prefix(' ')?, b' ')?;
    moment(number(year, 4)?, month_number(month)?, day, time)
}

fn moment(year: i64, month: i64, day: i64, time: &str) -> Option<Timestamp> {
    let [hour, minute, second] = parts(time, b':')?;
    let (hour, minute, second) = (number(hour, 2)?, number(minute, 2)?, number(second, 2)?);
    // 60 is a leap second, which Unix time does not have.
    let in_range = (1..=days_in(year, month)).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    in_range.then(|| {
        let seconds = days_before(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second.min(59);
        Timestamp::from_unix(seconds)
    })
}

/// Days from the epoch to a date of the proleptic Gregorian calendar.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March here, so that the leap day is the last of its year.
    let year = if month <= 2 { year - 1 } else { year };
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

fn year_of(now: Timestamp) -> i64 {
    // A clock beyond that is broken, and must not keep a loop busy.
    let days = now.as_millis().div_euclid(86_400_000).clamp(FIRST_DAY, LAST_DAY);
    // Close enough to find the year, then exact.
    let mut year = 1970 + days.div_euclid(if days < 0 { 365 } else { 366 });
    while days_before(year + 1, 1, 1) <= days {
        year += 1;
    }
    year
}

fn days_in(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn month_number(name: &str) -> Option<i64> {
    MONTHS.iter().position(|month| month.eq_ignore_ascii_case(name)).map(|index| index as i64 + 1)
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn without_zone(text: &str) -> Option<&str> {
    let (rest, zone) = text.split_at_checked(text.len().checked_sub(4)?)?;
    zone.eq_ignore_ascii_case(" GMT").then_some(rest)
}

fn number(text: &str, length: usize) -> Option<i64> {
    if text.len() == length { digits(text) } else { None }
}

/// Exactly `N` parts of `text`.
fn parts<const N: usize>(text: &str, separator: u8) -> Option<[&str; N]> {
    let mut found = [""; N];
    let mut rest = Split::new(text, separator);
    for slot in &mut found {
        *slot = rest.next()?;
    }
    rest.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn dates_are_read_to_the_letter() {
        let cases = [
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777)),
            ("Sun Nov  6 08:49:37 1994", Some(784_111_777)),
            ("Sun Nov 06 08:49:37 1994", Some(784_111_777)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Thu, 29 Feb 2024 12:00:00 GMT", Some(1_709_208_000)),
            ("Wed, 31 Dec 2025 23:59:60 GMT", Some(1_767_225_599)),
            ("Saturday, 01-Jan-77 00:00:00 GMT", Some(220_924_800)),
            ("Friday, 01-Jan-76 00:00:00 GMT", Some(3_345_062_400)),
            ("Thu, 29 Feb 2023 12:00:00 GMT", None),
            ("Sun, 31 Apr 2024 12:00:00 GMT", None),
            ("Sun, 6 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 94 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 08:49:37 UTC", None),
            ("Sun, 06 Nov 1994 08:49:37", None),
            ("Sun, 06 Nov 1994  08:49:37 GMT", None),
            ("sun, 06 nov 1994 08:49:37 gmt", Some(784_111_777)),
            ("Sun 06 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06-Nov-1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 8:49:37 GMT", None),
            ("Sun, 06 Nov 1994 24:00:00 GMT", None),
            ("Sun, 06 Nov 1994 08:49:37 GMT, ", None),
            ("1994-11-06T08:49:37Z", None),
            ("784111777", None),
            ("0", None),
            ("-1", None),
            ("", None),
            ("Sün, 06 Nov 1994 08:49:37 GMT", None),
        ];
        let now = Timestamp::from_unix(1_795_392_000); // 2026-11-23
        for (text, expected) in cases {
            assert_eq!(parse_date(text, now), expected.map(Timestamp::from_unix), "{text:?}");
        }
    }

    #[test]
    fn dates_are_written_as_they_are_read() {
        let now = Timestamp::from_unix(1_795_392_000);
        for seconds in [
            -30_610_224_000,
            -62_135_596_800,
            0,
            1,
            59,
            86_399,
            951_782_400,
            951_868_799,
            1_709_208_000,
            4_102_444_799,
            -1,
            -86_401,
        ] {
            let at = Timestamp::from_unix(seconds);
            assert_eq!(parse_date(&format_date(at), now), Some(at), "{}", format_date(at));
        }
        for extreme in [i64::MIN, i64::MAX] {
            assert!(!format_date(Timestamp::from_millis(extreme)).is_empty());
        }
    }
}
