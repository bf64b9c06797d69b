//! From Workbox's configurations and workers to routes: `runtimeCaching` of `workbox-config.js`, of Vite's and Next's
//! plugins, and calls of `registerRoute`. What cannot be said by a route is told of, with its line.

mod matcher;
mod regexp;
mod strategy;

use oxc_allocator::Allocator;
use oxc_ast::ast::{Argument, CallExpression, Expression, NewExpression, ObjectExpression};
use oxc_ast_visit::{Visit, walk};
use oxc_parser::Parser;
use oxc_span::{SourceType, Span};

use self::matcher::Conditions;
use self::strategy::{Strategy, last_name, property};
use super::routes::{Mode, Policy, Route};

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
    let parsed = Parser::new(&allocator, &wrapped, kind).parse();
    if parsed.panicked {
        let first = parsed.diagnostics.into_iter().next().map(|fault| fault.to_string());
        return Err(first.unwrap_or_else(|| "it is not JavaScript".to_owned()));
    }
    let mut finder = Finder { found: Vec::new(), source: &wrapped };
    finder.visit_program(&parsed.program);
    finder.found.sort_by_key(|moved| moved.line);
    Ok(finder.found)
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

impl Finder<'_> {
    fn tell(&mut self, span: Span, routes: Vec<Route>, notes: Vec<String>) {
        let before = self.source.get(..span.start as usize).unwrap_or_default();
        self.found.push(Moved { line: before.matches('\n').count() + 1, routes, notes });
    }

    /// A route: who it is for, what it does, and for which method.
    fn route(
        &mut self,
        span: Span,
        matcher: &Expression<'_>,
        handler: Option<&Expression<'_>>,
        options: Option<&ObjectExpression<'_>>,
        method: Option<&Expression<'_>>,
    ) {
        let Some(mut strategy) = handler.and_then(|handler| strategy::read(handler, options)) else {
            return self.tell(span, Vec::new(), vec!["left out: its handler is a function of its own".to_owned()]);
        };
        let route = &mut strategy.route;
        if let Some(method) = method.and_then(matcher::text).filter(|method| !method.eq_ignore_ascii_case("GET")) {
            let is_known = ["DELETE", "PATCH", "POST", "PUT"].contains(&method.to_ascii_uppercase().as_str());
            if route.queue.is_none() || !is_known {
                let note = format!("left out: responses to requests with the method {method} are not kept");
                return self.tell(span, Vec::new(), vec![note]);
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
                self.tell(span, routes, strategy.notes);
            }
            Err(reason) => self.tell(span, Vec::new(), vec![format!("left out: {reason}")]),
        }
    }

    /// Pages come from the network, and this one stands in for them.
    fn fallback(&mut self, span: Span, page: &str) {
        let route = Route {
            mode: Some(Mode::Navigate),
            policy: Policy::NetworkFirst,
            fallback: Some(page.trim_start_matches('/').to_owned()),
            ..Route::default()
        };
        let note =
            format!("Workbox shows {page} before it asks the network; here it is shown where there is no answer");
        self.tell(span, vec![route], vec![note]);
    }

    /// What the functions of `workbox-recipes` do.
    fn recipe(&mut self, span: Span, name: &str) -> bool {
        let for_ = |policy, destinations: &[&str]| Route {
            policy,
            destination: destinations.iter().map(|name| (*name).to_owned()).collect(),
            ..Route::default()
        };
        let of_fonts = |origin: &str, policy| Route { origin: vec![origin.to_owned()], policy, ..Route::default() };
        let routes = match name {
            "pageCache" => vec![Route {
                mode: Some(Mode::Navigate),
                policy: Policy::NetworkFirst,
                timeout_seconds: Some(3.0),
                ..Route::default()
            }],
            "staticResourceCache" => vec![for_(Policy::StaleWhileRevalidate, &["style", "script", "worker"])],
            "imageCache" => {
                vec![Route {
                    keep_seconds: Some(30 * 86_400),
                    max_entries: Some(60),
                    ..for_(Policy::CacheFirst, &["image"])
                }]
            }
            "googleFontsCache" => vec![
                of_fonts("https://fonts.googleapis.com", Policy::StaleWhileRevalidate),
                Route {
                    keep_seconds: Some(365 * 86_400),
                    max_entries: Some(30),
                    ..of_fonts("https://fonts.gstatic.com", Policy::CacheFirst)
                },
            ],
            _ => return false,
        };
        self.tell(span, routes, Vec::new());
        true
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
    /// An item of `runtimeCaching`, wherever the list stands.
    fn visit_object_expression(&mut self, item: &ObjectExpression<'a>) {
        let matcher = property(item, "urlPattern").or_else(|| property(item, "matcher"));
        if let (Some(matcher), Some(handler)) = (matcher, property(item, "handler")) {
            let options = match property(item, "options") {
                Some(Expression::ObjectExpression(options)) => Some(&**options),
                _ => None,
            };
            self.route(item.span, matcher, Some(handler), options, property(item, "method"));
        }
        if let Some(page) = property(item, "navigateFallback").and_then(matcher::text) {
            self.fallback(item.span, &page);
        }
        walk::walk_object_expression(self, item);
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        let arguments: Vec<_> = call.arguments.iter().filter_map(Argument::as_expression).collect();
        match (last_name(&call.callee), arguments.as_slice()) {
            (Some("registerRoute"), [Expression::NewExpression(route)]) => self.new_route(call.span, route),
            (Some("registerRoute"), [matcher, handler, rest @ ..]) => {
                self.route(call.span, matcher, Some(handler), None, rest.first().copied());
            }
            (Some("setDefaultHandler"), [handler]) => match strategy::read(handler, None) {
                Some(Strategy { route, notes }) => self.tell(call.span, vec![route], notes),
                None => {
                    self.tell(call.span, Vec::new(), vec!["left out: its handler is a function of its own".to_owned()])
                }
            },
            (Some("setCatchHandler"), _) => {
                let note = "left out: say `fallback` in the routes whose pages shall have one".to_owned();
                self.tell(call.span, Vec::new(), vec![note]);
            }
            (Some("offlineFallback"), _) => self.fallback(call.span, "offline.html"),
            (Some(name), _) => drop(self.recipe(call.span, name)),
            _ => {}
        }
        walk::walk_call_expression(self, call);
    }
}

impl Finder<'_> {
    /// `new Route(matcher, handler)` or `new NavigationRoute(createHandlerBoundToURL("/index.html"))`.
    fn new_route(&mut self, span: Span, route: &NewExpression<'_>) {
        let arguments: Vec<_> = route.arguments.iter().filter_map(Argument::as_expression).collect();
        match (last_name(&route.callee), arguments.as_slice()) {
            (Some("NavigationRoute"), [Expression::CallExpression(bound), ..])
                if last_name(&bound.callee) == Some("createHandlerBoundToURL") =>
            {
                match bound.arguments.first().and_then(Argument::as_expression).and_then(matcher::text) {
                    Some(page) => self.fallback(span, &page),
                    None => self.tell(span, Vec::new(), vec!["left out: its page is not known".to_owned()]),
                }
            }
            (Some("NavigationRoute"), [handler, ..]) => match strategy::read(handler, None) {
                Some(Strategy { route, notes }) => {
                    let conditions = Conditions { is_navigation: true, ..Conditions::default() };
                    self.tell(span, vec![with(&route, &conditions)], notes);
                }
                None => self.tell(span, Vec::new(), vec!["left out: its handler is a function of its own".to_owned()]),
            },
            (_, [matcher, handler, rest @ ..]) => self.route(span, matcher, Some(handler), None, rest.first().copied()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::routes::compiled;
    use super::*;

    /// The routes of a text, a line each, and how many notes there are.
    fn moved(path: &str, source: &str) -> (Vec<String>, Vec<String>) {
        let all = read(path, source).unwrap();
        let routes: Vec<Route> = all.iter().flat_map(|moved| moved.routes.clone()).collect();
        compiled(&routes).unwrap_or_else(|fault| panic!("{source}: {}", fault.0));
        let line = |route: &Route| serde_json::to_string(route).unwrap().replace('"', "");
        (routes.iter().map(line).collect(), all.into_iter().flat_map(|moved| moved.notes).collect())
    }

    #[test]
    fn what_workbox_is_told_becomes_routes() {
        let cases: [(&str, &[&str], usize); 23] = [
            (
                "registerRoute(({ request }) => request.destination === 'image' && request.destination === 'font', new CacheFirst())",
                &[],
                1,
            ),
            ("registerRoute('/logo.png', new CacheFirst())", &["{path:/logo.png,policy:cache-first}"], 0),
            ("workbox.routing.registerRoute(/\\.(?:png|gif)$/, workbox.strategies.cacheFirst({}))", &[], 1),
            (
                "registerRoute(/\\.(?:png|gif)$/, new workbox.strategies.CacheFirst({ cacheName: 'x', plugins: [new ExpirationPlugin({ maxEntries: 60, maxAgeSeconds: 30 * 24 * 60 * 60 })] }))",
                &[
                    "{path:/*.png,policy:cache-first,keepSeconds:2592000,maxEntries:60}",
                    "{path:/*.gif,policy:cache-first,keepSeconds:2592000,maxEntries:60}",
                ],
                0,
            ),
            (
                "registerRoute(({ request }) => request.destination === 'style' || request.destination === 'script', new StaleWhileRevalidate())",
                &["{destination:[style,script],policy:stale-while-revalidate}"],
                0,
            ),
            (
                "registerRoute(({ request }) => ['style', 'font'].includes(request.destination), new NetworkFirst({ networkTimeoutSeconds: 3 }))",
                &["{destination:[style,font],policy:network-first,timeoutSeconds:3.0}"],
                0,
            ),
            (
                "registerRoute(({ url, sameOrigin }) => sameOrigin && url.pathname.startsWith('/api/'), new NetworkOnly())",
                &["{path:/api/*,policy:network-only}"],
                0,
            ),
            (
                "registerRoute(function (c) { return c.url.origin === self.location.origin && c.url.pathname.endsWith('.json'); }, new CacheOnly())",
                &["{path:/*.json,policy:cache-only}"],
                0,
            ),
            (
                "registerRoute(new NavigationRoute(createHandlerBoundToURL('/index.html'), { denylist: [/x/] }))",
                &["{mode:navigate,policy:network-first,fallback:index.html}"],
                1,
            ),
            (
                "registerRoute(({ url }) => url.origin === 'https://fonts.gstatic.com', new CacheFirst({ matchOptions: { ignoreSearch: true } }))",
                &["{origin:[https://fonts.gstatic.com],ignoreQuery:true,policy:cache-first}"],
                0,
            ),
            (
                "registerRoute(({ url }) => url.origin === 'https://a.example', new CacheFirst({ plugins: [new CacheableResponsePlugin({ statuses: [0, 200, 404] }), new ExpirationPlugin({ maxAgeSeconds: 9 })] }))",
                &["{origin:[https://a.example],opaque:true,policy:cache-first,keepSeconds:9}"],
                1,
            ),
            (
                "registerRoute(({ url }) => url.origin === 'https://a.example', new CacheFirst({ plugins: [new CacheableResponsePlugin({ statuses: [0, 200] })] }))",
                &["{origin:[https://a.example],policy:cache-first}"],
                1,
            ),
            (
                "registerRoute('/own', new NetworkFirst({ plugins: [new CacheableResponsePlugin({ statuses: [0, 200] })] }))",
                &["{path:/own,policy:network-first}"],
                0,
            ),
            (
                "registerRoute(({ request }) => request.mode === 'navigate', new NetworkFirst())",
                &["{mode:navigate,policy:network-first}"],
                0,
            ),
            ("registerRoute('/x', new NetworkOnly({ plugins: [sync] }), 'POST')", &[], 1),
            (
                "registerRoute('/api/x', new NetworkOnly({ plugins: [new BackgroundSyncPlugin('my queue', { maxRetentionTime: 60 })] }), 'POST')",
                &["{path:/api/x,method:[POST],policy:network-only,queue:my-queue}"],
                0,
            ),
            (
                "({ runtimeCaching: [{ urlPattern: '/a', method: 'PUT', handler: 'NetworkOnly', options: { backgroundSync: { name: 'q' } } }] })",
                &["{path:/a,method:[PUT],policy:network-only,queue:q}"],
                0,
            ),
            ("registerRoute(({ url }) => lookUp(url), new NetworkFirst())", &[], 1),
            ("registerRoute('/x', async ({ event }) => fetch(event.request))", &[], 1),
            (
                "module.exports = { globDirectory: 'dist', runtimeCaching: [{ urlPattern: /^https:\\/\\/cdn\\.example\\/.*/i, handler: 'StaleWhileRevalidate', options: { cacheName: 'c', expiration: { maxAgeSeconds: 60 }, cacheableResponse: { statuses: [0, 200] } } }], navigateFallback: '/app.html' }",
                &[
                    "{mode:navigate,policy:network-first,fallback:app.html}",
                    "{path:/*,origin:[https://cdn.example],opaque:true,policy:stale-while-revalidate,keepSeconds:60}",
                ],
                1,
            ),
            (
                "pageCache(); imageCache()",
                &[
                    "{mode:navigate,policy:network-first,timeoutSeconds:3.0}",
                    "{destination:[image],policy:cache-first,keepSeconds:2592000,maxEntries:60}",
                ],
                0,
            ),
            ("setDefaultHandler(new NetworkFirst())", &["{policy:network-first}"], 0),
            ("registerRoute(({ url }) => { const a = 1; return url.pathname === '/x' }, new NetworkFirst())", &[], 1),
        ];
        for (source, expected, notes) in cases {
            let (routes, told) = moved("sw.js", source);
            assert_eq!(routes, expected, "{source}");
            assert_eq!(told.len(), notes, "{source}: {told:?}");
        }
    }

    #[test]
    fn typescript_and_json_are_read_and_written_as_toml() {
        let typescript = "const rules: RuntimeCaching[] = [\n{ matcher: ({ url }: Context) => url.pathname === '/a:b', handler: new NetworkFirst() }]";
        let all = read("cache.ts", typescript).unwrap();
        assert_eq!(all[0].line, 2);
        assert_eq!(to_toml(&all), "[[routes]]\npath = \"/a\\\\:b\"\npolicy = \"network-first\"\n\n");
        let json = r#"{ "runtimeCaching": [{ "urlPattern": "/x", "handler": "NetworkOnly" }] }"#;
        assert_eq!(moved("config.json", json).0, ["{path:/x,policy:network-only}"]);
        assert!(read("a.js", "(").is_err());
    }
}
