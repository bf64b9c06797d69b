//! HTTP caching rules for service workers, and the build step that feeds them.
//!
//! # Where to start
//!
//! [`exchange`] is the main path of the worker: one request, from the lookup to the reply and the
//! write. It consults [`route`] (which policy answers which request) and [`policy`] (the rules, one
//! module for each section of RFC 9111). [`http`] holds the words all of them are written in.
//!
//! [`build`](mod@build) is the main path of the command line: a folder of assets in; fingerprints,
//! rewritten references and a [`manifest`] out.
//!
//! Nothing outside `host` and `cli` reads a clock, opens a file, calls JavaScript or awaits. Clippy
//! enforces that (`clippy.toml`), and `tests/layering.rs` checks who may use whom.

#[cfg(feature = "build")]
pub mod build;
pub mod exchange;
pub mod http;
pub mod manifest;
pub mod policy;
pub mod route;

#[cfg(target_arch = "wasm32")]
pub mod host;
