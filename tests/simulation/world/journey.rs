//! One request in a worker: its exchange, and what of its steps is still to be carried out. It does what
//! `js/host/journey.ts` does, without promises.

use std::collections::VecDeque;

use super::store::Store;
use super::{Answer, Reply};
use keepfresh::exchange::{Body, Exchange, Served, Write};
use keepfresh::http::{Fields, ResponseHead, Timestamp};

/// A request on its way.
pub(crate) struct Journey {
    pub(crate) exchange: Exchange,
    /// How often the origin server was asked; reports of an earlier asking come too late.
    pub(crate) asks: usize,
    /// When it was asked last.
    pub(crate) asked_at: Timestamp,
    /// Those that wait for this one's reply.
    pub(crate) flight: Option<String>,
    /// Whether the network failed.
    pub(crate) heard_failure: bool,
    /// The stored body that was got hold of before the network was asked, and its slot.
    pub(crate) held: Option<(u8, Vec<u8>)>,
    pub(crate) is_done: bool,
    pub(crate) is_working: bool,
    /// What was looked up last: bodies are in the slots of this key.
    pub(crate) key: String,
    /// Which asking the latest reply was to.
    pub(crate) landed: usize,
    pub(crate) reply: Option<Reply>,
    /// What is done one after the other: the answer, then what is written.
    pub(crate) work: VecDeque<Work>,
    /// How many keys have yet to be written before the work goes on.
    pub(crate) writing: usize,
}

/// Something that takes its turn.
#[derive(Clone, Debug)]
pub(crate) enum Work {
    Serve(Served),
    Write(Write),
}

impl Journey {
    pub(crate) fn new(exchange: Exchange) -> Self {
        Self {
            exchange,
            asks: 0,
            asked_at: Timestamp::default(),
            flight: None,
            heard_failure: false,
            held: None,
            is_done: false,
            is_working: false,
            key: String::new(),
            landed: 0,
            reply: None,
            work: VecDeque::new(),
            writing: 0,
        }
    }

    /// Puts an answer together; nothing if the stored body is not there.
    pub(crate) fn assemble(&mut self, served: Served, store: &Store, now: Timestamp) -> Option<Answer> {
        let mut answer = self.answer(&served, now);
        let slot = match served.body {
            Body::Empty | Body::Failure => return Some(answer),
            Body::Reply => {
                let reply = self.reply.as_ref()?;
                answer.body.clone_from(&reply.body);
                answer.is_whole = reply.is_whole;
                answer.interims.clone_from(&reply.interims);
                return Some(answer);
            }
            Body::Combined(slot) | Body::Stored(slot) => Some(slot),
            Body::Unmeasured(slot) | Body::Several(slot) | Body::Part { slot, .. } => slot,
            Body::Found => None,
        };
        let held = self.held.take().filter(|(held, _)| Some(*held) == slot).map(|(_, body)| body);
        let stored = held.or_else(|| Some(store.body(self.exchange.key(), slot?)?.to_vec()));
        let Some(stored) = stored.as_deref() else {
            // Nor is what was going to be stored of it.
            self.reply = self.reply.take().filter(|_| !matches!(served.body, Body::Combined(_)));
            return None;
        };
        match served.body {
            Body::Combined(_) => {
                let mut rest = self.reply.take().filter(|rest| rest.is_whole)?;
                answer.body = [stored, &rest.body].concat();
                rest.body.clone_from(&answer.body);
                self.reply = Some(rest);
            }
            Body::Unmeasured(_) => {
                let measured = self.exchange.measured(served, stored.len() as u64);
                answer.body = match measured.body {
                    Body::Part { skip, length, .. } => cut(stored, skip, length).unwrap_or_default(),
                    Body::Empty => Vec::new(),
                    _ => stored.to_vec(),
                };
                answer.head = measured.head.unwrap_or(answer.head);
            }
            Body::Part { skip, length, .. } => answer.body = cut(stored, skip, length)?,
            _ => answer.body = stored.to_vec(),
        }
        Some(answer)
    }

    /// The answer, short of its body.
    fn answer(&self, served: &Served, now: Timestamp) -> Answer {
        let nothing = || ResponseHead { fields: Fields::new(), redirected: false, status: 0 };
        let own = || match served.body {
            Body::Reply => self.reply.as_ref().map(|reply| reply.head.clone()),
            _ => self.exchange.stored().map(|stored| stored.head.clone()),
        };
        Answer {
            at: now,
            body: Vec::new(),
            head: served.head.clone().or_else(own).unwrap_or_else(nothing),
            heard_failure: self.heard_failure,
            interims: Vec::new(),
            is_whole: true,
            served: served.clone(),
        }
    }
}

/// Some bytes of a body, if it has them.
fn cut(body: &[u8], skip: u64, length: u64) -> Option<Vec<u8>> {
    let skip = usize::try_from(skip).ok()?;
    let end = skip.checked_add(usize::try_from(length).ok()?)?;
    body.get(skip..end).map(<[u8]>::to_vec)
}
