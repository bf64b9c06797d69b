//! What to write for a host whose responses say something else than they should.

use keepfresh::build::headers::{Host, Resource};

/// What to write in a host's file so that a resource, and those of its kind, are sent with a field. `path` is that of its URL.
pub(crate) fn advice(host: Option<Host>, resource: Resource, path: &str, name: &str, value: &str) -> String {
    let extension = path.rsplit('/').next().and_then(|file| file.rsplit_once('.')).map(|(_, extension)| extension);
    let is_type = name.eq_ignore_ascii_case("content-type");
    // As `_headers`, as a regular expression, as Vercel and as Firebase have it.
    let (rule, regex, source, glob) = match (resource, extension) {
        (_, Some(extension)) if is_type => (
            format!("/*.{extension}"),
            format!(r"\.{extension}$"),
            format!(r"/(.*\.{extension})"),
            format!("**/*.{extension}"),
        ),
        (Resource::Fingerprinted | Resource::Absent, _) => (
            "/*.kf.:rest".to_owned(),
            r"\.kf\.[0-9a-f]{8,64}(\.[^/.]*)?$".to_owned(),
            r"/(.*\.kf\.[0-9a-f]{8,64}(?:\.[^/.]*)?)".to_owned(),
            "**/*.kf.*".to_owned(),
        ),
        // Of what keeps its name nothing but that tells it from the rest.
        _ => (path.to_owned(), format!("^{}$", escaped(path)), path.to_owned(), path.to_owned()),
    };
    let json = |source: &str| {
        let source = source.replace('\\', "\\\\");
        format!(r#"{{ "source": "{source}", "headers": [{{ "key": "{name}", "value": "{value}" }}] }}"#)
    };
    match host {
        Some(Host::Cloudflare | Host::Netlify) => format!("# _headers\n{rule}\n  {name}: {value}"),
        Some(Host::Nginx) if is_type => {
            format!("location ~ \"{regex}\" {{\n  types {{}}\n  default_type \"{value}\";\n}}")
        }
        Some(Host::Nginx) => format!("location ~ \"{regex}\" {{\n  add_header {name} \"{value}\";\n}}"),
        Some(Host::Apache) => {
            format!("# .htaccess\n<If \"%{{REQUEST_URI}} =~ m#{regex}#\">\n  Header set {name} \"{value}\"\n</If>")
        }
        Some(Host::Caddy) => format!("@matching path_regexp `{regex}`\nheader @matching {name} \"{value}\""),
        Some(Host::Vercel) => format!("// vercel.json\n{}", json(&source)),
        Some(Host::Firebase) => {
            format!("// firebase.json, hosting.headers: the last one that matches wins\n{}", json(&glob))
        }
        Some(Host::S3) => format!("the object's metadata: {name}: {value}"),
        None => format!("{name}: {value}"),
    }
}

/// A path as regular expressions have it.
fn escaped(path: &str) -> String {
    path.chars().flat_map(|c| r".+*?()[]{}|^$\".contains(c).then_some('\\').into_iter().chain([c])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_for_what_it_is_about() {
        use Resource::{Fingerprinted, Named, Page};
        let (kept, asked, sheet) = ("public, max-age=31536000, immutable", "no-cache", "text/css; charset=utf-8");
        let cases = [
            (Host::Netlify, Fingerprinted, "/a.kf.0123456789.css", "Cache-Control", kept, "/*.kf.:rest\n"),
            (Host::Netlify, Fingerprinted, "/a.kf.0123456789.css", "Content-Type", sheet, "/*.css\n"),
            (Host::Cloudflare, Named, "/robots.txt", "Cache-Control", asked, "/robots.txt\n"),
            (Host::Netlify, Page, "/about", "Cache-Control", asked, "/about\n"),
            (Host::Caddy, Named, "/robots.txt", "Cache-Control", asked, r"`^/robots\.txt$`"),
            (Host::Caddy, Page, "/", "Cache-Control", asked, "`^/$`"),
            (
                Host::Nginx,
                Fingerprinted,
                "/a.kf.0123456789.css",
                "Content-Type",
                sheet,
                "default_type \"text/css; charset",
            ),
            (Host::Apache, Named, "/a+(b).txt", "Cache-Control", asked, r"^/a\+\(b\)\.txt$"),
            (Host::Vercel, Page, "/", "Cache-Control", asked, r#"{ "source": "/", "#),
            (Host::Vercel, Named, "/a.js", "Content-Type", "text/javascript", r#""source": "/(.*\\.js)""#),
            (Host::Firebase, Named, "/robots.txt", "Cache-Control", asked, r#""source": "/robots.txt""#),
        ];
        for (host, resource, path, name, value, expected) in cases {
            let told = advice(Some(host), resource, path, name, value);
            assert!(told.contains(expected), "{path} {name}: {told}");
            assert!(!told.contains("(?!"), "not all hosts have regular expressions that look ahead: {told}");
        }
    }
}
