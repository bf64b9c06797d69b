//! Names of modules in pieces: one script says how they begin (`register("./onnx")`), and another one, which imports
//! them, how they end (`` import(`${id}.js`) ``).

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::called::{Names, name_of};
use crate::build::name::Language;
use crate::build::read::parse::Input;
use crate::build::site::resolve;

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
    pub(in crate::build) fn add(&mut self, other: Self) {
        self.ends.extend(other.ends);
        self.made.extend(other.made);
        self.starts.extend(other.starts);
    }
}

/// For each end the names that come of all the beginnings, as far as a file has such a name: what a name begins with may
/// be said in any script.
fn joined<'f>(files: &'f BTreeMap<String, Input>, names: &Names<'_>) -> BTreeMap<&'f str, BTreeSet<String>> {
    let all = || files.values().map(|input| &input.parsed.pieces);
    let ends: BTreeSet<&str> = all().flat_map(|pieces| &pieces.ends).map(String::as_str).collect();
    if ends.is_empty() {
        return BTreeMap::new();
    }
    let starts: BTreeSet<&String> = all().flat_map(|pieces| &pieces.starts).collect();
    let with = |end: &str| -> BTreeSet<String> {
        starts.iter().map(|start| [start, end].concat()).filter(|name| names.contains_key(name_of(name))).collect()
    };
    ends.into_iter().map(|end| (end, with(end))).collect()
}

/// The files that scripts may import by such names: what one of them may, all of its folder may that say the same. What pages
/// import is left to what they say themselves, for they are many, and each in a folder of its own.
pub(in crate::build) fn reached(folder: &resolve::Site<'_, Input>, names: &Names<'_>) -> BTreeSet<String> {
    let joined = joined(folder.files, names);
    let scripts = folder.files.iter().filter(|(path, _)| Language::of(path) == Language::JavaScript);
    let imports = |(path, input): (&'_ String, &'_ Input)| -> Vec<((String, String), String)> {
        let of_folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        input.parsed.pieces.ends.iter().map(|end| ((of_folder.to_owned(), end.clone()), path.clone())).collect()
    };
    let from: BTreeMap<(String, String), String> = scripts.flat_map(imports).collect();
    let by = |((_, end), path): (&(String, String), &String)| -> Vec<String> {
        let names = joined.get(end.as_str()).into_iter().flatten();
        let found = names.filter_map(|name| Some(folder.reach(path, None, name)?.0));
        found.filter(|path| folder.files.contains_key(path)).collect()
    };
    from.par_iter().flat_map_iter(by).collect()
}
