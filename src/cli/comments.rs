//! Comments in JSON, as Firebase's tools allow them.

/// JSON with spaces for its comments, so that all else stays where it is.
pub(super) fn without_comments(text: &str) -> String {
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => end_of_string(rest),
            '/' if rest.starts_with("//") => rest.find(['\n', '\r']).unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest[2..].find("*/").map_or(rest.len(), |end| end + 4),
            _ => first.len_utf8(),
        };
        let (part, behind) = rest.split_at(length);
        let is_comment = first == '/' && length > 1;
        let blank = |c: char| if c.is_ascii_whitespace() { c } else { ' ' };
        plain.extend(part.chars().map(|c| if is_comment { blank(c) } else { c }));
        rest = behind;
    }
    plain
}

/// How long the string is that a text begins with, its quotes included.
fn end_of_string(text: &str) -> usize {
    let mut is_escaped = true;
    let end = text.find(|c| {
        let is_end = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        is_end
    });
    end.map_or(text.len(), |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_of_json_are_left_out() {
        for (text, expected) in [
            ("{} // a", "{}     "),
            ("// a\n{}/* b\n*/1", "    \n{}    \n  1"),
            (r#"{"a//b": "/* c */"}"#, r#"{"a//b": "/* c */"}"#),
            (r#"["\"//", "\\"]//"#, r#"["\"//", "\\"]  "#),
            ("/* ü", "    "),
            ("/*/ 1", "     "),
            ("\"//", "\"//"),
            ("1 / 2", "1 / 2"),
        ] {
            assert_eq!(without_comments(text), expected, "{text}");
        }
    }
}
