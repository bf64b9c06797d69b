//! Names that differ only in case: hosts tell them apart as a rule, but not every file system does.

use std::collections::BTreeMap;

use anyhow::bail;
use keepfresh::build::{Code, Finding, Severity};

/// What people should know of names that are others but for their case: where the site is copied to, one file may take the
/// place of the other.
pub(crate) fn findings(paths: &[&str]) -> Vec<Finding> {
    let finding = |(one, other): (&str, &str)| {
        let message = format!(
            "its name and that of {one} differ only in case, and many file systems, and some hosts, cannot keep them apart"
        );
        Finding::of_file(other, Code::OnlyCase, Severity::Warning, message)
    };
    alike(paths.iter().copied()).into_iter().map(finding).collect()
}

/// Refuses to write such names where they would be one.
pub(crate) fn must_fit<'a>(
    paths: impl Iterator<Item = &'a str>,
    folds_case: impl FnOnce() -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    match alike(paths).first() {
        Some((one, other)) if folds_case()? => {
            bail!(
                "{one} and {other} differ only in case, and the file system of the output cannot keep them apart; rename one"
            )
        }
        _ => Ok(()),
    }
}

fn alike<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<(&'a str, &'a str)> {
    let mut by_lower_case: BTreeMap<String, &str> = BTreeMap::new();
    paths.filter_map(|path| Some((by_lower_case.insert(path.to_lowercase(), path)?, path))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused() {
        let cases = [
            (["a.css", "A.css"], true, false),
            (["a.css", "A.css"], false, true),
            (["a/b.css", "A/B.css"], true, false),
            (["\u{e4}.css", "\u{c4}.css"], true, false),
            (["a.css", "b.css"], true, true),
        ];
        for (paths, folds, fits) in cases {
            assert_eq!(must_fit(paths.into_iter(), || Ok(folds)).is_ok(), fits, "{paths:?}");
        }
    }
}
