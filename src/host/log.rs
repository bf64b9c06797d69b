//! What became of the latest requests, for pages that ask.
//!
//! Kept in memory and bounded: it explains what a page sees now, it is no record.

use std::collections::VecDeque;

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::JsValue;

use crate::exchange::Served;
use crate::http::cache_status;

const LIMIT: usize = 512;

/// One request that was answered.
pub(crate) struct Line {
    pub(crate) bytes: f64,
    pub(crate) client: String,
    pub(crate) from_store: bool,
    pub(crate) milliseconds: f64,
    pub(crate) served: Served,
    pub(crate) url: String,
}

/// The latest requests, oldest first.
#[derive(Default)]
pub(crate) struct Log(VecDeque<Line>);

impl Log {
    pub(crate) fn push(&mut self, line: Line) {
        if self.0.len() == LIMIT {
            self.0.pop_front();
        }
        self.0.push_back(line);
    }

    /// The lines of one page, as plain objects.
    pub(crate) fn of_client(&self, client: &str) -> Array {
        self.0
            .iter()
            .filter(|line| line.client == client)
            .map(Line::to_object)
            .collect()
    }
}

impl Line {
    fn to_object(&self) -> JsValue {
        let age = self
            .served
            .age
            .map_or(JsValue::UNDEFINED, |age| age.as_seconds().into());
        let fields = [
            ("ageSeconds", age),
            ("bytes", self.bytes.into()),
            ("fromStore", self.from_store.into()),
            ("milliseconds", self.milliseconds.into()),
            ("status", cache_status(self.served.outcome).into()),
            ("url", self.url.as_str().into()),
        ];
        let object = Object::new();
        for (name, value) in fields {
            // Setting a property on a fresh object cannot fail.
            let _ = Reflect::set(&object, &name.into(), &value);
        }
        object.into()
    }
}
