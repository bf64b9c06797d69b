//! The host against a real browser's Cache Storage, inside a service worker.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Request, Response, ResponseInit};

use super::convert::{in_shape, request_head, response_head, settled};
use super::options::route_table;
use super::store::{Store, key};
use super::{now, scope};
use crate::exchange::{Served, Shape};
use crate::http::{DeltaSeconds, Outcome, RequestMode, StoredResponse, Timestamp};
use crate::manifest::Precache;
use crate::policy::Headers;
use crate::route::Policy;

wasm_bindgen_test_configure!(run_in_service_worker);

/// A store that no other test uses.
fn store(name: &str, version: &str) -> Store {
    Store::new(&["/", name, "/"].concat(), version).expect("this browser has Cache Storage")
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

fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        Reflect::set(&object, &(*name).into(), value).expect("the object is plain");
    }
    object.into()
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
async fn only_annotated_responses_are_rebuilt() {
    let outcome = Outcome::Hit {
        ttl: Some(5),
        detail: None,
    };
    let age = Some(DeltaSeconds::saturating(55));
    let mut served = Served {
        age,
        outcome,
        shape: Shape::AsItIs,
    };
    let field =
        |response: &Response, name: &str| response.headers().get(name).expect("the name is one");

    let plain = in_shape(response("x", &[("age", "1")]), &served, None).expect("it stays as it is");
    assert_eq!(field(&plain, "age").as_deref(), Some("1"));
    assert_eq!(field(&plain, "cache-status"), None);

    served.shape = Shape::Annotated;
    let reply = response(
        "x",
        &[("age", "1"), ("cache-status", "origin; hit"), ("x", "old")],
    );
    let fields = [("x", "new")].into_iter().collect();
    let annotated = in_shape(reply, &served, Some(&fields)).expect("it can be rebuilt");
    assert_eq!(field(&annotated, "age").as_deref(), Some("55"));
    assert_eq!(
        field(&annotated, "cache-status").as_deref(),
        Some("origin; hit, keepfresh; hit; ttl=5")
    );
    assert_eq!(field(&annotated, "x").as_deref(), Some("new"));
    assert_eq!(text(&annotated).await, "x");
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
fn routes_are_read_from_plain_data() {
    let route = object(&[
        ("path", "data/*".into()),
        ("policy", "stale-while-revalidate".into()),
        ("maxAgeSeconds", 60.into()),
        ("headers", "override".into()),
        ("fallback", "off.json".into()),
        (
            "destination",
            Array::of2(&"image".into(), &"font".into()).into(),
        ),
    ]);
    let options = object(&[("routes", Array::of1(&route).into())]);
    let table = route_table(&options, "https://example.com/app/").expect("the options are right");
    assert_eq!(
        (table.origin.as_str(), table.scope.as_str()),
        ("https://example.com", "/app/")
    );
    let route = &table.routes[0];
    assert_eq!(route.policy, Policy::StaleWhileRevalidate);
    assert_eq!(
        route.path.as_ref().map(|path| path.as_str()),
        Some("/app/data/*")
    );
    assert_eq!(
        route.fallback.as_deref(),
        Some("https://example.com/app/off.json")
    );
    assert_eq!(route.destinations.as_ref().map(Vec::len), Some(2));
    assert_eq!(route.terms.headers, Headers::Override);
    assert_eq!(route.terms.lifetime, DeltaSeconds::saturating(60));
    assert_eq!(route.terms.stale_window, DeltaSeconds::MAX);
    let none = route_table(&object(&[]), "https://example.com/").expect("no routes are right too");
    assert!(none.routes.is_empty());
}

#[wasm_bindgen_test]
fn faults_in_options_are_named() {
    let policy = ("policy", JsValue::from("cache-first"));
    let cases = [
        (JsValue::from(5), "routes[0]: it is not an object"),
        (
            object(&[]),
            "routes[0]: `policy` is missing; it can be cache-first, network-first",
        ),
        (
            object(&[("policy", "fastest".into())]),
            "routes[0]: `policy` is fastest; it can be",
        ),
        (
            object(&[policy.clone(), ("ttl", 5.into())]),
            "routes[0]: `ttl` is not a field of a route",
        ),
        (
            object(&[policy.clone(), ("mode", "cors".into())]),
            "`mode` is cors; it can be navigate",
        ),
        (
            object(&[policy.clone(), ("path", 5.into())]),
            "`path` is not text",
        ),
        (
            object(&[policy.clone(), ("path", "/:id".into())]),
            "the path `/:id` contains `:`",
        ),
        (
            object(&[policy.clone(), ("maxAgeSeconds", "5".into())]),
            "`maxAgeSeconds` is not a number",
        ),
        (
            object(&[policy, ("staleSeconds", (-1).into())]),
            "`staleSeconds` is not a number of seconds",
        ),
    ];
    for (route, expected) in cases {
        let options = object(&[("routes", Array::of1(&route).into())]);
        let error = route_table(&options, "https://example.com/").expect_err(expected);
        let js: js_sys::Error = JsValue::from(error).unchecked_into();
        let message = String::from(js.message());
        assert!(message.contains(expected), "{message}");
        assert_eq!(
            Reflect::get(&js, &"code".into()).ok(),
            Some("options".into())
        );
    }
}

#[wasm_bindgen_test]
fn a_list_is_found_by_bisection_in_wasm_too() {
    let list = Precache::new("\t1\tAA==\na.js\t2\tAA==\nb.js\t3\tAA==\n");
    assert_eq!(list.find("b.js").map(|entry| entry.bytes), Some(3));
}
