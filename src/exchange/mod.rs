//! The main path: one request through the cache, step by step, without I/O.
//!
//! A host asks for the [next](Exchange::next) step, carries it out, reports what came of it, and
//! asks again until it is told [`Step::Done`]:
//!
//! ```
//! use keepfresh::exchange::{Exchange, Found, Served, Shape, Step, Target};
//! use keepfresh::http::{CacheMode, Destination, Outcome, RequestHead, RequestMode};
//! use keepfresh::route::Rule;
//!
//! let request = RequestHead {
//!     asks_for_range: false,
//!     cache: CacheMode::Default,
//!     destination: Destination::Script,
//!     method: "GET".to_owned(),
//!     mode: RequestMode::Other,
//!     url: "https://example.com/app.kf.0123456789abcdef0123.js".to_owned(),
//! };
//! let mut exchange = Exchange::new(request, Rule::Fingerprinted);
//! assert_eq!(exchange.next(), Step::Lookup(Target::Asset));
//! exchange.on_lookup(Found::Present, Default::default());
//! let outcome = Outcome::Hit { ttl: None, detail: None };
//! assert_eq!(exchange.next(), Step::ServeStored(Served { age: None, outcome, shape: Shape::AsItIs }));
//! assert_eq!(exchange.next(), Step::Done);
//! ```
//!
//! What a policy does is written down in [`Exchange::new`] (where it begins), `on_lookup` (what the
//! store's answer leads to), `on_reply` and `on_failure` (what the network's does). One place,
//! `serve`, makes sure that there is at most one answer. A report that nobody waits for is ignored.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod step;

pub use step::{Found, Served, Shape, Step, Target, Write};

use std::collections::VecDeque;

use crate::http::{
    CacheMode, Destination, Forward, Outcome, RequestHead, RequestMode, ResponseHead,
    StoredResponse, Timestamp,
};
use crate::policy::{self, Conditions, Reuse, Storage, Terms};
use crate::route::{Policy, Rule};

/// What the exchange waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    /// The origin server's answer.
    Forwarded(Forward),
    /// The store's answer, before the network was asked.
    LookingFirst,
    /// The store's answer, after the network failed.
    LookingOffline,
    /// The page that stands in for another.
    LookingForFallback,
    /// Nothing.
    Over,
}

/// One request on its way through the cache.
#[derive(Debug)]
pub struct Exchange {
    fallback: Option<String>,
    found: Found,
    phase: Phase,
    policy: Policy,
    request: RequestHead,
    served: bool,
    steps: VecDeque<Step>,
    /// `None` for a fingerprinted asset, whose freshness has no end.
    terms: Option<Terms>,
}

impl Exchange {
    /// The exchange for a request that `rule` applies to.
    pub fn new(request: RequestHead, rule: Rule<'_>) -> Self {
        let (policy, terms, fallback) = match rule {
            Rule::Fingerprinted => (Policy::CacheFirst, None, None),
            Rule::Route(route) => (route.policy, Some(route.terms), route.fallback.clone()),
        };
        let mut exchange = Self {
            fallback,
            found: Found::Nothing,
            phase: Phase::LookingFirst,
            policy,
            request,
            served: false,
            steps: VecDeque::new(),
            terms,
        };
        match policy {
            Policy::NetworkFirst | Policy::NetworkOnly
                if exchange.request.cache != CacheMode::OnlyIfCached =>
            {
                exchange.forward(Forward::Bypass, Conditions::default());
            }
            _ => exchange.look(Phase::LookingFirst, exchange.kept()),
        }
        exchange
    }

    /// The next step to take. [`Step::Done`] once there is none, however often it is asked.
    #[expect(
        clippy::should_implement_trait,
        reason = "an exchange is no collection; it ends with Done"
    )]
    pub fn next(&mut self) -> Step {
        self.steps.pop_front().unwrap_or(Step::Done)
    }

    /// The stored response that this is about, with what a 304 changed.
    pub fn stored(&self) -> Option<&StoredResponse> {
        match &self.found {
            Found::Stored(stored) => Some(stored),
            Found::Nothing | Found::Present => None,
        }
    }

    /// Reports what the store holds.
    pub fn on_lookup(&mut self, found: Found, now: Timestamp) {
        let phase = std::mem::replace(&mut self.phase, Phase::Over);
        let is_there = found != Found::Nothing;
        self.found = found;
        match phase {
            Phase::LookingFirst => self.decide(now),
            Phase::LookingOffline if is_there => self.serve_offline("offline", now),
            Phase::LookingOffline => self.look_for_fallback(),
            Phase::LookingForFallback if is_there => self.serve_offline("offline-fallback", now),
            Phase::LookingForFallback => self.fail(),
            Phase::Forwarded(_) | Phase::Over => self.phase = phase,
        }
    }

    /// Reports what the origin server sent.
    pub fn on_reply(&mut self, reply: &ResponseHead, request_time: Timestamp, now: Timestamp) {
        let Phase::Forwarded(why) = self.phase else {
            return;
        };
        self.phase = Phase::Over;

        if reply.status == 304
            && let Found::Stored(stored) = &self.found
        {
            let freshened = policy::freshen(stored, reply, request_time, now);
            self.found = Found::Stored(freshened.clone());
            let outcome = Outcome::Forwarded {
                why,
                status: Some(304),
                stored: false,
                detail: None,
            };
            self.serve_stored(outcome, now);
            self.steps.push_back(Step::Write(Write::Freshen(freshened)));
            return;
        }

        let storage = policy::storage(&self.request, reply);
        let stored = storage == Storage::Store;
        let outcome = Outcome::Forwarded {
            why,
            status: Some(reply.status),
            stored,
            detail: None,
        };
        self.serve(Step::ServeReply(Served {
            age: None,
            outcome,
            shape: self.shape(Some(reply)),
        }));
        let write = match storage {
            Storage::Refuse(_) => return,
            Storage::Remove => Write::Remove,
            Storage::Store if self.terms.is_none() => Write::StoreAsset,
            Storage::Store => Write::Store(StoredResponse {
                head: reply.clone(),
                request_time,
                response_time: now,
            }),
        };
        self.steps.push_back(Step::Write(write));
    }

    /// Reports that the origin server gave no answer.
    pub fn on_failure(&mut self, now: Timestamp) {
        let Phase::Forwarded(_) = self.phase else {
            return;
        };
        self.phase = Phase::Over;

        if self.policy == Policy::NetworkFirst {
            // The route says that a page kept from before is better than none, so nothing but
            // `no-store`, which kept it out of the store, keeps it from being shown: many hosts send
            // `must-revalidate` with every page, and would have no site offline.
            return self.look(Phase::LookingOffline, self.kept());
        }
        match (&self.terms, &self.found) {
            (Some(terms), Found::Stored(stored))
                if policy::may_serve_when_disconnected(&stored.head, terms) =>
            {
                self.serve_offline("offline", now);
            }
            _ => self.look_for_fallback(),
        }
    }

    /// What the store's first answer leads to.
    fn decide(&mut self, now: Timestamp) {
        let only_if_cached = self.request.cache == CacheMode::OnlyIfCached;
        let (stored, terms) = match (&self.found, &self.terms) {
            (Found::Nothing, _) if only_if_cached => return self.fail(),
            (Found::Nothing, _) => return self.forward(Forward::UriMiss, Conditions::default()),
            (Found::Stored(stored), Some(terms)) => (stored, terms),
            _ => {
                return self.serve_stored(
                    Outcome::Hit {
                        ttl: None,
                        detail: None,
                    },
                    now,
                );
            }
        };
        let conditions = policy::conditions(&stored.head);
        match (self.request.cache, policy::reuse(stored, terms, now)) {
            (CacheMode::NoCache, _) => self.forward(Forward::Request, conditions),
            (_, Reuse::Fresh { ttl }) => self.serve_stored(
                Outcome::Hit {
                    ttl: Some(ttl),
                    detail: None,
                },
                now,
            ),
            (CacheMode::ForceCache | CacheMode::OnlyIfCached, _) => {
                self.serve_stored(
                    Outcome::Hit {
                        ttl: None,
                        detail: Some("request"),
                    },
                    now,
                );
            }
            (_, Reuse::StaleWhileRevalidate { ttl }) => {
                let detail = Some("stale-while-revalidate");
                self.serve_stored(
                    Outcome::Hit {
                        ttl: Some(ttl),
                        detail,
                    },
                    now,
                );
                self.forward(Forward::Stale, conditions);
            }
            (_, Reuse::Validate(_)) => self.forward(Forward::Stale, conditions),
        }
    }

    /// Where the answer to this request would be kept.
    fn kept(&self) -> Target {
        match self.policy {
            _ if self.terms.is_none() => Target::Asset,
            Policy::NetworkFirst if self.request.mode == RequestMode::Navigate => Target::Page,
            _ => Target::Response,
        }
    }

    fn look(&mut self, phase: Phase, target: Target) {
        self.phase = phase;
        self.steps.push_back(Step::Lookup(target));
    }

    fn look_for_fallback(&mut self) {
        match self.fallback.take() {
            Some(page) => self.look(Phase::LookingForFallback, Target::Fallback(page)),
            None => self.fail(),
        }
    }

    fn forward(&mut self, why: Forward, conditions: Conditions) {
        self.phase = Phase::Forwarded(why);
        self.steps.push_back(Step::Forward(conditions));
    }

    fn serve_stored(&mut self, outcome: Outcome, now: Timestamp) {
        let age = self.stored().map(|stored| policy::current_age(stored, now));
        let shape = self.shape(self.stored().map(|stored| &stored.head));
        self.serve(Step::ServeStored(Served {
            age,
            outcome,
            shape,
        }));
    }

    fn serve_offline(&mut self, detail: &'static str, now: Timestamp) {
        self.serve_stored(self.unreachable(Some(detail)), now);
    }

    fn fail(&mut self) {
        let served = Served {
            age: None,
            outcome: self.unreachable(None),
            shape: Shape::AsItIs,
        };
        self.serve(Step::ServeFailure(served));
    }

    fn unreachable(&self, detail: Option<&'static str>) -> Outcome {
        let why = match self.policy {
            Policy::NetworkFirst | Policy::NetworkOnly => Forward::Bypass,
            _ if self.stored().is_some() => Forward::Stale,
            _ => Forward::UriMiss,
        };
        Outcome::Forwarded {
            why,
            status: None,
            stored: false,
            detail,
        }
    }

    /// The one place that answers, and it answers once.
    fn serve(&mut self, answer: Step) {
        if !std::mem::replace(&mut self.served, true) {
            self.steps.push_back(answer);
        }
    }

    /// Documents and data are rebuilt to carry what became of them. Everything else is left alone:
    /// scripts and wasm for the sake of their compiled code, media and styles for speed, and what
    /// was redirected because its own URL would be lost.
    fn shape(&self, head: Option<&ResponseHead>) -> Shape {
        let is_document = self.request.destination == Destination::Document;
        let is_data = self.request.destination == Destination::Fetch;
        let may_be_rebuilt = head.is_none_or(|head| {
            let kind = head.fields.first("content-type").unwrap_or_default();
            let is_code = [
                "application/javascript",
                "application/wasm",
                "text/javascript",
            ]
            .iter()
            .any(|code| {
                kind.get(..code.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(code))
            });
            let has_body =
                (200..600).contains(&head.status) && !matches!(head.status, 204 | 205 | 304);
            has_body && !head.redirected && !is_code
        });
        if self.terms.is_some() && (is_document || is_data) && may_be_rebuilt {
            Shape::Annotated
        } else {
            Shape::AsItIs
        }
    }
}
