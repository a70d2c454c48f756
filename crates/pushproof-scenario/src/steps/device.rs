//! People in rooms, and devices that come and go.

use pushproof_yaml::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{ActorName, DeviceRef, Label};

/// Makes a room with these people in it. The first of them creates it with their first device, the others join.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareRoom {
    /// What the scenario calls the room.
    pub room: Spanned<Label>,
    /// Who is in it.
    pub between: Vec<Spanned<ActorName>>,
    /// How the others come in.
    #[serde(default)]
    pub entry: Entry,
    /// Whether everybody in it has it as a direct chat (`m.direct`) with the others.
    #[serde(default)]
    pub direct: bool,
}

/// How people come into a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Entry {
    /// Whoever has its id may join until all are in: nobody is invited, so that no push or mail tells of an invite.
    #[default]
    Open,
    /// They are invited. The room is private from its start, which some servers want of rooms for calls; a pusher that is
    /// there already tells of the invite.
    Invite,
}

/// Logs a person in on a further device, or on a known one again.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogIn {
    /// The device. A name that the scenario had before asks for the device id that it had, whether the device is still
    /// there or was removed.
    #[serde(rename = "as")]
    pub device: Spanned<DeviceRef>,
    /// The device id to ask for, a template; for a new name, the server chooses if left out.
    #[serde(default)]
    pub device_id: Option<Spanned<String>>,
    /// Whether the subject may refuse the login, or give the device another id than the one asked for. If it does, the
    /// rest of the case is not applicable. Left out: it may not.
    #[serde(default)]
    pub may_be_refused: bool,
}

/// Removes a device, by one of the paths that Matrix has for it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveDevice {
    /// The device that goes. Where all go, or all others, it is one of them.
    pub device: Spanned<DeviceRef>,
    /// Further devices that go by the same request; only where the path is `delete-devices`.
    #[serde(default)]
    pub also: Vec<Spanned<DeviceRef>>,
    /// The device that asks for it; the device itself if left out.
    #[serde(default)]
    pub by: Option<Spanned<DeviceRef>>,
    /// The way in which it goes.
    pub path: Spanned<RemovalPath>,
}

/// The ways in which a device goes, by the endpoints of the client-server API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RemovalPath {
    /// `POST /logout` by the device itself.
    Logout,
    /// `POST /logout/all`: every device goes.
    LogoutAll,
    /// `DELETE /devices/{deviceId}` with user-interactive authentication.
    DeleteDevice,
    /// `POST /delete_devices` with user-interactive authentication.
    DeleteDevices,
    /// `POST /account/password` with `logout_devices: true`: every device but the asking one goes.
    PasswordChange,
    /// `POST /account/password` with `logout_devices: false`: no device goes.
    PasswordChangeKeepingDevices,
}
