//! The state in short, for people: `GET /state` of the inspection port.

use serde_json::{Map, Value, json};

use super::{State, account_data::Life};

impl State {
    /// Users with their devices, pushers and settings events. No tokens, no passwords.
    pub(crate) fn summary(&self) -> Value {
        let users: Map<String, Value> = self
            .users
            .iter()
            .map(|(id, user)| {
                let pushers = user.pushers.iter().map(|(key, pusher)| {
                    json!({
                        "app_id": &*key.app_id,
                        "pushkey": &*key.pushkey,
                        "kind": pusher.details.kind.as_str(),
                        "state": pusher.state,
                        "device": pusher.device,
                    })
                });
                let settings: Map<String, Value> = user
                    .account_data
                    .global
                    .iter()
                    .filter(|(_, entry)| entry.life == Life::Present)
                    .filter_map(|(name, entry)| {
                        Some((self.dialect.settings_device(name)?.to_owned(), entry.content.clone()))
                    })
                    .collect();
                let shown = json!({
                    "devices": user.devices.keys().collect::<Vec<_>>(),
                    "pushers": pushers.collect::<Vec<_>>(),
                    "settings_events": settings,
                });
                (id.to_string(), shown)
            })
            .collect();
        json!({ "position": self.position, "users": users })
    }
}
