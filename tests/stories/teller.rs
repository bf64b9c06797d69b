//! Tells what an exchange does, in words.

use keepfresh::exchange::{Body, Exchange, Found, Served, Step, Target, Write};
use keepfresh::http::{
    CacheMode, Destination, Fields, RequestHead, RequestMode, ResponseHead, StoredResponse, Timestamp, cache_status,
};
use keepfresh::policy::{Audience, Terms, nominated_fields};
use keepfresh::route::{Policy, Route, RouteTable, Rule};

/// Where the stories happen.
pub(crate) const URL: &str = "https://example.com/";

/// One request, and what becomes of it.
pub(crate) struct Story {
    /// What the story is about.
    pub(crate) exchange: Exchange,
}

impl Story {
    pub(crate) fn of_asset() -> Self {
        let request = RequestHead { destination: Destination::Script, ..RequestHead::get(URL) };
        Self { exchange: Exchange::new(request, Rule::Fingerprinted) }
    }

    pub(crate) fn of_page(fallback: Option<&str>) -> Self {
        Self::of_page_within(fallback, None)
    }

    pub(crate) fn of_page_within(fallback: Option<&str>, timeout: Option<u32>) -> Self {
        let mut route = Route::new(Policy::NetworkFirst);
        route.fallback = fallback.map(str::to_owned);
        route.timeout = timeout;
        let (destination, mode) = (Destination::Document, RequestMode::Navigate);
        let request = RequestHead { destination, mode, ..RequestHead::get(URL) };
        Self { exchange: Exchange::new(request, Rule::Route(&route)) }
    }

    pub(crate) fn of_data() -> Self {
        Self::of_data_in_mode(CacheMode::Default)
    }

    pub(crate) fn of_data_in_mode(cache: CacheMode) -> Self {
        let request = RequestHead { cache, ..RequestHead::get(URL) };
        Self { exchange: Exchange::new(request, Rule::Route(&Route::new(Policy::StaleWhileRevalidate))) }
    }

    /// A request that a route answers, which is written as in a table.
    pub(crate) fn of_route(line: &str, request: RequestHead) -> Self {
        let table = RouteTable::read(URL, line).unwrap_or_else(|fault| panic!("{}", fault.0));
        let rule = table.rule(&request).unwrap_or_else(|| panic!("{line} is not for {}", request.url));
        Self { exchange: Exchange::new(request, rule) }
    }

    /// A request that HTTP alone has the say about.
    pub(crate) fn of_http(request: RequestHead) -> Self {
        Self::of_http_for(Audience::Private, request)
    }

    pub(crate) fn of_http_for(audience: Audience, request: RequestHead) -> Self {
        Self { exchange: Exchange::new(request, Rule::Http(&Terms::http(audience))) }
    }

    pub(crate) fn finds(&mut self, stored: StoredResponse, now: i64) {
        self.finds_all(vec![stored], now);
    }

    pub(crate) fn finds_all(&mut self, stored: Vec<StoredResponse>, now: i64) {
        self.exchange.on_lookup(Found::Stored(stored), at(now));
    }

    pub(crate) fn finds_it(&mut self, now: i64) {
        self.exchange.on_lookup(Found::Present(None), at(now));
    }

    pub(crate) fn finds_nothing(&mut self, now: i64) {
        self.exchange.on_lookup(Found::NOTHING, at(now));
    }

    pub(crate) fn receives(&mut self, status: u16, cache_control: &str, now: i64) {
        self.gets(&head(status, cache_control), now);
    }

    pub(crate) fn gets(&mut self, reply: &ResponseHead, now: i64) {
        self.exchange.on_reply(reply, at(now), at(now));
    }

    pub(crate) fn hears_nothing(&mut self, now: i64) {
        self.exchange.on_failure(at(now));
    }

    /// Takes as many steps as are told, and compares.
    #[track_caller]
    pub(crate) fn expect(&mut self, told: &[&str]) {
        let steps: Vec<_> = told.iter().map(|_| tell(&self.exchange.next())).collect();
        assert_eq!(steps, told);
    }

    #[track_caller]
    pub(crate) fn is_over(&mut self) {
        assert_eq!(self.exchange.next(), Step::Done);
    }
}

/// The moment `seconds` after midnight of the day that the stories happen on.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(1_709_164_800 + seconds)
}

/// A response head.
pub(crate) fn head(status: u16, cache_control: &str) -> ResponseHead {
    let fields: Fields = [("cache-control", cache_control), ("content-type", "application/json"), ("etag", "\"v1\"")]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    ResponseHead { fields, redirected: false, status }
}

/// The head of a response with just these fields.
pub(crate) fn bare(status: u16, fields: &[(&str, &str)]) -> ResponseHead {
    ResponseHead { fields: fields.iter().copied().collect(), redirected: false, status }
}

/// A stored response that came at a moment.
pub(crate) fn kept(seconds: i64, cache_control: &str) -> StoredResponse {
    StoredResponse::new(URL, head(200, cache_control), at(seconds), at(seconds))
}

/// A stored response with just these fields, that came at the beginning for a request.
pub(crate) fn kept_for(request: &RequestHead, slot: u8, status: u16, fields: &[(&str, &str)]) -> StoredResponse {
    let head = bare(status, fields);
    let nominated = nominated_fields(request, &head);
    StoredResponse { nominated, slot, ..StoredResponse::new(&request.url, head, at(0), at(0)) }
}

/// A request with these fields.
pub(crate) fn asks(method: &str, fields: &[(&str, &str)]) -> RequestHead {
    let fields = fields.iter().copied().collect();
    RequestHead { fields, method: method.to_owned(), ..RequestHead::get(URL) }
}

fn tell(step: &Step) -> String {
    match step {
        Step::Lookup(Target::Asset) => "look for the asset".to_owned(),
        Step::Lookup(Target::Fallback(url)) => format!("look for {url}"),
        Step::Lookup(Target::Installed) => "look for what is installed".to_owned(),
        Step::Lookup(Target::Page(_)) => "look for the page".to_owned(),
        Step::Lookup(Target::Precached(key) | Target::Stored(key)) if key == URL => "look".to_owned(),
        Step::Lookup(Target::Precached(key) | Target::Stored(key)) => format!("look under {key}"),
        Step::Forward(forwarded) => {
            let alone = if forwarded.collapses { "" } else { " alone" };
            let fields: String = forwarded.fields.iter().map(|(name, value)| format!(" {name} {value}")).collect();
            format!("forward{alone}{fields}")
        }
        Step::Serve(served) => tell_served(served),
        Step::Write(Write::Clear(origin)) => format!("forget all of {origin}"),
        Step::Write(Write::Freshen(..)) => "freshen".to_owned(),
        Step::Write(Write::Note(key, _)) => format!("note under {key}"),
        Step::Write(Write::Remove(key)) if key == URL => "remove".to_owned(),
        Step::Write(Write::Remove(key)) => format!("remove {key}"),
        Step::Write(Write::RemoveGroups(_, groups)) => format!("remove the groups {}", groups.join(" ")),
        Step::Write(Write::Store(key, _)) if key == URL => "store".to_owned(),
        Step::Write(Write::Store(key, _)) => format!("store under {key}"),
        Step::Write(Write::StoreAsset) => "store the asset".to_owned(),
        Step::Wait => "wait".to_owned(),
        Step::Done => "done".to_owned(),
    }
}

pub(crate) fn tell_served(served: &Served) -> String {
    let what = match served.body {
        Body::Combined(_) => "both parts".to_owned(),
        Body::Empty => served.head.as_ref().map(|head| head.status.to_string()).unwrap_or_default(),
        Body::Failure => "the failure".to_owned(),
        Body::Found | Body::Stored(_) => "stored".to_owned(),
        Body::Part { skip, length, .. } => format!("{length} bytes from {skip}"),
        Body::Reply => "reply".to_owned(),
        Body::Several(_) => "several parts".to_owned(),
        Body::Unmeasured(_) => "a part".to_owned(),
    };
    let shape = if served.head.is_none() && served.body != Body::Failure { ", as it is" } else { "" };
    let age = served.age.map(|age| format!(", aged {}", age.as_seconds())).unwrap_or_default();
    format!("serve {what}{shape}{age}: {}", cache_status(served.outcome))
}
