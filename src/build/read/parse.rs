//! Reading one file: what it says of others.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::encoding::{self, Readable};
use super::json::{Part, Wanted};
use super::{css, html, js, json, web_manifest};
use crate::build::clues::bundlers::{is_chunk, registers_itself, shows_markdown};
use crate::build::clues::pieces::Pieces;
use crate::build::clues::spoken::{self, Spoken};
use crate::build::clues::{itself, mentioned, rivals};
use crate::build::finding::Place;
use crate::build::integrity::{digests_in, lists_digests, paths_in};
use crate::build::name::{Language, is_xml};
use crate::build::reference::{Kind, Reference};
use crate::build::spelling::Notation;
use crate::manifest::hex;

/// How large a file may be that is looked into for references, in bytes.
pub const READ_LIMIT: u64 = 64 << 20;

/// One file of a folder, as it was read.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its bytes. `None` if nothing is ever put into them, so that they need not be kept.
    pub bytes: Option<Vec<u8>>,
    /// How many bytes it has.
    pub length: u64,
    /// What it says of others.
    pub parsed: Parsed,
    /// The SHA-256 of its bytes.
    pub sha256: [u8; 32],
}

/// What one file says of others. It depends on its bytes, its [`Language`] and the [`Extras`] alone, a script's on
/// its name as well, and a page's on whether it is XML.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Parsed {
    /// Where the references of a page begin ([`html::Page::base`]).
    pub base: Option<String>,
    /// Where it could not be read, and why.
    pub faults: Vec<(Place, String)>,
    /// Whether it is a script that seems to depend on its own name.
    pub finds_itself: bool,
    /// What the beginnings of specifiers stand for in a page, by its import map: from `lib/` to the URL `./lib/`.
    pub folders: Vec<(String, String)>,
    /// What the documents load that stand in attributes of a page (`srcdoc`): each by the name that it has.
    pub framed: Vec<String>,
    /// Whether it is a script that a bundler's code loads by a name that it puts together ([`crate::build::clues::bundlers::is_chunk`]).
    pub is_chunk: bool,
    /// Whether it is a script that seems to be a service worker (`rivals.rs`).
    pub is_worker: bool,
    /// Whether it is a service worker that only takes itself away (`rivals.rs`).
    pub only_leaves: bool,
    /// Whether it has Docsify make pages of Markdown ([`crate::build::clues::bundlers::shows_markdown`]).
    pub shows_markdown: bool,
    /// Texts in its scripts that look like paths (`mentioned.rs`).
    pub mentions: Vec<String>,
    /// Digests of files (Subresource Integrity) that it gives, wherever these stand in it.
    pub digests: Vec<String>,
    /// Where modules begin in a page ([`html::Page::modules`]).
    pub modules: Option<html::Modules>,
    /// What its scripts say of the names of modules (`pieces.rs`).
    pub pieces: Pieces,
    /// The URLs of what it may name in ways that cannot be rewritten, with `*` for what is not known of them:
    /// scripts that are among these keep their names.
    pub reaches: Vec<String>,
    /// Its references, in their order.
    pub references: Vec<Reference>,
    /// Names that it looks for files by.
    pub spoken: Vec<Spoken>,
    /// How many references are put together at run time, and so cannot be known.
    pub unknown: usize,
}

impl Parsed {
    /// Whether anything may be put into the file, for which its bytes are needed.
    pub fn may_change(&self) -> bool {
        !self.references.is_empty() || self.modules.is_some() || self.only_leaves
    }
}

/// What a site says of its files, beside what they say themselves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extras<'a> {
    /// Attributes that hold URLs beside those of HTML, as scripts read them (`data-src`), in lower case;
    /// one whose name ends with `srcset` holds a list of them.
    pub attributes: &'a [String],
    /// What the site says of `Content-Security-Policy` outside of its pages: what stands in these and has its digest
    /// there stays as it is.
    pub policies: &'a str,
    /// Where in this file, if it is JSON, the names of others stand: JSON pointers (RFC 6901) in which `*`
    /// stands for every member or item.
    pub pointers: &'a [String],
}

/// Whether the file at `path` is looked into at all.
pub fn is_read(path: &str, extras: &Extras<'_>) -> bool {
    Language::of(path) != Language::Other || !extras.pointers.is_empty()
}

/// What reading the file at `path` depends on beside its bytes: two files with the same say the same.
pub fn manner(path: &str, extras: &Extras<'_>) -> String {
    let language = Language::of(path);
    let name = path.rsplit('/').next().filter(|_| language == Language::JavaScript).unwrap_or_default();
    let has_policies = matches!(language, Language::Html | Language::Svg) && !extras.policies.is_empty();
    let policies = if has_policies { hex(&Sha256::digest(extras.policies)) } else { String::new() };
    let syntax = if is_xml(path) { "xml" } else { "" };
    format!("{language:?} {syntax} {name} {policies} {}", extras.pointers.join(" "))
}

/// Reads the file at `path`.
pub fn parse(path: &str, bytes: &[u8], extras: &Extras<'_>) -> Parsed {
    if !is_read(path, extras) {
        let is_data = mentioned::is_data(path, bytes.len() as u64);
        return if is_data {
            Parsed { mentions: mentioned::of_data(bytes), ..Parsed::default() }
        } else {
            Parsed::default()
        };
    }
    match encoding::read(bytes) {
        Readable::InPlace(Cow::Borrowed(text)) => parse_text(path, text, extras).0,
        Readable::InPlace(Cow::Owned(text)) => encoding::uncovered(bytes, parse_text(path, &text, extras)),
        Readable::Elsewhere(text) => {
            let (parsed, _) = parse_text(path, &text, extras);
            let named = parsed.references.into_iter().filter_map(Reference::into_reach);
            let reaches = named.chain(parsed.reaches).collect();
            Parsed { pieces: parsed.pieces, reaches, ..unreadable(bytes, 0, "it is UTF-16, not UTF-8".to_owned()) }
        }
    }
}

/// Reads the text of a file, and says whether a policy lists digests of what stands in it.
fn parse_text(path: &str, text: &str, extras: &Extras<'_>) -> (Parsed, bool) {
    let bytes = text.as_bytes();
    let language = Language::of(path);
    if matches!(language, Language::Html | Language::Svg) {
        let page = if is_xml(path) { html::read_xml(text, extras) } else { html::read(text, extras) };
        let fault = |(at, reason): (usize, String)| (Place::of(bytes, &(at..at)), reason);
        let parsed = Parsed {
            base: page.base,
            digests: digests_in(text),
            faults: page.faults.into_iter().map(fault).collect(),
            folders: page.folders,
            framed: page.framed,
            mentions: page.mentions,
            modules: page.modules.filter(|_| language == Language::Html),
            pieces: page.pieces,
            reaches: page.reaches,
            references: page.references,
            shows_markdown: shows_markdown(text),
            spoken: spoken::of(text)
                .into_iter()
                .chain(paths_in(page.policies.strip_prefix(extras.policies).unwrap_or_default()).map(Spoken::End))
                .collect(),
            unknown: page.unknown,
            ..Parsed::default()
        };
        return (parsed, lists_digests(&page.policies));
    }
    let plain = |references| Parsed { references, ..Parsed::default() };
    let read = match language {
        Language::Css => Ok(Parsed { spoken: spoken::of(text), ..plain(css::references(text)) }),
        Language::JavaScript => js::read(text).map(|js::Script { pieces, reaches, references, unknown, .. }| Parsed {
            digests: digests_in(text),
            finds_itself: registers_itself(text) || itself::finds_itself(text, path),
            is_chunk: is_chunk(text),
            is_worker: rivals::is_worker(text),
            mentions: mentioned::of(text),
            only_leaves: rivals::only_leaves(path, text),
            pieces,
            reaches,
            references,
            shows_markdown: shows_markdown(text),
            spoken: spoken::of(text),
            unknown,
            ..Parsed::default()
        }),
        Language::WebManifest => web_manifest::references(text).map(plain),
        _ => pointed_at(text, extras.pointers).map(plain),
    };
    let mut parsed = read.unwrap_or_else(|reason| unreadable(bytes, 0, reason));
    // What was put together out of files with maps has several: the last one counts.
    let last = parsed.references.iter().rposition(|one| one.kind == Kind::SourceMap);
    let mut at = 0..;
    parsed.references.retain(|one| at.next() == last || one.kind != Kind::SourceMap);
    (parsed, false)
}

fn unreadable(bytes: &[u8], at: usize, reason: String) -> Parsed {
    Parsed { faults: vec![(Place::of(bytes, &(at..at)), reason)], ..Parsed::default() }
}

/// The references of a JSON file at places that the site names.
fn pointed_at(text: &str, pointers: &[String]) -> Result<Vec<Reference>, String> {
    let mut found = Vec::new();
    for pointer in pointers {
        let parts: Vec<String> =
            pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
        let path: Vec<&str> = parts.iter().map(String::as_str).collect();
        found.extend(json::strings(text, &[Wanted { path: &path, part: Part::Value }])?);
    }
    found.sort_by_key(|one| one.span.start);
    found.dedup_by_key(|one| one.span.start);
    Ok(found.into_iter().map(|one| Reference::new(Kind::Url, Notation::Json, one.span, one.text)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_read_where_pointers_lead() {
        let json =
            r#"{"hero": "a.png", "list": [{"src": "b.png", "alt": "c.png"}, {"src": 7}], "a/b": {"~": "d.png"}}"#;
        let cases: [(&[&str], &[&str]); 6] = [
            (&["/hero"], &["a.png"]),
            (&["/list/*/src"], &["b.png"]),
            (&["/list/*/src", "/hero", "/hero"], &["a.png", "b.png"]),
            (&["/a~1b/~0"], &["d.png"]),
            (&["/none", "/list/*/none"], &[]),
            (&[], &[]),
        ];
        for (pointers, expected) in cases {
            let pointers: Vec<String> = pointers.iter().map(|pointer| (*pointer).to_owned()).collect();
            let parsed = parse("data/x.json", json.as_bytes(), &Extras { pointers: &pointers, ..Extras::default() });
            let urls: Vec<_> = parsed.references.iter().map(|reference| reference.url.as_str()).collect();
            assert_eq!(urls, expected, "{pointers:?}");
        }
        let broken = parse("x.json", b"{", &Extras { pointers: &["/a".to_owned()], ..Extras::default() });
        assert_eq!((broken.references.len(), broken.faults.len()), (0, 1));
    }
}
