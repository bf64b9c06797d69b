//! Which attributes of markup hold URLs, and how their values are read.

use std::ops::Range;

use lol_html::html_content::Element;

use super::reference::{Kind, Reference};

/// How the value of an attribute is to be read.
#[derive(Clone, Copy)]
pub(super) enum Syntax {
    Css,
    Srcset,
    Url(Kind),
}

/// Relations whose target is a document, or is meant to be known by its name.
const NAMED_RELATIONS: [&str; 14] = [
    "alternate",
    "author",
    "canonical",
    "dns-prefetch",
    "help",
    "license",
    "me",
    "next",
    "pingback",
    "preconnect",
    "prev",
    "privacy-policy",
    "search",
    "terms-of-service",
];

/// `<meta>` whose content is an image or another file that a browser or a social network loads.
const META_FILES: [&str; 9] = [
    "image",
    "msapplication-tileimage",
    "og:audio",
    "og:image",
    "og:image:secure_url",
    "og:image:url",
    "og:video",
    "twitter:image",
    "twitter:image:src",
];

/// How an attribute is read, if it refers to anything.
pub(super) fn syntax(tag: &str, attribute: &str, element: &Element<'_, '_>) -> Option<Syntax> {
    let plain = Some(Syntax::Url(Kind::Url));
    let on_demand = Some(Syntax::Url(Kind::OnDemand));
    match (tag, attribute) {
        (_, "style") => Some(Syntax::Css),
        // Of SVG, whose properties can be attributes.
        (
            _,
            "clip-path" | "cursor" | "fill" | "filter" | "marker-end" | "marker-mid" | "marker-start" | "mask"
            | "stroke",
        ) => Some(Syntax::Css),
        ("img" | "source", "srcset") | ("link", "imagesrcset") => Some(Syntax::Srcset),
        ("audio" | "source" | "track" | "video", "src") => on_demand,
        ("embed" | "img" | "input" | "script", "src")
        | ("video", "poster")
        | ("object", "data")
        | ("body" | "table" | "td" | "th", "background")
        | ("feimage" | "image" | "script" | "use", "href" | "xlink:href") => plain,
        ("link", "href") => {
            let relations = relations(element);
            let is_named = relations.split_ascii_whitespace().any(|rel| NAMED_RELATIONS.contains(&rel));
            Some(Syntax::Url(if is_named && !relations.contains("stylesheet") { Kind::Link } else { Kind::Url }))
        }
        ("a" | "area", "href") if element.has_attribute("download") => on_demand,
        ("a" | "area", "href") | ("frame" | "iframe", "src") => Some(Syntax::Url(Kind::Link)),
        ("meta", "content") => {
            let name = ["property", "name", "itemprop"].iter().find_map(|name| element.get_attribute(name));
            let is_file = name.is_some_and(|name| META_FILES.contains(&name.to_ascii_lowercase().as_str()));
            if is_file { plain } else { None }
        }
        _ => None,
    }
}

/// A URL attribute, whose value may have space around it.
pub(super) fn url(kind: Kind, span: Range<usize>, value: &str) -> Reference {
    let lead = value.len() - value.trim_start().len();
    let trail = value.len() - value.trim_end().len();
    let end = span.end.saturating_sub(trail);
    Reference::new(kind, (span.start + lead).min(end)..end, value.trim())
}

/// The candidates of a `srcset`: URLs with a width or a density behind each.
///
/// A URL ends at white space; commas inside it belong to it, those at its end do not.
pub(super) fn srcset(span: Range<usize>, raw: &str, found: &mut Vec<Reference>) {
    let is_space = |c: char| c.is_ascii_whitespace();
    let mut at = 0;
    while at < raw.len() {
        let rest = &raw[at..];
        let start = at + (rest.len() - rest.trim_start_matches(|c| is_space(c) || c == ',').len());
        let end = raw[start..].find(is_space).map_or(raw.len(), |length| start + length);
        let url = raw[start..end].trim_end_matches(',');
        if !url.is_empty() {
            let here = span.start + start..span.start + start + url.len();
            found.push(Reference::new(Kind::Url, here, unescape(url)));
        }
        let ends_with_comma = url.len() < end - start;
        let descriptor = if ends_with_comma { 0 } else { raw[end..].find(',').unwrap_or(raw.len() - end) };
        at = end + descriptor;
    }
}

/// Resolves the entities that occur in URLs. Any other makes the URL one that is not found, and so
/// is left alone.
pub(super) fn unescape(value: &str) -> String {
    if !value.contains('&') {
        return value.to_owned();
    }
    value.replace("&quot;", "\"").replace("&#39;", "'").replace("&#x27;", "'").replace("&amp;", "&")
}

/// Whether an element may carry the digest of what it loads ([Subresource Integrity][spec]).
///
/// [spec]: https://www.w3.org/TR/SRI/
pub(super) fn takes_digest(tag: &str, element: &Element<'_, '_>) -> bool {
    let has = |wanted: &str| relations(element).split_ascii_whitespace().any(|rel| rel == wanted);
    let is_for = |wanted: &str| element.get_attribute("as").is_some_and(|kind| kind.eq_ignore_ascii_case(wanted));
    match tag {
        "script" => true,
        "link" => {
            has("stylesheet") || has("modulepreload") || (has("preload") && (is_for("script") || is_for("style")))
        }
        _ => false,
    }
}

/// What a link is for, in lower case.
pub(super) fn relations(element: &Element<'_, '_>) -> String {
    element.get_attribute("rel").unwrap_or_default().to_ascii_lowercase()
}
