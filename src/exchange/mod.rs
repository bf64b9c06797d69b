//! The main path: one request through the cache, step by step, without I/O.
//!
//! A host asks for the [next](Exchange::next) step, begins it, reports what came of it, and asks again
//! until it is told [`Step::Done`]. [`Step::Wait`] says that a report is still to come:
//!
//! ```
//! use keepfresh::exchange::{Body, Exchange, Found, Served, Step, Target};
//! use keepfresh::http::{Outcome, RequestHead};
//! use keepfresh::route::Rule;
//!
//! let request = RequestHead::get("https://example.com/app.kf.0123456789abcdef0123.js");
//! let mut exchange = Exchange::new(request, Rule::Fingerprinted);
//! assert_eq!(exchange.next(), Step::Lookup(Target::Asset));
//! assert_eq!(exchange.next(), Step::Wait);
//! exchange.on_lookup(Found::Present(None), Default::default());
//! let outcome = Outcome::Hit { ttl: None, detail: None };
//! assert_eq!(exchange.next(), Step::Serve(Served { age: None, body: Body::Found, head: None, outcome }));
//! assert_eq!(exchange.next(), Step::Done);
//! ```
//!
//! What a policy does is written down in [`Exchange::new`] (where it begins), `decide` (what the store's
//! answer leads to), `on_reply` and `on_failure` (what the network's does). One place, `serve_as`, makes
//! sure that there is at most one answer. A report that nobody waits for is ignored.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod answer;
mod find;
mod key;
mod record;
mod reply;
mod step;
pub mod wire;

pub use key::{cache_key, keyed};
pub use record::{Commit, VARIANTS, commit, read as read_record, write as write_record};
pub use step::{Body, Forwarded, Found, Served, Step, Target, Write};

use crate::http::{
    CacheMode, DeltaSeconds, Fields, Forward, Outcome, RequestHead, RequestMode, ResponseHead, StoredResponse,
    Timestamp, position,
};
use crate::policy::{self, Asked, NoVarySearch, Part, Reuse, Terms, WhyValidate};
use crate::route::{Policy, Rule};

/// What the store was asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Look {
    /// What is stored for the URI, before the network is asked.
    First,
    /// Whether URIs that differ in their query alone mean the same.
    Family,
    /// What is stored for the URI that stands for all that mean the same.
    Representative,
    /// What is stored for the URI, after the network failed.
    Offline,
    /// What was installed with the version, after the network failed and what is stored by itself may not be used.
    Installed,
    /// What is stored for the URI, while the network takes its time.
    Late,
    /// The page that stands in for another.
    Fallback,
}

/// What the network was asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Ask {
    /// The request as it is, or under conditions.
    Plain(Forward),
    /// What is missing behind a stored part.
    Rest,
    /// The request once more, without conditions: an answer came that speaks of nothing stored.
    Again(Forward),
}

/// One request on its way through the cache.
#[derive(Debug)]
pub struct Exchange {
    asked: Asked,
    /// What is stored under the key; the one that the request matches is `chosen`.
    candidates: Vec<StoredResponse>,
    /// Whether the network has failed.
    has_failed: bool,
    /// What is stored under the URI's own key, while others are looked at.
    direct: Vec<StoredResponse>,
    /// What is noted of the URI's family.
    note: Option<StoredResponse>,
    chosen: Option<usize>,
    fallback: Option<String>,
    /// Whether something was found that is served without looking at its head.
    found: Option<Option<ResponseHead>>,
    /// Whether the stored response is what the network's answer came to.
    is_shareable: bool,
    /// How long a stored response is kept, whatever may still be done with it.
    keep: Option<DeltaSeconds>,
    key: String,
    looking: Option<Look>,
    network: Option<Ask>,
    policy: Policy,
    request: RequestHead,
    served: bool,
    steps: Vec<Step>,
    /// `None` for a fingerprinted asset, whose freshness has no end.
    terms: Option<Terms>,
    timeout: Option<u32>,
    /// The URI under which the answer is stored: the request's, or by the route's word the one that stands for
    /// all that mean the same.
    url: String,
    /// What may be done with the chosen one.
    verdict: Option<Reuse>,
}

impl Exchange {
    /// The exchange for a request that `rule` applies to.
    pub fn new(mut request: RequestHead, rule: Rule<'_>) -> Self {
        let mut url = match keyed(&request.url) {
            // It changes nothing, says its route.
            Some(key) => {
                request.method = "GET".to_owned();
                key
            }
            None => cache_key(&request.url).to_owned(),
        };
        let mut keep = None;
        let (policy, terms, fallback, timeout) = match rule {
            Rule::Fingerprinted => (Policy::CacheFirst, None, None, None),
            Rule::Http(terms) => (Policy::Http, Some(terms.clone()), None, None),
            Rule::Route(route) => {
                if let Some(names) = &route.ignored {
                    url = NoVarySearch::ignoring(names).representative(&url);
                }
                keep = route.keep;
                (route.policy, Some(route.terms.clone()), route.fallback.clone(), route.timeout)
            }
        };
        let mut exchange = Self {
            asked: Asked::of(&request),
            candidates: Vec::new(),
            direct: Vec::new(),
            has_failed: false,
            is_shareable: false,
            note: None,
            chosen: None,
            fallback,
            found: None,
            keep,
            key: url.clone(),
            looking: None,
            network: None,
            policy,
            request,
            served: false,
            steps: Vec::new(),
            terms,
            timeout,
            url,
            verdict: None,
        };
        exchange.begin();
        exchange
    }

    fn begin(&mut self) {
        let asks_origin = ["if-match", "if-unmodified-since"].iter().any(|name| self.request.fields.contains(name));
        let is_read = matches!(self.request.method.as_str(), "GET" | "HEAD");
        let is_network_first = matches!(self.policy, Policy::NetworkFirst | Policy::NetworkOnly);
        let is_bypassed = asks_origin || self.asked.directives.no_store || is_network_first;
        if !is_read && self.asked.directives.only_if_cached {
            self.fail();
        } else if !is_read {
            self.forward(Ask::Plain(Forward::Method), Fields::new());
        } else if is_bypassed && !self.only_if_cached() {
            self.forward(Ask::Plain(Forward::Bypass), Fields::new());
        } else {
            self.look(Look::First, self.kept());
        }
    }

    /// The next step to take: [`Step::Wait`] while a report is to come, [`Step::Done`] once there is
    /// nothing left, however often it is asked.
    #[expect(clippy::should_implement_trait, reason = "an exchange is no collection; it ends with Done")]
    pub fn next(&mut self) -> Step {
        let is_over = self.looking.is_none() && self.network.is_none();
        match self.steps.is_empty() {
            false => self.steps.remove(0),
            true if is_over => Step::Done,
            true => Step::Wait,
        }
    }

    /// The stored response that this is about, with what a 304 changed.
    pub fn stored(&self) -> Option<&StoredResponse> {
        self.candidates.get(self.chosen?)
    }

    /// The key under which the stored bodies lie that are spoken of.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Until when what was found leads to what it has led to `now`: the next moment at which something of it is a second
    /// older. `None` if there is no stored response.
    #[cfg(feature = "full")]
    pub fn holds_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.candidates.iter().map(|one| now.next_second_after(one.response_time)).min()
    }

    /// The request.
    pub fn request(&self) -> &RequestHead {
        &self.request
    }

    /// Reports what the store holds: what [`Step::Lookup`] asked for.
    pub fn on_lookup(&mut self, found: Found, now: Timestamp) {
        let Some(look) = self.looking.take() else {
            return;
        };
        let has_family = position(&self.url, b'?').is_some() || self.finds_relatives(&found);
        let is_present = self.take(&look, found, now);
        match look {
            Look::First if self.chosen.is_none() && self.found.is_none() && has_family && self.terms.is_some() => {
                self.direct = std::mem::take(&mut self.candidates);
                self.look(Look::Family, Target::Stored(key::family_key(&self.url)));
            }
            Look::Family => match self.representative() {
                Some(key) => {
                    self.key = key;
                    self.look(Look::Representative, Target::Stored(self.key.clone()));
                }
                None => {
                    self.candidates = std::mem::take(&mut self.direct);
                    self.decide(now);
                }
            },
            Look::Representative if self.chosen.is_none() => {
                self.url.clone_into(&mut self.key);
                self.candidates = std::mem::take(&mut self.direct);
                self.decide(now);
            }
            Look::First | Look::Representative => self.decide(now),
            Look::Offline | Look::Late if is_present && self.holds_all() => {
                let detail = if look == Look::Late { "timeout" } else { "offline" };
                self.serve_instead(detail, now);
            }
            Look::Installed if is_present => {
                let outcome = self.unreachable(Some("offline"));
                self.chosen = None;
                self.serve_stored(outcome, now);
            }
            Look::Late if self.network.is_some() => {}
            Look::Offline | Look::Late => self.look_for_installed(),
            Look::Installed => self.look_for_fallback(),
            Look::Fallback if is_present => self.serve_instead("offline-fallback", now),
            Look::Fallback => self.fail(),
        }
    }

    /// What the store's first answer leads to.
    fn decide(&mut self, now: Timestamp) {
        if self.terms.is_none() || self.found.is_some() {
            return match self.found {
                Some(_) => {
                    self.serve_stored(Outcome::Hit { ttl: None, detail: None }, now);
                    if self.policy == Policy::StaleWhileRevalidate && !self.only_if_cached() {
                        self.forward(Ask::Plain(Forward::Stale), Fields::new());
                    }
                }
                None if self.only_if_cached() => self.lack(now),
                None => self.forward(Ask::Plain(Forward::UriMiss), Fields::new()),
            };
        }
        let (Some(stored), Some(reuse)) = (self.stored(), self.verdict) else {
            let why = if self.candidates.is_empty() { Forward::UriMiss } else { Forward::VaryMiss };
            return if self.only_if_cached() {
                self.lack(now)
            } else {
                self.forward(Ask::Plain(why), self.conditions())
            };
        };
        if policy::part(&self.request, stored, None) == Part::NotHeld {
            let rest = policy::missing_part(stored)
                .filter(|_| !self.request.fields.contains("range") && self.request.method == "GET");
            return match rest {
                _ if self.only_if_cached() => self.lack(now),
                Some(fields) if !matches!(reuse, Reuse::Validate(_)) => self.forward(Ask::Rest, fields),
                _ => self.forward(Ask::Plain(Forward::Partial), Fields::new()),
            };
        }
        match reuse {
            Reuse::Fresh { ttl } => self.serve_stored(Outcome::Hit { ttl: Some(ttl), detail: None }, now),
            Reuse::Stale { ttl, why } => {
                self.serve_stored(Outcome::Hit { ttl: Some(ttl), detail: Some(why.as_str()) }, now);
            }
            Reuse::StaleWhileRevalidate { ttl } => {
                let conditions = self.conditions();
                self.serve_stored(Outcome::Hit { ttl: Some(ttl), detail: Some("stale-while-revalidate") }, now);
                if !self.only_if_cached() {
                    self.forward(Ask::Plain(Forward::Stale), conditions);
                }
            }
            Reuse::Validate(_) if self.only_if_cached() => self.lack(now),
            Reuse::Validate(why) => {
                let forward = if why == WhyValidate::Request { Forward::Request } else { Forward::Stale };
                self.forward(Ask::Plain(forward), self.conditions());
            }
        }
    }

    /// The conditions under which what is stored is still current; none where the whole is wanted anew.
    fn conditions(&self) -> Fields {
        // A part of something else than what is stored cannot be validated with it.
        let is_part = self.request.fields.contains("range") && self.stored().is_none();
        if self.request.method != "GET" || self.request.cache == CacheMode::Reload || is_part {
            return Fields::new();
        }
        policy::conditions(&self.request, &self.candidates, self.stored())
    }

    /// Where the answer to this request would be kept.
    fn kept(&self) -> Target {
        match self.policy {
            _ if self.terms.is_none() => Target::Asset,
            Policy::Http => Target::Stored(self.key.clone()),
            // What was precached would be renewed only by the next version: what came since then is newer, and what came before it
            // took over is gone.
            Policy::StaleWhileRevalidate => Target::Precached(self.key.clone()),
            _ if self.request.mode == RequestMode::Navigate => Target::Page(self.key.clone()),
            _ => Target::Precached(self.key.clone()),
        }
    }

    fn look(&mut self, look: Look, target: Target) {
        self.looking = Some(look);
        self.steps.push(Step::Lookup(target));
    }

    /// What a version has stands in for what has been stored since and may not be used, and for what is asked for with a query:
    /// files have none.
    fn look_for_installed(&mut self) {
        let is_kept = !matches!(self.policy, Policy::Http | Policy::NetworkOnly);
        if is_kept && (self.stored().is_some() || position(&self.request.url, b'?').is_some()) {
            self.look(Look::Installed, Target::Installed);
        } else {
            self.look_for_fallback();
        }
    }

    fn look_for_fallback(&mut self) {
        match self.fallback.take() {
            Some(page) => self.look(Look::Fallback, Target::Fallback(page)),
            None => self.fail(),
        }
    }

    fn forward(&mut self, ask: Ask, mut fields: Fields) {
        self.network = Some(ask);
        let is_alone = self.request.method != "GET"
            || self.asked.directives.no_store
            || self.request.fields.contains("range")
            || self.policy == Policy::NetworkOnly
            || !matches!(ask, Ask::Plain(_));
        let may_look = self.policy == Policy::NetworkFirst && self.may_serve_stored();
        let timeout = self.timeout.take().filter(|_| may_look);
        // What the cache mode means to caches on the way, as Fetch writes it.
        let is_silent = !self.request.fields.contains("cache-control");
        match self.request.cache {
            CacheMode::NoCache if self.policy == Policy::Http && is_silent => {
                fields.append("cache-control", "max-age=0")
            }
            CacheMode::Reload if self.policy == Policy::Http && is_silent => fields.append("cache-control", "no-cache"),
            _ => {}
        }
        // Read before the network is asked, it is there whatever others write in the meantime.
        let holds = self.stored().map(|stored| stored.slot).filter(|_| !self.served);
        // Two caches, one behind the other, would count an age twice and hide what the origin server says.
        let past_other_caches = self.policy == Policy::Http || !fields.is_empty();
        self.steps.push(Step::Forward(Forwarded { collapses: !is_alone, fields, holds, past_other_caches, timeout }));
    }

    /// Whether a stored response could answer the request at all.
    fn may_serve_stored(&self) -> bool {
        matches!(self.request.method.as_str(), "GET" | "HEAD") && !self.asked.directives.no_store
    }

    /// Whether the network is left out of it: by the request, or by the route.
    fn only_if_cached(&self) -> bool {
        self.asked.directives.only_if_cached || self.policy == Policy::CacheOnly
    }

    /// There is nothing in the store that answers the request, and nobody else to ask. A route that says so is as
    /// good as no connection; a request that does is answered as it wants to be.
    fn lack(&mut self, now: Timestamp) {
        if self.policy == Policy::CacheOnly { self.do_without(now) } else { self.fail() }
    }
}
