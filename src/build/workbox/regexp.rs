//! Regular expressions as people write them for URLs, as path patterns: `/\.(?:png|jpe?g)$/` is `/*.png`, `/*.jpg` and
//! `/*.jpeg`. What means more than a pattern can say is refused.

/// How many patterns one expression may become.
const LIMIT: usize = 24;

/// What an expression matches: whether it must begin and end where the text does, and the texts with stars.
struct Reading {
    begins: bool,
    ends: bool,
    texts: Vec<String>,
}

/// Where requests go that an expression matches: an origin, if it says one, and a path pattern.
pub(super) type Place = (Option<String>, String);

/// The places that a regular expression matches as a whole URL does, or as a path does; an error that says what in it
/// a pattern cannot say.
pub(super) fn places(source: &str, is_path: bool) -> Result<Vec<Place>, String> {
    let mut places = Vec::new();
    for branch in top_level(source) {
        let Reading { begins, ends, texts } = read(branch)?;
        for text in texts {
            // A path ends where its query begins.
            let text = match text.split_once("\\?") {
                Some((path, _)) => path.to_owned(),
                None if ends => text,
                None => [&text, "*"].concat(),
            };
            let place = place(text.replace("**", "*"), begins, is_path)
                .ok_or_else(|| format!("/{branch}/ names hosts that are not known"))?;
            if !places.contains(&place) {
                places.push(place);
            }
        }
    }
    Ok(places)
}

/// Where a text with stars leads; `None` if it does not say on which host.
pub(super) fn place(text: String, begins: bool, is_path: bool) -> Option<Place> {
    let scheme = text.find("://").filter(|_| begins && !is_path);
    if let Some(scheme) = scheme {
        let host = scheme + 3;
        let end = text[host..].find(['/', '*']).map_or(text.len(), |at| host + at);
        let path = &text[end..];
        let is_host = end > host && text[host..end].bytes().all(|b| b.is_ascii_alphanumeric() || b".-:".contains(&b));
        if !is_host || (path.starts_with('*') && path != "*") {
            return None;
        }
        let path = if path.starts_with('/') { path.to_owned() } else { ["/", path].concat() };
        return Some((Some(text[..end].to_owned()), path.replace(':', "\\:")));
    }
    let text = text.replace(':', "\\:");
    let path = match text.strip_prefix('/') {
        Some(_) if begins => text,
        // Wherever it stands, at the start as well.
        Some(_) => ["{/*}?", &text].concat(),
        None => ["/*", text.trim_start_matches('*')].concat(),
    };
    Some((None, path))
}

/// The alternatives of the whole expression.
fn top_level(source: &str) -> Vec<&str> {
    let (mut depth, mut start, mut escaped, mut parts) = (0, 0, false, Vec::new());
    for (at, c) in source.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '|' if depth == 0 => {
                parts.push(&source[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&source[start..]);
    parts
}

fn read(branch: &str) -> Result<Reading, String> {
    let begins = branch.starts_with('^');
    let ends = branch.ends_with('$') && !branch.ends_with("\\$");
    let inner = branch.strip_prefix('^').unwrap_or(branch);
    let inner = if ends { &inner[..inner.len() - 1] } else { inner };
    let mut reader = Reader { rest: inner, whole: branch };
    let texts = reader.sequence()?;
    match reader.rest {
        "" => Ok(Reading { begins, ends, texts }),
        _ => Err(reader.fault()),
    }
}

struct Reader<'s> {
    rest: &'s str,
    whole: &'s str,
}

impl Reader<'_> {
    /// The texts that a sequence stands for, up to a `)` or a `|`.
    fn sequence(&mut self) -> Result<Vec<String>, String> {
        let mut texts = vec![String::new()];
        while let Some(c) = self.rest.chars().next().filter(|c| !matches!(c, ')' | '|')) {
            let atom = self.atom(c)?;
            let atom = self.repeated(atom)?;
            let joined = texts.iter().flat_map(|text| atom.iter().map(move |more| [text.as_str(), more].concat()));
            texts = joined.collect();
            if texts.len() > LIMIT {
                return Err(format!("/{}/ stands for more than {LIMIT} patterns", self.whole));
            }
        }
        Ok(texts)
    }

    fn atom(&mut self, c: char) -> Result<Vec<String>, String> {
        self.rest = &self.rest[c.len_utf8()..];
        match c {
            '(' => self.group(),
            '[' => self.class(),
            '.' => Ok(vec![self.dot()]),
            '\\' => self.escape(),
            '^' | '$' | '*' | '+' | '?' | '{' | '}' | ']' => Err(self.fault()),
            c => Ok(vec![literal(c)]),
        }
    }

    /// A dot with nothing behind it is meant as one.
    fn dot(&self) -> String {
        if self.rest.starts_with(['*', '+', '{']) { "*".to_owned() } else { ".".to_owned() }
    }

    fn group(&mut self) -> Result<Vec<String>, String> {
        let is_plain = self.rest.starts_with("?:");
        if self.rest.starts_with('?') && !is_plain {
            return Err(self.fault());
        }
        self.rest = self.rest.strip_prefix("?:").unwrap_or(self.rest);
        let mut texts = self.sequence()?;
        while let Some(rest) = self.rest.strip_prefix('|') {
            self.rest = rest;
            texts.extend(self.sequence()?);
        }
        self.rest = self.rest.strip_prefix(')').ok_or_else(|| self.fault())?;
        Ok(texts)
    }

    /// A class stands for something in a segment, or for the one character that it holds.
    fn class(&mut self) -> Result<Vec<String>, String> {
        let end = self.rest.find(']').ok_or_else(|| self.fault())?;
        let inner = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        let one = inner.strip_prefix('\\').unwrap_or(inner);
        match one.chars().next() {
            Some(c) if one.len() == c.len_utf8() && c != '^' => Ok(vec![literal(c)]),
            _ => Ok(vec!["*".to_owned()]),
        }
    }

    fn escape(&mut self) -> Result<Vec<String>, String> {
        let c = self.rest.chars().next().ok_or_else(|| self.fault())?;
        self.rest = &self.rest[c.len_utf8()..];
        match c {
            'd' | 'w' | 's' | 'S' | 'D' | 'W' => Ok(vec!["*".to_owned()]),
            c if c.is_ascii_alphanumeric() => Err(self.fault()),
            c => Ok(vec![literal(c)]),
        }
    }

    /// What a quantifier makes of an atom.
    fn repeated(&mut self, atom: Vec<String>) -> Result<Vec<String>, String> {
        let is_star = atom == ["*"];
        let Some(c) = self.rest.chars().next().filter(|c| matches!(c, '*' | '+' | '?' | '{')) else { return Ok(atom) };
        let end = if c == '{' { self.rest.find('}').ok_or_else(|| self.fault())? + 1 } else { 1 };
        self.rest = &self.rest[end..];
        if c != '?' {
            // Greedy or not, it is as long as it is.
            self.rest = self.rest.strip_prefix('?').unwrap_or(self.rest);
        }
        match c {
            _ if is_star => Ok(atom),
            '?' => Ok(atom.into_iter().chain([String::new()]).collect()),
            _ => Err(self.fault()),
        }
    }

    fn fault(&self) -> String {
        format!("/{}/ says more than a pattern can", self.whole)
    }
}

/// A character as it stands in a pattern.
fn literal(c: char) -> String {
    match c {
        '#' => "%23".to_owned(),
        '*' | '+' | '?' | '{' | '}' | '(' | ')' | '\\' => ['\\', c].iter().collect(),
        c => c.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_for_urls_is_read() {
        let own = |paths: &[&str]| paths.iter().map(|path| (None, (*path).to_owned())).collect::<Vec<_>>();
        let cases = [
            (r"\.(?:png|gif|jpe?g)$", own(&["/*.png", "/*.gif", "/*.jpeg", "/*.jpg"])),
            (r".*\.(js|css)", own(&["/*.js*", "/*.css*"])),
            (r"\/api\/.*", own(&["{/*}?/api/*"])),
            (r"/api/", own(&["{/*}?/api/*"])),
            (r"^\/users\/\d+$", own(&["/users/*"])),
            (r"\.json|\.xml$", own(&["/*.json*", "/*.xml"])),
            (r"[^/]+\.html$", own(&["/*.html"])),
            (r"\/image\?url=.+$", own(&["{/*}?/image"])),
        ];
        for (source, expected) in cases {
            assert_eq!(places(source, false), Ok(expected), "{source}");
        }
        let elsewhere = [
            (
                r"^https:\/\/fonts\.(?:googleapis|gstatic)\.com\/.*",
                vec![("https://fonts.googleapis.com", "/*"), ("https://fonts.gstatic.com", "/*")],
            ),
            (r"^https://cdn.example.com", vec![("https://cdn.example.com", "/*")]),
            (r"^https?:\/\/a\.example\/x$", vec![("https://a.example", "/x"), ("http://a.example", "/x")]),
        ];
        for (source, expected) in elsewhere {
            let expected = expected.into_iter().map(|(origin, path)| (Some(origin.to_owned()), path.to_owned()));
            assert_eq!(places(source, false), Ok(expected.collect()), "{source}");
        }
        for source in [
            r"(?!x)a",
            r"^((?!api).)*$",
            r"a{2}",
            r"(ab)+",
            r"\bx",
            r"a(",
            r"[",
            r"^https://.*\.example/",
            r"^https://",
            "(a|b|c|d)(a|b|c|d)(a|b|c|d)",
        ] {
            assert!(places(source, false).is_err(), "{source}");
        }
    }
}
