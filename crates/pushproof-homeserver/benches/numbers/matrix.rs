//! What a Matrix client asks.

use pushproof_vocabulary::Dialect;
use serde_json::{Value, json};
use url::Url;

use crate::load::{Connection, Exchange};

/// Nobody listens there: what is set is never sent.
pub(crate) const NO_GATEWAY: &str = "http://127.0.0.1:9/_matrix/push/v1/notify";

/// A device that is logged in.
pub(crate) struct Login {
    pub(crate) user: String,
    pub(crate) device: String,
    pub(crate) token: String,
}

impl Login {
    fn new(answer: &Value) -> Self {
        let text = |name: &str| answer[name].as_str().unwrap().to_owned();
        Self { user: text("user_id"), device: text("device_id"), token: text("access_token") }
    }

    /// Makes an account, and its first device.
    pub(crate) async fn register(connection: &mut Connection, name: &str) -> Self {
        let body =
            json!({ "username": name, "password": "secret 1234", "auth": { "type": "m.login.dummy" } });
        let exchange = Exchange::post("/_matrix/client/v3/register", "", &body.to_string());
        Self::new(&connection.ask(&exchange).await)
    }

    /// One more device of an account.
    pub(crate) async fn another(connection: &mut Connection, name: &str) -> Self {
        let body = json!({
            "type": "m.login.password", "identifier": { "type": "m.id.user", "user": name },
            "password": "secret 1234",
        });
        Self::new(&connection.ask(&Exchange::post("/_matrix/client/v3/login", "", &body.to_string())).await)
    }

    pub(crate) fn get_pushers(&self) -> Exchange {
        Exchange::get("/_matrix/client/v3/pushers", &self.token)
    }

    pub(crate) fn set_pusher(&self, pushkey: &str, gateway: &str) -> Exchange {
        Exchange::post("/_matrix/client/v3/pushers/set", &self.token, &pusher(pushkey, gateway))
    }

    pub(crate) fn put_settings(&self) -> Exchange {
        let paused = &Dialect::stable().paused;
        Exchange::put(&self.settings(), &self.token, &format!("{{\"{paused}\":true}}"))
    }

    pub(crate) fn get_settings(&self) -> Exchange {
        Exchange::get(&self.settings(), &self.token)
    }

    fn settings(&self) -> String {
        let (user, settings) = (&self.user, Dialect::stable().settings_type(&self.device));
        format!("/_matrix/client/v3/user/{user}/account_data/{settings}")
    }

    /// The first sync, or one that waits for what comes after `since`.
    pub(crate) fn sync(&self, since: Option<&str>) -> Exchange {
        let query = since.map(|since| format!("?timeout=300000&since={since}")).unwrap_or_default();
        Exchange::get(&format!("/_matrix/client/v3/sync{query}"), &self.token)
    }

    pub(crate) fn send(&self, room: &str, transaction: usize) -> Exchange {
        let path = format!("/_matrix/client/v3/rooms/{room}/send/m.room.message/{transaction}");
        Exchange::put(&path, &self.token, r#"{"msgtype":"m.text","body":"hello"}"#)
    }
}

/// A pusher as a client sets it. Put together by hand: the load must cost little.
pub(crate) fn pusher(pushkey: &str, gateway: &str) -> String {
    format!(
        r#"{{"app_id":"org.example.app","pushkey":"{pushkey}","kind":"http","app_display_name":"An App","device_display_name":"A phone","lang":"en","append":true,"data":{{"url":"{gateway}"}}}}"#
    )
}

/// A room with both of them in it.
pub(crate) async fn shared_room(url: &Url, alice: &Login, bob: &Login) -> String {
    let mut connection = Connection::open(url).await;
    let invite = json!({ "invite": [alice.user] }).to_string();
    let room = connection.ask(&Exchange::post("/_matrix/client/v3/createRoom", &bob.token, &invite)).await;
    let room = room["room_id"].as_str().unwrap().to_owned();
    let join = format!("/_matrix/client/v3/join/{room}");
    connection.ask(&Exchange::post(&join, &alice.token, "{}")).await;
    room
}
