//! Heads of messages: what the rules need to know of a request and of a response.

use super::{ContentRange, Fields};

/// The head of a request, as a service worker sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RequestHead {
    /// What the page asked of caches.
    pub cache: CacheMode,
    /// What the page wants it for.
    pub destination: Destination,
    /// Its fields.
    pub fields: Fields,
    /// The method, in upper case.
    pub method: String,
    /// How the page asked.
    pub mode: RequestMode,
    /// The target URI, without its fragment.
    pub url: String,
}

impl RequestHead {
    /// A request that says nothing but where it goes.
    pub fn get(url: &str) -> Self {
        Self {
            cache: CacheMode::Default,
            destination: Destination::Fetch,
            fields: Fields::new(),
            method: "GET".to_owned(),
            mode: RequestMode::Other,
            url: url.to_owned(),
        }
    }
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
    /// No stored response without validation.
    NoCache,
    /// Leave caches out of it.
    NoStore,
    /// A stored response or none.
    OnlyIfCached,
    /// The whole anew, from the origin server.
    Reload,
}

impl CacheMode {
    /// Reads `Request.cache`.
    pub fn parse(text: &str) -> Self {
        match text {
            "force-cache" => Self::ForceCache,
            "no-cache" => Self::NoCache,
            "no-store" => Self::NoStore,
            "only-if-cached" => Self::OnlyIfCached,
            "reload" => Self::Reload,
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
            "audioworklet" | "paintworklet" | "script" | "serviceworker" | "sharedworker" | "worker" => Self::Script,
            "style" => Self::Style,
            _ => Self::Other,
        }
    }

    /// The same; `None` if no request has it.
    pub fn known(text: &str) -> Option<Self> {
        let others = ["embed", "json", "object", "report", "text", "webidentity", "xslt"];
        Some(Self::parse(text)).filter(|one| *one != Self::Other || others.contains(&text))
    }

    /// Its place in a set of them.
    pub fn bit(self) -> u16 {
        1 << self as u16
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

impl ResponseHead {
    /// What its `Content-Range` says; `None` where it says nothing that can be used.
    pub fn content_range(&self) -> Option<ContentRange> {
        self.fields.first("content-range").and_then(ContentRange::parse)
    }
}
