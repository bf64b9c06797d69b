//! What must hold of everything that is served and stored, whatever happened.

use std::collections::BTreeMap;

use crate::origin::{Makeup, Origin, Resource, Serving, content, language};
use crate::scenario::{How, Kind, Made, Weather};
use crate::world::{Answer, Store, World};
use keepfresh::exchange::{Body, read_record};
use keepfresh::http::{ContentRange, Outcome, RequestHead, ResponseHead};
use keepfresh::policy::Audience;
use keepfresh::route::Policy;
use proptest::prelude::*;

/// The longest that a message is on its way, and that the store takes for anything, in milliseconds.
pub(crate) const LONGEST: i64 = 30_000;
pub(crate) const STORE: i64 = 20;

/// Ages are sums of whole seconds, each rounded down; and a decision is some steps away from its answer.
const SLACK: i64 = 3000 + 10 * STORE;

/// Checks all that was served.
pub(crate) fn answers(world: &World<Weather>, made: &BTreeMap<usize, Made>, kind: Kind) -> Result<(), TestCaseError> {
    for (number, one) in made {
        let answers: Vec<&Answer> =
            world.answers.iter().filter(|(other, _)| other == number).map(|(_, answer)| answer).collect();
        let least = usize::from(!one.is_given_up && !one.is_stopped);
        prop_assert!((least..=1).contains(&answers.len()), "{} answers to {:?}", answers.len(), one);
        for answer in answers {
            let context = |fault: &str| {
                format!("{fault}\n{one:#?}\n{answer:#?}\nbody {:?}", String::from_utf8_lossy(&answer.body))
            };
            check(&world.outside.origin, one, answer, kind).map_err(|fault| TestCaseError::fail(context(&fault)))?;
        }
    }
    Ok(())
}

/// What an entity tag says.
struct Identity {
    version: usize,
    part: String,
}

fn check(origin: &Origin, made: &Made, answer: &Answer, kind: Kind) -> Result<(), String> {
    let resource = Origin::resource(&made.request.url);
    match (answer.head.status, made.how) {
        (0 | 504, How::OnlyIfCached) => return Ok(()),
        (0 | 504, _) if kind.policy == Policy::CacheOnly => return Ok(()),
        (0 | 504, _) => return demand(answer.heard_failure, "it failed without the network's failing"),
        (503, _) => return demand(is_reply(answer), "an error was served from the store"),
        (416, How::Range(_)) => return Ok(()),
        (200, _) if made.request.method == "POST" => {
            return demand(answer.body == b"done" || !answer.is_whole, "it is no answer to a POST");
        }
        (200 | 206 | 304, _) => {}
        (status, _) => return Err(format!("the status {status} came from nowhere")),
    }
    let tag = answer.head.fields.first("etag").ok_or("it has no entity tag")?;
    let identity = identity(resource, tag)?;
    check_body(&made.request, answer, tag)?;
    check_part(resource, &made.request, &identity)?;
    check_time(origin, resource, made, answer, &identity, kind)
}

/// Whether it is what the origin server sent, for this request or for another one.
fn is_reply(answer: &Answer) -> bool {
    answer.served.body == Body::Reply
}

fn identity(resource: &Resource, tag: &str) -> Result<Identity, String> {
    let inside = tag.trim_matches('"');
    let mut words = inside.strip_prefix(resource.path).ok_or("it is of another resource")?.split_whitespace();
    let version = words.next().and_then(|version| version.parse().ok()).ok_or("it is of another resource")?;
    Ok(Identity { version, part: words.next().unwrap_or_default().to_owned() })
}

/// The body is that of the head, all of it, or the part that the head says.
fn check_body(request: &RequestHead, answer: &Answer, tag: &str) -> Result<(), String> {
    let whole = content(tag);
    if answer.head.status == 304 {
        let asked = request.fields.first("if-none-match").unwrap_or_default();
        demand(asked.contains(tag), "a 304 went to a client that has something else")?;
        return demand(answer.body.is_empty(), "a 304 has a body");
    }
    if request.method == "HEAD" {
        return demand(answer.body.is_empty(), "the answer to a HEAD has a body");
    }
    let expected = match answer.head.content_range() {
        None => demand(answer.head.status == 200, "a part does not say which it is").map(|()| whole.as_slice())?,
        Some(ContentRange { first, last, whole: total }) => {
            demand(total == Some(whole.len() as u64), "a part is of another length")?;
            whole.get(first as usize..=last as usize).ok_or("a part lies beyond the end")?
        }
    };
    if !answer.is_whole {
        // The client sees that it is broken off, as it would without a cache.
        return demand(
            is_reply(answer) && expected.starts_with(&answer.body),
            "what is broken off is of something else",
        );
    }
    demand(answer.body == expected, "the body is not that of the head")?;
    let length = answer.head.fields.first("content-length").is_none_or(|length| length == expected.len().to_string());
    demand(length, "the Content-Length is wrong")
}

/// It is in the language, and for the user, that asked.
fn check_part(resource: &Resource, request: &RequestHead, identity: &Identity) -> Result<(), String> {
    let part = match resource.makeup {
        Makeup::Nothing | Makeup::Search => return Ok(()),
        Makeup::Language => Some(language(request)),
        Makeup::AuthorizedUser | Makeup::User => request.fields.first("authorization"),
    };
    demand(part == Some(&identity.part), "it is for somebody else")
}

/// It was current when it was made, and is not too old.
fn check_time(
    origin: &Origin,
    resource: &Resource,
    made: &Made,
    answer: &Answer,
    identity: &Identity,
    kind: Kind,
) -> Result<(), String> {
    demand(identity.version >= made.since, "it was invalidated, and served all the same")?;
    let Some(until) = origin.until(resource, identity.version) else { return Ok(()) };
    let late = answer.at.as_millis() - until.as_millis();
    let allowed = match answer.served.outcome {
        Outcome::Forwarded { status: Some(_), detail: Some("stale-if-error"), .. } => {
            Some(resource.lifetime.unwrap_or_default() + resource.stale_if_error)
        }
        // Made after it was asked for: it can only have changed on its way.
        Outcome::Forwarded { status: Some(_), collapsed: false, .. } => {
            return demand(until >= made.at, "a reply is older than the request");
        }
        // Made for somebody who asked before.
        Outcome::Forwarded { status: Some(_), .. } => {
            demand(resource.serving == Serving::Freely || resource.serving == Serving::Fresh, "it may not be shared")?;
            return demand(until.as_millis() >= made.at.as_millis() - 3 * LONGEST, "it is older than any request");
        }
        Outcome::Forwarded { status: None, .. } => {
            let is_network_first = kind.policy == Policy::NetworkFirst;
            demand(answer.heard_failure || is_network_first, "the network did not fail")?;
            demand(is_network_first || resource.serving == Serving::Freely, "it may not be served stale")?;
            return demand(resource.serving != Serving::Not, "it may not be stored");
        }
        Outcome::Hit { .. } => {
            demand(resource.serving == Serving::Freely || resource.serving == Serving::Fresh, "it may not be reused")?;
            allowed_staleness(resource, made.how, kind)
        }
        Outcome::Lacking => return demand(false, "a body is served where there is nothing"),
    };
    match allowed {
        Some(seconds) => {
            demand(late <= seconds * 1000 + SLACK, &format!("it is {late} ms too late, {seconds} s are allowed"))
        }
        None => Ok(()),
    }
}

/// For how many seconds after it was made a stored response may be served; nothing is for ever.
fn allowed_staleness(resource: &Resource, how: How, kind: Kind) -> Option<i64> {
    let is_assigned = matches!(kind.policy, Policy::CacheFirst) && resource.lifetime.is_none();
    if is_assigned {
        return None;
    }
    let lifetime = resource.lifetime.unwrap_or_default();
    if resource.serving == Serving::Fresh {
        return Some(lifetime);
    }
    let window = match kind.policy {
        Policy::Http => resource.stale_while_revalidate.unwrap_or_default(),
        Policy::CacheFirst => 0,
        _ => resource.stale_while_revalidate?,
    };
    let tolerated = if how == How::MaxStale { 30 } else { 0 };
    Some(lifetime + window.max(tolerated))
}

/// Checks all that is stored: every record speaks of bodies that are there, and are the right ones.
pub(crate) fn store(store: &Store, kind: Kind) -> Result<(), TestCaseError> {
    for key in store.keys(crate::origin::ORIGIN) {
        for stored in read_record(store.record(&key)) {
            let ResponseHead { status, fields, .. } = &stored.head;
            if *status <= 1 {
                continue;
            }
            let fault = |fault: &str| TestCaseError::fail(format!("{fault}: {key} {stored:#?}"));
            let resource = Origin::resource(&stored.url);
            let is_private = matches!(resource.makeup, Makeup::User | Makeup::AuthorizedUser);
            if resource.serving == Serving::Not || (is_private && kind.audience == Audience::Shared) {
                return Err(fault("it may not be stored"));
            }
            let tag = fields.first("etag").ok_or_else(|| fault("what has no tag was stored"))?;
            let whole = content(tag);
            let part = stored.part().map(|part| whole[part.first as usize..=part.last as usize].to_vec());
            let body = store.body(&key, stored.slot).ok_or_else(|| fault("the body is not there"))?;
            if body != part.unwrap_or(whole) {
                return Err(fault(&format!("the body is another: {:?}", String::from_utf8_lossy(body))));
            }
        }
    }
    Ok(())
}

fn demand(holds: bool, fault: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(fault.to_owned()) }
}
