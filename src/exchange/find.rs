//! What the store holds, and which of it a request means.

use super::key::is_of;
use super::{Exchange, Found, Look};
use crate::http::{StoredResponse, Timestamp};
use crate::policy::{self, NoVarySearch, Part, Reuse};

impl Exchange {
    /// Whether something is stored for another URI under the key of this one, which stands for both.
    pub(super) fn finds_relatives(&self, found: &Found) -> bool {
        matches!(found, Found::Stored(stored) if stored.iter().any(|one| one.head.status > 1 && one.url != self.url))
    }

    /// Takes over what was found, and says whether it answers the request.
    pub(super) fn take(&mut self, look: &Look, found: Found, now: Timestamp) -> bool {
        match found {
            Found::Present(head) => {
                self.found = Some(head);
                true
            }
            Found::Stored(_) if *look == Look::Installed => false,
            Found::Stored(stored) => {
                let url = self.url.as_str();
                let noted = self.note.as_ref().map(|note| note.response_time);
                // Bodies are looked for under the key that was looked up last.
                self.candidates.clear();
                for one in stored {
                    if self.keep.is_some_and(|keep| now.since(one.response_time) >= keep) {
                        continue;
                    }
                    match look {
                        Look::Family if one.head.status == 0 => self.note = Some(one),
                        Look::Family => {}
                        // Whether what others brought is right for this one, too, is noted of the family.
                        Look::First if one.url != url => {}
                        // What is older than the note was invalidated with the note before.
                        Look::Representative if noted.is_some_and(|noted| one.response_time < noted) => {}
                        _ if one.head.status > 1 && is_of(&one, url) => self.candidates.push(one),
                        _ => {}
                    }
                }
                (self.chosen, self.verdict) = self.choose(now).unzip();
                self.chosen.is_some()
            }
        }
    }

    /// The stored response that the request matches: one that holds what is asked for before one that
    /// does not, one that may be served as it is before one that may not, and the most recent of those.
    fn choose(&self, now: Timestamp) -> Option<(usize, Reuse)> {
        let terms = self.terms.as_ref()?;
        let mut best: Option<(usize, Reuse)> = None;
        for (index, one) in self.candidates.iter().enumerate() {
            if policy::matches(&self.request, one) {
                let verdict = policy::reuse(&self.request, &self.asked, one, terms, now);
                if best.is_none_or(|(other, of_other)| {
                    self.rank(one, verdict) > self.rank(&self.candidates[other], of_other)
                }) {
                    best = Some((index, verdict));
                }
            }
        }
        best
    }

    fn rank(&self, one: &StoredResponse, verdict: Reuse) -> (bool, bool, Timestamp, Timestamp) {
        let holds = policy::part(&self.request, one, None) != Part::NotHeld;
        let is_ready = !matches!(verdict, Reuse::Validate(_));
        (holds, is_ready || !holds, one.date(), one.response_time)
    }

    /// The key of the URI that stands for this one, by the rules that are noted for its family.
    pub(super) fn representative(&self) -> Option<String> {
        let rule = NoVarySearch::of(&self.note.as_ref()?.head)?;
        Some(rule.representative(&self.url))
    }
}
