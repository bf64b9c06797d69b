//! A model of an origin server that knows for each response what it was made of, for whom, and until
//! when it was current. An entity tag names all of that, and the body follows from the tag.

use std::collections::BTreeMap;

use crate::world::Reply;
use keepfresh::http::{ByteRange, Fields, RequestHead, ResponseHead, Satisfied, Timestamp, any_matches, format_date};

pub(crate) const ORIGIN: &str = "https://example.com";

/// Something that can be asked for.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) path: &'static str,
    pub(crate) cache_control: &'static str,
    /// Seconds, or nothing where the response does not say.
    pub(crate) lifetime: Option<i64>,
    pub(crate) stale_while_revalidate: Option<i64>,
    pub(crate) stale_if_error: i64,
    pub(crate) serving: Serving,
    pub(crate) makeup: Makeup,
}

/// What a cache may do with it, beside what its lifetime says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Serving {
    Freely,
    /// Never stale.
    Fresh,
    /// Never without asking.
    Validated,
    /// Never.
    Not,
}

/// What makes a response another one, beside time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Makeup {
    Nothing,
    /// The language in `Accept-Language`, whatever the country; `Vary` can only name the whole field.
    Language,
    /// Who asks; the response says that it is private.
    User,
    /// Who asks; only that the request is authorised shows it.
    AuthorizedUser,
    /// `q` of the query, and nothing else of it.
    Search,
}

const fn resource(path: &'static str, cache_control: &'static str, lifetime: Option<i64>) -> Resource {
    let (serving, makeup) = (Serving::Freely, Makeup::Nothing);
    let (stale_while_revalidate, stale_if_error) = (None, 0);
    Resource { path, cache_control, lifetime, stale_while_revalidate, stale_if_error, serving, makeup }
}

/// All there is. The paths with a query differ in nothing that their URL's family shares.
pub(crate) const RESOURCES: [Resource; 14] = [
    resource("/fresh", "max-age=60", Some(60)),
    resource("/silent", "", None),
    Resource {
        stale_while_revalidate: Some(60),
        ..resource("/window", "max-age=10, stale-while-revalidate=60", Some(10))
    },
    Resource { stale_if_error: 300, ..resource("/error", "max-age=10, stale-if-error=300", Some(10)) },
    Resource { serving: Serving::Fresh, ..resource("/must", "max-age=10, must-revalidate", Some(10)) },
    Resource { serving: Serving::Validated, ..resource("/ask", "no-cache", Some(0)) },
    Resource { serving: Serving::Not, ..resource("/never", "no-store", Some(0)) },
    Resource { makeup: Makeup::Language, ..resource("/page", "max-age=60", Some(60)) },
    Resource { makeup: Makeup::User, ..resource("/mine", "private, max-age=60", Some(60)) },
    Resource { makeup: Makeup::AuthorizedUser, ..resource("/account", "max-age=60", Some(60)) },
    Resource { makeup: Makeup::Language, ..resource("/list?x=1", "max-age=60", Some(60)) },
    Resource { makeup: Makeup::Language, ..resource("/list?", "max-age=600", Some(600)) },
    Resource { makeup: Makeup::Search, ..resource("/search?q=a&utm=", "max-age=600", Some(600)) },
    Resource { makeup: Makeup::Search, ..resource("/search?q=b&utm=", "max-age=600", Some(600)) },
];

/// The origin server.
#[derive(Debug, Default)]
pub(crate) struct Origin {
    /// Whether everything is answered with an error.
    pub(crate) is_broken: bool,
    /// When each version but the first of each resource came.
    deploys: BTreeMap<&'static str, Vec<Timestamp>>,
}

impl Origin {
    /// The resource that a URL means.
    pub(crate) fn resource(url: &str) -> &'static Resource {
        let path = url.strip_prefix(ORIGIN).unwrap_or_default();
        let exact = RESOURCES.iter().find(|one| one.path == path);
        let found =
            exact.or_else(|| RESOURCES.iter().find(|one| one.makeup == Makeup::Search && path.starts_with(one.path)));
        found.unwrap_or_else(|| panic!("nobody asks for {url}"))
    }

    /// Something else is there from now on.
    pub(crate) fn deploy(&mut self, resource: &Resource, now: Timestamp) {
        self.deploys.entry(resource.path).or_default().push(now);
    }

    pub(crate) fn version(&self, resource: &Resource) -> usize {
        self.deploys.get(resource.path).map_or(0, Vec::len)
    }

    /// When a version was the current one for the last time; nothing if it still is.
    pub(crate) fn until(&self, resource: &Resource, version: usize) -> Option<Timestamp> {
        self.deploys.get(resource.path)?.get(version).copied()
    }

    /// The entity tag of what a request would get.
    pub(crate) fn tag(&self, request: &RequestHead) -> String {
        let resource = Self::resource(&request.url);
        let part = match resource.makeup {
            Makeup::Language => language(request),
            Makeup::User | Makeup::AuthorizedUser => request.fields.first("authorization").unwrap_or("nobody"),
            Makeup::Nothing | Makeup::Search => "all",
        };
        format!("\"{} {} {part}\"", resource.path, self.version(resource))
    }

    pub(crate) fn answer(&mut self, request: &RequestHead, now: Timestamp) -> Reply {
        if self.is_broken {
            return reply(503, &[("date", &format_date(now))], b"sorry".to_vec());
        }
        let resource = Self::resource(&request.url);
        if request.method == "POST" {
            self.deploy(resource, now);
            return reply(200, &[("date", &format_date(now)), ("location", "/page")], b"done".to_vec());
        }
        let (tag, date) = (self.tag(request), format_date(now));
        let mut lines = vec![("cache-control", resource.cache_control), ("date", &date), ("etag", &tag)];
        match resource.makeup {
            Makeup::Language => lines.push(("vary", "Accept-Language")),
            Makeup::Search => lines.push(("no-vary-search", "params=(\"utm\")")),
            _ => {}
        }
        if request.fields.lines("if-none-match").any(|list| any_matches(list, Some(&tag))) {
            return reply(304, &lines, Vec::new());
        }
        let body = content(&tag);
        if request.method == "HEAD" {
            return reply(200, &lines, Vec::new());
        }
        // One of them has never heard of If-Range.
        let holds = resource.path == "/error" || request.fields.first("if-range").is_none_or(|known| known == tag);
        let range = request.fields.first("range").and_then(ByteRange::parse).filter(|_| holds);
        let total = body.len();
        match range.map(|range| range.of(total as u64)) {
            Some(Satisfied::Bytes(first, last)) => {
                let range = format!("bytes {first}-{last}/{total}");
                lines.push(("content-range", &range));
                reply(206, &lines, body[first as usize..=last as usize].to_vec())
            }
            Some(Satisfied::Unsatisfiable) => {
                reply(416, &[("date", &date), ("content-range", &format!("bytes */{total}"))], Vec::new())
            }
            None => reply(200, &lines, body),
        }
    }
}

/// The language that a request asks for.
pub(crate) fn language(request: &RequestHead) -> &str {
    let asked = request.fields.first("accept-language").unwrap_or("none");
    asked.split_once('-').map_or(asked, |(language, _)| language)
}

/// The body that goes with an entity tag.
pub(crate) fn content(tag: &str) -> Vec<u8> {
    // What makes it another one comes first, so that even a small part shows of what it is.
    let line: String = tag.chars().rev().collect();
    (0..3).map(|number| format!("{line} {number}\n")).collect::<String>().into_bytes()
}

fn reply(status: u16, lines: &[(&str, &str)], body: Vec<u8>) -> Reply {
    let mut fields: Fields = lines.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
    if !body.is_empty() {
        fields.append("content-length", &body.len().to_string());
    }
    let head = ResponseHead { fields, redirected: false, status };
    Reply { body, head, interims: Vec::new(), is_whole: true }
}
