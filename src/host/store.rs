//! Cache Storage: which cache holds what, and what lies beside a stored response.
//!
//! | cache                    | holds                                                          |
//! |--------------------------|----------------------------------------------------------------|
//! | `…:assets`               | fingerprinted assets, shared by all versions                   |
//! | `…:pages:VERSION`        | precached files that keep their names                          |
//! | `…:runtime`              | what routes kept                                               |
//! | `…:records`              | beside each of those: when it came, and what 304s changed      |
//! | `…:versions`             | the precache lists of this version and the one before          |
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
use super::scope;
use crate::http::{Fields, StoredResponse, Timestamp};

/// The field of a record that holds the two moments, and `freshened` if its other fields count.
const TIMES: &str = "keepfresh-times";

/// How many responses routes may keep; the oldest go first.
const RUNTIME_LIMIT: u32 = 500;

/// The caches of one worker.
pub(crate) struct Store {
    caches: CacheStorage,
    prefix: String,
    version: String,
}

impl Store {
    /// The store of the worker whose scope has this path. Fails where the browser denies storage.
    pub(crate) fn new(scope_path: &str, version: String) -> Result<Self, HostError> {
        let caches = scope().caches().map_err(HostError::store)?;
        Ok(Self { caches, prefix: ["keepfresh:", scope_path, ":"].concat(), version })
    }

    pub(crate) fn assets(&self) -> String {
        [&self.prefix, "assets"].concat()
    }

    pub(crate) fn pages(&self) -> String {
        [&self.prefix, "pages:", &self.version].concat()
    }

    fn runtime(&self) -> String {
        [&self.prefix, "runtime"].concat()
    }

    fn records(&self) -> String {
        [&self.prefix, "records"].concat()
    }

    fn versions(&self) -> String {
        [&self.prefix, "versions"].concat()
    }

    /// The fingerprinted asset of a request.
    pub(crate) async fn asset(&self, request: &Request) -> Result<Option<Response>, JsValue> {
        let options = query(&self.assets());
        // Its name says what is in it, whatever the request that brought it looked like.
        options.set_ignore_vary(true);
        found(self.caches.match_with_request_and_options(request, &options)).await
    }

    /// The first of these URLs that is precached for this version.
    pub(crate) async fn page(&self, urls: &[String]) -> Result<Option<Response>, JsValue> {
        let options = query(&self.pages());
        options.set_ignore_vary(true);
        for url in urls {
            if let Some(page) = found(self.caches.match_with_str_and_options(url, &options)).await? {
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
        let response = self.caches.match_with_request_and_options(request, &query(&self.runtime()));
        let record = self.caches.match_with_request_and_options(request, &query(&self.records()));
        let Some(response) = found(response).await? else { return Ok(None) };
        let record = found(record).await?.map(|record| response_head(&record).fields);

        let mut head = response_head(&response);
        let mut times = (Timestamp::default(), Timestamp::default());
        if let Some(fields) = record {
            let text = fields.first(TIMES).unwrap_or_default();
            times = read_times(text);
            if text.ends_with("freshened") {
                head.fields = fields.iter().filter(|(name, _)| *name != TIMES).collect();
            }
        }
        let stored = StoredResponse { head, request_time: times.0, response_time: times.1 };
        Ok(Some((response, stored)))
    }

    /// Keeps a response for a route, and beside it when it came.
    pub(crate) async fn keep(
        &self,
        request: &Request,
        response: &Response,
        stored: &StoredResponse,
    ) -> Result<(), JsValue> {
        let cache = self.open(&self.runtime()).await?;
        settled(cache.put_with_request(request, response)).await?;
        let vary = stored.head.fields.iter().filter(|(name, _)| *name == "vary").collect();
        self.record(request, &vary, &write_times(stored)).await?;
        self.trim(&cache).await
    }

    /// Takes over what a 304 changed, without touching the stored response.
    pub(crate) async fn freshen(&self, request: &Request, stored: &StoredResponse) -> Result<(), JsValue> {
        let times = [&write_times(stored), " freshened"].concat();
        self.record(request, &stored.head.fields, &times).await
    }

    /// Deletes what a route kept for a request.
    pub(crate) async fn remove(&self, request: &Request) -> Result<(), JsValue> {
        for name in [self.runtime(), self.records()] {
            let cache = self.open(&name).await?;
            settled(cache.delete_with_request(request)).await?;
        }
        Ok(())
    }

    /// Keeps a file of the precache list, or an asset that is to be like one.
    pub(crate) async fn put(&self, cache: &str, url: &str, response: &Response) -> Result<(), JsValue> {
        settled(self.open(cache).await?.put_with_str(url, response)).await.map(drop)
    }

    /// The URLs that a cache holds.
    pub(crate) async fn urls(&self, cache: &str) -> Result<Vec<String>, JsValue> {
        let keys: Array = settled(self.open(cache).await?.keys()).await?.unchecked_into();
        Ok(keys.iter().map(|key| key.unchecked_into::<Request>().url()).collect())
    }

    /// Deletes one URL from a cache.
    pub(crate) async fn delete(&self, cache: &str, url: &str) -> Result<(), JsValue> {
        settled(self.open(cache).await?.delete_with_str(url)).await.map(drop)
    }

    /// Writes down the precache list of this version.
    pub(crate) async fn remember_version(&self, list: &str) -> Result<(), JsValue> {
        let response = Response::new_with_opt_str(Some(list))?;
        self.put(&self.versions(), &self.version_key(), &response).await
    }

    /// The precache lists of this version and of the one before it. Older ones are forgotten.
    pub(crate) async fn recent_versions(&self) -> Result<Vec<String>, JsValue> {
        let name = self.versions();
        let own = self.version_key();
        let keys = self.urls(&name).await?;
        // Keys come in the order in which they were put.
        let previous = keys.iter().rev().find(|key| !key.ends_with(&own));
        let mut lists = Vec::new();
        for key in &keys {
            if !key.ends_with(&own) && Some(key) != previous {
                self.delete(&name, key).await?;
            } else if let Some(response) =
                found(self.open(&name).await?.match_with_str(key)).await?
            {
                lists.extend(settled(response.text()?).await?.as_string());
            }
        }
        Ok(lists)
    }

    /// Deletes the page caches of every other version of this worker.
    pub(crate) async fn forget_other_pages(&self) -> Result<(), JsValue> {
        let names: Array = settled(self.caches.keys()).await?.unchecked_into();
        let pages = [&self.prefix, "pages:"].concat();
        for name in names.iter().filter_map(|name| name.as_string()) {
            if name.starts_with(&pages) && name != self.pages() {
                settled(self.caches.delete(&name)).await?;
            }
        }
        Ok(())
    }

    fn version_key(&self) -> String {
        ["/keepfresh-version/", &self.version].concat()
    }

    async fn record(&self, request: &Request, fields: &Fields, times: &str) -> Result<(), JsValue> {
        let init = ResponseInit::new();
        let headers = web_sys::Headers::new()?;
        for (name, value) in fields.iter() {
            headers.append(name, value)?;
        }
        headers.set(TIMES, times)?;
        init.set_headers(&headers);
        let record = Response::new_with_opt_str_and_init(None, &init)?;
        let cache = self.open(&self.records()).await?;
        settled(cache.put_with_request(request, &record)).await.map(drop)
    }

    /// Keeps the number of kept responses bounded.
    async fn trim(&self, cache: &Cache) -> Result<(), JsValue> {
        let keys: Array = settled(cache.keys()).await?.unchecked_into();
        for index in 0..keys.length().saturating_sub(RUNTIME_LIMIT) {
            self.remove(&keys.get(index).unchecked_into()).await?;
        }
        Ok(())
    }

    async fn open(&self, name: &str) -> Result<Cache, JsValue> {
        settled(self.caches.open(name)).await.map(JsCast::unchecked_into)
    }
}

fn query(cache: &str) -> CacheQueryOptions {
    let options = CacheQueryOptions::new();
    options.set_cache_name(cache);
    options
}

async fn found(promise: Promise) -> Result<Option<Response>, JsValue> {
    let value = settled(promise).await?;
    Ok(if value.is_undefined() { None } else { Some(value.unchecked_into()) })
}

fn write_times(stored: &StoredResponse) -> String {
    let millis = |time: Timestamp| time.as_millis().to_string();
    [&millis(stored.request_time), " ", &millis(stored.response_time)].concat()
}

/// The two moments of a record; the epoch where they cannot be read, so that the response is stale.
fn read_times(text: &str) -> (Timestamp, Timestamp) {
    let mut times = text.split(' ').map(|part| part.parse().map_or(Timestamp::default(), Timestamp::from_millis));
    (times.next().unwrap_or_default(), times.next().unwrap_or_default())
}
