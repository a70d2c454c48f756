//! Events, and the pushes that tell of them.

use pushproof_yaml::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{ActorName, DeviceRef, Label};

/// Sends an event.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Send {
    /// Who sends.
    pub by: Spanned<DeviceRef>,
    /// Where.
    pub room: Spanned<Label>,
    /// What the scenario calls the event.
    pub event: Spanned<Label>,
    /// What kind of event; a message if left out.
    #[serde(default)]
    pub kind: EventKind,
    /// Whom a highlight mentions.
    #[serde(default)]
    pub mention: Option<Spanned<ActorName>>,
}

/// The kinds of events that the default push rules notify of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// An `m.room.message`.
    #[default]
    Message,
    /// An `m.room.message` that mentions somebody by display name and by `m.mentions`.
    Highlight,
    /// An `m.room.encrypted`, with ciphertext that nobody can read.
    Encrypted,
    /// An `m.call.invite`.
    Call,
}

/// Invites a person to a room.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Invite {
    /// Who invites.
    pub by: Spanned<DeviceRef>,
    /// Where to.
    pub room: Spanned<Label>,
    /// Who is invited.
    pub who: Spanned<ActorName>,
    /// What the scenario calls the invite.
    pub event: Spanned<Label>,
}

/// Waits until the push gateway was told of an event for a pusher; polled up to patience.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectPush {
    /// The pusher.
    pub pusher: Spanned<Label>,
    /// The event.
    pub event: Spanned<Label>,
}

/// Proves that a disabled or deleted pusher was told of nothing: the sentinel is told of the event, a grace passes, and
/// the window stays open until the scenario enables, sets or deletes the pusher, or the run ends.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectSilence {
    /// The pusher that is to be silent.
    pub pusher: Spanned<Label>,
    /// What proves that a push would have arrived by now.
    pub until: Sentinel,
}

/// A pusher of the same person that is told of the same event.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sentinel {
    /// The pusher that is not silent.
    pub pusher: Spanned<Label>,
    /// The event of which it is told.
    pub event: Spanned<Label>,
}
