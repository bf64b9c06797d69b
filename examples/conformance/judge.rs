//! Judges what the client got and what the origin received: the same verdicts as those of
//! `tests/conformance/judge-*.mjs`, which are the suite's.

use std::collections::BTreeSet;

use keepfresh::http::Timestamp;
use keepfresh::policy::Audience;
use serde_json::Value;

use crate::list;
use crate::macros::{Place, field_value, text};
use crate::origin::Arrival;
use crate::world::Answer;

/// No script in a browser can see these; a private cache is judged without them.
const HIDDEN: [&str; 2] = ["set-cookie", "set-cookie2"];

/// Judges the response to the request with this number (from 1 up).
pub(crate) fn judge_response(request: &Value, number: usize, answer: &Answer, id: &str) -> Result<(), String> {
    judge_retries(answer)?;
    judge_type(request, number, answer)?;
    judge_status(request, number, answer)?;
    judge_fields(request, number, answer)?;
    judge_interims(request, answer)?;
    judge_body(request, answer, id)
}

/// A request that came to the origin twice says nothing about caches.
fn judge_retries(answer: &Answer) -> Result<(), String> {
    let numbers = answer.head.fields.first("request-numbers").unwrap_or_default();
    let numbers: Vec<&str> = numbers.split(' ').collect();
    demand(numbers.len() == numbers.iter().collect::<BTreeSet<_>>().len(), || "retry".to_owned())
}

fn judge_type(request: &Value, number: usize, answer: &Answer) -> Result<(), String> {
    let count: Option<usize> = field(answer, "Server-Request-Count").and_then(|count| count.parse().ok());
    match request["expected_type"].as_str() {
        Some("cached") if answer.head.status == 304 && count.is_none() => Ok(()),
        Some("cached") => demand(count.is_some_and(|count| count < number), || {
            format!("response {number} does not come from the cache")
        }),
        Some("not_cached") => demand(count == Some(number), || format!("response {number} comes from the cache")),
        _ => Ok(()),
    }
}

fn judge_status(request: &Value, number: usize, answer: &Answer) -> Result<(), String> {
    let status = u64::from(answer.head.status);
    let wrong = |wanted: u64| format!("response {number} has the status {status}, not {wanted}");
    if let Some(expected) = request.get("expected_status") {
        return expected.as_u64().map_or(Ok(()), |wanted| demand(status == wanted, || wrong(wanted)));
    }
    if let Some(sent) = request["response_status"][0].as_u64() {
        return demand(status == sent, || wrong(sent));
    }
    demand(status != 999, || format!("request {number} should have been a validation request, and was not"))?;
    demand(status == 200, || wrong(200))
}

fn judge_fields(request: &Value, number: usize, answer: &Answer) -> Result<(), String> {
    for expected in list(&request["expected_response_headers"]) {
        let parts = expected.as_array().map_or(std::slice::from_ref(expected), Vec::as_slice);
        let name = text(&parts[0]);
        let value = field(answer, &name);
        if parts.len() != 2 {
            demand(value.is_some(), || format!("response {number} has no {name}"))?;
        }
        let (holds, wanted) = match parts {
            [_, wanted] => {
                let now = field(answer, "server-now").and_then(|now| now.parse().ok()).unwrap_or_default();
                let path = field(answer, "server-base-url").unwrap_or_default();
                let place = Place { now: Timestamp::from_millis(now), path: &path };
                let wanted = field_value(&name, wanted, &place, request);
                (value.as_ref() == Some(&wanted), wanted)
            }
            [_, operator, other] if operator == "=" => {
                let other = text(other);
                (value == field(answer, &other), format!("what {other} has"))
            }
            [_, _, least] => {
                let number = value.as_ref().and_then(|value| value.parse::<i64>().ok());
                (number > least.as_i64(), format!("more than {least}"))
            }
            _ => continue,
        };
        demand(holds, || format!("response {number} has {name}: {value:?}, not {wanted}"))?;
    }
    // Pairs name a value that must be missing. The suite's judge never looks at them.
    for name in list(&request["expected_response_headers_missing"]).iter().filter_map(Value::as_str) {
        let value = field(answer, name);
        demand(value.is_none(), || format!("response {number} has {name}: {value:?}, and should not"))?;
    }
    Ok(())
}

/// Of the fields of an interim response only the names are judged.
fn judge_interims(request: &Value, answer: &Answer) -> Result<(), String> {
    for (index, expected) in list(&request["expected_interim_responses"]).iter().enumerate() {
        let number = index + 1;
        let Some((status, fields)) = answer.interims.get(index) else {
            return Err(format!("interim response {number} is not there"));
        };
        demand(expected[0] == *status, || format!("interim response {number} is {status}, not {}", expected[0]))?;
        for name in list(&expected[1]).iter().map(|field| text(&field[0])) {
            demand(fields.contains(&name), || format!("interim response {number} has no {name}"))?;
        }
    }
    Ok(())
}

fn judge_body(request: &Value, answer: &Answer, id: &str) -> Result<(), String> {
    let body = String::from_utf8_lossy(&answer.body);
    let judge = |wanted: &str| demand(body == wanted, || format!("the body is {body:?}, not {wanted:?}"));
    let expected = request.get("expected_response_text");
    if request["check_body"] == false || expected.is_some_and(Value::is_null) {
        return Ok(());
    }
    if let Some(wanted) = expected.and_then(Value::as_str) {
        judge(wanted)
    } else if let Some(sent) = request["response_body"].as_str() {
        judge(sent)
    } else if !matches!(answer.head.status, 204 | 304) && request["request_method"] != "HEAD" {
        judge(id)
    } else {
        Ok(())
    }
}

/// Judges what the origin received; requests that were expected to be answered from the cache are not
/// among it.
pub(crate) fn judge_origin(
    requests: &[Value],
    answers: &[Answer],
    received: &[Arrival],
    audience: Audience,
) -> Result<(), String> {
    let mut arrivals = received.iter();
    for (index, request) in requests.iter().enumerate() {
        if request["expected_type"] == "cached" {
            continue;
        }
        let number = index + 1;
        let arrival = arrivals.next();
        judge_arrival_type(request, number, arrival)?;
        judge_present(request, number, arrival)?;
        judge_missing(request, number, arrival)?;
        for (name, value) in arrival.map(|arrival| arrival.sent.as_slice()).unwrap_or_default() {
            let lower = name.to_ascii_lowercase();
            let is_hidden = audience == Audience::Private && HIDDEN.contains(&lower.as_str());
            let got = field(&answers[index], name);
            demand(lower == "date" || is_hidden || got.as_ref() == Some(value), || {
                format!("response {number} has {name}: {got:?}, not {value} as it was sent")
            })?;
        }
        if let Some(method) = request["expected_method"].as_str() {
            let is_sent = arrived(arrival, number)?.method == method;
            demand(is_sent, || format!("request {number} was forwarded with another method"))?;
        }
    }
    Ok(())
}

fn judge_arrival_type(request: &Value, number: usize, arrival: Option<&Arrival>) -> Result<(), String> {
    let condition = match request["expected_type"].as_str() {
        Some("not_cached") => {
            let is_same = arrived(arrival, number)?.number == Some(number);
            return demand(is_same, || format!("response {number} comes from the cache, as the origin sees it"));
        }
        Some("etag_validated") => "if-none-match",
        Some("lm_validated") => "if-modified-since",
        _ => return Ok(()),
    };
    let is_sent = arrived(arrival, number)?.fields.contains(condition);
    demand(is_sent, || format!("request {number} was forwarded without {condition}"))
}

fn judge_present(request: &Value, number: usize, arrival: Option<&Arrival>) -> Result<(), String> {
    for expected in list(&request["expected_request_headers"]) {
        let (name, wanted) = pair(expected);
        let value = arrived(arrival, number)?.fields.joined(&name);
        let holds = wanted.as_ref().map_or(value.is_some(), |_| value == wanted);
        demand(holds, || format!("request {number} was forwarded with {name}: {value:?}, not {wanted:?}"))?;
    }
    Ok(())
}

fn judge_missing(request: &Value, number: usize, arrival: Option<&Arrival>) -> Result<(), String> {
    for unexpected in list(&request["expected_request_headers_missing"]) {
        let (name, unwanted) = pair(unexpected);
        let value = arrived(arrival, number)?.fields.joined(&name);
        let holds = unwanted.as_ref().map_or(value.is_none(), |_| value != unwanted);
        demand(holds, || format!("request {number} was forwarded with {name}: {value:?}"))?;
    }
    Ok(())
}

/// A name in lower case, and a value if there is one.
fn pair(expected: &Value) -> (String, Option<String>) {
    match list(expected) {
        [name, value, ..] => (text(name).to_ascii_lowercase(), Some(text(value))),
        [name] => (text(name).to_ascii_lowercase(), None),
        [] => (text(expected).to_ascii_lowercase(), None),
    }
}

/// Without an arrival there is nothing to judge.
fn arrived(arrival: Option<&Arrival>, number: usize) -> Result<&Arrival, String> {
    arrival.ok_or_else(|| format!("request {number} was not forwarded"))
}

fn field(answer: &Answer, name: &str) -> Option<String> {
    answer.head.fields.joined(&name.to_ascii_lowercase())
}

fn demand(holds: bool, reason: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(reason()) }
}
