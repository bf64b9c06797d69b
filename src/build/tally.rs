//! How many references a folder has.

use serde::{Deserialize, Serialize};

/// How many references there are, and what becomes of them.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Tally {
    /// Those that get a fingerprint.
    pub rewritten: usize,
    /// Those whose target keeps its name: pages, and what is known by its name.
    pub kept: usize,
    /// Those that lead out of the folder, `data:` among them.
    pub outside: usize,
    /// Those that are put together elsewhere: templates, expressions.
    pub unknown: usize,
    /// Those to files that are not there.
    pub missing: usize,
}

impl Tally {
    pub(super) fn add(&mut self, other: &Self) {
        self.rewritten += other.rewritten;
        self.kept += other.kept;
        self.outside += other.outside;
        self.unknown += other.unknown;
        self.missing += other.missing;
    }
}
