//! Events, and the pushes and mails that tell of them. What a pusher sends follows from its kind: an http pusher tells the
//! push gateway, an email pusher sends mail.

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

/// Sends a read receipt, `POST /rooms/{roomId}/receipt/m.read/{eventId}`. Homeservers may tell pushers the new unread
/// counts then, without an event; that push has a label of its own.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Read {
    /// Who has read.
    pub by: Spanned<DeviceRef>,
    /// Where.
    pub room: Spanned<Label>,
    /// The last event that was read.
    pub up_to: Spanned<Label>,
    /// What the scenario calls the counts that pushers are told afterwards.
    pub event: Spanned<Label>,
}

/// Waits until an event is told of for a pusher, up to patience: to the push gateway, or by a mail if it is an email
/// pusher. Homeservers may put off a second mail about the same room for hours, so each event that is looked for in
/// mails has a room of its own.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectPush {
    /// The pusher.
    pub pusher: Spanned<Label>,
    /// The event.
    pub event: Spanned<Label>,
    /// Whether the subject need not tell of such an event. If it does not, no other pusher of the case need be told of such
    /// events either, and that a pusher is silent about them proves nothing; but whatever arrives where nothing may is a
    /// fault all the same. Left out: it must.
    #[serde(default)]
    pub may_be_missing: bool,
}

/// Looks whether an event was told of for a pusher by the end of a grace: a reading of an open clause either way.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObservePush {
    /// The pusher.
    pub pusher: Spanned<Label>,
    /// The event.
    pub event: Spanned<Label>,
    /// The reading if it was told.
    pub arrived: String,
    /// The reading if it was not.
    pub missing: String,
}

/// Expects of a pusher what its listed state says, as the latest `expect_pusher` with `state: any` found it: a push
/// or a mail if it is enabled, silence if it is disabled.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectPushAsListed {
    /// The pusher.
    pub pusher: Spanned<Label>,
    /// The event, and what proves that a push would have arrived by now.
    pub until: Sentinel,
}

/// Waits until a room has as many unread notifications for a person as there are events here, as an initial `/sync`
/// counts them; polled up to patience.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectUnread {
    /// Who looks.
    pub by: Spanned<DeviceRef>,
    /// Where.
    pub room: Spanned<Label>,
    /// The events that are unread, and of which the push rules notify.
    pub events: Vec<Spanned<Label>>,
}

/// Proves that nothing is sent for a pusher that was disabled, deleted or removed: the sentinel is told of the event, a
/// grace passes, and the window stays open until the scenario sets, toggles or deletes the pusher again, or the run
/// ends, but for the time of `--watch` at least. Without the sentinel nothing is proved; what arrives is a fault all the
/// same. So is what arrives from the request on that silenced the pusher, unless it tells of what was sent before.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectSilence {
    /// The pusher that is to be silent.
    pub pusher: Spanned<Label>,
    /// What proves that a push or mail would have arrived by now.
    pub until: Sentinel,
}

/// A pusher of the same person and the same kind that tells of the same event.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sentinel {
    /// The pusher that is not silent.
    pub pusher: Spanned<Label>,
    /// The event of which it is told.
    pub event: Spanned<Label>,
}
