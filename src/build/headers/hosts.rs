//! The same policy for each kind of host, by the host's own rules of merging.
//!
//! Where the order is the host's own (Caddy), the rules exclude each other. Where the last one wins (Firebase,
//! Vercel, Apache, nginx's `set`), the general one comes first, and then what the site brought: it has the word on what
//! keeps its name, but for what the build has written.
//!
//! Servers say nothing of this when a file is not there, so a pattern will do. Vercel and Firebase go by the path
//! alone and would have a 404 kept for a year: they get the URLs of the files that there are.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Beside, IMMUTABLE, NO_CACHE, Policy, hashed_alone, hashed_folders, page_names};
use crate::build::name::{Language, decode, encode};
use crate::build::site::Naming;
use crate::build::{File, Release};
use crate::manifest::fingerprint_of;

/// A host whose headers a build can write.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Host {
    /// Apache httpd: `.htaccess`.
    Apache,
    /// Caddy: a snippet to import.
    Caddy,
    /// Cloudflare Pages and Workers: `_headers`, which is always written.
    Cloudflare,
    /// Firebase Hosting: what goes into `firebase.json`.
    Firebase,
    /// Netlify: `_headers`, which is always written.
    Netlify,
    /// nginx: a file to include in a server block.
    Nginx,
    /// S3, R2, GCS: the upload plan, which is always written.
    S3,
    /// Vercel: `vercel.json`.
    Vercel,
}

/// More single names than this make a server's configuration slow.
const NAME_LIMIT: usize = 500;

/// How long a regular expression may get: nginx and Vercel take 4,096 characters, and each may need a backslash.
const REGEX_LIMIT: usize = 1500;

/// How many rules Vercel takes, beside those for single files.
const VERCEL_LIMIT: usize = 1000;

impl Host {
    /// Every one, with its name.
    pub const ALL: [(Self, &str); 8] = [
        (Self::Apache, "apache"),
        (Self::Caddy, "caddy"),
        (Self::Cloudflare, "cloudflare"),
        (Self::Firebase, "firebase"),
        (Self::Netlify, "netlify"),
        (Self::Nginx, "nginx"),
        (Self::S3, "s3"),
        (Self::Vercel, "vercel"),
    ];

    /// The file that it reads, in the output. What no host reads by itself, but a server's configuration
    /// includes, lies in a hidden folder.
    pub fn file(self) -> Option<&'static str> {
        match self {
            Self::Apache => Some(".htaccess"),
            Self::Caddy => Some(".keepfresh/Caddyfile"),
            Self::Firebase => Some(".keepfresh/firebase.json"),
            Self::Nginx => Some(".keepfresh/nginx.conf"),
            Self::Vercel => Some("vercel.json"),
            Self::Cloudflare | Self::Netlify | Self::S3 => None,
        }
    }

    /// The text of its file. `own` is what the site brought under that name. An error says what is wrong with that.
    pub fn text(
        self,
        release: &Release<'_>,
        policy: &Policy<'_>,
        own: &str,
        beside: &Beside<'_>,
    ) -> Result<String, String> {
        let rules = Rules::new(release, policy, beside);
        Ok(match self {
            Self::Apache => apache(&rules, own),
            Self::Caddy => caddy(&rules),
            Self::Firebase => pretty(&json!({ "hosting": { "headers": rules.firebase() } })),
            Self::Nginx => nginx(&rules),
            Self::Vercel => vercel(&rules, own)?,
            Self::Cloudflare | Self::Netlify | Self::S3 => String::new(),
        })
    }
}

/// What all formats have in common.
struct Rules<'p> {
    base: &'p str,
    /// What the paths of immutable files match: regular expressions that every host knows, one of which has to.
    immutable: Vec<String>,
    /// The same for their URLs, and for nothing that is not there.
    files: Vec<String>,
    /// What the build has written without a fingerprint, by path.
    written: Vec<String>,
    cdn: Option<&'p str>,
    /// Further fields of single URLs: by path, with the fields.
    further: Vec<(String, Vec<super::Field>)>,
}

/// What the URLs of pages match, beside those without an extension.
const PAGE: &str = r"(/|\.html?|/[^./]*)$";

impl<'p> Rules<'p> {
    fn new(release: &Release<'_>, policy: &Policy<'p>, beside: &Beside<'_>) -> Self {
        let folders = hashed_folders(release);
        let alone = hashed_alone(release, beside, &folders);
        let hashed: Vec<String> = [folders, alone].concat();
        let urls = release.files.iter().filter(|file| file.is_immutable()).map(|file| encode(&file.out));
        let urls = urls.chain(beside.fingerprinted()).chain(beside.earlier.iter().map(|url| (*url).to_owned()));
        let urls: Vec<String> = urls.map(|url| [encode(policy.base), url].concat()).collect();
        // Where a name has a fingerprint of its own accord, no pattern tells it from those that were given theirs.
        let is_marked = |file: &File<'_>| file.naming != Naming::Hashed && fingerprint_of(file.path).is_some();
        let marks = if release.files.iter().any(is_marked) {
            urls.iter().take(NAME_LIMIT).filter_map(|url| Some(format!("^{}$", escaped(&decode(url)?)))).collect()
        } else {
            // Those of earlier releases may have other numbers of digits, and what the build has written its own.
            let digits: BTreeSet<usize> = urls.iter().filter_map(|url| Some(fingerprint_of(url)?.len())).collect();
            digits.iter().map(|digits| format!(r"\.kf\.[0-9a-f]{{{digits}}}(\.[^/.]*)?$")).collect::<Vec<_>>()
        };
        let names = hashed.iter().take(NAME_LIMIT).map(|path| {
            let end = if path.ends_with('/') { "" } else { "$" };
            ["^", &escaped(policy.base), &escaped(path), end].concat()
        });
        let mut immutable = joined(marks.into_iter().chain(names));
        if immutable.is_empty() {
            // An expression without anything would match everything.
            immutable.push("^$".to_owned());
        }
        let files = joined(urls.iter().map(|url| escaped(url)));
        let written = beside.named().map(str::to_owned).collect();
        let mut further = Vec::new();
        if policy.tells_files_apart(release) {
            for file in &release.files {
                let fields = policy.fields(file.path, &file.out, file.naming);
                let is_said = |name: &str| matches!(name, "Cache-Control" | "CDN-Cache-Control");
                let fields: Vec<_> = fields.into_iter().filter(|(name, _)| !is_said(name)).collect();
                let is_page = Language::of(file.path) == Language::Html;
                let names = if is_page { page_names(file.path) } else { [encode(&file.out)].into() };
                let names = names.iter().filter_map(|name| decode(name));
                further.extend(names.filter(|_| !fields.is_empty()).map(|name| (name, fields.clone())));
            }
            further.truncate(NAME_LIMIT);
        }
        Self { base: policy.base, immutable, files, written, cdn: policy.cdn, further }
    }

    fn url(&self, path: &str) -> String {
        [self.base, path].concat()
    }

    /// The last rule that matches wins. Names may hold what means something in a glob: so these are expressions.
    fn firebase(&self) -> Vec<Value> {
        let set = |kind: &str, pattern: String, fields: &[super::Field]| {
            let headers: Vec<Value> =
                fields.iter().map(|(name, value)| json!({ "key": name, "value": value })).collect();
            json!({ kind: pattern, "headers": headers })
        };
        let mut rules = vec![set("source", "**".to_owned(), &[("Cache-Control", NO_CACHE.to_owned())])];
        for urls in &self.files {
            rules.push(set("regex", format!("^({urls})$"), &[("Cache-Control", IMMUTABLE.to_owned())]));
        }
        if let Some(cdn) = self.cdn {
            rules.push(set("regex", format!("^.*{PAGE}"), &[("CDN-Cache-Control", cdn.to_owned())]));
        }
        for (path, fields) in &self.further {
            rules.push(set("regex", format!("^{}$", escaped(&encode(&self.url(path)))), fields));
        }
        rules
    }
}

fn apache(rules: &Rules<'_>, own: &str) -> String {
    // What is not there must not be kept: `set` without `always` leaves errors alone.
    let set = |value: &str| format!("Header set Cache-Control \"{value}\"\n");
    // A value is a format, which is unquoted once more.
    let format = |value: &str| quoted(&value.replace('\\', "\\\\").replace('%', "%%"));
    // What a site says with `always` is in a table of its own, and would be sent beside ours.
    let says_always = own
        .lines()
        .map(str::to_ascii_lowercase)
        .any(|line| line.split_whitespace().take(2).eq(["header", "always"]) && line.contains("cache-control"));
    let alone = if says_always { "Header always unset Cache-Control\n    " } else { "" };
    let mut text = "# Written by keepfresh. It needs mod_headers, and AllowOverride FileInfo.\n".to_owned();
    text.push_str(&["<IfModule mod_headers.c>\n  ", &set(NO_CACHE), "</IfModule>\n"].concat());
    if !own.is_empty() {
        text.push_str(&["\n", own.trim_end(), "\n\n# Written by keepfresh.\n"].concat());
    }
    text.push_str("<IfModule mod_headers.c>\n");
    // What would end the expression is written by its number.
    let path_is = |regex: &str| format!("%{{REQUEST_URI}} =~ m#{}#", regex.replace('#', "\\x23").replace('"', "\\x22"));
    let if_path_is = |regex: &str, field: &str| format!("  <If \"{}\">\n    {field}  </If>\n", path_is(regex));
    let written: Vec<String> = rules.written.iter().map(|path| escaped(&rules.url(path))).collect();
    text.push_str(&if_path_is(&format!("^({})$", written.join("|")), &[alone, &set(NO_CACHE)].concat()));
    for regex in &rules.immutable {
        text.push_str(&if_path_is(regex, &[alone, &set(IMMUTABLE)].concat()));
    }
    if let Some(cdn) = rules.cdn {
        text.push_str(&if_path_is(PAGE, &format!("Header set CDN-Cache-Control \"{}\"\n", format(cdn))));
    }
    for (path, fields) in &rules.further {
        text.push_str(&format!("  <If \"{}\">\n", path_is(&format!("^{}$", escaped(&rules.url(path))))));
        for (name, value) in fields {
            let verb = if *name == "Vary" { "merge" } else { "set" };
            text.push_str(&format!("    Header {verb} {name} \"{}\"\n", format(value)));
        }
        text.push_str("  </If>\n");
    }
    text.push_str("</IfModule>\n");
    text
}

fn caddy(rules: &Rules<'_>) -> String {
    let mut text =
        "# Written by keepfresh. In the Caddyfile of the site: `import DIST/.keepfresh/Caddyfile` at the top,\n\
        # and `import keepfresh` in the site's block.\n(keepfresh) {\n"
            .to_owned();
    // What would end the text, or begin a placeholder, is written by its number.
    let raw = |regex: &str| regex.replace('`', "\\x60").replace("\\{", "\\x7B").replace("\\}", "\\x7D");
    let immutable = raw(&rules.immutable.join("|"));
    // Put off until there is a response: what is not there is an error, and must not be kept. Caddy before 2.7 has
    // no shorter word for that.
    let set = |matcher: &str, fields: &[super::Field]| {
        let mut text = format!("\theader {matcher} {{\n\t\tdefer\n");
        for (name, value) in fields {
            let verb = if *name == "Vary" { "+" } else { "" };
            text.push_str(&format!("\t\t{verb}{name} `{}`\n", value.replace('`', "")));
        }
        text + "\t}\n"
    };
    text.push_str(&format!("\t@fingerprinted path_regexp `{immutable}`\n\t@named not path_regexp `{immutable}`\n"));
    text.push_str(&set("@fingerprinted", &[("Cache-Control", IMMUTABLE.to_owned())]));
    text.push_str(&set("@named", &[("Cache-Control", NO_CACHE.to_owned())]));
    if let Some(cdn) = rules.cdn {
        text.push_str(&format!("\t@pages path_regexp `{PAGE}`\n"));
        text.push_str(&set("@pages", &[("CDN-Cache-Control", cdn.to_owned())]));
    }
    for (number, (path, fields)) in rules.further.iter().enumerate() {
        let regex = raw(&escaped(&rules.url(path)));
        text.push_str(&format!("\t@file{number} path_regexp `^{regex}$`\n"));
        text.push_str(&set(&format!("@file{number}"), fields));
    }
    text + "}\n"
}

fn nginx(rules: &Rules<'_>) -> String {
    let mut text = "# Written by keepfresh. In the server block of the site: `include DIST/.keepfresh/nginx.conf;`\n\
        # A location with an add_header of its own loses these: nginx takes the innermost only.\n"
        .to_owned();
    text.push_str(&format!("set $keepfresh \"{NO_CACHE}\";\n"));
    for regex in &rules.immutable {
        text.push_str(&format!("if ($uri ~ \"{}\") {{ set $keepfresh \"{IMMUTABLE}\"; }}\n", quoted(regex)));
    }
    // Without `always`: what is not there must not be kept.
    text.push_str("add_header Cache-Control $keepfresh;\n");
    if let Some(cdn) = rules.cdn {
        text.push_str("set $keepfresh_cdn \"\";\n");
        text.push_str(&format!("if ($uri ~ \"{}\") {{ set $keepfresh_cdn \"{}\"; }}\n", quoted(PAGE), quoted(cdn)));
        text.push_str("add_header CDN-Cache-Control $keepfresh_cdn;\n");
    }
    for name in ["Use-As-Dictionary", "Vary", "Cache-Groups"] {
        let of_name = |fields: &Vec<super::Field>| {
            fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
        };
        let valued = rules.further.iter().filter_map(|(path, fields)| Some((path, of_name(fields)?)));
        // See below: where the path has no dollar, there is none to be had.
        let valued: Vec<_> = valued.filter(|(path, value)| path.contains('$') || !value.contains('$')).collect();
        if valued.is_empty() {
            continue;
        }
        // A variable without a value sends no field.
        let variable = ["$keepfresh_", &name.to_lowercase().replace('-', "_")].concat();
        text.push_str(&format!("set {variable} \"\";\n"));
        for (path, value) in valued {
            // A dollar begins a variable everywhere but in an expression, from which it can be taken.
            let path = rules.url(path);
            let (condition, value) = if path.contains('$') {
                let regex = escaped(&path).replacen("\\$", "(\\$)", 1);
                (["~ \"^", &quoted(&regex), "$\""].concat(), value.replace('$', "$1"))
            } else {
                (["= \"", &quoted(&path), "\""].concat(), value)
            };
            text.push_str(&format!("if ($uri {condition}) {{ set {variable} \"{}\"; }}\n", quoted(&value)));
        }
        text.push_str(&format!("add_header {name} {variable};\n"));
    }
    text
}

fn vercel(rules: &Rules<'_>, own: &str) -> Result<String, String> {
    let mut config: Value = if own.trim().is_empty() {
        json!({})
    } else {
        serde_json::from_str(own).map_err(|error| format!("vercel.json cannot be read: {error}"))?
    };
    let set = |source: String, name: &str, value: &str| json!({ "source": source, "headers": [{ "key": name, "value": value }] });
    let object = config.as_object_mut().ok_or("vercel.json is not an object")?;
    if object.contains_key("routes") {
        return Err(
            "vercel.json: Vercel takes no `headers` beside `routes`; write `rewrites` and `redirects` instead, \
            or build without `--host vercel`"
                .to_owned(),
        );
    }
    let own = match object.remove("headers").unwrap_or_else(|| json!([])) {
        Value::Array(own) => own,
        _ => return Err("vercel.json: `headers` is no list".to_owned()),
    };
    let mut headers = vec![set("/(.*)".to_owned(), "Cache-Control", NO_CACHE)];
    headers.extend(own);
    let one_of = |urls: &str| {
        let urls: Vec<&str> = urls.split('|').map(|url| url.strip_prefix('/').unwrap_or(url)).collect();
        format!("/({})", urls.join("|"))
    };
    let written: Vec<String> = rules.written.iter().map(|path| escaped(&encode(&rules.url(path)))).collect();
    headers.push(set(one_of(&written.join("|")), "Cache-Control", NO_CACHE));
    for urls in rules.files.iter().take(VERCEL_LIMIT) {
        headers.push(set(one_of(urls), "Cache-Control", IMMUTABLE));
    }
    if let Some(cdn) = rules.cdn {
        headers.push(set(r"/(|.*/|.*\.html?|[^.]*)".to_owned(), "CDN-Cache-Control", cdn));
    }
    for (path, fields) in &rules.further {
        let fields: Vec<Value> = fields.iter().map(|(name, value)| json!({ "key": name, "value": value })).collect();
        let source = escaped(&encode(&rules.url(path))).replace(':', "\\:");
        headers.push(json!({ "source": source, "headers": fields }));
    }
    object.insert("headers".to_owned(), Value::Array(headers));
    Ok(pretty(&config))
}

fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("strings are always JSON");
    text.push('\n');
    text
}

/// A text as a regular expression that matches it and nothing else.
fn escaped(text: &str) -> String {
    let mut regex = String::new();
    for c in text.chars() {
        match c {
            // What stands between alternatives stands nowhere else.
            '|' => regex.push_str("\\x7C"),
            _ if r"\^$.?*+()[]{}".contains(c) => regex.extend(['\\', c]),
            _ => regex.push(c),
        }
    }
    regex
}

/// Alternatives as expressions that are not too long. What is too long by itself is left to the general rule.
fn joined(alternatives: impl Iterator<Item = String>) -> Vec<String> {
    let mut joined: Vec<String> = Vec::new();
    for alternative in alternatives.filter(|text| text.len() <= REGEX_LIMIT) {
        match joined.last_mut() {
            Some(last) if last.len() + alternative.len() < REGEX_LIMIT => last.push_str(&["|", &alternative].concat()),
            _ => joined.push(alternative),
        }
    }
    joined
}

/// A text between double quotes.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
