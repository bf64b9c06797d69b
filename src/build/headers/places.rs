//! By which names a worker knows what is for ever what it is, since a bundler has named it so: whole folders, and elsewhere
//! how the names of such files begin, as far as those of no others do. What begins so and is not stored is asked for as
//! anything else is.

use std::collections::BTreeSet;

use super::{hashed_folders, is_alone};
use crate::build::Release;
use crate::build::name::encode;
use crate::build::site::Naming;

/// The most beginnings that a worker is told of.
const BEGINNINGS: usize = 500;

/// How many characters of a name one has at the least in a folder. Of what lies in none it has the first word: servers have
/// more than files.
const FEWEST: usize = 3;

/// Folders and beginnings; and the URLs of precached files for which there were too many.
pub fn hashed_places(release: &Release<'_>) -> (Vec<String>, Vec<String>) {
    let mut places = hashed_folders(release);
    let precached: BTreeSet<&str> = release.precache.lines().filter_map(|line| line.split('\t').next()).collect();
    let (hashed, others): (Vec<_>, Vec<_>) = release.files.iter().partition(|file| file.naming == Naming::Hashed);
    let others: BTreeSet<&str> = others.into_iter().map(|file| file.path).collect();
    let alone = hashed.into_iter().map(|file| file.path).filter(|path| is_alone(path, &places));
    let (mut beginnings, mut left) = (BTreeSet::new(), Vec::new());
    for (path, url) in alone.map(|path| (path, encode(path))).filter(|(_, url)| precached.contains(url.as_str())) {
        let beginning = beginning(path, &others);
        if beginnings.len() < BEGINNINGS || beginnings.contains(beginning) {
            beginnings.insert(beginning);
        } else {
            left.push(url);
        }
    }
    places.extend(beginnings.into_iter().map(str::to_owned));
    (places, left)
}

/// How a path begins as none of the others does.
fn beginning<'p>(path: &'p str, others: &BTreeSet<&str>) -> &'p str {
    let beside = [others.range(..path).next_back(), others.range(path..).next()];
    let in_common = |other: &&str| path.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    let shared = beside.into_iter().flatten().map(in_common).max().unwrap_or(0);
    let least = match path.rfind('/') {
        Some(slash) => slash + 1 + FEWEST,
        None => path.find(['-', '.', '_']).map_or(path.len(), |end| end + 1),
    };
    &path[..path.ceil_char_boundary(least.max(shared + 1))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_is_that_of_no_other() {
        let others =
            BTreeSet::from(["index.html", "assets/lua.js", "assets/main-1a2b.js.map", "assets/ü.png", "b/c/d.txt"]);
        for (path, expected) in [
            ("chunk-1a2b3c4d.js", "chunk-"),
            ("index-1a2b3c4d.js", "index-"),
            ("x1", "x1"),
            ("assets/chunk-1a2b3c4d.js", "assets/chu"),
            ("assets/lua-1a2b3c4d.js", "assets/lua-"),
            ("assets/lub-1a2b3c4d.js", "assets/lub"),
            ("assets/main-1a2b.js", "assets/main-1a2b.js"),
            ("assets/öl-1a2b3c4d.js", "assets/öl"),
            ("b/c-1a2b3c4d.js", "b/c-1"),
        ] {
            assert_eq!(beginning(path, &others), expected);
        }
    }
}
