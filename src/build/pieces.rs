//! Names of modules in pieces: one script says how they begin (`register("./onnx")`), and another one, which imports
//! them, how they end (`` import(`${id}.js`) ``).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::mentioned::name_of;
use super::parse::Input;

/// What one file says of such names.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Pieces {
    /// How those end that it imports.
    pub ends: BTreeSet<String>,
    /// The files that it may load by elements that it makes (`made.rs`).
    pub made: BTreeSet<String>,
    /// Its texts that begin as specifiers do which are no bare names.
    pub starts: BTreeSet<String>,
}

impl Pieces {
    pub(super) fn add(&mut self, other: Self) {
        self.ends.extend(other.ends);
        self.made.extend(other.made);
        self.starts.extend(other.starts);
    }
}

/// For each end the names that come of all the beginnings, as far as a file has such a name: what a name begins with may
/// be said in any script. `names` are those of all files ([`name_of`]).
pub(super) fn joined<'f>(
    files: &'f BTreeMap<String, Input>,
    names: &BTreeSet<&str>,
) -> BTreeMap<&'f str, BTreeSet<String>> {
    let all = || files.values().map(|input| &input.parsed.pieces);
    let ends: BTreeSet<&str> = all().flat_map(|pieces| &pieces.ends).map(String::as_str).collect();
    if ends.is_empty() {
        return BTreeMap::new();
    }
    let starts: BTreeSet<&String> = all().flat_map(|pieces| &pieces.starts).collect();
    let with = |end: &str| -> BTreeSet<String> {
        starts.iter().map(|start| [start, end].concat()).filter(|name| names.contains(name_of(name))).collect()
    };
    ends.into_iter().map(|end| (end, with(end))).collect()
}
