//! Reads `_headers`: what a site brings is heeded, and what was written is served by it.
//!
//! Every rule that matches counts, and values of one name are joined; `! Name` takes away what was said before.

/// What one line says: the responses under a path have this field, or, without a value, no more have it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Said<'a> {
    /// Where in the file it begins, in bytes.
    pub at: usize,
    /// The path of its rule, with placeholders.
    pub path: &'a str,
    /// The field's name.
    pub name: &'a str,
    /// The field's value.
    pub value: Option<&'a str>,
}

impl Said<'_> {
    /// Whether it is said of the response under a path, which is as it stands in a request.
    pub fn covers(&self, path: &str) -> bool {
        covers(self.path.as_bytes(), path.as_bytes())
    }

    /// Whether it speaks of this field.
    pub fn is_of(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// What a file says, line by line.
pub fn lines(text: &str) -> Vec<Said<'_>> {
    let (mut rule, mut end, mut said) = (None, 0, Vec::new());
    for whole in text.split_inclusive('\n') {
        let at = end + (whole.len() - whole.trim_start().len());
        end += whole.len();
        let line = whole.trim();
        let field = match line.strip_prefix('!') {
            Some(name) => Some((name, None)),
            None => line.split_once(':').map(|(name, value)| (name, Some(value.trim()))),
        };
        match (rule, field) {
            _ if line.is_empty() || line.starts_with('#') => {}
            _ if !whole.starts_with([' ', '\t']) => rule = Some(line),
            (Some(path), Some((name, value))) => said.push(Said { at, path, name: name.trim(), value }),
            _ => {}
        }
    }
    said
}

/// The fields of the response under a path, in their order: several of one name are to be joined.
pub fn fields_at<'a>(said: &[Said<'a>], path: &str) -> Vec<(&'a str, &'a str)> {
    let mut fields: Vec<(&str, &str)> = Vec::new();
    for one in said.iter().filter(|one| one.covers(path)) {
        match one.value {
            Some(value) => fields.push((one.name, value)),
            None => fields.retain(|(name, _)| !one.is_of(name)),
        }
    }
    fields
}

/// Whether a rule's path covers a request's: `*` is any run of characters, `:name` a run without `/`.
fn covers(rule: &[u8], path: &[u8]) -> bool {
    match rule {
        [] => path.is_empty(),
        [b'*', rest @ ..] => (0..=path.len()).any(|taken| covers(rest, &path[taken..])),
        [b':', first, ..] if first.is_ascii_alphabetic() => {
            let name = rule[1..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
            let segment = path.iter().position(|b| *b == b'/').unwrap_or(path.len());
            (1..=segment).any(|taken| covers(&rule[1 + name..], &path[taken..]))
        }
        [byte, rest @ ..] => path.first() == Some(byte) && covers(rest, &path[1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_apply_as_hosts_apply_them() {
        let text = "# c\n/a.css\n  Cache-Control: one\n/b/*\n  X: 1\n  # no: field\n  Y: 2\n\n/*.kf.:rest\n  Z: 3\n/*\n  Z: 4\n\
            /b/c\n  ! x\n  X: 5\n";
        let cases: [(&str, &[(&str, &str)]); 6] = [
            ("/a.css", &[("Cache-Control", "one"), ("Z", "4")]),
            ("/b/c/d", &[("X", "1"), ("Y", "2"), ("Z", "4")]),
            ("/b/c", &[("Y", "2"), ("Z", "4"), ("X", "5")]),
            ("/x/a.kf.00.css", &[("Z", "3"), ("Z", "4")]),
            ("/a.kf.", &[("Z", "4")]),
            ("/a.csss", &[("Z", "4")]),
        ];
        for (path, expected) in cases {
            assert_eq!(fields_at(&lines(text), path), expected, "{path}");
        }
        let first = Said { at: 13, path: "/a.css", name: "Cache-Control", value: Some("one") };
        assert_eq!(lines(text)[0], first);
    }
}
