//! What a driver declares of its client, in its answer to `initialize`.

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Method;

/// What `initialize` answers: who the client is, and what it can do. What is not declared is not asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Initialized {
    /// What the client is called.
    pub name: String,
    /// The version of the client.
    pub version: String,
    /// The language that the driver is written in.
    pub language: String,
    /// The names of the dialects that the client speaks; `*` if it takes the names given at `start`.
    pub dialects: Vec<String>,
    /// What the client does.
    pub capabilities: Capabilities,
    /// What it can do to tell a person of an event.
    #[serde(default)]
    pub effects: Effects,
    /// The kinds of events that it tells of.
    #[serde(default)]
    pub kinds: Vec<Kind>,
    /// What it cannot do although a capability covers it. The suite does not ask for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacks: Vec<Lack>,
}

/// Something that a client cannot do, said beforehand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Lack {
    /// The method that asks for it.
    pub method: Method,
    /// Of what it cannot be asked; of anything if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Those>,
    /// The reason, for a person.
    pub why: String,
}

/// What a method can be asked of, as far as clients differ in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Those {
    /// With [`Method::ListDevices`] and [`Method::SetPush`]: devices to which a pusher is linked.
    #[serde(rename = "devices with a pusher")]
    DevicesWithAPusher,
    /// With the same: devices that have a settings event and no pusher.
    #[serde(rename = "pusherless devices")]
    PusherlessDevices,
    /// With the same: devices that have neither, and so cannot be silenced.
    #[serde(rename = "devices with neither")]
    DevicesWithNeither,
    /// With [`Method::ListPushers`]: pushers of a homeserver without the proposal, which have neither state nor link.
    #[serde(rename = "pushers without state and link")]
    PushersWithoutStateAndLink,
    /// With the same: pushers that have a link and no state.
    #[serde(rename = "linked pushers without a state")]
    LinkedPushersWithoutAState,
    /// With the same: pushers whose state is null.
    #[serde(rename = "pushers whose state is null")]
    PushersWhoseStateIsNull,
}

impl Those {
    /// The name on the wire, which is plain English.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DevicesWithAPusher => "devices with a pusher",
            Self::PusherlessDevices => "pusherless devices",
            Self::DevicesWithNeither => "devices with neither",
            Self::PushersWithoutStateAndLink => "pushers without state and link",
            Self::LinkedPushersWithoutAState => "linked pushers without a state",
            Self::PushersWhoseStateIsNull => "pushers whose state is null",
        }
    }

    /// Whether the method can be asked of them.
    #[must_use]
    pub fn fit(self, method: Method) -> bool {
        match self {
            Self::DevicesWithAPusher | Self::PusherlessDevices | Self::DevicesWithNeither => {
                matches!(method, Method::ListDevices | Method::SetPush)
            }
            Self::PushersWithoutStateAndLink
            | Self::LinkedPushersWithoutAState
            | Self::PushersWhoseStateIsNull => method == Method::ListPushers,
        }
    }
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.method.name())?;
        self.of.map_or(Ok(()), |of| write!(f, " (of {})", of.name()))
    }
}

impl Initialized {
    /// What is declared lacking in a method, asked of these.
    #[must_use]
    pub fn lack(&self, method: Method, of: Those) -> Option<&Lack> {
        self.lacks.iter().find(|lack| lack.method == method && lack.of.is_none_or(|those| those == of))
    }

    /// Whether a method is declared lacking as a whole.
    #[must_use]
    pub fn lacks_all_of(&self, method: Method) -> bool {
        self.lacks.iter().any(|lack| lack.method == method && lack.of.is_none())
    }
}

/// What a client does.
#[allow(clippy::struct_excessive_bools, reason = "the protocol has them so")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Capabilities {
    /// It notifies from `/sync` itself.
    pub pusherless: bool,
    /// It knows pushers; it need not register one.
    pub pusher: bool,
    /// It lists pushers.
    pub list_pushers: bool,
    /// It lists devices, and whether each is silenced.
    pub list_devices: bool,
    /// It silences and resumes devices.
    pub toggle: bool,
    /// It can be stopped and started again with its store.
    pub restart: bool,
}

/// What a client does to tell a person of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It makes a sound, if the push rule has a sound tweak.
    Sound,
    /// It shows something on top of what is on the screen.
    Banner,
    /// It shows something while the screen is locked.
    LockScreen,
}

/// The effects of a client: the same ones for events of all kinds, or for each kind its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Effects {
    /// The effects as a whole. A kind may come without one of them: then what the client does without a settings event
    /// says what is to be expected.
    OfAll(Vec<Effect>),
    /// The effects of every kind.
    ByKind(BTreeMap<Kind, Vec<Effect>>),
}

impl Default for Effects {
    fn default() -> Self {
        Self::OfAll(Vec::new())
    }
}

impl Effects {
    /// The effects of events of a kind, as declared.
    #[must_use]
    pub fn of(&self, kind: Kind) -> &[Effect] {
        match self {
            Self::OfAll(effects) => effects,
            Self::ByKind(by_kind) => by_kind.get(&kind).map_or(&[], Vec::as_slice),
        }
    }

    /// Whether each kind has effects of its own.
    #[must_use]
    pub fn are_by_kind(&self) -> bool {
        matches!(self, Self::ByKind(_))
    }
}

impl Effect {
    /// The name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::Banner => "banner",
            Self::LockScreen => "lock_screen",
        }
    }
}

/// The kinds of events that the default push rules notify of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A message in a room of three or more.
    Message,
    /// A message with the user's display name in the body and the user in `m.mentions`.
    Highlight,
    /// A message in a room of two that is in `m.direct`.
    Direct,
    /// An invite to a private room.
    Invite,
    /// An `m.call.invite` in a private room.
    Call,
    /// An encrypted event in a room of three or more.
    Encrypted,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Message, Self::Highlight, Self::Direct, Self::Invite, Self::Call, Self::Encrypted];

    /// The name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Highlight => "highlight",
            Self::Direct => "direct",
            Self::Invite => "invite",
            Self::Call => "call",
            Self::Encrypted => "encrypted",
        }
    }
}
