//! Pages that are shown in the place of others: `navigateFallback`, `NavigationRoute`, `offlineFallback`, `fallbacks`.

use oxc_ast::ast::Expression;

use super::{matcher, regexp};
use crate::build::routes::{Mode, Policy, Route};

/// Routes, and what of them is lost.
pub(super) type Said = (Vec<Route>, Vec<String>);

/// Navigations for which a page stands in: those to paths in `allow`, if there is such a list, and none in `deny`.
pub(super) fn read(page: &str, allow: Option<&Expression<'_>>, deny: Option<&Expression<'_>>) -> Said {
    let route = Route {
        mode: Some(Mode::Navigate),
        policy: Policy::NetworkFirst,
        fallback: Some(file(page)),
        ..Route::default()
    };
    let mut notes =
        vec![format!("Workbox shows {page} before it asks the network; here it is shown where there is no answer")];
    let mut routes = vec![route.clone()];
    if let Some(list) = allow {
        let all: Result<Vec<Vec<String>>, String> = items(list).into_iter().map(paths).collect();
        match all {
            Ok(all) => {
                let of_path = |path| Route { path: Some(path), ..route.clone() };
                routes = all.into_iter().flatten().map(of_path).collect();
            }
            Err(reason) => {
                let note = format!(
                    "left out: {page} stands in for some pages alone, and {reason}: give these a route with `mode = \"navigate\"` and `fallback`"
                );
                return (Vec::new(), vec![note]);
            }
        }
    }
    let has_capitals = |list: &Expression<'_>| {
        let is_it = |item: &Expression<'_>| matcher::regexp_of(item).is_some_and(|(_, flags)| flags.contains('i'));
        items(list).into_iter().flatten().any(is_it)
    };
    if allow.into_iter().chain(deny).any(has_capitals) {
        notes.push(matcher::CAPITALS.to_owned());
    }
    for denied in deny.map(items).unwrap_or_default() {
        match paths(denied) {
            Ok(paths) => routes.extend(paths.into_iter().map(|path| Route {
                mode: Some(Mode::Navigate),
                path: Some(path),
                policy: Policy::NetworkOnly,
                ..Route::default()
            })),
            Err(reason) => notes.push(format!(
                "{page} is not to stand in for some pages, and {reason}: give these a route with `mode = \"navigate\"` and without `fallback`"
            )),
        }
    }
    (routes, notes)
}

/// The file that a page's URL names, where it can be known: `/` is `index.html`.
pub(super) fn file(page: &str) -> String {
    let path = page.split(['?', '#']).next().unwrap_or_default();
    let path = path.strip_prefix("./").unwrap_or(path).trim_start_matches('/');
    let index = if path.is_empty() || path.ends_with('/') { "index.html" } else { "" };
    [path, index].concat()
}

/// The items of a list; none if it is no list that is known now.
fn items<'e, 'a>(list: &'e Expression<'a>) -> Vec<Option<&'e Expression<'a>>> {
    match list.get_inner_expression() {
        Expression::ArrayExpression(list) => list.elements.iter().map(|item| item.as_expression()).collect(),
        _ => vec![None],
    }
}

/// The paths that a regular expression matches.
fn paths(item: Option<&Expression<'_>>) -> Result<Vec<String>, String> {
    let unknown = || "which ones is not known here".to_owned();
    let (source, _) = matcher::regexp_of(item.ok_or_else(unknown)?).ok_or_else(unknown)?;
    Ok(regexp::places(&source, true)?.into_iter().map(|(_, path)| path).collect())
}
