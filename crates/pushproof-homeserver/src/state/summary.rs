//! The state in short, for people and for tests: `GET /state` of the inspection port.

use std::collections::BTreeMap;

use pushproof_vocabulary::control::{DeviceState, PusherState, ServerState, UserState};
use serde_json::Value;

use super::{State, User, account_data::Life};

impl State {
    /// Users with their devices, pushers and settings events. No tokens, no passwords.
    pub(crate) fn summary(&mut self) -> ServerState {
        let now_ms = self.source.now_ms();
        let users = self.users.iter().map(|(id, user)| (id.to_string(), self.summary_of(user)));
        ServerState { now_ms, position: self.position, users: users.collect() }
    }

    fn summary_of(&self, user: &User) -> UserState {
        let devices = user
            .devices
            .iter()
            .map(|(id, device)| (id.to_string(), DeviceState { display_name: device.display_name.clone() }));
        let pushers = user.pushers.iter().map(|(key, pusher)| PusherState {
            app_id: key.app_id.to_string(),
            pushkey: key.pushkey.to_string(),
            kind: pusher.details.kind.as_str().to_owned(),
            device_display_name: pusher.details.device_display_name.to_string(),
            state: pusher.state,
            device: pusher.device.to_string(),
        });
        let global = user.account_data.global.iter().filter(|(_, entry)| entry.life == Life::Present);
        let settings_events: BTreeMap<String, Value> = global
            .filter_map(|(name, entry)| {
                Some((self.dialect.settings_device(name)?.to_owned(), entry.content.clone()))
            })
            .collect();
        UserState { devices: devices.collect(), pushers: pushers.collect(), settings_events }
    }
}
