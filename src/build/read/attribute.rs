//! Which attributes of markup hold URLs, and how their values are read.

use std::ops::Range;

use lol_html::html_content::Element;

use crate::build::reference::{Kind, Reference};
use crate::build::spelling::Notation;

/// How the value of an attribute is to be read.
#[derive(Clone, Copy)]
pub(in crate::build) enum Syntax {
    Css,
    /// What is run when something happens.
    Script,
    Srcset,
    Url(Kind),
}

/// Relations whose target is a document, or is meant to be known by its name; those that are URLs themselves are, too.
/// What others there are a script may load (`resource`, of PDF.js).
const NAMED_RELATIONS: [&str; 19] = [
    "alternate",
    "amphtml",
    "author",
    "canonical",
    "dns-prefetch",
    "edituri",
    "help",
    "license",
    "me",
    "next",
    "pingback",
    "preconnect",
    "prev",
    "privacy-policy",
    "search",
    "shortlink",
    "terms-of-service",
    "webmention",
    "wlwmanifest",
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
pub(in crate::build) fn syntax(tag: &str, attribute: &str, element: &Element<'_, '_>) -> Option<Syntax> {
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
        (_, name) if name.starts_with("on") => Some(Syntax::Script),
        ("img" | "source", "srcset") | ("link", "imagesrcset") => Some(Syntax::Srcset),
        ("audio" | "source" | "track" | "video", "src") => on_demand,
        ("embed" | "img" | "input" | "script", "src")
        | ("video", "poster")
        | ("object", "data")
        | ("body" | "table" | "td" | "th", "background")
        | ("feimage" | "image" | "script" | "use", "href" | "xlink:href") => plain,
        ("link", "href") => {
            let relations = relations(element);
            let is_fetched = element.get_attribute("as").is_some_and(|kind| kind.eq_ignore_ascii_case("fetch"));
            let is_name = |rel: &str| NAMED_RELATIONS.contains(&rel) || rel.contains(':');
            let is_named = relations.split_ascii_whitespace().any(is_name);
            Some(Syntax::Url(match () {
                () if relations.contains("stylesheet") => Kind::Url,
                () if is_named => Kind::Link,
                () if is_fetched => Kind::Fetched,
                () => Kind::Url,
            }))
        }
        ("a" | "area", "href") if element.has_attribute("download") => on_demand,
        ("a" | "area", "href") | ("frame" | "iframe", "src") => Some(Syntax::Url(Kind::Link)),
        ("meta", "content") => {
            let name = ["property", "name", "itemprop"].iter().find_map(|name| element.get_attribute(name));
            let is_file = name.is_some_and(|name| META_FILES.contains(&name.to_ascii_lowercase().as_str()));
            // No page loads it.
            if is_file { on_demand } else { None }
        }
        _ => None,
    }
}

/// A URL attribute, whose value may have space around it.
pub(in crate::build) fn url(kind: Kind, span: Range<usize>, raw: &str) -> Reference {
    let lead = raw.len() - raw.trim_start().len();
    let trail = raw.len() - raw.trim_end().len();
    let end = span.end.saturating_sub(trail);
    Reference::new(kind, Notation::Attribute, (span.start + lead).min(end)..end, unescape(raw.trim()))
}

/// The candidates of a `srcset`: URLs with a width or a density behind each.
///
/// A URL ends at white space; commas inside it belong to it, those at its end do not.
pub(in crate::build) fn srcset(span: Range<usize>, raw: &str, found: &mut Vec<Reference>) {
    let is_space = |c: char| c.is_ascii_whitespace();
    let mut at = 0;
    while at < raw.len() {
        let rest = &raw[at..];
        let start = at + (rest.len() - rest.trim_start_matches(|c| is_space(c) || c == ',').len());
        let end = raw[start..].find(is_space).map_or(raw.len(), |length| start + length);
        let url = raw[start..end].trim_end_matches(',');
        if !url.is_empty() {
            let here = span.start + start..span.start + start + url.len();
            found.push(Reference::new(Kind::Url, Notation::Attribute, here, unescape(url)));
        }
        let ends_with_comma = url.len() < end - start;
        let descriptor = if ends_with_comma { 0 } else { raw[end..].find(',').unwrap_or(raw.len() - end) };
        at = end + descriptor;
    }
}

/// Resolves entities.
pub(in crate::build) fn unescape(value: &str) -> String {
    html_escape::decode_html_entities(value).into_owned()
}

/// How long an entity may be, in bytes, `&` and `;` included: the longest has a name of 31 letters.
const ENTITY: usize = 33;

/// Resolves entities, and says of every byte of the text (and of its end) where in the value it stood.
pub(in crate::build) fn unescape_with_places(value: &str) -> (String, Vec<usize>) {
    let (mut text, mut places) = (String::with_capacity(value.len()), Vec::with_capacity(value.len() + 1));
    let mut at = 0;
    while at < value.len() {
        let plain = value[at..].find('&').unwrap_or(value.len() - at);
        text.push_str(&value[at..at + plain]);
        places.extend(at..at + plain);
        at += plain;
        let rest = &value.as_bytes()[at..];
        let semicolon = rest.iter().take(ENTITY).position(|b| *b == b';');
        let entity = semicolon.map(|end| &value[at..=at + end]);
        // An ampersand that begins no entity stands for itself.
        let (read, length) = match entity.map(|entity| (unescape(entity), entity.len())) {
            Some((read, length)) if read.len() == 1 || !read.starts_with('&') => (read, length),
            _ => ("&".to_owned(), 1),
        };
        if !rest.is_empty() {
            places.extend(std::iter::repeat_n(at, read.len()));
            text.push_str(&read);
            at += length;
        }
    }
    places.push(value.len());
    (text, places)
}

/// Whether an element may carry the digest of what it loads ([Subresource Integrity][spec]).
///
/// [spec]: https://www.w3.org/TR/SRI/
pub(in crate::build) fn takes_digest(tag: &str, element: &Element<'_, '_>) -> bool {
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
pub(in crate::build) fn relations(element: &Element<'_, '_>) -> String {
    element.get_attribute("rel").unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_resolved_where_they_stand() {
        let cases = [
            ("", ""),
            ("plain \u{fc}", "plain \u{fc}"),
            ("&quot;a&amp;b&quot;", "\"a&b\""),
            ("a&b;c & d&", "a&b;c & d&"),
            ("&#x2f;&#47;&period;", "//."),
            ("&amp;amp;", "&amp;"),
            ("&\u{fc};&amp;", "&\u{fc};&"),
        ];
        for (value, expected) in cases {
            let (text, places) = unescape_with_places(value);
            assert_eq!(text, expected, "{value}");
            assert_eq!(text, unescape(value), "{value}");
            assert_eq!(places.len(), text.len() + 1, "{value}");
            let is_right = |(at, c): (usize, char)| value[places[at]..].starts_with([c, '&']);
            assert!(text.char_indices().all(is_right) && places.is_sorted(), "{value}: {places:?}");
        }
    }

    #[test]
    fn many_ampersands_do_not_take_for_ever() {
        assert_eq!(unescape_with_places(&"&".repeat(1 << 20)).0.len(), 1 << 20);
    }
}
