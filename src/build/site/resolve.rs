//! From a reference to the file that it names.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::build::name::decode;
use crate::build::reference::{Kind, Reference};
use crate::build::spelling::Notation;

/// What a reference names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Target {
    /// A file of the folder.
    File(String),
    /// A path of the folder where there is no file.
    Missing(String),
    /// Something that is no file of the folder: another origin, `data:`, a bare module name, a place
    /// in the same document.
    Outside,
    /// A template, whose unknown parts are filled in elsewhere.
    Unknown,
}

/// What a template's unknown parts begin with.
const HOLES: [&str; 8] = ["{{", "%7B%7B", "%7b%7b", "{%", "${", "<%", "<?", "[["];

/// What hosts have at the root of a site, beside its files: Vercel, Netlify, Cloudflare, Firebase.
const OF_HOSTS: [&str; 4] = ["_vercel/", ".netlify/", "cdn-cgi/", "__/firebase/"];

/// Whether a URL begins with a name that a server puts a path for: `__PATH_PREFIX__/app.js`.
fn begins_with_a_name(url: &str) -> bool {
    let first = url.split(['/', '?', '#']).next().unwrap_or_default();
    let name = first.strip_prefix("__").and_then(|rest| rest.strip_suffix("__"));
    name.is_some_and(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'))
}

/// What is known of a folder: its files, and where it will stand.
pub struct Site<'a, T> {
    /// The path of its root on the host: `/` or `/app/`.
    pub base: &'a str,
    /// Its files.
    pub files: &'a BTreeMap<String, T>,
    /// The host, as in `https://example.com`, if it is known: URLs that name it are the site's own.
    pub origin: Option<&'a str>,
}

impl<T> Site<'_, T> {
    /// What `reference`, in the file at `path`, names. `html_base` is the `href` of the page's
    /// `<base>`, if it has one.
    pub fn target(&self, path: &str, html_base: Option<&str>, reference: &Reference) -> Target {
        let url = as_read(&reference.url);
        let url = self.without_origin(&url);
        if HOLES.iter().any(|hole| url.contains(hole)) || begins_with_a_name(url) {
            return Target::Unknown;
        }
        let url_path = &url[..url.find(['?', '#']).unwrap_or(url.len())];
        let is_bare = !(url_path.starts_with("./") || url_path.starts_with("../") || url_path.starts_with('/'));
        if url_path.is_empty() || has_origin(url_path) || (reference.is_specifier() && is_bare) {
            return Target::Outside;
        }
        let from = match html_base {
            None if reference.kind == Kind::Preload && !url_path.starts_with('.') => self.base_of_list(path, url_path),
            _ => self.from(path, html_base),
        };
        let Some(joined) = from.and_then(|from| self.join(&from, url_path)) else {
            return Target::Outside;
        };
        let Some(decoded) = decode(&joined) else {
            return Target::Missing(joined);
        };
        if self.files.contains_key(&decoded) {
            return Target::File(decoded);
        }
        // A folder, or a page by the name that hosts give it.
        let folder = decoded.trim_end_matches('/');
        let prefix = if folder.is_empty() { String::new() } else { [folder, "/"].concat() };
        let names = [[&prefix, "index.html"].concat(), [folder, ".html"].concat()];
        match names.into_iter().find(|name| self.files.contains_key(name)) {
            Some(page) => Target::File(page),
            // Where others begin: `new URL('icons/', import.meta.url)`.
            None if reference.kind == Kind::Url && decoded.ends_with('/') => Target::Outside,
            None if self.base == "/" && OF_HOSTS.iter().any(|start| decoded.starts_with(start)) => Target::Outside,
            None => Target::Missing(decoded),
        }
    }

    /// The files that a page at `path` names with any of these URLs.
    pub(in crate::build) fn named(&self, path: &str, html_base: Option<&str>, urls: &[String]) -> BTreeSet<String> {
        let reference = |url: &String| Reference::new(Kind::Url, Notation::Attribute, 0..0, url);
        let target = |url: &String| match self.target(path, html_base, &reference(url)) {
            Target::File(target) => Some(target),
            _ => None,
        };
        urls.iter().filter_map(target).collect()
    }

    /// The folder that what bundlers list is relative to (`/build/`, say): the outermost of those that the script is in where
    /// there is such a file, or the site's root.
    fn base_of_list(&self, path: &str, url_path: &str) -> Option<String> {
        let slashes = path.match_indices('/').map(|(at, _)| &path[..=at]);
        let is_there = |folder: &&str| {
            let listed = self.join(folder, url_path).and_then(|joined| decode(&joined));
            listed.is_some_and(|listed| self.files.contains_key(&listed))
        };
        Some([""].into_iter().chain(slashes).find(is_there).unwrap_or_default().to_owned())
    }

    /// The path that relative URLs start from in the file at `path`; `None` if that is outside of the folder.
    fn from(&self, path: &str, html_base: Option<&str>) -> Option<String> {
        let Some(base) = html_base.map(as_read) else { return Some(path.to_owned()) };
        let base = self.without_origin(&base);
        if has_origin(base) { None } else { self.join(path, &base[..base.find(['?', '#']).unwrap_or(base.len())]) }
    }

    /// The paths that `url` may name, as their beginning and their end, if there is a `*` between these in it;
    /// `None` if it names nothing in the folder.
    pub(in crate::build) fn reach(
        &self,
        path: &str,
        html_base: Option<&str>,
        url: &str,
    ) -> Option<(String, Option<String>)> {
        let url = as_read(url);
        let url = self.without_origin(&url);
        let url = &url[..url.find(['?', '#']).unwrap_or(url.len())];
        let is_url = ["./", "../", "/"].iter().any(|start| url.starts_with(start));
        let (start, end) = match url.split_once('*') {
            // Between stars anything may stand.
            Some((start, rest)) => (start, Some(rest.rsplit('*').next().unwrap_or(rest))),
            None => (url, None),
        };
        let joined = self.join(&self.from(path, html_base)?, start).filter(|_| is_url && !has_origin(url))?;
        Some((decode(&joined)?, end.map(|end| decode(end).unwrap_or_default())))
    }

    /// A URL without the site's own origin, written with or without its scheme.
    fn without_origin<'u>(&self, url: &'u str) -> &'u str {
        let Some(origin) = self.origin else { return url };
        let host = origin.split_once(':').map_or(origin, |(_, host)| host);
        let behind = |start: &str| {
            let (begin, rest) = url.split_at_checked(start.len())?;
            begin.eq_ignore_ascii_case(start).then_some(rest)
        };
        match behind(origin).or_else(|| behind(host)) {
            Some("") => "/",
            Some(path) if path.starts_with(['/', '?', '#']) => path,
            _ => url,
        }
    }

    /// A URL's path, seen from the file at `from`, as a path in the folder; `None` if it leads out. Above the root of the
    /// host there is nothing to go up to.
    fn join(&self, from: &str, url_path: &str) -> Option<String> {
        let base: Vec<&str> = self.base.split('/').filter(|part| !part.is_empty()).collect();
        let folder = from.rfind('/').map_or("", |slash| &from[..slash]);
        let mut parts = match url_path.starts_with('/') {
            true => Vec::new(),
            false => base.iter().copied().chain(folder.split('/').filter(|part| !part.is_empty())).collect(),
        };
        let mut ends_with_folder = true;
        for part in url_path.split('/') {
            let dots = part.to_ascii_lowercase().replace("%2e", ".");
            ends_with_folder = matches!(&*dots, "" | "." | "..");
            match &*dots {
                "" | "." => {}
                ".." => drop(parts.pop()),
                _ => parts.push(part),
            }
        }
        let mut path = parts.strip_prefix(&*base)?.join("/");
        if ends_with_folder && !path.is_empty() {
            path.push('/');
        }
        Some(path)
    }
}

/// A URL as browsers read it before they look what it says ([URL, section 4.4][spec]): without line breaks and tabs, and
/// in paths with `/` for `\`.
///
/// [spec]: https://url.spec.whatwg.org/#url-parsing
fn as_read(url: &str) -> Cow<'_, str> {
    let url = url.trim_matches(|c: char| c <= ' ');
    let end = url.find(['?', '#']).unwrap_or(url.len());
    if !url[..end].contains(['\\', '\t', '\n', '\r']) {
        return Cow::Borrowed(url);
    }
    Cow::Owned([&url[..end].replace(['\t', '\n', '\r'], "").replace('\\', "/"), &url[end..]].concat())
}

/// Whether a URL begins with a scheme or a host.
pub(in crate::build) fn has_origin(url: &str) -> bool {
    let scheme = url.split_once(':').map(|(scheme, _)| scheme);
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    url.starts_with("//") || scheme.is_some_and(is_scheme)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::spelling::Notation;

    #[test]
    fn what_hosts_have_is_not_missing() {
        let files: BTreeMap<String, ()> = [(".netlify/own.js".to_owned(), ())].into();
        for (base, url, expected) in [
            ("/", "/_vercel/insights/script.js", Target::Outside),
            ("/", "/cdn-cgi/image/width=9/a.png", Target::Outside),
            ("/", "/.netlify/images?url=/a.png", Target::Outside),
            ("/", "/.netlify/own.js", Target::File(".netlify/own.js".to_owned())),
            ("/", "/__/firebase/init.js", Target::Outside),
            ("/app/", "cdn-cgi/a.js", Target::Missing("cdn-cgi/a.js".to_owned())),
        ] {
            let site = Site { base, files: &files, origin: None };
            let reference = Reference::new(Kind::Url, Notation::Attribute, 0..0, url);
            assert_eq!(site.target("index.html", None, &reference), expected, "{base} {url}");
        }
    }

    #[test]
    fn references_lead_to_files() {
        let names =
            ["a.css", "css/site.css", "css/img/a b.png", "index.html", "docs/index.html", "about.html", "js/a.js"];
        let files: BTreeMap<String, ()> = names.iter().map(|name| ((*name).to_owned(), ())).collect();
        let site = Site { base: "/app/", files: &files, origin: Some("https://example.com") };
        let file = |path: &str| Target::File(path.to_owned());
        let missing = |path: &str| Target::Missing(path.to_owned());
        let cases = [
            // in               base            kind          URL                       target
            ("index.html", None, Kind::Url, "a.css", file("a.css")),
            ("index.html", None, Kind::Url, "./css/../a.css?v=1#x", file("a.css")),
            ("css/site.css", None, Kind::Url, "img/a%20b.png", file("css/img/a b.png")),
            ("css/site.css", None, Kind::Url, "img/a b.png", file("css/img/a b.png")),
            ("css/site.css", None, Kind::Url, "../a.css", file("a.css")),
            ("css/site.css", None, Kind::Url, "../../a.css", Target::Outside),
            ("css/site.css", None, Kind::Url, "../../app/a.css", file("a.css")),
            ("css/site.css", None, Kind::Url, "../../../../app/a.css", file("a.css")),
            ("css/site.css", None, Kind::Url, "%2E%2e/a.css", file("a.css")),
            ("css/site.css", None, Kind::Url, "img\\a b.png", file("css/img/a b.png")),
            ("css/site.css", None, Kind::Url, " i\nm\tg/a%20b.png\r\n?a\\b", file("css/img/a b.png")),
            ("css/site.css", None, Kind::Url, "\\\\cdn.example\\a.css", Target::Outside),
            ("css/site.css", None, Kind::Url, "\\app\\a.css", file("a.css")),
            ("docs/index.html", None, Kind::Url, "/app/a.css", file("a.css")),
            ("docs/index.html", None, Kind::Url, "/a.css", Target::Outside),
            ("docs/index.html", Some("/app/"), Kind::Url, "a.css", file("a.css")),
            ("docs/index.html", Some("../css/"), Kind::Url, "site.css", file("css/site.css")),
            ("docs/index.html", Some("https://x.example/"), Kind::Url, "a.css", Target::Outside),
            ("index.html", Some("\\app\\css/"), Kind::Url, "site.css", file("css/site.css")),
            ("index.html", None, Kind::Link, "docs/", file("docs/index.html")),
            ("index.html", None, Kind::Link, "docs", file("docs/index.html")),
            ("index.html", None, Kind::Link, "about", file("about.html")),
            ("docs/index.html", None, Kind::Link, "..", file("index.html")),
            ("docs/index.html", None, Kind::Link, "/app/", file("index.html")),
            ("index.html", None, Kind::Url, "none.png", missing("none.png")),
            ("index.html", None, Kind::Url, "none/", Target::Outside),
            ("index.html", None, Kind::Link, "none/", missing("none/")),
            ("index.html", None, Kind::Url, "{{ static }}/a.css", Target::Unknown),
            ("index.html", None, Kind::Url, "__PREFIX__/a.css", Target::Unknown),
            ("index.html", None, Kind::Url, "__x__/a.css", Target::Missing("__x__/a.css".into())),
            ("index.html", None, Kind::Url, "", Target::Outside),
            ("index.html", None, Kind::Url, "#top", Target::Outside),
            ("index.html", None, Kind::Url, "?q", Target::Outside),
            ("index.html", None, Kind::Url, "data:image/png;base64,AA", Target::Outside),
            ("index.html", None, Kind::Url, "//cdn.example/a.css", Target::Outside),
            ("index.html", None, Kind::Url, "HTTPS://cdn.example/a.css", Target::Outside),
            ("index.html", None, Kind::Url, "https://example.com/app/a.css?v=1", file("a.css")),
            ("index.html", None, Kind::Url, "HTTPS://Example.com/app/a.css", file("a.css")),
            ("index.html", None, Kind::Url, "//example.com/app/a.css", file("a.css")),
            ("index.html", None, Kind::Url, "https://example.com/a.css", Target::Outside),
            ("index.html", None, Kind::Url, "https://example.com.evil/app/a.css", Target::Outside),
            ("index.html", None, Kind::Url, "https://example.com:8080/app/a.css", Target::Outside),
            ("index.html", None, Kind::Link, "https://example.com/app/", file("index.html")),
            ("docs/index.html", Some("https://example.com/app/css/"), Kind::Url, "site.css", file("css/site.css")),
            ("js/a.js", None, Kind::Module, "https://example.com/app/js/a.js", file("js/a.js")),
            ("js/a.js", None, Kind::Module, "react", Target::Outside),
            ("js/a.js", None, Kind::Module, "./a.js", file("js/a.js")),
            ("js/a.js", None, Kind::Url, "a.js", file("js/a.js")),
            ("js/a.js", None, Kind::Preload, "a.css", file("a.css")),
            ("css/img/a.js", None, Kind::Preload, "img/a%20b.png", file("css/img/a b.png")),
            ("css/img/a.js", None, Kind::Preload, "a.css", file("a.css")),
            ("css/img/a.js", None, Kind::Preload, "b.css", missing("b.css")),
        ];
        for (path, base, kind, url, expected) in cases {
            let reference = Reference::new(kind, Notation::Attribute, 0..0, url);
            assert_eq!(site.target(path, base, &reference), expected, "{url} in {path}");
        }
    }

    #[test]
    fn above_the_root_of_a_host_there_is_nothing() {
        let files = BTreeMap::from([("a.css".to_owned(), ())]);
        let site = Site { base: "/", files: &files, origin: None };
        for url in ["a.css", "../a.css", "../../../a.css", "/../a.css"] {
            let reference = Reference::new(Kind::Url, Notation::Attribute, 0..0, url);
            assert_eq!(site.target("index.html", None, &reference), Target::File("a.css".to_owned()), "{url}");
        }
    }

    #[test]
    fn what_is_partly_known_is_resolved_as_far_as_that() {
        let files: BTreeMap<String, ()> = BTreeMap::new();
        let site = Site { base: "/app/", files: &files, origin: Some("https://example.com") };
        let cases = [
            // in         base            URL            reaches
            ("js/a.js", None, "./*.js", Some(("js/", Some(".js")))),
            ("js/a.js", None, "../x/b-*.js?v=*", Some(("x/b-", Some(".js")))),
            ("js/a.js", None, "./*/x/*.mjs", Some(("js/", Some(".mjs")))),
            ("a.js", None, "./*", Some(("", Some("")))),
            ("index.html", None, "/app/lib/*", Some(("lib/", Some("")))),
            ("index.html", Some("/app/x/"), "./lib/*", Some(("x/lib/", Some("")))),
            ("index.html", None, "./sw.js", Some(("sw.js", None))),
            ("index.html", None, "https://example.com/app/lib/*", Some(("lib/", Some("")))),
            ("index.html", None, "https://cdn.example/lib/*", None),
            ("index.html", None, "lib/*", None),
            ("index.html", None, "/lib/*", None),
            ("index.html", None, "../*", None),
        ];
        for (path, base, url, expected) in cases {
            let expected = expected.map(|(start, end)| (start.to_owned(), end.map(str::to_owned)));
            assert_eq!(site.reach(path, base, url), expected, "{url} in {path}");
        }
    }
}
