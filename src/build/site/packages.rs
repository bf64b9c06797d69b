//! Files of packages that a site refers to: `node_modules` is no part of a site but for these.

use std::collections::{BTreeMap, BTreeSet};

use super::resolve::{Site, Target};
use crate::build::read::parse::Input;

/// The folder of packages.
pub const PACKAGES: &str = "node_modules";

/// What is wanted of packages.
#[derive(Debug, Default, Eq, PartialEq)]
pub struct Wanted {
    /// Files that are referred to, and are not there yet.
    pub files: BTreeSet<String>,
    /// What an import map speaks of as a whole, or a script puts a name together for: how paths begin, and how they end.
    pub folders: BTreeSet<(String, String)>,
}

/// What the files of a folder want of packages. `base` and `origin` say where the folder stands.
pub fn wanted(files: &BTreeMap<String, Input>, base: &str, origin: Option<&str>) -> Wanted {
    let site = Site { base, files, origin };
    let mut wanted = Wanted::default();
    for (path, Input { parsed, .. }) in files {
        let speaks_of_packages = |url: &str| is_of_package(path) || url.contains(PACKAGES);
        let html_base = parsed.base.as_deref();
        for reference in parsed.references.iter().filter(|reference| speaks_of_packages(&reference.url)) {
            if let Target::Missing(target) = site.target(path, html_base, reference) {
                wanted.files.extend(Some(target).filter(|target| is_of_package(target)));
            }
        }
        let reached = parsed.reaches.iter().filter(|url| speaks_of_packages(url));
        for (start, end) in reached.filter_map(|url| site.reach(path, html_base, url)) {
            match end {
                Some(end) if names_package(&start) => drop(wanted.folders.insert((start, end))),
                None if is_of_package(&start) => drop(wanted.files.insert(start)),
                _ => {}
            }
        }
    }
    wanted.files.retain(|path| !files.contains_key(path));
    wanted
}

/// Whether the file at a path belongs to a package.
pub fn is_of_package(path: &str) -> bool {
    path.split('/').rev().skip(1).any(|part| part == PACKAGES)
}

/// Whether a path leads into one package: nobody wants all there are.
fn names_package(path: &str) -> bool {
    let inside = path.split('/').skip_while(|part| *part != PACKAGES).skip(1);
    let of_owner = |first: &&str| first.starts_with('@');
    let parts: Vec<&str> = inside.collect();
    parts.len() > 1 + usize::from(parts.first().is_some_and(of_owner))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::read::parse::{Extras, parse};

    #[test]
    fn only_what_is_referred_to_is_wanted() {
        let page = |html: &str| ("index.html".to_owned(), html.to_owned());
        let cases: [(_, &[&str], &[(&str, &str)]); 8] = [
            (page("<script src=node_modules/a/b.js></script>"), &["node_modules/a/b.js"], &[]),
            (page("<script src=other/a/b.js></script><a href=node_modules>x</a>"), &[], &[]),
            (
                page("<script type=importmap>{\"imports\": {\"a\": \"./node_modules/a/b.js\"}}</script>"),
                &["node_modules/a/b.js"],
                &[],
            ),
            (
                page("<script type=importmap>{\"imports\": {\"a/\": \"/node_modules/a/\"}}</script>"),
                &[],
                &[("node_modules/a/", "")],
            ),
            (
                page(
                    "<script type=importmap>{\"imports\": {\"/\": \"/node_modules/\", \"@a/\": \"/node_modules/@a/\"}}</script>",
                ),
                &[],
                &[],
            ),
            (("node_modules/a/b.js".to_owned(), "import './c.js'".to_owned()), &["node_modules/a/c.js"], &[]),
            (
                ("node_modules/a/b.js".to_owned(), "import(`./x/${y}.js`)".to_owned()),
                &[],
                &[("node_modules/a/x/", ".js")],
            ),
            (("b.css".to_owned(), "@import 'node_modules/a/a.css'".to_owned()), &["node_modules/a/a.css"], &[]),
        ];
        for ((path, text), expected_files, expected_folders) in cases {
            let parsed = parse(&path, text.as_bytes(), &Extras::default());
            let input = Input { bytes: None, length: 0, parsed, sha256: [0; 32] };
            let found = wanted(&BTreeMap::from([(path, input)]), "/", None);
            assert_eq!(found.files.iter().collect::<Vec<_>>(), expected_files, "{text}");
            let folders: Vec<_> = found.folders.iter().map(|(start, end)| (start.as_str(), end.as_str())).collect();
            assert_eq!(folders, expected_folders, "{text}");
        }
    }
}
