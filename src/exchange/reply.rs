//! What the network's answer, or its silence, leads to.

use super::key::family_key;
use super::step::{Body, Step, Write};
use super::{Ask, Exchange, Look};
use crate::http::{
    Fields, Forward, Outcome, ResponseHead, Restriction, StoredResponse, Timestamp, matches_strongly, origin, position,
};
use crate::policy::{self, Audience, Combined, HeadReply, NoVarySearch, Reuse, Selected, Storage, Terms, WhyNotStored};
use crate::route::Policy;

/// What the origin server sent, with the two moments from which its age is counted.
#[derive(Clone, Copy)]
struct Reply<'a> {
    head: &'a ResponseHead,
    request_time: Timestamp,
    now: Timestamp,
}

impl Reply<'_> {
    /// A stored response as it is after this 304.
    fn freshen(self, stored: &StoredResponse) -> StoredResponse {
        policy::freshen(stored, self.head, self.request_time, self.now)
    }
}

impl Exchange {
    /// Reports what the origin server sent.
    pub fn on_reply(&mut self, head: &ResponseHead, request_time: Timestamp, now: Timestamp) {
        let reply = Reply { head, request_time, now };
        let Some(ask) = self.network.take() else {
            return;
        };
        // Whatever is looked for by now comes too late to matter.
        if self.looking == Some(Look::Late) {
            self.looking = None;
        }
        let Some(terms) = self.terms.clone() else {
            let stored = policy::storage(&self.request, head, &asset_terms()) == Storage::Store;
            self.serve_reply(self.forwarded(Forward::UriMiss, Some(head.status), stored, None), head);
            if stored {
                self.write(Write::StoreAsset);
                self.share(StoredResponse::new(&self.request.url, head.clone(), request_time, now));
            }
            return;
        };
        if policy::clears_site_data(head) && terms.audience == Audience::Private {
            self.write(Write::Clear(origin(&self.request.url).to_owned()));
        }
        let why = match ask {
            Ask::Plain(why) | Ask::Again(why) => why,
            Ask::Rest => Forward::Partial,
        };
        if self.request.method == "HEAD" {
            return self.on_head_reply(why, reply, &terms);
        }
        if ask == Ask::Rest && head.status == 206 {
            return self.on_rest(reply, &terms);
        }
        // What is wrong with the range that we asked for is no answer to who asked for all of it.
        if ask == Ask::Rest && matches!(head.status, 412 | 416) && !self.served {
            self.chosen = None;
            return self.forward(Ask::Again(why), Fields::new());
        }
        if head.status == 304 && self.request.method == "GET" {
            return self.on_not_modified(ask, why, reply, &terms);
        }
        let may_serve_stored =
            |stored: &StoredResponse| policy::may_serve_instead_of(Some(head.status), stored, &self.asked, &terms, now);
        if self.stored().is_some_and(may_serve_stored) && self.holds_all() {
            let outcome = self.forwarded(why, Some(head.status), false, Some("stale-if-error"));
            return self.serve_stored(outcome, now);
        }
        self.take_reply(why, reply, &terms);
    }

    /// A reply that is served, and perhaps stored.
    fn take_reply(&mut self, why: Forward, reply: Reply<'_>, terms: &Terms) {
        let head = reply.head;
        let storage = match why {
            Forward::Bypass if self.policy == Policy::Http => Storage::Refuse(match self.asked.directives.no_store {
                true => WhyNotStored::NoStoreInRequest,
                false => WhyNotStored::Precondition,
            }),
            _ if self.policy == Policy::NetworkOnly => Storage::Refuse(WhyNotStored::Route),
            _ => policy::storage(&self.request, head, terms),
        };
        let detail = match storage {
            Storage::Refuse(why) if self.request.method == "GET" => Some(why.as_str()),
            _ => None,
        };
        self.serve_reply(self.forwarded(why, Some(head.status), storage == Storage::Store, detail), head);

        let invalidation = policy::invalidation(&self.request, head);
        let own = (!invalidation.uris.is_empty() && self.url != self.request.url).then(|| self.url.clone());
        for uri in invalidation.uris.into_iter().chain(own) {
            let family = position(&uri, b'?').map(|_| family_key(&uri));
            self.write(Write::Remove(uri));
            if let Some(family) = family {
                self.write(Write::Remove(family));
            }
        }
        if !invalidation.groups.is_empty() {
            let origin = origin(&self.request.url).to_owned();
            self.write(Write::RemoveGroups(origin, invalidation.groups));
        }
        match storage {
            Storage::Refuse(_) => {}
            Storage::Remove => self.write(Write::Remove(self.key.clone())),
            Storage::Store => self.store(reply, terms),
        }
    }

    /// Stores the reply, under the URI that stands for all that mean the same if it says which do.
    fn store(&mut self, reply: Reply<'_>, terms: &Terms) {
        let Reply { head, request_time, now } = reply;
        let url = self.url.as_str();
        let mut stored = StoredResponse::new(url, policy::storable_head(head, terms, now), request_time, now);
        stored.nominated = policy::nominated_fields(&self.request, head);
        let (mut key, mut note) = (url.to_owned(), None);
        if let Some(rule) = NoVarySearch::of(head) {
            key = rule.representative(url);
            let mut noted = stored.clone();
            noted.head.status = 0;
            note = Some(Write::Note(family_key(url), noted));
        }
        self.share(stored.clone());
        self.write(Write::Store(key, stored));
        if let Some(note) = note {
            self.write(note);
        }
    }

    /// Takes what is being stored for the answer to this request. Others who asked for the same may have
    /// it, too.
    fn share(&mut self, stored: StoredResponse) {
        self.candidates = vec![stored];
        self.chosen = Some(0);
        self.is_shareable = true;
    }

    fn write(&mut self, write: Write) {
        self.steps.push(Step::Write(write));
    }

    fn on_not_modified(&mut self, ask: Ask, why: Forward, reply: Reply<'_>, terms: &Terms) {
        let outcome = self.forwarded(why, Some(304), false, None);
        match policy::selected(&self.request, reply.head, &self.candidates, self.stored()) {
            Selected::Stored(stored) => {
                let (freshened, kept) = (reply.freshen(stored), self.freshened(stored, reply, terms));
                let had = stored.clone();
                let slot = freshened.slot;
                let others = std::mem::take(&mut self.candidates);
                self.share(freshened);
                self.serve_stored(outcome, reply.now);
                // Others are given what is kept.
                self.is_shareable = false;
                if let Some(kept) = self.write_down(had, kept, reply.now) {
                    self.share(kept);
                }
                for one in others {
                    // Whatever has the same strong validator is the same (section 4.3.4).
                    let tags = (one.head.fields.first("etag"), reply.head.fields.first("etag"));
                    let is_same = matches!(tags, (Some(one), Some(other)) if matches_strongly(one, other));
                    if one.slot != slot && is_same {
                        let kept = self.freshened(&one, reply, terms);
                        self.write_down(one, kept, reply.now);
                    }
                }
            }
            // It is validated each time anyway: that it could not be freshened costs nothing.
            Selected::Equivalent if self.is_validated_always() => self.serve_stored(outcome, reply.now),
            Selected::Nothing | Selected::Equivalent if !matches!(ask, Ask::Again(_)) => {
                self.candidates.clear();
                self.chosen = None;
                self.forward(Ask::Again(why), Fields::new());
            }
            Selected::Client | Selected::Nothing | Selected::Equivalent => self.serve_reply(outcome, reply.head),
        }
    }

    /// What a 304 makes of a stored response for all who may be given it.
    fn freshened(&self, stored: &StoredResponse, reply: Reply<'_>, terms: &Terms) -> StoredResponse {
        let is_matched = policy::matches(&self.request, stored);
        let head = policy::lasting(&self.request, reply.head, terms, is_matched);
        let mut kept = Reply { head: &head, ..reply }.freshen(stored);
        if is_matched {
            // A field that `Vary` names only now has the value of this request.
            kept.nominated = policy::nominated_fields(&self.request, &kept.head);
        }
        kept
    }

    /// Whether what is stored must not be used without asking (`no-cache`).
    fn is_validated_always(&self) -> bool {
        let Some((terms, stored)) = self.terms.as_ref().zip(self.stored()) else { return false };
        terms.directives(&stored.head.fields).0.no_cache == Restriction::Whole
    }

    fn on_head_reply(&mut self, why: Forward, reply: Reply<'_>, terms: &Terms) {
        self.serve_reply(self.forwarded(why, Some(reply.head.status), false, None), reply.head);
        let Some(stored) = self.stored() else { return };
        let had = stored.clone();
        let lasting = policy::lasting(&self.request, reply.head, terms, true);
        match policy::freshen_by_head(stored, reply.head, &lasting, reply.request_time, reply.now) {
            HeadReply::Freshens(mut freshened) => {
                freshened.nominated = policy::nominated_fields(&self.request, &freshened.head);
                self.write_down(had, freshened, reply.now);
            }
            HeadReply::Invalidates => self.write(Write::Remove(self.key.clone())),
            HeadReply::Silent => {}
        }
    }

    /// Takes over the head of a freshened response, and gives what is stored then; or forgets it, if it must not be kept any more.
    fn write_down(
        &mut self,
        had: StoredResponse,
        mut freshened: StoredResponse,
        now: Timestamp,
    ) -> Option<StoredResponse> {
        let terms = self.terms.as_ref()?;
        let (directives, _) = terms.directives(&freshened.head.fields);
        let is_for_others = terms.audience.is_shared() && directives.private == Restriction::Whole;
        let is_forbidden = is_for_others || (directives.no_store && !directives.must_understand);
        freshened.head = policy::storable_head(&freshened.head, terms, now);
        let key = self.key.clone();
        if is_forbidden {
            self.write(Write::Remove(key));
            return None;
        }
        self.write(Write::Freshen(key, had, freshened.clone()));
        Some(freshened)
    }

    /// What was missing behind a stored part has come.
    fn on_rest(&mut self, reply: Reply<'_>, terms: &Terms) {
        if self.served {
            // Who wanted it put together has given up.
            return;
        }
        let combined = self.stored().map(|stored| (stored.slot, policy::combine(stored, reply.head)));
        let Some((slot, Combined::Whole(head))) = combined else {
            self.chosen = None;
            return self.forward(Ask::Again(Forward::Partial), Fields::new());
        };
        let stored = policy::storage(&self.request, &head, terms) == Storage::Store;
        let outcome = self.forwarded(Forward::Partial, Some(206), stored, None);
        self.serve_as(Body::Combined(slot), Some(head.clone()), None, outcome);
        if stored {
            self.store(Reply { head: &head, ..reply }, terms);
        }
    }

    /// Reports that the origin server gave no answer.
    pub fn on_failure(&mut self, now: Timestamp) {
        if self.network.take().is_none() {
            return;
        }
        self.has_failed = true;
        if self.served || self.looking.is_some() {
            return;
        }
        if !self.may_serve_stored() {
            return self.fail();
        }
        if self.policy == Policy::NetworkFirst {
            // The route says that a page kept from before is better than none, so nothing but
            // `no-store`, which kept it out of the store, keeps it from being shown: many hosts send
            // `must-revalidate` with every page, and would have no site offline.
            return self.look(Look::Offline, self.kept());
        }
        self.do_without(now);
    }

    /// Answers without the network, as well as that can be done.
    pub(super) fn do_without(&mut self, now: Timestamp) {
        let may_serve = |terms: &Terms| {
            self.stored().is_some_and(|stored| policy::may_serve_instead_of(None, stored, &self.asked, terms, now))
        };
        if self.terms.as_ref().is_some_and(may_serve) && self.holds_all() {
            self.serve_instead("offline", now);
        } else {
            self.look_for_installed();
        }
    }

    /// Reports that no answer has come in the time that [`Step::Forward`] gave it.
    pub fn on_timeout(&mut self) {
        if self.network.is_some() && !self.served && self.looking.is_none() && self.may_serve_stored() {
            self.look(Look::Late, self.kept());
        }
    }

    /// Reports that the client does not wait any more. What is under way may still be stored.
    pub fn on_abort(&mut self) {
        self.served = true;
        self.looking = None;
        self.steps.retain(|step| !matches!(step, Step::Serve(_) | Step::Lookup(_)));
    }

    /// Reports that what was served from the store turned out not to be there, and the answer is still
    /// wanted.
    pub fn on_lost(&mut self) {
        self.candidates.clear();
        self.chosen = None;
        self.found = None;
        self.served = false;
        if self.network.is_none() && self.looking.is_none() {
            match self.policy {
                Policy::CacheOnly => self.look_for_fallback(),
                _ if self.only_if_cached() => self.fail(),
                // The network was asked before.
                Policy::NetworkFirst if self.has_failed => self.look_for_fallback(),
                _ => self.forward(Ask::Again(Forward::UriMiss), Fields::new()),
            }
        }
    }

    /// What another exchange for the same request can be told with [`Self::on_collapsed`]: the response
    /// that its answer came to, if it is stored.
    pub fn shared(&self) -> Option<&StoredResponse> {
        self.stored().filter(|_| self.is_shareable)
    }

    /// Reports that another request, which this one was held back for, has its answer: a response that
    /// is stored, or nothing that could be.
    pub fn on_collapsed(&mut self, shared: Option<StoredResponse>, body: Body, now: Timestamp) {
        let Some(Ask::Plain(why)) = self.network else {
            return;
        };
        let Some(terms) = &self.terms else {
            let is_there = shared.is_some() && self.request.method == "GET";
            return self.on_collapsed_asset(is_there, why, body);
        };
        let is_usable = |stored: &StoredResponse| {
            let is_right = super::key::is_of(stored, &self.url) && policy::matches(&self.request, stored);
            is_right && !matches!(policy::reuse(&self.request, &self.asked, stored, terms, now), Reuse::Validate(_))
        };
        let Some(stored) = shared.filter(is_usable) else {
            return self.forward_alone(why);
        };
        self.network = None;
        let (status, head) = (stored.head.status, stored.head.clone());
        self.candidates = vec![stored];
        self.chosen = Some(0);
        self.serve_as(body, Some(head), None, collapsed(why, status));
    }

    fn on_collapsed_asset(&mut self, is_there: bool, why: Forward, body: Body) {
        if !is_there {
            return self.forward_alone(why);
        }
        self.network = None;
        self.serve_as(body, None, None, collapsed(why, 200));
    }

    /// Asks for itself after all.
    fn forward_alone(&mut self, why: Forward) {
        let conditions = self.conditions();
        self.forward(Ask::Plain(why), conditions);
        if let Some(Step::Forward(forwarded)) = self.steps.last_mut() {
            forwarded.collapses = false;
        }
    }

    pub(super) fn fail(&mut self) {
        let is_kept_back = self.stored().is_some() || self.only_if_cached();
        let status = if is_kept_back { Body::Empty } else { Body::Failure };
        let head = ResponseHead { fields: Fields::new(), redirected: false, status: 504 };
        let outcome = self.unreachable(None);
        self.serve_as(status, is_kept_back.then_some(head), None, outcome);
    }

    /// Serves what there is in the place of what did not come.
    pub(super) fn serve_instead(&mut self, detail: &'static str, now: Timestamp) {
        self.serve_stored(self.unreachable(Some(detail)), now);
    }

    pub(super) fn forwarded(
        &self,
        why: Forward,
        status: Option<u16>,
        stored: bool,
        detail: Option<&'static str>,
    ) -> Outcome {
        Outcome::Forwarded { why, status, stored, collapsed: false, detail }
    }
}

fn collapsed(why: Forward, status: u16) -> Outcome {
    Outcome::Forwarded { why, status: Some(status), stored: false, collapsed: true, detail: None }
}

/// An asset is stored whatever its fields say, short of `no-store`: its name says what is in it.
fn asset_terms() -> Terms {
    Policy::CacheFirst.default_terms()
}
