//! From Workbox's configurations and workers to routes: `runtimeCaching` of `workbox-config.js`, of Vite's and Next's
//! plugins, and calls of `registerRoute`. What cannot be said by a route is told of, with its line.

mod constants;
mod fallback;
mod matcher;
mod recipes;
mod regexp;
mod strategy;

use oxc_allocator::Allocator;
use oxc_ast::ast::{Argument, CallExpression, Expression, NewExpression, ObjectExpression};
use oxc_ast_visit::{Visit, walk};
use oxc_parser::Parser;
use oxc_span::{GetSpan, SourceType, Span};

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
    let wrapped = if path.ends_with(".json") { ["(", source, ")"].concat() } else { source.to_owned() };
    let kind = SourceType::from_path(path).unwrap_or_else(|_| SourceType::unambiguous());
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
const OWN_HANDLER: &str = "left out: its handler is a function of its own, or not known here";

/// By these one knows settings of a worker.
const OF_WORKERS: [&str; 7] =
    ["globDirectory", "globPatterns", "navigateFallback", "precacheEntries", "runtimeCaching", "swDest", "swSrc"];

/// What settings of a whole worker come to, which are no routes.
const SETTINGS: [(&str, &str); 5] = [
    ("additionalManifestEntries", "what is not in the folder is not precached: a route keeps it"),
    ("ignoreURLParametersMatching", "without a network a precached file answers whatever query it is asked for with"),
    ("importScripts", "`own-worker` takes one script of your own"),
    ("navigationPreload", "it is `navigation-preload = true`, outside of the routes"),
    ("offlineGoogleAnalytics", "there is nothing like it: requests of another origin can wait in a `queue`"),
];

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
        let Some(mut strategy) = handler.and_then(|handler| strategy::read(handler, options)) else {
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
                let routes = all.iter().map(|conditions| with(&strategy.route, conditions)).collect();
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
                let lists = rest.first().and_then(|options| match options.get_inner_expression() {
                    Expression::ObjectExpression(options) => Some(options),
                    _ => None,
                });
                let list = |name| lists.and_then(|lists| property(lists, name));
                self.navigation(span, handler, list("allowlist"), list("denylist"));
            }
            (_, [matcher, handler, rest @ ..]) => self.route(span, matcher, Some(handler), None, rest.first().copied()),
            _ => self.leave_out(span, UNKNOWN),
        }
    }

    fn navigation(
        &mut self,
        span: Span,
        handler: &Expression<'_>,
        allow: Option<&Expression<'_>>,
        deny: Option<&Expression<'_>>,
    ) {
        if let Expression::CallExpression(bound) = handler.get_inner_expression()
            && last_name(&bound.callee) == Some("createHandlerBoundToURL")
        {
            let page = bound.arguments.first().and_then(Argument::as_expression).and_then(matcher::text);
            return match page {
                Some(page) => self.tell(span, fallback::read(&page, allow, deny)),
                None => self.leave_out(span, "left out: its page is not known here"),
            };
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

    /// `fallbacks` of Serwist (a list of `entries`) and of next-pwa (a page for each destination).
    fn fallbacks(&mut self, span: Span, all: &ObjectExpression<'_>) {
        if let Some(Expression::ArrayExpression(entries)) = property(all, "entries") {
            for entry in entries.elements.iter().filter_map(|entry| entry.as_expression()) {
                let Expression::ObjectExpression(entry) = entry.get_inner_expression() else { continue };
                let page = property(entry, "url").and_then(matcher::text);
                let is_page = property(entry, "matcher").is_some_and(|own| {
                    matcher::read(own, self.source).is_ok_and(|all| all.iter().all(|one| one.is_navigation))
                });
                match page {
                    Some(page) if is_page => self.tell(entry.span, fallback::read(&page, None, None)),
                    _ => self.leave_out(entry.span, "left out: say `fallback` in the routes that shall have one"),
                }
            }
        }
        for name in ["document", "image", "font", "audio", "video"] {
            match property(all, name).and_then(matcher::text) {
                Some(page) if name == "document" => self.tell(span, fallback::read(&page, None, None)),
                Some(file) => {
                    let note = format!("left out: say `fallback = \"{file}\"` in the routes for `{name}`");
                    self.leave_out(span, &note);
                }
                None => {}
            }
        }
    }

    /// Settings of a worker, or of what writes it.
    fn settings(&mut self, object: &ObjectExpression<'_>) {
        match property(object, "runtimeCaching") {
            Some(Expression::ArrayExpression(list)) => {
                for item in &list.elements {
                    let is_known = item.as_expression().is_some_and(|item| {
                        matches!(
                            item.get_inner_expression(),
                            Expression::ObjectExpression(_) | Expression::NewExpression(_)
                        )
                    });
                    if !is_known && !item.is_elision() {
                        self.leave_out(item.span(), UNKNOWN);
                    }
                }
            }
            Some(other) => self.leave_out(other.span(), UNKNOWN),
            None => {}
        }
        if let Some(page) = property(object, "navigateFallback").and_then(matcher::text) {
            let list = |names: [&str; 2]| names.into_iter().find_map(|name| property(object, name));
            let allow = list(["navigateFallbackAllowlist", "navigateFallbackWhitelist"]);
            let deny = list(["navigateFallbackDenylist", "navigateFallbackBlacklist"]);
            self.tell(object.span, fallback::read(&page, allow, deny));
        }
        if let Some(Expression::ObjectExpression(all)) = property(object, "fallbacks") {
            self.fallbacks(object.span, all);
        }
        let is_of_worker = OF_WORKERS.iter().any(|name| property(object, name).is_some());
        for (name, note) in SETTINGS {
            let value =
                property(object, name).filter(|value| !matches!(value, Expression::BooleanLiteral(no) if !no.value));
            if let Some(value) = value.filter(|_| is_of_worker) {
                self.leave_out(value.span(), &format!("{name} is left out: {note}"));
            }
        }
    }
}

/// What a route does, for these requests.
fn with(route: &Route, conditions: &Conditions) -> Route {
    let Conditions { destinations, is_navigation, origin, path } = conditions.clone();
    Route {
        destination: destinations,
        mode: is_navigation.then_some(Mode::Navigate),
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
        let matcher = property(item, "urlPattern").or_else(|| property(item, "matcher"));
        if let (Some(matcher), Some(handler)) = (matcher, property(item, "handler")) {
            self.route(item.span, matcher, Some(handler), property(item, "options"), property(item, "method"));
        }
        self.settings(item);
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
