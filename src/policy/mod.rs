//! The rules, one file for each section of RFC 9111.
//!
//! A rule returns an answer, never a `Result`: a field that cannot be read is a fact, and its
//! strictest meaning is the answer. Time is an argument; nothing here reads a clock.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod age;
mod eviction;
mod fields;
mod freshening;
mod freshness;
mod invalidation;
mod partial;
mod precondition;
mod retention;
mod reuse;
mod search;
mod stale;
mod storage;
mod terms;
mod validation;
mod vary;

pub use age::current_age;
pub use eviction::{Excess, Fate, Kept, evict};
pub use fields::storable_head;
pub use freshening::{HeadReply, freshen, freshen_by_head, lasting};
pub use freshness::{freshness_lifetime, is_heuristically_cacheable};
pub use invalidation::{Invalidation, clears_site_data, groups, invalidation};
#[cfg(feature = "full")]
pub use partial::parts;
pub use partial::{Combined, Part, combine, missing_part, part};
pub use precondition::{Precondition, precondition};
pub use retention::{VALIDATED, retention};
pub use reuse::{Reuse, WhyStale, WhyValidate, reuse};
pub use search::{NoVarySearch, family};
pub use stale::{may_serve_instead_of, stale_window};
pub use storage::{Storage, WhyNotStored, storage};
pub use terms::{Annotated, Asked, Audience, Disconnected, Headers, Terms};
pub use validation::{Conditions, Selected, conditions, selected};
pub use vary::{is_for_same, matches, most_recent, nominated_fields};
