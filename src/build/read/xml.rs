//! What is different in XML: what a document says of itself before its first element, and elements that close themselves.

use std::borrow::Cow;
use std::ops::Range;

use super::attribute::url;
use crate::build::reference::{Kind, Reference};
use crate::build::text::places;

/// The style sheets that an XML document names before its first element:
/// `<?xml-stylesheet href="a.css"?>` ([spec](https://www.w3.org/TR/xml-stylesheet/)).
pub(in crate::build) fn style_sheets(text: &str) -> Vec<Reference> {
    let mut found = Vec::new();
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    // Instructions, comments and the document type; what is not closed ends it.
    while let Some(end) = [("<?", "?>"), ("<!--", "-->"), ("<!", ">")]
        .iter()
        .find(|(open, _)| rest.starts_with(open))
        .and_then(|(_, close)| rest.find(close))
    {
        let start = text.len() - rest.len();
        if rest.starts_with("<?xml-stylesheet")
            && let Some(value) = href(&rest[..end])
        {
            let span = start + value.start..start + value.end;
            found.push(url(Kind::Url, span.clone(), &text[span]));
        }
        rest = rest[end..].trim_start_matches(['?', '-']).trim_start_matches('>').trim_start();
    }
    found
}

/// Where the value of `href` lies in an instruction: between quotes, with white space around the equals sign or not.
fn href(instruction: &str) -> Option<Range<usize>> {
    let is_apart = |at: &usize| instruction[..*at].ends_with(|before: char| before.is_ascii_whitespace());
    let value = |at: usize| {
        let value = instruction[at + "href".len()..].trim_start().strip_prefix('=')?.trim_start();
        let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let start = instruction.len() - value.len() + 1;
        Some(start..start + value[1..].find(quote)?)
    };
    places(instruction, "href").filter(is_apart).find_map(value)
}

/// Elements that hold text in HTML up to their end, or a document of their own.
const HOLDING: [&str; 11] = [
    "<iframe",
    "<noembed",
    "<noframes",
    "<noscript",
    "<plaintext",
    "<script",
    "<style",
    "<template",
    "<textarea",
    "<title",
    "<xmp",
];

/// Takes the place of the first letter of a name, so that it is none that HTML knows.
const OTHER: &str = "q";

/// A document in which elements that hold text, and close themselves (`<title/>`), have names by which a reader of HTML
/// does not look for their end. All is where it was.
pub(in crate::build) fn without_empty_texts(xml: &str) -> Cow<'_, str> {
    let starts = HOLDING.iter().flat_map(|start| places(xml, start).map(move |at| (at + 1, at + start.len())));
    let mut names: Vec<usize> = starts.filter(|(_, end)| closes_itself(&xml[*end..])).map(|(name, _)| name).collect();
    if names.is_empty() {
        return Cow::Borrowed(xml);
    }
    names.sort_unstable();
    let mut seen = xml.to_owned();
    names.into_iter().for_each(|name| seen.replace_range(name..=name, OTHER));
    Cow::Owned(seen)
}

/// Whether a tag of which this is left, behind its name, is that of an element without content.
fn closes_itself(rest: &str) -> bool {
    let mut quote = None;
    let end = rest.bytes().position(|byte| {
        match quote {
            Some(open) => quote = (byte != open).then_some(open),
            None => quote = matches!(byte, b'"' | b'\'').then_some(byte),
        }
        // In XML no tag has a `<` in it: nobody looks for its end behind that.
        byte == b'<' || (quote.is_none() && byte == b'>')
    });
    let tag = end.map_or("", |end| &rest[..end]);
    tag.starts_with(|c: char| c == '/' || c.is_ascii_whitespace()) && tag.ends_with('/')
}
