//! What an exchange asks of its host, and what the host can tell it.

use crate::http::{DeltaSeconds, Outcome, StoredResponse};
use crate::policy::Conditions;

/// What the host does next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Step {
    /// Look it up in the store, then call [`super::Exchange::on_lookup`].
    Lookup(Target),
    /// Send the request to the origin server under these conditions, then call
    /// [`super::Exchange::on_reply`] or [`super::Exchange::on_failure`].
    Forward(Conditions),
    /// Answer with what was found in the store.
    ServeStored(Served),
    /// Answer with what the origin server sent.
    ServeReply(Served),
    /// Answer with the network's failure, as if there were no cache.
    ServeFailure(Served),
    /// Change the store.
    Write(Write),
    /// Nothing is left to do.
    Done,
}

/// What is looked for in the store.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Target {
    /// The fingerprinted asset of the request's URI. Nothing but its presence matters.
    Asset,
    /// A page to show in the place of the one that was asked for.
    Fallback(String),
    /// The page of the request's URI: precached, under any of its names, or kept from a visit.
    Page,
    /// The response to the request, with the moments that its age is counted from.
    Response,
}

/// What the store holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// A response that may be served without looking at its head.
    Present,
    /// A response, with the moments that its age is counted from.
    Stored(StoredResponse),
}

/// A change to the store.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Write {
    /// Keep the stored body, and take the head of this response.
    Freshen(StoredResponse),
    /// Delete what is stored for the request's URI.
    Remove,
    /// Keep the reply, in place of anything stored for the request's URI.
    Store(StoredResponse),
    /// Keep the reply if its bytes are those that its name or the manifest says.
    StoreAsset,
}

/// How a response is served, and what there is to tell about it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Served {
    /// The age of a stored response; `None` if it is not known or of no meaning.
    pub age: Option<DeltaSeconds>,
    /// What became of the request.
    pub outcome: Outcome,
    /// Whether the response carries that.
    pub shape: Shape,
}

/// Whether a response is served as it is or with fields of ours.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shape {
    /// Rebuilt, with `Cache-Status` and `Age`.
    Annotated,
    /// Untouched: a script that is rebuilt loses the code that the browser compiled for it.
    AsItIs,
}
