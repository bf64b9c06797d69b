//! References in CSS: `url()`, `src()`, `@import`, the strings of `image-set()`, and the source map.

use cssparser::{ParseError, Parser, Token};

use crate::build::reference::{Kind, Reference};
use crate::build::spelling::Notation;

/// The references of a style sheet, or of a `style` attribute, in their order.
pub fn references(css: &str) -> Vec<Reference> {
    let mut found = Vec::new();
    walk(&mut Parser::new(css), css, Strings::AreText, &mut found);
    found
}

/// What a string token stands for where the walk is.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Strings {
    AreText,
    AreUrls,
}

fn walk(parser: &mut Parser<'_>, css: &str, strings: Strings, found: &mut Vec<Reference>) {
    // Set by `@import`, until its string or anything else comes.
    let mut after_import = false;
    // Set by `@namespace`, until its URL comes.
    let mut after_namespace = false;
    loop {
        let start = parser.position().byte_index();
        let Ok(token) = parser.next_including_whitespace_and_comments() else {
            return;
        };
        let token = token.clone();
        let written = start..parser.position().byte_index();
        match token {
            Token::WhiteSpace(_) => continue,
            Token::Comment(text) => {
                let text_start = written.start + 2;
                found.extend(source_map(text).map(|map| map.shifted(text_start)));
                continue;
            }
            Token::AtKeyword(name) => {
                after_import = name.eq_ignore_ascii_case("import");
                after_namespace = name.eq_ignore_ascii_case("namespace");
                continue;
            }
            // The URL of a namespace is a name, and nothing is there.
            Token::Function(_) if after_namespace => {
                nested(parser, css, Strings::AreText, &mut Vec::new());
            }
            Token::Ident(_) if after_namespace => continue,
            Token::UnquotedUrl(_) if after_namespace => {}
            Token::UnquotedUrl(url) => {
                // The URL is what the parentheses hold, without the space around it.
                let text = &css[written.clone()];
                if let Some(open) = text.find('(') {
                    let inside = text[open + 1..].trim_end_matches(')');
                    let lead = inside.len() - inside.trim_start().len();
                    let url_start = written.start + open + 1 + lead;
                    let span = url_start..url_start + inside.trim().len();
                    found.push(Reference::new(Kind::Url, Notation::Code, span, &*url));
                }
            }
            Token::QuotedString(text) if after_import || strings == Strings::AreUrls => {
                found.push(Reference::new(Kind::Url, Notation::Code, inside_quotes(css, written), &*text));
            }
            Token::Function(name) => {
                let is = |known: &str| name.eq_ignore_ascii_case(known);
                let holds_urls = is("url") || is("src") || is("image-set") || is("-webkit-image-set");
                nested(parser, css, if holds_urls { Strings::AreUrls } else { Strings::AreText }, found);
            }
            Token::CurlyBracketBlock | Token::ParenthesisBlock | Token::SquareBracketBlock => {
                nested(parser, css, Strings::AreText, found);
            }
            _ => {}
        }
        (after_import, after_namespace) = (false, false);
    }
}

fn nested(parser: &mut Parser<'_>, css: &str, strings: Strings, found: &mut Vec<Reference>) {
    let walked: Result<(), ParseError<()>> = parser.parse_nested_block(|inner| {
        walk(inner, css, strings, found);
        Ok(())
    });
    // Only the closure could have failed, and it does not.
    drop(walked);
}

/// What the quotes of a string hold. At the end of a file the closing one may be missing.
fn inside_quotes(css: &str, written: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let text = &css[written.clone()];
    let is_closed = text.len() > 1 && text.as_bytes().first() == text.as_bytes().last();
    written.start + 1..written.end - usize::from(is_closed)
}

/// The reference of a comment that names a source map: `# sourceMappingURL=site.css.map `.
pub(in crate::build) fn source_map(comment: &str) -> Option<Reference> {
    const NAME: &str = "sourceMappingURL=";
    let rest = comment.strip_prefix(['#', '@'])?.trim_start_matches([' ', '\t']).strip_prefix(NAME)?;
    let start = comment.len() - rest.len();
    let url = rest.split(|c: char| c.is_ascii_whitespace()).next().filter(|url| !url.is_empty())?;
    Some(Reference::new(Kind::SourceMap, Notation::Code, start..start + url.len(), url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_construct_of_css_is_read() {
        let cases: [(&str, &[&str]); 27] = [
            ("a{background:url(a.png)}", &["a.png"]),
            ("@namespace url(a.svg); @namespace x url('b.svg'); @namespace 'c.svg'; a{b:url(d.png)}", &["d.png"]),
            ("a{background:url( a.png )}", &["a.png"]),
            ("a{background:url(\"a b.png\")}", &["a b.png"]),
            ("a{background:URL('a.png')}", &["a.png"]),
            ("@import \"b.css\";", &["b.css"]),
            ("@import 'b.css' layer(x) screen;", &["b.css"]),
            ("@import url(b.css);", &["b.css"]),
            ("@IMPORT/**/ url( 'b.css' ) ;", &["b.css"]),
            ("a{background:image-set(\"a.png\" 1x, url(b.png) 2x)}", &["a.png", "b.png"]),
            ("a{background:-webkit-image-set('a.png' 1x)}", &["a.png"]),
            ("a{background:src(\"a.png\")}", &["a.png"]),
            ("a{cursor:url(c.svg#x),auto}", &["c.svg#x"]),
            ("@font-face{src:url(a.woff2?x#y) format('woff2'),local('Arial')}", &["a.woff2?x#y"]),
            ("@media print{@supports (x:y){a{b:url(a.png)}}}", &["a.png"]),
            ("a{b:var(--x, url(a.png))}", &["a.png"]),
            ("/*# sourceMappingURL=site.css.map */", &["site.css.map"]),
            ("/*@ sourceMappingURL=site.css.map*/", &["site.css.map"]),
            ("/*# sourceMappingURL=\n a.map */", &[]),
            ("/* url(a.png) */", &[]),
            ("a::before{content:'url(a.png)'}", &[]),
            ("@charset \"utf-8\";", &[]),
            ("a{background:url(a\\20 b.png)}", &["a b.png"]),
            ("a{b:url(a.png", &["a.png"]),
            ("a{--x:url(\"unclosed", &["unclosed"]),
            ("url('", &[""]),
            ("}}}a{b:url(a.png)}", &["a.png"]),
        ];
        for (css, expected) in cases {
            let urls: Vec<_> = references(css).into_iter().map(|reference| reference.url).collect();
            assert_eq!(urls, expected, "{css}");
        }
    }

    #[test]
    fn spans_cover_the_url_and_nothing_else() {
        let cases = [
            "a{background:url(<a.png>)}",
            "a{background:url(  <a.png>  )}",
            "a{background:url(\"<a.png>\")}",
            "@import '<b.css>';",
            "/*# sourceMappingURL=<a.map> */",
            "a{b:image-set('<a.png>' 1x)}",
            "a{b:url('<a.png>",
        ];
        for marked in cases {
            let (start, end) = (marked.find('<').unwrap(), marked.find('>').unwrap() - 1);
            let css = marked.replace(['<', '>'], "");
            assert_eq!(references(&css)[0].span, start..end, "{css}");
        }
    }
}
