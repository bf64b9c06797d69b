//! What an XML document says of itself before its first element: its style sheets.

use super::attribute::{unescape, url};
use super::reference::{Kind, Reference};

/// The style sheets that an XML document names before its first element:
/// `<?xml-stylesheet href="a.css"?>` ([spec](https://www.w3.org/TR/xml-stylesheet/)).
pub(super) fn style_sheets(text: &str) -> Vec<Reference> {
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
            && let Some(at) = rest[..end].find(" href=")
        {
            let value = &rest[at + " href=".len()..end];
            let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''));
            if let Some(length) = quote.and_then(|quote| value[1..].find(quote)) {
                let span = start + end - value.len() + 1..start + end - value.len() + 1 + length;
                found.push(url(Kind::Url, span.clone(), &unescape(&text[span])));
            }
        }
        rest = rest[end..].trim_start_matches(['?', '-']).trim_start_matches('>').trim_start();
    }
    found
}
