//! Who may use whom: the arrows of ARCHITECTURE.md, checked.
#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::path::{Path, PathBuf};

/// A module, and the modules of this crate that it may name.
const MAY_USE: [(&str, &[&str]); 10] = [
    ("delta", &["delta"]),
    ("http", &["http"]),
    ("manifest", &["http", "manifest"]),
    ("policy", &["http", "policy"]),
    ("route", &["http", "manifest", "policy", "route"]),
    ("exchange", &["exchange", "http", "policy", "route"]),
    ("build", &["build", "http", "manifest", "route"]),
    ("host", &["exchange", "host", "http", "manifest", "policy", "route"]),
    ("installer", &["delta"]),
    ("cli", &[]),
];

#[test]
fn modules_use_only_what_they_may() {
    let mut checked = 0;
    for (module, allowed) in MAY_USE {
        for (file, code) in sources(module) {
            for (number, line) in code.lines().enumerate() {
                if let Some(used) = crate_root(line) {
                    assert!(
                        allowed.contains(&used),
                        "{}:{}: `{module}` may not use `{used}`",
                        file.display(),
                        number + 1
                    );
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 20, "only {checked} uses were found: is this test still reading the code?");
}

#[test]
fn pure_modules_are_fenced() {
    for module in ["build", "delta", "exchange", "http", "manifest", "policy", "route"] {
        let root = sources(module).into_iter().find(|(file, _)| is_root(file, module));
        let (file, code) = root.unwrap_or_else(|| panic!("{module} has no root file"));
        let fence = "#![deny(clippy::disallowed_methods, clippy::disallowed_types)]";
        assert!(code.contains(fence), "{} lacks its fence", file.display());
    }
}

#[test]
fn no_file_holds_more_than_one_can_read() {
    for (module, _) in MAY_USE {
        for (file, code) in sources(module) {
            let lines = code.lines().count();
            assert!(lines <= 400, "{} has {lines} lines; is there a second concept in it?", file.display());
        }
    }
}

/// The module that a line names after `crate::`. A group (`use crate::{a, b}`) would hide the names,
/// so it counts as a module that nobody may use.
fn crate_root(line: &str) -> Option<&str> {
    let code = line.split("//").next().unwrap_or_default();
    let rest = &code[code.find("crate::")? + "crate::".len()..];
    if rest.starts_with('{') {
        return Some("{a group of modules}");
    }
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    Some(&rest[..end])
}

fn is_root(file: &Path, module: &str) -> bool {
    file.ends_with(format!("{module}.rs")) || file.ends_with(format!("{module}/mod.rs"))
}

fn sources(module: &str) -> Vec<(PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut open = vec![src.join(module), src.join(format!("{module}.rs"))];
    while let Some(path) = open.pop() {
        if let Ok(entries) = fs::read_dir(&path) {
            open.extend(entries.flatten().map(|entry| entry.path()));
        } else if let Ok(code) = fs::read_to_string(&path) {
            found.push((path, code));
        }
    }
    assert!(!found.is_empty(), "there is no module {module}");
    found
}
