//! The words that the rules are written in: fields, directives, dates, ages and message heads.
//!
//! Reading is lenient and never fails: what cannot be read is left out, and the rules in
//! [`policy`](crate::policy) give its absence the strictest meaning.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod cache_control;
mod date;
mod entity_tag;
mod fields;
mod message;
mod number;
mod range;
mod status;
mod stored;
pub mod structured;
mod targeted;
mod text;
mod time;
#[cfg(feature = "http-types")]
pub mod types;
mod uri;

pub use cache_control::{CacheControl, Restriction, decides, restricted_fields};
pub use date::{format_date, parse_date};
pub use entity_tag::{any_matches, is_strong, matches_strongly, matches_weakly};
pub use fields::{FieldMembers, Fields, Lines, Values};
pub use message::{CacheMode, Destination, RequestHead, RequestMode, ResponseHead};
pub use number::{decimal, digits, unsigned};
pub use range::{ByteRange, ContentRange, Satisfied};
pub use status::{Forward, Outcome, cache_status};
pub use stored::StoredResponse;
pub use targeted::{directives, restricted};
pub use text::{Members, members};
pub(crate) use text::{Split, concat, joined, last_position, position, push_all, push_ascii, run, split_once};
pub use time::{DeltaSeconds, Timestamp};
pub use uri::{origin, resolve, without_fragment};
