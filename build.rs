//! Puts the worker script into the command line.
//!
//! The script is made from this same crate (`node scripts/build.mjs`). Without it the crate builds
//! all the same, and `keepfresh build` says what is missing.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let script = root.join("pkg/runtime.js");
    println!("cargo::rerun-if-changed={}", script.display());
    let text = fs::read(&script).unwrap_or_default();
    fs::write(out.join("runtime.js"), text).expect("cargo's own folder can be written to");
}
