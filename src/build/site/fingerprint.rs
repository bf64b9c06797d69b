//! Naming files by what is in them, dependencies first.
//!
//! A file's fingerprint is the SHA-256 of its final bytes, with the marks of what it refers
//! to already in them. Where files refer to each other in a circle there is no such thing: then it
//! is the SHA-256 of the whole circle, with the references inside it as they were written. All that are in it have the
//! same: one changes when another does, and what says their names in the next release (the list, and each of them) has
//! one text to say anew, not hundreds.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::graph::components;
use crate::build::reference::{Edit, splice};
use crate::manifest::{MARK, hex};

/// A file that is to be named.
pub struct Node<'a> {
    /// Its bytes as they came; without them nothing can be inserted.
    pub bytes: Option<&'a [u8]>,
    /// Where in its bytes which other node's fingerprint goes, in order of places.
    pub insertions: Vec<(usize, usize)>,
    /// Its path.
    pub path: &'a str,
    /// What is written in it anew besides.
    pub respelled: Vec<Edit>,
    /// The SHA-256 of its bytes as they came.
    pub sha256: [u8; 32],
}

/// A node with its fingerprint, and its bytes with those of others.
#[derive(Clone, Default)]
pub struct Named<'a> {
    /// Its final bytes, if they were known as they came.
    pub bytes: Option<Cow<'a, [u8]>>,
    /// What is inserted into its name, and into references to it: the mark and its fingerprint.
    pub mark: String,
    /// The SHA-256 of its final bytes.
    pub sha256: [u8; 32],
}

/// Names every node, with so many digits. The answer does not depend on the order of nodes.
pub fn fingerprint<'a>(nodes: &[Node<'a>], digits: usize) -> Vec<Named<'a>> {
    let edges: Vec<Vec<usize>> =
        nodes.iter().map(|node| node.insertions.iter().map(|(_, target)| *target).collect()).collect();
    let mut named: Vec<Named<'a>> = vec![Named::default(); nodes.len()];
    for level in levels(components(&edges), &edges) {
        let members: Vec<Vec<(usize, Named<'a>)>> =
            level.par_iter().map(|component| name_component(component, nodes, &edges, &named, digits)).collect();
        for (node, name) in members.into_iter().flatten() {
            named[node] = name;
        }
    }
    named
}

/// A file's final bytes: those it came with, with texts in the place of some.
pub fn final_bytes<'a>(bytes: &'a [u8], mut edits: Vec<(Range<usize>, &str)>) -> Cow<'a, [u8]> {
    // What goes in front of a place that is written anew stays in front of it.
    edits.sort_by_key(|(place, _)| (place.start, place.end));
    if edits.is_empty() { Cow::Borrowed(bytes) } else { Cow::Owned(splice(bytes, &edits)) }
}

/// Components in groups that do not depend on each other, so that each group can be named at once.
fn levels(components: Vec<Vec<usize>>, edges: &[Vec<usize>]) -> Vec<Vec<Vec<usize>>> {
    let mut level_of = vec![0; edges.len()];
    let mut levels: Vec<Vec<Vec<usize>>> = Vec::new();
    for component in components {
        let outside = |target: &&usize| component.binary_search(*target).is_err();
        let below = component.iter().flat_map(|node| &edges[*node]).filter(outside);
        let level = below.map(|target| level_of[*target] + 1).max().unwrap_or(0);
        component.iter().for_each(|node| level_of[*node] = level);
        levels.resize_with(levels.len().max(level + 1), Vec::new);
        levels[level].push(component);
    }
    levels
}

fn name_component<'a>(
    component: &[usize],
    nodes: &[Node<'a>],
    edges: &[Vec<usize>],
    named: &[Named<'a>],
    digits: usize,
) -> Vec<(usize, Named<'a>)> {
    let mark_of = |digest: &[u8]| [MARK, &hex(digest)[..digits]].concat();
    let marks = |target: usize| Some(named[target].mark.as_str());
    if let [node] = component
        && !edges[*node].contains(node)
    {
        let (bytes, sha256) = written(&nodes[*node], marks);
        return vec![(*node, Named { bytes, mark: mark_of(&sha256), sha256 })];
    }
    let mut members = component.to_vec();
    members.sort_by_key(|member| nodes[*member].path);
    let outside = |target: usize| component.binary_search(&target).is_err().then_some(named[target].mark.as_str());
    let mut group = Sha256::new();
    for member in &members {
        let (_, sha256) = written(&nodes[*member], outside);
        let path = nodes[*member].path.as_bytes();
        group.update((path.len() as u64).to_le_bytes());
        group.update(path);
        group.update(sha256);
    }
    let mark = mark_of(&group.finalize());
    let any = |target: usize| Some(outside(target).unwrap_or(&mark));
    let finish = |member: usize| {
        let (bytes, sha256) = written(&nodes[member], any);
        (member, Named { bytes, mark: mark.clone(), sha256 })
    };
    members.into_iter().map(finish).collect()
}

/// A node's bytes with the marks of what it refers to, as far as there are any, and their SHA-256.
fn written<'a, 'm>(node: &Node<'a>, mark: impl Fn(usize) -> Option<&'m str>) -> (Option<Cow<'a, [u8]>>, [u8; 32]) {
    let marks = node.insertions.iter().filter_map(|(point, target)| Some((*point..*point, mark(*target)?)));
    let respelled = node.respelled.iter().map(|(place, text)| (place.clone(), text.as_str()));
    let edits = marks.chain(respelled).collect();
    let bytes = node.bytes.map(|bytes| final_bytes(bytes, edits));
    let sha256 = match &bytes {
        Some(Cow::Owned(changed)) => Sha256::digest(changed).into(),
        _ => node.sha256,
    };
    (bytes, sha256)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use proptest::prelude::*;

    /// Names files that refer to each other: (path, text, paths), with `@` where a fingerprint goes.
    fn named(files: &[(&'static str, &'static str, &[&str])]) -> Vec<(String, String)> {
        let place = |path: &str| files.iter().position(|file| file.0 == path).unwrap();
        let nodes: Vec<_> = files
            .iter()
            .map(|(path, text, targets)| {
                let points = text.match_indices('@').map(|(point, _)| point + 1);
                let insertions = points.zip(targets.iter().map(|target| place(target))).collect();
                let bytes = text.as_bytes();
                Node {
                    bytes: Some(bytes),
                    insertions,
                    path,
                    respelled: Vec::new(),
                    sha256: Sha256::digest(bytes).into(),
                }
            })
            .collect();
        let mut named: Vec<_> = fingerprint(&nodes, 20)
            .into_iter()
            .zip(files)
            .map(|(named, file)| {
                ([file.0, " ", &named.mark].concat(), String::from_utf8(named.bytes.unwrap().into_owned()).unwrap())
            })
            .collect();
        named.sort();
        named
    }

    #[test]
    fn a_name_is_the_digest_of_the_final_bytes() {
        for (name, bytes) in named(&[("a", "x@y", &["b"]), ("b", "leaf", &[])]) {
            let digest = hex(&Sha256::digest(bytes.as_bytes()));
            assert!(name.ends_with(&digest[..20]), "{name} is {bytes}");
        }
    }

    #[test]
    fn what_a_file_refers_to_is_in_its_name() {
        let before = named(&[("a", "@", &["b"]), ("b", "@", &["c"]), ("c", "1", &[])]);
        let after = named(&[("a", "@", &["b"]), ("b", "@", &["c"]), ("c", "2", &[])]);
        assert!(before.iter().zip(&after).all(|(before, after)| before.0 != after.0));
    }

    #[test]
    fn circles_have_names_that_follow_their_content() {
        let circle = |text: &'static str| named(&[("a", "@", &["b"]), ("b", text, &["a"]), ("c", "@", &["a"])]);
        let (one, same, other) = (circle("1@"), circle("1@"), circle("2@"));
        assert_eq!(one, same);
        assert!(one.iter().zip(&other).all(|(one, other)| one.0 != other.0));
        let mark = |named: &(String, String)| named.0.split_once(' ').map(|(_, mark)| String::from(mark));
        assert_eq!(mark(&one[0]), mark(&one[1]), "one text to say anew");
        assert_ne!(mark(&one[0]), mark(&one[2]));
    }

    #[test]
    fn the_order_of_files_does_not_matter() {
        let one = named(&[("a", "@@", &["b", "c"]), ("b", "@", &["a"]), ("c", "x", &[]), ("d", "@", &["d"])]);
        let other = named(&[("d", "@", &["d"]), ("c", "x", &[]), ("b", "@", &["a"]), ("a", "@@", &["b", "c"])]);
        assert_eq!(one, other);
    }

    /// Files that refer to each other at random, circles and all: content, and targets.
    fn site() -> impl Strategy<Value = Vec<(u8, Vec<usize>)>> {
        (1usize..12).prop_flat_map(|n| proptest::collection::vec((0u8..3, proptest::collection::vec(0..n, 0..4)), n))
    }

    /// Names and bytes by path, of files that are given in this order.
    fn build(site: &[(u8, Vec<usize>)], order: &[usize]) -> BTreeMap<usize, (String, Vec<u8>)> {
        let texts: Vec<Vec<u8>> =
            site.iter().map(|(content, targets)| [vec![*content], vec![b'@'; targets.len()]].concat()).collect();
        let paths: Vec<String> = (0..site.len()).map(|n| format!("{n}.js")).collect();
        let place = |file: usize| order.iter().position(|other| *other == file).unwrap();
        let node = |file: &usize| Node {
            bytes: Some(&texts[*file]),
            insertions: site[*file].1.iter().enumerate().map(|(n, target)| (n + 2, place(*target))).collect(),
            path: &paths[*file],
            respelled: Vec::new(),
            sha256: Sha256::digest(&texts[*file]).into(),
        };
        let nodes: Vec<_> = order.iter().map(node).collect();
        let named = fingerprint(&nodes, 20);
        order.iter().copied().zip(named.into_iter().map(|one| (one.mark, one.bytes.unwrap().into_owned()))).collect()
    }

    proptest! {
        #[test]
        fn any_order_gives_the_same_names(site in site(), seed in any::<u64>()) {
            let mut order: Vec<usize> = (0..site.len()).collect();
            let first = build(&site, &order);
            order.sort_by_key(|n| Sha256::digest([seed.to_le_bytes(), (*n as u64).to_le_bytes()].concat()).to_vec());
            prop_assert_eq!(first, build(&site, &order));
        }

        #[test]
        fn the_same_name_means_the_same_bytes_in_another_release(site in site(), other in site(), file in 0usize..12, content in any::<u8>()) {
            let order = |site: &[(u8, Vec<usize>)]| (0..site.len()).collect::<Vec<_>>();
            let mut edited = site.clone();
            let file = file % site.len();
            edited[file].0 = content;
            let before = build(&site, &order(&site));
            for after in [build(&edited, &order(&edited)), build(&other, &order(&other))] {
                for (path, (mark, bytes)) in &after {
                    if let Some((old_mark, old_bytes)) = before.get(path) {
                        prop_assert!(mark != old_mark || bytes == old_bytes);
                    }
                }
            }
            // What leads to the file is renamed with it, and nothing else is.
            let mut reaching = vec![file];
            while let Some(next) = (0..site.len()).find(|n| !reaching.contains(n) && site[*n].1.iter().any(|target| reaching.contains(target))) {
                reaching.push(next);
            }
            let after = build(&edited, &order(&edited));
            for path in 0..site.len() {
                let is_renamed = before[&path].0 != after[&path].0;
                prop_assert_eq!(is_renamed, edited[file].0 != site[file].0 && reaching.contains(&path));
            }
        }
    }
}
