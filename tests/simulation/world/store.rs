//! The simulated store: records and bodies under keys, as a host keeps them. It outlives the worker.

use std::collections::BTreeMap;

/// What is kept under each key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store(BTreeMap<String, Kept>);

#[derive(Clone, Debug, Default)]
struct Kept {
    bodies: BTreeMap<u8, Vec<u8>>,
    record: String,
}

impl Store {
    /// The record of a key; empty if there is none.
    pub(crate) fn record(&self, key: &str) -> &str {
        self.0.get(key).map_or("", |kept| &kept.record)
    }

    /// The body in a slot of a key.
    pub(crate) fn body(&self, key: &str, slot: u8) -> Option<&[u8]> {
        self.0.get(key)?.bodies.get(&slot).map(Vec::as_slice)
    }

    /// Keeps a body. Until a record speaks of it, nobody looks for it.
    pub(crate) fn keep(&mut self, key: &str, slot: u8, body: Vec<u8>) {
        self.0.entry(key.to_owned()).or_default().bodies.insert(slot, body);
    }

    /// Writes a record, in one step; an empty one takes everything of its key with it.
    pub(crate) fn write(&mut self, key: &str, record: String) {
        if record.is_empty() {
            self.0.remove(key);
        } else {
            self.0.entry(key.to_owned()).or_default().record = record;
        }
    }

    /// Forgets bodies that no record speaks of any more.
    pub(crate) fn free(&mut self, key: &str, slots: &[u8]) {
        if let Some(kept) = self.0.get_mut(key) {
            kept.bodies.retain(|slot, _| !slots.contains(slot));
        }
    }

    /// The keys of an origin.
    pub(crate) fn keys(&self, origin: &str) -> Vec<String> {
        let within = format!("{origin}/");
        self.0.keys().filter(|key| key.starts_with(&within)).cloned().collect()
    }
}
