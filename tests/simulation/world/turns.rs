//! Writing, one thing at a time under each key: what is there is read, what it comes to is decided, and
//! that is written, with nobody in between. A stop of the worker may come between any two phases.

use std::collections::VecDeque;

use super::{Event, Outside, World};
use keepfresh::exchange::{Write, commit};

/// Something that is written under a key.
pub(super) struct Turn {
    freed: Vec<u8>,
    journey: usize,
    phase: Phase,
    record: String,
    write: Write,
}

enum Phase {
    Body,
    Record,
    Free,
}

impl<O: Outside> World<O> {
    pub(super) fn queue_turn(&mut self, journey: usize, key: String, write: Write) {
        let turn = Turn { freed: Vec::new(), journey, phase: Phase::Body, record: String::new(), write };
        let turns = self.turns.entry(key.clone()).or_default();
        turns.push_back(turn);
        if turns.len() == 1 {
            let delay = self.outside.store_delay();
            self.after(delay, Event::Turn(key));
        }
    }

    /// Does one part of what is written under a key: first the body, then the record that speaks of it.
    pub(super) fn take_turn(&mut self, key: &str) {
        let Some(turn) = self.turns.get_mut(key).and_then(VecDeque::front_mut) else { return };
        let is_over = match turn.phase {
            Phase::Body => {
                let reply = self.journeys.get(&turn.journey).and_then(|one| one.reply.as_ref());
                let body = reply.filter(|reply| reply.is_whole).map(|reply| reply.body.clone());
                // Without the body there is nothing to speak of.
                let committed = commit(&turn.write, self.store.record(key));
                let committed = committed.filter(|committed| committed.body.is_none() || body.is_some());
                if let Some((slot, body)) = committed.as_ref().and_then(|one| one.body).zip(body) {
                    self.store.keep(key, slot, body);
                }
                let is_over = committed.is_none();
                let committed = committed.unwrap_or_default();
                (turn.record, turn.freed, turn.phase) = (committed.record, committed.freed, Phase::Record);
                is_over
            }
            Phase::Record => {
                self.store.write(key, std::mem::take(&mut turn.record));
                turn.phase = Phase::Free;
                false
            }
            Phase::Free => {
                self.store.free(key, &turn.freed);
                true
            }
        };
        if is_over {
            self.end_turn(key);
        }
        if self.turns.contains_key(key) {
            let delay = self.outside.store_delay();
            self.after(delay, Event::Turn(key.to_owned()));
        }
    }

    fn end_turn(&mut self, key: &str) {
        let Some(turns) = self.turns.get_mut(key) else { return };
        let ended = turns.pop_front();
        if turns.is_empty() {
            self.turns.remove(key);
        }
        if let Some(one) = ended.as_ref().and_then(|turn| self.journeys.get_mut(&turn.journey)) {
            one.writing -= 1;
        }
        if let Some(turn) = ended {
            self.rest(turn.journey);
        }
    }
}
