//! Why the host could not do what it was asked to.

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};

/// Why the host could not do what it was asked to.
#[derive(Debug)]
pub(crate) enum HostError {
    /// A precached file could not be fetched, so that the install has to be tried again.
    Install(String),
    /// An option has a value that means nothing.
    Options(String),
    /// The store refused a read or a write, most often for want of room.
    Store(String),
}

impl HostError {
    /// The stable name that JavaScript sees as `error.code`.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Install(_) => "install",
            Self::Options(_) => "options",
            Self::Store(_) => "store",
        }
    }

    /// What the store threw.
    pub(crate) fn store(thrown: JsValue) -> Self {
        Self::Store(message(&thrown))
    }

    fn text(&self) -> String {
        match self {
            Self::Install(reason) => ["the install is not complete: ", reason].concat(),
            Self::Options(reason) => ["the options cannot be used: ", reason].concat(),
            Self::Store(reason) => ["the cache could not be read or written: ", reason].concat(),
        }
    }
}

/// Always a real `Error`, so that `instanceof` and the stack work.
impl From<HostError> for JsValue {
    fn from(error: HostError) -> Self {
        let js = js_sys::Error::new(&error.text());
        js.set_name("KeepfreshError");
        // Setting a property on a fresh Error cannot fail.
        let _ = Reflect::set(&js, &"code".into(), &error.code().into());
        js.into()
    }
}

/// The message of whatever JavaScript threw.
pub(crate) fn message(thrown: &JsValue) -> String {
    match thrown.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => thrown.as_string().unwrap_or_default(),
    }
}
