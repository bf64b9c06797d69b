//! Regular expressions as people write them for URLs, as path patterns: `/\.(?:png|jpe?g)$/` is `/*.png`, `/*.jpg` and
//! `/*.jpeg`. What means more than a pattern can say is refused.

/// How many patterns one expression may become.
pub(super) const LIMIT: usize = 24;

/// How deep groups may stand in each other.
const DEEP: usize = 50;

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
    // `(\.js$|\.css$)` is its alternatives, too.
    for branch in top_level(inner(source).unwrap_or(source)) {
        let Reading { begins, ends, texts } = read(branch)?;
        for text in &texts {
            // A path ends where its query begins.
            let text = match text.split_once("\\?") {
                // One that must have a query is for less than its path: too little to deny that to, or to know it by.
                Some((path, _))
                    if (is_path || path.trim_matches('*').is_empty()) && !texts.iter().any(|one| one == path) =>
                {
                    return Err(format!("/{branch}/ asks for a query"));
                }
                Some((path, _)) => path.to_owned(),
                None if ends => text.clone(),
                None => [text, "*"].concat(),
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
    // `^https?:.*\.js$`: whatever the host.
    let scheme = text.strip_prefix("https").or_else(|| text.strip_prefix("http")).filter(|_| begins && !is_path);
    if let Some(rest) = scheme.map(|rest| rest.strip_prefix(':').unwrap_or(rest)).filter(|rest| rest.starts_with('*')) {
        let path = ["/*", rest.trim_start_matches('*')].concat().replace(':', "\\:");
        return Some((Some("*".to_owned()), path));
    }
    // Of another origin Workbox wants the whole URL, whether an expression says that it begins there or not.
    if !is_path && text.starts_with("http") && text.contains("://") {
        let (origin, path) = split_url(&text)?;
        if path.starts_with('*') && path != "*" {
            return None;
        }
        let path = if path.starts_with('/') { path.to_owned() } else { ["/", path].concat() };
        return Some((origin, path.replace(':', "\\:")));
    }
    let bare = text.trim_start_matches('*');
    let first = bare.split(['/', '*']).next().unwrap_or_default();
    let is_elsewhere = !is_path && HOSTS.iter().any(|end| first.len() > end.len() && first.ends_with(end));
    // Nothing that a path begins with, or a whole URL.
    let is_nowhere = begins && !text.starts_with(['/', '*']);
    if is_elsewhere || is_nowhere {
        return None;
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

/// What hosts end with that people name without a scheme, and files do not.
const HOSTS: [&str; 7] = [".app", ".co", ".com", ".dev", ".io", ".net", ".org"];

/// A URL's origin, if it says one, and what follows; `None` if that is not one host.
pub(super) fn split_url(url: &str) -> Option<(Option<String>, &str)> {
    let Some(host) = url.find("://").map(|at| at + 3) else { return Some((None, url)) };
    let end = url[host..].find(['/', '*']).map_or(url.len(), |at| host + at);
    let name = &url[host..end];
    let is_host = name.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:".contains(&b))
        && (name.contains('.') || name.starts_with("localhost"))
        && !name.starts_with('.')
        && !name.ends_with(['.', '-', ':']);
    is_host.then(|| (Some(url[..end].to_owned()), &url[end..]))
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

/// What is inside of an expression that is one group.
fn inner(one: &str) -> Option<&str> {
    let inner = one.strip_prefix('(')?.strip_suffix(')')?;
    let inner = inner.strip_prefix("?:").unwrap_or(inner);
    let (mut depth, mut escaped) = (0, false);
    for c in inner.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' => depth += 1,
            ')' => depth -= 1,
            '[' => return None,
            _ => {}
        }
        if depth < 0 {
            return None;
        }
    }
    (depth == 0 && !escaped && !inner.starts_with('?')).then_some(inner)
}

fn read(branch: &str) -> Result<Reading, String> {
    let begins = branch.starts_with('^');
    let ends = branch.ends_with('$') && !branch.ends_with("\\$");
    let inner = branch.strip_prefix('^').unwrap_or(branch);
    let inner = if ends { &inner[..inner.len() - 1] } else { inner };
    let mut reader = Reader { depth: 0, rest: inner, whole: branch };
    let texts = reader.sequence()?;
    match reader.rest {
        "" => Ok(Reading { begins, ends, texts }),
        _ => Err(reader.fault()),
    }
}

struct Reader<'s> {
    depth: usize,
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
        self.depth += 1;
        if self.depth > DEEP {
            return Err(self.fault());
        }
        let mut texts = self.sequence()?;
        while let Some(rest) = self.rest.strip_prefix('|') {
            self.rest = rest;
            texts.extend(self.sequence()?);
        }
        self.rest = self.rest.strip_prefix(')').ok_or_else(|| self.fault())?;
        self.depth -= 1;
        Ok(texts)
    }

    /// A class stands for something in a segment, or for the few characters that it holds.
    fn class(&mut self) -> Result<Vec<String>, String> {
        let end = self.rest.find(']').ok_or_else(|| self.fault())?;
        let inner = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        // Before a letter a backslash means a class of its own.
        let is_sign = |rest: &&str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric());
        let one = inner.strip_prefix('\\').filter(is_sign).unwrap_or(inner);
        match one.chars().next() {
            Some(c) if one.len() == c.len_utf8() && c != '^' => Ok(vec![literal(c)]),
            _ if self.rest.starts_with(['*', '+', '{']) => Ok(vec!["*".to_owned()]),
            _ => Ok(few(inner).unwrap_or_else(|| vec!["*".to_owned()])),
        }
    }

    fn escape(&mut self) -> Result<Vec<String>, String> {
        let c = self.rest.chars().next().ok_or_else(|| self.fault())?;
        self.rest = &self.rest[c.len_utf8()..];
        match c {
            'd' | 'w' | 's' | 'S' | 'D' | 'W' => Ok(vec!["*".to_owned()]),
            // It means something with braces alone.
            'p' if !self.rest.starts_with('{') => Ok(vec!["p".to_owned()]),
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

/// The characters of a class such as `jt` or `a-d`, if these are few letters and digits.
fn few(class: &str) -> Option<Vec<String>> {
    let bytes = class.as_bytes();
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric();
    let all = match bytes {
        [first, b'-', last] if is_plain(first) && is_plain(last) => (*first..=*last).collect(),
        _ => bytes.to_vec(),
    };
    let is_few = !all.is_empty() && all.len() < 10 && all.iter().all(is_plain);
    is_few.then(|| all.into_iter().map(|byte| char::from(byte).to_string()).collect())
}

/// A character as it stands in a pattern.
pub(super) fn literal(c: char) -> String {
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
            (r"(\.js$|\.css$|static\/)", own(&["/*.js", "/*.css", "/*static/*"])),
            (r"^[^?]*([^.?]{5}|\.html)(\?.*)?$", own(&["/*", "/*.html"])),
            (r"(a)-(b)", own(&["/*a-b*"])),
            (r"\.[jt]s$", own(&["/*.js", "/*.ts"])),
            (r"\/v[0-9]\/", own(&["{/*}?/v*/*"])),
            (r"^\/v[\d]\/[\w]+[\/]x[.]js$", own(&["/v*/*/x.js"])),
            (r"example\.common\.js", own(&["/*example.common.js*"])),
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
            (r"https://fonts.googleapis.com/(.*)", vec![("https://fonts.googleapis.com", "/*")]),
            (r"^https:\/\/[ab]\.example\/", vec![("https://a.example", "/*"), ("https://b.example", "/*")]),
            (r"^https?.*", vec![("*", "/*")]),
            (r"^https:", vec![("*", "/*")]),
            (r"^https?:.*\page-data\/.*\.json$", vec![("*", "/*page-data/*.json")]),
            (r"^http:\/\/localhost:3000\/api\/", vec![("http://localhost:3000", "/api/*")]),
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
            r"^https:\/\/api\.",
            r"^https:\/\/cdn",
            r"fonts.(gstatic|googleapis).com\/(.*)",
            r".*\.?example\.com.*",
            r"^api\/",
            r"\?(.+&)?no-cache=1$",
            "(a|b|c|d)(a|b|c|d)(a|b|c|d)",
        ] {
            assert!(places(source, false).is_err(), "{source}");
        }
    }
}
