//! What the files of a site are called, for texts of which the folder is not known.

use std::collections::BTreeMap;

/// Among how many files of one name at the most one is looked for.
pub(super) const ALIKE: usize = 16;

/// The names of all files ([`name_of`]), and what is called so; with a slash behind it those of folders.
pub(in crate::build) type Names<'a> = BTreeMap<&'a str, Vec<&'a str>>;

/// The names of these files, which are in order, and of their folders.
pub(in crate::build) fn names<'a>(paths: impl Iterator<Item = &'a String>) -> Names<'a> {
    let (mut names, mut last) = (Names::new(), "");
    for path in paths {
        names.entry(name_of(path)).or_default().push(path);
        let folders = path.match_indices('/').map(|(at, _)| &path[..=at]);
        for folder in folders.filter(|folder| !last.starts_with(folder)) {
            names.entry(name_of_folder(folder)).or_default().push(folder);
        }
        last = path;
    }
    names
}

/// The last part of a folder's path, with its slash.
pub(super) fn name_of_folder(folder: &str) -> &str {
    &folder[folder[..folder.len() - 1].rfind('/').map_or(0, |slash| slash + 1)..]
}

/// The last part of a path, without its query.
pub(in crate::build) fn name_of(path: &str) -> &str {
    let path = &path[..path.find(['?', '#']).unwrap_or(path.len())];
    path.rsplit('/').next().unwrap_or(path)
}

/// The file that a path is the end of, if it is that of one alone.
pub(super) fn alone<'n>(end: &str, names: &Names<'n>) -> Option<&'n str> {
    let end = &end[..end.find(['?', '#']).unwrap_or(end.len())];
    let alike = names.get(name_of(end)).filter(|alike| alike.len() <= ALIKE)?;
    let is_meant = |path: &&&str| path.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
    let mut paths = alike.iter().filter(is_meant);
    paths.next().filter(|_| paths.next().is_none()).copied()
}
