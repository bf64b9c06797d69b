//! Escapes in the texts of scripts: minifiers write what is not ASCII as `\u00e9` or `\xe9`, and some servers `/` as `\/`.

use std::borrow::Cow;

use memchr::memchr;

/// A script with what such escapes stand for. Those of quotes, backslashes and line breaks stay: texts end where they did.
pub(in crate::build) fn unescaped(text: &str) -> Cow<'_, str> {
    let (mut read, mut from, mut all) = (0, 0, String::new());
    while let Some(found) = memchr(b'\\', &text.as_bytes()[from..]) {
        let at = from + found;
        let Some((meant, length)) = meaning(&text[at + 1..]) else {
            // What follows begins no escape itself.
            from = (at + 2).min(text.len());
            continue;
        };
        all.push_str(&text[read..at]);
        all.push(meant);
        read = at + 1 + length;
        from = read;
    }
    if read == 0 {
        return Cow::Borrowed(text);
    }
    all.push_str(&text[read..]);
    Cow::Owned(all)
}

/// What is meant behind a backslash, and how long that is.
fn meaning(rest: &str) -> Option<(char, usize)> {
    let of_digits = |digits: &str| {
        let is_number = digits.bytes().all(|b| b.is_ascii_hexdigit());
        char::from_u32(u32::from_str_radix(digits, 16).ok().filter(|_| is_number)?)
    };
    let (meant, length) = match rest.as_bytes() {
        [b'/', ..] => ('/', 1),
        [b'x', ..] => (of_digits(rest.get(1..3)?)?, 3),
        [b'u', b'{', ..] => {
            let end = rest.bytes().take("u{10ffff}".len()).position(|byte| byte == b'}')?;
            (of_digits(&rest[2..end])?, end + 1)
        }
        [b'u', ..] => (of_digits(rest.get(1..5)?)?, 5),
        _ => return None,
    };
    (!meant.is_control() && !"\"'`\\".contains(meant)).then_some((meant, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_path_may_have_is_put_in() {
        let cases = [
            (r"'a\/b\x2ejs'", "'a/b.js'"),
            (r"'r\u00e9sum\xE9', '\u{1F600}.png'", "'résumé', '😀.png'"),
            // Quotes and line breaks, halves of pairs, backslashes that are escaped, what is no number, and what is cut off.
            (r"'\x27\u0022\n\u000a\ud83d\ude00", r"'\x27\u0022\n\u000a\ud83d\ude00"),
            (r"\\x41 \\/ \\\/ \x+1 \u{} \u{110000} \xé \u00é \é", r"\\x41 \\/ \\/ \x+1 \u{} \u{110000} \xé \u00é \é"),
            (r"\x4", r"\x4"),
            (r"\", r"\"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(unescaped(text), expected);
        }
    }
}
