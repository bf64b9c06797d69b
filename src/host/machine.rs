//! The machine for a request, and how an engine begins one.

use wasm_bindgen::prelude::*;

use super::Engine;
use crate::exchange::{Body, Exchange, Served, Step, Write, commit, read_record, wire, write_record};
#[cfg(feature = "full")]
use crate::http::concat;
use crate::http::{RequestHead, StoredResponse, Timestamp, decimal, digits, push_all, split_once};
use crate::route::{RouteTable, Rule, is_fingerprinted};

#[wasm_bindgen]
impl Engine {
    /// The machine for a request; nothing if the browser should go on without the worker.
    pub fn begin(&self, request: &str) -> Option<Machine> {
        let request = wire::request(request);
        let rule = self.rule(&request)?;
        let extras = if let Rule::Route(route) = rule { route.extras.clone() } else { String::new() };
        Some(Machine { exchange: Exchange::new(request, rule), extras, serving: None, writes: Vec::new() })
    }
}

impl Engine {
    /// What applies to a request; nothing if no route is for it.
    fn rule(&self, request: &RequestHead) -> Option<Rule<'_>> {
        match &self.everything {
            Some(terms) if cfg!(feature = "full") => Some(Rule::Http(terms)),
            _ if is_fingerprinted(&self.scope_url, request) => Some(Rule::Fingerprinted),
            _ => self.table.get_or_init(|| RouteTable::load(&self.scope_url, &self.routes)).rule(request),
        }
    }

    /// Which route of the table as it was written is for a request.
    pub(super) fn route(&self, request: &str) -> Option<String> {
        match self.rule(&wire::request(request))? {
            Rule::Route(route) => Some(decimal(route.number as i64)),
            _ => None,
        }
    }
}

/// One request: asked for the next step, and told what came of those before.
#[wasm_bindgen]
pub struct Machine {
    exchange: Exchange,
    /// What a host has to know of the route ([`Route::extras`](crate::route::Route::extras)).
    extras: String,
    /// The answer whose body is being measured.
    serving: Option<Served>,
    writes: Vec<Write>,
}

#[wasm_bindgen]
impl Machine {
    /// Takes the news of what came of a step, if there are any, and gives the steps up to the one that has
    /// to be waited for ([`wire::step`], each with a record separator behind it); or answers a question.
    /// What it is stands in the first line; the moments are milliseconds since the epoch.
    ///
    /// | news | lines behind it |
    /// |---|---|
    /// | | none: these are the first steps |
    /// | `lookup` | the record, or `present` and perhaps the head of what was found |
    /// | `reply` | the head of the origin server's answer to the request sent at `request_time` |
    /// | `failure`, `timeout`, `abort`, `lost` | |
    /// | `collapsed`, `collapsed-stored` | what the other machine says is `shared`; the body is the reply's, or in the store |
    ///
    /// | question | lines behind it | answer; empty if there is none |
    /// |---|---|---|
    /// | `extras` | | what a host has to know of the route ([`Route::extras`](crate::route::Route::extras)) |
    /// | `key` | | the key under which the stored bodies lie that are spoken of |
    /// | `shared` | | what a request that was held back for this one is told |
    /// | `holds` | | until when the record that was found leads to the same steps, `key`, and `extras`, a line each; nothing if no record was found |
    /// | `measured` | the length of the body | the step `serve`, now that it is known |
    /// | `groups` | which of the writes told so far | the groups that it is about, a line each |
    /// | `commit` | which of the writes told so far, and the record that is there | slot for a body, slots that are free then (with commas), and the record, a line each; none if nothing changes |
    pub fn tell(&mut self, news: &str, request_time: f64, now: f64) -> String {
        let (what, text) = split_once(news, b'\n').unwrap_or((news, ""));
        let now = at(now);
        let exchange = &mut self.exchange;
        match what {
            "" => {}
            "lookup" => exchange.on_lookup(wire::found(text), now),
            "reply" => exchange.on_reply(&wire::response(text), at(request_time), now),
            "failure" => exchange.on_failure(now),
            "timeout" => exchange.on_timeout(),
            "abort" => exchange.on_abort(),
            "lost" => exchange.on_lost(),
            "collapsed" | "collapsed-stored" => {
                let shared: Option<StoredResponse> = read_record(text).pop();
                let slot = shared.as_ref().map(|stored| stored.slot).filter(|_| what == "collapsed-stored");
                exchange.on_collapsed(shared, slot.map_or(Body::Reply, Body::Stored), now);
            }
            #[cfg(feature = "full")]
            "holds" => return self.holds(now).unwrap_or_default(),
            _ => return self.answer(what, text).unwrap_or_default(),
        }
        self.steps(&wire::step)
    }

    fn steps(&mut self, written: &dyn Fn(&Step) -> String) -> String {
        let mut steps = String::new();
        loop {
            let step = self.exchange.next();
            if step == Step::Wait {
                return steps;
            }
            push_all(&mut steps, &[&written(&step), "\x1e"]);
            match step {
                Step::Done => return steps,
                Step::Serve(served) => self.serving = Some(served),
                Step::Write(write) => self.writes.push(write),
                _ => {}
            }
        }
    }

    #[cfg(feature = "full")]
    fn holds(&self, now: Timestamp) -> Option<String> {
        let until = decimal(self.exchange.holds_until(now)?.as_millis());
        Some(concat(&[&until, "\n", self.exchange.key(), "\n", &self.extras]))
    }

    fn answer(&self, question: &str, text: &str) -> Option<String> {
        let (number, record) = split_once(text, b'\n').unwrap_or((text, ""));
        let number = digits(number).unwrap_or_default() as usize;
        match question {
            "extras" => Some(self.extras.clone()),
            "key" => Some(self.exchange.key().to_owned()),
            "shared" => self.exchange.shared().map(|stored| write_record(std::slice::from_ref(stored))),
            #[cfg(feature = "full")]
            "groups" => match self.writes.get(number)? {
                Write::RemoveGroups(_, names) => Some(crate::http::joined(names.iter().map(String::as_str), "\n")),
                _ => None,
            },
            "measured" => Some(wire::served(&self.exchange.measured(self.serving.clone()?, number as u64))),
            _ => Some(wire::committed(&commit(self.writes.get(number)?, record)?)),
        }
    }
}

/// A record that was read: a host that serves it over and over need not have it read each time.
#[cfg(feature = "full")]
#[wasm_bindgen]
pub struct Known(Vec<StoredResponse>);

#[cfg(feature = "full")]
#[wasm_bindgen]
impl Known {
    /// The fields of the response in a slot, a line each.
    pub fn fields(&self, slot: u8) -> String {
        self.in_slot(slot).map(|one| one.head.fields.as_text().to_owned()).unwrap_or_default()
    }

    fn in_slot(&self, slot: u8) -> Option<&StoredResponse> {
        self.0.iter().find(|one| one.slot == slot)
    }

    /// Writes a step. Of a head that is a stored one with lines behind it, only these are written, and `=` before its status.
    fn written(&self, step: &Step) -> String {
        if let Step::Serve(served) = step
            && let (Body::Stored(slot), Some(head)) = (served.body, &served.head)
            && let Some(stored) = self.in_slot(slot).filter(|stored| stored.head.status == head.status)
            && let Some(more) = head.fields.as_text().strip_prefix(stored.head.fields.as_text())
        {
            return wire::served_with(served, "=", more);
        }
        wire::step(step)
    }
}

/// Reads a record.
#[cfg(feature = "full")]
#[wasm_bindgen]
pub fn known(record: &str) -> Known {
    Known(read_record(record))
}

/// Tells a machine the news `lookup`, with a record that was read before; what comes of it is what [`Machine::tell`] gives, where heads
/// are told by what they have more than those of the record ([`Known::fields`]).
#[cfg(feature = "full")]
#[wasm_bindgen]
pub fn found(machine: &mut Machine, known: &Known, now: f64) -> String {
    machine.exchange.on_lookup(crate::exchange::Found::Stored(known.0.clone()), at(now));
    machine.steps(&|step| known.written(step))
}

fn at(milliseconds: f64) -> Timestamp {
    Timestamp::from_millis(milliseconds as i64)
}
