//! A client behind a driver: started and stopped, what it notifies of, what it shows, what it is asked to do, and what
//! it wrote to the homeserver.

use pushproof_vocabulary::PushState;
use pushproof_yaml::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{DeviceRef, Label};

/// Starts the client under test on a device, with notifications on and no room open. On a device where it ran before,
/// it finds its store.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartClient {
    /// The device.
    #[serde(rename = "as")]
    pub on: Spanned<DeviceRef>,
}

/// Stops the client. Its process goes on, and with it what was seen of it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StopClient {
    /// The device that it runs on.
    #[serde(rename = "as")]
    pub on: Spanned<DeviceRef>,
}

/// Waits until the client has taken in all that has happened so far: the homeserver saw it sync from there on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwaitSync {
    /// The client's device.
    pub by: Spanned<DeviceRef>,
}

/// Waits until the client has processed an event, and expects that it told of it: by each effect that it declares for
/// this kind, sound only where the push rule asks for one. Of effects that are declared for all kinds alike, one that the
/// client has not shown for this kind in the case makes it inconclusive. A client that does not declare events of this
/// kind makes the rest of the case not applicable.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectNotified {
    /// The client's device.
    pub by: Spanned<DeviceRef>,
    /// The event.
    pub event: Spanned<Label>,
}

/// Proves that the client tells of an event by no effect: it has processed the event, as its next sync shows, and a
/// grace has passed; what comes later counts until the scenario writes the client's settings again, or the case ends.
/// Says nothing unless the client tells of an event of the same kind, before or after, in the same process.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectNotNotified {
    /// The client's device.
    pub by: Spanned<DeviceRef>,
    /// The event.
    pub event: Spanned<Label>,
}

/// Looks whether the client told of an event by the end of a grace: a reading of an open clause either way.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObserveNotified {
    /// The client's device.
    pub by: Spanned<DeviceRef>,
    /// The event.
    pub event: Spanned<Label>,
    /// The reading if it did.
    pub notified: String,
    /// The reading if it did not.
    pub silent: String,
}

/// Asks the client to silence or to resume a device.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientSetsPush {
    /// The client's device.
    pub by: Spanned<DeviceRef>,
    /// The device that is silenced or resumed.
    #[serde(rename = "for")]
    pub device: Spanned<DeviceRef>,
    /// What is asked for.
    pub to: PushState,
    /// Whether the client is to refuse; left out, it is to do it.
    #[serde(default)]
    pub refused: bool,
}

/// Waits until the client shows a device like this, polled up to patience. What can be silenced is shown with a toggle,
/// what cannot without one.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectShownDevice {
    /// The client's device.
    pub by: Spanned<DeviceRef>,
    /// The device that is shown.
    pub device: Spanned<DeviceRef>,
    /// How.
    #[serde(rename = "as")]
    pub shown: Shown,
}

/// How a client shows a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Shown {
    /// Its notifications are on.
    Enabled,
    /// They are off.
    Disabled,
    /// It cannot be silenced.
    Unsupported,
}

/// Looks how the client shows a device: a reading of an open clause either way.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObserveShownDevice {
    /// The client's device.
    pub by: Spanned<DeviceRef>,
    /// The device that is shown.
    pub device: Spanned<DeviceRef>,
    /// The reading if its notifications are on.
    pub enabled: String,
    /// The reading if they are off.
    pub disabled: String,
}

/// Waits until the client lists a pusher as enabled, polled up to patience.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectShownPusher {
    /// The client's device.
    pub by: Spanned<DeviceRef>,
    /// The pusher.
    pub pusher: Spanned<Label>,
    /// How it is listed.
    #[serde(rename = "as")]
    pub shown: PushState,
}

/// Looks how the client lists a pusher: a reading of an open clause either way.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObserveShownPusher {
    /// The client's device.
    pub by: Spanned<DeviceRef>,
    /// The pusher.
    pub pusher: Spanned<Label>,
    /// The reading if it is listed as enabled.
    pub enabled: String,
    /// The reading if it is listed as disabled.
    pub disabled: String,
}

/// Waits until the homeserver saw the client write a settings event, since it was last started or asked to silence or
/// resume. Judged by what was written, not by what the client says.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectSettingsWritten {
    /// The client's device.
    pub by: Spanned<DeviceRef>,
    /// Whose settings event; left out, any account data that is named like settings events.
    #[serde(default, rename = "for")]
    pub device: Option<Spanned<DeviceRef>>,
    /// What each of them says; anything if left out. An event that says so already need not be written.
    #[serde(default)]
    pub to: Option<WrittenSettings>,
}

/// What a client wrote under the key for paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WrittenSettings {
    /// `true`.
    Paused,
    /// `false`.
    Resumed,
}

/// Proves that the client wrote no settings event since it was last started or asked to silence or resume: it has taken
/// in all that happened, and a grace has passed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectNoSettingsWritten {
    /// The client's device.
    pub by: Spanned<DeviceRef>,
    /// Whose settings event; left out, any account data that is named like settings events.
    #[serde(default, rename = "for")]
    pub device: Option<Spanned<DeviceRef>>,
}

/// Looks what the client wrote into a settings event by the end of a grace: a reading of an open clause in every case.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObserveSettingsWritten {
    /// The client's device.
    pub by: Spanned<DeviceRef>,
    /// Whose settings event.
    #[serde(rename = "for")]
    pub device: Spanned<DeviceRef>,
    /// The reading if it wrote `true` under the key for paused.
    pub paused: String,
    /// The reading if it wrote anything else.
    pub otherwise: String,
    /// The reading if it wrote nothing.
    pub nothing: String,
}

/// Waits until the homeserver saw the client set a pusher with this state, since it was last asked to silence or resume.
/// Every such set must have it, and the other fields that can be set as the list had them; null is as good as absent. A
/// pusher that has the state already need not be set.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectPusherToggled {
    /// The client's device.
    pub by: Spanned<DeviceRef>,
    /// The pusher.
    pub pusher: Spanned<Label>,
    /// The state asked for.
    pub to: PushState,
}

/// Expects that no set with which the client toggled a pusher had a link. Says nothing where there was no such set.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectNoLinkSent {
    /// The client's device.
    pub by: Spanned<DeviceRef>,
    /// The pusher.
    pub pusher: Spanned<Label>,
}
