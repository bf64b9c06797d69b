//! From Workbox's configurations and workers to routes: `runtimeCaching` of `workbox-config.js`, of Vite's and Next's
//! plugins, and calls of `registerRoute`; and from what Angular's worker is told. What cannot be said by a route is told of, with its line.

mod angular;
mod constants;
mod fallback;
mod matcher;
mod recipes;
mod regexp;
mod settings;
mod steps;
mod strategy;

use std::collections::BTreeSet;

use oxc_allocator::Allocator;
use oxc_ast::ast::{Argument, CallExpression, Expression, NewExpression, ObjectExpression};
use oxc_ast_visit::{Visit, walk};
use oxc_parser::Parser;
use oxc_span::{SourceType, Span};

use self::fallback::Said;
use self::matcher::Conditions;
use self::strategy::{Strategy, last_name, property};
use super::routes::{Mode, Policy, Route, compiled};
use crate::route::Fault;

/// What one place of a configuration comes to.
#[derive(Debug, PartialEq)]
pub struct Moved {
    /// Its line, from 1.
    pub line: usize,
    /// What it does.
    pub routes: Vec<Route>,
    /// What is lost of it.
    pub notes: Vec<String>,
}

/// Reads a configuration or a worker, JavaScript or TypeScript by the end of `path`; an error that says where it
/// stops being one.
pub fn read(path: &str, source: &str) -> Result<Vec<Moved>, String> {
    let allocator = Allocator::default();
    // JSON is an expression.
    let source = source.trim_start_matches('\u{feff}');
    let wrapped = if path.ends_with(".json") { ["(", source, ")"].concat() } else { source.to_owned() };
    let kind = SourceType::from_path(path).unwrap_or_else(|_| SourceType::unambiguous());
    let kind = if kind.is_typescript() { kind } else { kind.with_jsx(true) };
    let mut parsed = Parser::new(&allocator, &wrapped, kind).parse();
    if parsed.panicked {
        let first = parsed.diagnostics.into_iter().next().map(|fault| fault.to_string());
        return Err(first.unwrap_or_else(|| "it is not JavaScript".to_owned()));
    }
    constants::put_in(&mut parsed.program, &allocator);
    let mut finder = Finder { found: Vec::new(), source: &wrapped };
    finder.visit_program(&parsed.program);
    finder.found.sort_by_key(|moved| moved.line);
    // What has a name is found where it is named, too.
    let mut all: Vec<Moved> = Vec::new();
    for moved in finder.found {
        if !all.contains(&moved) {
            all.push(moved);
        }
    }
    Ok(all)
}

/// The routes as `keepfresh.toml` has them, with what is lost as comments above.
pub fn to_toml(all: &[Moved]) -> String {
    let mut text = String::new();
    for moved in all {
        for note in &moved.notes {
            // A comment ends with its line, whatever the text that it quotes says.
            let note = note.replace(char::is_control, " ");
            text.push_str(&format!("# line {}: {note}\n", moved.line));
        }
        for route in &moved.routes {
            text.push_str("[[routes]]\n");
            // JSON's strings, numbers and lists are TOML's.
            let fields = serde_json::to_value(route).ok().and_then(|value| value.as_object().cloned());
            for (name, value) in fields.unwrap_or_default() {
                text.push_str(&format!("{name} = {value}\n"));
            }
        }
        text.push('\n');
    }
    text
}

struct Finder<'s> {
    found: Vec<Moved>,
    source: &'s str,
}

const UNKNOWN: &str = "left out: it comes from elsewhere, or is put together at run time";
const NO_PAGE: &str = "left out: its page is not known here";
const OWN_HANDLER: &str = "left out: its handler is a function of its own, or not known here";

impl Finder<'_> {
    fn tell(&mut self, span: Span, (routes, mut notes): Said) {
        let before = self.source.get(..span.start as usize).unwrap_or_default();
        // One that cannot be said takes none of the others along.
        let is_sayable = |route: &Route| match compiled(std::slice::from_ref(route)) {
            Ok(_) => true,
            Err(Fault(reason)) => {
                notes.push(format!("left out: {}", reason.trim_start_matches("routes[0]: ")));
                false
            }
        };
        let routes = routes.into_iter().filter(is_sayable).collect();
        self.found.push(Moved { line: before.matches('\n').count() + 1, routes, notes });
    }

    fn leave_out(&mut self, span: Span, note: &str) {
        self.tell(span, (Vec::new(), vec![note.to_owned()]));
    }

    /// A route: who it is for, what it does, and for which method.
    fn route(
        &mut self,
        span: Span,
        matcher: &Expression<'_>,
        handler: Option<&Expression<'_>>,
        options: Option<&Expression<'_>>,
        method: Option<&Expression<'_>>,
    ) {
        let Some(handler) = handler else { return self.leave_out(span, OWN_HANDLER) };
        let page = match bound(handler) {
            Some(Some(page)) => Some(fallback::read(&page, None, None)),
            Some(None) => return self.leave_out(span, NO_PAGE),
            None => None,
        };
        let page = page.and_then(|(routes, notes)| Some(Strategy { route: routes.into_iter().next()?, notes }));
        let Some(mut strategy) = page.or_else(|| strategy::read(handler, options)) else {
            return self.leave_out(span, OWN_HANDLER);
        };
        let route = &mut strategy.route;
        let said = method.map(|method| matcher::text(method).unwrap_or_default());
        if let Some(method) = said.filter(|method| !method.eq_ignore_ascii_case("GET")) {
            let is_known = ["DELETE", "PATCH", "POST", "PUT"].contains(&method.to_ascii_uppercase().as_str());
            if route.queue.is_none() || !is_known {
                let note = match (method.as_str(), route.policy) {
                    ("", _) => "left out: its method is not known here".to_owned(),
                    (_, Policy::NetworkOnly) if strategy.notes.is_empty() => {
                        format!("left out: requests with the method {method} go to the network as they are")
                    }
                    _ => format!("left out: responses to requests with the method {method} are not kept"),
                };
                return self.leave_out(span, &note);
            }
            let queue = route.queue.take();
            *route = Route { method: vec![method], policy: Policy::NetworkOnly, queue, ..Route::default() };
        } else if route.queue.take().is_some() {
            strategy.notes.push("backgroundSync is left out: it is for requests that change something".to_owned());
        }
        match matcher::read(matcher, self.source) {
            Ok(all) => {
                let is_endless = strategy.route.keep_seconds.is_none() && strategy.route.policy == Policy::CacheFirst;
                let is_elsewhere = all.iter().any(|conditions| conditions.origin.is_some());
                if is_endless && strategy.route.opaque.take().is_some() && is_elsewhere {
                    strategy
                        .notes
                        .push("status 0 is left out: what may be an error must end (`keepSeconds`)".to_owned());
                }
                let mut routes: Vec<Route> = Vec::new();
                for route in all.iter().map(|conditions| with(&strategy.route, conditions)) {
                    if !routes.contains(&route) {
                        routes.push(route);
                    }
                }
                strategy.notes.extend(lost(&all));
                self.tell(span, (routes, strategy.notes));
            }
            Err(reason) => self.leave_out(span, &format!("left out: {reason}")),
        }
    }

    /// `new Route(matcher, handler)` or `new NavigationRoute(createHandlerBoundToURL("/index.html"))`.
    fn new_route(&mut self, span: Span, route: &NewExpression<'_>) {
        let arguments: Vec<_> = route.arguments.iter().filter_map(Argument::as_expression).collect();
        match (last_name(&route.callee), arguments.as_slice()) {
            (Some("NavigationRoute"), [handler, rest @ ..]) => {
                self.navigation(span, handler, rest.first().copied());
            }
            (_, [matcher, handler, rest @ ..]) => self.route(span, matcher, Some(handler), None, rest.first().copied()),
            _ => self.leave_out(span, UNKNOWN),
        }
    }

    fn navigation(&mut self, span: Span, handler: &Expression<'_>, options: Option<&Expression<'_>>) {
        let lists = match options.map(Expression::get_inner_expression) {
            Some(Expression::ObjectExpression(options)) => Some(options),
            _ => None,
        };
        // Other names until version 4.
        let list = |names: [&str; 2]| lists.and_then(|lists| names.into_iter().find_map(|name| property(lists, name)));
        let (allow, deny) = (list(["allowlist", "whitelist"]), list(["denylist", "blacklist"]));
        match bound(handler).or_else(|| Some(Some(matcher::text(handler)?))) {
            Some(Some(page)) => return self.tell(span, fallback::read(&page, allow, deny)),
            Some(None) => return self.leave_out(span, NO_PAGE),
            None => {}
        }
        let Some(Strategy { route, mut notes }) = strategy::read(handler, None) else {
            return self.leave_out(span, OWN_HANDLER);
        };
        if allow.or(deny).is_some() {
            notes.push("it is not for all pages: say `path` for those that it is for".to_owned());
        }
        let conditions = Conditions { is_navigation: true, ..Conditions::default() };
        self.tell(span, (vec![with(&route, &conditions)], notes));
    }
}

/// Who an item of `runtimeCaching` is for, and what it does.
fn route_of<'e, 'a>(item: &'e ObjectExpression<'a>) -> Option<(&'e Expression<'a>, &'e Expression<'a>)> {
    let matcher = property(item, "urlPattern").or_else(|| property(item, "matcher"))?;
    Some((matcher, property(item, "handler")?))
}

/// The page of `createHandlerBoundToURL("/index.html")`: `Some(None)` if it is not known here, `None` if this is none.
fn bound(handler: &Expression<'_>) -> Option<Option<String>> {
    match handler.get_inner_expression() {
        Expression::CallExpression(call)
            if matches!(last_name(&call.callee), Some("createHandlerBoundToURL" | "getCacheKeyForURL")) =>
        {
            Some(call.arguments.first().and_then(Argument::as_expression).and_then(matcher::text))
        }
        _ => None,
    }
}

/// What of these conditions a route does not say, each once.
fn lost(all: &[Conditions]) -> Vec<String> {
    let notes: BTreeSet<_> = all.iter().flat_map(|conditions| conditions.notes.iter().copied()).collect();
    notes.into_iter().map(str::to_owned).collect()
}

/// What a route does, for these requests.
fn with(route: &Route, conditions: &Conditions) -> Route {
    let Conditions { destinations, is_navigation, origin, path, .. } = conditions.clone();
    Route {
        destination: destinations,
        mode: is_navigation.then_some(Mode::Navigate).or(route.mode),
        // Of the site's own origin nothing is opaque.
        opaque: route.opaque.filter(|_| origin.is_some()),
        origin: origin.into_iter().collect(),
        path,
        ..route.clone()
    }
}

impl<'a> Visit<'a> for Finder<'_> {
    fn visit_object_expression(&mut self, item: &ObjectExpression<'a>) {
        // An item of `runtimeCaching`, wherever the list stands.
        if let Some((matcher, handler)) = route_of(item) {
            self.route(item.span, matcher, Some(handler), property(item, "options"), property(item, "method"));
        }
        self.settings(item);
        self.angular(item);
        walk::walk_object_expression(self, item);
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        let arguments: Vec<_> = call.arguments.iter().filter_map(Argument::as_expression).collect();
        match (last_name(&call.callee), arguments.as_slice()) {
            (Some("registerRoute"), [Expression::NewExpression(route)]) => self.new_route(call.span, route),
            (Some("registerRoute" | "registerCapture"), [matcher, handler, rest @ ..]) => {
                self.route(call.span, matcher, Some(handler), None, rest.first().copied());
            }
            (Some("registerRoute" | "registerCapture"), _) => self.leave_out(call.span, UNKNOWN),
            (Some("registerNavigationRoute"), [page, rest @ ..]) => {
                self.navigation(call.span, page, rest.first().copied());
            }
            (Some("addRoute" | "precache" | "precacheAndRoute"), [_, Expression::ObjectExpression(options)]) => {
                self.lose_settings(options);
            }
            (Some("setDefaultHandler"), [handler]) => match strategy::read(handler, None) {
                Some(Strategy { route, notes }) => self.tell(call.span, (vec![route], notes)),
                None => self.leave_out(call.span, OWN_HANDLER),
            },
            (Some("setCatchHandler"), _) => {
                self.leave_out(call.span, "left out: say `fallback` in the routes whose pages shall have one");
            }
            (Some(name), options) => {
                let options = options.first().map(|options| options.get_inner_expression());
                let known = match options {
                    Some(Expression::ObjectExpression(options)) => Some(&**options),
                    _ => None,
                };
                if let Some((routes, mut notes)) = recipes::read(name, known, self.source) {
                    if options.is_some() && known.is_none() {
                        notes.push(
                            "its argument is left out: it comes from elsewhere, or is put together at run time"
                                .to_owned(),
                        );
                    }
                    self.tell(call.span, (routes, notes));
                }
            }
            _ => {}
        }
        walk::walk_call_expression(self, call);
    }
}

#[cfg(test)]
mod tests;
