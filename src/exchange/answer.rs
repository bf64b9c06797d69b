//! Answers: the one place that gives them, and what they look like.

use super::Exchange;
use super::step::{Body, Served, Step};
use crate::http::{
    ContentRange, DeltaSeconds, Destination, Forward, Outcome, ResponseHead, StoredResponse, Timestamp, cache_status,
    concat, decimal, unsigned,
};
use crate::policy::{self, Annotated, Part, Precondition, Reuse, WhyValidate};
use crate::route::Policy;

impl Exchange {
    /// Answers with what is stored, or with a part of it, or with the word that the client has it.
    pub(super) fn serve_stored(&mut self, outcome: Outcome, now: Timestamp) {
        let Some(stored) = self.stored() else {
            return self.serve_found(outcome);
        };
        let age = Some(policy::current_age(stored, now));
        let (slot, head) = (stored.slot, stored.head.clone());
        if policy::precondition(&self.request, stored) == Precondition::NotModified {
            return self.serve_as(Body::Empty, Some(not_modified(&head)), age, outcome);
        }
        if self.request.method == "HEAD" {
            return self.serve_as(Body::Empty, Some(head), age, outcome);
        }
        match policy::part(&self.request, stored, None) {
            // A part of which all is known is served at once; its length is the host's to check.
            Part::Bytes { skip, range } => {
                let body = Body::Part { slot: Some(slot), skip, length: range.length() };
                self.serve_as(body, Some(partial(&head, range)), age, outcome);
            }
            Part::Unmeasured | Part::Several => self.serve_as(Body::Unmeasured(Some(slot)), Some(head), age, outcome),
            Part::Unsatisfiable(length) => self.serve_as(Body::Empty, Some(unsatisfiable(&head, length)), age, outcome),
            Part::Whole | Part::NotHeld => self.serve_as(Body::Stored(slot), Some(head), age, outcome),
        }
    }

    /// Answers with what was found without a head. Only where a part is asked for does its head matter.
    fn serve_found(&mut self, outcome: Outcome) {
        let asks_for_part = self.request.fields.contains("range");
        match self.found.clone().flatten().filter(|_| asks_for_part) {
            Some(head) => self.serve_as(Body::Unmeasured(None), Some(head), None, outcome),
            None => self.serve_as(Body::Found, None, None, outcome),
        }
    }

    /// What is served of a body whose length the host has found out.
    pub fn measured(&self, served: Served, length: u64) -> Served {
        let (Body::Unmeasured(slot), Some(head)) = (served.body, served.head.clone()) else {
            return served;
        };
        let (url, never) = (&self.request.url, Timestamp::default());
        let stored = self.stored().cloned().unwrap_or_else(|| StoredResponse::new(url, head.clone(), never, never));
        let whole = slot.map_or(Body::Found, Body::Stored);
        match policy::part(&self.request, &stored, Some(length)) {
            Part::Bytes { skip, range } => {
                let body = Body::Part { slot, skip, length: range.length() };
                Served { body, head: Some(partial(&head, range)), ..served }
            }
            #[cfg(feature = "full")]
            Part::Several => {
                let head = several(&head, &policy::parts(&self.request, length));
                Served { body: Body::Several(slot), head: Some(head), ..served }
            }
            Part::Unsatisfiable(length) => {
                Served { body: Body::Empty, head: Some(unsatisfiable(&head, length)), ..served }
            }
            _ => Served { body: whole, ..served },
        }
    }

    /// Whether the stored response holds all that the request asks for.
    pub(super) fn holds_all(&self) -> bool {
        self.stored().is_none_or(|stored| policy::part(&self.request, stored, None) != Part::NotHeld)
    }

    pub(super) fn serve_reply(&mut self, outcome: Outcome, reply: &ResponseHead) {
        self.serve_as(Body::Reply, Some(reply.clone()), None, outcome);
    }

    /// What became of a request that the network has no part in, where `detail` says what is served instead.
    pub(super) fn unreachable(&self, detail: Option<&'static str>) -> Outcome {
        if self.only_if_cached() {
            return if detail.is_some() { Outcome::Hit { ttl: None, detail } } else { Outcome::Lacking };
        }
        let why = match self.policy {
            Policy::NetworkFirst | Policy::NetworkOnly => Forward::Bypass,
            _ if matches!(self.verdict, Some(Reuse::Validate(WhyValidate::Request))) => Forward::Request,
            _ if self.stored().is_some() => Forward::Stale,
            _ => Forward::UriMiss,
        };
        self.forwarded(why, None, false, detail)
    }

    /// The one place that answers, and it answers once.
    pub(super) fn serve_as(
        &mut self,
        body: Body,
        head: Option<ResponseHead>,
        age: Option<DeltaSeconds>,
        outcome: Outcome,
    ) {
        if std::mem::replace(&mut self.served, true) {
            return;
        }
        let head = head.filter(|head| self.is_rebuilt(body, head)).map(|mut head| {
            if let Some(age) = age {
                head.fields.set("age", &decimal(age.as_seconds().into()));
            }
            head.fields.append("cache-status", &cache_status(outcome));
            head
        });
        self.steps.push(Step::Serve(Served { age, body, head, outcome }));
    }

    /// Whether an answer is rebuilt to carry what became of it. One that is put together has to be;
    /// scripts and wasm never are for the sake of it, for they would lose their compiled code; nor is
    /// what was redirected, whose own URL would be lost.
    fn is_rebuilt(&self, body: Body, head: &ResponseHead) -> bool {
        if !matches!(body, Body::Found | Body::Reply | Body::Stored(_)) {
            return true;
        }
        let Some(terms) = &self.terms else { return false };
        let can_be = matches!(head.status, 200..=599) && !head.redirected;
        if cfg!(feature = "full") && terms.annotated == Annotated::Always {
            return can_be;
        }
        let is_wanted = matches!(self.request.destination, Destination::Document | Destination::Fetch);
        let kind = head.fields.first("content-type").unwrap_or_default();
        let is_code = ["application/javascript", "application/wasm", "text/javascript"]
            .iter()
            .any(|code| kind.get(..code.len()).is_some_and(|start| start.eq_ignore_ascii_case(code)));
        can_be && is_wanted && !is_code
    }
}

/// What a 304 says of a response ([RFC 9110, section 15.4.5][spec]).
///
/// [spec]: https://httpwg.org/specs/rfc9110.html#status.304
fn not_modified(stored: &ResponseHead) -> ResponseHead {
    const KEPT: [&str; 8] =
        ["cache-control", "content-location", "date", "etag", "expires", "last-modified", "no-vary-search", "vary"];
    let mut fields = stored.fields.clone();
    fields.retain(&mut |name| KEPT.contains(&name));
    ResponseHead { fields, redirected: false, status: 304 }
}

/// What is left of a head when its content is: digests are of the content that came
/// ([RFC 9530, section 2](https://www.rfc-editor.org/rfc/rfc9530#section-2)).
fn cut(stored: &ResponseHead) -> ResponseHead {
    let mut head = ResponseHead { status: 206, ..stored.clone() };
    head.fields.retain(&mut |name| !matches!(name, "content-digest" | "content-md5"));
    head
}

/// The head of a part of a response.
fn partial(stored: &ResponseHead, range: ContentRange) -> ResponseHead {
    let mut head = cut(stored);
    head.fields.set("content-range", &range.value());
    head.fields.set("content-length", &unsigned(range.length()));
    head
}

/// The head of several parts.
#[cfg(feature = "full")]
fn several(stored: &ResponseHead, parts: &[ContentRange]) -> ResponseHead {
    let mut head = cut(stored);
    head.fields.remove("content-length");
    for part in parts {
        head.fields.append("content-range", &part.value());
    }
    head
}

/// The head that says that a range lies beyond the end.
fn unsatisfiable(stored: &ResponseHead, length: u64) -> ResponseHead {
    let mut fields = stored.fields.clone();
    fields.retain(&mut |name| matches!(name, "cache-status" | "date" | "etag"));
    fields.append("content-range", &concat(&["bytes */", &unsigned(length)]));
    ResponseHead { fields, redirected: false, status: 416 }
}
