//! By which names a worker knows what is for ever what it is, since a bundler has named it so: whole folders, and elsewhere
//! how the names of such files begin, as far as those of no others do. What begins so and is not stored is asked for as
//! anything else is.

use std::collections::BTreeSet;

use super::{hashed_folders, is_alone};
use crate::build::Release;
use crate::build::clues::hashed::before_digits;
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
    let alone: Vec<&str> = alone.filter(|path| precached.contains(encode(path).as_str())).collect();
    let all = |length| -> BTreeSet<&str> { alone.iter().map(|path| beginning(path, &others, length)).collect() };
    // Those that say most are those of the fewest URLs that are none of the files'.
    let most = Some(all(Length::ToDigits)).filter(|all| all.len() <= BEGINNINGS);
    let told: BTreeSet<&str> = most.unwrap_or_else(|| all(Length::Least)).into_iter().take(BEGINNINGS).collect();
    let is_told = |path: &&&str| told.iter().any(|beginning| path.starts_with(beginning));
    let left = alone.iter().filter(|path| !is_told(path)).map(|path| encode(path)).collect();
    places.extend(told.into_iter().map(str::to_owned));
    (places, left)
}

/// How much of a name a beginning has.
#[derive(Clone, Copy)]
enum Length {
    /// All that stands before the digits of a bundler.
    ToDigits,
    /// No more than what there has to be.
    Least,
}

/// How a path begins as none of the others does.
fn beginning<'p>(path: &'p str, others: &BTreeSet<&str>, length: Length) -> &'p str {
    let beside = [others.range(..path).next_back(), others.range(path..).next()];
    let in_common = |other: &&str| path.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    let shared = beside.into_iter().flatten().map(in_common).max().unwrap_or(0);
    let least = match path.rfind('/') {
        Some(slash) => slash + 1 + FEWEST,
        None => path.find(['-', '.', '_']).map_or(path.len(), |end| end + 1),
    };
    let least = match length {
        Length::ToDigits => before_digits(path).map_or(least, str::len),
        Length::Least => least,
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
        for (path, to_digits, least) in [
            ("chunk-1a2b3c4d.js", "chunk-", "chunk-"),
            ("chunk-vendor.1a2b3c4d.js", "chunk-vendor.", "chunk-"),
            ("index-1a2b3c4d.js", "index-", "index-"),
            ("x1", "x1", "x1"),
            ("1a2b3c4d5e6f7a8b.js", "1a2b3c4d5e6f7a8b.", "1a2b3c4d5e6f7a8b."),
            ("assets/chunk-1a2b3c4d.js", "assets/chunk-", "assets/chu"),
            ("assets/a-1a2b3c4d.js", "assets/a-", "assets/a-1"),
            ("assets/a-B_E-RY2t.css", "assets/a-", "assets/a-B"),
            ("assets/1a2b3c4d5e6f7a8b.js", "assets/1a2", "assets/1a2"),
            ("assets/lua-1a2b3c4d.js", "assets/lua-", "assets/lua-"),
            ("assets/lub-1a2b3c4d.js", "assets/lub-", "assets/lub"),
            ("assets/main-1a2b.js", "assets/main-1a2b.js", "assets/main-1a2b.js"),
            ("assets/öl-1a2b3c4d.js", "assets/öl-", "assets/öl"),
            ("b/c-1a2b3c4d.js", "b/c-", "b/c-1"),
        ] {
            assert_eq!(beginning(path, &others, Length::ToDigits), to_digits);
            assert_eq!(beginning(path, &others, Length::Least), least);
        }
    }
}
