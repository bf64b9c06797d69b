//! Modules that a script loads by elements that it makes: `s.type = "module"; s.src = id + ".js"`. What others import by a new
//! name as well would be there twice.

use std::collections::BTreeSet;

use oxc_ast::ast::{Argument, AssignmentExpression, AssignmentTarget, CallExpression, Expression};

use super::expression::pattern;
use crate::build::clues::called::name_of;
use crate::build::name::Language;
use crate::build::text::holds;

/// How long a text may be that is the name of a module without its extension.
const LONG: usize = 40;

/// In how many ways such names end in one script, at the most: each goes with all of its texts.
const MOST: usize = 8;

/// What such a script says of the names of modules.
#[derive(Debug, Default)]
pub(in crate::build) struct Made {
    /// How these end where nobody knows how they begin.
    ends: BTreeSet<String>,
    /// Texts that they may begin with.
    words: BTreeSet<String>,
}

/// Whether a script may make such elements.
pub(in crate::build) fn makes_modules(source: &str) -> bool {
    holds(source, "createElement") && ["'module'", "\"module\"", "`module`"].iter().any(|text| holds(source, text))
}

impl Made {
    /// A text of the script.
    pub(in crate::build) fn text(&mut self, text: &str) {
        let is_of_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/');
        if !text.is_empty() && text.len() <= LONG && !text.starts_with(['.', '/']) && text.bytes().all(is_of_name) {
            self.words.insert(text.to_owned());
        }
    }

    pub(in crate::build) fn assignment(&mut self, assignment: &AssignmentExpression<'_>) {
        if matches!(&assignment.left, AssignmentTarget::StaticMemberExpression(member) if member.property.name == "src")
        {
            self.source(&assignment.right);
        }
    }

    pub(in crate::build) fn call(&mut self, call: &CallExpression<'_>) {
        let sets = matches!(&call.callee, Expression::StaticMemberExpression(member) if member.property.name == "setAttribute");
        if let (true, [Argument::StringLiteral(name), source]) = (sets, call.arguments.as_slice())
            && name.value == "src"
            && let Some(source) = source.as_expression()
        {
            self.source(source);
        }
    }

    /// What an element loads. What is known of how that begins is [mentioned](crate::build::clues::mentioned).
    fn source(&mut self, source: &Expression<'_>) {
        let pattern = pattern(source);
        let end = pattern.strip_prefix('*').and_then(|rest| rest.rsplit('*').next());
        self.ends.extend(end.filter(|end| Language::of(name_of(end)) == Language::JavaScript).map(str::to_owned));
    }

    /// The files that it may load; `starts` are its texts that begin as paths do.
    pub(in crate::build) fn names(self, starts: &BTreeSet<String>) -> BTreeSet<String> {
        let joined = self
            .ends
            .iter()
            .take(MOST)
            .flat_map(|end| self.words.iter().map(move |word| [word, end.as_str()].concat()));
        starts
            .iter()
            .filter(|start| Language::of(name_of(start)) == Language::JavaScript)
            .cloned()
            .chain(joined)
            .collect()
    }
}
