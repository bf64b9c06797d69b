//! Naming files by what is in them, dependencies first.
//!
//! A file's fingerprint is the SHA-256 of its final bytes, with the marks of what it refers
//! to already in them. Where files refer to each other in a circle there is no such thing: then it
//! is the SHA-256 of the whole circle, with the references inside it as they were written.

use std::borrow::Cow;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::graph::components;
use super::reference::splice;
use crate::manifest::{FINGERPRINT_DIGITS, MARK, hex};

/// A file that is to be named, or that refers to such files.
pub struct Node<'a> {
    /// Its bytes as they came.
    pub bytes: &'a [u8],
    /// Where in its bytes which other node's fingerprint goes, in order of places.
    pub insertions: Vec<(usize, usize)>,
    /// Its path.
    pub path: &'a str,
}

/// A node with its fingerprint, and its bytes with those of others.
pub struct Named<'a> {
    /// Its final bytes.
    pub bytes: Cow<'a, [u8]>,
    /// What is inserted into its name, and into references to it: the mark and its fingerprint.
    pub mark: String,
    /// The SHA-256 of its final bytes.
    pub sha256: [u8; 32],
}

/// Names every node. The answer does not depend on the order of nodes.
pub fn fingerprint<'a>(nodes: &[Node<'a>]) -> Vec<Named<'a>> {
    let edges: Vec<Vec<usize>> =
        nodes.iter().map(|node| node.insertions.iter().map(|(_, target)| *target).collect()).collect();

    let mut marks = vec![String::new(); nodes.len()];
    for level in levels(components(&edges), &edges) {
        let named: Vec<Vec<(usize, String)>> =
            level.par_iter().map(|component| name_component(component, nodes, &edges, &marks)).collect();
        for (node, mark) in named.into_iter().flatten() {
            marks[node] = mark;
        }
    }

    let finish = |(node, mark): (&Node<'a>, &String)| {
        let bytes = written(node, &marks, &[]);
        let sha256 = Sha256::digest(&bytes).into();
        Named { bytes, mark: mark.clone(), sha256 }
    };
    nodes.par_iter().zip(&marks).map(finish).collect()
}

/// A file's final bytes: those it came with, and what is inserted into them.
pub fn final_bytes<'a>(bytes: &'a [u8], insertions: &[(usize, &str)]) -> Cow<'a, [u8]> {
    if insertions.is_empty() { Cow::Borrowed(bytes) } else { Cow::Owned(splice(bytes, insertions)) }
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

fn name_component(
    component: &[usize],
    nodes: &[Node<'_>],
    edges: &[Vec<usize>],
    marks: &[String],
) -> Vec<(usize, String)> {
    if let [node] = component
        && !edges[*node].contains(node)
    {
        let digest = Sha256::digest(written(&nodes[*node], marks, &[]));
        return vec![(*node, mark_of(&digest))];
    }
    let mut members = component.to_vec();
    members.sort_by_key(|member| nodes[*member].path);
    let mut group = Sha256::new();
    for member in &members {
        let bytes = written(&nodes[*member], marks, component);
        for part in [nodes[*member].path.as_bytes(), &bytes] {
            group.update((part.len() as u64).to_le_bytes());
            group.update(part);
        }
    }
    let group = group.finalize();
    let name = |member: usize| mark_of(&Sha256::new_with_prefix(group).chain_update(nodes[member].path).finalize());
    members.into_iter().map(|member| (member, name(member))).collect()
}

/// A node's bytes with the marks of what it refers to, except those of `circle`.
fn written<'a>(node: &Node<'a>, marks: &[String], circle: &[usize]) -> Cow<'a, [u8]> {
    let insertions: Vec<_> = node
        .insertions
        .iter()
        .filter(|(_, target)| circle.binary_search(target).is_err())
        .map(|(point, target)| (*point, marks[*target].as_str()))
        .collect();
    final_bytes(node.bytes, &insertions)
}

/// The mark of a digest.
fn mark_of(digest: &[u8]) -> String {
    [MARK, &hex(digest)[..FINGERPRINT_DIGITS]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names files that refer to each other: (path, text, paths), with `@` where a fingerprint goes.
    fn named(files: &[(&'static str, &'static str, &[&str])]) -> Vec<(String, String)> {
        let place = |path: &str| files.iter().position(|file| file.0 == path).unwrap();
        let nodes: Vec<_> = files
            .iter()
            .map(|(path, text, targets)| {
                let points = text.match_indices('@').map(|(point, _)| point + 1);
                let insertions = points.zip(targets.iter().map(|target| place(target))).collect();
                Node { bytes: text.as_bytes(), insertions, path }
            })
            .collect();
        let mut named: Vec<_> = fingerprint(&nodes)
            .into_iter()
            .zip(files)
            .map(|(named, file)| {
                ([file.0, " ", &named.mark].concat(), String::from_utf8(named.bytes.into_owned()).unwrap())
            })
            .collect();
        named.sort();
        named
    }

    #[test]
    fn a_name_is_the_digest_of_the_final_bytes() {
        for (name, bytes) in named(&[("a", "x@y", &["b"]), ("b", "leaf", &[])]) {
            let digest = hex(&Sha256::digest(bytes.as_bytes()));
            assert!(name.ends_with(&digest[..FINGERPRINT_DIGITS]), "{name} is {bytes}");
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
        assert_ne!(one[0].0.split(' ').nth(1), one[1].0.split(' ').nth(1));
    }

    #[test]
    fn the_order_of_files_does_not_matter() {
        let one = named(&[("a", "@@", &["b", "c"]), ("b", "@", &["a"]), ("c", "x", &[]), ("d", "@", &["d"])]);
        let other = named(&[("d", "@", &["d"]), ("c", "x", &[]), ("b", "@", &["a"]), ("a", "@@", &["b", "c"])]);
        assert_eq!(one, other);
    }
}
