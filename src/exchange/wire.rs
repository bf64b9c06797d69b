//! Steps and heads as text, for hosts in another language: one string crosses where a call for each
//! field would cost a worker that starts more than all the rest.
//!
//! A line for each part, in the order of the fields; fields of a head come last, as `name: value`.
//! `js/host/machine.ts` is the other side.

use super::record::{self, Commit};
use super::step::{Body, Forwarded, Found, Served, Step, Target, Write};
use crate::http::{
    CacheMode, Destination, Fields, Outcome, RequestHead, RequestMode, ResponseHead, cache_status, concat, digits,
    split_once, unsigned,
};

/// Reads the head of a request: method, URL, mode, destination and cache mode, then its fields.
pub fn request(text: &str) -> RequestHead {
    let mut rest = text;
    let mut line = || first_line(&mut rest);
    let (method, url, mode, destination, cache) = (line(), line(), line(), line(), line());
    RequestHead {
        cache: CacheMode::parse(cache),
        destination: Destination::parse(destination),
        fields: Fields::parse(rest),
        method: method.to_owned(),
        mode: if mode == "navigate" { RequestMode::Navigate } else { RequestMode::Other },
        url: url.to_owned(),
    }
}

/// Reads the head of a response: its status code, `redirected` or nothing, then its fields.
pub fn response(text: &str) -> ResponseHead {
    let mut rest = text;
    let mut line = || first_line(&mut rest);
    let status = digits(line()).and_then(|status| u16::try_from(status).ok()).unwrap_or_default();
    let redirected = line() == "redirected";
    ResponseHead { fields: Fields::parse(rest), redirected, status }
}

/// Takes the first line of a text.
fn first_line<'a>(rest: &mut &'a str) -> &'a str {
    let (line, behind) = split_once(rest, b'\n').unwrap_or((rest, ""));
    *rest = behind;
    line
}

/// Reads what the store holds: a record, or `present` and, if it matters, a head.
pub fn found(text: &str) -> Found {
    match text.strip_prefix("present") {
        Some(head) => Found::Present(head.strip_prefix("\n").map(response)),
        None => Found::Stored(record::read(text)),
    }
}

/// Writes a step.
pub fn step(step: &Step) -> String {
    match step {
        Step::Done => "done".to_owned(),
        Step::Wait => "wait".to_owned(),
        Step::Lookup(target) => {
            let (kind, key) = match target {
                Target::Asset => ("asset", ""),
                Target::Fallback(url) => ("fallback", url.as_str()),
                Target::Installed => ("installed", ""),
                Target::Page(key) => ("page", key.as_str()),
                Target::Precached(key) => ("precached", key.as_str()),
                Target::Stored(key) => ("stored", key.as_str()),
            };
            concat(&["lookup\n", kind, "\n", key])
        }
        Step::Forward(Forwarded { collapses, fields, holds, past_other_caches, timeout }) => {
            let mut text = String::from("forward\n");
            line(&mut text, if *collapses { "collapses" } else { "" });
            line(&mut text, if *past_other_caches { "past" } else { "" });
            number(&mut text, timeout.map(u64::from));
            number(&mut text, holds.map(u64::from));
            text.push_str(fields.as_text());
            text
        }
        Step::Serve(answer) => served(answer),
        Step::Write(write) => {
            let (kind, key) = match write {
                Write::Clear(origin) => ("clear", origin.as_str()),
                Write::Freshen(key, ..) => ("freshen", key.as_str()),
                Write::Note(key, _) => ("note", key.as_str()),
                Write::Remove(key) => ("remove", key.as_str()),
                Write::RemoveGroups(origin, _) => ("groups", origin.as_str()),
                Write::Store(key, _) => ("store", key.as_str()),
                Write::StoreAsset => ("asset", ""),
            };
            concat(&["write\n", kind, "\n", key])
        }
    }
}

/// Writes an answer: where its body comes from, slot, bytes before it, its length, `keeps` if the reply
/// is going to be stored, age, `Cache-Status`, and the status and fields of its head if it is given one.
pub fn served(answer: &Served) -> String {
    served_with(answer, "", answer.head.as_ref().map_or("", |head| head.fields.as_text()))
}

/// The same with something before the status, and these lines for fields.
pub(crate) fn served_with(answer: &Served, mark: &str, fields: &str) -> String {
    let (kind, slot, bytes) = match answer.body {
        Body::Combined(slot) => ("combined", Some(slot), None),
        Body::Empty => ("empty", None, None),
        Body::Failure => ("failure", None, None),
        Body::Found => ("found", None, None),
        Body::Reply => ("reply", None, None),
        Body::Stored(slot) => ("stored", Some(slot), None),
        Body::Several(slot) => ("several", slot, None),
        Body::Unmeasured(slot) => ("unmeasured", slot, None),
        Body::Part { slot, skip, length } => ("part", slot, Some((skip, length))),
    };
    let keeps = if matches!(answer.outcome, Outcome::Forwarded { stored: true, .. }) { "keeps" } else { "" };
    let mut text = String::from("serve\n");
    line(&mut text, kind);
    number(&mut text, slot.map(u64::from));
    number(&mut text, bytes.map(|(skip, _)| skip));
    number(&mut text, bytes.map(|(_, length)| length));
    line(&mut text, keeps);
    number(&mut text, answer.age.map(|age| age.as_seconds().into()));
    line(&mut text, &cache_status(answer.outcome));
    text.push_str(mark);
    number(&mut text, answer.head.as_ref().map(|head| head.status.into()));
    text.push_str(fields);
    text
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push_str("\n");
}

/// A line with a number; an empty one if there is none.
fn number(text: &mut String, number: Option<u64>) {
    line(text, &number.map(unsigned).unwrap_or_default());
}

/// Writes what a write comes to: the slot for a body, the slots that are free then, and the record.
pub fn committed(commit: &Commit) -> String {
    let mut text = String::new();
    number(&mut text, commit.body.map(u64::from));
    for (index, slot) in commit.freed.iter().enumerate() {
        text.push_str(if index == 0 { "" } else { "," });
        text.push_str(&unsigned((*slot).into()));
    }
    line(&mut text, "");
    text.push_str(&commit.record);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{DeltaSeconds, StoredResponse, Timestamp};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn heads_are_read() {
        let read = request("GET\nhttps://a.b/\nnavigate\ndocument\nno-cache\naccept: a:b\nx: \n");
        assert_eq!((read.method.as_str(), read.url.as_str()), ("GET", "https://a.b/"));
        assert_eq!((read.mode, read.destination), (RequestMode::Navigate, Destination::Document));
        assert_eq!((read.cache, read.fields.first("accept")), (CacheMode::NoCache, Some("a:b")));
        assert_eq!(request("").method, "");
        let read = response("200\nredirected\nage: 1\n");
        assert_eq!((read.status, read.redirected, read.fields.first("age")), (200, true, Some("1")));
        assert_eq!(response("x").status, 0);
    }

    #[test]
    fn what_was_found_is_read() {
        assert_eq!(found(""), Found::NOTHING);
        assert_eq!(found("present"), Found::Present(None));
        assert_eq!(found("present\n200\n\na: 1\n"), Found::Present(Some(response("200\n\na: 1\n"))));
        let at = Timestamp::from_millis(1);
        let stored = vec![StoredResponse::new("u", response("200\n\na: 1\n"), at, at)];
        assert_eq!(found(&record::write(&stored)), Found::Stored(stored));
    }

    #[test]
    fn steps_are_written() {
        let head = Some(response("206\n\na: 1\n"));
        let outcome = Outcome::Hit { ttl: Some(5), detail: None };
        let body = Body::Part { slot: Some(3), skip: 1, length: 2 };
        let age = Some(DeltaSeconds::DAY);
        let cases = [
            (Step::Done, "done"),
            (Step::Wait, "wait"),
            (Step::Lookup(Target::Stored("k".to_owned())), "lookup\nstored\nk"),
            (Step::Write(Write::StoreAsset), "write\nasset\n"),
            (
                Step::Serve(Served { age, body, head, outcome }),
                "serve\npart\n3\n1\n2\n\n86400\nkeepfresh; hit; ttl=5\n206\na: 1\n",
            ),
            (
                Step::Forward(Forwarded {
                    collapses: true,
                    fields: Fields::parse("a: 1"),
                    holds: Some(3),
                    past_other_caches: true,
                    timeout: Some(500),
                }),
                "forward\ncollapses\npast\n500\n3\na: 1\n",
            ),
        ];
        for (one, expected) in cases {
            assert_eq!(step(&one), expected);
        }
    }
}
