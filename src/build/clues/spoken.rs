//! Names that scripts, style sheets and pages speak of where they look for what has them: `[src$="site.css"]`,
//! `/lib\.js$/`, `src === "sun.png"`, `src.replace("_off.png", "_on.png")`. What has such a name keeps it, for with a
//! fingerprint in it nobody would find it.
//!
//! That is read off the text alone, in whatever language it is. What is put together at run time is not seen.

use regex_automata::meta::{Config, Regex};
use regex_automata::util::syntax;
use serde::{Deserialize, Serialize};

use super::turns::{Turn, turns};
use crate::build::text::places;
use crate::manifest::fingerprinted;

/// What something is looked for by.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Spoken {
    /// A text that its URL holds.
    Held(String),
    /// A text that its URL ends with.
    End(String),
    /// A regular expression that its URL matches.
    Matched(String),
    /// Its whole path, from the root of the host.
    Path(String),
    /// What becomes something else in it, so that it leads to another file.
    Turned(Turn),
}

/// How long a name may be, or a regular expression on either side of an extension, in bytes.
pub(in crate::build) const LONG: usize = 120;

/// How many names a file may speak of.
const LIMIT: usize = 1_000;

/// Functions that look into a URL for a part of it.
const SEARCHES: [&str; 8] = ["endsWith", "includes", "indexOf", "lastIndexOf", "match", "replace", "search", "split"];

/// What a text speaks of, without order.
pub(in crate::build) fn of(text: &str) -> Vec<Spoken> {
    let mut found: Vec<Spoken> = selectors(text).chain(started(text)).collect();
    // Of what names are read off, `background-image` among it.
    if ["src", "href", "URL", "url", "mage"].iter().any(|word| places(text, word).next().is_some()) {
        found.extend(compared(text).chain(searched(text)).filter_map(|name| name_of(name).map(Spoken::End)));
        found.extend(expressions(text).map(Spoken::Matched));
        found.extend(turns(text).map(Spoken::Turned));
    }
    found.sort();
    found.dedup();
    found.truncate(LIMIT);
    found
}

/// A name, or the end of one, in which a fingerprint would stand: not an extension alone, which stays at the end.
fn name_of(text: &str) -> Option<String> {
    let name = text.trim_start_matches("./").trim_start_matches("../").split(['?', '#']).next()?;
    let (stem, extension) = name.rsplit_once('.')?;
    let is_plain = |c: char| !c.is_control() && !"<>\"'`{}()*|+,;\\ ".contains(c);
    let has_stem = stem.ends_with(|c: char| c.is_alphanumeric() || "-_".contains(c)) && !stem.starts_with('.');
    let is_extension = matches!(extension.len(), 2..=5) && extension.chars().all(|c| c.is_ascii_alphanumeric());
    (has_stem && is_extension && name.chars().all(is_plain)).then(|| name.to_owned())
}

/// Selectors by attributes: `[src$="a.js"]`, as style sheets have them, and scripts in texts.
fn selectors(text: &str) -> impl Iterator<Item = Spoken> {
    const ATTRIBUTES: [&str; 9] =
        ["[data", "[href", "[imagesrcset", "[poster", "[src", "[srcset", "[style", "[*|href", "[xlink\\:href"];
    let all = ATTRIBUTES.into_iter().flat_map(|start| places(text, start).map(move |at| at + start.len()));
    all.filter_map(|at| {
        let rest = text.get(at..text.floor_char_boundary(at + LONG))?.trim_start();
        let (operator, rest) = rest.split_once('=')?;
        let rest = rest.trim_start().trim_start_matches('\\');
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
        let value = match quote {
            Some(quote) => rest[1..].split([quote, '\\']).next()?,
            None => rest.split([']', ' ']).next()?,
        };
        let name = name_of(value)?;
        match operator.trim_end() {
            "*" | "^" => Some(Spoken::Held(name)),
            "" | "$" => Some(Spoken::End(name)),
            _ => None,
        }
    })
}

/// Scripts that are run apart by names that are relative to a page, which is not known here: `new Worker("js/a.js")`,
/// `addModule("a.js")` of worklets. A worker's path from the root is read as a reference (`js.rs`).
fn started(text: &str) -> impl Iterator<Item = Spoken> {
    let all =
        ["Worker(", "addModule("].into_iter().flat_map(|way| places(text, way).map(move |at| (way, at + way.len())));
    all.filter_map(|(way, at)| {
        let path = literal(text[at..].trim_start()).filter(|path| way != "Worker(" || !path.starts_with('/'))?;
        Some(Spoken::End(["/", &name_of(path.trim_start_matches('/'))?].concat()))
    })
}

/// Texts that something is compared with.
fn compared(text: &str) -> impl Iterator<Item = &str> {
    let all = places(text, "==").chain(places(text, "!=")).chain(places(text, "case"));
    all.flat_map(|at| {
        // No further, however long a row of these is.
        let behind = &text[at..text.floor_char_boundary(at + LONG)];
        let before = &text[text.floor_char_boundary(at.saturating_sub(LONG))..at];
        let behind = behind.trim_start_matches("case").trim_start_matches(['!', '=']).trim_start();
        [literal(behind), literal_before(before.trim_end())].into_iter().flatten()
    })
}

/// Texts that something is searched for.
fn searched(text: &str) -> impl Iterator<Item = &str> {
    let all = ["(\"", "('", "(`"].into_iter().flat_map(|open| places(text, open));
    all.filter(|at| SEARCHES.iter().any(|name| text[..*at].ends_with(name))).filter_map(|at| literal(&text[at + 1..]))
}

/// The text between quotes that begins here.
pub(in crate::build) fn literal(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let rest = &text[1..text.floor_char_boundary(LONG.min(text.len()))];
    rest.find(quote).map(|end| &rest[..end])
}

/// The text between quotes that ends here.
fn literal_before(text: &str) -> Option<&str> {
    let quote = text.chars().next_back().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let text = &text[text.floor_char_boundary(text.len().saturating_sub(LONG))..text.len() - 1];
    text.rfind(quote).map(|start| &text[start + 1..])
}

/// Regular expressions with an extension in them.
fn expressions(text: &str) -> impl Iterator<Item = String> {
    places(text, "\\.").filter_map(|at| {
        let extension = text[at + 2..].bytes().take_while(u8::is_ascii_alphanumeric).count();
        if !matches!(extension, 2..=5) {
            return None;
        }
        let before = &text[text.floor_char_boundary(at.saturating_sub(LONG))..at];
        let behind = &text[at..text.floor_char_boundary((at + LONG).min(text.len()))];
        // A slash that nothing stands before that could be divided begins one.
        let begins = |(slash, _): &(usize, &str)| {
            let lead = before[..*slash].trim_end_matches(' ');
            lead.is_empty()
                || lead.ends_with("return")
                || lead.ends_with(['(', ',', '=', '>', ':', '[', '!', '&', '|', '?', '{', '}', ';', '\n'])
        };
        let start = before.rmatch_indices('/').find(begins)?.0 + 1;
        let end = end_of_expression(behind)?;
        let ignores_case = behind[end + 1..].chars().take_while(char::is_ascii_lowercase).any(|flag| flag == 'i');
        Some([if ignores_case { "(?i)" } else { "" }, &before[start..], &behind[..end]].concat())
    })
}

/// Where a regular expression ends that goes on here: at a slash that is no part of it.
pub(in crate::build) fn end_of_expression(text: &str) -> Option<usize> {
    let (mut is_class, mut is_escaped) = (false, false);
    let line = text.split('\n').next().unwrap_or_default();
    line.bytes().position(|byte| {
        let ends = byte == b'/' && !is_class && !is_escaped;
        is_class = !is_escaped && (byte == b'[' || (is_class && byte != b']'));
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    })
}

/// Those that look for something, ready to be asked about many paths.
pub(in crate::build) struct Seeker<'s> {
    spoken: &'s Spoken,
    regex: Option<Regex>,
    /// A regular expression without its escapes, in lower case: the word that a name begins with has to stand in it.
    plain: String,
}

impl<'s> Seeker<'s> {
    pub(in crate::build) fn new(spoken: &'s Spoken) -> Self {
        let source = match spoken {
            Spoken::Matched(source) => source,
            Spoken::Turned(turn) if turn.is_expression => &turn.from,
            _ => return Self { spoken, regex: None, plain: String::new() },
        };
        let bytes = syntax::Config::new().unicode(false).utf8(false);
        let config = Config::new().utf8_empty(false).nfa_size_limit(Some(1 << 18));
        // What is no regular expression here (one that looks ahead) is not known to match anything.
        let regex = Regex::builder().syntax(bytes).configure(config).build(source).ok();
        Self { spoken, regex, plain: source.replace('\\', "").to_ascii_lowercase() }
    }

    /// Whether it would find a file by its own name, and not with a fingerprint.
    pub(in crate::build) fn loses(&self, file: &Names<'_>) -> bool {
        let finds = |path: &str| match self.spoken {
            Spoken::Held(part) => path.contains(part.as_str()),
            Spoken::End(end) => path.ends_with(end.as_str()),
            Spoken::Path(whole) => path == whole,
            Spoken::Matched(_) => {
                let names_it = |word: &String| self.plain.contains(word.as_str());
                let regex = self.regex.as_ref().filter(|_| file.word.as_ref().is_some_and(names_it));
                regex.is_some_and(|regex| regex.is_match(path) || regex.is_match(name(path)))
            }
            Spoken::Turned(_) => false,
        };
        finds(&file.own) && !finds(&file.fingerprinted)
    }

    /// The path of the file that it makes of another one's URL; nothing if it leaves that as it is, or makes the same of it
    /// with a fingerprint (all behind the last slash is cut off, say).
    pub(in crate::build) fn turned(&self, file: &Names<'_>) -> Option<String> {
        let turned = self.of_url(&file.own)?;
        let is_lost = turned != file.own && self.of_url(&file.fingerprinted).as_ref() != Some(&turned);
        turned.strip_prefix(file.base).filter(|_| is_lost).map(str::to_owned)
    }

    /// Whether it makes one of the other whatever its name, if that is so long.
    pub(in crate::build) fn knows_only_lengths(&self, path: &str, other: &str) -> bool {
        let Spoken::Turned(turn) = self.spoken else { return false };
        turn.is_by_length() && name(other) == turn.to.trim_start_matches("${1}") && name(path) != name(other)
    }

    /// What it makes of a URL.
    fn of_url(&self, url: &str) -> Option<String> {
        let Spoken::Turned(Turn { from, to, is_expression }) = self.spoken else { return None };
        let (span, new) = if *is_expression {
            let mut groups = self.regex.as_ref()?.create_captures();
            self.regex.as_ref()?.captures(url, &mut groups);
            let mut new = Vec::new();
            groups.interpolate_bytes_into(url.as_bytes(), to.as_bytes(), &mut new);
            // Expressions see bytes, of which a group may have some of a character's.
            (groups.get_match()?.range(), String::from_utf8(new).ok()?)
        } else {
            let start = url.find(from.as_str())?;
            (start..start + from.len(), to.clone())
        };
        Some([url.get(..span.start)?, &new, url.get(span.end..)?].concat())
    }
}

/// The paths by which a file may be found, from the root of the host.
pub(in crate::build) struct Names<'b> {
    /// The path of the site's root there.
    base: &'b str,
    own: String,
    fingerprinted: String,
    /// What its name begins with, in lower case. A single letter stands in any regular expression.
    word: Option<String>,
}

impl<'b> Names<'b> {
    pub(in crate::build) fn of(base: &'b str, path: &str) -> Self {
        let own = [base, path].concat();
        let fingerprinted = fingerprinted(&own, "0123456789abcdef0123");
        let word = name(&own).split('.').next().filter(|word| word.len() > 1).map(str::to_ascii_lowercase);
        Self { base, own, fingerprinted, word }
    }
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_becomes_another_file_is_known() {
        let cases = [
            ("this.src=this.src.replace('_off','_on')", "img/a_off.png", Some("img/a_on.png")),
            ("e.src = e.src.replace( \"/thumb/\", `/full/` )", "p/thumb/1.jpg", Some("p/full/1.jpg")),
            ("theme.href.replaceAll(/light/g, 'dark')", "css/light.css", Some("css/dark.css")),
            ("i.src.replace('.png', '-hover.png')", "b.png", Some("b-hover.png")),
            ("i.src.replace(/(\\.\\w+)$/, '@2x$1')", "b.png", Some("b@2x.png")),
            ("i.src.replace(/\\.(png|jpe?g)$/i, '.webp')", "b.JPG", Some("b.webp")),
            ("img.src.split('.png')[0] + '-large.png'", "b.png", Some("b-large.png")),
            ("a.src.replace('-min', '')", "a-min.css", Some("a.css")),
            ("i.src.split('.')[0] + '.webp'", "img/b.min.png", None),
            ("i.src.split('_off')[0] + '_on.png'", "b_off.gif", None),
            ("i.src.slice(0,-4)+'-on.png'", "img/b.gif", Some("img/b-on.png")),
            ("i.src = i.src.slice( 0, -8 ) + `_on.png`", "b_off.png", Some("b_on.png")),
            ("i.src=`${i.src.slice(0, -4)}@2x.png`", "b.png", Some("b@2x.png")),
            ("i.src.substr(0, s.length - 3) + 'webp'", "b.png", Some("b.webp")),
            ("s=i.src;s.substring(0,s.lastIndexOf('.'))+'_on.png'", "a.b/c.d.png", Some("a.b/c.d_on.png")),
            (
                "s=i.src;s.substring(0,s.lastIndexOf('.')) + '_on' + s.substring(s.lastIndexOf('.'))",
                "b.gif",
                Some("b_on.gif"),
            ),
            ("s=i.src;s.slice(0, s.indexOf('.png'))+'-x.png'", "b.png", Some("b-x.png")),
            ("s=i.src;s.substring(0,s.lastIndexOf('/'))+'/c.png'", "x/b.png", None),
            ("i.src.slice(0, n) + '-on.png'; i.src.slice(0,-4) + x", "b.png", None),
            ("i.src.slice(0, -99) + '-on.png'; i.src.slice(0, -0) + 'x'", "b.png", None),
            ("i.src.replace(/(.)\\.png$/, '$1-on.png')", "img/\u{e9}.png", None),
            ("i.src.replace(/\\.jpe?g$/i, '.jpg')", "b.jpg", None),
            ("a.src.replace('_off', on)", "a_off.png", None),
            ("a.src.replace('&', '&amp;')", "a&b.png", None),
            ("a.src.replace('', 'x')", "a.png", None),
        ];
        for (text, path, expected) in cases {
            let spoken = of(text);
            let turned: Vec<_> =
                spoken.iter().filter_map(|one| Seeker::new(one).turned(&Names::of("/", path))).collect();
            let is_known = expected.map_or(turned.is_empty(), |path| turned.iter().any(|turned| turned == path));
            assert!(is_known, "{text}: {turned:?} {spoken:?}");
        }
    }

    #[test]
    fn what_is_looked_for_by_its_name_is_known() {
        let cases = [
            // what is said                                                        who keeps its name
            ("document.querySelector('link[href$=\"leaflet.css\"]')", &["x/leaflet.css"][..]),
            ("$(\"script[src$='js/docs.js']\")[0].src", &["js/docs.js"]),
            ("q(\"script[src*=\\\"kit.js\\\"]\")", &["lib/kit.js"]),
            ("img[src$=\"s.png\"], a[href$=.pdf] { border: 0 }", &["img/minus.png", "img/s.png"]),
            ("[style*=\"x/leaflet.css\"], object[data$='docs.js'], [data-x='s.css']", &["js/docs.js", "x/leaflet.css"]),
            ("video[poster*=minus.png], image[xlink\\:href$='sun.png']", &["img/minus.png", "sun.png"]),
            ("a[href='https://x.example/'], link[href^=\"/x/leaflet\"]", &[]),
            ("var m = u.match(/^(.*)marker-icon\\.png$/); m.src", &["x/marker-icon.png"]),
            ("s.find(s => /kit(\\.min)?\\.js($|\\?)/.test(s.src))", &["lib/kit.js", "lib/kit.min.js"]),
            ("return/[^/]*docs\\.js/i.exec(a.href)", &["js/docs.js"]),
            ("a.href.match(/DOCS\\.JS$/gi)", &["js/docs.js"]),
            ("if (el.src.substr(-9) === \"minus.png\")", &["img/minus.png"]),
            ("if ('sun.png' == i.getAttribute('src'))", &["sun.png"]),
            ("switch (a.src) { case \"sun.png\": }", &["sun.png"]),
            ("<img src=a_off.png onclick=\"this.src=this.src.replace('_off.png','_on.png')\">", &["a_off.png"]),
            (
                "new Worker('docs.js'); new Worker('/lib/kit.js'); addModule(`./kit.min.js`)",
                &["js/docs.js", "lib/kit.min.js"],
            ),
            ("u.src.indexOf('../js/docs.js') >= 0 && x.endsWith(\"s.css\")", &["js/docs.js", "s.css"]),
            // Files are loaded by their own names, which are there, too.
            ("i.src = 'sun.png'; load(\"js/docs.js\"); a.href.replace('.css', '.js')", &[]),
            ("i.src.endsWith('.min.js') || /\\.js$/.test(i.src) || /^[a-z/.]+\\.css$/.test(i.href)", &[]),
            ("a.src / b\\.js / c", &[]),
            ("kit.src === `${a}.js`", &[]),
        ];
        let paths = [
            "a_off.png",
            "img/minus.png",
            "img/s.png",
            "js/docs.js",
            "lib/kit.js",
            "lib/kit.min.js",
            "s.css",
            "sun.png",
            "x/leaflet.css",
            "x/marker-icon.png",
        ];
        for (text, expected) in cases {
            let spoken = of(text);
            let seekers: Vec<_> = spoken.iter().map(Seeker::new).collect();
            let kept: Vec<_> = paths
                .iter()
                .copied()
                .filter(|path| seekers.iter().any(|one| one.loses(&Names::of("/", path))))
                .collect();
            assert_eq!(kept, expected, "{text}: {spoken:?}");
        }
    }
}
