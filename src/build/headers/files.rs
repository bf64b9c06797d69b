//! The `_headers` file that Cloudflare Pages, Netlify and others read, and `keepfresh serve` too.
//!
//! All rules that match apply, and values of one name are joined: no two rules of ours may match the same
//! URL, and of files that keep their names the site's own rules have the word. Small sites get a rule a file, which every host understands. Cloudflare takes 100 rules at the
//! most, so larger ones get patterns; a host that does not know the placeholder in them sends its
//! own default instead, which is to validate.

use std::collections::BTreeMap;

use super::contradictions::CACHE_CONTROL;
use super::rules::lines;
use super::{Beside, Field, IMMUTABLE, NO_CACHE, Policy, hashed_alone, hashed_folders, page_names};
use crate::build::name::{Language, encode, is_for_host, page_url};
use crate::build::site::Naming;
use crate::build::{File, Release};
use crate::manifest::MARK;

/// How many rules a host takes.
const RULE_LIMIT: usize = 100;

/// How many characters of a line a host reads.
const LINE_LIMIT: usize = 2000;

/// The text of the file. `own` is what the site brought, which stands in front.
pub fn headers_file(release: &Release<'_>, policy: &Policy<'_>, own: &str, beside: &Beside<'_>) -> String {
    let own_rules = own.lines().filter(|line| line.starts_with(['/', 'h'])).count();
    let room = RULE_LIMIT.saturating_sub(own_rules);
    let mut rules = exact_rules(release, policy, own, beside);
    if rules.len() > room {
        rules = pattern_rules(release, policy, own, beside, room);
    } else {
        // Nothing of this release has to give way to those before it.
        let earlier = beside.earlier.iter().take(room - rules.len());
        rules.extend(earlier.map(|url| ([policy.base, url].concat(), immutable())));
    }
    let mut text = String::new();
    if !own.is_empty() {
        text.push_str(own.trim_end());
        text.push_str("\n\n");
    }
    text.push_str("# Written by keepfresh: fingerprinted files for ever, pages and the worker only after asking.\n");
    for (path, fields) in rules {
        text.push_str(&path);
        text.push('\n');
        for (name, value) in fields.iter().filter(|(name, value)| name.len() + value.len() + 4 <= LINE_LIMIT) {
            text.push_str(&["  ", name, ": ", value, "\n"].concat());
        }
    }
    text
}

type Rules = BTreeMap<String, Vec<Field>>;

fn exact_rules(release: &Release<'_>, policy: &Policy<'_>, own: &str, beside: &Beside<'_>) -> Rules {
    let mut rules = of_written(policy, beside);
    let said: Vec<_> = lines(own).into_iter().filter(|one| one.is_of(CACHE_CONTROL)).collect();
    for file in release.files.iter().filter(|file| !is_for_host(file.path)) {
        let fields = policy.fields(file.path, &file.out, file.naming);
        if file.naming != Naming::Kept {
            rules.insert([policy.base, &encode(&file.out)].concat(), fields);
            continue;
        }
        let is_page = Language::of(file.path) == Language::Html;
        let names = if is_page { page_names(file.path) } else { [encode(file.path)].into() };
        for url in names.iter().filter(|name| !is_pattern(name)).map(|name| [policy.base, name].concat()) {
            let is_said = said.iter().any(|one| one.covers(&url));
            let fields = fields.iter().filter(|(name, _)| !is_said || *name != CACHE_CONTROL);
            rules.insert(url, fields.cloned().collect());
        }
    }
    rules.retain(|_, fields| !fields.is_empty());
    rules
}

/// Whether hosts take a path for a pattern: a rule for it would be one for others.
fn is_pattern(path: &str) -> bool {
    let is_name = |at: usize| path[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic());
    path.contains('*') || path.match_indices(':').any(|(at, _)| is_name(at))
}

fn immutable() -> Vec<Field> {
    vec![(CACHE_CONTROL, IMMUTABLE.to_owned())]
}

/// What the build has written, file by file: for Netlify a pattern of their folder is one of `keepfresh.json` as well.
fn of_written(policy: &Policy<'_>, beside: &Beside<'_>) -> Rules {
    let fingerprinted = beside.fingerprinted().map(|url| ([policy.base, &url].concat(), immutable()));
    fingerprinted.chain(named(policy, beside)).collect()
}

fn named(policy: &Policy<'_>, beside: &Beside<'_>) -> impl Iterator<Item = (String, Vec<Field>)> {
    beside.named().map(|path| ([policy.base, path].concat(), vec![(CACHE_CONTROL, NO_CACHE.to_owned())]))
}

fn pattern_rules(release: &Release<'_>, policy: &Policy<'_>, own: &str, beside: &Beside<'_>, room: usize) -> Rules {
    let said: Vec<_> = lines(own).into_iter().filter(|one| one.is_of(CACHE_CONTROL)).collect();
    let is_page = |file: &&File<'_>| Language::of(file.path) == Language::Html;
    let mut urls = release.files.iter().filter(is_page).flat_map(|file| page_names(file.path));
    // Of some pages the site says itself how they are kept, and a pattern would be theirs as well: to validate is what hosts do
    // without one.
    let is_said = !said.is_empty() && urls.any(|url| said.iter().any(|one| one.covers(&[policy.base, &url].concat())));
    let mut page = if is_said { Vec::new() } else { vec![(CACHE_CONTROL, NO_CACHE.to_owned())] };
    page.extend(policy.cdn.map(|cdn| ("CDN-Cache-Control", cdn.to_owned())));
    // There may be many with fingerprints, and the pattern below is theirs as well.
    let mut rules: Rules = named(policy, beside).collect();
    for pattern in ["", "*.html"] {
        rules.insert([policy.base, pattern].concat(), page.clone());
    }
    rules.insert([policy.base, "*.webmanifest"].concat(), vec![(CACHE_CONTROL, NO_CACHE.to_owned())]);
    // A pattern cannot count digits: where a name has the mark of its own accord, it would be kept for ever.
    let is_marked = |file: &File<'_>| file.naming != Naming::Hashed && file.path.contains(MARK);
    if !release.files.iter().any(is_marked) {
        rules.insert([policy.base, "*.kf.:rest"].concat(), immutable());
    }
    let folders = hashed_folders(release);
    let alone = hashed_alone(release, beside, &folders);
    let hashed =
        folders.iter().map(|folder| [&encode(folder), "*"].concat()).chain(alone.iter().map(|path| encode(path)));
    for pattern in hashed.take(room.saturating_sub(rules.len()).min(RULE_LIMIT / 2)) {
        rules.insert([policy.base, &pattern].concat(), immutable());
    }
    // One by one: Netlify takes a segment `*` for everything, and the last slash for one that may be missing.
    let folders = release.files.iter().map(|file| page_url(file.path)).filter(|url| url.ends_with('/'));
    for folder in folders.filter(|url| !is_pattern(url)).take(room.saturating_sub(rules.len())) {
        rules.insert([policy.base, &encode(folder)].concat(), page.clone());
    }
    rules.retain(|_, fields| !fields.is_empty());
    rules
}
