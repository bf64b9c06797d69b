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
//! Nothing outside `cli` reads a clock, opens a file or awaits; what JavaScript sees of the rules is in
//! `host`, and the stores and networks are in `js/`. Clippy enforces that (`clippy.toml`), and `tests/layering.rs` checks who may use whom.

#[cfg(feature = "build")]
pub mod build;
pub mod delta;
pub mod exchange;
pub mod http;
pub mod manifest;
pub mod policy;
pub mod route;

#[cfg(target_arch = "wasm32")]
pub mod host;

#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_service_worker);
