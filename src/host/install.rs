//! Installing and activating a version.
//!
//! Every file is verified before it is stored. A file that is broken at the origin server (missing,
//! or not the bytes that were built) is told of and left out: it never blocks the rest. If the
//! origin server cannot be reached the install fails as a whole, the version before goes on, and
//! the browser's next try takes up where this one stopped, for what is stored is not fetched again.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ExtendableEvent, Request, RequestCache, Response};

use super::convert::{settled, tee};
use super::error::{HostError, message};
use super::fetch::fetch_file;
use super::store::key;
use super::worker::{Shared, promise};
use super::{property, scope};
use crate::http::decimal;
use crate::manifest::{Precache, base64, fingerprint_of, hex};
use crate::route::{Source, StaticRoute, static_routes};

/// How many files are fetched at once. Chromium lets an installing worker have three.
const AT_ONCE: usize = 6;

/// A file that is to be stored.
struct File {
    cache: String,
    sha256: String,
    url: String,
}

/// Does the work of the `install` event.
pub(crate) async fn install(
    shared: &Rc<Shared>,
    event: &ExtendableEvent,
) -> Result<JsValue, JsValue> {
    let queue = Rc::new(RefCell::new(missing(shared).await?));
    let lanes: Array = (0..AT_ONCE)
        .map(|_| {
            let (shared, queue) = (Rc::clone(shared), Rc::clone(&queue));
            promise(async move {
                while let Some(file) = next(&queue) {
                    fetch_and_store(&shared, &file).await?;
                }
                Ok(JsValue::UNDEFINED)
            })
        })
        .collect();
    settled(Promise::all(&lanes)).await?;
    shared
        .store
        .remember_list(shared.precache().as_str())
        .await?;
    if shared.wants_static_routes() {
        add_routes(shared, event).await;
    }
    Ok(JsValue::UNDEFINED)
}

/// Does the work of the `activate` event: forgets what no version needs any more.
pub(crate) async fn activate(shared: &Rc<Shared>) -> Result<JsValue, JsValue> {
    if let Err(thrown) = clean_up(shared).await {
        shared.warn("an earlier version could not be cleaned up", &thrown);
    }
    settled(scope().clients().claim()).await
}

/// The assets of the version before this one stay: pages kept from visits to it refer to them.
async fn clean_up(shared: &Shared) -> Result<(), JsValue> {
    let store = &shared.store;
    let lists = store.recent_lists().await?;
    for key in store.keys(&store.assets).await?.iter() {
        let key: Request = key.unchecked_into();
        let url = key.url();
        let path = url.strip_prefix(&shared.scope_url).unwrap_or(&url);
        if !lists
            .iter()
            .any(|list| Precache::new(list).find(path).is_some())
        {
            store.delete(&store.assets, &key).await?;
        }
    }
    Ok(())
}

/// The files that are not stored yet.
async fn missing(shared: &Shared) -> Result<VecDeque<File>, JsValue> {
    let store = &shared.store;
    let mut stored = Vec::new();
    for cache in [&store.assets, &store.pages] {
        stored.extend(
            store
                .keys(cache)
                .await?
                .iter()
                .map(|key| key.unchecked_into::<Request>().url()),
        );
    }
    stored.sort_unstable();
    let files = shared.precache().entries().map(|entry| File {
        cache: if entry.is_asset() {
            store.assets.clone()
        } else {
            store.pages.clone()
        },
        sha256: entry.sha256.to_owned(),
        url: [&shared.scope_url, entry.url].concat(),
    });
    Ok(files
        .filter(|file| stored.binary_search(&file.url).is_err())
        .collect())
}

fn next(queue: &RefCell<VecDeque<File>>) -> Option<File> {
    queue.borrow_mut().pop_front()
}

/// Fetches a file, a second time past the browser's own cache if the first was not it.
async fn fetch_and_store(shared: &Shared, file: &File) -> Result<(), JsValue> {
    let mut fault = String::new();
    for cache in [RequestCache::Default, RequestCache::Reload] {
        let unreachable = |reason: String| {
            JsValue::from(HostError::Install(
                [&file.url, " could not be fetched: ", &reason].concat(),
            ))
        };
        let response = fetch_file(&file.url, cache)
            .await
            .map_err(|thrown| unreachable(message(&thrown)))?;
        match response.status() {
            200 => {}
            500.. | 429 => {
                return Err(unreachable(
                    ["status ", &decimal(response.status().into())].concat(),
                ));
            }
            status => {
                fault = ["status ", &decimal(status.into())].concat();
                continue;
            }
        }
        let bytes: ArrayBuffer = settled(tee(&response)?.array_buffer()?)
            .await?
            .unchecked_into();
        if base64(&sha256(&bytes).await?) == file.sha256 {
            return shared
                .store
                .put(&file.cache, &key(&file.url), &own(response)?)
                .await;
        }
        fault = "its bytes are not those that were built".to_owned();
    }
    shared.warn(&[&file.url, " was not stored"].concat(), &fault.into());
    Ok(())
}

impl Shared {
    /// Keeps an asset that came from the network, if its bytes are those that its entry in the
    /// precache list, or else its name, says.
    pub(crate) async fn keep_asset(&self, url: &str, reply: Response) -> Result<(), JsValue> {
        let path = url.strip_prefix(&self.scope_url).unwrap_or(url);
        let bytes: ArrayBuffer = settled(tee(&reply)?.array_buffer()?)
            .await?
            .unchecked_into();
        let digest = sha256(&bytes).await?;
        let is_it = match self.precache().find(path) {
            Some(entry) => entry.sha256 == base64(&digest),
            None => fingerprint_of(path)
                .is_some_and(|fingerprint| hex(&digest).starts_with(fingerprint)),
        };
        if is_it {
            self.store.put(&self.store.assets, &key(url), &reply).await
        } else {
            Ok(())
        }
    }
}

/// A response under its own URL. What was redirected is rebuilt, for browsers refuse to show a
/// redirected response as a page; all else stays as the network gave it.
fn own(response: Response) -> Result<Response, JsValue> {
    if !response.redirected() {
        return Ok(response);
    }
    let init = web_sys::ResponseInit::new();
    init.set_headers(&response.headers());
    Response::new_with_opt_readable_stream_and_init(response.body().as_ref(), &init)
}

/// Hands the browser the routes that it can follow by itself, where it knows how. The answers are
/// the same without them, only later.
async fn add_routes(shared: &Shared, event: &ExtendableEvent) {
    let Ok(add_routes) = property(event, "addRoutes").dyn_into::<Function>() else {
        return;
    };
    let assets = &shared.store.assets;
    let Some(table) = shared.table() else { return };
    let rules: Array = static_routes(table)
        .iter()
        .map(|route| rule(route, assets))
        .collect();
    let added = match add_routes.call1(event, &rules) {
        Ok(promise) => settled(promise.unchecked_into()).await,
        Err(thrown) => Err(thrown),
    };
    if let Err(thrown) = added {
        shared.warn("the browser did not take the static routes", &thrown);
    }
}

/// A rule as `addRoutes` takes it.
fn rule(route: &StaticRoute, assets: &str) -> JsValue {
    let pattern = object(&[("pathname", route.pathname.as_str().into())]);
    let condition = match route.destinations {
        None => object(&[("urlPattern", pattern)]),
        Some(destinations) => {
            let either: Array = destinations
                .iter()
                .map(|destination| {
                    object(&[
                        ("urlPattern", pattern.clone()),
                        ("requestDestination", (*destination).into()),
                    ])
                })
                .collect();
            object(&[("or", either.into())])
        }
    };
    let source = match route.source {
        Source::Assets => object(&[("cacheName", assets.into())]),
        Source::Network => "network".into(),
    };
    object(&[("condition", condition), ("source", source)])
}

fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // Setting a property on a fresh object cannot fail.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}

async fn sha256(bytes: &ArrayBuffer) -> Result<Vec<u8>, JsValue> {
    let subtle = scope().crypto()?.subtle();
    let digest: ArrayBuffer = settled(subtle.digest_with_str_and_buffer_source("SHA-256", bytes)?)
        .await?
        .unchecked_into();
    Ok(Uint8Array::new(&digest).to_vec())
}
