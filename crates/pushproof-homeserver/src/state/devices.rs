//! Devices: how they come, and what goes with them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Value, json};

use super::{Caller, Position, State, encryption::ToDevice};
use crate::{
    behaviour::{DeviceIds, Enabling, Returning},
    error::MatrixError,
    ids::{DeviceId, EventId, RoomId, UserId},
};

/// So many transaction ids are remembered for a device; the oldest is forgotten first.
const REMEMBERED_TRANSACTIONS: usize = 1000;

/// A device of a user: one login.
#[derive(Default)]
pub(crate) struct Device {
    /// The name that the user gave it.
    pub(crate) display_name: Option<String>,
    /// When it logged in, in milliseconds since the epoch.
    since_ms: u64,
    /// When it logged in, among everything that happened.
    pub(super) since: Position,
    /// Its identity keys as uploaded.
    pub(crate) keys: Option<Value>,
    /// Its one-time keys as uploaded, by key id.
    pub(crate) one_time_keys: BTreeMap<String, Value>,
    /// The messages to it that it has not acknowledged.
    pub(super) inbox: VecDeque<ToDevice>,
    token: String,
    sent: BTreeMap<(RoomId, String), EventId>,
    sent_oldest_first: VecDeque<(RoomId, String)>,
    mailed: VecDeque<String>,
}

impl Device {
    /// When it logged in, among everything that happened.
    pub(super) fn since(&self) -> Position {
        self.since
    }

    /// The device as `GET /devices` shows it. Addresses are not kept; some clients insist that the field be there.
    pub(crate) fn shown(&self, id: &DeviceId) -> Value {
        json!({
            "device_id": id,
            "display_name": self.display_name,
            "last_seen_ip": null,
            "last_seen_ts": self.since_ms,
        })
    }

    /// Whether the device uses this transaction id for a send-to-device message for the first time.
    fn is_first_time(&mut self, transaction: &str) -> bool {
        if self.mailed.iter().any(|mailed| mailed == transaction) {
            return false;
        }
        if self.mailed.len() >= REMEMBERED_TRANSACTIONS {
            self.mailed.pop_front();
        }
        self.mailed.push_back(transaction.to_owned());
        true
    }

    /// The event that this transaction made before.
    pub(crate) fn sent_before(&self, room: &RoomId, transaction: &str) -> Option<&EventId> {
        self.sent.get(&(room.clone(), transaction.to_owned()))
    }

    /// Remembers the event that a transaction made.
    pub(crate) fn remember_sent(&mut self, room: RoomId, transaction: &str, event: EventId) {
        if self.sent_oldest_first.len() >= REMEMBERED_TRANSACTIONS
            && let Some(oldest) = self.sent_oldest_first.pop_front()
        {
            self.sent.remove(&oldest);
        }
        let key = (room, transaction.to_owned());
        self.sent_oldest_first.push_back(key.clone());
        self.sent.insert(key, event);
    }
}

/// The ways in which a device is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RemovalPath {
    /// `POST /logout`.
    Logout,
    /// `POST /logout/all`.
    LogoutAll,
    /// `DELETE /devices/{deviceId}`.
    DeleteDevice,
    /// `POST /delete_devices`.
    DeleteDevices,
    /// `POST /account/password`, which logs the other devices out unless it is told not to.
    PasswordChange,
}

impl State {
    /// Logs a device in and gives its access token. A device id that exists keeps its device and replaces its token.
    pub(crate) fn log_in(
        &mut self,
        user: &UserId,
        device: Option<&str>,
        display_name: Option<&str>,
    ) -> Result<(DeviceId, String), MatrixError> {
        let device = match self.behaviour.answers.device_ids {
            DeviceIds::Chosen => None,
            DeviceIds::Any | DeviceIds::Simple => device,
        };
        let is_simple = |id: &str| id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if self.behaviour.answers.device_ids == DeviceIds::Simple
            && let Some(device) = device.filter(|device| !is_simple(device))
        {
            return Err(MatrixError::invalid_param(format!("no device may be called {device:?}")));
        }
        if let Some(device) = device
            && (device.is_empty() || device.len() > 512)
        {
            return Err(MatrixError::invalid_param("a device id has 1 to 512 bytes"));
        }
        let device =
            DeviceId::from(device.map_or_else(|| self.opaque(10).to_ascii_uppercase(), str::to_owned));
        let token = format!("ppt_{}", self.source.opaque(32));
        let now = self.source.now_ms();
        let since = self.advance();
        let held = self.user_mut(user).devices.entry(device.clone()).or_insert_with(|| Device {
            display_name: display_name.map(str::to_owned),
            since_ms: now,
            since,
            ..Device::default()
        });
        let old_token = std::mem::replace(&mut held.token, token.clone());
        let known = self.tokens.remove(&old_token).is_some();
        let caller = Caller { user: user.clone(), device: device.clone() };
        self.renew_token(&caller);
        self.tokens.insert(token.clone(), caller);
        match self.behaviour.removal.returning {
            Returning::RemovesOnRelogin if known => self.prune_settings_of(user, &device),
            Returning::RevivesRemoved if !known => self.revive_settings_of(user, &device),
            _ => {}
        }
        self.enable_pushers_by(user, Enabling::Login);
        Ok((device, token))
    }

    /// Whether the caller's device uses a transaction id for a send-to-device message for the first time.
    pub(crate) fn is_first_time(&mut self, caller: &Caller, transaction: &str) -> bool {
        let device = self.user_mut(&caller.user).devices.get_mut(&caller.device);
        device.is_some_and(|device| device.is_first_time(transaction))
    }

    /// Removes devices of the caller's user: their tokens, their http pushers, their settings events. Ids that name no
    /// device of the user are passed over.
    pub(crate) fn remove_devices(&mut self, caller: &Caller, devices: &[DeviceId], path: RemovalPath) {
        let mut removed = BTreeSet::new();
        for device in devices {
            if let Some(held) = self.user_mut(&caller.user).devices.remove(device) {
                self.tokens.remove(&held.token);
                removed.insert(device.clone());
            }
        }
        for (index, device) in devices.iter().filter(|device| removed.contains(*device)).enumerate() {
            let had_pusher = self.user(&caller.user).pushers.values().any(|pusher| pusher.owner == *device);
            self.remove_pushers_of(&caller.user, device, index, path);
            self.prune_after_removal(caller, device, index, path, had_pusher);
        }
        self.enable_pushers_by(&caller.user, Enabling::Removal);
        self.user(&caller.user).wake();
    }

    /// All devices of a user, in the order in which they logged in.
    pub(crate) fn devices_of(&self, user: &UserId) -> Vec<DeviceId> {
        let mut devices: Vec<_> = self.user(user).devices.iter().collect();
        devices.sort_by_key(|(_, device)| device.since);
        devices.into_iter().map(|(id, _)| id.clone()).collect()
    }

    /// All devices of the caller's user but the calling one, in the order in which they logged in.
    pub(crate) fn other_devices(&self, caller: &Caller) -> Vec<DeviceId> {
        let mut devices = self.devices_of(&caller.user);
        devices.retain(|device| *device != caller.device);
        devices
    }
}
