//! Laws of the state machine, over random histories, with a clock that only its readers move.

use std::collections::BTreeMap;

use proptest::prelude::*;
use pushproof_vocabulary::{Dialect, PushState};
use serde_json::{Value, json};

use super::{Caller, RemovalPath, Scope, State};
use crate::{
    behaviour::Prune,
    ids::{DeviceId, UserId},
    source::Source,
};

/// Each look at the clock moves it by 40 s; ids count up.
#[derive(Default)]
struct Script {
    now_ms: u64,
    ids: u64,
}

impl Source for Script {
    fn now_ms(&mut self) -> u64 {
        self.now_ms += 40_000;
        self.now_ms
    }

    fn opaque(&mut self, _: usize) -> String {
        self.ids += 1;
        format!("id{}", self.ids)
    }

    fn below(&mut self, _: u64) -> u64 {
        0
    }
}

fn alice() -> (State, UserId) {
    let dialect = Dialect::named("msc3881").unwrap().clone();
    let url = url::Url::parse("http://reference.test/").unwrap();
    let mut state = State::new("reference.test".to_owned(), url, dialect, Box::<Script>::default());
    let user = state.register(Some("alice"), None).unwrap();
    (state, user)
}

fn logged_in(state: &mut State, user: &UserId, device: &str) -> Caller {
    let (device, _) = state.log_in(user, Some(device), None).unwrap();
    Caller { user: user.clone(), device }
}

#[derive(Clone, Debug)]
enum Step {
    Set { by: usize, key: usize, state: Option<PushState> },
    Delete { by: usize, key: usize },
    Leave { device: usize },
}

const DEVICES: [&str; 3] = ["PHONE", "PHONE2", "LAPTOP"];

fn step() -> impl Strategy<Value = Step> {
    let state = prop_oneof![Just(None), Just(Some(PushState::Enabled)), Just(Some(PushState::Disabled))];
    prop_oneof![
        6 => (0..3_usize, 0..3_usize, state).prop_map(|(by, key, state)| Step::Set { by, key, state }),
        1 => (0..3_usize, 0..3_usize).prop_map(|(by, key)| Step::Delete { by, key }),
        1 => (0..3_usize).prop_map(|device| Step::Leave { device }),
    ]
}

proptest! {
    /// The pushers are those that were set and not deleted and whose device is there; each has the state of its last
    /// set, enabled by default, and the link of its first.
    #[test]
    fn pushers_are_what_their_history_says(steps in prop::collection::vec(step(), 0..40)) {
        let (mut state, user) = alice();
        let dialect = state.dialect.clone();
        let callers = DEVICES.map(|device| logged_in(&mut state, &user, device));
        let mut expected: BTreeMap<String, (PushState, DeviceId)> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Set { by, key, state: asked } => {
                    let mut body = json!({
                        "app_id": "app", "pushkey": format!("key{key}"), "kind": "http",
                        "app_display_name": "App", "device_display_name": "Device", "lang": "en",
                        "data": { "url": "http://127.0.0.1:9/_matrix/push/v1/notify" },
                    });
                    if let Some(asked) = asked {
                        body[&dialect.state.key] = dialect.state_value(asked).into();
                    }
                    state.set_pusher(&callers[by], body.as_object().unwrap()).unwrap();
                    let pusher = expected.entry(format!("key{key}"));
                    let pusher = pusher.or_insert_with(|| (PushState::Enabled, callers[by].device.clone()));
                    pusher.0 = asked.unwrap_or(PushState::Enabled);
                }
                Step::Delete { by, key } => {
                    let body = json!({ "app_id": "app", "pushkey": format!("key{key}"), "kind": null });
                    state.set_pusher(&callers[by], body.as_object().unwrap()).unwrap();
                    expected.remove(&format!("key{key}"));
                }
                Step::Leave { device } => {
                    state.remove_devices(&callers[device], &[callers[device].device.clone()], RemovalPath::Logout);
                    expected.retain(|_, (_, owner)| *owner != callers[device].device);
                    logged_in(&mut state, &user, DEVICES[device]);
                }
            }
        }
        let listed: BTreeMap<String, (PushState, DeviceId)> = state
            .list_pushers(&callers[0])
            .into_iter()
            .map(|pusher| {
                let state = dialect.read_state(&pusher[&dialect.state.key]).unwrap();
                let link = DeviceId::from(pusher[&dialect.link].as_str().unwrap());
                (pusher["pushkey"].as_str().unwrap().to_owned(), (state, link))
            })
            .collect();
        prop_assert_eq!(listed, expected);
    }
}

#[test]
fn a_late_pruning_happens_when_its_time_has_come() {
    let (mut state, user) = alice();
    state.behaviour.removal.prune.logout = Prune::GoneLate;
    let phone = logged_in(&mut state, &user, "PHONE");
    let laptop = logged_in(&mut state, &user, "LAPTOP");
    let event_type = state.dialect.settings_type("PHONE");
    let content = json!({ "x": 1 }).as_object().unwrap().clone();
    state.write_account_data(&phone, user.as_str(), Scope::Global, &event_type, content).unwrap();
    state.remove_devices(&phone, std::slice::from_ref(&phone.device), RemovalPath::Logout);
    let read = |state: &State| -> Option<Value> {
        state.read_account_data(&laptop, user.as_str(), Scope::Global, &event_type).ok()
    };
    // Each look at the clock moves it by 40 s, and the event goes after 60 s.
    state.prune_what_is_due();
    assert_eq!(read(&state), Some(json!({ "x": 1 })));
    state.prune_what_is_due();
    assert_eq!(read(&state), None);
}
