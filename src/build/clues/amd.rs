//! Modules of AMD (RequireJS, Dojo, SeaJS, Monaco's loader). Others name them without their extension; a plugin may stand in
//! front of a name (`text!parts/menu.html`), and what is said in several languages lies in folders called `nls`.

use super::spoken::literal;
use crate::build::text::places;

/// How far into a script it may begin that is such a module.
const AHEAD: usize = 200;

/// What such a script begins with, or a page's that has modules loaded.
const WORDS: [&str; 4] = ["define(", "require(", "requirejs", "seajs."];

/// What the texts of a script may be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Texts {
    /// Names of modules, if they look so.
    Modules,
    /// The same where they name a folder as well: other words are many in a bundle.
    ModulesInFolders,
    Others,
}

/// What those of this script may be. A bundle defines modules by their paths, wherever it begins to; that a library could be a
/// module, if somebody wanted it to (UMD), says nothing of its texts.
pub(super) fn texts(script: &str) -> Texts {
    let start = script[..script.floor_char_boundary(AHEAD)].trim_start();
    if WORDS.iter().any(|word| start.contains(word)) {
        return Texts::Modules;
    }
    let mut defined = places(script, "define(").filter_map(|at| literal(&script[at + "define(".len()..]));
    if defined.any(|name| is_module(name) && name.contains('/')) { Texts::ModulesInFolders } else { Texts::Others }
}

/// A text without the plugins in front of it.
pub(super) fn behind_plugins(text: &str) -> &str {
    text.rsplit('!').next().unwrap_or(text)
}

/// Whether a text may name a module.
pub(super) fn is_module(path: &str) -> bool {
    path.starts_with(|c: char| c.is_ascii_alphabetic() || c == '.')
        && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b))
        && !path.ends_with(['/', '.'])
}

/// The files of the module that a text names: its own, and what there is for each language.
pub(super) fn files(text: &str, texts: Texts) -> impl Iterator<Item = String> {
    let is_meant = match texts {
        Texts::Modules => is_module(text),
        Texts::ModulesInFolders => is_module(text) && text.contains('/'),
        Texts::Others => false,
    };
    let of_languages = text.rsplit_once('/').filter(|(folder, _)| *folder == "nls" || folder.ends_with("/nls"));
    let in_languages = of_languages.map(|(folder, name)| [folder, "/{locale}/", name, ".js"].concat());
    [Some([text, ".js"].concat()), in_languages].into_iter().flatten().filter(move |_| is_meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_whose_texts_name_modules_are_known() {
        let far = " ".repeat(AHEAD);
        let cases = [
            ("define(['a'], f)", Texts::Modules),
            ("\n// A page's.\nrequirejs.config({})", Texts::Modules),
            ("seajs.use('a')", Texts::Modules),
            (&[&far, "/* */ define('a/b', f)"].concat(), Texts::ModulesInFolders),
            (&[&far, "/* */ define('a', f); define(['a/b'], f)"].concat(), Texts::Others),
            (&[&far, "/* */ customElements.define('a-b', B)"].concat(), Texts::Others),
        ];
        for (script, expected) in cases {
            assert_eq!(texts(script), expected, "{script}");
        }
    }

    #[test]
    fn modules_lead_to_files() {
        let cases: [(&str, &[&str]); 6] = [
            ("a", &["a.js"]),
            ("./a/b", &["./a/b.js"]),
            ("app/nls/words", &["app/nls/words.js", "app/nls/{locale}/words.js"]),
            ("nls/words", &["nls/words.js", "nls/{locale}/words.js"]),
            ("a/", &[]),
            ("a b", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(files(text, Texts::Modules).collect::<Vec<_>>(), expected, "{text}");
            let in_folders: &[&str] = if text.contains('/') { expected } else { &[] };
            assert_eq!(files(text, Texts::ModulesInFolders).collect::<Vec<_>>(), in_folders, "{text}");
            assert_eq!(files(text, Texts::Others).count(), 0, "{text}");
        }
        assert_eq!(behind_plugins("dojo/text!./a.html"), "./a.html");
    }
}
