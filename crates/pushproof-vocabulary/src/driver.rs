//! The messages between the suite and the driver of a client: JSON-RPC 2.0, one message a line, UTF-8, over the driver's
//! stdin and stdout. `ci/clients/README.md` explains the protocol to those who write a driver;
//! `fixtures/schemas/driver.json` is made of these types.
//!
//! Fields that a reader does not know are ignored.

mod declared;

use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub use self::declared::{Capabilities, Effect, Effects, Initialized, Kind, Lack, Those};
use crate::{Dialect, PushState};

/// The version of the protocol.
pub const PROTOCOL: u32 = 1;

/// What JSON-RPC and the protocol answer where there is no result.
pub mod code {
    /// The message is no JSON.
    pub const PARSE_ERROR: i64 = -32700;
    /// The message is no request.
    pub const INVALID_REQUEST: i64 = -32600;
    /// The driver does not know the method, or its client cannot do what it asks for. It says so beforehand, by a
    /// capability or in [`lacks`](super::Initialized::lacks).
    pub const METHOD_NOT_FOUND: i64 = -32601;
    /// The parameters are wrong, or the version of the protocol is unknown.
    pub const INVALID_PARAMS: i64 = -32602;
    /// The client refused, or failed.
    pub const FAILED: i64 = -32000;
}

/// A method that the suite calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Takes [`Initialize`], answers [`Initialized`]; the first call of all.
    Initialize,
    /// Takes [`Start`], answers `{}` when the first sync is done. Notifications are on, the client is unfocused, no
    /// room is open.
    Start,
    /// Takes [`Settle`], answers `{}` when the client has processed the event and all that it does about it is done.
    Settle,
    /// Takes [`AskNotifications`], answers [`Notifications`].
    Notifications,
    /// Takes nothing, answers [`ListedPushers`].
    ListPushers,
    /// Takes nothing, answers [`ListedDevices`].
    ListDevices,
    /// Takes [`SetPush`], answers `{}` when the homeserver has taken it, or an error if the client refuses.
    SetPush,
    /// Takes nothing, answers `{}`. A later start is a restart with the same store.
    Stop,
}

impl Method {
    /// All of them, in the order in which they are explained.
    pub const ALL: [Self; 8] = [
        Self::Initialize,
        Self::Start,
        Self::Settle,
        Self::Notifications,
        Self::ListPushers,
        Self::ListDevices,
        Self::SetPush,
        Self::Stop,
    ];

    /// The name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Initialize => "initialize",
            Self::Start => "start",
            Self::Settle => "settle",
            Self::Notifications => "notifications",
            Self::ListPushers => "list_pushers",
            Self::ListDevices => "list_devices",
            Self::SetPush => "set_push",
            Self::Stop => "stop",
        }
    }

    /// The method of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}

/// The one message that a driver may send unasked, as things happen, instead of answering [`Method::Notifications`]; its
/// parameters are a [`Notified`].
pub const NOTIFY: &str = "notify";

/// What `initialize` takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Initialize {
    /// The version of the protocol that the suite speaks.
    pub protocol: u32,
}

/// What `start` takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Start {
    /// The base address of the homeserver.
    pub homeserver: String,
    /// The user.
    pub user_id: String,
    /// The device that the access token belongs to.
    pub device_id: String,
    /// The access token.
    pub access_token: String,
    /// The password, for clients that must log in themselves.
    pub password: String,
    /// A folder that is the client's own and lasts over restarts.
    pub store: String,
    /// The names of the proposal on the wire.
    pub dialect: WireNames,
}

/// The names of the proposal on the wire, as [`Start`] tells them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WireNames {
    /// The field of a pusher that carries its state.
    pub state: String,
    /// Whether `true` in that field says "disabled"; otherwise it says "enabled".
    pub state_means_disabled: bool,
    /// The field of a pusher that names its device.
    pub link: String,
    /// The type of a settings event up to the device id, the final dot included.
    pub settings_prefix: String,
    /// The key of a settings event's content that pauses notifications when it is `true`.
    pub paused: String,
}

impl From<&Dialect> for WireNames {
    fn from(dialect: &Dialect) -> Self {
        Self {
            state: dialect.state.key.clone(),
            state_means_disabled: dialect.state.true_means == PushState::Disabled,
            link: dialect.link.clone(),
            settings_prefix: dialect.settings_prefix.clone(),
            paused: dialect.paused.clone(),
        }
    }
}

/// What `settle` takes: an event that may be older than the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Settle {
    /// The room.
    pub room_id: String,
    /// The event; absent for an invite to the room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// How long the client has, in milliseconds; after that the driver answers with an error.
    pub deadline_ms: u64,
}

/// What `notifications` takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AskNotifications {
    /// Only those of this room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<String>,
}

/// What `notifications` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Notifications {
    /// All since the latest start, each event once. Still answered after `stop`.
    pub notifications: Vec<Notified>,
}

/// The client told a person of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Notified {
    /// The room.
    pub room_id: String,
    /// The event; absent for an invite to the room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// How.
    pub effects: Vec<Effect>,
}

/// What `list_pushers` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListedPushers {
    /// As the client's own programming interface gives them.
    pub pushers: Vec<ListedPusher>,
}

/// A pusher as a client lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListedPusher {
    /// The application.
    pub app_id: String,
    /// The push key.
    pub pushkey: String,
    /// Whether it is listed as enabled.
    pub enabled: bool,
}

/// What `list_devices` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListedDevices {
    /// As the client would show them.
    pub devices: Vec<ListedDevice>,
}

/// A device as a client shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListedDevice {
    /// The device.
    pub device_id: String,
    /// Whether it is shown as silenced.
    pub push: PushShown,
    /// Whether silencing and resuming it is offered.
    pub toggle: bool,
}

/// What a client shows of a device's notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PushShown {
    /// They are on.
    Enabled,
    /// They are off.
    Disabled,
    /// The device cannot be silenced.
    Unsupported,
}

impl PushShown {
    /// The name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Unsupported => "unsupported",
        }
    }
}

/// What `set_push` takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SetPush {
    /// The device.
    pub device_id: String,
    /// Whether it is to be resumed; otherwise it is to be silenced.
    pub enabled: bool,
}

/// Takes nothing, or answers nothing but that it is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Empty {}

/// The JSON Schema (2020-12) of a line in either direction. `$defs` has, for each method, the schema of its request and
/// of its result.
#[must_use]
pub fn schema() -> Value {
    let mut generator = SchemaGenerator::default();
    let mut messages = Map::new();
    for method in Method::ALL {
        let (params, result) = payloads(method, &mut generator);
        messages.insert(
            format!("{}_request", method.name()),
            json!({
                "description": "From the suite to the driver.",
                "type": "object",
                "properties": {
                    "jsonrpc": { "const": "2.0" },
                    "id": { "type": "integer" },
                    "method": { "const": method.name() },
                    "params": params,
                },
                "required": ["jsonrpc", "id", "method", "params"],
            }),
        );
        messages.insert(
            format!("{}_answer", method.name()),
            json!({
                "description": "From the driver to the suite.",
                "type": "object",
                "properties": { "jsonrpc": { "const": "2.0" }, "id": { "type": "integer" }, "result": result },
                "required": ["jsonrpc", "id", "result"],
            }),
        );
    }
    messages.insert(
        "error_answer".to_owned(),
        json!({
            "description": "From the driver to the suite.",
            "type": "object",
            "properties": {
                "jsonrpc": { "const": "2.0" },
                "id": { "type": ["integer", "null"] },
                "error": {
                    "type": "object",
                    "properties": { "code": { "type": "integer" }, "message": { "type": "string" } },
                    "required": ["code", "message"],
                },
            },
            "required": ["jsonrpc", "id", "error"],
        }),
    );
    let notified = generator.subschema_for::<Notified>().to_value();
    messages.insert(
        "notify".to_owned(),
        json!({
            "description": "From the driver to the suite, unasked.",
            "type": "object",
            "properties": { "jsonrpc": { "const": "2.0" }, "method": { "const": NOTIFY }, "params": notified },
            "required": ["jsonrpc", "method", "params"],
        }),
    );
    let any: Vec<Value> = messages.keys().map(|name| json!({ "$ref": format!("#/$defs/{name}") })).collect();
    let mut definitions = generator.take_definitions(true);
    definitions.extend(messages);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "pushproof client driver protocol, version 1",
        "description": "One line in either direction.",
        "anyOf": any,
        "$defs": definitions,
    })
}

/// The schemas of what a method takes and answers.
fn payloads(method: Method, generator: &mut SchemaGenerator) -> (Value, Value) {
    let nothing = generator.subschema_for::<Empty>();
    let (params, result) = match method {
        Method::Initialize => {
            (generator.subschema_for::<Initialize>(), generator.subschema_for::<Initialized>())
        }
        Method::Start => (generator.subschema_for::<Start>(), nothing),
        Method::Settle => (generator.subschema_for::<Settle>(), nothing),
        Method::Notifications => {
            (generator.subschema_for::<AskNotifications>(), generator.subschema_for::<Notifications>())
        }
        Method::ListPushers => (nothing, generator.subschema_for::<ListedPushers>()),
        Method::ListDevices => (nothing, generator.subschema_for::<ListedDevices>()),
        Method::SetPush => (generator.subschema_for::<SetPush>(), nothing),
        Method::Stop => (nothing.clone(), nothing),
    };
    (params.to_value(), result.to_value())
}
