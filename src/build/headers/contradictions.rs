//! What a site's own `_headers` says of caching, where that harms: hosts join it with what the build says.

use std::collections::BTreeMap;

use super::rules::{Said, fields_at, lines_of_all_hosts, passed_over};
use super::{Beside, Resource, audit, page_names};
use crate::build::Release;
use crate::build::finding::{Code, Finding, Place, Severity};
use crate::build::name::{Language, encode, is_for_host, media_type};
use crate::build::release::worker_script::WORKER;
use crate::build::site::Naming;
use crate::http::Fields;

/// The field that all of this is about.
pub(super) const CACHE_CONTROL: &str = "Cache-Control";

/// Lines of the site's own, each with what comes of it. `text` is the whole file, which begins with what is `own`; `base` and
/// `beside` are those that it was written with.
pub fn contradictions(release: &Release<'_>, base: &str, own: &str, text: &str, beside: &Beside<'_>) -> Vec<Finding> {
    let said: Vec<Said<'_>> = lines_of_all_hosts(text).into_iter().filter(|one| one.is_of(CACHE_CONTROL)).collect();
    let of_site = || said.iter().filter(|one| one.at < own.trim_end().len() && one.value.is_some());
    let mut found: BTreeMap<(usize, String), (String, String, usize)> = BTreeMap::new();
    if of_site().next().is_none() {
        return Vec::new();
    }
    for (path, resource) in responses(release, beside) {
        let url = [base, &path].concat();
        let Some(line) = of_site().find(|one| one.covers(&url)) else { continue };
        let values: Vec<&str> = fields_at(&said, &url).into_iter().map(|(_, value)| value).collect();
        let sent = values.join(", ");
        // What else there is to be said of it is the host's.
        let fields: Fields = [(CACHE_CONTROL, sent.as_str()), ("Content-Type", media_type(&path)), ("ETag", "\"\"")]
            .into_iter()
            .collect();
        let fault = audit(resource, &path, 200, &fields).into_iter().find(|fault| fault.severity > Severity::Note);
        if let Some(fault) = fault {
            found.entry((line.at, fault.message)).or_insert((sent, url, 0)).2 += 1;
        }
    }
    let told = |((at, fault), (sent, url, count)): ((usize, String), (String, String, usize))| {
        let others = if count > 1 { format!(" (and {} more)", count - 1) } else { String::new() };
        let message = format!("{url}{others} will say `{CACHE_CONTROL}: {sent}`: {fault}");
        let place = line_at(own, at);
        let help = "remove the line, for the build says what is needed of every file; or give its rule a narrower path";
        Finding {
            help: Some(help.to_owned()),
            ..Finding::new("_headers", place, Code::Contradiction, Severity::Warning, message)
        }
    };
    found.into_iter().map(told).collect()
}

/// Lines of the site's own that are no field under a path: a colon that was forgotten, a path without its slash.
pub fn meaningless(own: &str) -> Vec<Finding> {
    let told = |at: usize| {
        let message = "this line is no field (`Name: value`) under a path: hosts pass it over";
        Finding::new("_headers", line_at(own, at), Code::Unreadable, Severity::Warning, message.to_owned())
    };
    passed_over(own).into_iter().map(told).collect()
}

fn line_at(text: &str, at: usize) -> Place {
    Place::of(text.as_bytes(), &(at..at + text[at..].lines().next().unwrap_or_default().len()))
}

/// Every response that there is, by its path as it stands in a request, relative to the site's root.
fn responses(release: &Release<'_>, beside: &Beside<'_>) -> Vec<(String, Resource)> {
    let mut all = Vec::new();
    for file in release.files.iter().filter(|file| !is_for_host(file.path)) {
        if file.is_immutable() {
            all.push((encode(&file.out), Resource::Fingerprinted));
        }
        match Language::of(file.path) {
            Language::Html => all.extend(page_names(file.path).into_iter().map(|name| (name, Resource::Page))),
            _ if file.naming == Naming::Hashed => {}
            _ => all.push((encode(file.path), Resource::Named)),
        }
    }
    all.extend(beside.fingerprinted().map(|url| (url, Resource::Fingerprinted)));
    all.extend(beside.earlier.iter().map(|url| ((*url).to_owned(), Resource::Fingerprinted)));
    let named = |path: &str| if path == WORKER { Resource::Worker } else { Resource::Named };
    all.extend(beside.named().map(|path| (path.to_owned(), named(path))));
    all
}
