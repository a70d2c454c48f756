//! HAR 1.2: every exchange with the subject, redacted as in the record, for the tools that show network traffic. A page
//! is a case; what was asked beforehand is the page `preflight`.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use url::Url;

use super::headline::headline;
use crate::{Body, Content, Evidence, Exchange, Record, plain_json};

/// The record's exchanges as HAR.
#[must_use]
pub(super) fn har(record: &Record) -> String {
    let mut pages = Vec::new();
    let mut entries = Vec::new();
    let preflight = record.preflight.iter().flat_map(|check| &check.evidence);
    page(record, "preflight", "Before the scenarios", preflight, &mut pages, &mut entries);
    for scenario in &record.scenarios {
        let evidence = scenario.steps.iter().flat_map(|step| &step.outcome.evidence);
        page(record, &scenario.key().to_string(), &scenario.title, evidence, &mut pages, &mut entries);
    }
    let har = json!({ "log": {
        "version": "1.2",
        "creator": { "name": record.suite.name, "version": record.suite.version },
        "comment": headline(record).verdict,
        "pages": pages,
        "entries": entries,
    }});
    plain_json(&format!("{har:#}\n"))
}

fn page<'a>(
    record: &Record,
    id: &str,
    title: &str,
    evidence: impl Iterator<Item = &'a Evidence>,
    pages: &mut Vec<Value>,
    entries: &mut Vec<Value>,
) {
    let exchanges = evidence.filter_map(|piece| match piece {
        Evidence::Exchange(exchange) => Some(exchange),
        _ => None,
    });
    let before = entries.len();
    let mut began_ms = None;
    for exchange in exchanges {
        began_ms = Some(began_ms.unwrap_or(exchange.at_ms).min(exchange.at_ms));
        entries.push(entry(record, id, exchange));
    }
    if entries.len() > before {
        pages.push(json!({
            "startedDateTime": moment(record, began_ms.unwrap_or_default()),
            "id": id,
            "title": format!("{id}: {title}"),
            "pageTimings": {},
        }));
    }
}

fn entry(record: &Record, page: &str, exchange: &Exchange) -> Value {
    let mut entry = json!({
        "pageref": page,
        "startedDateTime": moment(record, exchange.at_ms),
        "time": exchange.duration_ms,
        "request": request(exchange),
        "response": response(exchange),
        "cache": {},
        "timings": { "send": 0, "wait": exchange.duration_ms, "receive": 0 },
    });
    let comment = match (&exchange.actor, exchange.repeats) {
        (Some(actor), 0 | 1) => format!("by {actor}"),
        (Some(actor), times) => format!("by {actor}, asked {times} times with the same answer"),
        (None, 0 | 1) => String::new(),
        (None, times) => format!("asked {times} times with the same answer"),
    };
    if !comment.is_empty() {
        entry["comment"] = comment.into();
    }
    entry
}

fn request(exchange: &Exchange) -> Value {
    let request = &exchange.request;
    let query = Url::parse(&request.url).ok();
    let query: Vec<Value> = query
        .iter()
        .flat_map(Url::query_pairs)
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let mut written = json!({
        "method": request.method,
        "url": request.url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers(&request.headers),
        "queryString": query,
        "headersSize": -1,
        "bodySize": request.body.as_ref().map_or(0, |body| body.size),
    });
    if let Some(body) = &request.body {
        let mut data = Map::new();
        data.insert("mimeType".to_owned(), content_type(&request.headers).into());
        data.insert("text".to_owned(), text(body).into());
        written["postData"] = data.into();
    }
    written
}

/// The answer. Where there is none, status 0 and the reason, as browsers write it.
fn response(exchange: &Exchange) -> Value {
    let response = exchange.response.as_ref();
    let none = Vec::new();
    let given = response.map_or(&none, |response| &response.headers);
    let body = response.and_then(|response| response.body.as_ref());
    let mut content = json!({ "size": body.map_or(0, |body| body.size), "mimeType": content_type(given) });
    if let Some(body) = body {
        content["text"] = text(body).into();
        if body.is_cut() {
            content["comment"] = "only its beginning was kept".into();
        }
    }
    let mut written = json!({
        "status": response.map_or(0, |response| response.status),
        "statusText": "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers(given),
        "content": content,
        "redirectURL": header(given, "location").unwrap_or_default(),
        "headersSize": -1,
        "bodySize": body.map_or(0, |body| body.size),
    });
    if response.is_none() {
        written["comment"] = exchange.error.as_deref().unwrap_or("no answer").into();
    }
    written
}

fn headers(headers: &[(String, String)]) -> Vec<Value> {
    headers.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

fn content_type(headers: &[(String, String)]) -> &str {
    header(headers, "content-type").unwrap_or("application/octet-stream")
}

fn text(body: &Body) -> String {
    match &body.content {
        Content::Json(value) => value.to_string(),
        Content::Text(text) => text.clone(),
    }
}

/// A time of the run on the calendar.
fn moment(record: &Record, at_ms: u64) -> String {
    let since = SignedDuration::from_millis(i64::try_from(at_ms).unwrap_or(i64::MAX));
    let moment = record.started.checked_add(since).unwrap_or(Timestamp::MAX);
    moment.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
