//! Stories: what happens to one request, told step by step. Time passes because a story says so.

mod http;
mod precached;
mod routes;
mod teller;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_service_worker);
