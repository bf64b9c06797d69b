//! Which policy answers which request.
//!
//! The table is plain data. Of the routes that match a request the one that says most of it answers, after the
//! one rule that needs no route: a fingerprinted asset is served from the store, for its name says what is
//! in it. From the same table come the browser's static routes (`js/worker/static-routes.ts`).
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod compile;
mod compiled;
mod page;
mod pattern;
mod read;
mod table;

pub use compile::{compile, literal};
pub use page::page_candidates;
pub use pattern::{Pattern, PatternError};
pub use read::Fault;
pub use table::{Condition, Policy, Route, RouteTable, Rule, is_fingerprinted};
