//! Languages that stand in the text of an element, or in an attribute: styles, scripts, import maps.

use lol_html::html_content::Element;

use super::parse::Extras;
use super::{css, html, import_map, js};

/// A language that stands in the text of an element. What `<noscript>` holds is text to a reader that
/// could run scripts.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(in crate::build) enum Inline {
    Css,
    Html,
    ImportMap,
    Module,
    /// Of a script that is no module only what it imports is known: all else depends on where it is run.
    Script,
}

/// The [types][spec] by which browsers know JavaScript, behind their `text/`; those of `application/` are among them.
///
/// [spec]: https://mimesniff.spec.whatwg.org/#javascript-mime-type
const SCRIPTS: [&str; 12] = [
    "ecmascript",
    "javascript",
    "javascript1.0",
    "javascript1.1",
    "javascript1.2",
    "javascript1.3",
    "javascript1.4",
    "javascript1.5",
    "jscript",
    "livescript",
    "x-ecmascript",
    "x-javascript",
];

impl Inline {
    pub(in crate::build) fn of(tag: &str, element: &Element<'_, '_>) -> Option<Self> {
        match tag {
            "noscript" => Some(Self::Html),
            "style" => Some(Self::Css),
            "script" => Self::of_type(&element.get_attribute("type").unwrap_or_default()),
            _ => None,
        }
    }

    fn of_type(kind: &str) -> Option<Self> {
        let kind = kind.trim_ascii().to_ascii_lowercase();
        let (family, name) = kind.split_once('/').unwrap_or_default();
        match kind.as_str() {
            "" => Some(Self::Script),
            // Those of es-module-shims, which does for some pages what browsers do.
            "importmap" | "importmap-shim" => Some(Self::ImportMap),
            "module" | "module-shim" => Some(Self::Module),
            _ => (["application", "text"].contains(&family) && SCRIPTS.contains(&name)).then_some(Self::Script),
        }
    }

    /// Whether it may load modules, so that an import map has to stand in front of it.
    pub(in crate::build) fn may_import(self) -> bool {
        matches!(self, Self::ImportMap | Self::Module | Self::Script)
    }

    /// What a text in this language refers to; an error that says why it could not be read.
    pub(in crate::build) fn read(self, source: &str, extras: &Extras<'_>) -> Result<js::Script, String> {
        let plain = |references| js::Script { references, ..js::Script::default() };
        match self {
            Self::Html => Ok(plain(html::read(source, extras).references)),
            Self::Css => Ok(plain(css::references(source))),
            Self::ImportMap => import_map::read(source),
            Self::Module => js::in_page(source),
            Self::Script => Ok(js::imports(source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_scripts_are_known_as_browsers_know_them() {
        let cases = [
            ("", Some(Inline::Script)),
            ("text/javascript", Some(Inline::Script)),
            (" Application/JavaScript ", Some(Inline::Script)),
            ("text/ecmascript", Some(Inline::Script)),
            ("MODULE", Some(Inline::Module)),
            (" importmap", Some(Inline::ImportMap)),
            ("importmap-shim", Some(Inline::ImportMap)),
            ("module-shim", Some(Inline::Module)),
            ("text/javascript; charset=utf-8", None),
            ("application/json", None),
            ("text/babel", None),
            ("speculationrules", None),
        ];
        for (kind, expected) in cases {
            assert!(Inline::of_type(kind) == expected, "{kind}");
        }
    }
}
