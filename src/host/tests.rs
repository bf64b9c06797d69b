//! The host against a real browser's Cache Storage, inside a service worker.

use js_sys::Object;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Request, Response, ResponseInit};

use super::convert::{annotated, request_head, response_head, settled};
use super::store::{Store, key};
use super::{Worker, now, property, scope};
use crate::exchange::{Served, Shape};
use crate::http::{DeltaSeconds, Outcome, RequestMode, StoredResponse, Timestamp};
use crate::manifest::Precache;

wasm_bindgen_test_configure!(run_in_service_worker);

/// A store that no other test uses.
fn store(name: &str, version: &str) -> Store {
    Store::new(&["https://example.com/", name, "/"].concat(), version)
        .expect("this browser has Cache Storage")
}

fn response(text: &str, fields: &[(&str, &str)]) -> Response {
    let init = ResponseInit::new();
    let headers = web_sys::Headers::new().expect("headers can be made");
    for (name, value) in fields {
        headers.append(name, value).expect("the field is allowed");
    }
    init.set_headers(&headers);
    Response::new_with_opt_str_and_init(Some(text), &init).expect("a response can be made")
}

fn request(url: &str) -> Request {
    Request::new_with_str(url).expect("the URL is one")
}

async fn text(response: &Response) -> String {
    let text = settled(response.text().expect("the body is unused")).await;
    text.expect("the body can be read")
        .as_string()
        .unwrap_or_default()
}

fn stored(response: &Response, seconds: i64) -> StoredResponse {
    let came = Timestamp::from_unix(seconds);
    StoredResponse {
        head: response_head(response),
        request_time: came,
        response_time: came,
    }
}

#[wasm_bindgen_test]
async fn what_is_kept_comes_back_with_its_times() {
    let store = store("kept", "1");
    let request = request("/kept/a.json");
    assert!(
        store
            .kept(&request)
            .await
            .expect("the store can be read")
            .is_none()
    );

    let reply = response("one", &[("etag", "\"1\""), ("cache-control", "max-age=60")]);
    let written = stored(&reply, 1_700_000_000);
    store
        .keep(&request, &reply, &written)
        .await
        .expect("there is room");

    let (back, read) = store
        .kept(&request)
        .await
        .expect("the store can be read")
        .expect("it is there");
    assert_eq!(
        (read.request_time, read.response_time),
        (written.request_time, written.response_time)
    );
    assert_eq!(read.head.fields.first("etag"), Some("\"1\""));
    assert_eq!(text(&back).await, "one");

    store
        .remove(&request)
        .await
        .expect("the store can be written");
    assert!(
        store
            .kept(&request)
            .await
            .expect("the store can be read")
            .is_none()
    );
}

#[wasm_bindgen_test]
async fn a_304_changes_the_record_and_not_the_response() {
    let store = store("freshened", "1");
    let request = request("/freshened/a.json");
    let reply = response("one", &[("etag", "\"1\""), ("x", "old")]);
    let mut head = stored(&reply, 1_700_000_000);
    store
        .keep(&request, &reply, &head)
        .await
        .expect("there is room");

    head.response_time = Timestamp::from_unix(1_700_000_060);
    head.head.fields.set("x", "new");
    store.freshen(&request, &head).await.expect("there is room");

    let (back, read) = store
        .kept(&request)
        .await
        .expect("the store can be read")
        .expect("it is there");
    assert_eq!(read.response_time, head.response_time);
    assert_eq!(read.head.fields.first("x"), Some("new"));
    assert_eq!(read.head.fields.first("etag"), Some("\"1\""));
    assert_eq!(read.head.fields.first("keepfresh-times"), None);
    assert_eq!(
        back.headers().get("x").expect("the name is one").as_deref(),
        Some("old")
    );
}

#[wasm_bindgen_test]
async fn a_response_without_a_record_is_as_old_as_its_date() {
    let store = store("undated", "1");
    let request = request("/undated/a.json");
    let cache = settled(
        scope()
            .caches()
            .expect("it has caches")
            .open("keepfresh:/undated/:runtime"),
    )
    .await;
    let cache: web_sys::Cache = cache.expect("it can be opened").unchecked_into();
    for (fields, expected) in [
        (
            &[("date", "Sun, 06 Nov 1994 08:49:37 GMT")][..],
            784_111_777,
        ),
        (&[][..], 0),
    ] {
        settled(cache.put_with_request(&request, &response("x", fields)))
            .await
            .expect("there is room");
        let (_, read) = store
            .kept(&request)
            .await
            .expect("the store can be read")
            .expect("it is there");
        assert_eq!(read.response_time, Timestamp::from_unix(expected));
    }
}

#[wasm_bindgen_test]
async fn pages_belong_to_a_version_and_lists_to_the_last_two() {
    let versions = ["1", "2", "3"].map(|version| store("versions", version));
    for (store, list) in versions.iter().zip(["one", "two", "three"]) {
        store.remember_list(list).await.expect("there is room");
        store
            .put(&store.pages, &key("/versions/"), &response(list, &[]))
            .await
            .expect("there is room");
    }
    let last = &versions[2];
    for _ in 0..2 {
        let lists = last.recent_lists().await.expect("the store can be read");
        assert_eq!(lists, ["two", "three"]);
    }
    let url = request("/versions/").url();
    let page = last
        .page(std::slice::from_ref(&url))
        .await
        .expect("the store can be read");
    assert_eq!(text(&page.expect("its own page stays")).await, "three");
    let gone = versions[0]
        .page(&[url])
        .await
        .expect("the store can be read");
    assert!(gone.is_none());
}

#[wasm_bindgen_test]
async fn assets_are_found_whatever_they_vary_by() {
    let store = store("assets", "1");
    let url = "/assets/a.kf.0123456789abcdef0123.js";
    let reply = response("code", &[("vary", "accept")]);
    store
        .put(&store.assets, &key(url), &reply)
        .await
        .expect("there is room");
    let other = request(url);
    other
        .headers()
        .set("accept", "text/javascript")
        .expect("the field is allowed");
    assert!(
        store
            .asset(&other)
            .await
            .expect("the store can be read")
            .is_some()
    );
}

#[wasm_bindgen_test]
async fn annotated_responses_tell_what_became_of_them() {
    let outcome = Outcome::Hit {
        ttl: Some(5),
        detail: None,
    };
    let age = Some(DeltaSeconds::saturating(55));
    let served = Served {
        age,
        outcome,
        shape: Shape::Annotated,
    };
    let field =
        |response: &Response, name: &str| response.headers().get(name).expect("the name is one");

    let reply = response(
        "x",
        &[("age", "1"), ("cache-status", "origin; hit"), ("x", "old")],
    );
    let fields = [("x", "new")].into_iter().collect();
    let rebuilt = annotated(&reply, &served, Some(&fields)).expect("it can be rebuilt");
    assert_eq!(field(&rebuilt, "age").as_deref(), Some("55"));
    assert_eq!(
        field(&rebuilt, "cache-status").as_deref(),
        Some("origin; hit, keepfresh; hit; ttl=5")
    );
    assert_eq!(field(&rebuilt, "x").as_deref(), Some("new"));
    assert_eq!(text(&rebuilt).await, "x");
}

#[wasm_bindgen_test]
fn heads_are_read_from_the_browsers_objects() {
    let request = request("/a?b#c");
    request
        .headers()
        .set("range", "bytes=0-1")
        .expect("the field is allowed");
    let head = request_head(&request);
    assert_eq!(
        (head.method.as_str(), head.mode, head.asks_for_range),
        ("GET", RequestMode::Other, true)
    );
    assert!(head.url.contains("/a?b"));

    let head = response_head(&response(
        "x",
        &[("ETag", "\"1\""), ("Link", "<a>"), ("Link", "<b>")],
    ));
    assert_eq!((head.status, head.redirected), (200, false));
    assert_eq!(head.fields.first("etag"), Some("\"1\""));
    assert_eq!(head.fields.first("link"), Some("<a>, <b>"));
    assert!(now() > Timestamp::from_unix(1_700_000_000));
}

#[wasm_bindgen_test]
fn faults_in_options_are_errors_with_a_code() {
    let options = Object::new().into();
    let (scope, routes) = (
        "https://example.com/".to_owned(),
        "policy=fastest".to_owned(),
    );
    let worker = Worker::new(scope, routes, options).expect("this browser has Cache Storage");
    let error = worker.check().expect_err("there is no such policy");
    let js: js_sys::Error = error.unchecked_into();
    let message = String::from(js.message());
    assert!(
        message.contains("routes[0]: `policy` is fastest"),
        "{message}"
    );
    assert_eq!(property(&js, "code"), "options");
    assert_eq!(js.name(), "KeepfreshError");
}

#[wasm_bindgen_test]
fn a_list_is_found_by_bisection_in_wasm_too() {
    let list = Precache::new("\t1\tAA==\na.js\t2\tAA==\nb.js\t3\tAA==\n");
    assert_eq!(list.find("b.js").map(|entry| entry.bytes), Some(3));
}
