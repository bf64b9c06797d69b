//! What scripts make of the URL of one file, to have that of another: `src.replace("_off", "_on")` when a pointer comes,
//! `/thumb/` and `/full/`, `light` and `dark`, `.webp` where that is not known, `(\.\w+)$` and `@2x$1`; or
//! `src.slice(0, -4) + "-on.png"`.
//!
//! With the fingerprint of the first file in it, the URL of the second leads nowhere.

use serde::{Deserialize, Serialize};

use super::spoken::{LONG, end_of_expression, literal};
use crate::build::text::places;

/// What becomes of a part of a URL.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Turn {
    /// The part: a text, or a regular expression.
    pub(in crate::build) from: String,
    /// What stands in its place; of groups of an expression as `${1}`.
    pub(in crate::build) to: String,
    /// Whether `from` is a regular expression.
    pub(in crate::build) is_expression: bool,
}

/// How an expression begins that cuts off so many characters.
const CUT: &str = "^(.*)(.{";

impl Turn {
    /// Whether it takes so many characters off, whatever they are.
    pub(in crate::build) fn is_by_length(&self) -> bool {
        self.is_expression && self.from.starts_with(CUT)
    }
}

/// What a text has become of URLs, where both are written out.
pub(in crate::build) fn turns(text: &str) -> impl Iterator<Item = Turn> {
    let calls = ["replace(", "replaceAll(", "split("].into_iter().flat_map(move |call| {
        let is_split = call == "split(";
        places(text, call).filter_map(move |at| turn(text, at + call.len(), is_split))
    });
    let cuts = ["slice(", "substr(", "substring("]
        .into_iter()
        .flat_map(move |call| places(text, call).filter_map(move |at| cut(text, at + call.len())).flatten());
    calls.filter(|turn| turn.from != turn.to).chain(cuts)
}

/// What becomes of a URL whose end is cut off, with another one in its place, or put between.
fn cut(text: &str, at: usize) -> Option<impl Iterator<Item = Turn>> {
    let rest = text.get(at..text.floor_char_boundary((at + 2 * LONG).min(text.len())))?;
    let rest = rest.trim_start().strip_prefix('0')?.trim_start().strip_prefix(',')?;
    let end = end_of_call(rest)?;
    let from = kept_and_cut(rest[..end].trim())?;
    let behind = rest[end + 1..].trim_start();
    let to = match behind.strip_prefix('+') {
        Some(sum) => literal(sum.trim_start())?,
        // In a template.
        None => behind.strip_prefix('}')?.split(['`', '$']).next()?,
    };
    let to = Some(to).filter(|to| !to.is_empty() && is_part(to))?.to_owned();
    let between = (!to.contains('.')).then(|| ["${1}", &to, "${2}"].concat());
    let turn = move |to| Turn { from: from.clone(), to, is_expression: true };
    Some([Some(["${1}", &to].concat()), between].into_iter().flatten().map(turn))
}

/// A regular expression for what stands before the place that is said here, and for what stands behind it: `-4`,
/// `src.length - 4`, `src.lastIndexOf(".")`.
fn kept_and_cut(place: &str) -> Option<String> {
    let of_end = place.strip_prefix('-').or_else(|| {
        let (length, count) = place.rsplit_once('-')?;
        length.trim_end().ends_with(".length").then_some(count)
    });
    if let Some(count) = of_end.and_then(|count| count.trim().parse::<usize>().ok()) {
        return (1..LONG).contains(&count).then(|| format!("{CUT}{count}}})$"));
    }
    let (all, (_, rest)) = match place.split_once(".lastIndexOf(") {
        Some(last) => (".*", last),
        None => (".*?", place.split_once(".indexOf(")?),
    };
    let part = literal(rest.trim_start()).filter(|part| !part.is_empty())?;
    Some(["^(", all, ")(", &escaped(part), ".*)$"].concat())
}

/// Where the parenthesis stands that closes a call, inside of which this begins.
fn end_of_call(text: &str) -> Option<usize> {
    let mut depth = 1;
    text.bytes().take(LONG).position(|byte| {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

fn turn(text: &str, at: usize, is_split: bool) -> Option<Turn> {
    let rest = text.get(at..text.floor_char_boundary((at + 2 * LONG).min(text.len())))?.trim_start();
    let (from, is_expression, rest) = match literal(rest) {
        Some(from) => (from.to_owned(), false, &rest[from.len() + 2..]),
        None => {
            let (from, rest) = expression(rest)?;
            (from, true, rest)
        }
    };
    // `split` has what comes before, to which the rest is added.
    let between = if is_split { &[")", "[", "0", "]", "+"][..] } else { &[","] };
    let rest = between.iter().try_fold(rest, |rest, sign| rest.trim_start().strip_prefix(sign))?;
    let to = literal(rest.trim_start())?;
    // Of what else is replaced in texts (spaces, whatever is no letter) no URL is meant.
    let is_known = match is_expression {
        true => (from.contains("\\.") || is_part(&from)) && !to.is_empty(),
        false => is_part(&from) && !from.is_empty(),
    };
    if !is_known || !is_part(&to.replace('$', "")) {
        return None;
    }
    let (from, is_expression) = match (is_split, is_expression) {
        // Whatever stood behind it is gone.
        (true, true) => ([&from, ".*"].concat(), true),
        (true, false) => ([&escaped(&from), ".*"].concat(), true),
        _ => (from, is_expression),
    };
    Some(Turn { from, to: groups(to), is_expression })
}

/// Whether something may stand in a path, and is nothing that is escaped in one.
fn is_part(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || "-_./@~".contains(c))
}

/// A text as a regular expression has it.
fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| (!c.is_alphanumeric()).then_some('\\').into_iter().chain([c])).collect()
}

/// A regular expression without its slashes, and what stands behind it and its flags.
fn expression(text: &str) -> Option<(String, &str)> {
    let body = text.strip_prefix('/')?;
    let end = end_of_expression(body).filter(|end| *end < LONG)?;
    let rest = body[end + 1..].trim_start_matches(|c: char| c.is_ascii_lowercase());
    let flags = &body[end + 1..body.len() - rest.len()];
    Some(([if flags.contains('i') { "(?i)" } else { "" }, &body[..end]].concat(), rest))
}

/// `$1` as this crate's expressions have it.
fn groups(to: &str) -> String {
    let mut parts = to.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        text.extend(["${", &part[..digits], "}", &part[digits..]]);
    }
    text
}
