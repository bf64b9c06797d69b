//! `keepfresh check`: which headers of a deployed site are wrong, and what to write in its host's file.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use keepfresh::build::clues::hashed::hashed;
use keepfresh::build::headers::{Fault, Host, Resource, audit};
use keepfresh::build::name::{decode, is_for_host};
use keepfresh::build::reference::Kind;
use keepfresh::build::release::listing::Listing;
use keepfresh::build::release::worker_script::WORKER;
use keepfresh::build::{Extras, Severity, parse};
use keepfresh::http::{Fields, origin, resolve};
use keepfresh::manifest::{MARK, fingerprint_of};
use rayon::prelude::*;
use serde::Serialize;
use ureq::Agent;

use super::advice::advice;
use super::args::CheckArgs;
use super::output::MANIFEST;
use super::report::Progress;

/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// How much of an answer is read, in bytes.
const READ_LIMIT: u64 = 8 << 20;

/// How much is read of a manifest, which says a line or two of every file.
const MANIFEST_LIMIT: u64 = 256 << 20;

/// How many requests are under way at once.
const AT_ONCE: usize = 8;

/// What was found.
#[derive(Serialize)]
struct Report {
    url: String,
    host: Option<&'static str>,
    checked: usize,
    resources: Vec<Checked>,
}

/// One resource with faults.
#[derive(Serialize)]
struct Checked {
    url: String,
    resource: Resource,
    status: u16,
    faults: Vec<Fault>,
}

/// A response's head, and as much of its content as was wanted.
struct Answer {
    content: Vec<u8>,
    fields: Fields,
    status: u16,
}

pub(crate) fn run(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let root = root_of(&args.url)?;
    let progress = Progress::start();
    progress.say("asking");
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .http_status_as_error(false)
        .user_agent(concat!("keepfresh/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let first = get(&agent, &root, READ_LIMIT).with_context(|| format!("{root} cannot be reached"))?;
    if first.status != 200 {
        bail!("{root} is answered with status {}; name the URL of the site's root", first.status);
    }
    let host = args.host.or_else(|| host_of(&first.fields));
    let mut resources = resources(&agent, &root, &first, args.limit)?;
    resources.truncate(args.limit);
    resources.push((absent(&root), Resource::Absent));

    progress.count(resources.len());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(AT_ONCE).build()?;
    let check = |(url, resource): &(String, Resource)| {
        let answer = head(&agent, url);
        progress.step();
        Checked::new(url, &root, *resource, answer)
    };
    let mut checked: Vec<Checked> = pool.install(|| resources.par_iter().map(check).collect());
    progress.finish();
    checked.retain(|one| !one.faults.is_empty());
    let name = |host: Host| Host::ALL.iter().find(|(known, _)| *known == host).map(|(_, name)| *name);
    let report = Report { url: root, host: host.and_then(name), checked: resources.len(), resources: checked };
    report.tell(args, host)?;
    let is_fault = |fault: &Fault| fault.severity > Severity::Note;
    let fails = report.resources.iter().flat_map(|one| &one.faults).any(is_fault);
    Ok(if fails { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// The URL of a site's root; it ends with a slash.
fn root_of(url: &str) -> anyhow::Result<String> {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    if !url.starts_with("https://") && !url.starts_with("http://") {
        bail!("{url} is no URL of a site; write for example https://example.com/");
    }
    let folder = match url.rsplit_once('/') {
        // A folder may have a dot in its name, but in front of digits.
        Some((folder, file)) if has_extension(file) && origin(url) != url => folder,
        _ => url,
    };
    Ok([folder.trim_end_matches('/'), "/"].concat())
}

fn has_extension(file: &str) -> bool {
    file.rsplit_once('.').is_some_and(|(_, extension)| extension.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// A URL with a fingerprint that no file has.
fn absent(root: &str) -> String {
    [root, "keepfresh-check", MARK, &"0".repeat(20), ".js"].concat()
}

/// What there is to check, the most important first: what the manifest lists, or else what the first page
/// refers to.
fn resources(agent: &Agent, root: &str, first: &Answer, limit: usize) -> anyhow::Result<Vec<(String, Resource)>> {
    let listing = listing(agent, &[root, MANIFEST].concat())?;
    let mut found: BTreeMap<String, Resource> = BTreeMap::new();
    if let Some(listing) = &listing {
        found.insert([root, WORKER].concat(), Resource::Worker);
        for (path, listed) in listing.files.iter().filter(|(path, _)| !is_for_host(path)) {
            let resource = if listed.immutable { Resource::Fingerprinted } else { resource_of(path) };
            found.insert([root, &listed.url].concat(), resource);
        }
        found.remove(&[root, "404.html"].concat());
    } else {
        crawl(agent, root, first, limit, &mut found);
    }
    // A few of each kind, so that a limit leaves none out: pages, the worker, and assets in turn.
    let mut counts: BTreeMap<u8, usize> = BTreeMap::new();
    let mut in_turn: Vec<(usize, (String, Resource))> = Vec::new();
    for one in found {
        let count = counts.entry(one.1 as u8).or_default();
        *count += 1;
        in_turn.push((*count, one));
    }
    in_turn.sort_by_key(|(count, _)| *count);
    Ok(in_turn.into_iter().map(|(_, one)| one).collect())
}

/// The manifest of a site, if it has one. What is there and cannot be read is no reason to check less.
fn listing(agent: &Agent, url: &str) -> anyhow::Result<Option<Listing>> {
    let answer = get(agent, url, MANIFEST_LIMIT).with_context(|| format!("{url} cannot be read"))?;
    let text = String::from_utf8_lossy(&answer.content);
    // Some hosts answer with a page whatever is asked for.
    if !text.trim_start().starts_with('{') {
        return Ok(None);
    }
    Listing::parse(&text).map(Some).map_err(|reason| anyhow!("{url} is no manifest: {reason}"))
}

fn resource_of(path: &str) -> Resource {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some((_, "html" | "htm" | "xhtml")) | None => Resource::Page,
        _ if name == WORKER => Resource::Worker,
        _ => Resource::Named,
    }
}

/// The first page, what it refers to, and what its style sheets and modules refer to, of which no more than `limit` are
/// read: a server may make up others for ever.
fn crawl(agent: &Agent, root: &str, first: &Answer, limit: usize, found: &mut BTreeMap<String, Resource>) {
    let mut left = limit;
    let mut seen: BTreeSet<String> = [root.to_owned()].into();
    let mut open = vec![(root.to_owned(), "index.html".to_owned(), first.content.clone())];
    found.insert(root.to_owned(), Resource::Page);
    while let Some((from, path, content)) = open.pop() {
        let parsed = parse(&path, &content, &Extras::default());
        let base = parsed.base.as_deref().and_then(|base| resolve(&from, base)).unwrap_or_else(|| from.clone());
        for reference in &parsed.references {
            let is_bare = matches!(reference.kind, Kind::Module | Kind::DynamicImport | Kind::Specifier)
                && !reference.url.starts_with(['.', '/']);
            let Some(url) = resolve(&base, &reference.url).filter(|url| !is_bare && url.starts_with(root)) else {
                continue;
            };
            if reference.kind == Kind::Specifier || !seen.insert(url.clone()) {
                continue;
            }
            let path = decode(url[root.len()..].split('?').next().unwrap_or_default()).unwrap_or_default();
            let is_hashed = fingerprint_of(&path).is_some() || !hashed(std::iter::once(path.as_str())).is_empty();
            found.insert(url.clone(), if is_hashed { Resource::Fingerprinted } else { resource_of(&path) });
            if left > 0 && (path.ends_with(".css") || path.ends_with(".js") || path.ends_with(".mjs")) {
                left -= 1;
                let answer = get(agent, &url, READ_LIMIT).ok();
                open.extend(answer.map(|answer| (url, path, answer.content)));
            }
        }
    }
}

impl Checked {
    fn new(url: &str, root: &str, resource: Resource, answer: anyhow::Result<Answer>) -> Self {
        let path = url[root.len()..].split('?').next().unwrap_or_default();
        let path = if path.is_empty() || path.ends_with('/') { "index.html" } else { path };
        match answer {
            Ok(Answer { fields, status, .. }) => {
                Self { url: url.to_owned(), resource, status, faults: audit(resource, path, status, &fields) }
            }
            Err(error) => {
                let fault = Fault { severity: Severity::Error, message: format!("{error:#}"), wanted: None };
                Self { url: url.to_owned(), resource, status: 0, faults: vec![fault] }
            }
        }
    }
}

impl Report {
    fn tell(&self, args: &CheckArgs, host: Option<Host>) -> anyhow::Result<()> {
        if args.json {
            outln!("{}", serde_json::to_string_pretty(self)?);
            return Ok(());
        }
        // The same fault is told once, with the resources that have it and want the same.
        type Key<'a> = (std::cmp::Reverse<Severity>, &'a str, Option<(&'a str, &'a str)>);
        let mut by_fault: BTreeMap<Key<'_>, Vec<&Checked>> = BTreeMap::new();
        for one in &self.resources {
            for Fault { severity, message, wanted } in &one.faults {
                let wanted = wanted.as_ref().map(|(name, value)| (*name, value.as_str()));
                by_fault.entry((std::cmp::Reverse(*severity), message, wanted)).or_default().push(one);
            }
        }
        for ((severity, message, wanted), all) in &by_fault {
            let severity = match severity.0 {
                Severity::Note => "note",
                Severity::Warning => "warning",
                Severity::Error => "error",
            };
            outln!("{severity}: {message}");
            all.iter().take(3).for_each(|one| outln!("  {}", one.url));
            if all.len() > 3 {
                outln!("  ... and {} more", all.len() - 3);
            }
            if let (Some((name, value)), Some(one)) = (wanted, all.first()) {
                outln!("  write{}:", host.map_or(String::new(), |_| format!(" for {}", self.host.unwrap_or_default())));
                let path = one.url[origin(&one.url).len()..].split('?').next().unwrap_or_default();
                advice(host, one.resource, path, name, value).lines().for_each(|line| outln!("    {line}"));
            }
        }
        let count: usize = self.resources.iter().map(|one| one.faults.len()).sum();
        outln!("keepfresh: {}: {} resources checked, {count} faults", self.url, self.checked);
        if count > 0 {
            outln!("keepfresh: `keepfresh build --host NAME` writes the whole file for a host");
        }
        Ok(())
    }
}

/// The host, by what it calls itself.
fn host_of(fields: &Fields) -> Option<Host> {
    let server = fields.first("server").unwrap_or_default().to_ascii_lowercase();
    let is = |name: &str| server.contains(name);
    match () {
        () if fields.contains("x-vercel-id") || is("vercel") => Some(Host::Vercel),
        () if fields.contains("x-nf-request-id") || is("netlify") => Some(Host::Netlify),
        () if is("cloudflare") => Some(Host::Cloudflare),
        () if is("nginx") || is("openresty") => Some(Host::Nginx),
        () if is("apache") => Some(Host::Apache),
        () if is("caddy") => Some(Host::Caddy),
        () if is("amazons3") => Some(Host::S3),
        () => None,
    }
}

/// A response, with its content if that is what was asked for.
fn get(agent: &Agent, url: &str, limit: u64) -> anyhow::Result<Answer> {
    let mut response = agent.get(url).call()?;
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(limit);
    let content = if status == 200 { body.read_to_vec()? } else { Vec::new() };
    Ok(Answer { content, fields: fields_of(&response), status })
}

/// As a browser would ask, but for the head alone; hosts that do not know HEAD are asked for all of it.
fn head(agent: &Agent, url: &str) -> anyhow::Result<Answer> {
    let mut response = agent.head(url).header("accept-encoding", "br, gzip").call()?;
    if matches!(response.status().as_u16(), 405 | 501) {
        response = agent.get(url).header("accept-encoding", "br, gzip").call()?;
    }
    Ok(Answer { content: Vec::new(), fields: fields_of(&response), status: response.status().as_u16() })
}

fn fields_of<T>(response: &ureq::http::Response<T>) -> Fields {
    let text = |value: &ureq::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let lines: Vec<(&str, String)> =
        response.headers().iter().map(|(name, value)| (name.as_str(), text(value))).collect();
    lines.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_folders() {
        let cases = [
            ("https://example.com", "https://example.com/"),
            ("https://example.com/app", "https://example.com/app/"),
            ("https://example.com/app/index.html?x#y", "https://example.com/app/"),
            ("http://localhost:8080/", "http://localhost:8080/"),
            ("https://example.com/v1.2", "https://example.com/v1.2/"),
            ("https://example.com/a/index.php", "https://example.com/a/"),
        ];
        for (url, expected) in cases {
            assert_eq!(root_of(url).unwrap(), expected);
        }
        assert!(root_of("example.com").is_err());
    }

    #[test]
    fn hosts_are_known_by_what_they_call_themselves() {
        let cases: [(&[(&str, &str)], Option<Host>); 5] = [
            (&[("server", "nginx/1.24")], Some(Host::Nginx)),
            (&[("server", "cloudflare")], Some(Host::Cloudflare)),
            (&[("server", "Vercel")], Some(Host::Vercel)),
            (&[("x-nf-request-id", "1"), ("server", "x")], Some(Host::Netlify)),
            (&[], None),
        ];
        for (fields, expected) in cases {
            assert_eq!(host_of(&fields.iter().copied().collect()), expected);
        }
    }
}
