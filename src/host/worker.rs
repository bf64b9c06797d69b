//! What the worker script holds: an object that is given the events.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{future_to_promise, spawn_local};
use web_sys::{ExtendableEvent, FetchEvent};

use super::error::{HostError, message};
use super::log::Log;
use super::options::{property, route_table};
use super::respond::Journey;
use super::store::Store;
use super::{install, scope};
use crate::manifest::Precache;
use crate::route::RouteTable;

/// What every request of a worker needs.
pub(crate) struct Shared {
    pub(crate) log: RefCell<Log>,
    pub(crate) scope_url: String,
    pub(crate) store: Store,
    pub(crate) table: RouteTable,
    pub(crate) wants_static_routes: bool,
    /// The options' precache list. It stays with JavaScript until somebody needs it.
    list: JsValue,
    read_list: OnceCell<String>,
}

impl Shared {
    /// What is to be precached.
    pub(crate) fn precache(&self) -> Precache<'_> {
        Precache::new(
            self.read_list
                .get_or_init(|| self.list.as_string().unwrap_or_default()),
        )
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
    /// Reads `options` (`routes`, `precache`, `version`, `staticRoutes`; the types are in
    /// `service-worker.ts`).
    ///
    /// # Errors
    ///
    /// A `KeepfreshError` with the code `options` that names the option, or with the code `store`
    /// where the browser denies storage.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue) -> Result<Worker, JsValue> {
        let scope_url = scope().registration().scope();
        let table = route_table(options, &scope_url)?;
        let list = property(options, "precache");
        if !list.is_undefined() && !list.is_string() {
            return Err(HostError::Options(
                "`precache` is not the text that the build wrote".into(),
            )
            .into());
        }
        let version = property(options, "version").as_string().unwrap_or_default();
        let shared = Shared {
            list,
            log: RefCell::default(),
            read_list: OnceCell::new(),
            scope_url,
            store: Store::new(&table.scope, &version)?,
            table,
            wants_static_routes: property(options, "staticRoutes") != JsValue::FALSE,
        };
        Ok(Self {
            shared: Rc::new(shared),
        })
    }

    /// Answers a `fetch` event. Returns nothing, at once, if the browser should go on without the
    /// worker; otherwise a promise for `respondWith`. What follows the answer keeps the event alive.
    pub fn respond(&self, event: &FetchEvent) -> Result<Option<Promise>, JsValue> {
        let Some(journey) = Journey::begin(&self.shared, event) else {
            return Ok(None);
        };
        let (whole, over) = deferred();
        let (answer, serve) = deferred();
        event.wait_until(&whole)?;
        spawn_local(async move {
            // Resolving a promise cannot fail.
            journey
                .run(|response| drop(serve.call1(&JsValue::UNDEFINED, &response)))
                .await;
            let _ = over.call0(&JsValue::UNDEFINED);
        });
        Ok(Some(answer))
    }

    /// Does the work of the `install` event.
    pub fn install(&self, event: ExtendableEvent) -> Promise {
        let shared = Rc::clone(&self.shared);
        future_to_promise(async move { install::install(&shared, &event).await })
    }

    /// Does the work of the `activate` event.
    pub fn activate(&self) -> Promise {
        let shared = Rc::clone(&self.shared);
        future_to_promise(async move { install::activate(&shared).await })
    }

    /// What became of the latest requests of one page, oldest first.
    pub fn requests(&self, client: &str) -> Array {
        self.shared.log.borrow().of_client(client)
    }
}

/// A promise, and the function that resolves it.
fn deferred() -> (Promise, Function) {
    let mut resolver = Function::default();
    let promise = Promise::new(&mut |resolve, _| resolver = resolve);
    (promise, resolver)
}
