//! Writing a route table for a worker that only loads it: what costs room in the worker is done here, by the build.

use std::cmp::Reverse;

use super::pattern::Hole;
use super::{Fault, Pattern, Policy, Route, RouteTable};
use crate::http::{DeltaSeconds, concat, decimal, joined};
use crate::policy::Headers;

/// Reads the routes of a table, a line each (`field=value` between tabs), and writes them as [`RouteTable::load`]
/// takes them.
///
/// ```
/// use keepfresh::route::{Policy, RouteTable, compile};
///
/// let text = "path=data/*\tpolicy=stale-while-revalidate\nmode=navigate\tpolicy=network-first";
/// let compiled = compile(text).expect("it is right");
/// let table = RouteTable::load("https://example.com/app/", &compiled);
/// assert_eq!(table.routes[1].policy, Policy::NetworkFirst);
///
/// let fault = compile("policy=fastest").expect_err("it is not");
/// assert!(fault.0.starts_with("routes[0]: `policy` is fastest; it can be cache-first, "));
/// ```
pub fn compile(text: &str) -> Result<String, Fault> {
    let routes = in_order(super::read::routes(text)?);
    let mut lines = vec![joined(network_paths(&routes).iter().map(String::as_str), "\t")];
    lines.extend(routes.iter().map(line));
    Ok(joined(lines.iter().map(String::as_str), "\n"))
}

impl RouteTable {
    /// Reads routes, a line each, for the worker whose scope has this URL: [`compile`] and [`load`](Self::load).
    pub fn read(scope_url: &str, text: &str) -> Result<Self, Fault> {
        Ok(Self::load(scope_url, &compile(text)?))
    }
}

/// Routes in the order in which they are asked, which does not depend on the one in which they were written: one with
/// a path of its own before one with a pattern; of patterns the one that fixes more characters below the scope; then
/// the one with more conditions, and with fewer destinations. Of two that still say the same, the earlier.
fn in_order(mut routes: Vec<Route>) -> Vec<Route> {
    // The sort is stable.
    routes.sort_by_key(|route| Reverse(route.specificity()));
    routes
}

impl Route {
    /// How much the conditions say.
    fn specificity(&self) -> (bool, usize, usize, Reverse<u32>) {
        let (is_one, fixed) = self.path.as_ref().map(Pattern::specificity).unwrap_or_default();
        let conditions = [self.mode.is_some(), self.destinations != 0, self.origins.is_some(), self.methods.is_some()];
        let count = conditions.into_iter().filter(|is_there| *is_there).count();
        (is_one, fixed, count, Reverse(self.destinations.count_ones()))
    }
}

/// The paths of network-only routes on a path alone that no route before them can take a request from: `r` or `a`
/// ([`Pattern`]), and the path in URLPattern's syntax.
fn network_paths(routes: &[Route]) -> Vec<String> {
    let mut paths = Vec::new();
    for (place, route) in routes.iter().enumerate() {
        let is_plain =
            route.mode.is_none() && route.destinations == 0 && route.origins.is_none() && route.methods.is_none();
        let is_past_us = is_plain && route.policy == Policy::NetworkOnly && !route.needs_worker();
        let Some(path) = route.path.as_ref().filter(|_| is_past_us) else {
            continue;
        };
        let comes_between = |other: &Route| {
            let is_ours = other.policy != Policy::NetworkOnly || other.needs_worker();
            is_ours && other.path.as_ref().is_none_or(|other| other.may_meet(path))
        };
        if !routes[..place].iter().any(comes_between) {
            paths.push([if path.is_relative { "r" } else { "a" }, &path.source()].concat());
        }
    }
    paths
}

/// A text that stands for itself in URLPattern's syntax.
pub fn literal(text: &str) -> String {
    text.chars().flat_map(|c| "*+?:{}()\\".contains(c).then_some('\\').into_iter().chain([c])).collect()
}

fn line(route: &Route) -> String {
    let seconds =
        |span: Option<DeltaSeconds>| span.map(|span| decimal(i64::from(span.as_seconds()))).unwrap_or_default();
    let place = Policy::ALL.iter().position(|policy| *policy == route.policy).unwrap_or_default();
    let fields: [&str; 15] = [
        &decimal(place as i64),
        if route.terms.headers == Headers::Override { "1" } else { "" },
        &seconds(route.terms.lifetime),
        &seconds(route.terms.stale_window),
        &route.timeout.map(|limit| decimal(limit.into())).unwrap_or_default(),
        if route.mode.is_some() { "1" } else { "" },
        &decimal(i64::from(route.destinations)),
        route.ignored.as_deref().unwrap_or_default(),
        route.origins.as_deref().unwrap_or_default(),
        route.fallback.as_deref().unwrap_or_default(),
        &decimal(route.number as i64),
        &seconds(route.keep),
        route.methods.as_deref().unwrap_or_default(),
        &route.extras,
        &route.path.as_ref().map(words).unwrap_or_default(),
    ];
    joined(fields.into_iter(), "\t").trim_end_matches('\t').to_owned()
}

/// A pattern as it is loaded.
fn words(pattern: &Pattern) -> String {
    let mut text = if pattern.is_relative { "r" } else { "a" }.to_owned();
    for part in &pattern.parts {
        let hole = Hole::ALL.iter().position(|hole| *hole == part.hole).unwrap_or_default() as i64;
        let how = hole << 2 | i64::from(part.may_miss) << 1 | i64::from(part.may_repeat);
        text.push_str(&concat(&[" ", &decimal(how), " ", &part.before, " ", &part.after]));
    }
    text
}

impl Pattern {
    /// How much the pattern says: whether it is one path alone, and how many characters it fixes behind the
    /// slash or the scope that it begins with. Of two that match, the one that says more is meant.
    pub fn specificity(&self) -> (bool, usize) {
        let fixed = self.parts.iter().filter(|part| !part.may_miss);
        let is_one = self.parts.iter().all(|part| part.hole == Hole::None && !part.may_miss && !part.may_repeat);
        let count: usize = fixed.map(|part| part.before.len() + part.after.len()).sum();
        (is_one, count.saturating_sub(usize::from(!self.is_relative)))
    }

    /// Whether two patterns may cover the same path, as far as how they begin tells.
    fn may_meet(&self, other: &Self) -> bool {
        let (one, other_start) = (self.start(), other.start());
        self.is_relative != other.is_relative || one.starts_with(other_start) || other_start.starts_with(one)
    }

    /// The text that every path begins with that the pattern covers.
    pub(super) fn start(&self) -> &str {
        self.parts.first().filter(|part| !part.may_miss).map_or("", |part| &part.before)
    }

    /// The pattern in URLPattern's syntax.
    pub fn source(&self) -> String {
        let mut source = String::new();
        for (place, part) in self.parts.iter().enumerate() {
            let hole = match part.hole {
                Hole::None => String::new(),
                Hole::Segment => concat(&[":n", &decimal(place as i64)]),
                Hole::Anything => "*".to_owned(),
            };
            let modifier = match (part.may_miss, part.may_repeat) {
                (false, false) => "",
                (false, true) => "+",
                (true, false) => "?",
                (true, true) => "*",
            };
            let (before, after) = (literal(&part.before), literal(&part.after));
            // Behind a star nothing may follow that says how often.
            let is_last = hole == "*" && place + 1 == self.parts.len();
            let is_plain = modifier.is_empty() && (hole.is_empty() || is_last);
            let (open, close) = if is_plain { ("", "") } else { ("{", "}") };
            source.push_str(&concat(&[open, &before, &hole, &after, close, modifier]));
        }
        source
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn what_is_loaded_is_what_was_written() {
        let lines = include_str!("../../tests/browser/patterns.txt").lines();
        let patterns = lines.filter(|line| !line.starts_with('#')).filter_map(|line| line.split(' ').next());
        for pattern in patterns.chain(["", "a\\\\b\\:c/*", "x/{a-:b}+"]) {
            let text = concat(&["policy=network-only\tpath=", pattern]);
            let compiled = compile(&text).unwrap();
            let table = RouteTable::load("https://example.com/app/", &compiled);
            let [route] = table.routes.as_slice() else { panic!("{pattern}") };
            assert_eq!(route.path, Some(Pattern::new(pattern).unwrap()), "{pattern}");
            let network_path = compiled.lines().next().filter(|path| !path.is_empty());
            // The browser's own pattern means the same.
            let again = network_path.map(|path| Pattern::new(&path[1..]).unwrap());
            for path in ["/", "/app/", "/app/data/1.json", "/app/x/a-b", "/data/a/b/c", "/a"] {
                let of_source = again.as_ref().is_some_and(|again| {
                    path.strip_prefix(if route.path.as_ref().is_some_and(|path| path.is_relative) {
                        "/app/"
                    } else {
                        ""
                    })
                    .is_some_and(|path| again.matches(path, ""))
                });
                let matches = route.path.as_ref().is_some_and(|pattern| pattern.matches(path, "/app/"));
                assert_eq!(of_source, matches, "{pattern} as {:?} on {path}", network_path);
            }
        }
    }

    #[test]
    fn only_what_has_one_answer_is_the_network_s() {
        let lines = "path=live/*\tpolicy=network-only\npath=data/*\tpolicy=cache-first\n\
                     path=data/live/*\tpolicy=network-only\npath=da*\tpolicy=network-only\n\
                     path=data/live/a/*\tpolicy=http\npath=x/*\tmode=navigate\tpolicy=network-only\n\
                     path=api/:v/*\tpolicy=network-only\npath=/y\\:/z\tpolicy=network-only\n\
                     path=live/*\tmethod=post\tpolicy=network-only\npath=mail/*\tpolicy=network-only\n\
                     path=mail/*\tmethod=post\tpolicy=network-only\tqueue=mail\n\
                     path=bank/*\tpolicy=network-only\tfallback=offline.html";
        let compiled = compile(lines).unwrap();
        assert_eq!(compiled.lines().next(), Some("a/y\\:/z\trlive/*\trapi/{:n1}/*"));
    }

    #[test]
    fn patterns_that_say_more_are_more_specific() {
        let from_least = ["/*", "/:a", "/a/*", "/a/:b", "/a/b/*", "/a/b/*.json", "/a/b/c.json"];
        for pair in from_least.windows(2) {
            let of = |pattern: &str| Pattern::new(pattern).unwrap().specificity();
            assert!(of(pair[0]) <= of(pair[1]), "{pair:?}");
        }
    }
}
