//! What the worker keeps comes back from a browser's Cache Storage as it was: records are text in the bodies of
//! responses, and their keys are URLs (`js/worker/cache-storage.ts`).
#![cfg(target_arch = "wasm32")]

use js_sys::{Array, Promise, Reflect};
use keepfresh::exchange::{Commit, Write, commit, read_record};
use keepfresh::http::{Fields, ResponseHead, StoredResponse, Timestamp};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Cache, CacheStorage, Request, Response};

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_service_worker);

const CACHE: &str = "keepfresh:test";

#[wasm_bindgen_test]
async fn records_come_back_as_they_were() {
    let cache = cache().await;
    let fields: [(&str, &[(&str, &str)]); 4] = [
        ("https://example.com/", &[]),
        ("https://example.com/a?b=c&d=%20", &[("etag", "\"\u{e4}\u{1f600}\""), ("link", "<x>; rel=y, <z>")]),
        ("https://example.com/a?b=c&d=%2520", &[("x", "1\x1e0 200 1 1\x1e"), ("vary", "a")]),
        ("https://example.com/%E4%B8%AD", &[("cache-control", "max-age=60"), ("set-cookie", "a=b")]),
    ];
    for (url, fields) in fields {
        let record = record(url, fields);
        settled(cache.put_with_str(url, &response(&record))).await;
    }
    for (url, fields) in fields {
        let text = text(&cache, url).await.expect("it was put there");
        assert_eq!(text, record(url, fields), "{url}");
        assert_eq!(read_record(&text)[0].url, url);
    }
    let keys: Array = settled(cache.keys()).await.unchecked_into();
    let urls: Vec<String> = keys.iter().map(|key| key.unchecked_into::<Request>().url()).collect();
    assert_eq!(urls, fields.map(|(url, _)| url), "keys come in the order in which they were put");
    settled(caches().delete(CACHE)).await;
}

#[wasm_bindgen_test]
async fn what_is_put_again_replaces_what_was_there() {
    let (cache, url) = (cache().await, "https://example.com/again");
    for age in 0..3 {
        settled(cache.put_with_str(url, &response(&record(url, &[("age", &age.to_string())])))).await;
    }
    assert_eq!(text(&cache, url).await, Some(record(url, &[("age", "2")])));
    settled(cache.delete_with_str(url)).await;
    assert_eq!(text(&cache, url).await, None);
    settled(caches().delete(CACHE)).await;
}

fn record(url: &str, fields: &[(&str, &str)]) -> String {
    let fields: Fields = fields.iter().copied().collect();
    let (head, now) = (ResponseHead { fields, redirected: false, status: 200 }, Timestamp::from_unix(1));
    let write = Write::Store(url.to_owned(), StoredResponse::new(url, head, now, now));
    commit(&write, "").map(|Commit { record, .. }| record).expect("nothing newer is there")
}

fn response(text: &str) -> Response {
    Response::new_with_opt_str(Some(text)).expect("a response of text")
}

async fn text(cache: &Cache, url: &str) -> Option<String> {
    let found = settled(cache.match_with_str(url)).await.dyn_into::<Response>().ok()?;
    settled(found.text().expect("its body was not read")).await.as_string()
}

async fn cache() -> Cache {
    settled(caches().open(CACHE)).await.unchecked_into()
}

fn caches() -> CacheStorage {
    let caches = Reflect::get(&js_sys::global(), &JsValue::from_str("caches"));
    caches.expect("a worker has caches").unchecked_into()
}

async fn settled(promise: Promise) -> JsValue {
    JsFuture::from(promise).await.expect("the browser keeps what it is given")
}
