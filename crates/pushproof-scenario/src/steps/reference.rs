//! What only the reference homeserver does: hold answers back, bundle them, cut them off, have a token expire, be from
//! before the proposal, send nonsense.

use pushproof_yaml::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{DeviceRef, Label};

/// Makes the homeserver one from before the proposal, or gives it defects by name.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Homeserver {
    /// Whether it is from before the proposal; left out, it is not.
    #[serde(default)]
    pub legacy: bool,
    /// What is wrong with it; nothing if left out.
    #[serde(default)]
    pub defects: Vec<String>,
}

/// Answers no `/sync` of a device until `release_sync`: what happens meanwhile comes in one answer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldSync {
    /// The device.
    #[serde(rename = "for")]
    pub device: Spanned<DeviceRef>,
}

/// Answers the `/sync` of a device again.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseSync {
    /// The device.
    #[serde(rename = "for")]
    pub device: Spanned<DeviceRef>,
}

/// Holds back the settings events that a device writes, before they are applied: nobody sees them until
/// `release_writes`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldWrites {
    /// The device.
    #[serde(rename = "for")]
    pub device: Spanned<DeviceRef>,
}

/// Applies the settings events that were held back.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseWrites {
    /// The device.
    #[serde(rename = "for")]
    pub device: Spanned<DeviceRef>,
}

/// Breaks the connection in the middle of the next `/sync` answer that has news for a device.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CutSync {
    /// The device.
    #[serde(rename = "for")]
    pub device: Spanned<DeviceRef>,
}

/// Has the access token of a device expire, and waits until the client was told. `log_in` gives the device a new one.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpireToken {
    /// The device.
    #[serde(rename = "of")]
    pub device: Spanned<DeviceRef>,
}

/// Puts account data and a room event whose content is no object into the next `/sync` answer of a device. From then on
/// the end of the client is its own doing, so the same in the right form comes first.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PutNonsense {
    /// The device.
    #[serde(rename = "for")]
    pub device: Spanned<DeviceRef>,
    /// The room of the event.
    pub room: Spanned<Label>,
    /// Whether the content of each is an object after all: the control.
    #[serde(default)]
    pub well_formed: bool,
}

/// Expects that one `/sync` answer told a device of its own settings event and of an event.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectOneSync {
    /// The device.
    pub by: Spanned<DeviceRef>,
    /// The event.
    pub event: Spanned<Label>,
}
