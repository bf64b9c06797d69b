//! What a cache and its routes say beside what messages say.

use super::freshness::is_explicit;
use crate::http::{CacheControl, CacheMode, DeltaSeconds, Fields, RequestHead, ResponseHead, Restriction, directives};

/// What a route says of the responses it keeps, beside what their own fields say.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Terms {
    /// Which responses carry what became of them.
    pub annotated: Annotated,
    /// Whose cache it is.
    pub audience: Audience,
    /// What becomes of a request when the origin server cannot be reached.
    pub disconnected: Disconnected,
    /// Whose word counts where the route and the response disagree.
    pub headers: Headers,
    /// The freshness lifetime of a response that names none; `None` leaves it to the heuristic of
    /// [section 4.2.2](https://httpwg.org/specs/rfc9111.html#heuristic.freshness).
    pub lifetime: Option<DeltaSeconds>,
    /// The longest that a stale response may be served while it is being validated; `None` leaves it
    /// to the response.
    pub stale_window: Option<DeltaSeconds>,
    /// The fields that speak to this cache in the place of `Cache-Control` (RFC 9213), in lower case,
    /// the most specific first.
    pub targets: Vec<String>,
}

impl Terms {
    /// What HTTP says and nothing else: the terms of a cache that follows RFC 9111.
    pub const fn http(audience: Audience) -> Self {
        Self {
            annotated: Annotated::WhereHarmless,
            audience,
            disconnected: Disconnected::ServeStale,
            headers: Headers::Respect,
            lifetime: None,
            stale_window: None,
            targets: Vec::new(),
        }
    }

    /// The fields that speak to this cache; a service worker's has none.
    pub(crate) fn targets(&self) -> &[String] {
        if cfg!(feature = "full") { &self.targets } else { &[] }
    }

    /// The directives that count for this cache, and whether they came out of a targeted field.
    pub(crate) fn directives(&self, fields: &Fields) -> (CacheControl, bool) {
        directives(fields, self.targets())
    }

    /// Whether a response of these directives must not be served stale, whatever asks for it
    /// ([section 4.2.4](https://httpwg.org/specs/rfc9111.html#serving.stale.responses)). What says nothing of being kept many
    /// users are given only if it is validated: it may have been made for one of them.
    pub(crate) fn forbids_stale(&self, (directives, is_targeted): (&CacheControl, bool), head: &ResponseHead) -> bool {
        let has_window = directives.stale_while_revalidate.is_some() || directives.stale_if_error.is_some();
        let says_how_long = has_window || is_explicit((directives, is_targeted), head, self);
        let for_shared =
            directives.proxy_revalidate || directives.s_maxage.is_some() || (self.lifetime.is_none() && !says_how_long);
        let forbids = directives.must_revalidate
            || directives.no_cache == Restriction::Whole
            || (self.audience.is_shared() && for_shared);
        forbids && self.headers == Headers::Respect
    }
}

/// Which responses carry `Age` and `Cache-Status`, for which they have to be rebuilt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Annotated {
    /// All of them.
    Always,
    /// Documents and data. Everything else is left alone: scripts and wasm for the sake of their
    /// compiled code, media and styles for speed.
    WhereHarmless,
}

/// Whose cache it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Audience {
    /// One user's.
    Private,
    /// Many users': what is for one of them is not stored.
    Shared,
}

impl Audience {
    /// Whether it is many users'. Where the module is for one alone, nothing has to be asked.
    pub(crate) const fn is_shared(self) -> bool {
        cfg!(feature = "full") && matches!(self, Self::Shared)
    }
}

/// What becomes of a request when the origin server cannot be reached.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Disconnected {
    /// The failure is the answer.
    Fail,
    /// A stale response is served, where nothing forbids it.
    ServeStale,
}

/// Whose word counts where a route and a response disagree.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Headers {
    /// The response can only make the route's terms stricter.
    Respect,
    /// The route's terms stand in the place of the response's, `no-store` excepted: for a server
    /// that one cannot change.
    Override,
}

impl Headers {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Respect, Self::Override];

    /// What each of them is called in a route table.
    pub const NAMES: [&str; 2] = ["respect", "override"];
}

/// What a request asks of caches: its directives, and its cache mode in the same words.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Asked {
    /// Its directives.
    pub directives: CacheControl,
    /// The mode that the page chose.
    pub mode: CacheMode,
}

impl Asked {
    /// What a request asks. `Pragma: no-cache` counts where there is no `Cache-Control`
    /// ([section 5.4](https://httpwg.org/specs/rfc9111.html#field.pragma)).
    pub fn of(request: &RequestHead) -> Self {
        let fields = &request.fields;
        let mut directives = CacheControl::of(fields);
        if !fields.contains("cache-control") {
            let is_no_cache = |member: &str| member.eq_ignore_ascii_case("no-cache");
            if fields.members("pragma").any(is_no_cache) {
                directives.no_cache = Restriction::Whole;
            }
        }
        directives.no_store |= request.cache == CacheMode::NoStore;
        directives.only_if_cached |= request.cache == CacheMode::OnlyIfCached;
        // A request has no fields to restrict: with or without an argument it is the whole (section 5.2.1.4).
        let is_asked = directives.no_cache != Restriction::None;
        if is_asked || matches!(request.cache, CacheMode::NoCache | CacheMode::Reload) {
            directives.no_cache = Restriction::Whole;
        }
        Self { directives, mode: request.cache }
    }
}
