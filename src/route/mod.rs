//! Which policy answers which request.
//!
//! The table is plain data. The first route that matches a request answers it, after the one rule
//! that needs no route: a fingerprinted asset is served from the store, for its name says what is
//! in it. From the same table come the browser's [static routes](StaticRoute).
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod page;
mod pattern;
mod read;
mod static_routes;
mod table;

pub use page::page_candidates;
pub use pattern::{Pattern, PatternError};
pub use read::Fault;
pub use static_routes::{Source, StaticRoute, static_routes};
pub use table::{Policy, Route, RouteTable, Rule, is_fingerprinted};
