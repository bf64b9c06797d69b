//! Names in two pieces within one script: how they end (`load(base + id + ".js")`), and, in texts by themselves, how they
//! begin (`["view", "zip"]`). Any word may be such a text, so what comes of it is a guess.
//!
//! Modules whose names are in two scripts are the business of [`pieces`](super::pieces).

use std::collections::BTreeSet;

use super::amd::is_module;
use super::mentioned::is_loadable;

/// What is put in front of such a name among the texts of a script. No path begins so.
pub(super) const GUESS: char = '?';

/// Of how many ends, and of how many texts, a script's names may come: there is a name for each of the one and the other.
const ENDS: usize = 16;
const BEGINS: usize = 2_000;

/// The end of what is put together (`*` for each part that is not known) if nothing else of it is known.
pub(super) fn end_alone(pattern: &str) -> Option<String> {
    let end = pattern.trim_start_matches(['*', '/']);
    (pattern.starts_with('*') && end.starts_with('.') && is_loadable(&["a", end].concat())).then(|| end.to_owned())
}

/// The names that come of these texts with these ends: of the shortest, since what more is said may be anything.
pub(super) fn names<'t>(ends: &BTreeSet<String>, texts: impl Iterator<Item = &'t str>) -> Vec<String> {
    if ends.is_empty() {
        return Vec::new();
    }
    let mut shortest: Vec<&String> = ends.iter().collect();
    shortest.sort_by_key(|end| end.len());
    let mut begins = BTreeSet::new();
    for text in texts.filter(|text| is_module(text) && !is_loadable(text) && !ends.contains(*text)) {
        if begins.len() == BEGINS {
            break;
        }
        begins.insert(text);
    }
    let guess = |end: &str, text: &str| [&GUESS.to_string(), text, end].concat();
    shortest.into_iter().take(ENDS).flat_map(|end| begins.iter().map(move |text| guess(end, text))).collect()
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

    #[test]
    fn guesses_are_few_however_much_a_script_says() {
        let ends: String = (1000..6000).map(|n| format!("x(a + '.js{n}');")).collect();
        let texts: String = (0..60_000).map(|n| format!("'{n} ', 'x{}', ", n % 3_000)).collect();
        let found = mentioned::of(&[&ends, "x(a + '.js');", &texts].concat());
        assert_eq!(found.iter().filter(|text| text.ends_with(".js")).count(), 2_000);
        assert!(found.len() <= 4_000);
    }
}
