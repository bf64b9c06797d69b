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
//! Nothing outside `cli` reads a clock, opens a file or awaits: clippy enforces that (`clippy.toml`), and
//! `tests/layering.rs` checks who may use whom. What JavaScript sees of the rules is in `host`, what it sees of
//! the decoder that unpacks downloads in `installer`. The stores and networks are in `js/`.

#[cfg(feature = "build")]
pub mod build;
pub mod delta;
pub mod exchange;
pub mod http;
pub mod manifest;
pub mod policy;
pub mod route;

#[cfg(all(target_arch = "wasm32", not(feature = "installer")))]
pub mod host;
#[cfg(all(target_arch = "wasm32", feature = "installer"))]
pub mod installer;

// What has records in memory; a worker that the build writes has a few texts a request.
#[cfg(any(test, all(target_arch = "wasm32", feature = "full")))]
mod heap;

#[cfg(all(target_arch = "wasm32", feature = "full"))]
#[global_allocator]
static ALLOCATOR: heap::Heap<lol_alloc::FreeListAllocator> = heap::Heap::new(lol_alloc::FreeListAllocator::new());

#[cfg(all(target_arch = "wasm32", not(feature = "full")))]
#[global_allocator]
#[expect(unsafe_code, reason = "a worker has one thread, which is all that has to be promised")]
static ALLOCATOR: lol_alloc::AssumeSingleThreaded<lol_alloc::FreeListAllocator> =
    // SAFETY: the module is never built with threads (no shared memory, no atomics).
    unsafe { lol_alloc::AssumeSingleThreaded::new(lol_alloc::FreeListAllocator::new()) };

#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_service_worker);
