//! References in markup, HTML and SVG: URL attributes, `srcset`, inline styles, inline modules, import maps and
//! social-card images. An element with the attribute `data-keepfresh-ignore` has none.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use lol_html::html_content::{Element, TextChunk};
use lol_html::{HtmlRewriter, Settings, element, text};
use serde::{Deserialize, Serialize};

use super::attribute::unescape;
use super::element::read_element;
use super::inline::Inline;
use super::parse::Extras;
use super::xml;
use crate::build::clues::mentioned;
use crate::build::clues::pieces::Pieces;
use crate::build::integrity::lists_digest_of;
use crate::build::reference::{Kind, Reference};

/// What a page refers to.
#[derive(Debug, Default, Eq, PartialEq)]
pub struct Page {
    /// The `href` of its `<base>`, which its URLs are relative to.
    pub base: Option<String>,
    /// The documents that stand in its attributes (`srcdoc`).
    pub(in crate::build) documents: Vec<String>,
    /// What these load ([`crate::build::Parsed::framed`]).
    pub framed: Vec<String>,
    /// Inline scripts that could not be read: where they are and why.
    pub faults: Vec<(usize, String)>,
    /// What the beginnings of specifiers stand for ([`crate::build::Parsed::folders`]).
    pub folders: Vec<(String, String)>,
    /// Texts in its scripts that look like paths (`mentioned.rs`).
    pub mentions: Vec<String>,
    /// Where modules begin in it, if it may load any.
    pub modules: Option<Modules>,
    /// What its scripts say of the names of modules.
    pub pieces: Pieces,
    /// What is said of `Content-Security-Policy`, in its `<meta>` and where the site says it of every page.
    pub(in crate::build) policies: String,
    /// What it [reaches](crate::build::Parsed::reaches) beside its references.
    pub reaches: Vec<String>,
    /// Its references, in their order.
    pub references: Vec<Reference>,
    /// How many references are put together at run time.
    pub unknown: usize,
}

/// Where modules begin in a page: an import map has to stand in front of them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Modules {
    /// The first byte of the first element that may load a module, or is an import map.
    pub at: usize,
    /// The text of the import map that the page has.
    pub map: Option<(usize, usize)>,
}

/// Reads a page. What is not HTML has no references. `extras` is what the site says beside what HTML does.
pub fn read(html: &str, extras: &Extras<'_>) -> Page {
    read_as(html, html, extras).with_documents(extras)
}

/// Reads a page that is XML, where elements may close themselves that do not in HTML.
pub fn read_xml(xml: &str, extras: &Extras<'_>) -> Page {
    read_as(xml, &xml::without_empty_texts(xml), extras).with_documents(extras)
}

/// Reads `html`, with `seen` for what is in it where it is not the same.
fn read_as(html: &str, seen: &str, extras: &Extras<'_>) -> Page {
    let page = Page { policies: extras.policies.to_owned(), ..Page::default() };
    let page = Rc::new(RefCell::new(page));
    // The text of the `<style>` or `<script>` that the reader is in.
    let inside = Rc::new(RefCell::new(None::<Inside>));
    // Whether the element is no part of the document, or of another language than HTML.
    let is_apart = Rc::new(Cell::new(false));

    let handle_base = {
        let is_apart = Rc::clone(&is_apart);
        move |_: &mut Element<'_, '_>| {
            is_apart.set(true);
            Ok(())
        }
    };
    let handle_element = {
        let (page, inside) = (Rc::clone(&page), Rc::clone(&inside));
        move |element: &mut Element<'_, '_>| {
            finish_inline(html, extras, &mut inside.borrow_mut(), &mut page.borrow_mut());
            let is_ignored = element.has_attribute("data-keepfresh-ignore");
            let inline = Inline::of(&element.tag_name(), element);
            *inside.borrow_mut() = inline.map(|inline| Inside { inline, is_ignored, span: 0..0 });
            let (mut page, mut ignored) = (page.borrow_mut(), Page::default());
            if !is_apart.take() && element.tag_name() == "base" {
                page.begin_at(element);
            }
            read_element(html, element, extras.attributes, if is_ignored { &mut ignored } else { &mut page });
            page.modules = page.modules.take().or(ignored.modules);
            page.policies.push_str(&ignored.policies);
            page.leave(ignored.references, ignored.reaches);
            Ok(())
        }
    };
    let handle_text = {
        let inside = Rc::clone(&inside);
        move |chunk: &mut TextChunk<'_>| {
            if let Some(Inside { span, .. }) = inside.borrow_mut().as_mut() {
                let here = chunk.source_location().bytes();
                *span = if span.start == span.end { here } else { span.start..here.end };
            }
            Ok(())
        }
    };
    let settings = Settings::new()
        .append_element_content_handler(element!("math base, svg base, template base", handle_base))
        .append_element_content_handler(element!("*", handle_element))
        .append_element_content_handler(text!("noscript, script, style", handle_text))
        // Markup that a browser would mend is read as far as it goes.
        .with_strict(false);
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    // What has been read before an error stands; the handlers themselves never fail.
    if rewriter.write(seen.as_bytes()).is_ok() {
        drop(rewriter.end());
    }

    finish_inline(html, extras, &mut inside.borrow_mut(), &mut page.borrow_mut());
    let mut page = std::mem::take(&mut *page.borrow_mut());
    page.references.extend(xml::style_sheets(html));
    page.references.sort_by_key(|reference| reference.span.start);
    page
}

/// The text of an element that the reader is in.
struct Inside {
    inline: Inline,
    is_ignored: bool,
    span: Range<usize>,
}

fn finish_inline(html: &str, extras: &Extras<'_>, inside: &mut Option<Inside>, page: &mut Page) {
    let Some(Inside { inline, is_ignored, span }) = inside.take() else {
        return;
    };
    let Some(text) = html.get(span.clone()) else { return };
    let mut found = inline.read(text, &Extras { policies: &page.policies, ..*extras });
    if let Ok(found) = &mut found {
        page.folders.append(&mut found.folders);
        page.pieces.add(std::mem::take(&mut found.pieces));
    }
    if matches!(inline, Inline::Module | Inline::Script) {
        page.mentions.extend(mentioned::of(text));
    }
    if is_ignored {
        let found = found.unwrap_or_default();
        return page.leave(found.references, found.reaches);
    }
    if let (Inline::ImportMap, Some(modules)) = (inline, &mut page.modules) {
        modules.map = modules.map.or(Some((span.start, span.end)));
    }
    let found = found.unwrap_or_else(|fault| {
        page.faults.push((span.start, fault));
        Default::default()
    });
    let is_fixed = lists_digest_of(&page.policies, text.as_bytes());
    page.unknown += found.unknown;
    page.reaches.extend(found.reaches);
    let shifted = |one: Reference| Reference { is_fixed: is_fixed || one.is_fixed, ..one.shifted(span.start) };
    page.references.extend(found.references.into_iter().map(shifted));
}

impl Page {
    /// Has its references begin where a `<base>` says, unless one has said that before.
    fn begin_at(&mut self, base: &Element<'_, '_>) {
        if self.base.is_some() {
            return;
        }
        self.base = base.get_attribute("href").map(|href| unescape(&href));
        // Links lead to where they do when somebody follows them.
        let fetched = self.references.iter_mut().filter(|reference| reference.kind != Kind::Link);
        fetched.for_each(|reference| reference.is_before_base = self.base.is_some());
    }

    /// Notes what its documents load, and what their scripts mention. There nothing is rewritten: two languages of escapes for
    /// hardly a page.
    fn with_documents(mut self, extras: &Extras<'_>) -> Self {
        for document in std::mem::take(&mut self.documents) {
            // Those that stand in that one are left: they may go on for ever.
            let page = read_as(&document, &document, extras);
            let loaded = page.references.into_iter().filter(|reference| reference.kind.is_loaded());
            self.framed.extend(loaded.map(|reference| reference.url));
            self.mentions.extend(page.mentions);
        }
        self
    }

    /// Notes what is named where nothing is to be rewritten.
    fn leave(&mut self, references: Vec<Reference>, reaches: Vec<String>) {
        self.reaches.extend(references.into_iter().filter_map(Reference::into_reach).chain(reaches));
    }
}

#[cfg(test)]
mod tests;
