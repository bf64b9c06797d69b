//! The main path of the build: a folder of web files in, the same site with fingerprinted assets out.
//!
//! 1. [`parse()`]: one file's references, as spans of its bytes ([`read`]), and what its text tells beside them
//!    ([`clues`]);
//! 2. [`Site::new`]: the files that they name, and which names change ([`site`]);
//! 3. [`Site::build`]: assets are named bottom-up ([`site::graph`], [`site::fingerprint`]), the names go into
//!    every reference ([`mod@reference`]), and what there is now is written down ([`release`]): the [`Release`]'s
//!    manifest and precache list, its [`headers`] and its worker script.
//!
//! Every asset is there under its fingerprinted name and, with the same bytes, under its own: what a
//! script puts together from parts at run time still finds its file, as does a link from elsewhere.
//!
//! Nothing here touches a disk; `cli` reads the folder and writes the release.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod clues;
pub mod file_routes;
mod finding;
pub mod headers;
pub mod integrity;
pub mod name;
pub mod read;
pub mod reference;
pub mod release;
pub mod routes;
pub mod site;
mod spelling;
mod tally;
mod text;
pub mod workbox;

pub use clues::mentioned::{is_data, keep_named};
pub use clues::spoken::Spoken;
pub use finding::{Code, Finding, Place, Severity};
pub use read::parse::{Extras, Input, Parsed, READ_LIMIT, is_read, manner, parse};
pub use release::{File, ModuleNames, Release, Wishes};
pub use site::{Hints, Naming, Site};
pub use tally::Tally;
