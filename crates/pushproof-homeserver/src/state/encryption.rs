//! End-to-end encryption as far as a server has to do with it (client-server API, "End-to-End Encryption", "Send-to-
//! Device messaging"): it keeps keys and passes messages on, and understands neither.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Caller, Membership, Position, State, sync::Since};
use crate::{
    error::MatrixError,
    fields::Fields,
    ids::{DeviceId, UserId},
};

/// So many messages wait for a device; the oldest is dropped first.
const WAITING: usize = 1000;
/// So many one-time keys of a device are kept.
const ONE_TIME_KEYS: usize = 1000;

/// A message to a device that the device has not acknowledged.
#[derive(Clone, Debug)]
pub(crate) struct ToDevice {
    pub(crate) position: Position,
    pub(crate) event: Value,
}

impl State {
    /// `POST /keys/upload`.
    pub(crate) fn upload_keys(
        &mut self,
        caller: &Caller,
        body: &Map<String, Value>,
    ) -> Result<(), MatrixError> {
        let identity = body.object("device_keys")?.cloned();
        let one_time = body.object("one_time_keys")?.cloned().unwrap_or_default();
        let changed = identity.is_some().then(|| self.advance());
        let user = self.user_mut(&caller.user);
        if let Some(device) = user.devices.get_mut(&caller.device) {
            for (id, key) in one_time {
                if device.one_time_keys.len() < ONE_TIME_KEYS {
                    device.one_time_keys.insert(id, key);
                }
            }
            if let Some(identity) = identity {
                device.keys = Some(Value::Object(identity));
            }
        }
        if let Some(position) = changed {
            user.keys_changed = position;
            self.keys_changed = position;
            self.wake_those_who_share_a_room(&caller.user);
        }
        Ok(())
    }

    /// `POST /keys/query`.
    pub(crate) fn query_keys(&self, body: &Map<String, Value>) -> Result<Value, MatrixError> {
        let mut found = Map::new();
        for (user, devices) in body.required_object("device_keys")? {
            let wanted = devices.as_array().ok_or_else(|| MatrixError::bad_json("device ids are a list"))?;
            let Some(account) = self.users.get(user.as_str()) else { continue };
            let keys: Map<String, Value> = account
                .devices
                .iter()
                .filter(|(id, _)| wanted.is_empty() || wanted.iter().any(|wanted| wanted == id.as_str()))
                .filter_map(|(id, device)| Some((id.to_string(), device.keys.clone()?)))
                .collect();
            found.insert(user.clone(), Value::Object(keys));
        }
        Ok(json!({ "device_keys": found, "failures": {} }))
    }

    /// `POST /keys/claim`: a one-time key goes to one claimer only.
    pub(crate) fn claim_keys(&mut self, body: &Map<String, Value>) -> Result<Value, MatrixError> {
        let mut claimed = Map::new();
        for (user, devices) in body.required_object("one_time_keys")? {
            let devices = devices.as_object().ok_or_else(|| MatrixError::bad_json("claims are objects"))?;
            let Some(account) = self.users.get_mut(user.as_str()) else { continue };
            let mut of_user = Map::new();
            for (id, algorithm) in devices {
                let algorithm =
                    algorithm.as_str().ok_or_else(|| MatrixError::bad_json("an algorithm is a string"))?;
                let Some(device) = account.devices.get_mut(id.as_str()) else { continue };
                let key = device.one_time_keys.keys().find(|key| algorithm_of(key) == algorithm).cloned();
                if let Some((key, value)) = key.and_then(|key| device.one_time_keys.remove_entry(&key)) {
                    of_user.insert(id.clone(), json!({ (key): value }));
                }
            }
            claimed.insert(user.clone(), Value::Object(of_user));
        }
        Ok(json!({ "one_time_keys": claimed, "failures": {} }))
    }

    /// How many one-time keys of each algorithm the caller's device has left.
    pub(crate) fn one_time_key_counts(&self, caller: &Caller) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        if let Some(device) = self.user(&caller.user).devices.get(&caller.device) {
            for key in device.one_time_keys.keys() {
                *counts.entry(algorithm_of(key).to_owned()).or_default() += 1;
            }
        }
        counts
    }

    /// `PUT /sendToDevice/{eventType}/{txnId}`. Unknown users and devices are passed over.
    pub(crate) fn send_to_devices(
        &mut self,
        caller: &Caller,
        event_type: &str,
        body: &Map<String, Value>,
    ) -> Result<(), MatrixError> {
        let mut mail: Vec<(UserId, Option<DeviceId>, Value)> = Vec::new();
        for (user, messages) in body.required_object("messages")? {
            let messages =
                messages.as_object().ok_or_else(|| MatrixError::bad_json("messages are objects"))?;
            let Some((user, _)) = self.users.get_key_value(user.as_str()) else { continue };
            for (device, content) in messages {
                let event = json!({ "type": event_type, "sender": caller.user, "content": content });
                let device = (device != "*").then(|| device.as_str().into());
                mail.push((user.clone(), device, event));
            }
        }
        for (user, device, event) in mail {
            let position = self.advance();
            let account = self.user_mut(&user);
            for (id, held) in &mut account.devices {
                if device.as_ref().is_none_or(|device| device == id) {
                    if held.inbox.len() >= WAITING {
                        held.inbox.pop_front();
                    }
                    held.inbox.push_back(ToDevice { position, event: event.clone() });
                }
            }
            account.wake();
        }
        Ok(())
    }

    /// The messages for the caller's device. A sync from a position acknowledges all before it.
    pub(super) fn sync_to_device(&mut self, caller: &Caller, since: Since) -> Vec<Value> {
        let acknowledged = match since {
            Since::Beginning => 0,
            Since::Position(position) => position,
        };
        let Some(device) = self.user_mut(&caller.user).devices.get_mut(&caller.device) else {
            return Vec::new();
        };
        device.inbox.retain(|message| message.position > acknowledged);
        device.inbox.iter().map(|message| message.event.clone()).collect()
    }

    /// The users whose keys the caller must ask for again.
    pub(super) fn sync_device_lists(&self, caller: &Caller, since: Since) -> Vec<UserId> {
        let Since::Position(position) = since else { return Vec::new() };
        if self.keys_changed <= position {
            return Vec::new();
        }
        let users = self.sharing_a_room(&caller.user).into_iter();
        users.filter(|user| self.user(user).keys_changed > position).collect()
    }

    /// The users whose keys changed between two positions: `GET /keys/changes`.
    pub(crate) fn keys_changed(&self, caller: &Caller, from: Position, to: Position) -> Vec<UserId> {
        let users = self.sharing_a_room(&caller.user).into_iter();
        users.filter(|user| (from + 1..=to).contains(&self.user(user).keys_changed)).collect()
    }

    pub(super) fn wake_those_who_share_a_room(&self, user: &UserId) {
        for other in self.sharing_a_room(user) {
            self.user(&other).wake();
        }
    }

    /// The user and all who are in a room with them.
    pub(super) fn sharing_a_room(&self, user: &UserId) -> BTreeSet<UserId> {
        let rooms = self.user(user).rooms.keys().filter_map(|id| self.rooms.get(id));
        rooms
            .filter(|room| room.membership(user) == Some(Membership::Join))
            .flat_map(|room| room.joined().collect::<Vec<_>>())
            .chain([user.clone()])
            .collect()
    }
}

fn algorithm_of(key_id: &str) -> &str {
    key_id.split(':').next().unwrap_or(key_id)
}
