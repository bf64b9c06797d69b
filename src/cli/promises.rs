//! What earlier releases have promised: the bytes that a URL stands for, as long as anybody keeps them.
//!
//! A bundler may give other bytes the same name: it digests them before the last step, which adds what names the source map, say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use keepfresh::build::integrity::{Algorithm, is_whole};
use keepfresh::build::name::{decode, encode};
use keepfresh::build::release::listing::Listing;
use keepfresh::build::{Code, Finding, Severity};
use memchr::memmem;

use super::folder::place_in;
use super::output::MANIFEST;

/// From URLs, relative to the site's root, to digests as in the attribute `integrity`.
pub(crate) struct Promises(BTreeMap<String, BTreeSet<String>>);

impl Promises {
    /// Those of the releases that lie in these folders, and of what these know of others. A folder without a release has none.
    pub(crate) fn of<'a>(folders: impl Iterator<Item = &'a Path>) -> Self {
        let mut by_url: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for folder in folders {
            let Some(listing) = listing_in(folder) else { continue };
            for (url, integrity, _) in listing.promises() {
                by_url.entry(url.to_owned()).or_default().insert(integrity.to_owned());
            }
        }
        Self(by_url)
    }

    /// Whether other bytes were promised for the file at a path than those which it has, and which are read from `place` where its
    /// digest does not tell. A source map is left out: nobody runs it, and it is named after the script, whose comments it knows.
    pub(crate) fn are_broken(&self, path: &str, sha256: &[u8; 32], place: &Path) -> bool {
        let Some(promised) = self.0.get(&encode(path)).filter(|_| !is_source_map(path)) else { return false };
        let is_it = |integrity: &String| match integrity.starts_with("sha256-") {
            true => Algorithm::sha256_integrity(sha256) == *integrity,
            false => fs::read(place).is_ok_and(|bytes| is_whole(&bytes, integrity)),
        };
        !promised.iter().all(is_it)
    }

    /// Those for URLs that files of this release had, and have no more.
    pub(crate) fn spent(&self, listing: &Listing) -> BTreeMap<String, BTreeSet<String>> {
        let names = listing.files.iter().map(|(path, listed)| (encode(path), listed));
        let spent = names.filter(|(url, listed)| !listed.immutable || listed.url != *url);
        spent.filter_map(|(url, _)| self.0.get_key_value(&url)).map(|(url, all)| (url.clone(), all.clone())).collect()
    }
}

/// Names of a release that could not be left to what they stood for in those that lie in these folders. `now` reads what it has at a path;
/// where pages give digests (`is_checked`), the bytes matter as well as the code.
pub(crate) fn reused_since<'a>(
    listing: &Listing,
    folders: impl Iterator<Item = &'a Path>,
    now: impl Fn(&str) -> Option<Vec<u8>>,
    is_checked: bool,
) -> Vec<Finding> {
    let told = |earlier: &Listing, folder: &Path| reused(listing, earlier, folder, &now, is_checked);
    let of = |folder: &Path| listing_in(folder).map(|earlier| told(&earlier, folder)).unwrap_or_default();
    let by_url: BTreeMap<String, Finding> = folders.flat_map(of).map(|one| (one.path.clone(), one)).collect();
    let help = "let it have another name: `[names] keep`, or something that looks for it, has it keep this one";
    let helped = |finding: Finding| {
        let help = (finding.severity == Severity::Error).then(|| help.to_owned());
        Finding { help, ..finding }
    };
    by_url.into_values().map(helped).collect()
}

/// Names that stood for other bytes in an earlier release, which lies in `folder`: whoever has kept those will go on using them.
pub(crate) fn reused(
    listing: &Listing,
    earlier: &Listing,
    folder: &Path,
    now: impl Fn(&str) -> Option<Vec<u8>>,
    is_checked: bool,
) -> Vec<Finding> {
    let ours: BTreeMap<&str, (&str, u64)> =
        listing.files.values().map(|listed| (listed.url.as_str(), (listed.integrity.as_str(), listed.bytes))).collect();
    let function = |integrity: &str| integrity.split('-').next().map(str::to_owned);
    let told = |(url, promised, length): (&str, &str, Option<u64>)| {
        let (integrity, bytes) = *ours.get(url)?;
        let path = decode(url)?;
        let is_reused = match function(promised) == function(integrity) {
            true => promised != integrity,
            false => {
                length.is_some_and(|length| length != bytes) || now(&path).is_some_and(|now| !is_whole(&now, promised))
            }
        };
        let before = || fs::read(place_in(folder, &path)?).ok().filter(|before| is_whole(before, promised));
        let is_comment = || Some(without_source_map(&before()?) == without_source_map(&now(&path)?));
        let (severity, but) = match is_source_map(url) || (is_reused && !is_checked && is_comment() == Some(true)) {
            true => (Severity::Note, "; no code is another"),
            false => (Severity::Error, ""),
        };
        let version = &earlier.version;
        let message = format!("in version {version} this name stood for other bytes, and is kept for a year{but}");
        is_reused.then(|| Finding::of_file(url, Code::Reused, severity, message))
    };
    earlier.promises().filter_map(told).collect()
}

fn listing_in(folder: &Path) -> Option<Listing> {
    Listing::parse(&fs::read_to_string(folder.join(MANIFEST)).ok()?).ok()
}

fn is_source_map(path: &str) -> bool {
    path.ends_with(".map")
}

/// A script or a style sheet without the comment at its end that names its source map.
fn without_source_map(bytes: &[u8]) -> &[u8] {
    let code = memmem::rfind(bytes, b"sourceMappingURL=").and_then(|at| {
        let comment = bytes[at..].trim_ascii_end();
        let (begins, comment) = match comment.strip_suffix(b"*/") {
            Some(comment) => ([&b"/*# "[..], b"/*@ "], comment),
            None => ([&b"//# "[..], b"//@ "], comment),
        };
        let is_url = comment.iter().all(|byte| byte.is_ascii_graphic() && !b"\"'`*".contains(byte));
        begins.iter().find_map(|begin| bytes[..at].strip_suffix(*begin)).filter(|_| is_url)
    });
    code.unwrap_or(bytes).trim_ascii_end()
}

#[cfg(test)]
mod tests {
    use super::without_source_map;

    #[test]
    fn code_is_told_from_the_name_of_its_source_map() {
        let cases = [
            ("f()\n//# sourceMappingURL=a.js.map\n", "f()"),
            ("f()\n//@ sourceMappingURL=a.js.map", "f()"),
            ("a{}\n/*# sourceMappingURL=a.css.map*/", "a{}"),
            ("a{}/*@ sourceMappingURL=a.css.map */", "a{}/*@ sourceMappingURL=a.css.map */"),
            ("f()\n", "f()"),
            ("f('//# sourceMappingURL=a')", "f('//# sourceMappingURL=a')"),
            ("f('//# sourceMappingURL=a')\ng()", "f('//# sourceMappingURL=a')\ng()"),
            ("f('//# sourceMappingURL='); g()", "f('//# sourceMappingURL='); g()"),
            ("/*# sourceMappingURL=a*/f()", "/*# sourceMappingURL=a*/f()"),
        ];
        for (text, expected) in cases {
            let code = without_source_map(text.as_bytes());
            assert_eq!(String::from_utf8_lossy(code), expected, "{text}");
        }
    }
}
