//! The rules, one file for each section of RFC 9111.
//!
//! A rule returns an answer, never a `Result`: a field that cannot be read is a fact, and its
//! strictest meaning is the answer. Time is an argument; nothing here reads a clock.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod age;
mod freshening;
mod freshness;
mod reuse;
mod stale;
mod storage;
mod validation;

pub use age::current_age;
pub use freshening::freshen;
pub use freshness::freshness_lifetime;
pub use reuse::{Reuse, WhyValidate, reuse};
pub use stale::{may_serve_when_disconnected, stale_window};
pub use storage::{Storage, WhyNotStored, storage};
pub use validation::{Conditions, conditions};

use crate::http::DeltaSeconds;

/// What a route says of the responses it keeps, beside what their own fields say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Terms {
    /// Whose word counts where the route and the response disagree.
    pub headers: Headers,
    /// The freshness lifetime of a response that names none.
    pub lifetime: DeltaSeconds,
    /// How long a stale response may be served while it is being validated.
    pub stale_window: DeltaSeconds,
}

/// Whose word counts where a route and a response disagree.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Headers {
    /// The response can only make the route's terms stricter.
    Respect,
    /// The route's terms stand in the place of the response's, `no-store` excepted: for a server
    /// that one cannot change.
    Override,
}

impl Headers {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Respect, Self::Override];

    /// What each of them is called in a route table.
    pub const NAMES: [&str; 2] = ["respect", "override"];
}
