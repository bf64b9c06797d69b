//! What the functions of `workbox-recipes` do, with the options that they are given.

use oxc_ast::ast::{Expression, ObjectExpression};

use super::fallback::{self, Said};
use super::strategy::{Strategy, property};
use super::{lost, matcher, with};
use crate::build::routes::{Mode, Policy, Route};

const DAY: u32 = 86_400;

/// The routes of a recipe; `None` if nothing is called so.
pub(super) fn read(name: &str, options: Option<&ObjectExpression<'_>>, source: &str) -> Option<Said> {
    let for_ = |policy, destinations: &[&str]| Route {
        policy,
        destination: destinations.iter().map(|name| (*name).to_owned()).collect(),
        ..Route::default()
    };
    let of_fonts = |origin: &str, policy| Route { origin: vec![origin.to_owned()], policy, ..Route::default() };
    let (before, route) = match name {
        "pageCache" => {
            let timeout_seconds = Some(3.0);
            let page = Route { mode: Some(Mode::Navigate), timeout_seconds, ..for_(Policy::NetworkFirst, &[]) };
            (None, page)
        }
        "staticResourceCache" => (None, for_(Policy::StaleWhileRevalidate, &["style", "script", "worker"])),
        "imageCache" => {
            let (keep_seconds, max_entries) = (Some(30 * DAY), Some(60));
            (None, Route { keep_seconds, max_entries, ..for_(Policy::CacheFirst, &["image"]) })
        }
        "googleFontsCache" => {
            let (keep_seconds, max_entries) = (Some(365 * DAY), Some(30));
            let sheets = of_fonts("https://fonts.googleapis.com", Policy::StaleWhileRevalidate);
            let fonts = of_fonts("https://fonts.gstatic.com", Policy::CacheFirst);
            (Some(sheets), Route { keep_seconds, max_entries, ..fonts })
        }
        "offlineFallback" => return Some(offline(options)),
        _ => return None,
    };
    let mut strategy = Strategy { route, notes: Vec::new() };
    if let Some(options) = options {
        strategy.take(options);
    }
    let Strategy { route, mut notes } = strategy;
    let route =
        match options.and_then(|options| property(options, "matchCallback")).map(|own| matcher::read(own, source)) {
            None => vec![route],
            Some(Ok(all)) => {
                notes.extend(lost(&all));
                // Only for what the callback says, whatever the recipe is for by itself.
                let route = Route { destination: Vec::new(), mode: None, ..route };
                all.iter().map(|conditions| with(&route, conditions)).collect()
            }
            Some(Err(reason)) => {
                notes.push(format!("left out: {reason}"));
                Vec::new()
            }
        };
    Some((before.into_iter().chain(route).collect(), notes))
}

fn offline(options: Option<&ObjectExpression<'_>>) -> Said {
    let of = |name| options.and_then(|options| property(options, name));
    let (page, mut more) = match of("pageFallback").map(matcher::text) {
        None => ("offline.html".to_owned(), Vec::new()),
        Some(Some(page)) => (page, Vec::new()),
        Some(None) => return (Vec::new(), vec!["left out: its page is not known here".to_owned()]),
    };
    for (name, destination) in [("imageFallback", "image"), ("fontFallback", "font")] {
        if let Some(file) = of(name).filter(|file| !matches!(file, Expression::BooleanLiteral(_))) {
            let file = matcher::text(file).unwrap_or_default();
            more.push(format!("{name} is left out: say `fallback = \"{file}\"` in the routes for `{destination}`"));
        }
    }
    let (routes, mut notes) = fallback::read(&page, None, None);
    notes.extend(more);
    (routes, notes)
}
