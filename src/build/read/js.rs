//! References in JavaScript: imports, exports from, `import.meta.resolve`, `new URL("…", import.meta.url)`,
//! `importScripts`, workers, and the source map.
//!
//! What `new Worker("a.js")` names is relative to a page that is not known here: only a path from the root is
//! read. So is what `importShim("./a.js")` of es-module-shims names, unless it stands in the page. A service worker
//! that is registered keeps its name, and so does every module that an import may name whose specifier is put together
//! at run time: a module that is loaded by two names is there twice.
//!
//! A file that cannot be parsed has no references: it is left as it is, and told of.

use std::collections::BTreeSet;

use oxc_allocator::Allocator;
use oxc_ast::ast::{
    Argument, ArrayExpression, AssignmentExpression, CallExpression, Expression, ImportExpression, NewExpression,
    StringLiteral, TemplateLiteral, VariableDeclarator,
};
use oxc_ast_visit::{Visit, walk};
use oxc_parser::{ParseOptions, Parser};
use oxc_span::{GetSpan, SourceType, Span};

use super::css::source_map;
use super::expression::{global, pattern};
use super::import_meta::{is_import_meta, is_import_meta_url};
use super::made::{Made, makes_modules};
use super::vite;
use crate::build::clues::pieces::Pieces;
use crate::build::reference::{Kind, Reference};
use crate::build::spelling::Notation;
use crate::build::text::holds;

/// What a script refers to; or where it stops being JavaScript.
type Found = Result<Script, String>;

/// What a script refers to.
#[derive(Debug, Default, Eq, PartialEq)]
pub struct Script {
    /// What the beginnings of specifiers stand for, in an import map ([`crate::build::Parsed::folders`]).
    pub folders: Vec<(String, String)>,
    /// What it says of the names of modules.
    pub pieces: Pieces,
    /// What it [reaches](crate::build::Parsed::reaches) beside its references.
    pub reaches: Vec<String>,
    /// Its references, in their order.
    pub references: Vec<Reference>,
    /// How many more are put together at run time.
    pub unknown: usize,
}

/// What a script or module refers to; `None` if it takes another reader to tell. Two that read the same script find the same
/// in it; there is a third one in the tests, which checks these on real packages (`tests/cli/oracle.mjs`).
type Reader = fn(&str, Place) -> Option<Found>;

/// Where a script stands.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Place {
    #[default]
    File,
    Page,
}

/// Those that are asked, in this order.
const READERS: [Reader; 2] = [last_line, parsed];

/// What a script or module refers to; an error that says where it stops being JavaScript.
pub fn read(source: &str) -> Found {
    read_in(source, Place::File)
}

/// The same of a module that stands in a page.
pub(in crate::build) fn in_page(source: &str) -> Found {
    read_in(source, Place::Page)
}

fn read_in(source: &str, place: Place) -> Found {
    READERS.iter().find_map(|reader| reader(source, place)).unwrap_or_else(|| Ok(Script::default()))
}

/// What a script imports that stands in a page, and the workers that it starts: all else that it names depends on where
/// it is run.
pub(in crate::build) fn imports(source: &str) -> Script {
    let may_name = ["import", "Worker"].iter().any(|word| holds(source, word)) || makes_modules(source);
    let mut script = if may_name { in_page(source).unwrap_or_default() } else { Script::default() };
    script.references.retain(|reference| matches!(reference.kind, Kind::DynamicImport | Kind::Url));
    script
}

/// Why a worker could not run a script, which is no module, and where: an offset in bytes. `None` if it can be read.
pub fn fault_in_script(source: &str) -> Option<(usize, String)> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, source, SourceType::script()).parse();
    if let Some(fault) = parsed.diagnostics.into_iter().next() {
        return Some((fault.labels.first().map_or(0, |label| label.offset() as usize), fault.to_string()));
    }
    let module = parsed.program.body.iter().find(|statement| statement.is_module_declaration())?;
    Some((module.span().start as usize, "only modules have import and export".to_owned()))
}

/// Reads what has to be parsed, all there is.
fn parsed(source: &str, place: Place) -> Option<Found> {
    let allocator = Allocator::default();
    // In attributes scripts are bodies of functions.
    let options = ParseOptions { allow_return_outside_function: true, ..ParseOptions::default() };
    let parsed = Parser::new(&allocator, source, SourceType::unambiguous()).with_options(options).parse();
    if parsed.panicked {
        let first = parsed.diagnostics.into_iter().next().map(|fault| fault.to_string());
        return Some(Err(first.unwrap_or_else(|| "it is not JavaScript".to_owned())));
    }
    let made = makes_modules(source).then(Made::default);
    let mut finder = Finder { made, place, source, ..Finder::default() };
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
    let starts = finder.starts();
    finder.reach_by_strings(&starts);
    let made = finder.made.take().map(|made| made.names(&starts)).unwrap_or_default();
    let Finder { ends, found: references, reaches, unknown, .. } = finder;
    Some(Ok(Script { pieces: Pieces { ends, made, starts }, reaches, references, unknown, ..Script::default() }))
}

/// Reads scripts that refer to nothing but their source map, where that can be told without parsing: without
/// one of these words there is nothing else, and a comment on the last line is one whatever stands before it.
/// (In a script that ends within a template or a comment it is none; such a script does not run.)
fn last_line(source: &str, _: Place) -> Option<Found> {
    const WORDS: [&str; 3] = ["import", "export", "Worker"];
    if WORDS.iter().any(|word| holds(source, word)) || makes_modules(source) {
        return None;
    }
    let Some(at) = source.find("sourceMappingURL") else { return Some(Ok(Script::default())) };
    let start = source[..at].rfind('\n').map_or(0, |feed| feed + 1);
    // Nothing that could end a string or a comment, and no further line.
    let is_last = |line: &&str| !line.trim_end().contains(['\n', '\r', '\u{2028}', '\u{2029}', '\'', '"', '`', '*']);
    let line = source[start..].strip_prefix("//").filter(is_last)?;
    let map = source_map(line).map(|map| map.shifted(source.len() - line.len()));
    Some(Ok(Script { references: map.into_iter().collect(), ..Script::default() }))
}

#[derive(Default)]
struct Finder<'s> {
    /// How the names end of what is loaded, where nobody knows how they begin: `${id}.js`.
    ends: BTreeSet<String>,
    found: Vec<Reference>,
    /// What it says of modules that it loads by elements.
    made: Option<Made>,
    /// The URLs of what is known by its name.
    named: Vec<Span>,
    place: Place,
    reaches: Vec<String>,
    source: &'s str,
    /// Texts that begin as specifiers do which are no bare names, and where.
    strings: Vec<(usize, String)>,
    unknown: usize,
}

impl Finder<'_> {
    /// Its texts that may be names of modules: those that are read as references are none.
    fn starts(&self) -> BTreeSet<String> {
        let read: BTreeSet<usize> = self.found.iter().map(|reference| reference.span.start).collect();
        self.strings.iter().filter(|(at, _)| !read.contains(at)).map(|(_, name)| name.clone()).collect()
    }

    /// What a script that loads modules by names from elsewhere may take for names: its own texts, and what lies in the
    /// folders among them.
    fn reach_by_strings(&mut self, starts: &BTreeSet<String>) {
        let reach = |start: &String, end: &String| {
            // A slash alone stands in any script.
            let is_folder = start.ends_with('/') && start.contains(char::is_alphanumeric) && !end.is_empty();
            [start.as_str(), if is_folder { "*" } else { "" }, end].concat()
        };
        self.reaches.extend(starts.iter().flat_map(|start| self.ends.iter().map(move |end| reach(start, end))));
    }

    /// A text, which may be the name of a module.
    fn string(&mut self, span: Span, text: &str) {
        let is_path = text.starts_with('/') && !text.starts_with("//");
        if is_path || text.starts_with("./") || text.starts_with("../") {
            self.strings.push((span.start as usize + 1, text.to_owned()));
        }
    }

    /// A string of the source, quotes included.
    fn literal(&mut self, kind: Kind, span: Span, url: &str) {
        let span = span.start as usize + 1..span.end as usize - 1;
        debug_assert!(self.source.is_char_boundary(span.start));
        self.found.push(Reference::new(kind, Notation::Code, span, url));
    }

    /// What a list names that bundlers have written.
    fn preloads(&mut self, list: &ArrayExpression<'_>) {
        for text in vite::texts(list) {
            self.literal(Kind::Preload, text.span, &text.value);
        }
    }

    /// What es-module-shims import for a script: relative to the page, unless it is told the script's own URL.
    fn shimmed(&mut self, module: &Argument<'_>, from: Option<&Argument<'_>>) {
        match (module.as_expression(), from) {
            (Some(module), Some(url)) if is_import_meta_url(url) => self.expression(Kind::DynamicImport, module),
            (Some(module), None | Some(Argument::ObjectExpression(_))) => match self.place {
                Place::File => self.relative_to_page(Kind::DynamicImport, module),
                Place::Page => self.expression(Kind::DynamicImport, module),
            },
            _ => self.unknown += 1,
        }
    }

    /// An expression that is relative to a page. In a file only a path from the root means the same everywhere.
    fn relative_to_page(&mut self, kind: Kind, expression: &Expression<'_>) {
        let before = self.found.len();
        self.expression(kind, expression);
        let is_path = |reference: &Reference| reference.url.starts_with('/') && !reference.url.starts_with("//");
        if !self.found[before..].iter().all(is_path) {
            self.found.truncate(before);
        }
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
            Expression::ParenthesizedExpression(inner) => self.expression(kind, &inner.expression),
            Expression::ConditionalExpression(either) => {
                self.expression(kind, &either.consequent);
                self.expression(kind, &either.alternate);
            }
            Expression::LogicalExpression(either) => {
                self.expression(kind, &either.left);
                self.expression(kind, &either.right);
            }
            // It is read where it stands.
            Expression::CallExpression(call) if is_import_meta(&call.callee, "resolve") => {}
            _ => {
                self.unknown += 1;
                let pattern = pattern(expression);
                if kind == Kind::DynamicImport && pattern.starts_with(['.', '/']) {
                    self.reaches.push(pattern);
                } else if kind == Kind::DynamicImport {
                    self.ends.extend(pattern.rsplit('*').next().map(str::to_owned));
                }
            }
        }
    }
}

impl<'a> Visit<'a> for Finder<'_> {
    fn visit_string_literal(&mut self, text: &StringLiteral<'a>) {
        self.string(text.span, &text.value);
        if let Some(made) = &mut self.made {
            made.text(&text.value);
        }
    }

    fn visit_template_literal(&mut self, template: &TemplateLiteral<'a>) {
        if let ([part], true) = (template.quasis.as_slice(), template.expressions.is_empty()) {
            self.string(template.span, part.value.cooked.as_ref().map_or("", |text| text.as_str()));
        }
        walk::walk_template_literal(self, template);
    }

    fn visit_import_expression(&mut self, import: &ImportExpression<'a>) {
        self.expression(Kind::DynamicImport, &import.source);
        walk::walk_import_expression(self, import);
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        if is_import_meta(&call.callee, "resolve")
            && let Some(module) = call.arguments.first().and_then(Argument::as_expression)
        {
            self.expression(Kind::DynamicImport, module);
        }
        let registers =
            matches!(&call.callee, Expression::StaticMemberExpression(member) if member.property.name == "register");
        if let (true, Some(Argument::NewExpression(url))) = (registers, call.arguments.first()) {
            self.named.push(url.span);
        }
        if let Some(made) = &mut self.made {
            made.call(call);
        }
        match (global(&call.callee), call.arguments.as_slice()) {
            (Some("importScripts"), scripts) => {
                for script in scripts.iter().filter_map(Argument::as_expression) {
                    self.expression(Kind::ImportedScript, script);
                }
            }
            (Some("importShim"), [module, rest @ ..]) => self.shimmed(module, rest.last()),
            _ => {}
        }
        let before = self.found.len();
        walk::walk_call_expression(self, call);
        if let [module, list, ..] = call.arguments.as_slice()
            && let Some(list) = vite::list_beside(module, list, &self.found[before..])
        {
            self.preloads(list);
        }
    }

    fn visit_assignment_expression(&mut self, assignment: &AssignmentExpression<'a>) {
        if let Some(made) = &mut self.made {
            made.assignment(assignment);
        }
        if let Some(list) = vite::list_of_assignment(assignment, self.source) {
            self.preloads(list);
        }
        walk::walk_assignment_expression(self, assignment);
    }

    fn visit_variable_declarator(&mut self, variable: &VariableDeclarator<'a>) {
        if let Some(list) = vite::list_of_variable(variable) {
            self.preloads(list);
        }
        walk::walk_variable_declarator(self, variable);
    }

    fn visit_new_expression(&mut self, new: &NewExpression<'a>) {
        let is_url = matches!(&new.callee, Expression::Identifier(name) if name.name == "URL");
        if let (true, [url, base]) = (is_url, new.arguments.as_slice())
            && is_import_meta_url(base)
            && let Some(url) = url.as_expression()
        {
            if self.named.contains(&new.span) {
                self.reaches.push(pattern(url));
            } else {
                self.expression(Kind::Url, url);
            }
        }
        let is_worker = matches!(&new.callee, Expression::Identifier(name) if matches!(name.name.as_str(), "SharedWorker" | "Worker"));
        if is_worker && let Some(script) = new.arguments.first().and_then(Argument::as_expression) {
            self.relative_to_page(Kind::Url, script);
        }
        walk::walk_new_expression(self, new);
    }
}

#[cfg(test)]
mod tests;
