//! Puts the worker script into the command line.
//!
//! The script is made from this same crate (`node scripts/build.mjs`). Without it the crate builds
//! all the same, and `keepfresh build` says what is missing.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let script = root.join("pkg/runtime.js");
    println!("cargo::rerun-if-changed={}", script.display());
    let text = fs::read(&script).unwrap_or_default();
    fs::write(out.join("runtime.js"), text).expect("cargo's own folder can be written to");

    // What was read by other readers has to be read again.
    let mut hasher = DefaultHasher::new();
    let mut sources: Vec<PathBuf> =
        fs::read_dir(root.join("src/build")).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    sources.sort();
    sources.iter().filter_map(|path| fs::read(path).ok()).for_each(|text| text.hash(&mut hasher));
    println!("cargo::rerun-if-changed={}", root.join("src/build").display());
    println!("cargo::rustc-env=KEEPFRESH_READERS={:x}", hasher.finish());
}
