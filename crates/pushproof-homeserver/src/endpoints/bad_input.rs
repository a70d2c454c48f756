//! Whatever is sent to whichever row of the route table, the answer is Matrix JSON and no server error. The list of what
//! is driven is the table itself, fields are those that a row is seen to read, and queries are read from the source: what
//! is added is tested by being added.

use std::{fs, path::Path};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header::AUTHORIZATION};
use pushproof_vocabulary::Dialect;
use serde_json::{Map, Value, json};

use crate::{
    Homeserver,
    fields::READ,
    http_api::{Answered, Called, call},
    ids::UserId,
    request::Request,
    routes::{self, Endpoint, Patience, Route},
    source::Machine,
    state::{Caller, Draft, State},
};

/// A homeserver with somebody who asks, somebody else, and a room of both with a message.
struct World {
    state: State,
    token: String,
    room: String,
    event: String,
}

impl World {
    fn new() -> Self {
        let dialect = Dialect::named("stable").unwrap().clone();
        let url = url::Url::parse("http://reference.test/").unwrap();
        let mut state = State::new("reference.test".to_owned(), url, dialect, Box::new(Machine::new(None)));
        let alice = state.register(Some("alice"), Some("a password")).unwrap();
        let bob = state.register(Some("bob"), Some("a password")).unwrap();
        let mut log_in = |user: &UserId, device| {
            let (device, token) = state.log_in(user, Some(device), None).unwrap();
            (Caller { user: user.clone(), device }, token)
        };
        let (bob, _) = log_in(&bob, "DESKTOP");
        log_in(&alice, "LAPTOP");
        let (alice, token) = log_in(&alice, "PHONE");
        let body = json!({ "invite": [bob.user] });
        let room = state.create_room(&alice, body.as_object().unwrap()).unwrap().to_string();
        state.join(&bob, &room, None).unwrap();
        let content = json!({ "msgtype": "m.text", "body": "hello" });
        let event = state.send(&bob, &room, Draft::message("m.room.message", content), None).unwrap();
        Self { state, token, room, event: event.to_string() }
    }

    /// A template with its parameters filled in as a client would.
    fn path(&self, template: &str) -> String {
        let segments = template.split('/').map(|segment| match segment {
            "{userId}" => "@alice:reference.test",
            "{roomId}" | "{roomIdOrAlias}" => &self.room,
            "{eventId}" => &self.event,
            "{deviceId}" => "LAPTOP",
            "{eventType}" => "m.room.message",
            "{receiptType}" => "m.read",
            "{scope}" => "global",
            "{kind}" => "override",
            "{filterId}" => "0",
            "{serverName}" => "reference.test",
            "{stateKey}" => "",
            other if other.starts_with('{') => "x",
            literal => literal,
        });
        segments.collect::<Vec<_>>().join("/")
    }

    /// Asks, with the token if one is given. A world that nobody is logged in to any more is renewed first.
    fn ask(&mut self, token: Token, route: &Route, query: &str, body: &[u8]) -> Answered {
        let (method, template, _) = route;
        let path = self.path(template);
        let mut headers = HeaderMap::new();
        if token == Token::Valid {
            let bearer = HeaderValue::from_str(&format!("Bearer {}", self.token)).unwrap();
            headers.insert(AUTHORIZATION, bearer);
        }
        let body = Bytes::copy_from_slice(body);
        let mut request = Request::new(method.clone(), path, query.to_owned(), &headers, body);
        let (endpoint, params) = routes::find(&request.method, &request.path)?;
        request.params = params;
        if token == Token::Valid && self.state.caller_for_journal(&request).is_none() {
            *self = Self::new();
            return self.ask(token, route, query, &request.body.clone());
        }
        match call(&mut self.state, endpoint, &request, Patience::Over) {
            Called::Answered(answered) => answered,
            Called::Waits { .. } => panic!("{method} {template} waits although its time is over"),
        }
    }

    fn must_be_matrix(&mut self, route: &Route, query: &str, body: &[u8]) {
        let (method, template, _) = route;
        if let Err(error) = self.ask(Token::Valid, route, query, body) {
            let shown = String::from_utf8_lossy(&body[..body.len().min(300)]).into_owned();
            assert!(error.status.as_u16() < 500, "{method} {template}?{query} {shown}: {error:?}");
            let challenge = error.status == 401 && error.body["flows"].is_array();
            let is_error = error.body.get("errcode").is_some_and(Value::is_string);
            assert!(challenge || is_error, "{method} {template}?{query} {shown}: {error:?}");
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    None,
    Valid,
}

/// The route table, with the paths in full.
fn table() -> Vec<Route> {
    let versioned = super::versioned().into_iter().map(|(method, template, endpoint)| {
        let path: &'static str = format!("/_matrix/client/v3{template}").leak();
        (method, path, endpoint)
    });
    super::written_in_full().into_iter().chain(versioned).collect()
}

/// The names of all parameters of a query that the source reads.
fn queries() -> Vec<String> {
    fn collect(folder: &Path, names: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                collect(&entry.path(), names);
                continue;
            }
            let source = fs::read_to_string(entry.path()).unwrap();
            for function in ["query", "query_number"] {
                let opening = format!("{function}(\"");
                let calls = source.split(&opening).skip(1);
                names.extend(calls.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
            }
        }
    }
    let mut names = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut names);
    names.sort();
    names.dedup();
    assert!(names.len() > 5, "parameters of a query are read otherwise now: {names:?}");
    names
}

/// A value with which an endpoint goes on to read the next field.
fn plausible(field: &str) -> Value {
    match field {
        "auth" => json!({
            "type": "m.login.password", "password": "a password",
            "identifier": { "type": "m.id.user", "user": "alice" },
        }),
        "identifier" => json!({ "type": "m.id.user", "user": "alice" }),
        "user" => json!("alice"),
        "type" => json!("m.login.password"),
        "password" | "new_password" => json!("a password"),
        "device_id" => json!("PHONE"),
        "user_id" => json!("@bob:reference.test"),
        "kind" => json!("http"),
        "data" => json!({ "url": "http://127.0.0.1:9/_matrix/push/v1/notify" }),
        "preset" => json!("private_chat"),
        "visibility" => json!("private"),
        "presence" => json!("online"),
        "actions" | "conditions" | "invite" | "initial_state" | "devices" | "types" | "rooms" | "senders" => {
            json!([])
        }
        "creation_content"
        | "power_level_content_override"
        | "device_keys"
        | "one_time_keys"
        | "messages"
        | "room"
        | "timeline"
        | "state"
        | "filter"
        | "content" => json!({}),
        "append" | "enabled" | "is_direct" | "logout_devices" | "typing" | "inhibit_login" => json!(true),
        "limit" | "timeout" => json!(1),
        _ => json!("x"),
    }
}

/// Values that are wrong for nearly every field, and right for one or the other.
fn wrong() -> Vec<Value> {
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
        json!(""),
        json!("\u{0}\u{202e}{}"),
        json!("x".repeat(70_000)),
        json!([7]),
        json!([{}]),
        json!([{ "type": 7, "content": 7 }]),
        json!({ "x": 7 }),
        json!({ "@bob:reference.test": 7 }),
        json!({ "@bob:reference.test": { "DESKTOP": 7 } }),
        json!({ "@bob:reference.test": [7] }),
        deep,
    ]
}

#[test]
fn no_field_is_too_strange() {
    for route in table().iter().filter(|(method, ..)| *method != Method::GET) {
        // A new one for each row: what one makes, another would otherwise go through each time.
        let mut world = World::new();
        let mut sound = Map::new();
        let mut ask = |body: &Map<String, Value>| {
            READ.take();
            world.must_be_matrix(route, "", &serde_json::to_vec(body).unwrap());
            READ.take()
        };
        // What the row reads shows when it reads it, and more of it the sounder the body is.
        let mut to_do: Vec<String> = ask(&sound).into_iter().collect();
        while let Some(field) = to_do.pop() {
            if sound.contains_key(&field) {
                continue;
            }
            sound.insert(field.clone(), plausible(&field));
            to_do.extend(ask(&sound));
        }
        for field in sound.keys() {
            let mut body = sound.clone();
            for value in wrong() {
                body[field] = value;
                ask(&body);
            }
            body.shift_remove(field);
            ask(&body);
        }
    }
}

/// JSON in texts of JSON, which would be deeper than the stack if it was read as `serde_json` keeps raw values.
fn texts_within_texts() -> String {
    let key = "$serde_json::private::RawValue";
    let nested = |text: &str| ["[".repeat(120), text.to_owned(), "]".repeat(120)].concat();
    let deep = (0..13).fold(nested("1"), |inner, _| nested(&json!({ key: inner }).to_string()));
    format!("{{\"a\":{deep}}}")
}

#[test]
fn no_body_is_too_strange() {
    let nested = |open: &str, close: &str| [open.repeat(5000), close.repeat(5000)].concat().into_bytes();
    let mut bodies: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"{".to_vec(),
        b"\xff\xfe".to_vec(),
        b"{\"a\": \"\xff\"}".to_vec(),
        nested("[", "]"),
        nested("{\"a\":", "}"),
        br#"{"a": 1e999}"#.to_vec(),
        texts_within_texts().into_bytes(),
    ];
    bodies.extend(wrong().iter().map(|value| value.to_string().into_bytes()));
    let mut world = World::new();
    for route in table() {
        for body in &bodies {
            world.must_be_matrix(&route, "", body);
        }
    }
}

#[test]
fn no_query_is_too_strange() {
    let names = queries();
    let values = ["", "x", "-1", "s", "s-1", "s18446744073709551615", "99999999999999999999", "%FF", "%7B"];
    let filters = [
        "{}",
        r#"{"room":1}"#,
        r#"{"limit":"x"}"#,
        r#"{"room":{"timeline":{"types":[1]}}}"#,
        r#"{"limit":0}"#,
    ];
    for route in table() {
        let mut world = World::new();
        for name in &names {
            for value in values.iter().chain(&filters) {
                // `dir` is what some endpoints go no further without.
                world.must_be_matrix(&route, &format!("{name}={value}&dir=b"), b"{}");
            }
        }
    }
}

#[test]
fn a_token_is_needed_where_the_table_says_so() {
    let mut world = World::new();
    for route in table() {
        let (method, template, endpoint) = &route;
        if matches!(endpoint, Endpoint::Authenticated(_) | Endpoint::LongPoll(_)) {
            let refused = world.ask(Token::None, &route, "", b"{}").err();
            let errcode = refused.map(|error| error.body["errcode"].clone());
            assert_eq!(errcode, Some(json!("M_MISSING_TOKEN")), "{method} {template}");
        }
    }
}

#[test]
fn wrong_methods_are_told_apart_from_unknown_paths() {
    let world = World::new();
    let table = table();
    for (_, template, _) in &table {
        let path = world.path(template);
        let taken: Vec<&Method> = table
            .iter()
            .filter(|(_, other, _)| world.path(other) == path)
            .map(|(method, ..)| method)
            .collect();
        for method in [Method::GET, Method::PUT, Method::POST, Method::DELETE, Method::PATCH] {
            let found = routes::find(&method, &path).map(|_| ()).map_err(|error| error.status.as_u16());
            let expected = if taken.contains(&&method) { Ok(()) } else { Err(405) };
            assert_eq!(found, expected, "{method} {template}");
        }
        let unknown = format!("{path}/and/more/of/it/than/there/is");
        assert_eq!(routes::find(&Method::GET, &unknown).err().unwrap().status, 404, "{template}");
    }
}

#[test]
fn every_parameter_of_a_path_is_decoded() {
    let world = World::new();
    for (method, template, _) in table() {
        for parameter in template.split('/').filter(|segment| segment.starts_with('{')) {
            for (escape, status) in [("%FF", Some(400)), ("%C3", Some(400)), ("%", None), ("%zz", None)] {
                let path = world.path(&template.replace(parameter, escape));
                let found = routes::find(&method, &path).err().map(|error| error.status.as_u16());
                assert_eq!(found, status, "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn a_body_is_bounded_on_every_row() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let server = Homeserver::start().await.unwrap();
    let world = World::new();
    for (method, template, _) in table() {
        let mut url = server.url();
        url.set_path(&world.path(template));
        let body = vec![b' '; crate::request::BODY_BYTES + 1];
        let answer = http.request(method.clone(), url).body(body).send().await.unwrap();
        let (status, body) = (answer.status(), answer.text().await.unwrap());
        assert!(status == 413 && body.contains("M_TOO_LARGE"), "{method} {template}: {status} {body}");
    }
}
