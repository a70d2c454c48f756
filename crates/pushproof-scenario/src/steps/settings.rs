//! Settings events: the account data by which clients without a pusher are paused.

use pushproof_yaml::{Node, Spanned};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{DeviceRef, Label, steps::Expect};

/// Writes the settings event of a device.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetSettings {
    /// Who writes.
    pub by: Spanned<DeviceRef>,
    /// Whose settings.
    #[serde(rename = "for")]
    pub device: Spanned<DeviceRef>,
    /// What the event says: `paused`, `resumed`, or `{ content: … }`.
    pub to: SettingsToSet,
    /// What is answered; a success if left out.
    #[serde(default)]
    pub expect: Option<Expect>,
    /// Whether the subject may refuse such a device id in the path. If it does, the rest of the case is not
    /// applicable. Left out: it may not.
    #[serde(default)]
    pub may_be_refused: bool,
}

/// What is written into a settings event.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SettingsToSet {
    /// The dialect's key with `true`.
    Paused,
    /// The dialect's key with `false`.
    Resumed,
    /// Any content.
    Content(Node),
}

/// Waits until the settings event of a device reads like this; asked again up to patience.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectSettings {
    /// Who looks.
    pub by: Spanned<DeviceRef>,
    /// Whose settings.
    #[serde(rename = "for")]
    pub device: Spanned<DeviceRef>,
    /// What is found.
    pub is: SettingsToFind,
}

/// What a settings event must say.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SettingsToFind {
    /// Exactly the dialect's key with `true`.
    Paused,
    /// Exactly the dialect's key with `false`.
    Resumed,
    /// Not there (404 with `M_NOT_FOUND`), or an empty object.
    Absent,
    /// Exactly this content.
    Content(Node),
    /// Whatever a write makes of it, and if it was there before the write, otherwise than it read then. For controls: how
    /// well a settings event is stored is a clause of its own.
    Present,
    /// As it was written, or as the latest `present` found it.
    Same,
}

impl SettingsToFind {
    /// Whether it is found by not being there.
    #[must_use]
    pub fn is_absence(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

/// Brings a device up to date, and remembers how far it is.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sync {
    /// Who syncs.
    pub by: Spanned<DeviceRef>,
}

/// Waits until a `/sync` shows the settings event of a device like this; asked again up to patience. From `last`, a sync
/// has to tell of it: `absent` then means that it is told as empty.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectSync {
    /// Who syncs.
    pub by: Spanned<DeviceRef>,
    /// From where.
    pub from: SyncFrom,
    /// Whose settings.
    #[serde(rename = "for")]
    pub device: Spanned<DeviceRef>,
    /// What is found.
    pub is: SettingsToFind,
}

/// Checks that settings come before the events that were sent after them: over one unbroken chain of syncs, a write of
/// the settings event is answered and an event is sent, so many times. The settings must be in the same sync as the
/// event, or in an earlier one. Most of the syncs are asked for after both; some wait while both happen.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectSettingsBeforeEvents {
    /// Who syncs.
    pub by: Spanned<DeviceRef>,
    /// Whose settings.
    #[serde(rename = "for")]
    pub device: Spanned<DeviceRef>,
    /// Who writes them, paused and resumed in turn.
    pub set_by: Spanned<DeviceRef>,
    /// Who sends the events.
    pub sent_by: Spanned<DeviceRef>,
    /// Where.
    pub room: Spanned<Label>,
    /// How often.
    pub times: usize,
}

/// Where a sync begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SyncFrom {
    /// Nowhere: what a new client sees.
    Initial,
    /// The position that the device's latest `sync` step remembered: what a running client is told.
    Last,
}
