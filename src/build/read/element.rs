//! What one element of a page refers to.

use lol_html::html_content::Element;

use super::attribute::{Syntax, relations, srcset, syntax, takes_digest, unescape, unescape_with_places, url};
use super::html::{Modules, Page};
use super::inline::Inline;
use super::{css, js};
use crate::build::integrity::lists_digest_of;
use crate::build::reference::{DigestPlace, Kind, NamePlace, Reference};
use crate::build::spelling::Notation;

/// Reads what an element says into its `page`.
pub(in crate::build) fn read_element(html: &str, element: &Element<'_, '_>, attributes: &[String], page: &mut Page) {
    let tag = name_of(html, element);
    let is_policy = |name: String| name.eq_ignore_ascii_case("content-security-policy");
    if tag == "meta" && element.get_attribute("http-equiv").is_some_and(is_policy) {
        page.policies.push_str(&unescape(&element.get_attribute("content").unwrap_or_default()));
        // Behind it there may be another one.
        page.policies.push(';');
    }
    let first = page.references.len();
    let mut may_import = false;
    // The first module of RequireJS.
    if let Some(main) = element.get_attribute("data-main").filter(|_| tag == "script") {
        page.mentions.push([main.trim_end_matches(".js"), ".js"].concat());
    }
    let document = element.get_attribute("srcdoc").filter(|_| tag == "iframe");
    page.documents.extend(document.map(|document| unescape(&document)));
    for attribute in element.attributes() {
        let name = attribute.name();
        let of_site = attributes.contains(&name).then_some(match name.ends_with("srcset") {
            true => Syntax::Srcset,
            false => Syntax::Url(Kind::Url),
        });
        let Some(syntax) = syntax(&tag, &name, element).or(of_site) else {
            continue;
        };
        let Some(location) = attribute.value_source_location() else {
            continue;
        };
        let (span, raw) = (location.bytes(), attribute.value());
        // What is not UTF-8 is not where it seems to be.
        let is_as_written = html.get(span.clone()) == Some(raw.as_str());
        match syntax {
            Syntax::Url(kind) => page.references.push(url(kind, span, &raw)),
            Syntax::Srcset if is_as_written => srcset(span, &raw, &mut page.references),
            Syntax::Css | Syntax::Script if is_as_written => {
                let (value, places) = unescape_with_places(&raw);
                let found = match syntax {
                    Syntax::Script => js::imports(&value),
                    _ => js::Script { references: css::references(&value), ..js::Script::default() },
                };
                let is_fixed = lists_digest_of(&page.policies, value.as_bytes());
                may_import |= matches!(syntax, Syntax::Script) && (!found.references.is_empty() || found.unknown > 0);
                page.unknown += found.unknown;
                page.pieces.add(found.pieces);
                page.reaches.extend(found.reaches);
                page.references.extend(found.references.into_iter().map(|reference| {
                    let at = span.start + places[reference.span.start]..span.start + places[reference.span.end];
                    Reference { is_fixed, notation: Notation::CodeInAttribute, span: at, ..reference }
                }));
            }
            Syntax::Srcset | Syntax::Css | Syntax::Script => {}
        }
    }
    if let Some(place) = name_place(html, element) {
        let downloads = page.references[first..].iter_mut().filter(|reference| reference.kind == Kind::OnDemand);
        downloads.for_each(|reference| reference.name_place = Some(place));
    }
    let is_vouched_for = element.has_attribute("integrity");
    page.references[first..].iter_mut().for_each(|reference| reference.is_vouched_for = is_vouched_for);
    if !is_vouched_for && takes_digest(&tag, element) {
        let has_crossorigin = element.has_attribute("crossorigin");
        for reference in page.references[first..].iter_mut().filter(|reference| reference.kind == Kind::Url) {
            // Behind the value and its quote.
            let quote = reference.span.start.checked_sub(1).map(|before| html.as_bytes()[before]);
            let is_quoted =
                matches!(quote, Some(b'"' | b'\'')) && html.as_bytes().get(reference.span.end) == quote.as_ref();
            // With space around the URL the quote is further away, which is not worth finding.
            let is_bare = matches!(quote, Some(b'='));
            let place = DigestPlace { at: reference.span.end + usize::from(is_quoted), has_crossorigin };
            reference.digest_place = (is_quoted || is_bare).then_some(place);
        }
    }
    if may_import
        || Inline::of(&tag, element).is_some_and(Inline::may_import)
        || (tag == "link" && relations(element).split_ascii_whitespace().any(|rel| rel == "modulepreload"))
    {
        let at = element.source_location().bytes().start;
        page.modules.get_or_insert(Modules { at, map: None });
    }
}

/// The name of an element as it is written: what reads the page may have seen another one (`xml.rs`).
fn name_of(html: &str, element: &Element<'_, '_>) -> String {
    let (name, at) = (element.tag_name(), element.source_location().bytes().start + 1);
    html.get(at..at + name.len()).map_or(name, str::to_ascii_lowercase)
}

/// Where a link can say the name of what is saved, if it asks for it to be saved and says none.
fn name_place(html: &str, element: &Element<'_, '_>) -> Option<NamePlace> {
    let download = element.attributes().iter().find(|attribute| attribute.name() == "download")?;
    if !download.value().is_empty() {
        return None;
    }
    let is_quoted = |at: &usize| html[..*at].ends_with(['"', '\'']);
    if let Some(at) = download.value_source_location().map(|location| location.bytes().start).filter(is_quoted) {
        return Some(NamePlace { at, is_quoted: true });
    }
    let at = download.name_source_location()?.bytes().end;
    // What has an equals sign, and nothing behind it, is left.
    (!html[at..].trim_start().starts_with('=')).then_some(NamePlace { at, is_quoted: false })
}
