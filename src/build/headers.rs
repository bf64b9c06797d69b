//! The `_headers` file that Cloudflare Pages, Netlify and others read, and `keepfresh serve` too.
//!
//! Small sites get a rule a file, which every host understands. Cloudflare takes 100 rules at the
//! most, so larger ones get patterns; a host that does not know the placeholder in them sends its
//! own default instead, which is to validate: slower, never wrong.

use std::collections::BTreeSet;

use super::Release;
use super::name::{Language, encode, page_url};

/// For what its name is a fingerprint of.
pub const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// For what is known by its name: keep it, and ask before using it.
pub const NO_CACHE: &str = "no-cache";

/// How many rules a host takes.
const RULE_LIMIT: usize = 100;

/// The text of the file. `own` is what the site brought, which stands in front; `base` is the path of
/// the site's root on the host; `unnamed` are further files that are to be validated, such as the
/// worker script.
pub fn headers(release: &Release<'_>, base: &str, own: &str, unnamed: &[&str]) -> String {
    let own_rules = own.lines().filter(|line| line.starts_with(['/', 'h'])).count();
    let mut exact = exact_rules(release, base, unnamed);
    if exact.len() + own_rules > RULE_LIMIT {
        exact = pattern_rules(base, unnamed);
    }
    let mut text = String::new();
    if !own.is_empty() {
        text.push_str(own.trim_end());
        text.push_str("\n\n");
    }
    text.push_str("# Written by keepfresh: fingerprinted files for ever, pages and the worker only after asking.\n");
    for (path, value) in exact {
        text.push_str(&[&path, "\n  Cache-Control: ", value, "\n"].concat());
    }
    text
}

fn exact_rules(release: &Release<'_>, base: &str, unnamed: &[&str]) -> BTreeSet<(String, &'static str)> {
    let mut rules = BTreeSet::new();
    for file in &release.files {
        let url = |path: &str| [base, &encode(path)].concat();
        if file.is_asset() {
            rules.insert((url(&file.out), IMMUTABLE));
        } else if matches!(Language::of(file.path), Language::Html | Language::WebManifest) {
            rules.insert((url(&file.out), NO_CACHE));
            rules.insert((url(page_url(&file.out)), NO_CACHE));
            // The name that hosts with clean URLs give it.
            let clean = page_url(&file.out);
            rules.insert((url(clean.strip_suffix(".html").unwrap_or(clean)), NO_CACHE));
        }
    }
    rules.extend(unnamed.iter().map(|path| ([base, path].concat(), NO_CACHE)));
    rules
}

fn pattern_rules(base: &str, unnamed: &[&str]) -> BTreeSet<(String, &'static str)> {
    let mut rules: BTreeSet<_> = unnamed.iter().map(|path| ([base, path].concat(), NO_CACHE)).collect();
    rules.insert(([base, "*.kf.:rest"].concat(), IMMUTABLE));
    for pattern in ["", "*/", "*.html", "*.webmanifest"] {
        rules.insert(([base, pattern].concat(), NO_CACHE));
    }
    rules
}
