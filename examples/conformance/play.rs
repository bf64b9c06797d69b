//! Plays one test: its requests one after the other, each judged when its response is there; in the end
//! what the origin received is judged, too.

use keepfresh::http::{CacheMode, Fields, RequestHead, Timestamp};
use keepfresh::policy::{Annotated, Audience, Terms};
use keepfresh::route::Rule;
use serde_json::Value;

use crate::judge::{judge_origin, judge_response};
use crate::list;
use crate::macros::{Place, field_value, text};
use crate::origin::Origin;
use crate::world::{Answer, World};

const BASE: &str = "http://origin.example";
/// When every test begins: not on a whole second, as no real one does.
const BEGINNING: Timestamp = Timestamp::from_millis(1_790_000_000_300);
const PAUSE: i64 = 3000;

/// Runs a test. What it fails with is the reason.
pub(crate) fn play(test: &Value, audience: Audience) -> Result<(), String> {
    let requests = list(&test["requests"]);
    // An id of its own, as long as those that the suite's own runner makes up.
    let id = "a1b2c3d4-0000-4000-8000-0123456789ab";
    let mut world = World::new(Origin::new(id, requests), BEGINNING);
    let terms = terms(audience);
    let mut answers: Vec<Answer> = Vec::new();
    for (index, request) in requests.iter().enumerate() {
        let head = request_head(test, index, answers.last(), audience, id);
        world.ask(head, Rule::Http(&terms));
        world.run();
        let Some((_, answer)) = world.answers.pop() else { return Err("there is no answer".to_owned()) };
        if answer.head.status == 0 {
            return Err("TypeError: fetch failed".to_owned());
        }
        judge_response(request, index + 1, &answer, id)?;
        answers.push(answer);
        if request.get("pause_after").is_some() {
            let end = Timestamp::from_millis(world.now.as_millis() + PAUSE);
            world.run_until(end);
        }
    }
    judge_origin(requests, &answers, &world.outside.received, audience)
}

fn terms(audience: Audience) -> Terms {
    let targets = match audience {
        Audience::Private => Vec::new(),
        Audience::Shared => vec!["cdn-cache-control".to_owned()],
    };
    Terms { annotated: Annotated::Always, targets, ..Terms::http(audience) }
}

fn request_head(test: &Value, index: usize, previous: Option<&Answer>, audience: Audience, id: &str) -> RequestHead {
    let request = &test["requests"][index];
    let mut fields = Fields::new();
    // What the suite's own runner sends to proxies, lest a `fetch` in between adds `no-cache`.
    if audience == Audience::Shared {
        fields.append("pragma", "foo");
        fields.append("cache-control", "nothing-to-see-here");
    }
    for field in list(&request["request_headers"]) {
        let name = text(&field[0]);
        let is_relative = request["magic_ims"] == true && name.eq_ignore_ascii_case("if-modified-since");
        let now = previous.and_then(|previous| previous.head.fields.first("server-now")?.parse().ok());
        let place = Place { now: Timestamp::from_millis(now.unwrap_or_default()), path: "" };
        let value = if is_relative { field_value(&name, &field[1], &place, request) } else { text(&field[1]) };
        fields.append(&name, &value);
    }
    fields.append("test-name", test["name"].as_str().unwrap_or_default());
    fields.append("test-id", test["id"].as_str().unwrap_or_default());
    fields.append("req-num", &(index + 1).to_string());

    let mut url = format!("{BASE}/test/{id}");
    for (name, separator) in [("filename", '/'), ("query_arg", '?')] {
        if let Some(part) = request[name].as_str() {
            url.push(separator);
            url.push_str(part);
        }
    }
    let method = request["request_method"].as_str().unwrap_or("GET").to_owned();
    let cache = CacheMode::parse(request["cache"].as_str().unwrap_or_default());
    RequestHead { cache, fields, method, ..RequestHead::get(&url) }
}
