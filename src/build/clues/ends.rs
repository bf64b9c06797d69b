//! Names in two pieces within one script: how they end (`load(base + id + ".js")`), and, in texts by themselves, how they
//! begin (`["view", "zip"]`). Any word may be such a text, so what comes of it is a guess.
//!
//! Modules whose names are in two scripts are the business of [`pieces`](super::pieces).

use std::collections::BTreeSet;

use super::mentioned::{is_loadable, is_module};

/// What is put in front of such a name among the texts of a script. No path begins so.
pub(super) const GUESS: char = '?';

/// The end of what is put together (`*` for each part that is not known) if nothing else of it is known.
pub(super) fn end_alone(pattern: &str) -> Option<String> {
    let end = pattern.trim_start_matches(['*', '/']);
    (pattern.starts_with('*') && end.starts_with('.') && is_loadable(&["a", end].concat())).then(|| end.to_owned())
}

/// The names that come of these texts with these ends.
pub(super) fn names<'t>(
    ends: &BTreeSet<String>,
    texts: impl Iterator<Item = &'t str> + Clone,
) -> impl Iterator<Item = String> {
    let with = move |end: &String| {
        let end = end.clone();
        let begins = texts.clone().filter(|text| is_module(text) && !is_loadable(text) && !ends.contains(*text));
        begins.map(move |text| [&GUESS.to_string(), text, &end].concat())
    };
    ends.iter().flat_map(with)
}

#[cfg(test)]
mod tests {
    use crate::build::clues::mentioned;

    #[test]
    fn names_in_two_pieces_are_guessed() {
        let cases: [(&str, &[&str]); 9] = [
            ("load(base + id + '.js'); ids = ['view', 'zip']", &["?view.js", "?zip.js"]),
            ("load(`${id}.js`, './a')", &["?./a.js"]),
            ("load(`${base}/${id}.json?v=1`, 'en')", &["?en.json?v=1"]),
            ("load(id + '.css', 'a'); load(id + '.js')", &["?a.css", "?a.js"]),
            ("load(id, '.js', 'a')", &[]),
            ("load('lib/' + id + '.js', 'a')", &["lib/", "lib/*.js"]),
            ("load(id + '.zip', 'a'); g(`${a}.Name`, 'b')", &[]),
            ("load(id + '.js', 'a b', 'c/', '#d', 'e.png')", &["e.png"]),
            ("load(id + '-a.js', 'b')", &["*/-a.js", "-a.js"]),
        ];
        for (text, expected) in cases {
            assert_eq!(mentioned::of(text), expected, "{text}");
        }
    }
}
