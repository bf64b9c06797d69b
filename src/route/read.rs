//! Reading a route table that came as text: a line a route, `field=value` between tabs.
//!
//! The text is what `js/options.ts` makes of the options: one string crosses into wasm, where a read
//! of each property would cost a worker two milliseconds at every start. What a value is not fit for
//! is a [`Fault`] that names it.

use super::{Pattern, Policy, Route, RouteTable};
use crate::http::{DeltaSeconds, Destination, RequestMode, decimal, digits};
use crate::http::{Split, concat, origin, split_once};
use crate::policy::{Headers, Terms};

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
        let mut policy = None;
        let mut headers = Headers::Respect;
        let (mut lifetime, mut stale_window, mut timeout) = (None, None, None);
        let (mut destinations, mut fallback, mut mode, mut path) = (None, None, None, None);
        for field in Split::new(line, b'\t') {
            let (name, value) = split_once(field, b'=').unwrap_or((field, ""));
            match name {
                "destination" => destinations = Some(Split::new(value, b',').map(Destination::parse).collect()),
                "fallback" => fallback = Some(self.absolute(value)),
                "headers" => headers = Headers::ALL[word(name, value, &Headers::NAMES)?],
                "maxAgeSeconds" => lifetime = Some(seconds(name, value)?),
                "mode" => {
                    word(name, value, &["navigate"])?;
                    mode = Some(RequestMode::Navigate);
                }
                "path" => path = Some(Pattern::new(value, &self.scope).map_err(|error| error.message())?),
                "policy" => policy = Some(Policy::ALL[word(name, value, &Policy::NAMES)?]),
                "staleSeconds" => stale_window = Some(seconds(name, value)?),
                "timeoutSeconds" => timeout = Some(seconds(name, value)?),
                _ => return Err(concat(&["`", name, "` is not a field of a route"])),
            }
        }
        let policy = policy.ok_or_else(|| unknown("policy", "missing", &Policy::NAMES))?;
        let default = policy.default_terms();
        let terms = Terms {
            headers,
            lifetime: lifetime.or(default.lifetime),
            stale_window: stale_window.or(default.stale_window),
            ..default
        };
        Ok(Route { destinations, fallback, mode, path, policy, terms, timeout })
    }

    /// The URL of a page, which is relative to the scope or begins with `/`.
    fn absolute(&self, page: &str) -> String {
        let base = if page.starts_with('/') { "" } else { &self.scope };
        concat(&[&self.origin, base, page])
    }
}

/// Which of the known words a value is.
fn word(name: &str, value: &str, known: &[&str]) -> Result<usize, String> {
    known.iter().position(|known| *known == value).ok_or_else(|| unknown(name, value, known))
}

fn unknown(name: &str, value: &str, known: &[&str]) -> String {
    concat(&["`", name, "` is ", value, "; it can be ", &joined(known)])
}

fn joined(words: &[&str]) -> String {
    let mut text = String::new();
    for word in words {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(word);
    }
    text
}

/// Whole seconds; a fraction is dropped.
fn seconds(name: &str, value: &str) -> Result<DeltaSeconds, String> {
    let whole = Split::new(value, b'.').next().unwrap_or_default();
    match digits(whole) {
        Some(seconds) => Ok(DeltaSeconds::saturating(seconds)),
        None if value == "Infinity" => Ok(DeltaSeconds::MAX),
        None => Err(concat(&["`", name, "` is ", value, "; it can be a number of seconds"])),
    }
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
