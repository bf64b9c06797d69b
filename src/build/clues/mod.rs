//! What a file's text tells that no reference says: names that scripts look for, put together or spell out, and the
//! marks that bundlers leave. A clue leads to a careful choice (a name that is kept, a file that is installed), never
//! to a rewritten byte.

mod amd;
pub mod bundlers;
pub(in crate::build) mod called;
mod ends;
pub(in crate::build) mod escapes;
pub mod hashed;
pub(in crate::build) mod itself;
pub(in crate::build) mod mentioned;
pub(in crate::build) mod patterns;
pub(in crate::build) mod pieces;
pub(in crate::build) mod rivals;
pub(in crate::build) mod spoken;
pub(in crate::build) mod turns;
