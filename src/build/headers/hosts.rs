//! The same policy for each kind of host, by the host's own rules of merging.
//!
//! Where every rule that matches counts (Vercel) or the order is the host's own (Caddy), the rules exclude
//! each other. Where the last one wins (Firebase, Apache, nginx's `set`), the general one comes first.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{IMMUTABLE, NO_CACHE, Policy, hashed_alone, hashed_folders, page_names};
use crate::build::Release;
use crate::build::name::{Language, decode, encode};
use crate::manifest::FINGERPRINT_DIGITS;

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

    /// The text of its file. `own` is what the site brought under that name. An error says what is wrong
    /// with that.
    pub fn text(self, release: &Release<'_>, policy: &Policy<'_>, own: &str) -> Result<String, String> {
        let rules = Rules::new(release, policy);
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
    /// What the URLs of immutable files match: a regular expression that every host knows.
    immutable: String,
    /// The folders and single files that bundlers have named.
    hashed: Vec<String>,
    cdn: Option<&'p str>,
    /// Further fields of single URLs: by path, with the fields.
    further: Vec<(String, Vec<super::Field>)>,
}

/// What the URLs of pages match, beside those without an extension.
const PAGE: &str = r"(/|\.html?|/[^./]*)$";

impl<'p> Rules<'p> {
    fn new(release: &Release<'_>, policy: &Policy<'p>) -> Self {
        let folders = hashed_folders(release);
        let alone = hashed_alone(release, &folders);
        let hashed: Vec<String> = folders.iter().cloned().chain(alone.iter().map(|path| (*path).to_owned())).collect();
        let digits = release
            .files
            .iter()
            .find(|file| file.is_asset())
            .map_or(FINGERPRINT_DIGITS, |file| file.out.len() - file.path.len() - crate::manifest::MARK.len());
        let mark = format!(r"\.kf\.[0-9a-f]{{{digits}}}(\.[^/.]*)?$");
        let names = hashed.iter().take(NAME_LIMIT).map(|path| {
            let end = if path.ends_with('/') { "" } else { "$" };
            ["^", &escaped(policy.base), &escaped(path), end].concat()
        });
        let immutable = std::iter::once(mark).chain(names).collect::<Vec<_>>().join("|");
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
        Self { base: policy.base, immutable, hashed, cdn: policy.cdn, further }
    }

    fn url(&self, path: &str) -> String {
        [self.base, path].concat()
    }

    /// The last rule that matches wins; they are globs.
    fn firebase(&self) -> Vec<Value> {
        let set = |source: String, name: &str, value: &str| json!({ "source": source, "headers": [{ "key": name, "value": value }] });
        let mut rules = vec![set("**".to_owned(), "Cache-Control", NO_CACHE)];
        rules.push(set("**/*.kf.*".to_owned(), "Cache-Control", IMMUTABLE));
        for path in &self.hashed {
            let glob = if path.ends_with('/') { "**" } else { "" };
            rules.push(set([&self.url(path), glob].concat(), "Cache-Control", IMMUTABLE));
        }
        for pattern in ["**/*.html", "**/"].iter().filter(|_| self.cdn.is_some()) {
            rules.push(set((*pattern).to_owned(), "CDN-Cache-Control", self.cdn.unwrap_or_default()));
        }
        for (path, fields) in &self.further {
            let headers: Vec<Value> =
                fields.iter().map(|(name, value)| json!({ "key": name, "value": value })).collect();
            rules.push(json!({ "source": self.url(path), "headers": headers }));
        }
        rules
    }
}

fn apache(rules: &Rules<'_>, own: &str) -> String {
    let mut text = String::new();
    if !own.is_empty() {
        text.push_str(&[own.trim_end(), "\n\n"].concat());
    }
    text.push_str("# Written by keepfresh. It needs mod_headers, and AllowOverride FileInfo.\n");
    text.push_str("<IfModule mod_headers.c>\n");
    // What is not there must not be kept: `set` without `always` leaves errors alone.
    text.push_str(&format!("  Header set Cache-Control \"{NO_CACHE}\"\n"));
    text.push_str(&format!("  <If \"%{{REQUEST_URI}} =~ m#{}#\">\n", rules.immutable.replace('#', "\\#")));
    text.push_str(&format!("    Header set Cache-Control \"{IMMUTABLE}\"\n  </If>\n"));
    if let Some(cdn) = rules.cdn {
        text.push_str(&format!(
            "  <If \"%{{REQUEST_URI}} =~ m#{PAGE}#\">\n    Header set CDN-Cache-Control \"{cdn}\"\n  </If>\n"
        ));
    }
    for (path, fields) in &rules.further {
        text.push_str(&format!("  <If \"%{{REQUEST_URI}} == '{}'\">\n", rules.url(path).replace('\'', "\\'")));
        for (name, value) in fields {
            let verb = if *name == "Vary" { "merge" } else { "set" };
            text.push_str(&format!("    Header {verb} {name} \"{}\"\n", quoted(value)));
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
    let matcher = rules.immutable.replace('`', "");
    text.push_str(&format!("\t@fingerprinted path_regexp `{matcher}`\n\t@named not path_regexp `{matcher}`\n"));
    text.push_str(&format!("\theader @fingerprinted >Cache-Control \"{IMMUTABLE}\"\n"));
    text.push_str(&format!("\theader @named >Cache-Control \"{NO_CACHE}\"\n"));
    if let Some(cdn) = rules.cdn {
        text.push_str(&format!("\t@pages path_regexp `{PAGE}`\n\theader @pages >CDN-Cache-Control \"{cdn}\"\n"));
    }
    for (number, (path, fields)) in rules.further.iter().enumerate() {
        text.push_str(&format!("\t@file{number} path `{}`\n", rules.url(path).replace('`', "")));
        for (name, value) in fields {
            let verb = if *name == "Vary" { "+" } else { ">" };
            text.push_str(&format!("\theader @file{number} {verb}{name} \"{}\"\n", quoted(value)));
        }
    }
    // What is not there must not be kept for a year.
    text.push_str("\thandle_errors {\n\t\theader Cache-Control no-store\n\t\trespond \"{err.status_code} {err.status_text}\"\n\t}\n}\n");
    text
}

fn nginx(rules: &Rules<'_>) -> String {
    let mut text = "# Written by keepfresh. In the server block of the site: `include DIST/.keepfresh/nginx.conf;`\n\
        # A location with an add_header of its own loses these: nginx takes the innermost only.\n"
        .to_owned();
    text.push_str(&format!("set $keepfresh \"{NO_CACHE}\";\n"));
    text.push_str(&format!("if ($uri ~ \"{}\") {{ set $keepfresh \"{IMMUTABLE}\"; }}\n", quoted(&rules.immutable)));
    // Without `always`: what is not there must not be kept.
    text.push_str("add_header Cache-Control $keepfresh;\n");
    if let Some(cdn) = rules.cdn {
        text.push_str("set $keepfresh_cdn \"\";\n");
        text.push_str(&format!("if ($uri ~ \"{}\") {{ set $keepfresh_cdn \"{cdn}\"; }}\n", quoted(PAGE)));
        text.push_str("add_header CDN-Cache-Control $keepfresh_cdn;\n");
    }
    for name in ["Use-As-Dictionary", "Vary", "Cache-Groups"] {
        let of_name = |fields: &Vec<super::Field>| {
            fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
        };
        let valued: Vec<_> = rules.further.iter().filter_map(|(path, fields)| Some((path, of_name(fields)?))).collect();
        if valued.is_empty() {
            continue;
        }
        // A variable without a value sends no field.
        let variable = ["$keepfresh_", &name.to_lowercase().replace('-', "_")].concat();
        text.push_str(&format!("set {variable} \"\";\n"));
        for (path, value) in valued {
            let path = quoted(&rules.url(path));
            text.push_str(&format!("if ($uri = \"{path}\") {{ set {variable} \"{}\"; }}\n", quoted(&value)));
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
    // One pattern that matches is enough for a value; so no two may match the same URL.
    let immutable = rules.immutable.replace("(\\.[^/.]*)?", "(?:\\.[^/.]*)?");
    let whole: Vec<String> = immutable
        .split('|')
        .map(|part| match part.strip_prefix('^') {
            Some(path) if path.ends_with('$') => path.trim_end_matches('$').to_owned(),
            Some(path) => [path, ".*"].concat(),
            None => ["/.*", part.trim_end_matches('$')].concat(),
        })
        .map(|part| part.trim_start_matches('/').to_owned())
        .collect();
    let matcher = whole.join("|");
    let mut headers = vec![
        set(format!("/({matcher})"), "Cache-Control", IMMUTABLE),
        set(format!("/((?!(?:{matcher})$).*)"), "Cache-Control", NO_CACHE),
    ];
    if let Some(cdn) = rules.cdn {
        headers.push(set(r"/(|.*/|.*\.html?|[^.]*)".to_owned(), "CDN-Cache-Control", cdn));
    }
    for (path, fields) in &rules.further {
        let fields: Vec<Value> = fields.iter().map(|(name, value)| json!({ "key": name, "value": value })).collect();
        headers.push(json!({ "source": escaped(&encode(&rules.url(path))), "headers": fields }));
    }
    let object = config.as_object_mut().ok_or("vercel.json is not an object")?;
    let mut all = object.remove("headers").and_then(|own| own.as_array().cloned()).unwrap_or_default();
    all.extend(headers);
    object.insert("headers".to_owned(), Value::Array(all));
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
        if r"\^$.|?*+()[]{}#".contains(c) {
            regex.push('\\');
        }
        regex.push(c);
    }
    regex
}

/// A text between double quotes.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
