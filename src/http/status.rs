//! What became of a request, in the words of `Cache-Status` ([RFC 9211][spec]).
//!
//! [spec]: https://www.rfc-editor.org/rfc/rfc9211.html

use super::text::push_all;
use super::{DeltaSeconds, decimal};

/// What became of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// Answered from the store without asking the origin server.
    Hit {
        /// Seconds of freshness left; negative once stale. `None` where the name of the asset is a
        /// fingerprint, so that freshness has no meaning.
        ttl: Option<i64>,
        /// Why a stored response was good enough, where that is not plain.
        detail: Option<&'static str>,
    },
    /// The origin server was asked.
    Forwarded {
        /// Why it was asked.
        why: Forward,
        /// The status code that it answered with; `None` if no answer came.
        status: Option<u16>,
        /// Whether its answer is being stored.
        stored: bool,
        /// Whether the answer came to somebody else's request, which was the same.
        collapsed: bool,
        /// What was served, where it was not the answer itself, or why it was not stored.
        detail: Option<&'static str>,
    },
    /// Nothing in the store may be used, and the origin server was not to be asked.
    Lacking,
}

/// Why a request was forwarded to the origin server ([section 2.2]).
///
/// [section 2.2]: https://www.rfc-editor.org/rfc/rfc9211.html#section-2.2
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Forward {
    /// The route says to ask the network first, or the request is not for caches.
    Bypass,
    /// The method is not one that is answered from the store.
    Method,
    /// What is stored is a part, and not all that was asked for.
    Partial,
    /// The request does not allow a stored response.
    Request,
    /// A stored response matched but was stale.
    Stale,
    /// Nothing is stored for this URI.
    UriMiss,
    /// What is stored for this URI is for requests with other fields.
    VaryMiss,
}

impl Forward {
    /// The token of `fwd`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bypass => "bypass",
            Self::Method => "method",
            Self::Partial => "partial",
            Self::Request => "request",
            Self::Stale => "stale",
            Self::UriMiss => "uri-miss",
            Self::VaryMiss => "vary-miss",
        }
    }
}

/// The member that this cache adds to the `Cache-Status` field.
///
/// ```
/// use keepfresh::http::{Outcome, cache_status};
///
/// let outcome = Outcome::Hit { ttl: Some(42), detail: None };
/// assert_eq!(cache_status(outcome), "keepfresh; hit; ttl=42");
/// ```
pub fn cache_status(outcome: Outcome) -> String {
    let mut member = String::from("keepfresh");
    let (detail, ttl) = match outcome {
        Outcome::Hit { ttl, detail } => {
            member.push_str("; hit");
            (detail, ttl)
        }
        Outcome::Forwarded { why, status, stored, collapsed, detail } => {
            member.push_str("; fwd=");
            member.push_str(why.as_str());
            if let Some(status) = status {
                parameter(&mut member, "fwd-status", &decimal(status.into()));
            }
            if stored {
                member.push_str("; stored");
            }
            if collapsed {
                member.push_str("; collapsed");
            }
            (detail, None)
        }
        // Neither `hit` nor `fwd`: it went nowhere, and nothing was there.
        Outcome::Lacking => (Some("only-if-cached"), None),
    };
    if let Some(ttl) = ttl {
        parameter(&mut member, "ttl", &decimal(ttl));
    }
    if let Some(detail) = detail {
        parameter(&mut member, "detail", detail);
    }
    member
}

impl Outcome {
    /// Seconds of freshness that a response of this `lifetime` has left at `age`.
    pub(crate) fn ttl(lifetime: DeltaSeconds, age: DeltaSeconds) -> i64 {
        i64::from(lifetime.as_seconds()) - i64::from(age.as_seconds())
    }
}

fn parameter(member: &mut String, name: &str, value: &str) {
    // Without `write!`, which would bring the whole of `fmt` into the worker.
    push_all(member, &["; ", name, "=", value]);
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn every_outcome_has_words() {
        use Outcome::{Forwarded, Hit};
        let cases = [
            (Outcome::Lacking, "keepfresh; detail=only-if-cached"),
            (Hit { ttl: None, detail: None }, "keepfresh; hit"),
            (
                Hit { ttl: Some(-3), detail: Some("stale-while-revalidate") },
                "keepfresh; hit; ttl=-3; detail=stale-while-revalidate",
            ),
            (
                Forwarded { why: Forward::UriMiss, status: Some(200), stored: true, collapsed: true, detail: None },
                "keepfresh; fwd=uri-miss; fwd-status=200; stored; collapsed",
            ),
            (
                Forwarded {
                    why: Forward::Bypass,
                    status: None,
                    stored: false,
                    collapsed: false,
                    detail: Some("offline"),
                },
                "keepfresh; fwd=bypass; detail=offline",
            ),
        ];
        for (outcome, expected) in cases {
            assert_eq!(cache_status(outcome), expected);
        }
    }
}
