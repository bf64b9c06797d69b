//! Cache keys: under what a response is stored. The rest of the key, the nominated fields, lies beside
//! each response (`policy/vary.rs`).

use crate::http::concat;
use crate::http::{StoredResponse, without_fragment};
use crate::policy::{NoVarySearch, family};

/// The key of a URI: itself, without the fragment.
pub fn cache_key(uri: &str) -> &str {
    without_fragment(uri)
}

/// Under what is noted that the queries of a URI's family have a rule of their own. It may be a URI, too:
/// notes are told from responses by what they are.
pub(super) fn family_key(uri: &str) -> String {
    concat(&[family(uri), "?"])
}

/// Whether a stored response is of this URI: by its own, or by the rule that it brought with it.
pub(super) fn is_of(stored: &StoredResponse, uri: &str) -> bool {
    stored.url == uri
        || NoVarySearch::of(&stored.head)
            .is_some_and(|rule| rule.representative(&stored.url) == rule.representative(uri))
}
