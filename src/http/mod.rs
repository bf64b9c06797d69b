//! The words that the rules are written in: fields, directives, dates, ages and message heads.
//!
//! Reading is lenient and never fails: what cannot be read is left out, and the rules in
//! [`policy`](crate::policy) give its absence the strictest meaning.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod cache_control;
mod date;
mod fields;
mod message;
mod number;
mod status;
mod time;

pub use cache_control::CacheControl;
pub use date::parse_date;
pub use fields::{Fields, members};
pub use message::{CacheMode, Destination, RequestHead, RequestMode, ResponseHead, StoredResponse};
pub use number::{decimal, digits};
pub use status::{Forward, Outcome, cache_status};
pub use time::{DeltaSeconds, Timestamp};
