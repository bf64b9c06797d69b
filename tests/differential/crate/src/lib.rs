//! What both programs need: exchanges as `native.mjs` writes them, and the heads of either side.

use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use keepfresh::exchange::wire;
use keepfresh::http::Fields;
use keepfresh::policy::{Annotated, Audience, Terms};

/// An exchange, and a request presented after it. Heads are text that [`wire`] reads.
pub struct Case<'a> {
    pub is_shared: bool,
    /// When the response came, in milliseconds.
    pub came: i64,
    /// Seconds until the next request is presented.
    pub elapsed: i64,
    pub request: &'a str,
    pub response: &'a str,
    pub presented: &'a str,
}

/// Reads exchanges: each ends with U+001E, and has U+001D between its parts.
pub fn cases(text: &str) -> impl Iterator<Item = Case<'_>> {
    text.split_terminator('\x1e').map(read)
}

fn read(text: &str) -> Case<'_> {
    let mut parts = text.split('\x1d');
    let mut part = || parts.next().expect("an exchange has four parts");
    let mut words = part().split(' ');
    let mut word = || words.next().expect("the first part has three words");
    let is_shared = word() == "shared";
    let (came, elapsed) = (word().parse().expect("a time"), word().parse().expect("seconds"));
    Case { is_shared, came, elapsed, request: part(), response: part(), presented: part() }
}

/// The terms of a cache that follows RFC 9111 for every request.
pub fn terms(is_shared: bool) -> Terms {
    let audience = if is_shared { Audience::Shared } else { Audience::Private };
    Terms { annotated: Annotated::Always, ..Terms::http(audience) }
}

/// A request as the other crate takes it.
pub fn request(text: &str) -> Request<()> {
    let head = wire::request(text);
    let request = Request::builder().method(head.method.as_str()).uri(head.url.as_str()).body(());
    let mut request = request.expect("a method and a URI");
    *request.headers_mut() = header_map(&head.fields);
    request
}

/// A response as the other crate takes it.
pub fn response(text: &str) -> Response<()> {
    let head = wire::response(text);
    let mut response = Response::builder().status(head.status).body(()).expect("a status code");
    *response.headers_mut() = header_map(&head.fields);
    response
}

fn header_map(fields: &Fields) -> HeaderMap {
    let line = |(name, value): (&str, &str)| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?))
    };
    fields.iter().filter_map(line).collect()
}
