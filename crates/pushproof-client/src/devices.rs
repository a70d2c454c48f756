//! The user's devices as the client shows and silences them.

use pushproof_vocabulary::driver::{ListedDevice, ListedDevices, PushShown, SetPush};
use serde_json::{Map, Value, json};

use crate::{
    behaviour::{Both, Keeping, List, Neighbours, Removed, Scope, Shown, Written},
    session::{Session, lock},
};

/// By what a device is silenced.
enum Means<'a> {
    /// Its pushers.
    Pushers(Vec<&'a Value>),
    /// Its settings event, with this content.
    Settings(Map<String, Value>),
    /// Nothing.
    None,
}

impl Session {
    /// The devices, with what is shown of each.
    pub(crate) async fn list_devices(&self) -> Result<ListedDevices, String> {
        self.write_over(Keeping::ResumedByLooking).await;
        let listed = lock(&self.listed).clone();
        if let (List::ReadOnce, Some(listed)) = (self.behaviour.list, listed) {
            return Ok(listed);
        }
        let answer = self.api.get(&["devices"], &[]).await.map_err(|error| error.to_string())?;
        let pushers = self.pushers().await?;
        let ids = answer["devices"].as_array().into_iter().flatten();
        let ids: Vec<&str> = ids.filter_map(|device| device["device_id"].as_str()).collect();
        if self.behaviour.removed == Removed::Emptied {
            self.empty_settings_but_of(&ids).await;
        }
        let devices = ids.into_iter().map(|id| {
            let (push, toggle) = self.shown(&self.means(id, &pushers));
            ListedDevice { device_id: id.to_owned(), push, toggle }
        });
        let listed = ListedDevices { devices: devices.collect() };
        *lock(&self.listed) = Some(listed.clone());
        Ok(listed)
    }

    /// Silences or resumes a device, by its pushers or by its settings event.
    pub(crate) async fn set_push(&self, wish: &SetPush) -> Result<(), String> {
        let pushers = self.pushers_to_toggle().await?;
        match (self.means(&wish.device_id, &pushers), self.behaviour.scope) {
            (Means::Pushers(pushers), _) => self.toggle(&pushers, wish.enabled).await,
            (Means::Settings(content), _) => self.pause(content, wish).await,
            (Means::None, Scope::WhereItWorks) => {
                Err("the device has neither a pusher nor a settings event".to_owned())
            }
            (Means::None, Scope::Everywhere | Scope::ShownButNotHeeded) => self.pause(Map::new(), wish).await,
        }
    }

    fn means<'a>(&self, device_id: &str, pushers: &'a [Value]) -> Means<'a> {
        let linked = pushers.iter().filter(|pusher| pusher[&self.names.link] == device_id);
        let linked: Vec<&Value> = linked.collect();
        let settings = self.known().account_data.get(&self.settings_type(device_id)).cloned();
        match settings {
            Some(content) if linked.is_empty() || self.behaviour.both == Both::SettingsEvent => {
                Means::Settings(content)
            }
            _ if !linked.is_empty() => Means::Pushers(linked),
            _ => Means::None,
        }
    }

    fn shown(&self, means: &Means<'_>) -> (PushShown, bool) {
        let off = match means {
            Means::Pushers(pushers) if self.behaviour.shown == Shown::OffIfAnyPusherIs => {
                pushers.iter().any(|pusher| !self.is_enabled(pusher))
            }
            Means::Pushers(pushers) => pushers.iter().all(|pusher| !self.is_enabled(pusher)),
            Means::Settings(content) => self.pauses(content),
            Means::None if self.behaviour.scope == Scope::Everywhere => false,
            Means::None => return (PushShown::Unsupported, false),
        };
        let shown_off = match self.behaviour.shown {
            Shown::AsItIs | Shown::OffIfAnyPusherIs => off,
            Shown::Opposite => !off,
            Shown::AlwaysOn => false,
        };
        (if shown_off { PushShown::Disabled } else { PushShown::Enabled }, true)
    }

    /// Writes a device's settings event; what else its content has stays.
    async fn pause(&self, mut content: Map<String, Value>, wish: &SetPush) -> Result<(), String> {
        let key = &self.names.paused;
        let device_id = match self.behaviour.written {
            Written::OwnDevice => self.device_id.as_str(),
            Written::Boolean | Written::KeyLeftOutWhenResuming => wish.device_id.as_str(),
        };
        for enabled in self.states_to_set(wish.enabled, !self.pauses(&content)) {
            content.insert(key.clone(), (!enabled).into());
            if enabled && self.behaviour.written == Written::KeyLeftOutWhenResuming {
                content.remove(key);
            }
            let content = Value::Object(content.clone());
            self.write_settings(&self.settings_type(device_id), &content).await?;
        }
        if self.behaviour.neighbours == Neighbours::Toggled {
            self.pause_all_but(&[device_id, &self.device_id], !wish.enabled).await;
        }
        Ok(())
    }

    /// Writes every settings event there is, but those of these devices.
    async fn pause_all_but(&self, devices: &[&str], paused: bool) {
        for event_type in self.settings_but_of(devices) {
            // What the homeserver refuses stays as it was.
            let _ = self.write_settings(&event_type, &json!({ (&self.names.paused): paused })).await;
        }
    }

    /// The types of the settings events of all devices but these.
    fn settings_but_of(&self, devices: &[&str]) -> Vec<String> {
        let of_others = |name: &&String| {
            let id = name.strip_prefix(&self.names.settings_prefix);
            id.is_some_and(|id| !devices.contains(&id))
        };
        self.known().account_data.keys().filter(of_others).cloned().collect()
    }

    /// Empties the settings events of devices that are not there.
    async fn empty_settings_but_of(&self, devices: &[&str]) {
        for event_type in self.settings_but_of(devices) {
            // What the homeserver refuses stays, and is tried again with the next list.
            let _ = self.write_settings(&event_type, &json!({})).await;
        }
    }
}
