//! What is wrong with the headers that a deployed site sends: pure, so that every case is a line of a table.

use serde::Serialize;

use super::{IMMUTABLE, NO_CACHE};
use crate::build::finding::Severity::{self, Error, Note, Warning};
use crate::build::name::media_type;
use crate::http::{CacheControl, Fields, Restriction, members};

/// What a resource is to caches.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resource {
    /// Its URL carries a fingerprint.
    Fingerprinted,
    /// Nothing: its URL carries a fingerprint that no file has.
    Absent,
    /// A page.
    Page,
    /// Anything else that is known by its name.
    Named,
    /// The service worker's script.
    Worker,
}

/// Something that is wrong with a response.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Fault {
    /// How bad it is.
    pub severity: Severity,
    /// What it is, and what comes of it.
    pub message: String,
    /// The field that should be sent in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wanted: Option<(&'static str, String)>,
}

/// Half a year in seconds: what is kept as long is kept for ever, as far as visitors notice.
const LONG: u32 = 15_552_000;

/// What is kept for a minute harms nobody; in seconds.
const SHORT: u32 = 60;

/// The shortest text that is worth being compressed, in bytes.
const COMPRESSIBLE: u64 = 1400;

/// The field that should be sent.
type Wanted<'a> = Option<(&'static str, &'a str)>;

/// What is wrong with one response.
#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, severity: Severity, message: &str, wanted: Wanted<'_>) {
        let wanted = wanted.map(|(name, value)| (name, value.to_owned()));
        self.0.push(Fault { severity, message: message.to_owned(), wanted });
    }
}

/// What is wrong with the answer to a `HEAD` request for a resource that took `br` and `gzip`.
pub fn audit(resource: Resource, path: &str, status: u16, fields: &Fields) -> Vec<Fault> {
    let mut faults = Faults::default();
    match (resource, status) {
        (Resource::Absent, _) => of_absent(status, fields, &mut faults),
        (_, 200) => {
            of_caching(resource, fields, &mut faults);
            of_sharing(resource, fields, &mut faults);
            of_content(path, fields, &mut faults);
        }
        _ => faults.add(Error, &format!("it is answered with status {status}"), None),
    }
    faults.0
}

/// What is not there must be said not to be there, and not for long.
fn of_absent(status: u16, fields: &Fields, faults: &mut Faults) {
    if !matches!(status, 404 | 410) {
        let message = "what is not there is answered as if it were: an old page gets a page in place of its script, \
                       and caches keep that for a year; send 404 for fingerprinted URLs that have no file";
        faults.add(Error, message, None);
    } else if CacheControl::of(fields).max_age.is_some_and(|age| age.as_seconds() > SHORT) {
        let message = "an answer for what is not there is kept: whoever asks too early never gets the file";
        faults.add(Error, message, Some(("Cache-Control", "no-store")));
    }
}

/// For how long it is kept, and how it is asked for again.
fn of_caching(resource: Resource, fields: &Fields, faults: &mut Faults) {
    let control = CacheControl::of(fields);
    let max_age = control.max_age.map(|age| age.as_seconds());
    let is_long = max_age.is_some_and(|age| age >= LONG);
    let has_no_cache = control.no_cache != Restriction::None;
    let value = if resource == Resource::Fingerprinted { IMMUTABLE } else { NO_CACHE };
    let wanted = Some(("Cache-Control", value));
    if has_no_cache && is_long {
        let message = "two rules of the host apply, and their values contradict each other; let one of them match";
        return faults.add(Error, message, wanted);
    }
    if resource == Resource::Fingerprinted {
        return if !is_long || control.no_store {
            faults.add(Error, "it never changes, but is asked for again and again", wanted);
        } else if !control.immutable {
            faults.add(Note, "a reload asks for it again in Firefox and Safari", wanted);
        } else if control.private != Restriction::None {
            faults.add(Warning, "caches that many users share may not keep it", wanted);
        };
    }
    let is_kept = !has_no_cache && !control.no_store && max_age.is_some_and(|age| age > SHORT);
    let is_guessed = max_age.is_none() && !has_no_cache && !control.no_store && !fields.contains("expires");
    let kept = match resource {
        _ if control.immutable => Some((Error, "it can change, but nobody will notice for as long as it is kept")),
        Resource::Worker if is_kept => Some((Warning, "browsers may take an old worker for a new one for up to a day")),
        Resource::Page if is_kept => {
            Some((Warning, "visitors see an old page until its time is over, with names that may be gone"))
        }
        Resource::Page if control.no_store => {
            Some((Note, "browsers may not keep it: going back loads it again, and offline there is nothing"))
        }
        _ if is_guessed => Some((Warning, "it says nothing, so caches guess for how long they may keep it")),
        _ => None,
    };
    if let Some((severity, message)) = kept {
        faults.add(severity, message, wanted);
    }
    let has_validator = fields.contains("etag") || fields.contains("last-modified");
    if !has_validator && !control.no_store {
        let message = "it can only be sent again as a whole: there is neither ETag nor Last-Modified";
        faults.add(Warning, message, None);
    }
}

/// Whether caches can give to one visitor what they have of another.
fn of_sharing(resource: Resource, fields: &Fields, faults: &mut Faults) {
    if fields.contains("set-cookie") && matches!(resource, Resource::Fingerprinted | Resource::Named) {
        faults.add(Warning, "it sets a cookie, so many shared caches do not keep it", None);
    }
    let mut varies = fields.members("vary").map(str::to_ascii_lowercase);
    let is_apart = varies.any(|name| matches!(name.as_str(), "*" | "cookie" | "user-agent"));
    if is_apart && resource == Resource::Fingerprinted {
        let message = "its Vary makes caches keep it for each visitor apart";
        faults.add(Warning, message, Some(("Vary", "Accept-Encoding")));
    }
}

/// What its bytes are said to be.
fn of_content(path: &str, fields: &Fields, faults: &mut Faults) {
    let expected = media_type(path);
    let essence = |value: &str| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let (sent, wanted) = (essence(fields.first("content-type").unwrap_or_default()), essence(expected));
    let is_script =
        |value: &str| matches!(value, "application/javascript" | "text/javascript" | "application/x-javascript");
    let is_same = sent == wanted || (is_script(&sent) && is_script(&wanted));
    if !is_same && matches!(wanted.as_str(), "text/javascript" | "text/css" | "application/wasm") {
        faults.add(Error, "browsers refuse it under this media type", Some(("Content-Type", expected)));
    }
    let encoding = fields.first("content-encoding");
    let length = fields.first("content-length").and_then(|text| text.parse::<u64>().ok());
    let is_text = expected.starts_with("text/")
        || ["json", "svg", "xml", "javascript", "wasm"].iter().any(|kind| expected.contains(kind));
    if encoding.is_none() && is_text && length.is_some_and(|length| length >= COMPRESSIBLE) {
        let message = "it is sent without compression; `keepfresh build --compress br,gzip` writes what a host needs";
        faults.add(Note, message, None);
    }
    let says_so = fields.lines("vary").flat_map(members).any(|name| name.eq_ignore_ascii_case("accept-encoding"));
    if encoding.is_some() && !says_so {
        faults.add(Error, "caches may give it to those who cannot decode it", Some(("Vary", "Accept-Encoding")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_a_line() {
        use Resource::{Absent, Fingerprinted, Named, Page, Worker};
        const TYPE: (&str, &str) = ("content-type", "text/css");
        const TAG: (&str, &str) = ("etag", "\"1\"");
        let cases: [(Resource, &str, u16, &[(&str, &str)], &str); 24] = [
            (Fingerprinted, "a.css", 200, &[TYPE, ("cache-control", IMMUTABLE)], ""),
            (Fingerprinted, "a.css", 200, &[TYPE, ("cache-control", "max-age=31536000")], "a reload asks"),
            (Fingerprinted, "a.css", 200, &[TYPE, ("cache-control", "max-age=600")], "again and again"),
            (Fingerprinted, "a.css", 200, &[TYPE], "again and again"),
            (
                Fingerprinted,
                "a.css",
                200,
                &[TYPE, ("cache-control", "no-cache, max-age=31536000, immutable")],
                "two rules",
            ),
            (Fingerprinted, "a.css", 200, &[TYPE, ("cache-control", "private, max-age=31536000, immutable")], "share"),
            (Fingerprinted, "a.css", 200, &[TYPE, ("cache-control", IMMUTABLE), ("set-cookie", "a=1")], "cookie"),
            (Fingerprinted, "a.css", 200, &[TYPE, ("cache-control", IMMUTABLE), ("vary", "Cookie")], "each visitor"),
            (
                Fingerprinted,
                "a.css",
                200,
                &[TYPE, ("cache-control", IMMUTABLE), ("content-length", "9000")],
                "without compression",
            ),
            (
                Fingerprinted,
                "a.css",
                200,
                &[TYPE, ("cache-control", IMMUTABLE), ("content-encoding", "br")],
                "cannot decode",
            ),
            (
                Fingerprinted,
                "a.css",
                200,
                &[TYPE, ("cache-control", IMMUTABLE), ("content-encoding", "br"), ("vary", "accept-encoding")],
                "",
            ),
            (Fingerprinted, "a.css", 404, &[], "status 404"),
            (Fingerprinted, "a.js", 200, &[("cache-control", IMMUTABLE), ("content-type", "text/html")], "refuse"),
            (
                Fingerprinted,
                "a.js",
                200,
                &[("cache-control", IMMUTABLE), ("content-type", "application/javascript")],
                "",
            ),
            (Page, "a.html", 200, &[("cache-control", "no-cache"), TAG], ""),
            (Page, "a.html", 200, &[("cache-control", "public, max-age=0, must-revalidate"), TAG], ""),
            (Page, "a.html", 200, &[("cache-control", "max-age=600"), TAG], "an old page"),
            (Page, "a.html", 200, &[("cache-control", "no-store")], "going back"),
            (Page, "a.html", 200, &[TAG], "caches guess"),
            (Page, "a.html", 200, &[("cache-control", "no-cache")], "neither ETag"),
            (
                Worker,
                "sw.js",
                200,
                &[("content-type", "text/javascript"), ("cache-control", IMMUTABLE), TAG],
                "can change",
            ),
            (Named, "robots.txt", 200, &[("cache-control", "max-age=3600"), TAG], ""),
            (Absent, "a.css", 404, &[], ""),
            (Absent, "a.css", 200, &[("content-type", "text/html")], "as if it were"),
        ];
        for (resource, path, status, fields, expected) in cases {
            let faults = audit(resource, path, status, &fields.iter().copied().collect());
            let messages: Vec<_> = faults.iter().map(|fault| fault.message.as_str()).collect();
            let is_it = if expected.is_empty() {
                messages.is_empty()
            } else {
                messages.len() == 1 && messages[0].contains(expected)
            };
            assert!(is_it, "{resource:?} {fields:?}: {messages:?}");
        }
        let kept = audit(Absent, "a.css", 404, &[("cache-control", "max-age=600")].into_iter().collect());
        assert_eq!(kept.len(), 1);
    }
}
