//! Numbers as fields write them: runs of decimal digits.
//!
//! Written out here because `fmt` and `FromStr`, for all that they can do besides, are a twentieth
//! of the worker.

use super::text::{concat, push_ascii};

/// Reads a run of digits, as large as it may be: beyond an `i64` it is the largest one. `None` if the
/// text is anything else: empty, signed, or with space around it.
pub fn digits(text: &str) -> Option<i64> {
    let mut number: i64 = 0;
    for byte in text.as_bytes() {
        if !byte.is_ascii_digit() {
            return None;
        }
        // Without `saturating_mul`, which is 128 bits wide in wasm.
        number = if number > i64::MAX / 10 - 1 { i64::MAX - 9 } else { number * 10 } + i64::from(byte - b'0');
        if number > i64::MAX - 10 {
            number = i64::MAX;
        }
    }
    (!text.is_empty()).then_some(number)
}

/// Writes a number.
pub fn decimal(number: i64) -> String {
    let text = unsigned(number.unsigned_abs());
    if number < 0 { concat(&["-", &text]) } else { text }
}

/// Writes a number that is never negative: one of bytes.
pub fn unsigned(number: u64) -> String {
    let mut text = String::new();
    push_digits(&mut text, number);
    text
}

fn push_digits(text: &mut String, number: u64) {
    if number > 9 {
        push_digits(text, number / 10);
    }
    push_ascii(text, b'0' + (number % 10) as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn numbers_are_written_as_they_are_read() {
        for number in [0, 7, 10, 1_700_000_000_000, i64::MAX] {
            assert_eq!(decimal(number), number.to_string());
            assert_eq!(digits(&number.to_string()), Some(number));
        }
        assert_eq!(decimal(-42), "-42");
        assert_eq!(decimal(i64::MIN), i64::MIN.to_string());
        assert_eq!(digits("99999999999999999999999"), Some(i64::MAX));
        for text in ["", "-1", "+1", " 1", "1 ", "1.0", "0x1", "١"] {
            assert_eq!(digits(text), None, "{text:?}");
        }
    }
}
