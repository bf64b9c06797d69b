//! Patterns of `keepfresh.toml` that match no file of the site: whoever wrote one meant something.

use std::fs;

use globset::Glob;
use keepfresh::build::{Code, Finding, Place, Severity};

use super::args::BuildArgs;
use super::config::Config;
use super::settings::FILE;

/// What people should know of patterns. Those of `exclude` are left out: what they are for is often not there.
///
/// `paths` are the files of the site.
pub(crate) fn unmatched(config: &Config, args: &BuildArgs, paths: &[&str]) -> Vec<Finding> {
    let is_idle = |pattern: &str| {
        Glob::new(pattern).is_ok_and(|glob| {
            let glob = glob.compile_matcher();
            !paths.iter().any(|path| glob.is_match(path))
        })
    };
    let idle: Vec<_> = config.settings.patterns().into_iter().filter(|(_, pattern)| is_idle(pattern)).collect();
    if idle.is_empty() {
        return Vec::new();
    }
    // Seen from the folder, as all that is told of.
    let at = args.config.as_ref().and_then(|path| std::path::absolute(path).ok());
    let file = at.map_or_else(|| FILE.to_owned(), |path| path.display().to_string());
    let text = fs::read(args.src.join(&file)).unwrap_or_default();
    let finding = |(field, pattern): (&str, &str)| {
        let message = format!("{field}: {pattern:?} matches no file of the site");
        let finding = Finding::of_file(&file, Code::Unmatched, Severity::Warning, message);
        let quoted = ['"', '\''].map(|mark| format!("{mark}{pattern}{mark}"));
        let Some(place) = quoted.iter().find_map(|quoted| Place::of_text(&text, quoted)) else { return finding };
        Finding { line: place.line, column: place.column, bytes: place.bytes, ..finding }
    };
    idle.into_iter().map(finding).collect()
}
