//! Cache keys: under what a response is stored. The rest of the key, the nominated fields, lies beside
//! each response (`policy/vary.rs`).

use crate::http::{StoredResponse, concat, split_once, without_fragment};
use crate::policy::{NoVarySearch, family};

/// The key of a URI: itself, without the fragment.
pub fn cache_key(uri: &str) -> &str {
    without_fragment(uri)
}

/// The key of a request that says in its body what it asks for: its URI, and behind the path the digest of the body,
/// which a host puts in the place of the fragment, with a space before it (no fragment begins so). `None` if there is
/// none.
///
/// ```
/// use keepfresh::exchange::keyed;
///
/// let key = keyed("https://example.com/search?in=books# 9f86d0");
/// assert_eq!(key.as_deref(), Some("https://example.com/search/.keepfresh-body/9f86d0?in=books"));
/// assert_eq!(keyed("https://example.com/search#9f86d0"), None);
/// ```
pub fn keyed(uri: &str) -> Option<String> {
    let (bare, fragment) = split_once(uri, b'#')?;
    let path = family(bare);
    Some(concat(&[path, "/.keepfresh-body/", fragment.strip_prefix(' ')?, &bare[path.len()..]]))
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
