//! Routes for files of the site that pages load by their own names: without one, nobody looks for what is installed.

use std::collections::BTreeMap;

use super::name::media_type;
use super::routes::{Policy, Route};
use crate::http::Destination;
use crate::route::{Pattern, literal};

/// What files without pages are loaded as: how a route says it, and how their media types begin.
const DESTINATIONS: [(&str, &str); 8] = [
    ("", ""),
    ("audio", "audio/"),
    ("font", "font/"),
    ("image", "image/"),
    ("manifest", "application/manifest"),
    ("object", "application/pdf"),
    ("script", "text/javascript"),
    ("style", "text/css"),
];

/// From so many files of a kind in one folder on, or of one name in several, a route speaks of all of them.
const MANY: usize = 8;

/// How many files, or kinds of them, a worker is told of one by one.
pub const FILES: usize = 200;

/// Routes for `files` (URLs relative to the site's root, at `base`; and whether scripts may fetch them), as far as `table`
/// has none. Data comes from the network first.
pub fn file_routes(files: &[(String, bool)], table: &[Route], base: &str) -> Vec<Route> {
    let is_any = |route: &&Route| route.origin.is_empty() && route.mode.is_none() && route.method.is_empty();
    let patterns = table.iter().map(|route| Pattern::new(route.path.as_deref().unwrap_or("*")));
    let table = table.iter().zip(patterns).filter(|(route, _)| is_any(route));
    let table: Vec<(&Route, Pattern)> = table.filter_map(|(route, pattern)| Some((route, pattern.ok()?))).collect();

    let name_of = |url: &str| url.rsplit('/').next().unwrap_or_default().to_owned();
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    files.iter().for_each(|(url, _)| *names.entry(name_of(url)).or_default() += 1);
    // By their folders (none for what many files are called), their names or extensions, and what they may be loaded as that
    // no route is for.
    let mut kinds: BTreeMap<(&str, &str, Vec<&str>), Vec<&str>> = BTreeMap::new();
    for (url, is_fetched) in files {
        let path = [base, url].concat();
        let covering = table.iter().filter(|(_, pattern)| pattern.matches(&path, base)).map(|(route, _)| *route);
        let taken: Vec<&Vec<String>> = covering.map(|route| &route.destination).collect();
        let is_taken = |name: &str| {
            let of = |names: &&Vec<String>| names.iter().any(|one| Destination::parse(one) == Destination::parse(name));
            taken.iter().any(|names| names.is_empty() || of(names))
        };
        let kind = media_type(url);
        let (own, _) = DESTINATIONS.into_iter().rfind(|(_, start)| kind.starts_with(start)).unwrap_or_default();
        // What is no sound is not played.
        let all = DESTINATIONS.into_iter().map(|(name, _)| name).filter(|name| *name != "audio" || own == "audio");
        let left: Vec<&str> = all.filter(|name| !is_taken(name)).collect();
        if left.is_empty() || (!is_fetched && is_taken(own)) {
            continue;
        }
        let (folder, name) = url.split_at(url.rfind('/').map_or(0, |slash| slash + 1));
        let is_common = names.get(name).is_some_and(|count| *count >= MANY);
        let (folder, extension) = match is_common {
            true => ("*", name),
            false => (folder, name.rsplit('.').next().unwrap_or_default()),
        };
        let destination = if taken.is_empty() { Vec::new() } else { left };
        kinds.entry((folder, extension, destination)).or_default().push(url);
    }
    let routes = kinds.into_iter().flat_map(|((folder, extension, destination), urls)| {
        let paths = match urls.len() {
            _ if folder == "*" => vec![["*", &literal(extension)].concat()],
            MANY.. if !folder.is_empty() => vec![[&literal(folder), "*.", &literal(extension)].concat()],
            _ => urls.into_iter().map(literal).collect(),
        };
        paths.into_iter().map(move |path| (path, destination.clone()))
    });
    let route = |(path, destination): (String, Vec<&str>)| Route {
        policy: policy_for(&path),
        destination: destination.into_iter().map(str::to_owned).collect(),
        path: Some(path),
        ..Route::default()
    };
    routes.take(FILES).map(route).collect()
}

/// Who is asked for a file that scripts load: what is seen may be a visit older; data may not, nor code, which belongs to its page.
fn policy_for(path: &str) -> Policy {
    let kind = media_type(path);
    let is_seen = ["audio/", "image/", "font/"];
    match is_seen.iter().any(|start| kind.starts_with(start)) {
        true => Policy::StaleWhileRevalidate,
        false => Policy::NetworkFirst,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::routes::{compiled, default_routes};
    use crate::route::RouteTable;

    #[test]
    fn files_that_scripts_load_have_routes() {
        let route = |path: &str, destination: &[&str]| Route {
            path: (!path.is_empty()).then(|| path.to_owned()),
            destination: destination.iter().map(|one| (*one).to_owned()).collect(),
            ..Route::default()
        };
        let many: Vec<String> = (0..MANY).map(|n| format!("img/{n}.png")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let common: Vec<String> = (0..MANY).map(|n| format!("{n}/index.txt")).chain(["0/a.txt".to_owned()]).collect();
        let common: Vec<&str> = common.iter().map(String::as_str).collect();
        let defaults = default_routes(None, &["assets/".to_owned()]);
        let cases: [(&[&str], &[Route], &[&str]); 13] = [
            // What begins with `!` is fetched by no script.
            (&["!a.js", "!b.png", "!c.webmanifest", "!d.json"], &defaults, &["d.json first ,object"]),
            (&["!a.js", "!b.png"], &[], &["a.js first any", "b.png swr any"]),
            (&["data/a.json", "b.png"], &[], &["b.png swr any", "data/a.json first any"]),
            (&["data/a.json"], &defaults, &["data/a.json first ,object"]),
            (&["a.mp3"], &defaults, &["a.mp3 swr ,audio,object"]),
            (&many, &defaults, &["img/*.png swr ,object"]),
            (&common, &[], &["*index.txt first any", "0/a.txt first any"]),
            (&["a+b(1):c.txt"], &[], &["a\\+b\\(1\\)\\:c.txt first any"]),
            (&["data/a.json", "x/data/a.json"], &[route("data/*", &[])], &["x/data/a.json first any"]),
            (&["data/a.json"], &[route("/app/data/*", &[])], &[]),
            (&["data/a.json"], &[route("", &[])], &[]),
            (
                &["data/a.json"],
                &[route("data/*", &["image"]), route("", &["script", "", "worker"])],
                &["data/a.json first font,manifest,object,style"],
            ),
            // What a route says of some of these holds for them.
            (
                &["img/a.png", "b.png"],
                &[route("img/*", &["image"])],
                &["b.png swr any", "img/a.png swr ,font,manifest,object,script,style"],
            ),
        ];
        for (files, table, expected) in cases {
            let file = |url: &&str| (url.trim_start_matches('!').to_owned(), !url.starts_with('!'));
            let files: Vec<(String, bool)> = files.iter().map(file).collect();
            let said = |route: &Route| {
                let policy = if route.policy == Policy::NetworkFirst { "first" } else { "swr" };
                let destination =
                    if route.destination.is_empty() { "any".to_owned() } else { route.destination.join(",") };
                [route.path.as_deref().unwrap_or_default(), policy, &destination].join(" ")
            };
            let routes = file_routes(&files, table, "/app/");
            assert_eq!(routes.iter().map(said).collect::<Vec<_>>(), expected, "{files:?}");
            let read = RouteTable::load("https://example.com/app/", &compiled(&routes).unwrap());
            let is_for_scripts = |destinations: u16| destinations == 0 || destinations & Destination::Fetch.bit() != 0;
            let is_taken = table.iter().any(|route| route.destination.iter().any(String::is_empty));
            assert!(is_taken || read.routes.iter().all(|route| is_for_scripts(route.destinations)), "{files:?}");
        }
        let files: Vec<(String, bool)> = (0..1_000).map(|n| (format!("{n}.json"), false)).collect();
        assert_eq!(file_routes(&files, &[], "/").len(), FILES);
    }
}
