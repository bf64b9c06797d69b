//! What stores outside of browsers have to know of a record: how long it is of use, to which groups it belongs, and what is
//! left of it when all of it is invalidated.

use crate::exchange::{Write, commit, read_record, wire};
use crate::http::{Timestamp, decimal, digits, push_all, split_once};
use crate::policy::{Terms, VALIDATED, groups, retention};

/// For how many seconds the record is of use, and the groups of its responses, a line each. `text` is a moment in
/// milliseconds since the epoch, and behind it the record.
pub(super) fn of(text: &str, terms: &Terms) -> String {
    let (now, record) = split_once(text, b'\n').unwrap_or((text, ""));
    let now = Timestamp::from_millis(digits(now).unwrap_or_default());
    let stored = read_record(record);
    // What is no response is noted of a family of URLs (No-Vary-Search).
    let seconds = stored.iter().map(|one| if one.head.status == 0 { VALIDATED } else { retention(one, terms, now) });
    let mut text = decimal(seconds.max().unwrap_or_default().as_seconds().into());
    let mut names: Vec<String> = stored.iter().flat_map(|one| groups(&one.head)).collect();
    names.sort_unstable();
    names.dedup();
    for name in &names {
        push_all(&mut text, &["\n", name]);
    }
    text
}

/// What comes of removing all that a record speaks of ([`wire::committed`]); nothing if there is nothing.
pub(super) fn removed(record: &str) -> Option<String> {
    Some(wire::committed(&commit(&Write::Remove(String::new()), record)?))
}
