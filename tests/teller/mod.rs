//! Tells what an exchange does, in words.

use keepfresh::exchange::{Exchange, Found, Served, Shape, Step, Target, Write};
use keepfresh::http::{
    CacheMode, DeltaSeconds, Destination, Fields, RequestHead, RequestMode, ResponseHead,
    StoredResponse, Timestamp, cache_status,
};
use keepfresh::policy::{Headers, Terms};
use keepfresh::route::{Policy, Route, Rule};

/// One request, and those it depends on.
pub(crate) struct Story {
    /// What the story is about.
    pub(crate) exchange: Exchange,
}

impl Story {
    pub(crate) fn of_asset() -> Self {
        let mut request = request(CacheMode::Default);
        request.destination = Destination::Script;
        Self {
            exchange: Exchange::new(request, Rule::Fingerprinted),
        }
    }

    pub(crate) fn of_page(fallback: Option<&str>) -> Self {
        let mut request = request(CacheMode::Default);
        request.destination = Destination::Document;
        request.mode = RequestMode::Navigate;
        let mut route = route(Policy::NetworkFirst);
        route.fallback = fallback.map(str::to_owned);
        Self {
            exchange: Exchange::new(request, Rule::Route(&route)),
        }
    }

    pub(crate) fn of_data() -> Self {
        Self::of_data_in_mode(CacheMode::Default)
    }

    pub(crate) fn of_data_in_mode(mode: CacheMode) -> Self {
        Self {
            exchange: Exchange::new(
                request(mode),
                Rule::Route(&route(Policy::StaleWhileRevalidate)),
            ),
        }
    }

    pub(crate) fn finds(&mut self, stored: StoredResponse, now: i64) {
        self.exchange.on_lookup(Found::Stored(stored), at(now));
    }

    pub(crate) fn finds_it(&mut self, now: i64) {
        self.exchange.on_lookup(Found::Present, at(now));
    }

    pub(crate) fn finds_nothing(&mut self, now: i64) {
        self.exchange.on_lookup(Found::Nothing, at(now));
    }

    pub(crate) fn receives(&mut self, status: u16, cache_control: &str, now: i64) {
        self.exchange
            .on_reply(&head(status, cache_control), at(now), at(now));
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
    let fields: Fields = [
        ("cache-control", cache_control),
        ("content-type", "application/json"),
        ("etag", "\"v1\""),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .collect();
    ResponseHead {
        fields,
        redirected: false,
        status,
    }
}

/// A stored response that came at a moment.
pub(crate) fn kept(seconds: i64, cache_control: &str) -> StoredResponse {
    StoredResponse {
        head: head(200, cache_control),
        request_time: at(seconds),
        response_time: at(seconds),
    }
}

fn request(cache: CacheMode) -> RequestHead {
    RequestHead {
        asks_for_range: false,
        cache,
        destination: Destination::Fetch,
        method: "GET".to_owned(),
        mode: RequestMode::Other,
        url: "https://example.com/".to_owned(),
    }
}

fn route(policy: Policy) -> Route {
    let terms = Terms {
        headers: Headers::Respect,
        lifetime: DeltaSeconds::ZERO,
        stale_window: DeltaSeconds::MAX,
    };
    Route {
        destinations: None,
        fallback: None,
        mode: None,
        path: None,
        policy,
        terms,
    }
}

fn tell(step: &Step) -> String {
    match step {
        Step::Lookup(Target::Asset) => "look for the asset".to_owned(),
        Step::Lookup(Target::Fallback(url)) => format!("look for {url}"),
        Step::Lookup(Target::Page) => "look for the page".to_owned(),
        Step::Lookup(Target::Response) => "look".to_owned(),
        Step::Forward(conditions) => match &conditions.if_none_match {
            Some(etag) => format!("forward if-none-match {etag}"),
            None => "forward".to_owned(),
        },
        Step::ServeStored(served) => format!("serve stored{}", tell_served(served)),
        Step::ServeReply(served) => format!("serve reply{}", tell_served(served)),
        Step::ServeFailure(served) => {
            format!("serve the failure: {}", cache_status(served.outcome))
        }
        Step::Write(Write::Freshen(_)) => "freshen".to_owned(),
        Step::Write(Write::Remove) => "remove".to_owned(),
        Step::Write(Write::Store(_)) => "store".to_owned(),
        Step::Write(Write::StoreAsset) => "store the asset".to_owned(),
        Step::Done => "done".to_owned(),
    }
}

fn tell_served(served: &Served) -> String {
    let shape = if served.shape == Shape::AsItIs {
        ", as it is"
    } else {
        ""
    };
    let age = served
        .age
        .map(|age| format!(", aged {}", age.as_seconds()))
        .unwrap_or_default();
    format!("{shape}{age}: {}", cache_status(served.outcome))
}
