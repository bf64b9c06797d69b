//! References in markup, HTML and SVG: URL attributes, `srcset`, inline styles, inline modules, import maps and
//! social-card images. An element with the attribute `data-keepfresh-ignore` has none.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use lol_html::html_content::{Element, TextChunk};
use lol_html::{HtmlRewriter, Settings, element, text};
use serde::{Deserialize, Serialize};

use super::attribute::{Syntax, relations, srcset, syntax, takes_digest, unescape, unescape_with_places, url};
use super::integrity::lists_digest_of;
use super::parse::Extras;
use super::reference::{DigestPlace, Kind, Reference};
use super::{css, import_map, js, xml};

/// What a page refers to.
#[derive(Debug, Default, Eq, PartialEq)]
pub struct Page {
    /// The `href` of its `<base>`, which its URLs are relative to.
    pub base: Option<String>,
    /// Inline scripts that could not be read: where they are and why.
    pub faults: Vec<(usize, String)>,
    /// Where modules begin in it, if it loads any.
    pub modules: Option<Modules>,
    /// What is said of `Content-Security-Policy`, in its `<meta>` and where the site says it of every page.
    policies: String,
    /// What it [reaches](super::Parsed::reaches) beside its references.
    pub reaches: Vec<String>,
    /// Its references, in their order.
    pub references: Vec<Reference>,
    /// How many references are put together at run time.
    pub unknown: usize,
}

/// Where modules begin in a page: an import map has to stand in front of them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Modules {
    /// The first byte of the first element that loads a module, or is an import map.
    pub at: usize,
    /// The text of the import map that the page has.
    pub map: Option<(usize, usize)>,
}

/// Reads a page. Bytes that are not HTML have no references. `extras` is what the site says beside
/// what HTML does.
pub fn read(html: &[u8], extras: &Extras<'_>) -> Page {
    let page = Page { policies: extras.policies.to_owned(), ..Page::default() };
    let page = Rc::new(RefCell::new(page));
    // The text of the `<style>` or `<script>` that the reader is in.
    let inside = Rc::new(RefCell::new(None::<(Inline, Range<usize>)>));

    let handle_element = {
        let (page, inside) = (Rc::clone(&page), Rc::clone(&inside));
        move |element: &mut Element<'_, '_>| {
            finish_inline(html, extras, &mut inside.borrow_mut(), &mut page.borrow_mut());
            let is_read = !element.has_attribute("data-keepfresh-ignore");
            *inside.borrow_mut() = Inline::of(element).filter(|_| is_read).map(|inline| (inline, 0..0));
            if is_read {
                read_element(html, element, extras.attributes, &mut page.borrow_mut());
            }
            Ok(())
        }
    };
    let handle_text = {
        let inside = Rc::clone(&inside);
        move |chunk: &mut TextChunk<'_>| {
            if let Some((_, span)) = inside.borrow_mut().as_mut() {
                let here = chunk.source_location().bytes();
                *span = if span.start == span.end { here } else { span.start..here.end };
            }
            Ok(())
        }
    };
    let settings = Settings::new()
        .append_element_content_handler(element!("*", handle_element))
        .append_element_content_handler(text!("noscript, script, style", handle_text))
        // Markup that a browser would mend is read as far as it goes.
        .with_strict(false);
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    // What has been read before an error stands; the handlers themselves never fail.
    if rewriter.write(html).is_ok() {
        drop(rewriter.end());
    }

    finish_inline(html, extras, &mut inside.borrow_mut(), &mut page.borrow_mut());
    let mut page = std::mem::take(&mut *page.borrow_mut());
    page.references.extend(xml::style_sheets(html));
    page.references.sort_by_key(|reference| reference.span.start);
    page
}

/// A language that stands in the text of an element. What `<noscript>` holds is text to a reader that
/// could run scripts.
#[derive(Clone, Copy)]
enum Inline {
    Css,
    Html,
    ImportMap,
    Module,
    /// Of a script that is no module only what it imports is known: all else depends on where it is run.
    Script,
}

impl Inline {
    fn of(element: &Element<'_, '_>) -> Option<Self> {
        let kind = element.get_attribute("type").unwrap_or_default();
        match element.tag_name().as_str() {
            "noscript" => Some(Self::Html),
            "style" => Some(Self::Css),
            "script" if kind.trim().eq_ignore_ascii_case("importmap") => Some(Self::ImportMap),
            "script" if kind.trim().eq_ignore_ascii_case("module") => Some(Self::Module),
            "script" if ["", "text/javascript"].contains(&kind.trim()) => Some(Self::Script),
            _ => None,
        }
    }
}

fn finish_inline(html: &[u8], extras: &Extras<'_>, inside: &mut Option<(Inline, Range<usize>)>, page: &mut Page) {
    let Some((inline, span)) = inside.take() else {
        return;
    };
    let bytes = &html[span.clone()];
    let plain = |references| js::Script { references, ..js::Script::default() };
    let found = match (inline, std::str::from_utf8(bytes)) {
        (Inline::Html, _) => Ok(plain(read(bytes, &Extras { policies: &page.policies, ..*extras }).references)),
        (Inline::Module | Inline::Script, Err(_)) => return page.reaches.extend(js::reached(bytes)),
        (_, Err(_)) => return,
        (Inline::Css, Ok(source)) => Ok(plain(css::references(source))),
        (Inline::ImportMap, Ok(source)) => {
            import_map::references(source).map(|(references, reaches)| js::Script { reaches, ..plain(references) })
        }
        (Inline::Module, Ok(source)) => js::read(source),
        (Inline::Script, Ok(source)) => {
            let mut script = if source.contains("import(") { js::read(source).unwrap_or_default() } else { return };
            script.references.retain(|reference| reference.kind == Kind::DynamicImport);
            Ok(script)
        }
    };
    if let (Inline::ImportMap, Some(modules)) = (inline, &mut page.modules) {
        modules.map = modules.map.or(Some((span.start, span.end)));
    }
    let found = found.unwrap_or_else(|fault| {
        page.faults.push((span.start, fault));
        Default::default()
    });
    let is_fixed = lists_digest_of(&page.policies, bytes);
    page.unknown += found.unknown;
    page.reaches.extend(found.reaches);
    let shifted = |one: Reference| Reference { is_fixed: is_fixed || one.is_fixed, ..one.shifted(span.start) };
    page.references.extend(found.references.into_iter().map(shifted));
}

fn read_element(html: &[u8], element: &Element<'_, '_>, attributes: &[String], page: &mut Page) {
    let tag = element.tag_name();
    if tag == "base" && page.base.is_none() {
        page.base = element.get_attribute("href");
    }
    let is_policy = |name: String| name.eq_ignore_ascii_case("content-security-policy");
    if tag == "meta" && element.get_attribute("http-equiv").is_some_and(is_policy) {
        page.policies.push_str(&unescape(&element.get_attribute("content").unwrap_or_default()));
    }
    let first = page.references.len();
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
        let is_as_written = html.get(span.clone()) == Some(raw.as_bytes());
        match syntax {
            Syntax::Url(kind) => page.references.push(url(kind, span, &raw)),
            Syntax::Srcset if is_as_written => srcset(span, &raw, &mut page.references),
            Syntax::Css if is_as_written => {
                let (value, places) = unescape_with_places(&raw);
                let is_fixed = lists_digest_of(&page.policies, value.as_bytes());
                page.references.extend(css::references(&value).into_iter().map(|reference| {
                    let at = span.start + places[reference.span.start]..span.start + places[reference.span.end];
                    Reference { is_fixed, span: at, ..reference }
                }));
            }
            Syntax::Srcset | Syntax::Css => {}
        }
    }
    let is_vouched_for = element.has_attribute("integrity");
    page.references[first..].iter_mut().for_each(|reference| reference.is_vouched_for = is_vouched_for);
    if !is_vouched_for && takes_digest(&tag, element) {
        let has_crossorigin = element.has_attribute("crossorigin");
        for reference in page.references[first..].iter_mut().filter(|reference| reference.kind == Kind::Url) {
            // Behind the value and its quote.
            let quote = reference.span.start.checked_sub(1).map(|before| html[before]);
            let is_quoted = matches!(quote, Some(b'"' | b'\'')) && html.get(reference.span.end) == quote.as_ref();
            // With space around the URL the quote is further away, which is not worth finding.
            let is_bare = matches!(quote, Some(b'='));
            let place = DigestPlace { at: reference.span.end + usize::from(is_quoted), has_crossorigin };
            reference.digest_place = (is_quoted || is_bare).then_some(place);
        }
    }
    if Inline::of(element).is_some_and(|inline| matches!(inline, Inline::ImportMap | Inline::Module))
        || (tag == "link" && relations(element).split_ascii_whitespace().any(|rel| rel == "modulepreload"))
    {
        let at = element.source_location().bytes().start;
        page.modules.get_or_insert(Modules { at, map: None });
    }
}

#[cfg(test)]
mod tests {
    use super::super::integrity::Algorithm;
    use super::*;

    #[test]
    fn every_construct_of_html_is_read() {
        let cases: [(&str, &[&str]); 54] = [
            ("<img src=a.png>", &["a.png"]),
            ("<IMG SRC=' a.png '>", &["a.png"]),
            ("<img srcset=\"a.png 1x, b.png 2x\">", &["a.png", "b.png"]),
            ("<img srcset='a.png, b,c.png 2x,d.png'>", &["a.png", "b,c.png", "d.png"]),
            ("<img srcset='a.png 100w,\n b.png 200w,'>", &["a.png", "b.png"]),
            ("<picture><source srcset=a.webp><img src=a.png></picture>", &["a.webp", "a.png"]),
            ("<link rel=stylesheet href=a.css>", &["a.css"]),
            ("<link rel=preload imagesrcset='a.png 1x' as=image>", &["a.png"]),
            ("<link rel='icon' href='a.ico'><link rel=manifest href=m.json>", &["a.ico", "m.json"]),
            ("<script src=a.js></script>", &["a.js"]),
            ("<script type=module>import './a.js'</script>", &["./a.js"]),
            ("<script>import('./a.js'); new Worker('/w.js')</script>", &["./a.js"]),
            ("<script type='application/json'>{\"src\": \"a.js\"}</script>", &[]),
            ("<style>a{b:url(a.png)}</style>", &["a.png"]),
            ("<p style=\"background:url('a.png')\">", &["a.png"]),
            ("<video src=a.mp4 poster=a.png><track src=a.vtt></video>", &["a.mp4", "a.png", "a.vtt"]),
            ("<audio src=a.mp3></audio><embed src=a.svg>", &["a.mp3", "a.svg"]),
            ("<object data=a.svg></object>", &["a.svg"]),
            ("<input type=image src=a.png>", &["a.png"]),
            ("<svg><use href='a.svg#x'/><image xlink:href=a.png /></svg>", &["a.svg#x", "a.png"]),
            ("<meta property=og:image content=a.png>", &["a.png"]),
            ("<meta name=description content=a.png>", &[]),
            ("<a href=a.pdf download>x</a>", &["a.pdf"]),
            ("<noscript><img src=a.png></noscript>", &["a.png"]),
            ("<noscript></noscript><img src=a.png>", &["a.png"]),
            ("<select><template><img src=a.png></template></select>", &["a.png"]),
            ("<template><img src=a.png></template>", &["a.png"]),
            ("<!-- <img src=a.png> -->", &[]),
            ("<textarea><img src=a.png></textarea><title><img src=b.png></title>", &[]),
            ("<img src=\"a&amp;b.png\">", &["a&b.png"]),
            ("<img src=\"a&#x2f;b&period;png\">", &["a/b.png"]),
            ("<p style=\"background:url(&quot;a&amp;b.png&quot;)\">", &["a&b.png"]),
            ("<link rel=preload as=fetch href=a.json>", &["a.json"]),
            ("<img src><img src=''>", &[""]),
            ("<img src=a.png", &[]),
            ("<div data-src=a.png>", &[]),
            (
                "<style>@import 'a.css';</style><img src=b.png><style>c{d:url(e.png)}</style>",
                &["a.css", "b.png", "e.png"],
            ),
            ("<body background=a.png>", &["a.png"]),
            ("plain text", &[]),
            (
                "<script type=importmap>{\"imports\":{\"a\":\"./a.js\",\"./b.js\":\"./c.js\"}}</script>",
                &["a", "./a.js", "./b.js", "./c.js"],
            ),
            ("<script type=importmap>{</script><img src=a.png>", &["a.png"]),
            ("<img src=a.png data-keepfresh-ignore><style data-keepfresh-ignore>a{b:url(c.png)}</style>", &[]),
            (
                "<svg><rect fill='url(a.svg#x)' filter=\"url('b.svg#y')\" mask=url(#z) /></svg>",
                &["a.svg#x", "b.svg#y", "#z"],
            ),
            (
                "<svg xmlns='http://www.w3.org/2000/svg'><style><![CDATA[a{fill:url(a.svg#x)}]]></style></svg>",
                &["a.svg#x"],
            ),
            (
                "<svg><script href=a.js></script><image href='b.png'/><a href='c.html'>x</a></svg>",
                &["a.js", "b.png", "c.html"],
            ),
            ("<?xml version='1.0'?>\n<?xml-stylesheet type='text/css' href='a.css'?><svg/>", &["a.css"]),
            ("<?xml-stylesheet href=\"a.css\"?><?xml-stylesheet href='b.css'?><svg/>", &["a.css", "b.css"]),
            ("<?xml-stylesheet title='x'?><svg/>", &[]),
            (
                "<!-- <?xml-stylesheet href='a.css'?> --><!DOCTYPE svg>\n<?xml-stylesheet href='b.css'?><svg/>",
                &["b.css"],
            ),
            ("<svg><![CDATA[ <?xml-stylesheet href='a.css'?> ]]></svg>", &[]),
            ("<?xml-stylesheet href='a.css", &[]),
            ("<?xml-stylesheet href=?>'", &[]),
            ("<p>&lt;?xml-stylesheet href='a.css'?></p>", &[]),
            ("<frameset><frame src=a.html></frameset>", &["a.html"]),
        ];
        for (html, expected) in cases {
            let page = read(html.as_bytes(), &Extras::default());
            let urls: Vec<_> = page.references.iter().map(|reference| reference.url.as_str()).collect();
            assert_eq!(urls, expected, "{html}");
            for reference in &page.references {
                let written = &html[reference.span.clone()];
                assert_eq!(unescape(written), reference.url, "{html}");
            }
        }
    }

    #[test]
    fn links_are_told_from_what_is_loaded() {
        let cases = [
            ("<a href=a.pdf>", Kind::Link),
            ("<a href=a.pdf download>", Kind::OnDemand),
            ("<video src=a.mp4>", Kind::OnDemand),
            ("<link rel=canonical href=a>", Kind::Link),
            ("<link rel='alternate stylesheet' href=a.css>", Kind::Url),
            ("<link rel=preload href=a.css>", Kind::Url),
            ("<iframe src=a.html>", Kind::Link),
            ("<img src=a.png>", Kind::Url),
        ];
        for (html, kind) in cases {
            assert_eq!(read(html.as_bytes(), &Extras::default()).references[0].kind, kind, "{html}");
        }
    }

    #[test]
    fn a_site_can_have_attributes_of_its_own() {
        let own = ["data-src".to_owned(), "data-srcset".to_owned()];
        let html = b"<img data-src=a.png data-srcset='b.png 1x, c.png 2x' data-other=d.png src=e.png>\
            <noscript><p data-src=f.png></noscript>";
        let page = read(html, &Extras { attributes: &own, ..Extras::default() });
        let urls: Vec<_> = page.references.iter().map(|reference| reference.url.as_str()).collect();
        assert_eq!(urls, ["a.png", "b.png", "c.png", "e.png", "f.png"]);
    }

    #[test]
    fn what_is_not_where_it_seems_is_left_alone() {
        let html =
            b"<p style=\"font-family:'Caf\xe9';background:url(logo)\"><img srcset='caf\xe9.png 1x, b 2x' src=c.png>";
        let urls: Vec<_> =
            read(html, &Extras::default()).references.into_iter().map(|reference| reference.url).collect();
        assert_eq!(urls, ["c.png"]);
    }

    #[test]
    fn what_a_policy_names_by_its_digest_is_fixed() {
        let (style, script) = ("a{b:url(c.png)}", "import './d.js'");
        let listed = |text: &str| Algorithm::Sha256.integrity(text.as_bytes());
        let cases = [
            (String::new(), [false, false, false]),
            (format!("style-src 'self' '{}'", listed(style)), [true, false, false]),
            (format!("script-src '{}'", listed(script)), [false, true, false]),
            (format!("style-src 'unsafe-hashes' '{}'", listed("e:url(f.png)")), [false, false, true]),
            ("script-src 'sha256-other'".to_owned(), [false, false, false]),
        ];
        let body = format!("<style>{style}</style><script type=module>{script}</script><p style='e:url(f.png)'>");
        let in_noscript = ["<noscript>", &body, "</noscript>"].concat();
        for ((policy, expected), body) in cases.iter().flat_map(|case| [(case, &body), (case, &in_noscript)]) {
            let html = format!("<meta http-equiv=content-security-policy content=\"{policy}\">{body}");
            let of_site = Extras { policies: policy, ..Extras::default() };
            for (html, extras) in [(&html, Extras::default()), (body, of_site)] {
                let fixed: Vec<_> = read(html.as_bytes(), &extras).references.iter().map(|one| one.is_fixed).collect();
                assert_eq!(fixed, *expected, "{policy} {body}");
            }
        }
    }

    #[test]
    fn the_first_base_counts() {
        let page = read(b"<base href='/x/'><base href='/y/'>", &Extras::default());
        assert_eq!(page.base.as_deref(), Some("/x/"));
    }
}
