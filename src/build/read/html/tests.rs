//! What is read of pages.

use super::*;
use crate::build::integrity::Algorithm;

#[test]
fn every_construct_of_html_is_read() {
    let cases: [(&str, &[&str]); 64] = [
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
        ("<style>@import 'a.css';</style><img src=b.png><style>c{d:url(e.png)}</style>", &["a.css", "b.png", "e.png"]),
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
        ("<svg xmlns='http://www.w3.org/2000/svg'><style><![CDATA[a{fill:url(a.svg#x)}]]></style></svg>", &["a.svg#x"]),
        (
            "<svg><script href=a.js></script><image href='b.png'/><a href='c.html'>x</a></svg>",
            &["a.js", "b.png", "c.html"],
        ),
        ("<?xml version='1.0'?>\n<?xml-stylesheet type='text/css' href='a.css'?><svg/>", &["a.css"]),
        ("<?xml-stylesheet href=\"a.css\"?><?xml-stylesheet href='b.css'?><svg/>", &["a.css", "b.css"]),
        ("<?xml-stylesheet href='a&amp;amp;b.css'?><svg/>", &["a&amp;b.css"]),
        ("<?xml-stylesheet type='text/css'\n\thref\n=\t'a.css'?><svg/>", &["a.css"]),
        ("<?xml-stylesheet title='no href here' href='a.css'?><svg/>", &["a.css"]),
        ("<?xml-stylesheet title='x' nohref='b.css' hreflang='c.css'?><svg/>", &[]),
        ("<?xml-stylesheet title='x'?><svg/>", &[]),
        ("<!-- <?xml-stylesheet href='a.css'?> --><!DOCTYPE svg>\n<?xml-stylesheet href='b.css'?><svg/>", &["b.css"]),
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
fn the_first_base_counts_that_is_part_of_the_document() {
    let cases = [
        ("<base href='/x/'><base href='/y/'>", Some("/x/")),
        ("<template><base href='/x/'></template><base href='/y/'>", Some("/y/")),
        ("<template><p><template></template><base href='/x/'></p></template>", None),
        ("<svg><base href='/x/'/></svg><math><g><base href='/x/'></g></math>", None),
        ("<svg/><template></template><base href='/y/' data-keepfresh-ignore>", Some("/y/")),
        ("<base target=_top><base href='/y/'>", Some("/y/")),
    ];
    for (html, expected) in cases {
        assert_eq!(read(html, &Extras::default()).base.as_deref(), expected, "{html}");
    }
}

#[test]
fn elements_of_xml_close_themselves() {
    let cases: [(&str, &[&str]); 9] = [
        ("<title/><img src='a.png'/>", &["a.png"]),
        ("<script src='a.js'/><img src='b.png'/>", &["a.js", "b.png"]),
        ("<script\n  src=\"a>.js\"\n/><style/><textarea /><img src='b.png'/>", &["a>.js", "b.png"]),
        ("<script type='module'>import './a.js'</script><link rel='stylesheet' href='b.css'/>", &["./a.js", "b.css"]),
        ("<script>'<script/>'; import('./a.js')</script><img src='b.png'/>", &["./a.js", "b.png"]),
        ("<iframe src='a.html'/><noscript/><img src='b.png'/>", &["a.html", "b.png"]),
        ("<title>a</title><script src=a.js></script><titles/>", &["a.js"]),
        ("<template/><base href='/x/'/><img src='b.png'/>", &["b.png"]),
        ("<!-- <title/> --><script src='a.js'/", &[]),
    ];
    for (xml, expected) in cases {
        let page = read_xml(xml, &Extras::default());
        let urls: Vec<_> = page.references.iter().map(|reference| reference.url.as_str()).collect();
        assert_eq!((urls.as_slice(), page.base.is_some()), (expected, xml.contains("base")), "{xml}");
    }
}
