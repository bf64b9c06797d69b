//! What an exchange asks of its host, and what the host can tell it.

use crate::http::{DeltaSeconds, Fields, Outcome, ResponseHead, StoredResponse};

/// What the host does next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Step {
    /// Look it up in the store, then call [`super::Exchange::on_lookup`].
    Lookup(Target),
    /// Send the request to the origin server, then call [`super::Exchange::on_reply`] or
    /// [`super::Exchange::on_failure`].
    Forward(Forwarded),
    /// Answer the client.
    Serve(Served),
    /// Change the store.
    Write(Write),
    /// Something that was asked for has not been reported yet.
    Wait,
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
    /// The precached file of the request's URI, whatever else is stored for that.
    Installed,
    /// The page of the request's URI: precached, under any of its names; or else what is stored
    /// under this key.
    Page(String),
    /// Everything that is stored under a key; or else the precached file of the request's URI.
    Precached(String),
    /// Everything that is stored under a key.
    Stored(String),
}

/// What the store holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Found {
    /// A response that may be served without looking at its head; its head all the same, if the
    /// request is for a part of it.
    Present(Option<ResponseHead>),
    /// What is stored under the key: one response for each set of nominated fields, or none.
    Stored(Vec<StoredResponse>),
}

impl Found {
    /// Nothing.
    pub const NOTHING: Self = Self::Stored(Vec::new());
}

/// How the request is sent on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Forwarded {
    /// Whether another request that is the same may be answered with the reply, and this one with
    /// another's; the host reports that with [`super::Exchange::on_collapsed`].
    pub collapses: bool,
    /// Fields that are set in the place of the request's own. With none it is sent as it came.
    pub fields: Fields,
    /// The slot of a stored body that may be served once the reply is there: the host gets hold of it
    /// now, for by then the slot may hold another.
    pub holds: Option<u8>,
    /// Whether the answer must be the origin server's own: what another cache on the way, as the
    /// browser's, would give is not wanted.
    pub past_other_caches: bool,
    /// How many milliseconds until the host calls [`super::Exchange::on_timeout`] if no reply has come.
    pub timeout: Option<u32>,
}

/// An answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Served {
    /// How old the response is, if that is known.
    pub age: Option<DeltaSeconds>,
    /// Its body.
    pub body: Body,
    /// The head that it is given; `None` if it is served as it is: a script that is rebuilt loses the
    /// code that the browser compiled for it.
    pub head: Option<ResponseHead>,
    /// What became of the request.
    pub outcome: Outcome,
}

/// Where the body of an answer comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Body {
    /// The stored body of a slot, and behind it that of the reply.
    Combined(u8),
    /// There is none.
    Empty,
    /// There is no answer: the network's failure is passed on, as if there were no cache.
    Failure,
    /// What was found without a head.
    Found,
    /// What the origin server sent.
    Reply,
    /// The stored body of a slot.
    Stored(u8),
    /// A part of what was found (`None`) or of a stored body, whose length the host has to find out:
    /// it then serves what [`super::Exchange::measured`] returns.
    Unmeasured(Option<u8>),
    /// Several parts of what was found (`None`) or of a stored body, one behind the other as `multipart/byteranges`
    /// ([RFC 9110, section 14.6](https://httpwg.org/specs/rfc9110.html#multipart.byteranges)): the head has a `Content-Range`
    /// for each, and the host puts it into shape.
    Several(Option<u8>),
    /// Some bytes of what was found or of a stored body.
    Part {
        /// The stored body's slot.
        slot: Option<u8>,
        /// How many bytes come before.
        skip: u64,
        /// How many bytes are served.
        length: u64,
    },
}

/// A change to the store.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Write {
    /// Forget everything of an origin.
    Clear(String),
    /// Keep the stored bodies, and take the head of the second response for the first, if that is still there.
    Freshen(String, StoredResponse, StoredResponse),
    /// Note under a key that the queries of its family have a rule of their own.
    Note(String, StoredResponse),
    /// Forget what is stored under a key.
    Remove(String),
    /// Forget what belongs to these groups of an origin.
    RemoveGroups(String, Vec<String>),
    /// Keep the answer's body with this head, in place of what is stored for the same nominated fields.
    Store(String, StoredResponse),
    /// Keep the reply if its bytes are those that its name or the manifest says.
    StoreAsset,
}
