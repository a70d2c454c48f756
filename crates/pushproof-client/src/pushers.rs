//! Pushers as the client lists and toggles them.

use pushproof_vocabulary::driver::{ListedPusher, ListedPushers};
use serde_json::{Map, Value, json};

use crate::{
    behaviour::{Fields, Link, Toggled, Toggling, UnclearState},
    session::{Session, lock},
};

/// The fields of a pusher that a set may carry, state aside (client-server API, "Push Notifications").
const SETTABLE: [&str; 8] =
    ["app_id", "pushkey", "kind", "app_display_name", "device_display_name", "lang", "profile_tag", "data"];

impl Session {
    /// The pushers as the homeserver gives them.
    pub(crate) async fn pushers(&self) -> Result<Vec<Value>, String> {
        let answer = self.api.get(&["pushers"], &[]).await.map_err(|error| error.to_string())?;
        Ok(answer["pushers"].as_array().cloned().unwrap_or_default())
    }

    /// The pushers with what their states mean.
    pub(crate) async fn list_pushers(&self) -> Result<ListedPushers, String> {
        let pushers = self.pushers().await?;
        let listed = pushers.iter().map(|pusher| ListedPusher {
            app_id: pusher["app_id"].as_str().unwrap_or_default().to_owned(),
            pushkey: pusher["pushkey"].as_str().unwrap_or_default().to_owned(),
            enabled: self.is_enabled(pusher),
        });
        Ok(ListedPushers { pushers: listed.collect() })
    }

    /// Whether a pusher notifies. Without a state it does: it is from before the proposal.
    pub(crate) fn is_enabled(&self, pusher: &Value) -> bool {
        let is_linked = pusher[&self.names.link].is_string();
        match (pusher.get(&self.names.state), self.behaviour.state) {
            (Some(Value::Bool(value)), _) => *value != self.names.state_means_disabled,
            (Some(Value::Null), behaviour) => behaviour != UnclearState::NullDisabled,
            (None, UnclearState::MissingDisabled) => false,
            (None, UnclearState::MissingDisabledIfLinked) => !is_linked,
            _ => true,
        }
    }

    /// Sets the state of pushers, and leaves all else as it is.
    pub(crate) async fn toggle(&self, pushers: &[&Value], enabled: bool) -> Result<(), String> {
        let count = match self.behaviour.toggled {
            Toggled::All => pushers.len(),
            Toggled::First => 1,
            Toggled::None => 0,
        };
        for pusher in pushers.iter().take(count) {
            if self.behaviour.toggling == Toggling::CreatedAnew {
                let (app_id, pushkey) = (&pusher["app_id"], &pusher["pushkey"]);
                self.set(json!({ "app_id": app_id, "pushkey": pushkey, "kind": null })).await?;
            }
            for enabled in self.states_to_set(enabled, self.is_enabled(pusher)) {
                self.set(Value::Object(self.request(pusher, enabled))).await?;
            }
        }
        Ok(())
    }

    /// What is set, one after the other, where a state is asked for: that one.
    pub(crate) fn states_to_set(&self, asked: bool, is: bool) -> Vec<bool> {
        match self.behaviour.toggling {
            Toggling::Flipped => vec![!is],
            Toggling::OppositeFirst => vec![!asked, asked],
            Toggling::Set | Toggling::CreatedAnew | Toggling::AsAtStart => vec![asked],
        }
    }

    /// The pushers that are there to be toggled.
    pub(crate) async fn pushers_to_toggle(&self) -> Result<Vec<Value>, String> {
        let at_start = lock(&self.pushers_at_start).clone();
        match at_start.filter(|_| self.behaviour.toggling == Toggling::AsAtStart) {
            Some(pushers) => Ok(pushers),
            None => self.pushers().await,
        }
    }

    async fn set(&self, body: Value) -> Result<(), String> {
        self.api.post(&["pushers", "set"], &body).await.map(drop).map_err(|error| error.to_string())
    }

    fn request(&self, pusher: &Value, enabled: bool) -> Map<String, Value> {
        let kept = SETTABLE.iter().filter_map(|name| {
            pusher.get(name).filter(|value| !value.is_null()).map(|value| ((*name).to_owned(), value.clone()))
        });
        let mut body: Map<String, Value> = kept.collect();
        body.insert(self.names.state.clone(), (enabled != self.names.state_means_disabled).into());
        if self.behaviour.fields == Fields::UrlOfDataOnly {
            body.insert("data".to_owned(), json!({ "url": pusher["data"]["url"] }));
        }
        let sends_link = match self.behaviour.link {
            Link::Never => false,
            Link::Always => true,
            Link::WhenResuming => enabled,
        };
        if sends_link {
            body.insert(self.names.link.clone(), pusher[&self.names.link].clone());
        }
        body
    }
}
