//! The files that a site's own rules for its host speak of by their exact paths, for more than caching: under another
//! name they would be without what the rule says of them (`Cross-Origin-Embedder-Policy` of a worker, say). And those that
//! a `Link` field has loaded, which would be loaded twice, or a policy (CSP) lists, which would be refused.

use std::collections::BTreeSet;

use serde_json::Value;

use super::rules::lines;
use crate::build::integrity::paths_in;
use crate::build::name::decode;

/// Their paths, from the root of the host. `name` is that of the file whose text this is; of other files than `_headers` and
/// `vercel.json` nothing is known.
pub fn named_in(name: &str, text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    match name {
        "_headers" => {
            for said in lines(text) {
                note(said.path, said.name, said.value.unwrap_or_default(), &mut found);
            }
        }
        "vercel.json" => {
            let config: Value = serde_json::from_str(text).unwrap_or_default();
            for rule in config["headers"].as_array().into_iter().flatten() {
                for field in rule["headers"].as_array().into_iter().flatten() {
                    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                    note(&text(&rule["source"]), &text(&field["key"]), &text(&field["value"]), &mut found);
                }
            }
        }
        _ => {}
    }
    found
}

/// What one field of a rule speaks of.
fn note(path: &str, field: &str, value: &str, found: &mut BTreeSet<String>) {
    let field = field.to_ascii_lowercase();
    let is_exact = path.starts_with('/') && !path.contains(['*', ':', '(', '{']);
    if is_exact && !field.ends_with("cache-control") && !matches!(field.as_str(), "expires" | "pragma") {
        found.extend(decode(path));
    }
    if field.starts_with("content-security-policy") {
        found.extend(paths_in(value));
    }
    if field == "link" {
        let loaded = value.split('<').skip(1).filter_map(|link| link.split_once('>'));
        let preloads = loaded.filter(|(_, parameters)| parameters.contains("load"));
        found.extend(preloads.filter_map(|(url, _)| decode(url)).filter(|url| url.starts_with('/')));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_speak_of_single_files() {
        let headers = "/js/worker.js\n  Cross-Origin-Embedder-Policy: require-corp\n  Cache-Control: no-cache\n\
            /css/a.css\n  Cache-Control: max-age=5\n/fonts/*\n  Access-Control-Allow-Origin: *\n/a%20b.png\n  X: 1\n\
            /\n  Link: </css/b.css>; rel=preload; as=style, <https://x.example/>; rel=preconnect\n  ! X-Robots-Tag\n";
        let policy =
            "/*\n  Content-Security-Policy: script-src 'self' https://x.example/js/c.js x.example/js/ y.example/d.js\n";
        let vercel = r#"{"headers": [
            {"source": "/js/worker.js", "headers": [{"key": "Cross-Origin-Embedder-Policy", "value": "require-corp"}]},
            {"source": "/css/a.css", "headers": [{"key": "cache-control", "value": "max-age=5"}]},
            {"source": "/fonts/(.*)", "headers": [{"key": "Access-Control-Allow-Origin", "value": "*"}]}]}"#;
        let cases: [(&str, &str, &[&str]); 5] = [
            ("_headers", policy, &["/d.js", "/js/c.js"]),
            ("_headers", headers, &["/", "/a b.png", "/css/b.css", "/js/worker.js"]),
            ("vercel.json", vercel, &["/js/worker.js"]),
            ("vercel.json", "[", &[]),
            ("netlify.toml", headers, &[]),
        ];
        for (name, text, expected) in cases {
            assert_eq!(named_in(name, text).iter().map(String::as_str).collect::<Vec<_>>(), expected, "{name}");
        }
    }
}
