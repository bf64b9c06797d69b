//! Cache Storage: which cache holds what, and what lies beside a stored response.
//!
//! | cache              | holds                                                       |
//! |--------------------|-------------------------------------------------------------|
//! | `…:assets`         | fingerprinted assets, shared by all versions                |
//! | `…:pages:VERSION`  | precached files that keep their names, and the list itself  |
//! | `…:runtime`        | what routes kept                                            |
//! | `…:records`        | beside each of those: when it came, and what 304s changed   |
//!
//! Every name begins with `keepfresh:` and the path of the worker's scope, so that no other
//! worker's caches are ever touched. A stored response is never rebuilt, so what has to be
//! remembered about it is the head of a second one, under the same key in `…:records`. It is
//! written after the response: a worker that is stopped in between leaves a response that seems
//! older than it is, which is the safe way to be wrong.

use js_sys::{Array, Promise};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Cache, CacheQueryOptions, CacheStorage, Request, Response, ResponseInit};

use super::convert::{response_head, settled};
use super::error::HostError;
use super::{now, scope};
use crate::http::{Fields, StoredResponse, Timestamp, decimal, digits};

/// The field of a record that holds the two moments, and `freshened` if its other fields count.
const TIMES: &str = "keepfresh-times";

/// Where a version's precache list lies among its pages.
const LIST: &str = "/keepfresh-precache-list";

/// How many responses routes may keep; the oldest go first.
const RUNTIME_LIMIT: u32 = 500;

/// The caches of one worker.
pub(crate) struct Store {
    pub(crate) assets: String,
    caches: CacheStorage,
    pub(crate) pages: String,
    records: String,
    runtime: String,
}

/// Whether a response has to match the fields that its `Vary` names.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Vary {
    Counts,
    Ignored,
}

impl Store {
    /// The store of the worker whose scope has this URL. Fails where the browser denies storage.
    pub(crate) fn new(scope_url: &str, version: &str) -> Result<Self, HostError> {
        let caches = scope().caches().map_err(HostError::store)?;
        let path = scope_url
            .match_indices('/')
            .nth(2)
            .map_or(0, |(slash, _)| slash);
        let prefix = ["keepfresh:", &scope_url[path..], ":"].concat();
        Ok(Self {
            assets: [&prefix, "assets"].concat(),
            caches,
            pages: [&prefix, "pages:", version].concat(),
            records: [&prefix, "records"].concat(),
            runtime: [&prefix, "runtime"].concat(),
        })
    }

    /// The fingerprinted asset of a request.
    pub(crate) async fn asset(&self, request: &Request) -> Result<Option<Response>, JsValue> {
        // Its name says what is in it, whatever the request that brought it looked like.
        found(self.find(&self.assets, request, Vary::Ignored)).await
    }

    /// The first of these URLs that is precached for this version.
    pub(crate) async fn page(&self, urls: &[String]) -> Result<Option<Response>, JsValue> {
        for url in urls {
            if let Some(page) = found(self.find(&self.pages, &key(url), Vary::Ignored)).await? {
                return Ok(Some(page));
            }
        }
        Ok(None)
    }

    /// What a route kept for a request, with its head as it is by now.
    pub(crate) async fn kept(
        &self,
        request: &Request,
    ) -> Result<Option<(Response, StoredResponse)>, JsValue> {
        // Both are asked for at once.
        let response = self.find(&self.runtime, request, Vary::Counts);
        let record = self.find(&self.records, request, Vary::Counts);
        let Some(response) = found(response).await? else {
            return Ok(None);
        };
        let mut stored = StoredResponse::undated(response_head(&response), now());
        if let Some(record) = found(record).await? {
            let fields = response_head(&record).fields;
            let mut words = fields.first(TIMES).unwrap_or_default().split(' ');
            let mut moment = || words.next().and_then(digits).map(Timestamp::from_millis);
            if let (Some(request_time), Some(response_time)) = (moment(), moment()) {
                stored.request_time = request_time;
                stored.response_time = response_time;
            }
            if words.next().is_some() {
                stored.head.fields = fields.iter().filter(|(name, _)| *name != TIMES).collect();
            }
        }
        Ok(Some((response, stored)))
    }

    /// Keeps a response for a route, and beside it when it came.
    pub(crate) async fn keep(
        &self,
        request: &Request,
        response: &Response,
        stored: &StoredResponse,
    ) -> Result<(), JsValue> {
        self.put(&self.runtime, request, response).await?;
        let vary = stored
            .head
            .fields
            .iter()
            .filter(|(name, _)| *name == "vary")
            .collect();
        self.record(request, &vary, stored, "").await?;

        let keys = self.keys(&self.runtime).await?;
        for index in 0..keys.length().saturating_sub(RUNTIME_LIMIT) {
            self.remove(&keys.get(index).unchecked_into()).await?;
        }
        Ok(())
    }

    /// Takes over what a 304 changed, without touching the stored response.
    pub(crate) async fn freshen(
        &self,
        request: &Request,
        stored: &StoredResponse,
    ) -> Result<(), JsValue> {
        self.record(request, &stored.head.fields, stored, " freshened")
            .await
    }

    /// Deletes what a route kept for a request.
    pub(crate) async fn remove(&self, request: &Request) -> Result<(), JsValue> {
        self.delete(&self.runtime, request).await?;
        self.delete(&self.records, request).await
    }

    /// Writes down the precache list of this version beside its pages.
    pub(crate) async fn remember_list(&self, list: &str) -> Result<(), JsValue> {
        let list = Response::new_with_opt_str(Some(list))?;
        self.put(&self.pages, &key(LIST), &list).await
    }

    /// The precache lists of this version and of the one before it. The pages of older ones go.
    pub(crate) async fn recent_lists(&self) -> Result<Vec<String>, JsValue> {
        // Names come in the order in which the caches were made.
        let names: Array = settled(self.caches.keys()).await?.unchecked_into();
        let prefix = self.pages.trim_end_matches(|c| c != ':');
        let mut versions: Vec<String> = Vec::new();
        for name in names.iter() {
            versions.extend(name.as_string().filter(|name| name.starts_with(prefix)));
        }
        let mut lists = Vec::new();
        for (index, version) in versions.iter().enumerate() {
            if index + 2 < versions.len() {
                settled(self.caches.delete(version)).await?;
            } else if let Some(list) = found(self.find(version, &key(LIST), Vary::Ignored)).await? {
                lists.extend(settled(list.text()?).await?.as_string());
            }
        }
        Ok(lists)
    }

    /// Keeps a response under a key: a request, or [the key of a URL](key).
    pub(crate) async fn put(
        &self,
        cache: &str,
        key: &Request,
        response: &Response,
    ) -> Result<(), JsValue> {
        settled(self.open(cache).await?.put_with_request(key, response)).await?;
        Ok(())
    }

    /// Deletes what is kept under a key.
    pub(crate) async fn delete(&self, cache: &str, key: &Request) -> Result<(), JsValue> {
        settled(self.open(cache).await?.delete_with_request(key)).await?;
        Ok(())
    }

    /// The requests under which a cache keeps its responses.
    pub(crate) async fn keys(&self, cache: &str) -> Result<Array, JsValue> {
        Ok(settled(self.open(cache).await?.keys())
            .await?
            .unchecked_into())
    }

    async fn record(
        &self,
        request: &Request,
        fields: &Fields,
        stored: &StoredResponse,
        note: &str,
    ) -> Result<(), JsValue> {
        let init = ResponseInit::new();
        let headers = web_sys::Headers::new()?;
        for (name, value) in fields.iter() {
            headers.append(name, value)?;
        }
        let millis = |time: Timestamp| decimal(time.as_millis());
        let times = [
            &millis(stored.request_time),
            " ",
            &millis(stored.response_time),
            note,
        ]
        .concat();
        headers.set(TIMES, &times)?;
        init.set_headers(&headers);
        let record = Response::new_with_opt_str_and_init(None, &init)?;
        self.put(&self.records, request, &record).await
    }

    fn find(&self, cache: &str, key: &Request, vary: Vary) -> Promise {
        let options = CacheQueryOptions::new();
        options.set_cache_name(cache);
        options.set_ignore_vary(vary == Vary::Ignored);
        self.caches.match_with_request_and_options(key, &options)
    }

    async fn open(&self, name: &str) -> Result<Cache, JsValue> {
        settled(self.caches.open(name))
            .await
            .map(JsCast::unchecked_into)
    }
}

/// A URL where a request is wanted. Cache Storage takes either; with one type there is one of
/// everything above.
pub(crate) fn key(url: &str) -> Request {
    JsValue::from_str(url).unchecked_into()
}

async fn found(promise: Promise) -> Result<Option<Response>, JsValue> {
    let value = settled(promise).await?;
    Ok(if value.is_undefined() {
        None
    } else {
        Some(value.unchecked_into())
    })
}
