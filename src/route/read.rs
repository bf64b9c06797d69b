//! Reading a route table that came as text: a line a route, `field=value` between tabs.
//!
//! The text is what `js/options.ts` makes of the options: one string crosses into wasm, where a read
//! of each property would cost a worker two milliseconds at every start. What a value is not fit for
//! is a [`Fault`] that names it.

use super::{Pattern, Policy, Route, RouteTable};
use crate::http::{DeltaSeconds, Destination, RequestMode, decimal, digits};
use crate::http::{Split, concat, joined, origin, split_once};
use crate::policy::{Headers, Terms};

/// What a route can say.
const FIELDS: [&str; 9] =
    ["destination", "fallback", "headers", "maxAgeSeconds", "mode", "path", "policy", "staleSeconds", "timeoutSeconds"];

/// What is wrong with a table: the route and the field, and what would be right.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault(pub String);

impl RouteTable {
    /// Reads the routes of a worker whose scope has this URL (`https://host/path/`).
    ///
    /// ```
    /// use keepfresh::route::{Policy, RouteTable};
    ///
    /// let text = "path=data/*\tpolicy=stale-while-revalidate\nmode=navigate\tpolicy=network-first";
    /// let table = RouteTable::read("https://example.com/app/", text).expect("it is right");
    /// assert_eq!(table.routes[1].policy, Policy::NetworkFirst);
    ///
    /// let fault = RouteTable::read("https://example.com/", "policy=fastest").expect_err("it is not");
    /// assert!(fault.0.starts_with("routes[0]: `policy` is fastest; it can be cache-first, "));
    /// ```
    pub fn read(scope_url: &str, text: &str) -> Result<Self, Fault> {
        let path = origin(scope_url).len();
        let (origin, scope) = scope_url.split_at(path);
        let mut table = Self { origin: origin.to_owned(), routes: Vec::new(), scope: scope.to_owned() };
        for line in Split::new(text, b'\n').filter(|line| !line.is_empty()) {
            match table.route(line) {
                Ok(route) => table.routes.push(route),
                Err(reason) => {
                    let number = decimal(table.routes.len() as i64);
                    return Err(Fault(concat(&["routes[", &number, "]: ", &reason])));
                }
            }
        }
        Ok(table)
    }

    fn route(&self, line: &str) -> Result<Route, String> {
        let mut values = [None; FIELDS.len()];
        for field in Split::new(line, b'\t') {
            let (name, value) = split_once(field, b'=').unwrap_or((field, ""));
            let place = FIELDS.iter().position(|known| *known == name);
            values[place.ok_or_else(|| concat(&["`", name, "` is not a field of a route"]))?] = Some(value);
        }
        let [destination, fallback, headers, lifetime, mode, path, policy, stale_window, timeout] = values;
        let policy = Policy::ALL[word("policy", policy.unwrap_or("missing"), &Policy::NAMES)?];
        let headers = Headers::ALL[word("headers", headers.unwrap_or(Headers::NAMES[0]), &Headers::NAMES)?];
        word("mode", mode.unwrap_or("navigate"), &["navigate"])?;
        let lifetime = seconds("maxAgeSeconds", lifetime)?;
        let stale_window = seconds("staleSeconds", stale_window)?;
        let timeout = seconds("timeoutSeconds", timeout)?;
        let path = path.map(|path| Pattern::new(path, &self.scope)).transpose().map_err(|error| error.message())?;
        let default = policy.default_terms();
        Ok(Route {
            destinations: destination.map(|names| Split::new(names, b',').map(Destination::parse).collect()),
            fallback: fallback.map(|page| self.absolute(page)),
            mode: mode.map(|_| RequestMode::Navigate),
            path,
            policy,
            terms: Terms {
                headers,
                lifetime: lifetime.or(default.lifetime),
                stale_window: stale_window.or(default.stale_window),
                ..default
            },
            timeout,
        })
    }

    /// The URL of a page, which is relative to the scope or begins with `/`.
    fn absolute(&self, page: &str) -> String {
        let base = if page.starts_with("/") { "" } else { &self.scope };
        concat(&[&self.origin, base, page])
    }
}

/// Which of the known words a value is.
fn word(name: &str, value: &str, known: &[&str]) -> Result<usize, String> {
    let place = known.iter().position(|known| *known == value);
    place.ok_or_else(|| unfit(name, value, &joined(known.iter().copied(), ", ")))
}

/// Whole seconds; a fraction is dropped.
fn seconds(name: &str, value: Option<&str>) -> Result<Option<DeltaSeconds>, String> {
    let Some(value) = value else { return Ok(None) };
    let whole = Split::new(value, b'.').next().unwrap_or_default();
    match digits(whole) {
        Some(seconds) => Ok(Some(DeltaSeconds::saturating(seconds))),
        None if value == "Infinity" => Ok(Some(DeltaSeconds::MAX)),
        None => Err(unfit(name, value, "a number of seconds")),
    }
}

fn unfit(name: &str, value: &str, fits: &str) -> String {
    concat(&["`", name, "` is ", value, "; it can be ", fits])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Audience;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn every_field_is_read() {
        let text = "path=data/*\tpolicy=stale-while-revalidate\tmaxAgeSeconds=60.5\tstaleSeconds=Infinity\t\
                    headers=override\tfallback=off.json\tdestination=image,font\n\n\
                    mode=navigate\tpolicy=network-first\tfallback=/off.html";
        let table = RouteTable::read("https://example.com/app/", text).unwrap();
        assert_eq!((table.origin.as_str(), table.scope.as_str()), ("https://example.com", "/app/"));
        let data = &table.routes[0];
        assert_eq!(data.path.as_ref().map(Pattern::as_str), Some("/app/data/*"));
        assert_eq!(data.policy, Policy::StaleWhileRevalidate);
        assert_eq!(data.fallback.as_deref(), Some("https://example.com/app/off.json"));
        assert_eq!(data.destinations, Some(vec![Destination::Image, Destination::Font]));
        let terms = Terms {
            headers: Headers::Override,
            lifetime: Some(DeltaSeconds::saturating(60)),
            stale_window: Some(DeltaSeconds::MAX),
            ..Terms::http(Audience::Private)
        };
        assert_eq!(data.terms, terms);
        let pages = &table.routes[1];
        assert_eq!(pages.mode, Some(RequestMode::Navigate));
        assert_eq!(pages.fallback.as_deref(), Some("https://example.com/off.html"));
        assert_eq!(pages.terms, Policy::NetworkFirst.default_terms());
        assert_eq!(RouteTable::read("https://example.com/", "").unwrap().routes, []);
    }

    #[test]
    fn faults_are_named() {
        let cases = [
            ("path=/a", "routes[0]: `policy` is missing; it can be cache-first, http, network-first"),
            ("policy=fastest", "routes[0]: `policy` is fastest; it can be cache-first"),
            ("policy=cache-first\npolicy=x", "routes[1]: `policy` is x"),
            ("policy=cache-first\tttl=5", "`ttl` is not a field of a route"),
            ("policy=cache-first\tnonsense", "`nonsense` is not a field of a route"),
            ("policy=cache-first\tmode=cors", "`mode` is cors; it can be navigate"),
            ("policy=cache-first\tpath=/:id", "the path `/:id` contains `:`"),
            ("policy=cache-first\theaders=ignore", "`headers` is ignore; it can be respect, override"),
            ("policy=cache-first\tmaxAgeSeconds=soon", "`maxAgeSeconds` is soon; it can be a number"),
            ("policy=cache-first\tstaleSeconds=-1", "`staleSeconds` is -1; it can be a number of seconds"),
            ("[object Object]", "`[object Object]` is not a field of a route"),
        ];
        for (text, expected) in cases {
            let Fault(message) = RouteTable::read("https://example.com/", text).unwrap_err();
            assert!(message.contains(expected), "{text:?}: {message}");
        }
    }
}
