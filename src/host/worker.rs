//! What the worker script holds: an object that is given the events.

use std::cell::{OnceCell, RefCell};
use std::pin::Pin;
use std::rc::Rc;

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::{ExtendableEvent, FetchEvent};

use super::error::{HostError, message};
use super::log::Log;
use super::respond::Journey;
use super::store::Store;
use super::{install, property};
use crate::manifest::Precache;
use crate::route::{Fault, RouteTable};

/// What every request of a worker needs.
pub(crate) struct Shared {
    pub(crate) log: RefCell<Log>,
    pub(crate) scope_url: String,
    pub(crate) store: Store,
    table: OnceCell<Option<RouteTable>>,
    /// They stay with JavaScript until somebody needs them.
    options: JsValue,
    precache: OnceCell<String>,
    routes: String,
}

impl Shared {
    /// What is to be precached.
    pub(crate) fn precache(&self) -> Precache<'_> {
        let read = || {
            property(&self.options, "precache")
                .as_string()
                .unwrap_or_default()
        };
        Precache::new(self.precache.get_or_init(read))
    }

    /// The route table; `None` if it cannot be used, which an install would have told.
    pub(crate) fn table(&self) -> Option<&RouteTable> {
        self.table.get_or_init(|| self.read_table().ok()).as_ref()
    }

    fn read_table(&self) -> Result<RouteTable, Fault> {
        RouteTable::read(&self.scope_url, &self.routes)
    }

    /// Whether the browser may answer by itself what it can.
    pub(crate) fn wants_static_routes(&self) -> bool {
        property(&self.options, "staticRoutes") != JsValue::FALSE
    }

    /// Tells the developer of a fault that the page will not notice.
    pub(crate) fn warn(&self, what: &str, thrown: &JsValue) {
        let text = ["keepfresh: ", what, ": ", &message(thrown)].concat();
        web_sys::console::warn_1(&text.into());
    }
}

/// The worker's part of keepfresh. One for each service worker.
#[wasm_bindgen]
pub struct Worker {
    shared: Rc<Shared>,
}

#[wasm_bindgen]
impl Worker {
    /// The worker whose scope has this URL, with `routes` as text (`js/options.ts`) and the rest of
    /// its options (`precache`, `version`, `staticRoutes`; the types are in `service-worker.ts`).
    ///
    /// # Errors
    ///
    /// A `KeepfreshError` with the code `store` where the browser denies storage.
    #[wasm_bindgen(constructor)]
    pub fn new(scope_url: String, routes: String, options: JsValue) -> Result<Worker, JsValue> {
        let version = property(&options, "version")
            .as_string()
            .unwrap_or_default();
        let store = Store::new(&scope_url, &version)?;
        let shared = Shared {
            log: RefCell::default(),
            options,
            precache: OnceCell::new(),
            routes,
            scope_url,
            store,
            table: OnceCell::new(),
        };
        Ok(Self {
            shared: Rc::new(shared),
        })
    }

    /// Checks the routes, which are otherwise read when a request first needs them.
    ///
    /// # Errors
    ///
    /// A `KeepfreshError` with the code `options` that names the route and the field.
    pub fn check(&self) -> Result<(), JsValue> {
        match self.shared.read_table() {
            Ok(_) => Ok(()),
            Err(Fault(reason)) => Err(HostError::Options(reason).into()),
        }
    }

    /// Answers a `fetch` event. Returns nothing, at once, if the browser should go on without the
    /// worker; otherwise a promise for `respondWith`. What follows the answer keeps the event alive.
    pub fn respond(&self, event: &FetchEvent) -> Result<Option<Promise>, JsValue> {
        let Some((journey, answer)) = Journey::begin(&self.shared, event) else {
            return Ok(None);
        };
        let whole = promise(async move {
            journey.run().await;
            Ok(JsValue::UNDEFINED)
        });
        event.wait_until(&whole)?;
        Ok(Some(answer))
    }

    /// Does the work of the `install` event.
    pub fn install(&self, event: ExtendableEvent) -> Promise {
        let shared = Rc::clone(&self.shared);
        promise(async move { install::install(&shared, &event).await })
    }

    /// Does the work of the `activate` event.
    pub fn activate(&self) -> Promise {
        let shared = Rc::clone(&self.shared);
        promise(async move { install::activate(&shared).await })
    }

    /// What became of the latest requests of one page, oldest first.
    pub fn requests(&self, client: &str) -> Array {
        self.shared.log.borrow().of_client(client)
    }
}

/// A promise for what a future comes to. Boxed, so that there is one of all that follows and not one
/// for each kind of future.
pub(crate) fn promise(future: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    let boxed: Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>> = Box::pin(future);
    future_to_promise(boxed)
}
