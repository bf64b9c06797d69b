//! Settings of a worker, or of what writes it: `runtimeCaching`, `navigateFallback`, `fallbacks`; and what of them is no
//! concern of routes.

use oxc_ast::ast::{Expression, ObjectExpression};
use oxc_span::{GetSpan, Span};

use super::strategy::{property, truth};
use super::{Finder, NO_PAGE, UNKNOWN, fallback, matcher, route_of};

/// By these one knows settings of a worker.
const OF_WORKERS: [&str; 7] =
    ["globDirectory", "globPatterns", "navigateFallback", "precacheEntries", "runtimeCaching", "swDest", "swSrc"];

/// What settings of a whole worker come to, which are no routes.
const SETTINGS: [(&str, &str); 14] = [
    ("additionalManifestEntries", "what is not in the folder is not precached: a route keeps it"),
    ("cleanURLs", CLEAN),
    ("cleanUrls", CLEAN),
    ("directoryIndex", CLEAN),
    ("globIgnores", "it is `exclude` under `[precache]`"),
    ("manifestTransforms", LIST),
    ("ignoreURLParametersMatching", "without a network a precached file answers whatever query it is asked for with"),
    ("importScripts", "`own-worker` takes one script of your own"),
    ("maximumFileSizeToCacheInBytes", "large files are left out by `exclude` under `[precache]`"),
    ("modifyURLPrefix", LIST),
    ("navigationPreload", "it is `navigation-preload = true`, outside of the routes"),
    ("offlineGoogleAnalytics", "there is nothing like it: requests of another origin can wait in a `queue`"),
    ("templatedURLs", LIST),
    ("urlManipulation", CLEAN),
];

const CLEAN: &str = "pages are found by the names that hosts give them";
const LIST: &str = "the list is made from the folder as it is deployed";

impl Finder<'_> {
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
    pub(super) fn settings(&mut self, object: &ObjectExpression<'_>) {
        match property(object, "runtimeCaching") {
            Some(Expression::ArrayExpression(list)) => {
                for item in &list.elements {
                    let is_known = item.as_expression().is_some_and(|item| match item.get_inner_expression() {
                        Expression::ObjectExpression(item) => route_of(item).is_some(),
                        item => matches!(item, Expression::NewExpression(_)),
                    });
                    if !is_known && !item.is_elision() {
                        self.leave_out(item.span(), UNKNOWN);
                    }
                }
            }
            Some(other) => self.leave_out(other.span(), UNKNOWN),
            None => {}
        }
        let page = property(object, "navigateFallback");
        if let Some(page) = page.and_then(matcher::text).filter(|page| !page.is_empty()) {
            let list = |names: [&str; 2]| names.into_iter().find_map(|name| property(object, name));
            let allow = list(["navigateFallbackAllowlist", "navigateFallbackWhitelist"]);
            let deny = list(["navigateFallbackDenylist", "navigateFallbackBlacklist"]);
            self.tell(object.span, fallback::read(&page, allow, deny));
        } else if let Some(page) = page.filter(|page| !is_nothing(page)) {
            self.leave_out(page.span(), NO_PAGE);
        }
        if let Some(Expression::ObjectExpression(all)) = property(object, "fallbacks") {
            self.fallbacks(object.span, all);
        }
        if let Some(Expression::ObjectExpression(own)) = property(object, "precacheOptions") {
            self.lose_settings(own);
        }
        if OF_WORKERS.iter().any(|name| property(object, name).is_some()) {
            self.lose_settings(object);
        }
    }

    /// What has no place in the routes.
    pub(super) fn lose_settings(&mut self, object: &ObjectExpression<'_>) {
        for (name, note) in SETTINGS {
            if let Some(value) = property(object, name).filter(|value| !is_nothing(value)) {
                self.leave_out(value.span(), &format!("{name} is left out: {note}"));
            }
        }
    }
}

/// `false`, `null`, an empty list, …
fn is_nothing(value: &Expression<'_>) -> bool {
    match value {
        Expression::ArrayExpression(list) => list.elements.is_empty(),
        Expression::Identifier(name) => name.name == "undefined",
        Expression::NullLiteral(_) => true,
        value => truth(value) == Some(false) || matcher::text(value).is_some_and(|text| text.is_empty()),
    }
}
