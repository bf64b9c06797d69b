//! Texts in scripts that look like paths: `fetch('data/items.json')`, `image.src = 'img/a.png'`. Where such a text leads
//! depends on where it is used, so it stays as it is; but a page that has loaded the script may load that as well.
//!
//! That is read off the text alone, as what is [spoken of](super::spoken) is. What stands for something that is only known
//! at run time is a `*`: `` `levels/${n}.json` ``, `"tiles/" + n + ".png"`. Places that have a name (`"locales/{{language}}.json"`) stay as
//! they are: what fills them in may be anything.

use std::collections::BTreeSet;

use memchr::{memchr_iter, memchr3_iter, memrchr};

use super::amd;
use super::called::{Names, alone, name_of};
use super::ends::{self, GUESS, end_alone};
use super::escapes::unescaped;
use super::patterns::Pattern;
use crate::build::name::Language;
use crate::build::read::parse::Parsed;
use crate::build::reference::{Kind, Reference};
use crate::build::site::resolve::{self, Target};
use crate::build::spelling::Notation;

/// How long such a text may be, in bytes; and how long what stands between two that are put together.
const LONG: usize = 200;
const BETWEEN: usize = 60;

/// How long the end of a name is with its dot at the most ([`is_loadable`]).
const EXTENSION: usize = 12;

/// How texts are put together for browsers that have no templates.
const CONCAT: &str = ".concat(";

/// How long a file of data may be, in bytes: no longer than what is installed because it is mentioned.
const DATA: u64 = 2 << 20;

/// Of how many such texts a path may be put together.
const PIECES: usize = 8;

/// What a path begins with whose folder is not known.
const ANYWHERE: &str = "*/";

/// How many a file may have, and how many of them may be folders that others are put behind.
const LIMIT: usize = 4_000;
const FOLDERS: usize = 16;

/// How the names end of what people ask for: no page is incomplete without it.
const ON_DEMAND: [&str; 22] = [
    "7z", "apk", "avi", "bz2", "dmg", "docx", "epub", "exe", "flac", "gz", "iso", "m4v", "map", "mkv", "mov", "mp4",
    "msi", "ogv", "pdf", "tar", "webm", "zip",
];

/// What a script's text has of these, without order. Folders end with a slash.
pub(in crate::build) fn of(text: &str) -> Vec<String> {
    let text = &*unescaped(text);
    let meant = amd::texts(text);
    let quotes = memchr3_iter(b'"', b'\'', b'`', text.as_bytes());
    let mut ends = BTreeSet::new();
    let texts = quotes.clone().flat_map(|quote| {
        let plain = literal(text, quote);
        let path = plain.map(|(_, path)| amd::behind_plugins(path));
        let has_places = |path: &&str| path.contains(['{', '}']);
        let own = path.filter(|path| (is_loadable(path) && !has_places(path)) || is_folder(path)).map(str::to_owned);
        let modules = path.into_iter().flat_map(|path| amd::files(path, meant));
        let joined = plain.and_then(|(start, end)| joined(text, start, end));
        let rooted = joined.as_ref().and_then(|(_, rooted)| rooted.clone()).and_then(anywhere);
        let template = || template(text, quote);
        let behind = || plain.filter(|(start, _)| is_behind(text, *start)).map(|(_, path)| ["*", path].concat());
        let with_places = || path.filter(has_places).map(str::to_owned);
        let pattern = joined.map(|(pattern, _)| pattern).or_else(template).or_else(behind).or_else(with_places);
        ends.extend(pattern.as_deref().and_then(end_alone));
        let pattern = pattern.and_then(anywhere).filter(|pattern| is_loadable(pattern));
        own.into_iter().chain(modules).chain(pattern).chain(rooted.filter(|pattern| is_loadable(pattern)))
    });
    let mut found: BTreeSet<String> = BTreeSet::new();
    take(&mut found, texts);
    take(&mut found, ends::names(&ends, quotes.filter_map(|quote| Some(literal(text, quote)?.1))).into_iter());
    found.into_iter().collect()
}

fn take(found: &mut BTreeSet<String>, texts: impl Iterator<Item = String>) {
    for text in texts {
        if found.len() == LIMIT {
            return;
        }
        found.insert(text);
    }
}

/// What a file of data tells by itself, as far as pages may load it: maps name their tiles, models their textures. Nothing in it is
/// put together, and there is much of it.
pub(in crate::build) fn of_data(bytes: &[u8]) -> Vec<String> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Vec::new() };
    let text = &*unescaped(text);
    let texts = memchr_iter(b'"', text.as_bytes()).filter_map(|quote| {
        // Most texts are no names, and few of the others are told from these by more than their ends.
        let end = &text.as_bytes()[quote.saturating_sub(EXTENSION)..quote];
        let (_, path) = literal(text, quote).filter(|_| memrchr(b'.', end).is_some())?;
        let pattern = if path.contains(['{', '}']) { anywhere(path.to_owned())? } else { path.to_owned() };
        is_loadable(&pattern).then_some(pattern)
    });
    texts.collect::<BTreeSet<String>>().into_iter().collect()
}

/// Leaves of what data tells what may be about files of the site, whose names `is_name` knows: the frames of an atlas are called as files
/// are, and there may be thousands.
pub fn keep_named(parsed: &mut Parsed, is_name: impl Fn(&str) -> bool) {
    parsed.mentions.retain(|text| text.contains(['*', '{']) || is_name(name_of(text)));
    parsed.mentions.truncate(LIMIT);
}

/// Whether a file of this length holds such data.
pub fn is_data(path: &str, length: u64) -> bool {
    let ends = [".gltf", ".json"].iter().any(|end| path.ends_with(end));
    ends && length <= DATA && Language::of(path) == Language::Other
}

/// The text between quotes, the second of which is at `quote`, and where it begins.
fn literal(text: &str, quote: usize) -> Option<(usize, &str)> {
    let bytes = text.as_bytes();
    // In a text within a text, the quotes have a backslash in front of them.
    let end = quote - usize::from(bytes[..quote].ends_with(b"\\"));
    let length = bytes[end.saturating_sub(LONG)..end].iter().rev().take_while(|b| is_of_path(**b)).count();
    let start = end - length;
    let is_quoted = length > 0 && bytes[..start].ends_with(&bytes[end..=quote]);
    text.get(start..end).filter(|_| is_quoted).map(|path| (start, path))
}

/// The path that ends with the text which begins at `start`: of what is put together, a `*` for each that is not known. One from the
/// root may be from elsewhere, if it is put behind something: that one as well.
fn joined(text: &str, start: usize, end: &str) -> Option<(String, Option<String>)> {
    let (mut start, mut front, mut unknown) = before(text, start)?;
    let mut pattern = [front, unknown, end].concat();
    for _ in 2..PIECES {
        let Some(more) = before(text, start) else { break };
        (start, front, unknown) = more;
        pattern.insert_str(0, &[front, unknown].concat());
    }
    let is_rooted = pattern.starts_with('/') && is_behind(text, start);
    let rooted = is_rooted.then(|| ["*", &pattern].concat());
    Some((pattern, rooted))
}

/// Whether the text that begins at `start` is put behind something: `a + "b.js"`, and `"".concat(a, "b.js")`, which templates
/// become for old browsers, also as one of two (`c ? "b.js" : "d.js"`).
fn is_behind(text: &str, start: usize) -> bool {
    let before = text[..start - 1].trim_end();
    let is_argument = || {
        let near = &before[before.floor_char_boundary(before.len().saturating_sub(LONG))..];
        near.rfind(CONCAT).is_some_and(|at| !near[at..].contains(';'))
    };
    before.ends_with('+') || (before.ends_with([',', '?', ':']) && is_argument())
}

/// The text that another one, which begins at `start`, is put behind, with something in between: where it begins, and what
/// stands for that.
fn before(text: &str, start: usize) -> Option<(usize, &str, &'static str)> {
    let from = text.floor_char_boundary(start.saturating_sub(BETWEEN + LONG));
    let between = text[from..start - 1].trim_end();
    let is_sum = between.ends_with('+');
    let between = between.strip_suffix(['+', ','])?.trim_end();
    let of_names = |c: char| c.is_ascii_alphanumeric() || "_$.[]()+ ".contains(c);
    let front = between.trim_end_matches(of_names);
    let names = between[front.len()..].trim_start();
    let names = if is_sum { names.strip_prefix('+') } else { names.trim_start_matches(')').strip_prefix(CONCAT) };
    let names = names.filter(|names| names.len() <= BETWEEN)?;
    let quote = front.len().checked_sub(1).filter(|at| b"\"'`".contains(&front.as_bytes()[*at]))?;
    let (start, path) = literal(front, quote)?;
    Some((from + start, path, if names.contains('+') { "**" } else { "*" }))
}

/// The template that ends at `quote`, with `*` for what is put into it.
fn template(text: &str, quote: usize) -> Option<String> {
    if text.as_bytes()[quote] != b'`' {
        return None;
    }
    let all = &text[text.floor_char_boundary(quote.saturating_sub(LONG))..quote];
    let mut pieces = all[all.rfind('`')? + 1..].split("${");
    let mut pattern = pieces.next()?.to_owned();
    for piece in pieces {
        pattern.extend(["*", piece.split_once('}')?.1]);
    }
    let is_path = pattern.bytes().all(|b| b == b'*' || is_of_path(b));
    (is_path && pattern.contains('*')).then_some(pattern)
}

/// A pattern, which begins with [`ANYWHERE`] if it does with something that is not known: that is where a folder is. Where no name
/// of a file or of a folder follows it may be anything, and so may what begins with a place that has a name.
fn anywhere(pattern: String) -> Option<String> {
    let starred = starred(&pattern)?;
    let known = |pattern: &str| pattern.split('*').next().unwrap_or_default().trim_start_matches(['.', '/']).to_owned();
    let Some(rest) = starred.strip_prefix('*').map(|rest| rest.trim_start_matches('/')) else {
        let has_name = starred == pattern || !known(&starred).is_empty();
        return has_name.then_some(pattern);
    };
    let has_name = !rest.contains('*') || known(rest).contains('/');
    has_name.then(|| [ANYWHERE, rest].concat())
}

/// A text with `*` for each place in it that has a name: `{{lng}}/{{ns}}.json`, `{z}/{x}.png`. Other braces are of no path.
fn starred(text: &str) -> Option<String> {
    let mut pieces = text.split('{');
    let mut pattern = pieces.next()?.to_owned();
    for piece in pieces.filter(|piece| !piece.is_empty()) {
        let (name, rest) = piece.split_once('}')?;
        let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_. ".contains(&b));
        is_name.then_some(())?;
        pattern.extend(["*", rest.strip_prefix('}').unwrap_or(rest)]);
    }
    (!pattern.contains('}')).then_some(pattern)
}

fn is_of_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii() || b"-_./~%@+?=&:#,(){}! ".contains(&byte)
}

/// Whether a path ends as files do that pages load; others are nobody's business.
pub(super) fn is_loadable(path: &str) -> bool {
    let Some((stem, extension)) = name_of(path).rsplit_once('.') else { return false };
    let is_extension = matches!(extension.len(), 2..=11) && extension.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_name = is_extension && extension.starts_with(|c: char| c.is_ascii_lowercase()) && !stem.is_empty();
    is_name && !ON_DEMAND.contains(&extension)
}

fn is_folder(path: &str) -> bool {
    path.len() > 2 && path.ends_with('/') && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b))
}

/// What the texts of a file may lead to.
#[derive(Debug, Default)]
pub(in crate::build) struct Mentions {
    pub(in crate::build) files: BTreeSet<String>,
    /// Files that it may be about, which says nothing of who loads them by which name: those of data, and those whose
    /// folder is not known.
    pub(in crate::build) hints: BTreeSet<String>,
    /// Files whose names may be in two pieces ([`ends`]).
    pub(in crate::build) guesses: BTreeSet<String>,
    /// What is known of the paths of others.
    pub(in crate::build) patterns: Vec<Pattern>,
}

/// What the texts of the file at `path` may lead to. They may start from any of the folders that it is in (where its page is, say),
/// or from one that stands beside them.
pub(in crate::build) fn mentioned<T>(
    site: &resolve::Site<'_, T>,
    names: &Names<'_>,
    path: &str,
    parsed: &Parsed,
) -> Mentions {
    let base = parsed.base.as_deref();
    let slashes = path.rmatch_indices('/').map(|(at, _)| path[..=at].to_owned());
    let own = slashes.chain([String::new()]).take(if Language::of(path) == Language::Html { 1 } else { FOLDERS });
    let mut folders: Vec<String> = own.collect();
    let texts = || parsed.mentions.iter().filter(|text| !text.ends_with('/'));
    let beside = parsed.mentions.iter().filter(|text| text.ends_with('/')).filter_map(|text| {
        let start = [text, "*"].concat();
        let of = |folder: &String| Some(site.reach(folder, base, &as_relative(&start))?.0);
        folders.iter().filter_map(of).find(|found| !found.is_empty() && has_files(site, found))
    });
    let beside: Vec<String> = beside.take(FOLDERS).collect();
    // What any word may name is looked for where the script lies, not in all folders that it is in.
    let of_guesses: Vec<String> = folders.iter().take(1).chain(&beside).cloned().collect();
    folders.extend(beside);

    // What scripts refer to is rewritten there.
    let in_code = parsed.references.iter().filter(|reference| reference.notation == Notation::Code);
    let referred: BTreeSet<&str> = in_code.map(|reference| reference.url.as_str()).collect();
    let Mentions { mut files, mut hints, mut guesses, mut patterns } = Mentions::default();
    let file_at = |folder: &String, text: &str| {
        let reference = Reference::new(Kind::Url, Notation::Code, 0..0, text);
        match site.target(folder, base, &reference) {
            Target::File(target) if target != path => Some(target),
            _ => None,
        }
    };
    // Most are no file's: that need not be asked for each folder.
    let may_be = |text: &&String| text.contains(['*', '%', '{']) || names.contains_key(name_of(text));
    // An element may have the same text that an import has.
    let made = parsed.pieces.made.iter();
    for text in texts().filter(|text| !referred.contains(text.as_str())).chain(made).filter(may_be) {
        if let Some(rest) = text.strip_prefix(ANYWHERE) {
            let is_whole = !rest.contains('*');
            patterns.extend(if is_whole { Pattern::anywhere(rest, names) } else { Pattern::in_folder(rest, names) });
            continue;
        }
        let Some(pattern) = starred(text) else { continue };
        if pattern.contains('*') {
            let reaches = folders.iter().filter_map(|folder| site.reach(folder, base, &as_relative(&pattern)));
            let known = |(start, _)| Pattern::new(start, &pattern);
            patterns.extend(reaches.map(known).map(|known| if pattern == *text { known } else { known.guessed() }));
            continue;
        }
        match folders.iter().find_map(|folder| file_at(folder, text)) {
            Some(target) => _ = files.insert(target),
            None => hints.extend(elsewhere(text, names).filter(|found| *found != path).map(str::to_owned)),
        }
    }
    let guessed = texts().filter_map(|text| text.strip_prefix(GUESS)).filter(|text| names.contains_key(name_of(text)));
    guesses.extend(guessed.filter_map(|text| of_guesses.iter().find_map(|folder| file_at(folder, text))));
    if Language::of(path) == Language::Other {
        hints.append(&mut files);
    }
    Mentions { files, hints, guesses, patterns }
}

/// The file that a text names whose folder another one says (`{ path: "img/icons", files: ["route.svg"] }`), if one alone is called so.
/// What begins at the root is there or nowhere.
fn elsewhere<'n>(text: &str, names: &Names<'n>) -> Option<&'n str> {
    let end = text.trim_start_matches("./").trim_start_matches("../");
    (!end.is_empty() && !end.starts_with('/')).then(|| alone(end, names))?
}

/// As a URL is written that begins where the file is that it stands in.
fn as_relative(url: &str) -> String {
    if url.starts_with(['/', '.']) { url.to_owned() } else { ["./", url].concat() }
}

fn has_files<T>(site: &resolve::Site<'_, T>, folder: &str) -> bool {
    site.files.range(folder.to_owned()..).next().is_some_and(|(path, _)| path.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_look_like_paths_are_found() {
        let cases: [(&str, &[&str]); 30] = [
            ("fetch('data/items.json')", &["data/items.json"]),
            ("image.src = \"../img/a.png?v=1#x\"", &["../img/a.png?v=1#x"]),
            ("load(`/sprites/tiles@2x.webp`, 'b.glb')", &["/sprites/tiles@2x.webp", "b.glb"]),
            ("load(`img/${name}.png`); f(`${base}/b.png`)", &["*/b.png", "img/*.png"]),
            (
                "f(base + '/b.png'); g(base+'c.png', `${a}/${b}.png`, a * '/d.png')",
                &["*/b.png", "*/c.png", "/b.png", "/d.png", "c.png"],
            ),
            ("import(`${base}app.mjs`); f(`${n}.json`, `${n}-1.json`); g(base+'.css')", &["*/-1.json", "*/app.mjs"]),
            (
                "x = 'tiles/thumb-' + i + '.png'; y='a/'+f(n)[1]+'-2.json'",
                &["-2.json", "a/*-2.json", "tiles/thumb-*.png"],
            ),
            ("'z/' + a + b() + '.png'; 'x/'+y+'/'+z + '.svg'", &["x/*/*.svg", "z/**.png"]),
            ("a ? 'bb/' : c + '.png'; f('dd/', e + '.png'); 'gg/' + h, i + '.png'", &["bb/", "dd/", "gg/"]),
            ("setPath('assets/'); image('sky', 'my sky.png')", &["assets/", "my sky.png"]),
            ("define(['./a', 'lib/b'], f)", &["./a.js", "lib/b.js"]),
            ("f(['./a', 'lib/b'])", &[]),
            ("x = 'a' + '.png' + 'b.png\"", &["?a.png"]),
            ("'see a.png' 'a.png is' 'über.svg'", &["see a.png", "über.svg"]),
            ("f('a.mp3', 'b.mp4', 'c.pdf', 'd.html', 'e.js.map', 'f.zip')", &["a.mp3", "d.html"]),
            ("e.name = 'e.Name'; x('v1.2'); y('a.b')", &[]),
            ("'font.woff2' \"app.webmanifest\"", &["app.webmanifest", "font.woff2"]),
            ("'https://cdn.example/a.js'", &["https://cdn.example/a.js"]),
            ("'", &[]),
            ("a.png'a.png'", &["a.png"]),
            (r#"f({"a":"\/img\/a.png"}, "r\xe9sum\u00e9.txt", '\u{fc}.svg')"#, &["/img/a.png", "résumé.txt", "ü.svg"]),
            (
                "f('/l/{{lng}}/{{ns}}.json?v=1', 'tiles/{z}/{x}.png', 'a{n}.png')",
                &["/l/{{lng}}/{{ns}}.json?v=1", "a{n}.png", "tiles/{z}/{x}.png"],
            ),
            ("f('/{a}/{b}.json', './{n}.png', '{p}./{n}.js', `${a}/../${b}.json`, `${a}./${b}.json`, '{a}.json')", &[]),
            ("f(`${base}l/{{lng}}.json`, `${a}/x/${b}.png`, `${a}/${b}/c.png`)", &["*/l/*.json", "*/x/*.png"]),
            ("f('a{b:c}.png', '{a.png', 'a}.png', '@media{a{b:c}}')", &[]),
            ("f(b + '/x/' + n + '.js', '/y/' + n + '.js')", &["*/x/*.js", "/x/", "/x/*.js", "/y/", "/y/*.js"]),
            (
                "f(\"\".concat(t.cdn,\"/js/\").concat(e.icon,'.js')); g(''.concat(b, '/d/a.js')); 'p/'.concat(n, \".png\")",
                &["*/d/a.js", "*/js/*.js", "/d/a.js", "/js/", "/js/*.js", "p/*.png"],
            ),
            (
                "\"\".concat(f.replace(/\\/$/,\"\"),l?e?\"/a.wasm.js\":\"/b.js\":c)",
                &["*/a.wasm.js", "*/b.js", "/a.wasm.js", "/b.js"],
            ),
            ("f(a.concat(b); c, '/a.js'); l ? '/b.js' : 0", &["/a.js", "/b.js"]),
            (r#"push([1, "x:[\"/a/b.css\", \"c.css\"]"])"#, &["/a/b.css", "c.css"]),
        ];
        for (text, expected) in cases {
            assert_eq!(of(text), expected, "{text}");
        }
        assert!(of(&["'", &"a".repeat(LONG), ".png'"].concat()).is_empty());
        let many: String = (0..3 * LIMIT).map(|n| format!("'{n}.png' ")).collect();
        assert_eq!(of(&many).len(), LIMIT);
    }
}
