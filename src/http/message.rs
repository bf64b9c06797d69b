//! Heads of messages: what the rules need to know of a request and of a response.

use super::{Fields, Timestamp, parse_date};

/// The head of a request, as a service worker sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RequestHead {
    /// Whether it asks for a part of the representation (`Range`).
    pub asks_for_range: bool,
    /// What the page asked of caches.
    pub cache: CacheMode,
    /// What the page wants it for.
    pub destination: Destination,
    /// The method, in upper case.
    pub method: String,
    /// How the page asked.
    pub mode: RequestMode,
    /// The target URI, without its fragment.
    pub url: String,
}

/// What a page asked of caches ([Fetch], "cache mode").
///
/// [Fetch]: https://fetch.spec.whatwg.org/#concept-request-cache-mode
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CacheMode {
    /// Nothing in particular.
    Default,
    /// Any stored response will do, however stale.
    ForceCache,
    /// No stored response without validation: `no-cache` and `reload`.
    NoCache,
    /// Leave caches out of it.
    NoStore,
    /// A stored response or none.
    OnlyIfCached,
}

impl CacheMode {
    /// Reads `Request.cache`.
    pub fn parse(text: &str) -> Self {
        match text {
            "force-cache" => Self::ForceCache,
            "no-cache" | "reload" => Self::NoCache,
            "no-store" => Self::NoStore,
            "only-if-cached" => Self::OnlyIfCached,
            _ => Self::Default,
        }
    }
}

/// How a page asked ([Fetch], "mode"): all that the rules tell apart.
///
/// [Fetch]: https://fetch.spec.whatwg.org/#concept-request-mode
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RequestMode {
    /// A navigation: the answer becomes a document.
    Navigate,
    /// Anything else.
    Other,
}

/// What a request's response is wanted for ([Fetch], "destination").
///
/// [Fetch]: https://fetch.spec.whatwg.org/#concept-request-destination
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Destination {
    /// `audio`, `track` or `video`.
    Media,
    /// `document`, `frame` or `iframe`.
    Document,
    /// The empty string: `fetch()`, `XMLHttpRequest` and the like.
    Fetch,
    /// `font`.
    Font,
    /// `image`.
    Image,
    /// `manifest`.
    Manifest,
    /// `script` and every kind of worker.
    Script,
    /// `style`.
    Style,
    /// Everything else.
    Other,
}

impl Destination {
    /// Reads `Request.destination`.
    pub fn parse(text: &str) -> Self {
        match text {
            "" => Self::Fetch,
            "audio" | "track" | "video" => Self::Media,
            "document" | "frame" | "iframe" => Self::Document,
            "font" => Self::Font,
            "image" => Self::Image,
            "manifest" => Self::Manifest,
            "audioworklet" | "paintworklet" | "script" | "serviceworker" | "sharedworker"
            | "worker" => Self::Script,
            "style" => Self::Style,
            _ => Self::Other,
        }
    }
}

/// The head of a response.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ResponseHead {
    /// Its fields.
    pub fields: Fields,
    /// Whether it was reached through a redirect.
    pub redirected: bool,
    /// Its status code; 0 if script may not look into it.
    pub status: u16,
}

/// A stored response, with the two moments from which its age is counted.
///
/// [Section 4.2.3]: `request_time` is when the request was sent that brought it, or that last
/// validated it; `response_time` is when the answer came.
///
/// [Section 4.2.3]: https://httpwg.org/specs/rfc9111.html#age.calculations
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredResponse {
    /// Its head, with what later 304 responses changed.
    pub head: ResponseHead,
    /// When the request was sent.
    pub request_time: Timestamp,
    /// When the response came.
    pub response_time: Timestamp,
}

impl StoredResponse {
    /// A stored response of which nobody remembers when it came, as when a worker was stopped before
    /// it could be written down: its `Date` is the best that is known, and the epoch the safest.
    pub fn undated(head: ResponseHead, now: Timestamp) -> Self {
        let date = head
            .fields
            .first("date")
            .and_then(|value| parse_date(value, now));
        let came = date.unwrap_or_default();
        Self {
            head,
            request_time: came,
            response_time: came,
        }
    }
}
