//! The main path of the build: a folder of web files in, the same site with fingerprinted assets out.
//!
//! 1. [`parse()`]: one file's references, as spans of its bytes ([`html`], [`css`], [`js`],
//!    [`web_manifest`], [`import_map`]);
//! 2. [`Site::new`]: the files that they name ([`resolve`]), and which names change ([`hashed`]);
//! 3. [`Site::build`]: assets are named bottom-up ([`graph`], [`fingerprint`]), the names go into
//!    every reference ([`mod@reference`]), and what there is now is written down: the [`Release`]'s
//!    manifest and precache list, its [`headers`] and its worker script ([`worker_script`]).
//!
//! Every asset is there under its fingerprinted name and, with the same bytes, under its own: what a
//! script puts together from parts at run time still finds its file, as does a link from elsewhere.
//!
//! Nothing here touches a disk; `cli` reads the folder and writes the release.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod attribute;
pub mod bundlers;
pub mod css;
mod element;
mod encoding;
mod expression;
pub mod file_routes;
mod finding;
pub mod fingerprint;
pub mod graph;
pub mod hashed;
pub mod headers;
pub mod html;
pub mod import_map;
mod import_meta;
mod inline;
pub mod integrity;
mod itself;
pub mod js;
mod json;
mod keeping;
pub mod listing;
mod made;
mod mentioned;
mod modules;
pub mod name;
pub mod packages;
mod parse;
mod pieces;
pub mod reference;
mod release;
pub mod resolve;
mod rivals;
pub mod routes;
mod site;
mod spelling;
mod spoken;
mod tally;
mod text;
mod turns;
mod unwritten;
mod vite;
pub mod web_manifest;
pub mod workbox;
pub mod worker_script;
mod workers;
mod xml;

pub use finding::{Code, Finding, Place, Severity};
pub use parse::{Extras, Input, Parsed, READ_LIMIT, is_read, manner, parse};
pub use release::{File, ModuleNames, Release, Wishes};
pub use site::{Hints, Naming, Site};
pub use spoken::Spoken;
pub use tally::Tally;
