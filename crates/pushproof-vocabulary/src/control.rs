//! The control messages of the reference homeserver: JSON over HTTP on its inspection port. They are the only way in
//! which a runner steers the reference, so that it links none of it.
//!
//! - `POST /control` takes one [`Control`] and answers `{}` or an [`Refusal`] with status 400.
//! - `GET /journal?since=N` answers a [`Journal`], from entry number `N` on.
//! - `GET /state` answers a [`ServerState`].
//! - `GET /synced?user_id=U&device_id=D` answers `{"synced": bool}`: whether the device has come so far that there is
//!   nothing to tell it.
//! - `GET /` answers a page that shows people journal and state.
//!
//! `POST /control` takes `application/json` with the port's [`Token`] as `Authorization: Bearer`; where the server says so,
//! the others ask for the token as well. Requests whose `Host` is not the port's own, and those of other origins, are
//! refused: a page from elsewhere must not reach the port through somebody's browser.
//!
//! A control message is an object with one field, its name: `{"set_legacy": true}`, `{"set_defects": ["link-ignored"]}`,
//! `{"restart": {}}`.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Dialect, PushState};

/// What the reference homeserver can be told to do while it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// Speak this dialect from now on.
    SetDialect(Dialect),
    /// Act as a server from before the proposal (`true`), or implement it again.
    SetLegacy(bool),
    /// Replace the defects in force by these, by name; an empty list makes it healthy.
    SetDefects(Vec<String>),
    /// Drop every connection, deliver what was in flight no more, and come back on the same address with what a real
    /// server keeps over a restart.
    Restart {},
    /// Answer no `/sync` of a device until it is released: what happens meanwhile comes in one answer.
    HoldSync(Hold),
    /// Hold the settings events that a device writes back before they are applied, until they are released.
    HoldWrites(Hold),
    /// Break the connection in the middle of the next `/sync` answer that has news for a device.
    CutSync(Device),
    /// Take a device's access token for no longer valid, until the device logs in again.
    ExpireToken(Device),
    /// Put these events into the next `/sync` answer of a device, just as they are.
    AddToSync {
        /// The user.
        user_id: String,
        /// The device.
        device_id: String,
        /// Global account data.
        #[serde(default)]
        account_data: Vec<Value>,
        /// Timeline events by room.
        #[serde(default)]
        rooms: BTreeMap<String, Vec<Value>>,
    },
    /// Answer when no request, push delivery or mail is under way, or refuse after this many milliseconds.
    WaitIdle {
        /// How long to wait, in milliseconds.
        deadline_ms: u64,
    },
}

/// A device that something is done to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The user.
    pub user_id: String,
    /// The device.
    pub device_id: String,
}

/// Whether something is held back of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The user.
    pub user_id: String,
    /// The device.
    pub device_id: String,
    /// Whether it is held back from now on; otherwise it is released.
    pub held: bool,
}

/// The secret that whoever steers the reference homeserver has to know. It is not shown by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A token has so many characters at least.
    pub const LEAST: usize = 16;

    /// A token that was agreed on; `None` where it is too short to be one, or has characters that a bearer token has not
    /// ([RFC 6750](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)): letters, digits and `-._~+/=`.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Option<Self> {
        let secret = secret.into();
        let fits = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
        (secret.len() >= Self::LEAST && secret.chars().all(fits)).then_some(Self(secret))
    }

    /// The secret itself.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Why a control message was not obeyed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The reason, for a person.
    pub error: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.error)
    }
}

impl std::error::Error for Refusal {}

/// What the reference homeserver saw, from a point on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Journal {
    /// The entries, oldest first.
    pub entries: Vec<JournalEntry>,
    /// The `since` that continues after these entries.
    pub next: u64,
    /// How many entries before the first one were dropped because the journal is bounded.
    pub dropped: u64,
}

/// One thing that the reference homeserver saw or did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// The number of the entry; entries are numbered without gaps.
    pub seq: u64,
    /// Milliseconds since the server started.
    pub at_ms: u64,
    /// What happened.
    pub what: Happening,
}

/// What a [`JournalEntry`] tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// A request was answered. Access tokens and passwords are left out.
    Request {
        /// The HTTP method.
        method: String,
        /// The path as it arrived, still percent-encoded, without the query.
        path: String,
        /// The query as it arrived, without an access token.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        query: Option<String>,
        /// Who asked, when the request carried a valid token.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user_id: Option<String>,
        /// The device that asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device_id: Option<String>,
        /// The request body, when it was JSON.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        body: Value,
        /// The status of the answer.
        status: u16,
        /// The body of the answer; left out where the answer was cut off, since no part of it is JSON.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        answer: Value,
        /// Whether the connection was broken in the middle of the answer: status and headers went out, nothing of its
        /// content arrived.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        cut_off: bool,
    },
    /// A `/sync` was asked for. What its `since` names has arrived at the device; the answer has an entry of its own.
    SyncBegun {
        /// Who asks.
        user_id: String,
        /// The device that asks.
        device_id: String,
        /// How far it has come; absent for an initial sync.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<String>,
    },
    /// A settings event that a device writes is held back from now on. It has an entry as a request once it is released.
    WriteHeld {
        /// Who writes.
        user_id: String,
        /// The device that writes.
        device_id: String,
        /// The path, still percent-encoded.
        path: String,
    },
    /// A delivery was attempted, to a push gateway or by mail.
    Delivery {
        /// The application of the pusher.
        app_id: String,
        /// The key of the pusher.
        pushkey: String,
        /// The event told of; absent for counts only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event_id: Option<String>,
        /// The status of the gateway or the relay; absent when it did not answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
    },
    /// A mail was handed to the relay: one that tells of an event, which is a delivery as well, or one that asks to
    /// validate an address. Its text is left out, since it may carry a secret.
    Mail {
        /// The address.
        to: String,
        /// The subject.
        subject: String,
        /// 250 when the relay took it; absent when it did not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
    },
    /// An event came for a pusher that is disabled, and so is to be kept silent.
    Silence {
        /// The application of the pusher.
        app_id: String,
        /// The key of the pusher.
        pushkey: String,
        /// The event not told of; absent for counts only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event_id: Option<String>,
    },
}

/// What the reference homeserver remembers, in short. Without tokens and passwords.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerState {
    /// What its clock says, in milliseconds since the Unix epoch.
    pub now_ms: u64,
    /// How far its one order of events has come.
    pub position: u64,
    /// Its users, by user id.
    pub users: BTreeMap<String, UserState>,
}

/// What belongs to a user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserState {
    /// The devices, by device id.
    pub devices: BTreeMap<String, DeviceState>,
    /// The pushers.
    pub pushers: Vec<PusherState>,
    /// The content of the settings events, by the device that they are for.
    pub settings_events: BTreeMap<String, Value>,
}

/// One device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceState {
    /// The name that its user gave it.
    pub display_name: Option<String>,
}

/// One pusher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PusherState {
    /// The application.
    pub app_id: String,
    /// The push key; the address of an email pusher.
    pub pushkey: String,
    /// `http` or `email`.
    pub kind: String,
    /// The device's name, as the pusher has it.
    pub device_display_name: String,
    /// Whether it notifies.
    pub state: PushState,
    /// The device that it is linked to.
    pub device: String,
}
