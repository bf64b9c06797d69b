//! The readers: one file's bytes in, the references in them out, each found by a parser of its language.
//!
//! [`parse`] knows which reader a file has, and how its text is coded. Nothing here knows of other files.

pub(in crate::build) mod attribute;
pub mod css;
mod element;
mod encoding;
mod expression;
pub mod html;
pub mod import_map;
mod import_meta;
mod inline;
pub mod js;
pub(in crate::build) mod json;
mod made;
pub mod parse;
mod vite;
pub mod web_manifest;
mod xml;
