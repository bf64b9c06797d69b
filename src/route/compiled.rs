//! A route table as the build hands it to a worker: read, checked and put in order before, so that the worker takes
//! it as it is.
//!
//! The first line holds the paths that the browser may hand to the network by itself, with tabs in between; then comes
//! a line a route: `policy headers lifetime stale-window timeout mode destinations ignored origins fallback number keep
//! methods extras path`, with tabs in between. Words are numbers, times are seconds, and what is not there is empty, or left
//! out at the end. A path is a
//! [`Pattern`]: `r` if it begins where the scope ends, else `a`, and three words a part (what varies and how often,
//! the text before that, the text after it), with spaces in between.

use super::pattern::{Hole, Part};
use super::{Pattern, Policy, Route, RouteTable};
use crate::http::{DeltaSeconds, RequestMode, Split, concat, digits, origin};
use crate::policy::{Audience, Headers, Terms};

impl RouteTable {
    /// Loads what [`compile`](super::compile) wrote, for the worker whose scope has this URL. What nobody compiled
    /// gives some table or other.
    pub fn load(scope_url: &str, text: &str) -> Self {
        let (origin, scope) = scope_url.split_at(origin(scope_url).len());
        let mut table = Self { origin: origin.to_owned(), routes: Vec::new(), scope: scope.to_owned() };
        for line in Split::new(text, b'\n').skip(1).filter(|line| !line.is_empty()) {
            let route = table.route(line);
            table.routes.push(route);
        }
        table
    }

    fn route(&self, line: &str) -> Route {
        let mut fields = Split::new(line, b'\t');
        let mut text = || fields.next().unwrap_or_default();
        let number = |text: &str| digits(text).unwrap_or_default();
        let seconds = |text: &str| digits(text).map(DeltaSeconds::saturating);
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let policy = Policy::ALL[number(text()) as usize % Policy::ALL.len()];
        let headers = if text() == "1" { Headers::Override } else { Headers::Respect };
        let (lifetime, stale_window) = (seconds(text()), seconds(text()));
        Route {
            policy,
            terms: Terms { headers, lifetime, stale_window, ..Terms::http(Audience::Private) },
            timeout: digits(text()).map(|limit| limit as u32),
            mode: some(text()).map(|_| RequestMode::Navigate),
            destinations: number(text()) as u16,
            ignored: some(text()),
            origins: some(text()),
            fallback: some(text()).map(|page| self.page_url(&page)),
            number: number(text()) as usize,
            keep: seconds(text()),
            methods: some(text()),
            extras: text().to_owned(),
            path: some(text()).map(|text| pattern(&text)),
        }
    }

    /// The URL of a page that a route names: relative to the scope, or a path from the root.
    pub(super) fn page_url(&self, page: &str) -> String {
        concat(&[&self.origin, if page.starts_with("/") { "" } else { &self.scope }, page])
    }
}

fn pattern(text: &str) -> Pattern {
    let mut words = Split::new(text, b' ');
    let is_relative = words.next() == Some("r");
    let mut parts = Vec::new();
    while let Some(how) = words.next() {
        let how = digits(how).unwrap_or_default();
        let mut text = || words.next().unwrap_or_default().to_owned();
        parts.push(Part {
            before: text(),
            hole: Hole::ALL[(how >> 2) as usize % Hole::ALL.len()],
            after: text(),
            may_miss: how & 2 != 0,
            may_repeat: how & 1 != 0,
        });
    }
    Pattern { is_relative, parts }
}
