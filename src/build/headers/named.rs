//! The files that a site's own rules for its host speak of one by one, for more than caching: under another name they
//! would be without what the rule says of them (`Cross-Origin-Embedder-Policy` of a worker, say). And those that a `Link`
//! field has loaded, which would be loaded twice, or a policy (CSP) lists, which would be refused.

use std::collections::BTreeSet;

use serde_json::Value;

use super::rules::lines;
use crate::build::clues::spoken::Spoken;
use crate::build::integrity::paths_in;
use crate::build::name::decode;

/// What is spoken of in a file for hosts. `path` is that of the file whose text this is, or, of `netlify.toml`, what it says as
/// JSON; of others than those below nothing is known.
pub fn named_in(path: &str, text: &str) -> BTreeSet<Spoken> {
    // A rule for a folder holds for every name in it.
    let files = answered_in(path, text).into_iter().filter(|path| !path.ends_with(BELOW));
    let mut found: BTreeSet<Spoken> = files.map(Spoken::Path).collect();
    match path.rsplit('/').next().unwrap_or(path) {
        "_headers" => {
            for said in lines(text) {
                note(Some(said.path), said.name, said.value.unwrap_or_default(), &mut found);
            }
        }
        ".htaccess" => of_apache(text, &mut found),
        "firebase.json" => {
            let config: Value = serde_json::from_str(text).unwrap_or_default();
            sites(&config).iter().for_each(|site| of_list(&site["headers"], &mut found));
        }
        "netlify.toml" => of_netlify(&serde_json::from_str(text).unwrap_or_default(), &mut found),
        "serve.json" => {
            let config: Value = serde_json::from_str(text).unwrap_or_default();
            of_list(&config["headers"], &mut found);
        }
        "staticwebapp.config.json" => of_azure(&serde_json::from_str(text).unwrap_or_default(), &mut found),
        "vercel.json" => {
            let config: Value = serde_json::from_str(text).unwrap_or_default();
            of_list(&config["headers"], &mut found);
        }
        _ => {}
    }
    found
}

/// How the path of a folder ends that a rule is for with all that is in it.
const BELOW: &str = "/*";

/// The paths for which a host answers by itself, or not to everybody, though there is a file: nobody can have that beforehand.
/// `path` and `text` are those of [`named_in`]. Of a folder with all that is in it the path ends with `/*`.
pub fn answered_in(path: &str, text: &str) -> BTreeSet<String> {
    let config: Value = serde_json::from_str(text).unwrap_or_default();
    let all = |rules: &Value, field: &str| -> Vec<_> {
        each(rules).map(|rule| place(rule[field].as_str(), is_for_all(rule))).collect()
    };
    let found = match path.rsplit('/').next().unwrap_or(path) {
        // `/from /to 301!`: without the mark it is done only where there is no file.
        "_redirects" => {
            let rules = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
            let forced = rules.filter(|words| words.iter().skip(2).any(|word| word.ends_with('!')));
            let is_condition = |word: &&str| word.contains('=') && !word.contains('/');
            let is_for_all = |words: &[&str]| {
                let leads_nowhere = words[2] == "200!" && is_within(words[0], words[1]);
                !leads_nowhere && !words.iter().any(is_condition)
            };
            let forced = forced.filter(|words| !words[0].starts_with('#'));
            forced.map(|words| place(Some(words[0]), is_for_all(&words))).collect()
        }
        // One `*` is a part of a name there.
        "firebase.json" => {
            let sources =
                sites(&config).iter().flat_map(|site| each(&site["redirects"])).map(|rule| rule["source"].as_str());
            sources.map(|source| place(source, source.is_some_and(|source| source.ends_with("**")))).collect()
        }
        "netlify.toml" => {
            let forced = each(&config["redirects"]).filter(|rule| rule["force"] == true);
            let forced = forced.map(|rule| {
                let (from, to) = (rule["from"].as_str(), rule["to"].as_str().unwrap_or_default());
                place(from, is_for_all(rule) && !(rule["status"] == 200 && is_within(from.unwrap_or_default(), to)))
            });
            // What is for a folder mostly looks at what passes.
            let functions = each(&config["edge_functions"]).map(|function| place(function["path"].as_str(), false));
            forced.chain(functions).collect()
        }
        // What they rewrite has no file of its own.
        "serve.json" | "vercel.json" => all(&config["redirects"], "source"),
        "staticwebapp.config.json" => each(&config["routes"])
            .filter(|rule| is_answer(rule))
            .map(|rule| place(rule["route"].as_str(), true))
            .collect(),
        _ => Vec::new(),
    };
    found.into_iter().flatten().collect()
}

/// Whether a route of Azure's says more of who asks for a file than which fields there are.
fn is_answer(rule: &Value) -> bool {
    let is_of_reading = rule["methods"].is_null() || each(&rule["methods"]).any(|method| method == "GET");
    let is_for_all = each(&rule["allowedRoles"]).any(|role| role == "anonymous");
    let is_no_answer = |key: &str| match key {
        "headers" | "methods" | "route" => true,
        "allowedRoles" => is_for_all,
        _ => false,
    };
    is_of_reading && rule.as_object().is_some_and(|rule| !rule.keys().all(|key| is_no_answer(key)))
}

/// What a list of rules speaks of, as Firebase, `serve` and Vercel have it.
fn of_list(rules: &Value, found: &mut BTreeSet<Spoken>) {
    for rule in each(rules) {
        for field in each(&rule["headers"]) {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            note(rule["source"].as_str(), &text(&field["key"]), &text(&field["value"]), found);
            if let Some(expression) = rule["regex"].as_str().filter(|_| !is_of_caching(&text(&field["key"]))) {
                found.insert(Spoken::Matched(expression.to_owned()));
            }
        }
    }
}

/// What Netlify is told ([docs](https://docs.netlify.com/build/configure-builds/file-based-configuration/)).
fn of_netlify(config: &Value, found: &mut BTreeSet<Spoken>) {
    each(&config["headers"]).for_each(|rule| of_fields(rule["for"].as_str(), &rule["values"], found));
}

/// What Azure is told ([docs](https://learn.microsoft.com/azure/static-web-apps/configuration#routes)).
fn of_azure(config: &Value, found: &mut BTreeSet<Spoken>) {
    of_fields(None, &config["globalHeaders"], found);
    each(&config["routes"]).for_each(|rule| of_fields(rule["route"].as_str(), &rule["headers"], found));
}

/// What the fields of a rule speak of, which are an object. Netlify takes several values for one.
fn of_fields(path: Option<&str>, fields: &Value, found: &mut BTreeSet<Spoken>) {
    for (field, value) in fields.as_object().into_iter().flatten() {
        let values: Vec<&str> = each(value).chain([value]).filter_map(Value::as_str).collect();
        note(path, field, &values.join(", "), found);
    }
}

/// The sites of a project of Firebase's, which may have several.
fn sites(config: &Value) -> &[Value] {
    config["hosting"].as_array().map_or(std::slice::from_ref(&config["hosting"]), Vec::as_slice)
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

/// What a rule is for, if that is one file.
fn note_path(path: Option<&str>, found: &mut BTreeSet<Spoken>) {
    found.extend(exact(path).map(Spoken::Path));
}

/// Whether a rule is not only for some: for another domain, a language, who has a cookie.
fn is_for_all(rule: &Value) -> bool {
    ["conditions", "has", "missing"].iter().all(|name| rule[name].is_null())
}

/// Whether what is asked for under a pattern is answered with what lies there.
fn is_within(pattern: &str, answer: &str) -> bool {
    pattern.strip_suffix('*').is_some_and(|folder| answer.starts_with(folder))
}

/// The path of one file; or that of a folder with [`BELOW`], if the rule is for all who ask (`is_for_all`). What holds for the
/// whole site says nothing of a part of it: who has the worker has been let in.
fn place(path: Option<&str>, is_for_all: bool) -> Option<String> {
    let (folder, rest) = path?.trim().rsplit_once('/')?;
    // `/a/*`, `/a/**`, `/a/(.*)`, `/a/:path*`, `/a/:path(.*)`.
    let name = rest.trim_start_matches(|c: char| c == ':' || c.is_ascii_alphanumeric() || c == '_');
    let is_all = matches!(name, "*" | "(.*)") && (name == rest || rest.starts_with(':')) || rest == "**";
    if !is_all {
        return exact(path);
    }
    exact(Some(folder)).filter(|_| is_for_all).map(|folder| [&folder, BELOW].concat())
}

/// The path of one file, from the root of the site.
fn exact(path: Option<&str>) -> Option<String> {
    let is_exact = |path: &&str| !path.is_empty() && !path.contains(['*', '?', ':', '(', '{', '[']);
    let path = path.map(str::trim).filter(is_exact).and_then(decode)?;
    Some(["/", path.trim_start_matches('/')].concat())
}

/// What one field of a rule speaks of.
fn note(path: Option<&str>, field: &str, value: &str, found: &mut BTreeSet<Spoken>) {
    note_path(path.filter(|_| !is_of_caching(field)), found);
    let field = field.to_ascii_lowercase();
    if field.starts_with("content-security-policy") {
        found.extend(paths_in(value).map(Spoken::Path));
    }
    if field == "link" {
        let loaded = value.split('<').skip(1).filter_map(|link| link.split_once('>'));
        let preloads = loaded.filter(|(_, parameters)| parameters.contains("load"));
        let paths = preloads.filter_map(|(url, _)| decode(url)).filter(|url| url.starts_with('/'));
        found.extend(paths.map(Spoken::Path));
    }
}

/// Whether a field says how long a response is kept: the build says that itself.
fn is_of_caching(field: &str) -> bool {
    let field = field.to_ascii_lowercase();
    field.ends_with("cache-control") || matches!(field.as_str(), "expires" | "pragma")
}

/// What sections of Apache's configuration are for: `<Files "a.js">`, `<FilesMatch "^a\.js$">`, which know files by
/// their names alone ([spec](https://httpd.apache.org/docs/2.4/mod/core.html#files)).
fn of_apache(text: &str, found: &mut BTreeSet<Spoken>) {
    let mut open: Vec<Option<Spoken>> = Vec::new();
    for line in text.lines().map(str::trim) {
        let words: Vec<&str> = line.split_ascii_whitespace().map(|word| word.trim_matches('"')).collect();
        let [directive, ..] = words.as_slice() else { continue };
        match directive.to_ascii_lowercase().as_str() {
            name if name.starts_with('#') => {}
            name if name.starts_with("</") => drop(open.pop()),
            name if name.starts_with('<') => open.push(section(name, line.trim_end_matches('>'))),
            name if name.starts_with("expires") => {}
            "header" if words.iter().any(|word| is_of_caching(word)) => {}
            _ => found.extend(open.iter().flatten().cloned()),
        }
    }
}

/// The files that a section is for, if these are a few.
fn section(name: &str, line: &str) -> Option<Spoken> {
    let argument = line.split_once(char::is_whitespace)?.1.trim();
    let (is_expression, argument) = match argument.strip_prefix('~') {
        Some(expression) => (true, expression.trim()),
        None => (name == "<filesmatch", argument),
    };
    let argument = argument.trim_matches(['"', '\'']);
    match name {
        "<files" | "<filesmatch" if is_expression => Some(Spoken::Matched(argument.to_owned())),
        "<files" => (!argument.contains(['*', '?', '['])).then(|| Spoken::End(["/", argument].concat())),
        _ => None,
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
        let list = r#"{"headers": [
            {"source": "/js/worker.js", "headers": [{"key": "Cross-Origin-Embedder-Policy", "value": "require-corp"}]},
            {"source": "/css/a.css", "headers": [{"key": "cache-control", "value": "max-age=5"}]},
            {"source": "/fonts/(.*)", "headers": [{"key": "Access-Control-Allow-Origin", "value": "*"}]}]}"#;
        let of_firebase = format!(
            r#"{{"hosting": [{list}, {{"headers": [
            {{"source": "a.json", "headers": [{{"key": "X", "value": "1"}}]}},
            {{"regex": "^/b\\.js$", "headers": [{{"key": "X", "value": "1"}}]}}]}}]}}"#
        );
        let apache = "# <Files c.js>\n<IfModule mod_headers.c>\n<Files \"worker.js\">\n  Header set X 1\n</Files>\n\
            <FILES ~ '^a\\.wasm$'>\nForceType application/wasm\n</FILES>\n<FilesMatch \"^b\\.css$\">\nHeader set X 1\n\
            </FilesMatch>\n<Files d.css>\nHeader always set Cache-Control no-cache\nExpiresActive On\n</Files>\n\
            <Files *.js>\nHeader set X 1\n</Files>\n</IfModule>\nHeader set X 1\n";
        let netlify = r#"{
            "headers": [
                {"for": "/a.js", "values": {"X": "1"}}, {"for": "/d.js", "values": {"Cache-Control": "no-cache"}},
                {"for": "/*", "values": {"Link": ["<https://x.example>; rel=preconnect", "</b.css>; rel=preload; as=style"]}},
                {"for": "/e.js"}],
            "redirects": [
                {"from": "/c.js", "to": "/x", "force": true}, {"from": "/f.js", "to": "/x"},
                {"from": "/g/:name.js", "to": "/x", "force": true}, {"to": "/x", "force": true}],
            "edge_functions": [{"path": " /h.png ", "function": "h"}]}"#;
        let azure = r#"{
            "globalHeaders": {"content-security-policy": "style-src https://x.example/b.css"},
            "routes": [
                {"route": "/a.js", "headers": {"X": "1"}}, {"route": "/c.js", "allowedRoles": ["ours"]},
                {"route": "/d.js", "headers": {"cache-control": "no-cache"}}, {"route": "/e.js", "methods": ["GET"]},
                {"route": "/g.js", "allowedRoles": ["anonymous", "ours"]},
                {"route": "/h.js", "methods": ["PUT"], "allowedRoles": ["ours"]},
                {"route": "/i.js", "methods": ["PUT", "GET"], "allowedRoles": ["ours"]},
                {"route": "/f/*", "redirect": "/x"}, {"route": "/*.{js,css}", "statusCode": 404}, 1]}"#;
        let serve = r#"{
            "headers": [{"source": "a.js", "headers": [{"key": "X", "value": "1"}]},
                {"source": "**/*.js", "headers": [{"key": "X", "value": "1"}]}],
            "redirects": [{"source": "/c.js", "destination": "/x"}, {"source": "/d/:name", "destination": "/x"}],
            "rewrites": [{"source": "/e.js", "destination": "/x"}]}"#;
        let path = |path: &str| Spoken::Path(path.to_owned());
        let matched = |expression: &str| Spoken::Matched(expression.to_owned());
        let cases = [
            ("_headers", policy, vec![path("/d.js"), path("/js/c.js")]),
            ("_headers", headers, vec![path("/"), path("/a b.png"), path("/css/b.css"), path("/js/worker.js")]),
            ("vercel.json", list, vec![path("/js/worker.js")]),
            ("vercel.json", "[", vec![]),
            ("firebase.json", &format!(r#"{{"hosting": {list}}}"#), vec![path("/js/worker.js")]),
            ("firebase.json", &of_firebase, vec![matched("^/b\\.js$"), path("/a.json"), path("/js/worker.js")]),
            ("firebase.json", "{}", vec![]),
            (
                "docs/.htaccess",
                apache,
                vec![Spoken::End("/worker.js".to_owned()), matched("^a\\.wasm$"), matched("^b\\.css$")],
            ),
            ("netlify.toml", headers, vec![]),
            ("netlify.toml", netlify, vec![path("/a.js"), path("/b.css"), path("/c.js"), path("/h.png")]),
            ("staticwebapp.config.json", azure, vec![path("/a.js"), path("/b.css"), path("/c.js"), path("/i.js")]),
            ("staticwebapp.config.json", "[1]", vec![]),
            ("serve.json", serve, vec![path("/a.js"), path("/c.js")]),
        ];
        for (name, text, expected) in cases {
            assert_eq!(named_in(name, text).into_iter().collect::<Vec<_>>(), expected, "{name} {text}");
        }
        let redirects = "/a.js /x 301!\n/b.js /x\n# /c.js /x 301!\n/d/* /x 200!\n\n/e.js /x Country=de 302!\n/f.js! /x";
        let moved =
            r#"{"redirects": [{"source": "/a.js", "destination": "/x"}, {"source": "/b/:c", "destination": "/x"}]}"#;
        let folders = r#"{"redirects": [{"source": "/a%20b/c/(.*)"}, {"source": "/d/:path*"}, {"source": "/e/:path(.*)"},
            {"source": "/f/**"}, {"source": "/g/x*"}, {"source": "/h/:path"}, {"source": "/(.*)"}, {"source": "/:i/*"}]}"#;
        // For some who ask, of one level, for what only passes, or with what lies there.
        let some = r#"{"redirects": [
            {"source": "/a/(.*)", "has": [{"type": "host", "value": "x.example"}]}, {"source": "/b/*", "destination": "/x"},
            {"from": "/c/*", "to": "/x", "force": true, "conditions": {"Language": ["de"]}},
            {"from": "/d/*", "to": "/d/:splat", "status": 200, "force": true}],
            "edge_functions": [{"path": "/e/*", "function": "e"}]}"#;
        let passing = "/a/* /x 302! Country=de\n/b/* /b/:splat 200!\n/c/* /x?a=b 302!";
        for (name, text, expected) in [
            ("_headers", headers, &[][..]),
            ("_redirects", passing, &["/c/*"]),
            ("netlify.toml", some, &[]),
            ("firebase.json", &format!(r#"{{"hosting": {some}}}"#), &[]),
            ("firebase.json", r#"{"hosting": {"redirects": [{"source": "/a/**"}]}}"#, &["/a/*"]),
            ("vercel.json", r#"{"redirects": [{"source": "/a/(.*)", "has": [{"type": "host"}]}]}"#, &[]),
            ("_redirects", redirects, &["/a.js", "/d/*", "/e.js"]),
            ("firebase.json", &format!(r#"{{"hosting": {moved}}}"#), &["/a.js"]),
            ("vercel.json", moved, &["/a.js"]),
            ("vercel.json", folders, &["/a b/c/*", "/d/*", "/e/*", "/f/*"]),
            ("netlify.toml", netlify, &["/c.js", "/h.png"]),
            ("staticwebapp.config.json", azure, &["/c.js", "/f/*", "/i.js"]),
            ("serve.json", serve, &["/c.js"]),
        ] {
            assert_eq!(answered_in(name, text).into_iter().collect::<Vec<_>>(), expected, "{name} {text}");
        }
    }
}
