//! Files of a site: whatever is put into their references, the same references are read again, and nothing else.
//! Regular expressions of Workbox: what becomes of them is a route.
#![no_main]

use keepfresh::build::reference::splice;
use keepfresh::build::{Extras, parse, workbox, routes};
use libfuzzer_sys::fuzz_target;

const PATHS: [&str; 6] = ["a.html", "a.css", "a.js", "a.svg", "a.webmanifest", "data.json"];

fuzz_target!(|input: (u8, &str)| {
    let (number, text) = input;
    // One that is there already could not be told from those that are put in.
    let mark = (0..).map(|number| format!(".kf.{number:020}")).find(|mark| !text.contains(mark)).unwrap_or_default();
    let path = PATHS[usize::from(number) % PATHS.len()];
    let pointers = ["/a/*/b".to_owned(), "/c".to_owned()];
    let attributes = ["data-src".to_owned(), "data-srcset".to_owned()];
    let extras = Extras { attributes: &attributes, pointers: &pointers, policies: "" };
    if path == "a.js" {
        let _ = workbox::read(path, text);
        let expression = format!("registerRoute(/{text}/, new NetworkFirst())");
        let all = workbox::read(path, &expression).unwrap_or_default();
        let routes: Vec<_> = all.into_iter().flat_map(|moved| moved.routes).collect();
        assert!(routes.is_empty() || routes::compiled(&routes).is_ok(), "{expression} is {routes:?}");
    }
    let parsed = parse(path, text.as_bytes(), &extras);
    let mut marks = Vec::new();
    let mut wanted = Vec::new();
    for reference in &parsed.references {
        assert!(text.get(reference.span.clone()).is_some(), "{reference:?}");
        assert!(reference.digest_place.is_none_or(|place| text.is_char_boundary(place.at)), "{reference:?}");
        let point = reference.insertion_point(text.as_bytes()).filter(|point| marks.last() != Some(&(*point, mark.as_str())));
        marks.extend(point.map(|point| (point, mark.as_str())));
        wanted.push((reference.kind, reference.url.clone(), point.is_some()));
    }
    marks.sort();
    let marks: Vec<_> = marks.into_iter().map(|(point, mark)| (point..point, mark)).collect();
    let written = splice(text.as_bytes(), &marks);
    let again = parse(path, &written, &extras);
    assert_eq!(parsed.base, again.base);
    let found: Vec<_> = again.references.iter().map(|one| (one.kind, one.url.replace(&mark, ""))).collect();
    let wanted: Vec<_> = wanted.into_iter().map(|(kind, url, _)| (kind, url)).collect();
    assert_eq!(found, wanted);
});
