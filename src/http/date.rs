//! HTTP dates ([RFC 9110, section 5.6.7][spec]): the one form that is sent and the two that must be read.
//!
//! [spec]: https://httpwg.org/specs/rfc9110.html#http.date

use super::Timestamp;
use super::text::{push_all, push_ascii};

const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The three forms behind the name of the day: a digit stands for one of that part of the moment (0 is
/// the year, 1 a letter of the month, 2 the day, and then the time), `_` for a space or one of the day's.
const IMF_FIXDATE: &[u8] = b", 22 111 0000 33:44:55 GMT";
const RFC850: &[u8] = b", 22-111-00 33:44:55 GMT";
const ASCTIME: &[u8] = b" 111 _2 33:44:55 0000";

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
    let bytes = text.as_bytes();
    let (name, rest) = bytes.split_at(bytes.iter().position(|b| !b.is_ascii_alphabetic())?);
    let is_long = DAYS.iter().any(|day| day.as_bytes().eq_ignore_ascii_case(name));
    let is_short = DAYS.iter().any(|day| day.as_bytes()[..3].eq_ignore_ascii_case(name));
    let form = match rest.first() {
        Some(b',') if is_long => RFC850,
        Some(b',') if is_short => IMF_FIXDATE,
        Some(b' ') if is_short => ASCTIME,
        _ => return None,
    };
    let [mut year, month, day, hour, minute, second] = parts(form, rest)?;
    if is_long {
        let this_year = date_of(days_and_seconds(now).0).0;
        year += this_year / 100 * 100;
        if year > this_year + 50 {
            year -= 100;
        }
    }
    // 60 is a leap second, which Unix time does not have.
    let in_range = (1..=days_in(year, month)).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    let seconds = days_before(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second.min(59);
    in_range.then(|| Timestamp::from_unix(seconds))
}

/// The numbers in a text of this form.
fn parts(form: &[u8], text: &[u8]) -> Option<[i64; 6]> {
    if form.len() != text.len() {
        return None;
    }
    let mut parts = [0; 6];
    for (at, byte) in text.iter().enumerate() {
        let wanted = form[at];
        let place = match wanted {
            b'1' => continue,
            b'_' if *byte == b' ' => continue,
            b'_' => 2,
            b'0'..=b'5' => usize::from(wanted - b'0'),
            _ if wanted.eq_ignore_ascii_case(byte) => continue,
            _ => return None,
        };
        parts[place] = parts[place] * 10 + i64::from(byte.is_ascii_digit().then(|| byte - b'0')?);
    }
    let start = form.iter().position(|wanted| *wanted == b'1')?;
    let name = text.get(start..start + 3)?;
    let month = MONTHS.as_bytes().chunks_exact(3).position(|month| month.eq_ignore_ascii_case(name))?;
    parts[1] = month as i64 + 1;
    Some(parts)
}

/// Writes the form that is sent.
///
/// ```
/// use keepfresh::http::{Timestamp, format_date};
///
/// assert_eq!(format_date(Timestamp::from_unix(784_111_777)), "Sun, 06 Nov 1994 08:49:37 GMT");
/// ```
pub fn format_date(at: Timestamp) -> String {
    let (days, seconds) = days_and_seconds(at);
    let (year, month, day) = date_of(days);
    let mut text = String::new();
    // The first of January of the year 1 was a Monday.
    push_all(&mut text, &[&DAYS[(days - FIRST_DAY) as usize % 7][..3], ", "]);
    two_digits(&mut text, day);
    let place = month as usize * 3;
    push_all(&mut text, &[" ", &MONTHS[place - 3..place], " "]);
    two_digits(&mut text, year / 100);
    two_digits(&mut text, year % 100);
    for (before, number) in &[(" ", seconds / 3_600), (":", seconds / 60 % 60), (":", seconds % 60)] {
        text.push_str(before);
        two_digits(&mut text, *number);
    }
    text.push_str(" GMT");
    text
}

fn two_digits(text: &mut String, number: i64) {
    push_ascii(text, b'0' + (number / 10) as u8);
    push_ascii(text, b'0' + (number % 10) as u8);
}

/// The day since the epoch, and the second in it. A clock beyond the years that can be written is broken.
fn days_and_seconds(at: Timestamp) -> (i64, i64) {
    const DAY: i64 = 86_400;
    let since_first = (at.as_millis().div_euclid(1000) - FIRST_DAY * DAY).clamp(0, (LAST_DAY - FIRST_DAY) * DAY);
    (since_first / DAY + FIRST_DAY, since_first % DAY)
}

/// Days from the epoch to a date of the proleptic Gregorian calendar.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March here, so that the leap day is the last of its year; and 400 years early, which
    // are 146,097 days, so that none is negative.
    let year = year + 400 - i64::from(month <= 2);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468 - 146_097
}

/// Year, month and day of a day since the epoch that is not before the year 1.
fn date_of(days: i64) -> (i64, i64, i64) {
    let day = days + 719_468;
    let (era, day) = (day / 146_097, day % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
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
            ("Sunday, 06 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06-Nov-94 08:49:37 GMT", None),
            ("Sunday Nov  6 08:49:37 1994", None),
            ("Sun Nov 6  08:49:37 1994", None),
            ("Sun, 06 N\u{f6}v 1994 08:49:37 GMT", None),
            ("Sun, 00 Nov 1994 08:49:37 GMT", None),
            ("Sun", None),
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
        for (extreme, expected) in
            [(i64::MIN, "Mon, 01 Jan 0001 00:00:00 GMT"), (i64::MAX, "Fri, 31 Dec 9999 00:00:00 GMT")]
        {
            assert_eq!(format_date(Timestamp::from_millis(extreme)), expected);
        }
        // Every day of a cycle of the calendar, and its neighbours.
        for day in FIRST_DAY..FIRST_DAY + 150_000 {
            let (year, month, of_month) = date_of(day);
            assert_eq!(days_before(year, month, of_month), day);
            assert!((1..=days_in(year, month)).contains(&of_month), "{year}-{month}-{of_month}");
        }
    }
}
