//! What bundlers write down of their own output: which files they have named after their bytes, where the
//! names' looks ([`super::hashed`]) do not tell, and which of their scripts are parts of others.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::build::text::holds;

/// Where bundlers put their manifests: Vite and Rolldown; webpack, as Create React App and others set it up.
pub const MANIFESTS: [&str; 3] = [".vite/manifest.json", "asset-manifest.json", "manifest.json"];

/// The files that a manifest lists under names that are not those that they had: paths in the folder. What is
/// no such manifest lists none.
pub fn named(json: &str) -> BTreeSet<String> {
    let Ok(Value::Object(manifest)) = serde_json::from_str(json) else { return BTreeSet::new() };
    let mut named = BTreeSet::new();
    let mut add = |original: &str, output: &str| {
        let path = output.split(['?', '#']).next().unwrap_or_default().trim_start_matches("./").trim_start_matches('/');
        if is_longer(stem(original), stem(path)) && !output.contains("//") {
            named.insert(path.to_owned());
        }
    };
    let kind = |path: &str| path.rsplit_once('.').map(|(_, extension)| extension.to_owned());
    let files = manifest.get("files").and_then(Value::as_object).unwrap_or(&manifest);
    for (key, value) in files {
        match value {
            // webpack: from the original name to the output.
            Value::String(output) if kind(key).is_some() && kind(key) == kind(output) => add(key, output),
            // Vite: an entry for each source or chunk.
            Value::Object(entry) => {
                let name = entry.get("name").and_then(Value::as_str).unwrap_or(key);
                if let Some(output) = entry.get("file").and_then(Value::as_str) {
                    add(name, output);
                }
                let lists = ["css", "assets"].iter().filter_map(|list| entry.get(*list)?.as_array());
                // Their own names are not told: that of the entry has to do.
                lists.flatten().filter_map(Value::as_str).for_each(|output| add("", output));
            }
            _ => {}
        }
    }
    named
}

/// What scripts begin with that webpack, Rspack or Turbopack have taken out of others: these load them by names that they
/// put together, `e + "." + {787: "c4e7f8f9"}[e] + ".js"`.
const CHUNKS: [&str; 6] = [
    "webpackChunk",
    "rspackChunk",
    "webpackJsonp",
    "export const __webpack_id",
    "export const __rspack_esm_id",
    TURBOPACK,
];

/// How much stands in front of that at the most: a licence, `"use strict"`.
const AHEAD: usize = 400;

/// Whether a script is a part that another one loads; or a worker that loads parts, which has their code in front.
pub fn is_chunk(script: &str) -> bool {
    let start = &script[..script.floor_char_boundary(AHEAD)];
    let is_worker = || holds(script, "webpackChunk") && holds(script, "importScripts(");
    CHUNKS.iter().any(|word| start.contains(word)) || is_worker()
}

/// Whether a script registers itself under the URL that it was loaded by, for which another one waits.
pub fn registers_itself(script: &str) -> bool {
    script[..script.floor_char_boundary(AHEAD)].contains(TURBOPACK)
}

const TURBOPACK: &str = "TURBOPACK";

/// Whether a file is the data of a page, which frameworks write beside these and ask for by names that they put together:
/// SvelteKit, Nuxt, Gatsby, and Next, which names it as the page. `is_page` says where pages are.
pub fn is_data_of_page(path: &str, is_page: impl Fn(&str) -> bool) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_of_next = |stem: &str| name.starts_with("__next.") || is_page(&[stem, ".html"].concat());
    matches!(name, "__data.json" | "_payload.json" | "page-data.json" | "app-data.json")
        || path.strip_suffix(".txt").is_some_and(is_of_next)
}

/// Whether a page or a script has Docsify make pages: of Markdown that it asks for by the names that readers go to.
pub fn shows_markdown(text: &str) -> bool {
    holds(text, "$docsify")
}

/// A name without its folder and all of its extensions.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// Whether a name is another one and a separator, with eight characters or more behind it, and a digit or a capital
/// among them: these are no word. Of an original that is not told, anything may have been the beginning.
fn is_longer(original: &str, output: &str) -> bool {
    let rest = match output.strip_prefix(original) {
        Some(rest) if !original.is_empty() => rest.strip_prefix(['-', '.', '_']),
        Some(_) => output.rsplit(['-', '.', '_']).next().filter(|rest| rest.len() < output.len()),
        None => None,
    };
    rest.is_some_and(|rest| {
        let is_no_word = rest.bytes().any(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
        let is_digit = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        rest.len() >= 8 && is_no_word && rest.bytes().all(is_digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_scripts_are_known() {
        let cases = [
            (r#""use strict";(self.webpackChunkapp=self.webpackChunkapp||[]).push([[787],{1:()=>{}}])"#, true),
            (
                r#"/*! For license information please see 787.js.LICENSE.txt */(this.webpackJsonp=this.webpackJsonp||[]).push([[3],[]])"#,
                true,
            ),
            ("export const __webpack_id__=787;export const __webpack_ids__=[787];", true),
            ("(globalThis.TURBOPACK=globalThis.TURBOPACK||[]).push([\"x\",1,()=>{}])", true),
            ("export const id = 787;", false),
            ("(()=>{var e={};importScripts(t.p+t.u(r));self.webpackChunkapp=[]})()".repeat(9).leak(), true),
            ("", false),
        ];
        for (script, expected) in cases {
            assert_eq!(is_chunk(script), expected, "{script}");
        }
        assert!(!is_chunk(&["é".repeat(AHEAD), "webpackChunk".to_owned()].concat()));
    }

    #[test]
    fn manifests_are_read() {
        let cases: [(&str, &[&str]); 8] = [
            (
                r#"{"src/main.ts": {"file": "assets/main-abcdefg1.js", "name": "main", "css": ["assets/main-Cxyzabcd.css"]},
                    "_shared-qwertyui.js": {"file": "assets/shared-Qwertyui.js", "name": "shared"},
                    "plain.ts": {"file": "assets/plain.js", "name": "plain"}}"#,
                &["assets/main-Cxyzabcd.css", "assets/main-abcdefg1.js", "assets/shared-Qwertyui.js"],
            ),
            (
                r#"{"files": {"main.js": "/static/js/main.abcdef12.js", "index.html": "/index.html"}, "entrypoints": []}"#,
                &["static/js/main.abcdef12.js"],
            ),
            (r#"{"app.js": "app-0123456789.js", "other.js": "other.js"}"#, &["app-0123456789.js"]),
            (r#"{"app.js": "https://cdn.example/app-0123456789.js"}"#, &[]),
            (r#"{"name": "My app", "icons": [{"src": "a.png"}], "start_url": "/"}"#, &[]),
            (r#"{"hero": "img/hero-animation2.png", "tiles.png": "img/tiles-overworld.png"}"#, &[]),
            ("[]", &[]),
            ("{", &[]),
        ];
        for (json, expected) in cases {
            assert_eq!(named(json), expected.iter().map(|path| (*path).to_owned()).collect(), "{json}");
        }
    }
}
