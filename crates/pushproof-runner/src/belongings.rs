//! What the run has on the subject at the moment: accounts, devices, pushers, rooms, account data. It is noted from the
//! answers themselves, before whoever asked is told, so that whatever is interrupted is known and can be removed.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard},
};

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::http::Call;

/// All of it, by user id.
#[derive(Debug, Default)]
pub(crate) struct Belongings(Mutex<Book>);

#[derive(Debug, Default)]
struct Book {
    users: BTreeMap<String, Belonging>,
    /// Whose token that is, and of which device.
    tokens: HashMap<String, (String, String)>,
    /// The names of accounts whose registration was asked for and not answered.
    registering: Vec<String>,
}

/// What one user has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Belonging {
    /// The tokens of the devices, by their ids.
    pub devices: BTreeMap<String, String>,
    /// App ids and push keys of the pushers, and the devices that set them.
    pub pushers: BTreeMap<(String, String), String>,
    /// The rooms that the user is in, by id or by the alias that was joined.
    pub rooms: BTreeSet<String>,
    /// The types of the account data that was written, that of removed devices too.
    pub account_data: BTreeSet<String>,
    /// Whether mail addresses may have been added.
    pub addresses: bool,
}

/// Notes what a request does, once it is answered.
#[derive(Debug)]
pub(crate) struct Noting {
    belongings: Arc<Belongings>,
    call: Call,
}

impl Belongings {
    /// A request is about to be sent.
    pub(crate) fn begin(self: &Arc<Self>, call: &Call) -> Noting {
        if let Some(name) = registered_name(call) {
            self.book().registering.push(name.to_owned());
        }
        let by = call.caller.as_ref();
        let mut book = self.book();
        let user = by.and_then(|caller| book.tokens.get(&caller.token)).map(|(user, _)| user.clone());
        // The answer may be lost, and what it stood for be there.
        if let Some(user) = user.filter(|_| call.path.ends_with("/account/3pid/add")) {
            book.users.entry(user).or_default().addresses = true;
        }
        drop(book);
        Noting { belongings: Arc::clone(self), call: call.clone() }
    }

    /// A login of before the run.
    pub(crate) fn adopt(&self, user_id: &str, device_id: &str, token: &str) {
        self.book().log_in(user_id, device_id, token);
    }

    /// What a user has.
    #[must_use]
    pub(crate) fn of(&self, user_id: &str) -> Belonging {
        self.book().users.get(user_id).cloned().unwrap_or_default()
    }

    /// Everybody who has anything, and what.
    #[must_use]
    pub(crate) fn all(&self) -> BTreeMap<String, Belonging> {
        let mut all = self.book().users.clone();
        all.retain(|_, belonging| *belonging != Belonging::default());
        all
    }

    /// The accounts that may have been made without anybody having been told.
    #[must_use]
    pub(crate) fn perhaps(&self) -> Vec<String> {
        self.book().registering.clone()
    }

    /// Nothing of a user is there any more, or what is was told of.
    pub(crate) fn forget(&self, user_id: &str) {
        self.book().users.remove(user_id);
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().expect("no holder of this lock panics")
    }
}

impl Noting {
    /// The request was answered.
    pub(crate) fn answered(self, status: u16, body: Option<&Value>) {
        let mut book = self.belongings.book();
        if let Some(name) = registered_name(&self.call) {
            // Whatever was answered, more is known now.
            if let Some(at) = book.registering.iter().position(|known| known == name) {
                book.registering.swap_remove(at);
            }
        }
        if (200..300).contains(&status) {
            book.note(&self.call, body.unwrap_or(&Value::Null));
        }
    }
}

/// The name that a request would register.
fn registered_name(call: &Call) -> Option<&str> {
    let registers = call.method == http::Method::POST && call.path.ends_with("/register");
    call.body.as_ref().filter(|_| registers)?.get("username")?.as_str()
}

/// The parts of a path, decoded.
fn parts(path: &str) -> Vec<String> {
    path.split('/').map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned()).collect()
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

impl Book {
    fn log_in(&mut self, user_id: &str, device_id: &str, token: &str) {
        let user = self.users.entry(user_id.to_owned()).or_default();
        user.devices.insert(device_id.to_owned(), token.to_owned());
        self.tokens.insert(token.to_owned(), (user_id.to_owned(), device_id.to_owned()));
    }

    fn note(&mut self, call: &Call, answer: &Value) {
        let parts = parts(&call.path);
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        if let [.., "register" | "login"] = parts[..]
            && let (Some(user_id), Some(device_id), Some(token)) =
                (text(answer, "user_id"), text(answer, "device_id"), text(answer, "access_token"))
        {
            return self.log_in(user_id, device_id, token);
        }
        let token = call.caller.as_ref().map(|caller| &caller.token);
        let Some((user_id, device_id)) = token.and_then(|token| self.tokens.get(token)).cloned() else {
            return;
        };
        let body = call.body.as_ref().unwrap_or(&Value::Null);
        if let ("PUT" | "DELETE", [.., "user", named, "account_data", event_type]) =
            (call.method.as_str(), &parts[..])
        {
            let is_empty = call.method == http::Method::DELETE || *body == json!({});
            self.write(&user_id, event_type, is_empty);
            // Some servers do not look at whose data is meant; others may write somebody else's.
            if self.users.contains_key(*named) {
                self.write(named, event_type, is_empty);
            }
            return;
        }
        let Some(user) = self.users.get_mut(&user_id) else { return };
        match (call.method.as_str(), &parts[..]) {
            ("POST", [.., "logout"]) => user.remove_device(&device_id),
            ("POST", [.., "logout", "all"]) => {
                user.devices.clear();
                user.pushers.clear();
            }
            ("DELETE", [.., "devices", removed]) => user.remove_device(removed),
            ("POST", [.., "delete_devices"]) => {
                let removed = body.get("devices").and_then(Value::as_array).into_iter().flatten();
                removed.filter_map(Value::as_str).for_each(|removed| user.remove_device(removed));
            }
            ("POST", [.., "pushers", "set"]) => {
                let word = |key| text(body, key).unwrap_or_default().to_owned();
                let key = (word("app_id"), word("pushkey"));
                if body.get("kind").is_some_and(Value::is_null) {
                    user.pushers.remove(&key);
                } else {
                    user.pushers.insert(key, device_id);
                }
            }
            ("POST", [.., "createRoom"] | [.., "join", _] | [.., "rooms", _, "join"]) => {
                user.rooms.extend(text(answer, "room_id").map(str::to_owned));
            }
            ("POST", [.., "rooms", room, "leave"]) => drop(user.rooms.remove(*room)),
            ("POST", [.., "account", "deactivate"]) => drop(self.users.remove(&user_id)),
            _ => {}
        }
    }

    fn write(&mut self, user_id: &str, event_type: &str, is_empty: bool) {
        let Some(user) = self.users.get_mut(user_id) else { return };
        if is_empty {
            user.account_data.remove(event_type);
        } else {
            user.account_data.insert(event_type.to_owned());
        }
    }
}

impl Belonging {
    fn remove_device(&mut self, device_id: &str) {
        self.devices.remove(device_id);
        self.pushers.retain(|_, setter| setter != device_id);
    }
}

#[cfg(test)]
#[expect(clippy::needless_pass_by_value, reason = "what is made for a call is read best where it is passed")]
mod tests {
    use super::*;
    use crate::http::Caller;

    struct Subject(Arc<Belongings>);

    impl Subject {
        fn with_alice() -> Self {
            let subject = Self(Arc::default());
            let registered =
                json!({ "user_id": "@alice:hs", "device_id": "PHONE", "access_token": "secret" });
            subject.ask(Call::post("/register", json!({ "username": "alice" })), 200, registered);
            subject
        }

        fn ask(&self, call: Call, status: u16, answer: Value) {
            self.0.begin(&call).answered(status, Some(&answer));
        }

        fn asks(&self, call: Call) {
            let caller = Caller { token: "secret".to_owned(), name: "alice".to_owned() };
            self.ask(call.by(caller), 200, json!({ "room_id": "!room:hs" }));
        }

        fn alice(&self) -> Belonging {
            self.0.of("@alice:hs")
        }
    }

    fn pusher(kind: Value) -> Call {
        Call::post("/pushers/set", json!({ "kind": kind, "app_id": "app", "pushkey": "key" }))
    }

    #[test]
    fn what_is_made_is_known_and_what_is_removed_is_not() {
        let subject = Subject::with_alice();
        let data = "/user/%40alice%3Ahs/account_data/org.example.PHONE";
        subject.asks(Call::post("/createRoom", json!({})));
        subject.asks(pusher(json!("http")));
        subject.asks(Call::put(data, json!({ "paused": true })));
        let alice = subject.alice();
        assert!(alice.rooms.contains("!room:hs") && alice.pushers.len() == 1);
        assert!(alice.account_data.contains("org.example.PHONE"));

        subject.asks(Call::post("/rooms/%21room%3Ahs/leave", json!({})));
        subject.asks(pusher(json!(null)));
        subject.asks(Call::put(data, json!({})));
        let rest = Belonging {
            devices: BTreeMap::from([("PHONE".to_owned(), "secret".to_owned())]),
            ..Belonging::default()
        };
        assert_eq!(subject.alice(), rest);
        subject.asks(Call::post("/logout/all", json!({})));
        assert!(subject.0.all().is_empty());
    }

    #[test]
    fn account_data_of_a_removed_device_stays() {
        let subject = Subject::with_alice();
        subject.asks(pusher(json!("http")));
        subject.asks(Call::put("/user/@alice:hs/account_data/org.example.PHONE", json!({ "paused": true })));
        subject.asks(Call::new(http::Method::DELETE, "/devices/PHONE"));
        let alice = subject.alice();
        assert!(alice.devices.is_empty() && alice.pushers.is_empty(), "{alice:?}");
        assert_eq!(alice.account_data.len(), 1);
    }

    #[test]
    fn what_is_written_for_another_may_be_ones_own() {
        let subject = Subject::with_alice();
        subject.asks(Call::put("/user/@bob:hs/account_data/org.example.X", json!({ "paused": true })));
        assert!(subject.alice().account_data.contains("org.example.X"));
    }

    #[test]
    fn refusals_make_nothing() {
        let subject = Subject::with_alice();
        let caller = Caller { token: "secret".to_owned(), name: "alice".to_owned() };
        subject.ask(pusher(json!("http")).by(caller), 400, json!({}));
        assert!(subject.alice().pushers.is_empty());
    }

    #[test]
    fn a_registration_without_an_answer_may_have_made_an_account() {
        let subject = Subject::with_alice();
        let lost = subject.0.begin(&Call::post("/register", json!({ "username": "bob" })));
        assert_eq!(subject.0.perhaps(), ["bob"]);
        lost.answered(401, None);
        assert!(subject.0.perhaps().is_empty());
    }

    #[test]
    fn strangers_have_nothing() {
        let subject = Subject(Arc::default());
        subject.asks(pusher(json!("http")));
        subject.ask(Call::post("/login", json!({})), 200, json!([]));
        assert!(subject.0.all().is_empty());
    }
}
