//! Reads `_headers`: what a site brings is heeded, and what was written is served by it.
//!
//! Every rule that matches counts, and values of one name are joined; `! Name` takes away what was said before. A line that begins
//! with a path begins a rule, however far it is set in: hosts know no indentation.

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
    read(text).0
}

/// The same, of whichever host: a rule may name one in front of its path.
pub fn lines_of_all_hosts(text: &str) -> Vec<Said<'_>> {
    let mut said = lines(text);
    said.iter_mut().for_each(|one| one.path = without_origin(one.path));
    said
}

fn without_origin(path: &str) -> &str {
    let host = path.strip_prefix("https://").or_else(|| path.strip_prefix("http://"));
    host.and_then(|host| host.find('/').map(|at| &host[at..])).unwrap_or(path)
}

/// Where the lines begin that say nothing of any path: hosts pass them over.
pub(super) fn passed_over(text: &str) -> Vec<usize> {
    read(text).1
}

fn read(text: &str) -> (Vec<Said<'_>>, Vec<usize>) {
    let (mut rule, mut end, mut said, mut passed_over) = (None, 0, Vec::new(), Vec::new());
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
            _ if ["/", "http://", "https://"].iter().any(|start| line.starts_with(start)) => rule = Some(line),
            (Some(path), Some((name, value))) => said.push(Said { at, path, name: name.trim(), value }),
            _ => passed_over.push(at),
        }
    }
    (said, passed_over)
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
///
/// All places of the path that the rule may have come to are followed at once, so that many stars cost no more than few.
fn covers(mut rule: &[u8], path: &[u8]) -> bool {
    let plain = rule.iter().zip(path).take_while(|(byte, there)| byte == there && !b"*:".contains(byte)).count();
    rule = &rule[plain..];
    let path = &path[plain..];
    let mut places = vec![false; path.len() + 1];
    places[0] = true;
    while let [byte, rest @ ..] = rule {
        let name = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        rule = rest;
        let mut before = false;
        match byte {
            b'*' => places.iter_mut().for_each(|place| {
                before |= *place;
                *place = before;
            }),
            b':' if rest.first().is_some_and(u8::is_ascii_alphabetic) => {
                rule = &rest[name..];
                for (at, place) in places.iter_mut().enumerate() {
                    before &= at > 0 && path[at - 1] != b'/';
                    let is_here = std::mem::replace(place, before);
                    before |= is_here;
                }
            }
            byte => {
                for (at, place) in places.iter_mut().enumerate() {
                    before &= at > 0 && path[at - 1] == *byte;
                    before = std::mem::replace(place, before);
                }
            }
        }
        if !places.contains(&true) {
            return false;
        }
    }
    places.ends_with(&[true])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_say_nothing_are_passed_over() {
        let text = "  X: 1\nno path\n# c\n\n/a\n  X: 1\n  Y 2\n  # no field\n  ! Z\n\t/b\n/c\n  https://example.com/*";
        let passed_over: Vec<&str> = passed_over(text).into_iter().filter_map(|at| text[at..].lines().next()).collect();
        assert_eq!(passed_over, ["X: 1", "no path", "Y 2"]);
    }

    #[test]
    fn paths_may_be_set_in_and_fields_need_not_be() {
        let text = "/a\nX: 1\n  /b\n    X: 2\n\t! Y\n  https://example.com/c\nX: 3\nLink: </d>\n";
        let said = |one: &Said<'_>| format!("{} {} {:?}", one.path, one.name, one.value);
        let said: Vec<String> = lines_of_all_hosts(text).iter().map(said).collect();
        let expected =
            ["/a X Some(\"1\")", "/b X Some(\"2\")", "/b Y None", "/c X Some(\"3\")", "/c Link Some(\"</d>\")"];
        assert_eq!(said, expected);
    }

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
        let many = ["/", &"*a".repeat(40)].concat();
        let rules = [
            (many.as_str(), ["/", &"a".repeat(300)].concat(), true),
            (many.as_str(), ["/", &"a".repeat(300), "b"].concat(), false),
            ("/:a/:b", "/x/y".to_owned(), true),
            ("/:a/:b", "/x/y/z".to_owned(), false),
            ("/:a", "/".to_owned(), false),
            ("/:a.js", "/x.y.js".to_owned(), true),
            ("/a:1", "/a:1".to_owned(), true),
            ("/*", "/".to_owned(), true),
            ("/a", "/".to_owned(), false),
            ("/", "/a".to_owned(), false),
        ];
        for (rule, path, expected) in rules {
            assert_eq!(covers(rule.as_bytes(), path.as_bytes()), expected, "{rule} {path}");
        }
        let first = Said { at: 13, path: "/a.css", name: "Cache-Control", value: Some("one") };
        assert_eq!(lines(text)[0], first);
    }
}
