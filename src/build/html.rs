//! References in markup, HTML and SVG: URL attributes, `srcset`, inline styles, inline modules, import maps and
//! social-card images. An element with the attribute `data-keepfresh-ignore` has none.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use lol_html::html_content::{Element, TextChunk};
use lol_html::{HtmlRewriter, Settings, element, text};
use serde::{Deserialize, Serialize};

use super::element::read_element;
use super::inline::Inline;
use super::integrity::lists_digest_of;
use super::mentioned;
use super::parse::Extras;
use super::pieces::Pieces;
use super::reference::Reference;
use super::xml;

/// What a page refers to.
#[derive(Debug, Default, Eq, PartialEq)]
pub struct Page {
    /// The `href` of its `<base>`, which its URLs are relative to.
    pub base: Option<String>,
    /// Inline scripts that could not be read: where they are and why.
    pub faults: Vec<(usize, String)>,
    /// What the beginnings of specifiers stand for ([`super::Parsed::folders`]).
    pub folders: Vec<(String, String)>,
    /// Texts in its scripts that look like paths (`mentioned.rs`).
    pub mentions: Vec<String>,
    /// Where modules begin in it, if it may load any.
    pub modules: Option<Modules>,
    /// What its scripts say of the names of modules.
    pub pieces: Pieces,
    /// What is said of `Content-Security-Policy`, in its `<meta>` and where the site says it of every page.
    pub(super) policies: String,
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
    /// The first byte of the first element that may load a module, or is an import map.
    pub at: usize,
    /// The text of the import map that the page has.
    pub map: Option<(usize, usize)>,
}

/// Reads a page. What is not HTML has no references. `extras` is what the site says beside what HTML does.
pub fn read(html: &str, extras: &Extras<'_>) -> Page {
    let page = Page { policies: extras.policies.to_owned(), ..Page::default() };
    let page = Rc::new(RefCell::new(page));
    // The text of the `<style>` or `<script>` that the reader is in.
    let inside = Rc::new(RefCell::new(None::<Inside>));

    let handle_element = {
        let (page, inside) = (Rc::clone(&page), Rc::clone(&inside));
        move |element: &mut Element<'_, '_>| {
            finish_inline(html, extras, &mut inside.borrow_mut(), &mut page.borrow_mut());
            let is_ignored = element.has_attribute("data-keepfresh-ignore");
            let inline = Inline::of(element);
            *inside.borrow_mut() = inline.map(|inline| Inside { inline, is_ignored, span: 0..0 });
            let (mut page, mut ignored) = (page.borrow_mut(), Page::default());
            read_element(html, element, extras.attributes, if is_ignored { &mut ignored } else { &mut page });
            page.modules = page.modules.take().or(ignored.modules);
            page.base = page.base.take().or(ignored.base);
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
        .append_element_content_handler(element!("*", handle_element))
        .append_element_content_handler(text!("noscript, script, style", handle_text))
        // Markup that a browser would mend is read as far as it goes.
        .with_strict(false);
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    // What has been read before an error stands; the handlers themselves never fail.
    if rewriter.write(html.as_bytes()).is_ok() {
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
    /// Notes what is named where nothing is to be rewritten.
    fn leave(&mut self, references: Vec<Reference>, reaches: Vec<String>) {
        self.reaches.extend(references.into_iter().filter_map(Reference::into_reach).chain(reaches));
    }
}

#[cfg(test)]
mod tests {
    use super::super::attribute::unescape;
    use super::super::integrity::Algorithm;
    use super::super::reference::Kind;
    use super::*;

    #[test]
    fn every_construct_of_html_is_read() {
        let cases: [(&str, &[&str]); 60] = [
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
            ("<script>import('./a.js'); new Worker('/w.js')</script>", &["./a.js", "/w.js"]),
            ("<p onclick=\"new Worker('/w.js')\">", &["/w.js"]),
            ("<script type=application/javascript>import('./a.js')</script>", &["./a.js"]),
            ("<script TYPE=Text/JavaScript>import('./a.js')</script>", &["./a.js"]),
            ("<script>import ('./a.js'); import/**/('./b.js')</script>", &["./a.js", "./b.js"]),
            ("<p onclick='import(&quot;./a.js&quot;)' onfocus='load(\"b.js\")'>", &["./a.js"]),
            ("<form onsubmit=\"import('./a.js').then(a); return false\">", &["./a.js"]),
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
            let page = read(html, &Extras::default());
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
            assert_eq!(read(html, &Extras::default()).references[0].kind, kind, "{html}");
        }
    }

    #[test]
    fn a_site_can_have_attributes_of_its_own() {
        let own = ["data-src".to_owned(), "data-srcset".to_owned()];
        let html = "<img data-src=a.png data-srcset='b.png 1x, c.png 2x' data-other=d.png src=e.png>\
            <noscript><p data-src=f.png></noscript>";
        let page = read(html, &Extras { attributes: &own, ..Extras::default() });
        let urls: Vec<_> = page.references.iter().map(|reference| reference.url.as_str()).collect();
        assert_eq!(urls, ["a.png", "b.png", "c.png", "e.png", "f.png"]);
    }

    #[test]
    fn what_is_ignored_is_reached_by_its_own_name() {
        let cases: [(&str, &[&str]); 6] = [
            ("<script src=a.js data-keepfresh-ignore></script>", &["./a.js"]),
            ("<script src='/a.js?v=1' data-keepfresh-ignore></script>", &["/a.js?v=1"]),
            ("<script type=module data-keepfresh-ignore>import './a.js'; import 'b'</script>", &["./a.js", "b"]),
            ("<script data-keepfresh-ignore>import(`./${a}.js`)</script>", &["./*.js"]),
            ("<a href=a.html data-keepfresh-ignore>x</a>", &[]),
            ("<p onclick=\"import('./a.js')\" data-keepfresh-ignore>", &["./a.js"]),
        ];
        for (html, expected) in cases {
            let page = read(html, &Extras::default());
            assert_eq!(
                (page.reaches.as_slice(), page.references.len()),
                (&*expected.iter().map(|url| (*url).to_owned()).collect::<Vec<_>>(), 0),
                "{html}"
            );
        }
    }

    #[test]
    fn an_import_map_goes_before_whatever_may_import() {
        let cases = [
            ("<p><script src=a.js></script><script type=module></script>", Some(3)),
            ("<p><link rel=modulepreload href=a.js>", Some(3)),
            ("<p><b onclick=\"import('./a.js')\">", Some(3)),
            ("<p><script type=module src=a.js data-keepfresh-ignore></script>", Some(3)),
            ("<p><b onclick=\"x()\"><script type=application/json>{}</script>", None),
        ];
        for (html, expected) in cases {
            assert_eq!(read(html, &Extras::default()).modules.map(|modules| modules.at), expected, "{html}");
        }
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
                let fixed: Vec<_> = read(html, &extras).references.iter().map(|one| one.is_fixed).collect();
                assert_eq!(fixed, *expected, "{policy} {body}");
            }
        }
    }

    #[test]
    fn the_first_base_counts() {
        let page = read("<base href='/x/'><base href='/y/'>", &Extras::default());
        assert_eq!(page.base.as_deref(), Some("/x/"));
    }
}
