//! Where a driver's client is examined: its user, somebody else, and what the user has beside the client.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use pushproof_record::Redactor;
use pushproof_vocabulary::{Dialect, driver::Those};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    account::{Account, Accounts, Registration},
    http::{Authorities, Call, Caller, Http, Way},
    login::Login,
    steps::{device_of, encode},
    trace::Trace,
    world::Device,
};

/// A room in which somebody else sends something to the client's user.
pub(super) struct Room {
    http: Http,
    redactor: Arc<Redactor>,
    pub owner: Account,
    sender: Account,
    pub id: String,
}

impl Room {
    pub(super) async fn made(
        homeserver: &Url,
        redactor: &Arc<Redactor>,
        epoch: Instant,
        cancel: &CancellationToken,
    ) -> Result<Self, String> {
        let (events, _) = tokio::sync::mpsc::unbounded_channel();
        let patience = Duration::from_secs(10);
        let http = Http::new(
            Way::new(homeserver.clone().into(), &Authorities::default())
                .map_err(|error| error.to_string())?,
            epoch,
            Arc::clone(redactor),
            patience,
            patience,
            events,
            cancel.clone(),
        )
        .map_err(|error| error.to_string())?;
        let accounts = Accounts::new(Registration::Open, "doctor".to_owned(), Arc::clone(redactor));
        let trace = Trace::default();
        let made =
            accounts.take(&http, &trace, &["client", "sender"]).await.map_err(|error| error.to_string())?;
        let [owner, sender] =
            <[Account; 2]>::try_from(made).map_err(|_| "two accounts were asked for".to_owned())?;
        let redactor = Arc::clone(redactor);
        let mut room = Self { http, redactor, owner, sender, id: String::new() };
        let body = json!({ "preset": "private_chat", "invite": [room.owner.user_id] });
        let made = room.post(&room.sender, "/createRoom", body).await?;
        room.id = made["room_id"].as_str().unwrap_or_default().to_owned();
        let join = format!("/join/{}", encode(&room.id));
        room.post(&room.owner, &join, json!({})).await?;
        Ok(room)
    }

    pub(super) async fn send(&self) -> Result<String, String> {
        let path = format!("/rooms/{}/send/m.room.message/examined", encode(&self.id));
        let body = json!({ "msgtype": "m.text", "body": "Can you see this?" });
        let sent = self.request(&self.sender, Call::put(path, body)).await?;
        Ok(sent["event_id"].as_str().unwrap_or_default().to_owned())
    }

    /// Logs the client's user in on a further device; its id. There it is made one of these.
    pub(super) async fn device(&self, those: Those, dialect: &Dialect) -> Result<String, String> {
        let Account { user_id, password, .. } = &self.owner;
        let login = Login { name: those.name(), user: user_id, password, device_id: None };
        let answer = login.make(&self.http, &Trace::default(), &self.redactor).await;
        let Device { id, token, .. } = answer
            .map_err(|error| error.to_string())
            .and_then(|answer| device_of(&answer).map_err(|missed| missed.message))?;
        let caller = Caller { token: token.unwrap_or_default(), name: "doctor".to_owned() };
        let furnish = match those {
            Those::DevicesWithAPusher => Call::post("/pushers/set", pusher(&id)),
            Those::PusherlessDevices => {
                let path =
                    format!("/user/{}/account_data/{}", encode(user_id), encode(&dialect.settings_type(&id)));
                Call::put(path, json!({ (&dialect.paused): false }))
            }
            _ => return Ok(id),
        };
        self.request_by(caller, furnish).await.map(|_| id)
    }

    async fn post(&self, by: &Account, path: &str, body: Value) -> Result<Value, String> {
        self.request(by, Call::post(path, body)).await
    }

    async fn request(&self, by: &Account, call: Call) -> Result<Value, String> {
        self.request_by(Caller { token: by.token.clone(), name: "doctor".to_owned() }, call).await
    }

    async fn request_by(&self, caller: Caller, call: Call) -> Result<Value, String> {
        let path = call.path.clone();
        let answer =
            self.http.send(&Trace::default(), &call.by(caller)).await.map_err(|error| error.to_string())?;
        match answer.json {
            Some(ref body) if answer.is_success() => Ok(body.clone()),
            _ => Err(format!("{path} was answered {}", answer.brief())),
        }
    }
}

/// A pusher whose push gateway is nowhere: nothing is sent while it is there.
fn pusher(device_id: &str) -> Value {
    json!({
        "app_id": "org.pushproof.doctor",
        "pushkey": format!("doctor-{device_id}"),
        "kind": "http",
        "app_display_name": "pushproof",
        "device_display_name": "doctor",
        "lang": "en",
        "data": { "url": "http://127.0.0.1:9/_matrix/push/v1/notify" },
    })
}
