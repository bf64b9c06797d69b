//! How the path of a URL is spelled: as the list of what is stored spells it.
//!
//! Browsers leave a path's escapes as they are written: `%7Eme.png` and `~me.png` are one file of a server, and two
//! URLs to a store. So a reference to a file of the folder is written as the file's name comes out of a browser.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::name::{escaped_byte, stands_for_itself};

/// How the text is written that a reference stands in.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Notation {
    /// The value of an attribute, in which entities are resolved.
    Attribute,
    /// CSS or JavaScript, in which a backslash takes the meaning from what follows it.
    Code,
    /// Both of them.
    CodeInAttribute,
    /// JSON.
    Json,
}

impl Notation {
    /// Whether it is that of a language that stands by itself or in markup.
    pub(super) fn is_code(self) -> bool {
        matches!(self, Self::Code | Self::CodeInAttribute)
    }

    /// A character that stands for itself in a URL; `None` if there is no way to write it that is safe everywhere.
    fn written(self, c: char) -> Option<String> {
        match (self, c) {
            (Self::Code, '&') => None,
            (Self::Attribute, '\'' | '&') => Some(format!("&#{};", u32::from(c))),
            (Self::Code, '\'' | '(' | ')') => Some(format!("\\{c}")),
            (Self::CodeInAttribute, '\'' | '(' | ')' | '&') => Some(format!("\\&#{};", u32::from(c))),
            _ => Some(c.to_string()),
        }
    }

    /// What to write in the place of parts of a URL's path, so that it is spelled as [`encode`] spells it.
    ///
    /// [`encode`]: super::name::encode
    pub(super) fn respelled(self, path: &str) -> Vec<(Range<usize>, String)> {
        let mut edits = Vec::new();
        // Browsers do not agree on it.
        edits.extend(path.match_indices('^').map(|(at, _)| (at..at + 1, "%5E".to_owned())));
        for (at, _) in path.match_indices('%') {
            let Some(byte) = escaped_byte(path.as_bytes(), at) else { continue };
            let here = at..at + 3;
            let plain = char::from(byte);
            // What a relative URL begins with would be a scheme, and the list of a `srcset` would go on.
            let is_safe = match plain {
                ':' => path[..at].contains('/'),
                ',' => at > 0 && here.end < path.len(),
                _ => stands_for_itself(byte),
            };
            let written = Some(plain).filter(|_| is_safe).and_then(|plain| self.written(plain));
            let written = written.unwrap_or_else(|| path[here.clone()].to_ascii_uppercase());
            if written != path[here.clone()] {
                edits.push((here, written));
            }
        }
        edits.sort_by_key(|(span, _)| span.start);
        edits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::reference::splice;

    #[test]
    fn references_are_spelled_as_the_list_is() {
        use Notation::{Attribute, Code, CodeInAttribute, Json};
        let cases = [
            (Attribute, "a%c3%bc.png", "a%C3%BC.png"),
            (Attribute, "%7Eme/%5bslug%5D.png", "~me/[slug].png"),
            (Attribute, "a%7cb^c.png", "a|b%5Ec.png"),
            (Attribute, "a%2fb%20%25%5c.png", "a%2Fb%20%25%5C.png"),
            (Attribute, "100%.png%", "100%.png%"),
            (Attribute, "a%+1.png", "a%+1.png"),
            (Attribute, "a%3Ab.png", "a%3Ab.png"),
            (Attribute, "./a%3Ab.png", "./a:b.png"),
            (Attribute, "%2Ca%2Cb%2C", "%2Ca,b%2C"),
            (Attribute, "p%20%281%29.png", "p%20(1).png"),
            (Attribute, "it%27s%26amp.png", "it&#39;s&#38;amp.png"),
            (Code, "it%27s%281%29%26.png", "it\\'s\\(1\\)%26.png"),
            (CodeInAttribute, "it%27s%26.png", "it\\&#39;s\\&#38;.png"),
            (Json, "it%27s%281%29%26.png", "it's(1)&.png"),
            (Json, "a.png", "a.png"),
        ];
        for (notation, path, expected) in cases {
            let edits = notation.respelled(path);
            let edits: Vec<_> = edits.iter().map(|(span, text)| (span.clone(), text.as_str())).collect();
            assert_eq!(String::from_utf8_lossy(&splice(path.as_bytes(), &edits)), expected, "{path}");
        }
    }
}
