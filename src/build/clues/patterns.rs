//! Names that scripts put together at run time, as far as their texts say how these begin and end.

use super::called::{ALIKE, Names, alone, name_of, name_of_folder};

/// What is known of the path of a file that a script puts together.
#[derive(Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(in crate::build) struct Pattern {
    pub(in crate::build) start: String,
    end: String,
    /// Whether folders may stand in between: what is put in once is a name.
    is_deep: bool,
    /// Whether more may fit than is meant: places that have a name may be filled in with anything, and a folder may be another one
    /// that is called so.
    pub(in crate::build) is_guess: bool,
}

impl Pattern {
    /// That of a text with a `*`, which begins in the folder of the site that `start` says.
    pub(in crate::build) fn new(start: String, text: &str) -> Self {
        let end = text.rsplit('*').next().unwrap_or_default();
        let end = end[..end.find(['?', '#']).unwrap_or(end.len())].to_owned();
        Self { start, end, is_deep: text.matches('*').count() > 1, is_guess: false }
    }

    /// The same, of a text that may mean more than fits.
    pub(super) fn guessed(self) -> Self {
        Self { is_guess: true, ..self }
    }

    /// That of a text which begins with [`ANYWHERE`](super::mentioned), if one file alone ends so: `end` is what stands behind that.
    pub(super) fn anywhere(end: &str, names: &Names<'_>) -> Option<Self> {
        let path = alone(end, names)?;
        let start = path.len() - name_of(path).len();
        Some(Self { start: path[..start].to_owned(), end: path[start..].to_owned(), is_deep: false, is_guess: false })
    }

    /// That of a text with a `*` that begins in a folder (`min/lunr.*.js`), if one alone in the site is called so.
    pub(super) fn in_folder(text: &str, names: &Names<'_>) -> Option<Self> {
        let start = &text[..text.find('*')?];
        let folder = &start[..=start.rfind('/')?];
        let alike = names.get(name_of_folder(folder)).filter(|alike| alike.len() <= ALIKE)?;
        let is_meant =
            |path: &&&str| path.strip_suffix(folder).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
        let mut folders = alike.iter().filter(is_meant);
        let found = folders.next().filter(|_| folders.next().is_none())?;
        Some(Self::new([found, &start[folder.len()..]].concat(), text).guessed())
    }

    /// Whether that may be a name of a bundler's: its digits are put in behind what sets them apart, and what is put in within
    /// a word is a number, or a language.
    pub(in crate::build) fn may_be_hashed(&self) -> bool {
        self.start.is_empty() || self.start.ends_with(['/', '-', '.', '_'])
    }

    /// The path where nothing is put in: the one that is meant if only its folder was not known.
    pub(in crate::build) fn whole(&self) -> String {
        [self.start.as_str(), &self.end].concat()
    }

    /// Whether a path that begins with `start` is meant.
    pub(in crate::build) fn fits(&self, path: &str) -> bool {
        let between = path.get(self.start.len()..).and_then(|rest| rest.strip_suffix(&self.end));
        between.is_some_and(|between| self.is_deep || !between.contains('/'))
    }
}
