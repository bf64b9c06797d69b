//! The configuration of Angular's worker (`ngsw-config.json`): `dataGroups` become routes, `index` the page that stands in.

use oxc_ast::ast::{Expression, ObjectExpression};
use oxc_span::GetSpan;

use super::matcher::text;
use super::strategy::{number, property, truth};
use super::{Conditions, Finder, fallback, regexp, with};
use crate::build::routes::{Ignored, Mode, Policy, Route};

const ASSETS: &str = "left out: the build lists what is installed (`[precache]`); what is of other origins has a route";
const PAGES: &str =
    "navigationUrls is left out: pages without `fallback` have a route with `mode = \"navigate\"` of their own";

impl Finder<'_> {
    /// What Angular's worker is told.
    pub(super) fn angular(&mut self, object: &ObjectExpression<'_>) {
        let lists = ["assetGroups", "dataGroups"].map(|name| property(object, name));
        if lists.iter().all(Option::is_none) {
            return;
        }
        if let Some(index) = property(object, "index").and_then(text) {
            let strategy = property(object, "navigationRequestStrategy").and_then(text);
            let note = format!(
                "Angular's worker shows {index} before it asks the network; here it is shown where there is no answer"
            );
            let notes = if strategy.as_deref() == Some("freshness") { Vec::new() } else { vec![note] };
            let fallback = Some(fallback::file(&index));
            let page = Route { mode: Some(Mode::Navigate), policy: Policy::NetworkFirst, fallback, ..Route::default() };
            self.tell(object.span, (vec![page], notes));
        }
        if let Some(urls) = property(object, "navigationUrls") {
            self.leave_out(urls.span(), PAGES);
        }
        for (list, is_data) in lists.into_iter().zip([false, true]) {
            let Some(Expression::ArrayExpression(groups)) = list else { continue };
            for group in groups.elements.iter().filter_map(|group| group.as_expression()) {
                match group.get_inner_expression() {
                    Expression::ObjectExpression(group) if is_data => self.data_group(group),
                    group => self.leave_out(group.span(), ASSETS),
                }
            }
        }
    }

    fn data_group(&mut self, group: &ObjectExpression<'_>) {
        let (mut route, mut notes) = match property(group, "cacheConfig") {
            Some(Expression::ObjectExpression(config)) => of_config(config),
            _ => return self.leave_out(group.span, "left out: it has no `cacheConfig`"),
        };
        if let Some(Expression::ObjectExpression(own)) = property(group, "cacheQueryOptions")
            && property(own, "ignoreSearch").is_some_and(|all| truth(all) == Some(true))
        {
            route.ignore_query = Some(Ignored::All(true));
        }
        if property(group, "version").is_some() {
            notes.push("version is left out: `invalidate` has what is kept forgotten".to_owned());
        }
        let mut routes = Vec::new();
        let urls = match property(group, "urls") {
            Some(Expression::ArrayExpression(urls)) => urls.elements.as_slice(),
            _ => &[],
        };
        for url in urls.iter().filter_map(|url| url.as_expression().and_then(text)) {
            match place(&url) {
                Some(conditions) => routes.push(with(&route, &conditions)),
                None => notes.push(format!("`{url}` is left out: it says more than a route can")),
            }
        }
        self.tell(group.span, (routes, notes));
    }
}

/// What is done, for how long and how often, and what of it is lost.
fn of_config(config: &ObjectExpression<'_>) -> (Route, Vec<String>) {
    let mut notes = Vec::new();
    let mut seconds = |name: &str| {
        let value = property(config, name)?;
        let seconds = text(value).as_deref().and_then(duration);
        if seconds.is_none() {
            notes.push(format!("{name} is left out: it is no span of time"));
        }
        seconds
    };
    let (age, timeout) = (seconds("maxAge"), seconds("timeout"));
    let size = property(config, "maxSize").and_then(number);
    let is_fresh = property(config, "strategy").and_then(text).as_deref() == Some("freshness");
    // So people have the worker keep nothing.
    if age == Some(0.0) || size == Some(0.0) {
        return (Route { policy: Policy::NetworkOnly, ..Route::default() }, notes);
    }
    if timeout.is_some() && !is_fresh {
        notes.push("timeout is left out: only `network-first` has something else to look at".to_owned());
    }
    if property(config, "refreshAhead").is_some() {
        notes.push("refreshAhead is left out: `stale-while-revalidate` is what comes close".to_owned());
    }
    let opaque = property(config, "cacheOpaqueResponses").map_or(Some(is_fresh), truth);
    let route = Route {
        policy: if is_fresh { Policy::NetworkFirst } else { Policy::CacheFirst },
        // Less than a second is one.
        keep_seconds: age.map(|age| age.ceil() as u32),
        max_entries: size.map(|size| size as u32),
        timeout_seconds: timeout.filter(|timeout| is_fresh && *timeout > 0.0),
        opaque: opaque.filter(|yes| *yes),
        ..Route::default()
    };
    (route, notes)
}

/// `1d12h30m5s100u` in seconds.
fn duration(text: &str) -> Option<f64> {
    let (mut sum, mut rest) = (None, text.trim());
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let count: f64 = rest[..end].parse().ok()?;
        let unit = rest[end..].chars().next()?;
        let seconds = match unit {
            'd' => 86_400.0,
            'h' => 3_600.0,
            'm' => 60.0,
            's' => 1.0,
            'u' => 0.001,
            _ => return None,
        };
        sum = Some(sum.unwrap_or_default() + count * seconds);
        rest = rest[end + 1..].trim_start();
    }
    sum
}

/// Where a glob leads: `**` is anything, `*` what has no slash. `None` for what is excluded, for alternatives and queries, and
/// for what another origin may have by the page's scheme.
fn place(glob: &str) -> Option<Conditions> {
    if glob.contains(['!', '(', '?', '#', '{', '\\']) || glob.starts_with("//") {
        return None;
    }
    let (origin, path) = regexp::split_url(glob)?;
    let mut pattern = String::new();
    for (number, piece) in path.trim_start_matches('/').split("**").enumerate() {
        // `**/` may be nothing at all.
        let (before, piece) = match piece.strip_prefix('/') {
            _ if number == 0 => ("/", piece),
            Some(rest) => ("{*/}?", rest),
            None => ("*", piece),
        };
        pattern.push_str(before);
        for (at, part) in piece.split('*').enumerate() {
            if at > 0 {
                pattern.push_str(&format!("{{:s{number}x{at}}}?"));
            }
            pattern.extend(part.chars().map(|c| if c == ':' { "\\:".to_owned() } else { regexp::literal(c) }));
        }
    }
    Some(Conditions { origin, path: Some(pattern), ..Conditions::default() })
}
