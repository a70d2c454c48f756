//! Random sequences of requests, beside a model of what they must come to that is simple enough to be seen to be right.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header::AUTHORIZATION};
use proptest::{
    prelude::*,
    test_runner::{TestError, TestRunner},
};
use pushproof_vocabulary::{Dialect, PushState};
use rstest::rstest;
use serde_json::{Value, json};

use crate::{
    defects::behaviour,
    http_api::{Answer, Called, call},
    request::Request,
    routes::{self, Patience},
    source::Machine,
    state::State,
};

const USERS: [&str; 2] = ["alice", "bob"];
const DEVICES: [&str; 3] = ["PHONE", "PHONE2", "LAPTOP"];

/// One of the devices: the number of its user, and its own.
type Who = (usize, usize);

#[derive(Clone, Debug)]
enum Step {
    Set { by: Who, key: usize, state: Option<PushState>, append: bool },
    SetWithLink { by: Who, key: usize },
    Delete { by: Who, key: usize },
    Write { by: Who, of: usize, content: u8 },
    WriteOfAnother { by: Who, of: usize },
    Sync { by: Who },
    Send { by: Who },
    Read { by: Who },
    LogOut { by: Who },
    LogOutEverywhere { by: Who },
}

fn step() -> impl Strategy<Value = Step> {
    let by = || (0..USERS.len(), 0..DEVICES.len());
    let state = prop_oneof![Just(None), Just(Some(PushState::Enabled)), Just(Some(PushState::Disabled))];
    prop_oneof![
        8 => (by(), 0..3_usize, state, any::<bool>())
            .prop_map(|(by, key, state, append)| Step::Set { by, key, state, append }),
        1 => (by(), 0..3_usize).prop_map(|(by, key)| Step::SetWithLink { by, key }),
        2 => (by(), 0..3_usize).prop_map(|(by, key)| Step::Delete { by, key }),
        6 => (by(), 0..DEVICES.len(), any::<u8>()).prop_map(|(by, of, content)| Step::Write { by, of, content }),
        1 => (by(), 0..DEVICES.len()).prop_map(|(by, of)| Step::WriteOfAnother { by, of }),
        4 => by().prop_map(|by| Step::Sync { by }),
        4 => by().prop_map(|by| Step::Send { by }),
        2 => by().prop_map(|by| Step::Read { by }),
        2 => by().prop_map(|by| Step::LogOut { by }),
        1 => by().prop_map(|by| Step::LogOutEverywhere { by }),
    ]
}

/// What a device knows: how far it has synced, and the settings events that its syncs told of.
#[derive(Clone, Debug, Default)]
struct Known {
    since: Option<String>,
    settings: BTreeMap<String, Value>,
}

/// What must be so.
#[derive(Debug, Default)]
struct Model {
    /// The state and the device of each pusher, by user and push key.
    pushers: BTreeMap<(usize, usize), (PushState, usize)>,
    /// The contents of settings events, by user and the device that they are for.
    settings: BTreeMap<(usize, usize), Value>,
    /// How many events each user has not read.
    unread: [u64; USERS.len()],
}

impl Model {
    fn set(&mut self, by: Who, key: usize, state: Option<PushState>, append: bool) {
        let state = state.unwrap_or(PushState::Enabled);
        self.pushers.entry((by.0, key)).or_insert((state, by.1)).0 = state;
        if !append {
            self.pushers.retain(|(user, other), _| *user == by.0 || *other != key);
        }
    }

    fn log_out(&mut self, (user, device): Who) {
        self.pushers.retain(|(of, _), (_, owner)| *of != user || *owner != device);
        self.settings.remove(&(user, device));
    }
}

/// A pusher as it is set, without a state.
fn pusher(key: usize) -> Value {
    json!({
        "app_id": "app", "pushkey": format!("key{key}"), "kind": "http", "lang": "en",
        "app_display_name": "App", "device_display_name": "Device",
        "data": { "url": "http://127.0.0.1:9/_matrix/push/v1/notify" },
    })
}

/// A homeserver with all devices logged in, and a room of both users.
struct House {
    state: State,
    dialect: Dialect,
    tokens: BTreeMap<Who, String>,
    known: BTreeMap<Who, Known>,
    room: String,
    events: usize,
    latest: Option<String>,
}

impl House {
    fn new() -> Self {
        let dialect = Dialect::named("msc3881").unwrap().clone();
        let url = url::Url::parse("http://reference.test/").unwrap();
        let server = "reference.test".to_owned();
        let state = State::new(server, url, dialect.clone(), Box::new(Machine::new(None)));
        let (tokens, known) = (BTreeMap::new(), BTreeMap::new());
        let mut house = Self { state, dialect, tokens, known, room: String::new(), events: 0, latest: None };
        for (user, name) in USERS.into_iter().enumerate() {
            let password = format!("{name}'s password");
            house.state.register(Some(name), Some(&password)).unwrap();
            for device in 0..DEVICES.len() {
                house.log_in((user, device));
            }
        }
        let invite = json!({ "invite": ["@bob:reference.test"], "preset": "trusted_private_chat" });
        let made = house.ok((0, 0), Method::POST, "/createRoom", &invite);
        made["room_id"].as_str().unwrap().clone_into(&mut house.room);
        let join = format!("/join/{}", house.room);
        house.ok((1, 0), Method::POST, &join, &json!({}));
        house
    }

    fn log_in(&mut self, who: Who) {
        let name = USERS[who.0];
        let body = json!({
            "type": "m.login.password", "identifier": { "type": "m.id.user", "user": name },
            "password": format!("{name}'s password"), "device_id": DEVICES[who.1],
        });
        let made = self.ask(None, Method::POST, "/login", &body).unwrap();
        self.tokens.insert(who, made["access_token"].as_str().unwrap().to_owned());
        self.known.insert(who, Known::default());
    }

    /// The answer, or status and error code.
    fn ask(
        &mut self,
        by: Option<Who>,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<Value, (u16, String)> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut headers = HeaderMap::new();
        if let Some(by) = by {
            let bearer = HeaderValue::from_str(&format!("Bearer {}", self.tokens[&by])).unwrap();
            headers.insert(AUTHORIZATION, bearer);
        }
        let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        let path = format!("/_matrix/client/v3{path}");
        let mut request = Request::new(method, path, query.to_owned(), &headers, body);
        let (endpoint, params) = routes::find(&request.method, &request.path).unwrap();
        request.params = params;
        match call(&mut self.state, endpoint, &request, Patience::Over) {
            Called::Answered(Ok(Answer::Json(answer))) => Ok(answer),
            Called::Answered(Ok(Answer::Written(answer))) => Ok(serde_json::from_slice(&answer).unwrap()),
            Called::Answered(Err(error)) => {
                Err((error.status.as_u16(), error.body["errcode"].as_str().unwrap_or_default().to_owned()))
            }
            _ => panic!("{} is answered with JSON, and at once", request.path),
        }
    }

    fn ok(&mut self, by: Who, method: Method, path: &str, body: &Value) -> Value {
        self.ask(Some(by), method, path, body).unwrap_or_else(|error| panic!("{path}: {error:?}"))
    }

    fn settings_path(&self, user: usize, device: usize) -> String {
        let event_type = self.dialect.settings_type(DEVICES[device]);
        format!("/user/@{}:reference.test/account_data/{event_type}", USERS[user])
    }

    /// Does a step, and has the model do the same.
    fn take(&mut self, step: &Step, model: &mut Model) {
        match *step {
            Step::Set { by, key, state, append } => {
                let mut body = pusher(key);
                body["append"] = append.into();
                if let Some(state) = state {
                    body[&self.dialect.state.key] = self.dialect.state_value(state).into();
                }
                self.ok(by, Method::POST, "/pushers/set", &body);
                model.set(by, key, state, append);
            }
            Step::SetWithLink { by, key } => {
                let mut body = pusher(key);
                body[&self.dialect.link] = DEVICES[by.1].into();
                let refused = self.ask(Some(by), Method::POST, "/pushers/set", &body);
                assert_eq!(refused.unwrap_err().0, 400);
            }
            Step::Delete { by, key } => {
                let body = json!({ "app_id": "app", "pushkey": format!("key{key}"), "kind": null });
                self.ok(by, Method::POST, "/pushers/set", &body);
                model.pushers.remove(&(by.0, key));
            }
            Step::Write { by, of, content } => {
                let content = json!({ &self.dialect.paused: content % 2 == 0, "n": content });
                let path = self.settings_path(by.0, of);
                self.ok(by, Method::PUT, &path, &content);
                model.settings.insert((by.0, of), content);
            }
            Step::WriteOfAnother { by, of } => {
                let path = self.settings_path(1 - by.0, of);
                let refused = self.ask(Some(by), Method::PUT, &path, &json!({}));
                assert_eq!(refused, Err((403, "M_FORBIDDEN".to_owned())));
            }
            Step::Sync { by } => self.sync(by),
            Step::Send { by } => {
                self.events += 1;
                let path = format!("/rooms/{}/send/m.room.message/{}", self.room, self.events);
                let sent = self.ok(by, Method::PUT, &path, &json!({ "msgtype": "m.text", "body": "hello" }));
                self.latest = Some(sent["event_id"].as_str().unwrap().to_owned());
                // Who says something has read what was said before.
                model.unread[by.0] = 0;
                model.unread[1 - by.0] += 1;
            }
            Step::Read { by } => {
                let Some(latest) = self.latest.clone() else { return };
                let path = format!("/rooms/{}/receipt/m.read/{latest}", self.room);
                self.ok(by, Method::POST, &path, &json!({}));
                model.unread[by.0] = 0;
            }
            Step::LogOut { by } => {
                self.ok(by, Method::POST, "/logout", &Value::Null);
                assert_eq!(self.ask(Some(by), Method::GET, "/pushers", &Value::Null).unwrap_err().0, 401);
                model.log_out(by);
                self.log_in(by);
            }
            Step::LogOutEverywhere { by } => {
                self.ok(by, Method::POST, "/logout/all", &Value::Null);
                for device in 0..DEVICES.len() {
                    model.log_out((by.0, device));
                    self.log_in((by.0, device));
                }
            }
        }
    }

    /// Syncs on from where the device is, and takes in what it is told.
    fn sync(&mut self, by: Who) {
        let since = self.known[&by].since.as_ref().map(|since| format!("?since={since}")).unwrap_or_default();
        let answer = self.ok(by, Method::GET, &format!("/sync{since}"), &Value::Null);
        let known = self.known.get_mut(&by).unwrap();
        known.since = Some(answer["next_batch"].as_str().unwrap().to_owned());
        for event in answer["account_data"]["events"].as_array().unwrap() {
            let event_type = event["type"].as_str().unwrap().to_owned();
            known.settings.insert(event_type, event["content"].clone());
        }
    }

    fn must_be_as(&mut self, model: &Model) {
        for (user, _) in USERS.into_iter().enumerate() {
            let listed = self.ok((user, 0), Method::GET, "/pushers", &Value::Null);
            let listed = listed["pushers"].as_array().unwrap().iter().map(|pusher| {
                let state = self.dialect.read_state(&pusher[&self.dialect.state.key]).unwrap();
                let link = pusher[&self.dialect.link].as_str().unwrap().to_owned();
                (pusher["pushkey"].as_str().unwrap().to_owned(), (state, link))
            });
            let listed: BTreeMap<_, _> = listed.collect();
            let expected = model.pushers.iter().filter(|((of, _), _)| *of == user);
            let expected = expected.map(|((_, key), (state, device))| {
                (format!("key{key}"), (*state, DEVICES[*device].to_owned()))
            });
            assert_eq!(listed, expected.collect(), "the pushers of {}", USERS[user]);
            for device in 0..DEVICES.len() {
                let path = self.settings_path(user, device);
                let read = self.ask(Some((user, 0)), Method::GET, &path, &Value::Null).ok();
                let expected = model.settings.get(&(user, device));
                assert_eq!(read.as_ref(), expected, "{path}");
            }
        }
    }

    /// What must be so in the end: what all syncs of a device together told is what there is.
    fn must_have_been_told(&mut self, model: &Model) {
        let all: Vec<Who> = self.tokens.keys().copied().collect();
        for by in all {
            self.sync(by);
            for (device, id) in DEVICES.into_iter().enumerate() {
                let event_type = self.dialect.settings_type(id);
                let told = self.known[&by].settings.get(&event_type).filter(|content| **content != json!({}));
                assert_eq!(told, model.settings.get(&(by.0, device)), "{event_type}, as told to {by:?}");
            }
            let whole = self.ok(by, Method::GET, "/sync", &Value::Null);
            let counts = &whole["rooms"]["join"][&self.room]["unread_notifications"];
            assert_eq!(counts["notification_count"], model.unread[by.0], "{whole}");
        }
    }
}

/// Does the steps on a homeserver with these defects; what is not as the model says panics.
fn live(defects: &[&str], steps: &[Step]) {
    let (mut house, mut model) = (House::new(), Model::default());
    let names: Vec<String> = defects.iter().map(ToString::to_string).collect();
    house.state.behaviour = behaviour(&names).unwrap();
    for step in steps {
        house.take(step, &mut model);
        house.must_be_as(&model);
    }
    house.must_have_been_told(&model);
}

fn sequences() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// After every request there are the pushers and settings that the requests so far make, and whoever syncs hears of
    /// all of it.
    #[test]
    fn requests_come_to_what_the_model_says(steps in sequences()) {
        live(&[], &steps);
    }
}

/// The model sees what is wrong.
#[rstest]
#[case::by_link("link-ignored")]
#[case::by_state("update-keeps-state")]
#[case::of_others("toggle-reaches-other-users")]
#[case::late("list-cached")]
#[case::left_behind("pushers-outlive-device")]
#[case::not_told("settings-emptied")]
fn a_defect_is_found(#[case] defect: &str) {
    let config =
        ProptestConfig { cases: 200, failure_persistence: None, max_shrink_iters: 0, ..Default::default() };
    let found = TestRunner::new(config).run(&sequences(), |steps| {
        live(&[defect], &steps);
        Ok(())
    });
    assert!(matches!(found, Err(TestError::Fail(..))), "{found:?}");
}
