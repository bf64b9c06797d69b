//! The origin server of a test: it answers as the test says, with fields beside it that tell the judge
//! which request of the client, and which one that got through, the response was made for.

use keepfresh::http::{Fields, RequestHead, ResponseHead, Timestamp, format_date, origin};
use serde_json::Value;

use crate::list;
use crate::macros::{Place, field_value, text};
use crate::world::{Fate, Outside, Reply, Transit};

/// One request that came, and what it was answered with.
pub(crate) struct Arrival {
    pub(crate) fields: Fields,
    pub(crate) method: String,
    /// Which of the client's requests it says it is.
    pub(crate) number: Option<usize>,
    /// The fields that the client is to see unchanged.
    pub(crate) sent: Vec<(String, String)>,
}

/// The origin server, the network, and a store that takes no time.
pub(crate) struct Origin {
    pub(crate) received: Vec<Arrival>,
    id: String,
    requests: Vec<Value>,
    /// The fields of the response to each request, filled in once it was made: they may come back as
    /// validators.
    filled: Vec<Vec<(String, String)>>,
}

impl Origin {
    pub(crate) fn new(id: &str, requests: &[Value]) -> Self {
        let plain = |field: &Value| (text(&field[0]), text(&field[1]));
        let filled = requests.iter().map(|one| list(&one["response_headers"]).iter().map(plain).collect()).collect();
        Self { received: Vec::new(), id: id.to_owned(), requests: requests.to_vec(), filled }
    }

    /// Which of the test's requests this is: the one that the client says, or else the next.
    fn planned(&self, request: &RequestHead) -> usize {
        number(request).unwrap_or(self.received.len() + 1) - 1
    }

    /// Where a validation request is expected, any other is answered with a status that does not exist.
    fn status(&self, planned: usize, request: &RequestHead) -> u16 {
        let now = &self.requests[planned];
        if !now["expected_type"].as_str().is_some_and(|kind| kind.ends_with("validated")) {
            return now["response_status"][0].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(200);
        }
        let before = planned.checked_sub(1).map(|before| self.filled[before].as_slice()).unwrap_or_default();
        let matches = |condition: &str, validator: &str| {
            let sent = before.iter().rev().find(|(name, _)| name.eq_ignore_ascii_case(validator));
            sent.is_some_and(|(_, sent)| !sent.is_empty() && request.fields.joined(condition).as_ref() == Some(sent))
        };
        let is_valid = matches("if-modified-since", "last-modified") || matches("if-none-match", "etag");
        if is_valid { 304 } else { 999 }
    }

    /// The fields that the test gives the response, and those that are to reach the client as they are.
    fn fields(&mut self, planned: usize, place: &Place<'_>) -> (Fields, Vec<(String, String)>) {
        let now = &self.requests[planned];
        let (mut fields, mut sent) = (Fields::new(), Vec::<(String, String)>::new());
        self.filled[planned].clear();
        for field in list(&now["response_headers"]) {
            let name = text(&field[0]);
            let value = field_value(&name, &field[1], place, now);
            fields.append(&name, &value);
            if field[2] != false {
                let all = fields.joined(&name.to_ascii_lowercase()).unwrap_or_default();
                sent.retain(|(known, _)| *known != name);
                sent.push((name.clone(), all));
            }
            self.filled[planned].push((name, value));
        }
        (fields, sent)
    }
}

impl Outside for Origin {
    fn answer(&mut self, request: &RequestHead, now: Timestamp) -> Option<Reply> {
        let planned = self.planned(request);
        let Some(test) = self.requests.get(planned).cloned() else {
            let head = ResponseHead { fields: Fields::new(), redirected: false, status: 409 };
            let body = b"no test has an answer for this request\n".to_vec();
            return Some(Reply { body, head, interims: Vec::new(), is_whole: true });
        };
        let path = request.url.strip_prefix(origin(&request.url)).unwrap_or_default();
        let status = self.status(planned, request);
        let (given, sent) = self.fields(planned, &Place { now, path });

        let mut fields = Fields::new();
        fields.append("server-base-url", path);
        fields.append("server-request-count", &(self.received.len() + 1).to_string());
        fields.append("client-request-count", &number(request).map_or("NaN".to_owned(), |number| number.to_string()));
        fields.append("server-now", &now.as_millis().to_string());
        given.iter().for_each(|(name, value)| fields.append(name, value));
        self.received.push(Arrival {
            fields: request.fields.clone(),
            method: request.method.clone(),
            number: number(request),
            sent,
        });
        let numbers = self.received.iter().map(|one| one.number.map_or("NaN".to_owned(), |number| number.to_string()));
        fields.append("request-numbers", &numbers.collect::<Vec<_>>().join(" "));
        if test["disconnect"] == true {
            return None;
        }

        let has_body = !matches!(status, 204 | 304) && request.method != "HEAD";
        let body = test["response_body"].as_str().filter(|body| !body.is_empty()).unwrap_or(&self.id);
        let body = if has_body { body.as_bytes().to_vec() } else { Vec::new() };
        // As any server adds them.
        let length = body.len().to_string();
        for (name, value) in
            [("content-type", "text/plain"), ("date", &format_date(now)), ("content-length", length.as_str())]
        {
            let is_wanted = name != "content-length" || (has_body && !fields.contains("transfer-encoding"));
            if is_wanted && !fields.contains(name) {
                fields.append(name, value);
            }
        }
        let interims = list(&test["interim_responses"]).iter().map(interim).collect();
        Some(Reply { body, head: ResponseHead { fields, redirected: false, status }, interims, is_whole: true })
    }

    fn transit(&mut self, request: &RequestHead) -> Transit {
        let test = self.requests.get(self.planned(request));
        let pause = test.and_then(|test| test["response_pause"].as_i64()).unwrap_or_default();
        Transit { there: pause * 1000 + 1, back: 1, fate: Fate::Arrives }
    }

    fn store_delay(&mut self) -> i64 {
        0
    }
}

fn number(request: &RequestHead) -> Option<usize> {
    request.fields.first("req-num").and_then(|number| number.parse().ok()).filter(|number| *number > 0)
}

fn interim(interim: &Value) -> (u16, Fields) {
    let status = interim[0].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or_default();
    let mut fields = Fields::new();
    // Node sends none with a 102.
    for field in list(&interim[1]).iter().filter(|_| status != 102) {
        fields.append(&text(&field[0]), &text(&field[1]));
    }
    (status, fields)
}
