//! A world without a clock, a network or a disk: exchanges are carried out in it as a host does, and
//! time passes when nothing else happens. What is outside of the cache is up to [`Outside`].
//!
//! Absent on purpose: anything that decides. What a step comes to is the engine's word alone.

mod journey;
mod store;
mod turns;

use std::collections::{BTreeMap, VecDeque};

use self::journey::{Journey, Work};
pub(crate) use self::store::Store;
use self::turns::Turn;
use keepfresh::exchange::{Body, Exchange, Found, Served, Step, Target, Write, read_record};
use keepfresh::http::{Fields, RequestHead, ResponseHead, Timestamp};
use keepfresh::route::Rule;

/// What is outside of the cache: the origin server, and how long everything takes.
pub(crate) trait Outside {
    /// The origin server's answer; nothing if the connection breaks.
    fn answer(&mut self, request: &RequestHead, now: Timestamp) -> Option<Reply>;

    /// What becomes of a request on its way.
    fn transit(&mut self, request: &RequestHead) -> Transit;

    /// How many milliseconds the store takes for something.
    fn store_delay(&mut self) -> i64;
}

/// What becomes of a request on its way to the origin server, and of the reply on its way back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transit {
    /// Milliseconds until the request is there.
    pub(crate) there: i64,
    /// Milliseconds until the reply has come.
    pub(crate) back: i64,
    /// What comes of it.
    pub(crate) fate: Fate,
}

/// What comes of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fate {
    /// It arrives, and so does the reply.
    Arrives,
    /// It never gets there.
    LostThere,
    /// The reply never comes.
    LostBack,
    /// The connection breaks when half of the body has come.
    Truncated,
    /// It arrives, and arrives again.
    Twice,
}

/// A message from the origin server.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) body: Vec<u8>,
    pub(crate) head: ResponseHead,
    /// The interim responses before it.
    pub(crate) interims: Vec<(u16, Fields)>,
    /// Whether all of the body comes.
    pub(crate) is_whole: bool,
}

/// What a client gets.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) at: Timestamp,
    pub(crate) body: Vec<u8>,
    /// Status 0 is the failure of the network.
    pub(crate) head: ResponseHead,
    /// Whether the network had failed by then.
    pub(crate) heard_failure: bool,
    pub(crate) interims: Vec<(u16, Fields)>,
    /// Whether it came to its end, as far as the client can tell.
    pub(crate) is_whole: bool,
    pub(crate) served: Served,
}

/// What is going to happen to a request.
enum Event {
    Arrive(usize, usize, RequestHead, Transit),
    Back(usize, usize, Option<Reply>),
    Found(usize, Found),
    Timeout(usize, usize),
    Turn(String),
    Work(usize),
}

/// The world.
pub(crate) struct World<O> {
    /// What clients got, by the number of their request.
    pub(crate) answers: Vec<(usize, Answer)>,
    pub(crate) now: Timestamp,
    pub(crate) outside: O,
    pub(crate) store: Store,
    events: BTreeMap<(Timestamp, usize), Event>,
    flights: BTreeMap<String, Vec<usize>>,
    journeys: BTreeMap<usize, Journey>,
    turns: BTreeMap<String, VecDeque<Turn>>,
    /// How many events and requests there were.
    count: usize,
}

impl<O: Outside> World<O> {
    pub(crate) fn new(outside: O, now: Timestamp) -> Self {
        Self {
            answers: Vec::new(),
            now,
            outside,
            store: Store::default(),
            events: BTreeMap::new(),
            flights: BTreeMap::new(),
            journeys: BTreeMap::new(),
            turns: BTreeMap::new(),
            count: 0,
        }
    }

    /// A client asks; the number of its request.
    pub(crate) fn ask(&mut self, request: RequestHead, rule: Rule<'_>) -> usize {
        self.count += 1;
        self.journeys.insert(self.count, Journey::new(Exchange::new(request, rule)));
        let journey = self.count;
        self.go(journey);
        journey
    }

    /// A client does not wait any more.
    pub(crate) fn abort(&mut self, journey: usize) {
        if let Some(one) = self.journeys.get_mut(&journey) {
            one.exchange.on_abort();
            self.go(journey);
        }
    }

    /// The worker stops: all that is in memory is gone.
    pub(crate) fn stop(&mut self) {
        self.events.clear();
        self.flights.clear();
        self.journeys.clear();
        self.turns.clear();
    }

    /// Lets time pass.
    pub(crate) fn run_until(&mut self, end: Timestamp) {
        while let Some(entry) = self.events.first_entry().filter(|entry| entry.key().0 <= end) {
            self.now = entry.key().0;
            let event = entry.remove();
            self.happen(event);
        }
        self.now = self.now.max(end);
    }

    /// Lets time pass until nothing happens any more.
    pub(crate) fn run(&mut self) {
        while let Some(((at, _), _)) = self.events.first_key_value() {
            self.run_until(*at);
        }
    }

    /// The requests that nothing was decided about for good; none is left when nothing happens any more.
    pub(crate) fn under_way(&self) -> Vec<usize> {
        self.journeys.keys().copied().collect()
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrive(journey, ask, request, transit) => {
                let reply = self.outside.answer(&request, self.now);
                let reply = reply.filter(|_| transit.fate != Fate::LostBack).map(|mut reply| {
                    if transit.fate == Fate::Truncated && reply.body.len() > 1 {
                        reply.body.truncate(reply.body.len() / 2);
                        reply.is_whole = false;
                    }
                    reply
                });
                self.after(transit.back, Event::Back(journey, ask, reply));
            }
            Event::Back(journey, ask, reply) => self.land(journey, ask, reply),
            Event::Found(journey, found) => {
                let now = self.now;
                self.tell(journey, |one| one.exchange.on_lookup(found, now));
            }
            Event::Timeout(journey, ask) => self.tell(journey, |one| {
                if one.asks == ask {
                    one.exchange.on_timeout();
                }
            }),
            Event::Turn(key) => self.take_turn(&key),
            Event::Work(journey) => self.work(journey),
        }
    }

    /// Tells an exchange what came of something, and goes on.
    fn tell(&mut self, journey: usize, report: impl FnOnce(&mut Journey)) {
        if let Some(one) = self.journeys.get_mut(&journey) {
            report(one);
            self.go(journey);
        }
    }

    /// Takes steps until one has to be waited for.
    fn go(&mut self, journey: usize) {
        loop {
            let Some(one) = self.journeys.get_mut(&journey) else { return };
            match one.exchange.next() {
                Step::Lookup(target) => self.look(journey, target),
                Step::Forward(forwarded) => {
                    one.asks += 1;
                    one.asked_at = self.now;
                    // The first one: by a second asking the slot may hold another.
                    one.held = one.held.take().or_else(|| {
                        let slot = forwarded.holds?;
                        Some((slot, self.store.body(one.exchange.key(), slot)?.to_vec()))
                    });
                    let ask = one.asks;
                    if let Some(timeout) = forwarded.timeout {
                        self.after(i64::from(timeout), Event::Timeout(journey, ask));
                    }
                    self.forward(journey, ask, &forwarded.fields, forwarded.collapses);
                }
                Step::Serve(served) => one.work.push_back(Work::Serve(served)),
                Step::Write(write) => one.work.push_back(Work::Write(write)),
                Step::Wait => break,
                Step::Done => {
                    one.is_done = true;
                    break;
                }
            }
        }
        self.begin_work(journey);
    }

    fn look(&mut self, journey: usize, target: Target) {
        // There is nothing that was precached.
        let found = match target {
            Target::Asset | Target::Fallback(_) | Target::Installed => Found::NOTHING,
            Target::Page(key) | Target::Precached(key) | Target::Stored(key) => {
                let found = Found::Stored(read_record(self.store.record(&key)));
                if let Some(one) = self.journeys.get_mut(&journey) {
                    one.key = key;
                }
                found
            }
        };
        let delay = self.outside.store_delay();
        self.after(delay, Event::Found(journey, found));
    }

    fn forward(&mut self, journey: usize, ask: usize, fields: &Fields, collapses: bool) {
        let Some(one) = self.journeys.get_mut(&journey) else { return };
        let mut request = one.exchange.request().clone();
        fields.iter().for_each(|(name, value)| request.fields.set(name, value));
        if collapses {
            if let Some(waiting) = self.flights.get_mut(&request.url) {
                waiting.push(journey);
                return;
            }
            self.flights.insert(request.url.clone(), Vec::new());
            one.flight = Some(request.url.clone());
        }
        let transit = self.outside.transit(&request);
        match transit.fate {
            Fate::LostThere => return self.after(transit.there, Event::Back(journey, ask, None)),
            Fate::Twice => {
                let late = Transit { there: transit.there + 700, ..transit };
                self.after(late.there, Event::Arrive(journey, ask, request.clone(), late));
            }
            _ => {}
        }
        self.after(transit.there, Event::Arrive(journey, ask, request, transit));
    }

    /// A reply has come, or the news that none will.
    fn land(&mut self, journey: usize, ask: usize, reply: Option<Reply>) {
        let now = self.now;
        let Some(one) = self.journeys.get_mut(&journey).filter(|one| one.asks == ask) else { return };
        let waiting = one.flight.take().and_then(|flight| self.flights.remove(&flight)).unwrap_or_default();
        // What comes twice is told twice, and is to make no difference.
        let is_first = std::mem::replace(&mut one.landed, ask) != ask;
        one.heard_failure |= reply.is_none();
        match &reply {
            Some(reply) => one.exchange.on_reply(&reply.head, one.asked_at, now),
            None => one.exchange.on_failure(now),
        }
        if is_first {
            one.reply.clone_from(&reply);
        }
        let shared = one.exchange.shared().filter(|_| reply.is_some()).cloned();
        for other in waiting {
            self.tell(other, |other| match &reply {
                None => {
                    other.heard_failure = true;
                    other.exchange.on_failure(now);
                }
                Some(reply) => {
                    let is_stored = reply.head.status == 304;
                    let slot = shared.as_ref().map(|stored| stored.slot).filter(|_| is_stored);
                    other.reply = Some(reply.clone()).filter(|_| !is_stored);
                    other.exchange.on_collapsed(shared.clone(), slot.map_or(Body::Reply, Body::Stored), now);
                }
            });
        }
        self.go(journey);
    }

    fn begin_work(&mut self, journey: usize) {
        let Some(one) = self.journeys.get_mut(&journey).filter(|one| !one.is_working) else { return };
        if one.work.is_empty() {
            if one.is_done {
                self.journeys.remove(&journey);
            }
            return;
        }
        one.is_working = true;
        let delay = self.outside.store_delay();
        self.after(delay, Event::Work(journey));
    }

    fn work(&mut self, journey: usize) {
        let Some(one) = self.journeys.get_mut(&journey) else { return };
        match one.work.pop_front() {
            Some(Work::Serve(served)) => match one.assemble(served, &self.store, self.now) {
                Some(answer) => self.answers.push((journey, answer)),
                None => {
                    one.is_done = false;
                    one.exchange.on_lost();
                    self.go(journey);
                }
            },
            Some(Work::Write(write)) => {
                let keys = match &write {
                    Write::Clear(origin) | Write::RemoveGroups(origin, _) => self.store.keys(origin),
                    Write::Freshen(key, ..) | Write::Note(key, _) | Write::Remove(key) | Write::Store(key, _) => {
                        vec![key.clone()]
                    }
                    Write::StoreAsset => Vec::new(),
                };
                one.writing = keys.len();
                keys.into_iter().for_each(|key| self.queue_turn(journey, key, write.clone()));
            }
            None => {}
        }
        self.rest(journey);
    }

    /// Goes on with the work, unless something is still being written.
    fn rest(&mut self, journey: usize) {
        if let Some(one) = self.journeys.get_mut(&journey).filter(|one| one.writing == 0) {
            one.is_working = false;
            self.begin_work(journey);
        }
    }

    fn after(&mut self, milliseconds: i64, event: Event) {
        self.count += 1;
        let at = Timestamp::from_millis(self.now.as_millis() + milliseconds.max(0));
        self.events.insert((at, self.count), event);
    }
}
