//! A client for tests: a homeserver, and users with devices that ask it.

use pushproof_homeserver::{Homeserver, Options};
use pushproof_vocabulary::Dialect;
use reqwest::{Client, Method};
use serde_json::{Value, json};

/// A status and a JSON body.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    /// The body of a success.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    /// Status and error code of a Matrix error.
    #[track_caller]
    pub(crate) fn error(&self) -> (u16, &str) {
        assert!(self.body["error"].is_string(), "no Matrix error: {} {}", self.status, self.body);
        (self.status, self.body["errcode"].as_str().expect("a Matrix error has an errcode"))
    }
}

pub(crate) struct Server {
    pub(crate) homeserver: Homeserver,
    pub(crate) dialect: Dialect,
    pub(crate) http: Client,
}

impl Server {
    pub(crate) async fn healthy() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn defective(defect: &str) -> Self {
        Self::with(Options { defects: vec![defect.to_owned()], ..Options::default() }).await
    }

    pub(crate) async fn speaking(dialect: &str) -> Self {
        let dialect = Dialect::named(dialect).unwrap().clone();
        Self::with(Options { dialect, ..Options::default() }).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().no_proxy().build().unwrap();
        let dialect = options.dialect.clone();
        Self { homeserver: Homeserver::start_with(options).await.unwrap(), dialect, http }
    }

    /// Sends a request; `path` is below `/_matrix/client/v3` unless it says otherwise.
    pub(crate) async fn ask(
        &self,
        token: Option<&str>,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Answer {
        let path =
            if path.starts_with("/_matrix") { path.to_owned() } else { format!("/_matrix/client/v3{path}") };
        let mut request = self.http.request(method, format!("{}{}", self.homeserver.url(), &path[1..]));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {status} {text}"));
        Answer { status, body }
    }

    /// Registers a user and gives their first device.
    pub(crate) async fn register(&self, name: &str, device: &str) -> Device<'_> {
        let body = json!({
            "username": name, "password": format!("{name}'s password"), "device_id": device,
            "auth": { "type": "m.login.dummy" },
        });
        let answer = self.ask(None, Method::POST, "/register", Some(&body)).await.ok();
        self.device(&answer)
    }

    /// Logs in another device of a user.
    pub(crate) async fn log_in(&self, name: &str, device: &str) -> Device<'_> {
        let body = json!({
            "type": "m.login.password", "identifier": { "type": "m.id.user", "user": name },
            "password": format!("{name}'s password"), "device_id": device,
        });
        let answer = self.ask(None, Method::POST, "/login", Some(&body)).await.ok();
        self.device(&answer)
    }

    fn device(&self, answer: &Value) -> Device<'_> {
        let text = |name: &str| answer[name].as_str().unwrap().to_owned();
        Device { server: self, user: text("user_id"), id: text("device_id"), token: text("access_token") }
    }
}

pub(crate) struct Device<'a> {
    pub(crate) server: &'a Server,
    pub(crate) user: String,
    pub(crate) id: String,
    pub(crate) token: String,
}

impl Device<'_> {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.server.ask(Some(&self.token), Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.server.ask(Some(&self.token), Method::POST, path, Some(&body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.server.ask(Some(&self.token), Method::PUT, path, Some(&body)).await
    }

    pub(crate) async fn delete(&self, path: &str, body: Value) -> Answer {
        self.server.ask(Some(&self.token), Method::DELETE, path, Some(&body)).await
    }

    /// The user's pushers.
    pub(crate) async fn pushers(&self) -> Vec<Value> {
        self.get("/pushers").await.ok()["pushers"].as_array().unwrap().clone()
    }

    /// Asks for something that wants the password: without it first, then with it and the session.
    pub(crate) async fn with_password(&self, method: Method, path: &str, mut body: Value) -> Answer {
        let challenge = self.server.ask(Some(&self.token), method.clone(), path, Some(&body)).await;
        assert_eq!(challenge.status, 401, "{}", challenge.body);
        let name = self.user[1..].split(':').next().unwrap();
        body["auth"] = json!({
            "type": "m.login.password", "session": challenge.body["session"],
            "identifier": { "type": "m.id.user", "user": self.user }, "password": format!("{name}'s password"),
        });
        self.server.ask(Some(&self.token), method, path, Some(&body)).await
    }
}

/// A set of an http pusher with all fields but the state.
pub(crate) fn pusher(pushkey: &str) -> Value {
    pusher_to(pushkey, "http://127.0.0.1:9/_matrix/push/v1/notify")
}

/// As [`pusher`], with the gateway's URL.
pub(crate) fn pusher_to(pushkey: &str, url: &str) -> Value {
    json!({
        "app_id": "org.example.app", "pushkey": pushkey, "kind": "http", "app_display_name": "App",
        "device_display_name": "Phone", "lang": "en", "profile_tag": "tag",
        "data": { "url": url, "brand": "example" },
    })
}

/// A body with one field more.
pub(crate) fn with(mut body: Value, key: &str, value: impl Into<Value>) -> Value {
    body[key] = value.into();
    body
}

/// A path segment, percent-encoded.
pub(crate) fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

impl Device<'_> {
    /// Makes a room and invites these users.
    pub(crate) async fn create_room(&self, mut body: Value, invited: &[&Device<'_>]) -> String {
        body["invite"] = invited.iter().map(|device| device.user.clone()).collect();
        self.post("/createRoom", body).await.ok()["room_id"].as_str().unwrap().to_owned()
    }

    /// Makes a room and has these users join it.
    pub(crate) async fn share_room(&self, others: &[&Device<'_>]) -> String {
        let room = self.create_room(json!({ "preset": "private_chat" }), others).await;
        for other in others {
            other.post(&format!("/join/{}", encoded(&room)), json!({})).await.ok();
        }
        room
    }

    /// Sends a text and gives its event id.
    pub(crate) async fn say(&self, room: &str, text: &str) -> String {
        self.send(room, "m.room.message", json!({ "msgtype": "m.text", "body": text })).await
    }

    /// Sends an event and gives its id.
    pub(crate) async fn send(&self, room: &str, event_type: &str, content: Value) -> String {
        let transaction = format!("{event_type}{content}");
        let path = format!("/rooms/{}/send/{event_type}/{}", encoded(room), encoded(&transaction));
        self.put(&path, content).await.ok()["event_id"].as_str().unwrap().to_owned()
    }

    /// Marks a room as read up to an event.
    pub(crate) async fn read(&self, room: &str, event: &str) {
        let path = format!("/rooms/{}/receipt/m.read/{}", encoded(room), encoded(event));
        self.post(&path, json!({})).await.ok();
    }

    /// A sync from a token, or an initial one.
    pub(crate) async fn sync(&self, since: Option<&str>) -> Value {
        let since = since.map(|since| format!("?since={since}")).unwrap_or_default();
        self.get(&format!("/sync{since}")).await.ok()
    }

    /// The path of a user's global account data.
    pub(crate) fn account_data(&self, event_type: &str) -> String {
        format!("/user/{}/account_data/{}", encoded(&self.user), encoded(event_type))
    }

    /// The path of the settings event of a device of this user.
    pub(crate) fn settings(&self, device: &str) -> String {
        self.account_data(&self.server.dialect.settings_type(device))
    }
}
