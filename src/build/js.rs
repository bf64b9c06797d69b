//! References in JavaScript: imports, exports from, `new URL("…", import.meta.url)`, `importScripts`, workers,
//! and the source map.
//!
//! What `new Worker("a.js")` names is relative to a page that is not known here: only a path from the root is
//! read. A service worker that is registered keeps its name.
//!
//! A file that cannot be parsed has no references: it is left as it is, and told of.

use oxc_allocator::Allocator;
use oxc_ast::ast::{
    Argument, ArrayExpressionElement, AssignmentExpression, AssignmentTarget, CallExpression, Expression,
    ImportExpression, NewExpression,
};
use oxc_ast_visit::{Visit, walk};
use oxc_parser::Parser;
use oxc_span::{SourceType, Span};

use super::css::source_map;
use super::reference::{Kind, Reference};

/// The references of a script, in their order, and how many more are put together at run time; or where it
/// stops being JavaScript.
type Found = Result<(Vec<Reference>, usize), String>;

/// Something that reads scripts. Two that read the same one find the same in it; there is a third one in the
/// tests, which checks these on real packages (`tests/cli/oracle.mjs`).
trait Reader: Sync {
    /// What a script or module refers to; `None` if it takes another reader to tell.
    fn read(&self, source: &str) -> Option<Found>;
}

/// Those that are asked, in this order.
const READERS: [&dyn Reader; 2] = [&LastLine, &Oxc];

/// The references of a script or module, in their order, and how many more are put together at run time;
/// an error that says where it stops being JavaScript.
pub fn references(source: &str) -> Found {
    READERS.iter().find_map(|reader| reader.read(source)).unwrap_or_else(|| Ok((Vec::new(), 0)))
}

/// Reads what has to be parsed, all there is.
struct Oxc;

impl Reader for Oxc {
    fn read(&self, source: &str) -> Option<Found> {
        let allocator = Allocator::default();
        let parsed = Parser::new(&allocator, source, SourceType::unambiguous()).parse();
        if parsed.panicked {
            let first = parsed.diagnostics.into_iter().next().map(|fault| fault.to_string());
            return Some(Err(first.unwrap_or_else(|| "it is not JavaScript".to_owned())));
        }
        let mut finder = Finder { found: Vec::new(), source, unknown: 0 };
        for requests in parsed.module_record.requested_modules.iter() {
            for request in requests.1 {
                finder.literal(Kind::Module, request.span, requests.0.as_str());
            }
        }
        finder.visit_program(&parsed.program);
        for comment in &parsed.program.comments {
            let span = comment.content_span();
            let text = &source[span.start as usize..span.end as usize];
            finder.found.extend(source_map(text).map(|map| map.shifted(span.start as usize)));
        }
        finder.found.sort_by_key(|reference| reference.span.start);
        Some(Ok((finder.found, finder.unknown)))
    }
}

/// Reads scripts that refer to nothing but their source map, where that can be told without parsing: without
/// one of these words there is nothing else, and a comment on the last line is one whatever stands before it.
/// (In a script that ends within a template or a comment it is none; such a script does not run.)
struct LastLine;

impl Reader for LastLine {
    fn read(&self, source: &str) -> Option<Found> {
        const WORDS: [&str; 3] = ["import", "export", "Worker"];
        if WORDS.iter().any(|word| source.contains(word)) {
            return None;
        }
        let Some(at) = source.find("sourceMappingURL") else { return Some(Ok((Vec::new(), 0))) };
        let start = source[..at].rfind('\n').map_or(0, |feed| feed + 1);
        // Nothing that could end a string or a comment, and no further line.
        let is_last =
            |line: &&str| !line.trim_end().contains(['\n', '\r', '\u{2028}', '\u{2029}', '\'', '"', '`', '*']);
        let line = source[start..].strip_prefix("//").filter(is_last)?;
        let map = source_map(line).map(|map| map.shifted(source.len() - line.len()));
        Some(Ok((map.into_iter().collect(), 0)))
    }
}

/// Whether a script goes through the script elements of its page.
pub fn looks_for_scripts(source: &str) -> bool {
    const WAYS: [&str; 7] = [
        "document.scripts",
        "getElementsByTagName(\"script\")",
        "getElementsByTagName('script')",
        "querySelectorAll(\"script",
        "querySelectorAll('script",
        "querySelector(\"script",
        "querySelector('script",
    ];
    WAYS.iter().any(|way| source.contains(way))
}

/// How large a script may be that finds itself, in bytes: in bundles any name occurs for any reason.
const SPEAKING_LIMIT: usize = 256 << 10;

/// Names that mean something else as well.
const COMMON_NAMES: [&str; 9] = ["app", "bundle", "common", "core", "index", "main", "runtime", "script", "vendor"];

/// Whether a script speaks of itself by the name that it has: `site.js`, `site\.js` in a regular expression, or
/// `"site"` alone.
pub fn speaks_of(source: &str, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let mut forms = vec![name.to_owned(), [stem, "\\.", extension].concat()];
    if !COMMON_NAMES.contains(&stem) {
        forms.extend([["\"", stem, "\""].concat(), ["'", stem, "'"].concat()]);
    }
    // The name of its source map holds its own.
    let is_spoken =
        |form: &String| source.match_indices(form).any(|(at, _)| !source[at + form.len()..].starts_with(".map"));
    source.len() <= SPEAKING_LIMIT && forms.iter().any(is_spoken)
}

struct Finder<'s> {
    found: Vec<Reference>,
    source: &'s str,
    unknown: usize,
}

impl Finder<'_> {
    /// A string of the source, quotes included.
    fn literal(&mut self, kind: Kind, span: Span, url: &str) {
        let span = span.start as usize + 1..span.end as usize - 1;
        debug_assert!(self.source.is_char_boundary(span.start));
        self.found.push(Reference::new(kind, span, url));
    }

    /// An expression, if it is a string that is known now.
    fn expression(&mut self, kind: Kind, expression: &Expression<'_>) {
        match expression {
            Expression::StringLiteral(text) => self.literal(kind, text.span, &text.value),
            Expression::TemplateLiteral(template) if template.expressions.is_empty() => {
                let text = template.quasis.first().and_then(|part| part.value.cooked.as_ref());
                if let Some(text) = text {
                    self.literal(kind, template.span, text);
                }
            }
            _ => self.unknown += 1,
        }
    }
}

impl<'a> Visit<'a> for Finder<'_> {
    fn visit_import_expression(&mut self, import: &ImportExpression<'a>) {
        self.expression(Kind::DynamicImport, &import.source);
        walk::walk_import_expression(self, import);
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        let is_import = match &call.callee {
            Expression::Identifier(name) => name.name == "importScripts",
            Expression::StaticMemberExpression(member) => {
                let of_worker = matches!(&member.object, Expression::Identifier(name) if matches!(name.name.as_str(), "globalThis" | "self"));
                of_worker && member.property.name == "importScripts"
            }
            _ => false,
        };
        for script in call.arguments.iter().filter(|_| is_import).filter_map(Argument::as_expression) {
            self.expression(Kind::Url, script);
        }
        walk::walk_call_expression(self, call);
    }

    /// Vite's list of what its dynamic imports need: `__vite__mapDeps=(i,m=__vite__mapDeps,d=(m.f||(m.f=["a"])))=>…`.
    /// It loads these before the modules ask for them, and so must know their names.
    fn visit_assignment_expression(&mut self, assignment: &AssignmentExpression<'a>) {
        let is_list = matches!(&assignment.left, AssignmentTarget::StaticMemberExpression(member) if member.property.name == "f")
            && self.source.contains("__vite__mapDeps");
        if let (true, Expression::ArrayExpression(list)) = (is_list, &assignment.right) {
            for item in &list.elements {
                if let ArrayExpressionElement::StringLiteral(text) = item {
                    self.literal(Kind::Preload, text.span, &text.value);
                }
            }
        }
        walk::walk_assignment_expression(self, assignment);
    }

    fn visit_new_expression(&mut self, new: &NewExpression<'a>) {
        let is_url = matches!(&new.callee, Expression::Identifier(name) if name.name == "URL");
        if let (true, [url, base]) = (is_url, new.arguments.as_slice())
            && is_import_meta_url(base)
            && let Some(url) = url.as_expression()
        {
            self.expression(Kind::Url, url);
        }
        let is_worker = matches!(&new.callee, Expression::Identifier(name) if matches!(name.name.as_str(), "SharedWorker" | "Worker"));
        if is_worker && let Some(script) = new.arguments.first().and_then(Argument::as_expression) {
            let before = self.found.len();
            self.expression(Kind::Url, script);
            // Only a path from the root means the same everywhere.
            let is_path = |reference: &Reference| reference.url.starts_with('/') && !reference.url.starts_with("//");
            if !self.found[before..].iter().all(is_path) {
                self.found.truncate(before);
            }
        }
        walk::walk_new_expression(self, new);
    }
}

fn is_import_meta_url(argument: &Argument<'_>) -> bool {
    matches!(argument, Argument::StaticMemberExpression(member)
        if member.property.name == "url" && matches!(member.object, Expression::ImportMeta(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_construct_of_javascript_is_read() {
        let cases: [(&str, &[&str]); 31] = [
            ("import './a.js'", &["./a.js"]),
            ("import a, { b as c } from \"./a.js\";", &["./a.js"]),
            ("import * as a from './a.js'", &["./a.js"]),
            ("import a from './a.json' with { type: 'json' }", &["./a.json"]),
            ("export * from './a.js'; export { b } from './b.js'", &["./a.js", "./b.js"]),
            ("export * as ns from './a.js'", &["./a.js"]),
            ("const a = await import('./a.js')", &["./a.js"]),
            ("import(`./a.js`).then(x)", &["./a.js"]),
            ("function f() { return import('./a.js') }", &["./a.js"]),
            ("import(`./${name}.js`)", &[]),
            ("import('./' + name)", &[]),
            ("new URL('./a.png', import.meta.url)", &["./a.png"]),
            ("new Worker(new URL('./w.js', import.meta.url), { type: 'module' })", &["./w.js"]),
            ("new URL('./a.png', location.href)", &[]),
            ("new URL('./a.png', new.target.url)", &[]),
            ("// import './a.js'\n/* import('./b.js') */", &[]),
            ("const s = \"import './a.js'\"; const r = /import '.\\/a.js'/", &[]),
            ("import 'react'; import 'https://x.example/a.js'", &["react", "https://x.example/a.js"]),
            ("var x = 1;\n//# sourceMappingURL=a.js.map\n", &["a.js.map"]),
            ("var x = 1;\n//@ sourceMappingURL=a.js.map", &["a.js.map"]),
            ("with (a) { b() }", &[]),
            ("importScripts('a.js', `./b.js`, name, '/c.js')", &["a.js", "./b.js", "/c.js"]),
            ("self.importScripts('a.js'); other.importScripts('b.js'); importScripts()", &["a.js"]),
            ("new Worker('/w.js'); new SharedWorker('/s.js', { name: 'x' })", &["/w.js", "/s.js"]),
            ("new Worker('w.js'); new Worker(url); new Worker(); new Worker('//x.example/w.js')", &[]),
            ("new Worker(new URL('w.js', import.meta.url))", &["w.js"]),
            ("navigator.serviceWorker.register('/sw.js')", &[]),
            ("class Worker2 {} new Worker2('/w.js')", &[]),
            (
                "const __vite__mapDeps=(i,m=__vite__mapDeps,d=(m.f||(m.f=['./a.js','assets/b.css'])))=>i; import('./c.js')",
                &["./a.js", "assets/b.css", "./c.js"],
            ),
            ("m.f = ['./a.js']; import.meta", &[]),
            ("#!/usr/bin/env node\nimport './a.js'", &["./a.js"]),
        ];
        for (source, expected) in cases {
            let (found, _) = references(source).unwrap_or_else(|error| panic!("{source}: {error}"));
            let urls: Vec<_> = found.iter().map(|reference| reference.url.as_str()).collect();
            assert_eq!(urls, expected, "{source}");
            for reference in found {
                assert_eq!(source[reference.span.clone()], reference.url, "{source}");
            }
        }
    }

    #[test]
    fn scripts_that_find_themselves_are_known() {
        let cases = [
            ("[...document.scripts].find((one) => /(^|\\/)lib\\.js$/.test(one.src))", true),
            ("var o = 'lib', all = document.getElementsByTagName('script')", true),
            ("document.querySelector('script[src*=\"lib.js\"]')", true),
            ("document.scripts[0].before(tag)", false),
            ("load('lib.js')", false),
            ("document.scripts[0].src\n//# sourceMappingURL=lib.js.map", false),
        ];
        for (source, expected) in cases {
            assert_eq!(looks_for_scripts(source) && speaks_of(source, "js/lib.js"), expected, "{source}");
        }
    }

    #[test]
    fn what_needs_no_parser_is_read_as_by_it() {
        let cases = [
            ("f()\n//# sourceMappingURL=a.map\n", true),
            ("f()\n//@ sourceMappingURL=a.map", true),
            ("//# sourceMappingURL=a.map", true),
            ("f() //# sourceMappingURL=a.map", false),
            ("//# sourceMappingURL=a.map\nf()", false),
            ("'\\\n//# sourceMappingURL=a.map'", false),
            ("f() // import\n//# sourceMappingURL=a.map", false),
            ("f()", true),
            ("", true),
        ];
        for (source, is_quick) in cases {
            let quick = LastLine.read(source);
            assert_eq!(quick.is_some(), is_quick, "{source}");
            if let Some(quick) = quick {
                assert_eq!(Some(quick), Oxc.read(source), "{source}");
            }
        }
    }

    #[test]
    fn what_is_put_together_at_run_time_is_counted() {
        let cases = [
            ("import(`./${name}.js`); import('./a.js'); import(name)", 2),
            ("new URL(name, import.meta.url); new URL('a', b)", 1),
            ("new Worker(name); importScripts(...names); importScripts(name)", 2),
        ];
        for (source, expected) in cases {
            assert_eq!(references(source).unwrap().1, expected, "{source}");
        }
    }

    #[test]
    fn what_is_no_javascript_is_an_error() {
        assert!(references("import { from 'x").is_err());
        assert!(references("<!doctype html> import").is_err());
    }
}
