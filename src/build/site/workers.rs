//! Which worker a script runs in: what `importScripts` names in it is relative to that, not to the script
//! ([HTML, section 10.3.1](https://html.spec.whatwg.org/multipage/workers.html#importing-scripts-and-libraries)).

use std::collections::{BTreeMap, BTreeSet};

use super::resolve::{self, Target};
use crate::build::read::parse::Input;
use crate::build::reference::{Kind, Reference};

/// The workers that run each script which another one names by `importScripts`.
pub(in crate::build) fn workers<'f>(folder: &resolve::Site<'f, Input>) -> BTreeMap<String, BTreeSet<&'f str>> {
    let named = |path: &str, worker: &str| -> Vec<String> {
        let references = folder.files.get(path).into_iter().flat_map(|input| &input.parsed.references);
        let imported = references.filter(|reference| reference.kind == Kind::ImportedScript);
        let targets = imported.map(|reference| folder.target(worker, None, reference));
        targets.filter_map(|target| if let Target::File(target) = target { Some(target) } else { None }).collect()
    };
    let is_importing = |input: &Input| input.parsed.references.iter().any(|one| one.kind == Kind::ImportedScript);
    let importing: Vec<&str> =
        folder.files.iter().filter(|(_, input)| is_importing(input)).map(|(path, _)| path.as_str()).collect();
    let imported: BTreeSet<String> = importing.iter().flat_map(|path| named(path, path)).collect();
    let mut workers: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for worker in importing.into_iter().filter(|path| !imported.contains(*path)) {
        let mut open = named(worker, worker);
        while let Some(path) = open.pop() {
            let more = named(&path, worker);
            if workers.entry(path).or_default().insert(worker) {
                open.extend(more);
            }
        }
    }
    workers
}

/// The file from which a reference in the one at `path` leads; `None` if it leads elsewhere in each of several workers.
pub(in crate::build) fn start<'p>(
    folder: &resolve::Site<'_, Input>,
    workers: &'p BTreeMap<String, BTreeSet<&str>>,
    path: &'p str,
    reference: &Reference,
) -> Option<&'p str> {
    let all = workers.get(path).filter(|_| reference.kind == Kind::ImportedScript && reference.is_relative());
    let Some(first) = all.and_then(|all| all.first()) else { return Some(path) };
    let target = |from: &str| folder.target(from, None, reference);
    all.into_iter().flatten().all(|one| target(one) == target(first)).then_some(first)
}
