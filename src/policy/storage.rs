//! Storing responses ([RFC 9111, section 3][spec]).
//!
//! A route that assigns a lifetime keeps only what has status 200: what it keeps is meant to be shown
//! when the network is away, and an error page is not, nor is a page in the place of a script or a picture. Terms without one keep what the section allows.
//!
//! [spec]: https://httpwg.org/specs/rfc9111.html#response.cacheability

use super::freshness::is_explicit;
use super::partial::fits;
use super::vary::matches_nothing;
use super::{Asked, Audience, Terms, is_heuristically_cacheable};
use crate::http::{
    ByteRange, CacheControl, Destination, RequestHead, ResponseHead, Restriction, directives, resolve, without_fragment,
};

/// Whether a response is stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Storage {
    /// It is not, and what is stored for the URI stays.
    Refuse(WhyNotStored),
    /// It is not, and what is stored for the URI goes: the origin server says that nothing is there.
    Remove,
    /// It is.
    Store,
}

/// Why a response is not stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WhyNotStored {
    /// The request carried `Authorization`, and the response does not say that others may have it.
    Authorization,
    /// Its body has no end: whoever kept it would never be done.
    Endless,
    /// The request carried a cookie, and nothing says that the response is for more than one user.
    Cookie,
    /// The method is not understood.
    Method,
    /// The request says `no-store`.
    NoStoreInRequest,
    /// The response says `no-store`.
    NoStore,
    /// It says `must-understand`, and its status code is not understood here.
    NotUnderstood,
    /// It is a part of a representation, and does not say which.
    Part,
    /// The request has a precondition that only the origin server can judge (`If-Match`).
    Precondition,
    /// It is for one user, and this cache is for many.
    Private,
    /// It was reached through a redirect, and would be served under a URI that is not its own.
    Redirected,
    /// A route says that nothing is kept.
    Route,
    /// It sets a cookie, and nothing says that it is for more than one user.
    SetCookie,
    /// It is not final, or its status code may not be kept without its saying so; 0 is a response
    /// that script may not look into.
    Status,
    /// It is a page where something else was asked for: of whoever stands between, or of a host that has one for all it lacks.
    Type,
    /// `Vary: *`, or what cannot be read: it answers no other request.
    VaryStar,
}

impl WhyNotStored {
    /// What `Cache-Status` says of it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authorization => "authorization",
            Self::Cookie => "cookie",
            Self::Endless => "endless",
            Self::Method => "method",
            Self::NoStoreInRequest => "request-no-store",
            Self::NoStore => "no-store",
            Self::NotUnderstood => "must-understand",
            Self::Part => "part",
            Self::Precondition => "precondition",
            Self::Private => "private",
            Self::Redirected => "redirected",
            Self::Route => "route",
            Self::SetCookie => "set-cookie",
            Self::Status => "status",
            Self::Type => "type",
            Self::VaryStar => "vary-star",
        }
    }
}

/// Decides whether the response to `request` is stored.
pub fn storage(request: &RequestHead, response: &ResponseHead, terms: &Terms) -> Storage {
    if let Some(why) = why_refused(request, response, terms) {
        return Storage::Refuse(why);
    }
    match response.status {
        _ if terms.lifetime.is_none() => Storage::Store,
        200 if is_page_instead(request, response) => Storage::Refuse(WhyNotStored::Type),
        200 => Storage::Store,
        404 | 410 => Storage::Remove,
        _ => Storage::Refuse(WhyNotStored::Status),
    }
}

fn why_refused(request: &RequestHead, response: &ResponseHead, terms: &Terms) -> Option<WhyNotStored> {
    let (directives, is_targeted) = directives(&response.fields, terms.targets());
    if request.method != "GET" && !speaks_for_get(request, response, (&directives, is_targeted), terms) {
        return Some(WhyNotStored::Method);
    }
    if directives.must_understand && !is_understood(response.status) {
        return Some(WhyNotStored::NotUnderstood);
    }
    if directives.no_store && !directives.must_understand {
        return Some(WhyNotStored::NoStore);
    }
    if Asked::of(request).directives.no_store {
        return Some(WhyNotStored::NoStoreInRequest);
    }
    if response.redirected {
        return Some(WhyNotStored::Redirected);
    }
    if !matches!(response.status, 200..=599) || response.status == 304 {
        return Some(WhyNotStored::Status);
    }
    if response.status == 206 && (is_coded(response) || !says_which_part(request, response)) {
        return Some(WhyNotStored::Part);
    }
    if is_of_asking(request, response.status) {
        return Some(WhyNotStored::Status);
    }
    if is_endless(response) {
        return Some(WhyNotStored::Endless);
    }
    if response.fields.members("vary").any(matches_nothing) {
        return Some(WhyNotStored::VaryStar);
    }
    let is_assigned = terms.lifetime.is_some();
    let is_explicit = is_explicit((&directives, is_targeted), response, terms);
    if terms.audience.is_shared() {
        if directives.private == Restriction::Whole {
            return Some(WhyNotStored::Private);
        }
        let is_for_others = directives.public || directives.must_revalidate || directives.s_maxage.is_some();
        if request.fields.contains("authorization") && !is_for_others {
            return Some(WhyNotStored::Authorization);
        }
        // Stricter than the section, which warns of it (section 7.3): a guess is not enough.
        if response.fields.contains("set-cookie") && !is_explicit {
            return Some(WhyNotStored::SetCookie);
        }
        // By a cookie a server knows its users, and most say nothing of caches with the pages that they make for one.
        if request.fields.contains("cookie") && !is_explicit {
            return Some(WhyNotStored::Cookie);
        }
    }
    let is_private = terms.audience == Audience::Private && directives.private != Restriction::None;
    let may = is_assigned || is_explicit || is_private || is_heuristically_cacheable(response.status);
    (!may).then_some(WhyNotStored::Status)
}

/// Whether a body goes on for as long as somebody reads it ([server-sent events][events], and pictures that
/// [take each other's place][replace]). Many of them say `no-cache` alone, by which HTTP lets them be stored.
///
/// [events]: https://html.spec.whatwg.org/multipage/server-sent-events.html
/// [replace]: https://html.spec.whatwg.org/multipage/iana.html#multipart/x-mixed-replace
fn is_endless(response: &ResponseHead) -> bool {
    let kind = response.fields.first("content-type").and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("text/event-stream") || kind.eq_ignore_ascii_case("multipart/x-mixed-replace")
}

/// How the names end of what is fetched and is no page.
const NO_PAGES: [&str; 8] = [".css", ".js", ".json", ".mjs", ".png", ".svg", ".txt", ".wasm"];

/// Whether a response says that it is HTML, and nothing can be done with that.
fn is_page_instead(request: &RequestHead, response: &ResponseHead) -> bool {
    let kind = response.fields.first("content-type").and_then(|kind| kind.get(..9)).unwrap_or_default();
    kind.eq_ignore_ascii_case("text/html")
        && match request.destination {
            Destination::Document | Destination::Other => false,
            Destination::Fetch => {
                let path = without_fragment(&request.url);
                let path = &path[..path.find('?').unwrap_or(path.len())];
                NO_PAGES.iter().any(|end| path.ends_with(end))
            }
            _ => true,
        }
}

/// Whether the response to a `POST` or `PATCH` may answer a later `GET`: it says for how long, and that it is what the target URI
/// stands for ([RFC 9110, section 9.3.3](https://httpwg.org/specs/rfc9110.html#POST), RFC 5789, section 2).
fn speaks_for_get(
    request: &RequestHead,
    response: &ResponseHead,
    (directives, is_targeted): (&CacheControl, bool),
    terms: &Terms,
) -> bool {
    let for_shared = terms.audience.is_shared() && directives.s_maxage.is_some();
    let expires = response.fields.contains("expires") && !is_targeted;
    let is_explicit = for_shared || directives.max_age.is_some() || expires;
    let target = without_fragment(&request.url);
    let location = response.fields.first("content-location");
    let is_of_target = location.and_then(|location| resolve(target, location)).as_deref() == Some(target);
    matches!(request.method.as_str(), "POST" | "PATCH") && response.status == 200 && is_explicit && is_of_target
}

/// Whether an error is of a range or of conditions, which are no part of the key: whoever asks without them would be given it
/// ([RFC 9110, sections 15.5.13 and 15.5.17](https://httpwg.org/specs/rfc9110.html#status.416)).
fn is_of_asking(request: &RequestHead, status: u16) -> bool {
    let is_ranged = request.fields.contains("range") && status >= 400 && !matches!(status, 404 | 410);
    matches!(status, 412 | 416) || is_ranged
}

/// Whether a body is coded. What a host keeps of it is decoded, and a range counts the coded bytes.
pub(super) fn is_coded(response: &ResponseHead) -> bool {
    response.fields.first("content-encoding").is_some_and(|coding| !coding.eq_ignore_ascii_case("identity"))
}

fn says_which_part(request: &RequestHead, response: &ResponseHead) -> bool {
    let asked = request.fields.first("range").and_then(ByteRange::parse);
    asked.is_some() && response.content_range().is_some_and(|range| fits(response, range))
}

/// Whether everything that a status code asks of a cache is done here.
fn is_understood(status: u16) -> bool {
    matches!(status, 200..=208 | 226 | 300..=308 | 400..=418 | 421..=426 | 428 | 429 | 431 | 451 | 500..=508 | 510 | 511)
        && status != 306
}

#[cfg(test)]
mod tests {
    use super::Storage::{Refuse, Remove, Store};
    use super::WhyNotStored::*;
    use super::*;
    use crate::http::DeltaSeconds;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const URL: &str = "https://example.com/a";

    fn response(status: u16, fields: &[(&str, &str)]) -> ResponseHead {
        ResponseHead { fields: fields.iter().copied().collect(), redirected: false, status }
    }

    fn request(method: &str, fields: &[(&str, &str)]) -> RequestHead {
        RequestHead { fields: fields.iter().copied().collect(), method: method.to_owned(), ..RequestHead::get(URL) }
    }

    #[test]
    fn routes_keep_what_is_there() {
        let cases: [(&str, u16, &[(&str, &str)], Storage); 18] = [
            ("GET", 200, &[], Store),
            ("GET", 200, &[("cache-control", "private, no-cache")], Store),
            ("GET", 200, &[("cache-control", "no-store")], Refuse(NoStore)),
            ("GET", 200, &[("cache-control", "max-age=60"), ("cache-control", "No-Store")], Refuse(NoStore)),
            ("GET", 200, &[("cache-control", "x=\"no-store\"")], Store),
            ("GET", 200, &[("vary", "accept, *")], Refuse(VaryStar)),
            ("GET", 200, &[("vary", "accept")], Store),
            ("GET", 200, &[("content-type", "text/event-stream")], Refuse(Endless)),
            ("GET", 200, &[("content-type", "Text/Event-Stream ; charset=utf-8")], Refuse(Endless)),
            ("GET", 200, &[("content-type", "multipart/x-mixed-replace; boundary=a")], Refuse(Endless)),
            ("GET", 200, &[("content-type", "text/event-stream-like")], Store),
            ("GET", 304, &[], Refuse(Status)),
            ("GET", 500, &[("cache-control", "max-age=60")], Refuse(Status)),
            ("GET", 0, &[], Refuse(Status)),
            ("GET", 404, &[], Remove),
            ("GET", 410, &[], Remove),
            ("GET", 404, &[("cache-control", "no-store")], Refuse(NoStore)),
            ("POST", 200, &[("cache-control", "max-age=60")], Refuse(Method)),
        ];
        let terms = Terms { lifetime: Some(DeltaSeconds::ZERO), ..Terms::http(Audience::Private) };
        for (method, status, fields, expected) in cases {
            let decided = storage(&request(method, &[]), &response(status, fields), &terms);
            assert_eq!(decided, expected, "{method} {status} {fields:?}");
        }
        let redirected = ResponseHead { redirected: true, ..response(200, &[]) };
        assert_eq!(storage(&request("GET", &[]), &redirected, &terms), Refuse(Redirected));
    }

    #[test]
    fn routes_keep_no_page_in_the_place_of_something_else() {
        use crate::http::Destination::{Document, Fetch, Image, Script};
        let html = "text/html; charset=utf-8";
        let cases: [(&str, Destination, &str, Storage); 10] = [
            ("a.js", Script, html, Refuse(Type)),
            ("a", Script, "Text/HTML", Refuse(Type)),
            ("a.js", Script, "text/javascript", Store),
            ("a.js", Script, "", Store),
            ("a.png", Image, html, Refuse(Type)),
            ("a.json", Document, html, Store),
            ("a.json?b.html", Fetch, html, Refuse(Type)),
            ("a.json", Fetch, "application/json", Store),
            ("a.html?b.json", Fetch, html, Store),
            ("a#b.json", Fetch, html, Store),
        ];
        let terms = Terms { lifetime: Some(DeltaSeconds::ZERO), ..Terms::http(Audience::Private) };
        for (path, destination, kind, expected) in cases {
            let request = RequestHead { destination, ..RequestHead::get(&["https://example.com/", path].concat()) };
            let response = response(200, &[("content-type", kind)]);
            assert_eq!(storage(&request, &response, &terms), expected, "{path} {destination:?} {kind}");
            assert_eq!(storage(&request, &response, &Terms::http(Audience::Private)), Store, "{path} by HTTP");
        }
    }

    #[test]
    fn http_keeps_what_says_so() {
        use Audience::{Private as Own, Shared};
        let auth: &[(&str, &str)] = &[("authorization", "x")];
        let cases: [(&[(&str, &str)], u16, &str, Audience, Storage); 41] = [
            // request  status  Cache-Control                                   cache  stored
            (&[], 200, "", Own, Store),
            (&[], 204, "", Own, Store),
            (&[], 404, "", Own, Store),
            (&[], 201, "", Own, Refuse(Status)),
            (&[], 201, "private", Own, Store),
            (&[], 201, "public", Own, Store),
            (&[], 201, "max-age=0", Own, Store),
            (&[], 201, "s-maxage=5", Own, Refuse(Status)),
            (&[], 201, "s-maxage=5", Shared, Store),
            (&[], 299, "max-age=5", Own, Store),
            (&[], 599, "max-age=5", Shared, Store),
            (&[], 600, "max-age=5", Own, Refuse(Status)),
            (&[], 199, "max-age=5", Own, Refuse(Status)),
            (&[], 304, "max-age=5", Own, Refuse(Status)),
            (&[], 206, "max-age=5", Own, Refuse(Part)),
            (&[], 200, "no-store, max-age=5", Own, Refuse(NoStore)),
            (&[], 200, "no-store, must-understand, max-age=5", Own, Store),
            (&[], 299, "no-store, must-understand, max-age=5", Own, Refuse(NotUnderstood)),
            (&[], 299, "must-understand, max-age=5", Own, Refuse(NotUnderstood)),
            (&[], 306, "must-understand, max-age=5", Own, Refuse(NotUnderstood)),
            (&[], 200, "private, max-age=5", Own, Store),
            (&[], 200, "Private, max-age=5", Shared, Refuse(Private)),
            (&[], 200, "private=\"a\", max-age=5", Shared, Store),
            (&[], 200, "private=, max-age=5", Shared, Refuse(Private)),
            (auth, 200, "max-age=5", Own, Store),
            (auth, 200, "max-age=5", Shared, Refuse(Authorization)),
            (auth, 200, "max-age=5, public", Shared, Store),
            (auth, 200, "max-age=5, must-revalidate", Shared, Store),
            (auth, 200, "s-maxage=5", Shared, Store),
            (auth, 200, "max-age=5, proxy-revalidate", Shared, Refuse(Authorization)),
            (&[("cache-control", "no-store")], 200, "max-age=5", Own, Refuse(NoStoreInRequest)),
            (&[("cache-control", "No-Store, x")], 200, "max-age=5", Shared, Refuse(NoStoreInRequest)),
            (&[("cache-control", "no-cache")], 200, "max-age=5", Own, Store),
            (&[("range", "bytes=0-1")], 200, "max-age=5", Own, Store),
            (&[("range", "bytes=0-1")], 206, "max-age=5", Own, Refuse(Part)),
            (&[("range", "bytes=9-")], 416, "max-age=5", Own, Refuse(Status)),
            (&[], 416, "max-age=5", Own, Refuse(Status)),
            (&[("range", "bytes=9-")], 400, "max-age=5", Own, Refuse(Status)),
            (&[("range", "bytes=9-")], 404, "max-age=5", Own, Store),
            (&[("if-match", "\"a\"")], 412, "max-age=5", Own, Refuse(Status)),
            (&[("pragma", "no-store")], 200, "max-age=5", Own, Store),
        ];
        for (asks, status, cache_control, audience, expected) in cases {
            let response = response(status, &[("cache-control", cache_control)]);
            let decided = storage(&request("GET", asks), &response, &Terms::http(audience));
            assert_eq!(decided, expected, "{asks:?} {status} {cache_control:?} {audience:?}");
        }
    }

    #[test]
    fn parts_posts_and_cookies_have_conditions() {
        let here = ("content-location", "/a");
        let lasts = ("cache-control", "max-age=5");
        let part: &[(&str, &str)] = &[("range", "bytes=0-4")];
        let cases: [(&str, &[(&str, &str)], u16, &[(&str, &str)], Storage); 20] = [
            ("GET", part, 206, &[lasts, ("content-range", "bytes 0-4/10")], Store),
            ("GET", part, 206, &[lasts, ("content-range", "bytes 4-0/10")], Refuse(Part)),
            ("GET", part, 206, &[lasts, ("content-range", "bytes 0-4/10"), ("content-length", "4")], Store),
            ("GET", part, 206, &[lasts, ("content-range", "bytes 0-4/10"), ("content-length", "10")], Refuse(Part)),
            ("GET", &[], 206, &[lasts, ("content-range", "bytes 0-4/10")], Refuse(Part)),
            ("POST", &[], 200, &[lasts, here], Store),
            ("PATCH", &[], 200, &[lasts, here], Store),
            ("POST", &[], 200, &[lasts, ("content-location", "/b")], Refuse(Method)),
            ("POST", &[], 200, &[here], Refuse(Method)),
            ("POST", &[], 200, &[("cache-control", "s-maxage=5"), here], Store),
            ("POST", &[], 201, &[lasts, here], Refuse(Method)),
            ("PUT", &[], 200, &[lasts, here], Refuse(Method)),
            ("HEAD", &[], 200, &[lasts], Refuse(Method)),
            ("GET", &[], 200, &[("set-cookie", "a=b")], Refuse(SetCookie)),
            ("GET", &[], 200, &[("set-cookie", "a=b"), lasts], Store),
            ("GET", &[], 200, &[("set-cookie", "a=b"), ("expires", "0")], Store),
            ("GET", &[], 200, &[lasts, ("vary", "a"), ("vary", " *")], Refuse(VaryStar)),
            ("GET", &[], 200, &[lasts, ("vary", "cookie; accept")], Refuse(VaryStar)),
            ("GET", &[], 200, &[lasts, ("vary", "\"cookie\"")], Refuse(VaryStar)),
            ("GET", &[], 200, &[lasts, ("vary", ",Accept-Encoding ,, x_1")], Store),
        ];
        for (method, asks, status, fields, expected) in cases {
            let terms = Terms::http(Audience::Shared);
            let decided = storage(&request(method, asks), &response(status, fields), &terms);
            assert_eq!(decided, expected, "{method} {asks:?} {status} {fields:?}");
        }
    }
}
