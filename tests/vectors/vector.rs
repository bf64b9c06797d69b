//! A vector, as it stands in JSON. What its parts mean is in `README.md`.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Field lines, as `name: value`.
pub(crate) type Lines = Vec<String>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vector {
    pub(crate) name: String,
    pub(crate) rule: String,
    #[serde(default)]
    pub(crate) cache: Cache,
    #[serde(default)]
    pub(crate) targets: Vec<String>,
    #[serde(default)]
    pub(crate) earlier: Vec<Earlier>,
    #[serde(default)]
    pub(crate) stored: Vec<Stored>,
    #[serde(default)]
    pub(crate) request: Request,
    pub(crate) now: i64,
    pub(crate) expected: Decision,
    pub(crate) reply: Option<Reply>,
    pub(crate) failure: Option<Failure>,
    pub(crate) then: Option<Decision>,
    pub(crate) again: Option<Again>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Cache {
    #[default]
    Private,
    Shared,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Earlier {
    #[serde(default)]
    pub(crate) request: Request,
    pub(crate) now: i64,
    pub(crate) reply: Reply,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Stored {
    pub(crate) url: Option<String>,
    #[serde(default = "ok")]
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) fields: Lines,
    #[serde(default)]
    pub(crate) nominated: Lines,
    pub(crate) request_time: Option<i64>,
    #[serde(default)]
    pub(crate) response_time: i64,
    pub(crate) length: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) mode: String,
    pub(crate) destination: String,
    pub(crate) cache: String,
    pub(crate) fields: Lines,
}

impl Default for Request {
    fn default() -> Self {
        let text = str::to_owned;
        let (method, url) = (text("GET"), text("https://example.com/a"));
        Self { method, url, mode: text("cors"), destination: text(""), cache: text("default"), fields: Vec::new() }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Reply {
    #[serde(default = "ok")]
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) redirected: bool,
    #[serde(default)]
    pub(crate) fields: Lines,
    pub(crate) request_time: Option<i64>,
    pub(crate) now: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Failure {
    pub(crate) now: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Again {
    pub(crate) reply: Reply,
    pub(crate) then: Decision,
}

/// What the cache is to do, or did.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Decision {
    pub(crate) serves: Option<String>,
    pub(crate) from: Option<u8>,
    pub(crate) skip: Option<u64>,
    pub(crate) length: Option<u64>,
    pub(crate) status: Option<u16>,
    pub(crate) age: Option<u32>,
    pub(crate) cache_status: Option<String>,
    #[serde(default)]
    pub(crate) fields: Values,
    #[serde(default)]
    pub(crate) fields_missing: Vec<String>,
    pub(crate) forwards: Option<Section>,
    #[serde(default)]
    pub(crate) writes: Vec<String>,
    pub(crate) stores: Option<Section>,
    #[serde(default)]
    pub(crate) keeps: Vec<String>,
    #[serde(default)]
    pub(crate) forgets: Vec<String>,
}

pub(crate) type Values = BTreeMap<String, Value>;

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Value {
    One(String),
    Lines(Vec<String>),
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Section {
    #[serde(default)]
    pub(crate) fields: Values,
    #[serde(default)]
    pub(crate) fields_missing: Vec<String>,
}

pub(crate) fn ok() -> u16 {
    200
}
