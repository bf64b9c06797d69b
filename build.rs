//! Puts the parts of worker scripts into the command line.
//!
//! The script is made from this same crate (`node scripts/build.mjs`). Without it the crate builds
//! all the same, and `keepfresh build` says what is missing.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    for name in [
        "runtime.js",
        "runtime-ledger.js",
        "precached.js",
        "install.js",
        "ledger.js",
        "memory.js",
        "preload.js",
        "compose.js",
        "keys.js",
        "queue.js",
        "stats.js",
        "health.js",
    ] {
        let script = root.join("pkg/worker").join(name);
        println!("cargo::rerun-if-changed={}", script.display());
        let text = fs::read(&script).unwrap_or_default();
        fs::write(out.join(name), text).expect("cargo's own folder can be written to");
    }

    // What another program has read has to be read again, and what it has derived has to be made again.
    let mut hasher = DefaultHasher::new();
    let folders = ["src/build", "src/cli", "src/delta"].map(|folder| root.join(folder));
    // Encoders and parsers are others' work.
    let lock = root.join("Cargo.lock");
    println!("cargo::rerun-if-changed={}", lock.display());
    let mut sources: Vec<PathBuf> = folders.iter().flat_map(files).chain([lock]).collect();
    sources.sort();
    sources.iter().filter_map(|path| fs::read(path).ok()).for_each(|text| text.hash(&mut hasher));
    folders.iter().for_each(|folder| println!("cargo::rerun-if-changed={}", folder.display()));
    println!("cargo::rustc-env=KEEPFRESH_READERS={:x}", hasher.finish());
}

/// The files of a folder, at any depth.
fn files(folder: &PathBuf) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
