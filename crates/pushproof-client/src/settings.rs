//! The client's own settings event: what it says, and that there is one.

use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use crate::{
    behaviour::{Ensuring, Keeping, Neighbours, Pausing, Spelling, Whose},
    model::Model,
    session::Session,
};

/// What a path segment may hold as it is.
const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How long is waited before what failed is tried again.
pub(crate) const PAUSE: Duration = Duration::from_millis(200);
/// How long a defective client waits before it writes.
const LATER: Duration = Duration::from_secs(1);
/// How long one waits that has been paused meanwhile.
const MUCH_LATER: Duration = Duration::from_secs(3);

/// What the settings say to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Notify.
    Resumed,
    /// Be silent.
    Paused,
    /// Nothing: there is no settings event.
    Without,
}

impl Session {
    /// The type of a device's settings event.
    pub(crate) fn settings_type(&self, device_id: &str) -> String {
        let id = match self.behaviour.spelling {
            Spelling::AfterLastDot => device_id.rsplit('.').next().unwrap_or(device_id),
            Spelling::Verbatim | Spelling::EncodedTwice => device_id,
        };
        format!("{}{id}", self.names.settings_prefix)
    }

    /// What the settings that the client knows say.
    pub(crate) fn standing(&self, known: &Model) -> Standing {
        let own = self.settings_type(&self.device_id);
        let of_any = |taken: &dyn Fn(&str) -> bool| {
            let contents = known.account_data.iter();
            contents.filter(|(name, _)| taken(name)).map(|(_, content)| content).collect::<Vec<_>>()
        };
        let contents = match self.behaviour.whose {
            Whose::Own => known.account_data.get(&own).into_iter().collect(),
            Whose::Any | Whose::All => of_any(&|name| name.starts_with(&self.names.settings_prefix)),
            Whose::IdPrefix => {
                of_any(&|name| name.starts_with(&own)).into_iter().next_back().into_iter().collect()
            }
        };
        let pausing = contents.iter().filter(|content| self.pauses(content)).count();
        let enough = if self.behaviour.whose == Whose::All { contents.len() } else { 1 };
        match contents.len() {
            0 => Standing::Without,
            _ if pausing >= enough => Standing::Paused,
            _ => Standing::Resumed,
        }
    }

    /// Whether a content pauses.
    pub(crate) fn pauses(&self, content: &Map<String, Value>) -> bool {
        let value = content.get(&self.names.paused);
        match self.behaviour.pausing {
            Pausing::True => value == Some(&Value::Bool(true)),
            Pausing::Anything => true,
            Pausing::TrueOrNoKey => value.is_none_or(|value| *value == Value::Bool(true)),
            Pausing::Truthy => value.is_some_and(is_truthy),
        }
    }

    /// Makes sure that there is a settings event for the client's device. What is there is left alone, also what came
    /// there since the client synced.
    async fn ensure_settings(&self) {
        let (event_type, paused) = match self.behaviour.ensuring {
            Ensuring::Own => (self.settings_type(&self.device_id), false),
            Ensuring::OwnPaused => (self.settings_type(&self.device_id), true),
            Ensuring::Misspelled => {
                let prefix = self.names.settings_prefix.trim_end_matches('.');
                (format!("{prefix}{}", self.device_id), false)
            }
            Ensuring::None => return,
        };
        let there = self.known().account_data.get(&event_type).cloned();
        if let Some(content) = there {
            let paused = match self.behaviour.keeping {
                Keeping::WrittenAnew => self.pauses(&content),
                Keeping::WrittenAnewLater => {
                    tokio::time::sleep(LATER).await;
                    let now = self.api.get(&self.settings_path(&event_type), &[]).await;
                    self.pauses(now.ok().as_ref().and_then(Value::as_object).unwrap_or(&content))
                }
                Keeping::ResumedLater => {
                    tokio::time::sleep(MUCH_LATER).await;
                    false
                }
                Keeping::WrittenAnewAtRestart if self.is_restart => self.pauses(&content),
                Keeping::RewrittenInNewStore if !self.is_restart => self.pauses(&content),
                Keeping::ResumedInNewStore if !self.is_restart => false,
                _ => return,
            };
            self.write_paused(&event_type, paused).await;
            return;
        }
        let content = json!({ (&self.names.paused): paused });
        loop {
            let read = self.api.get(&self.settings_path(&event_type), &[]).await;
            let done = match read {
                Ok(_) => true,
                Err(error) if error.is(404) => self.write_settings(&event_type, &content).await.is_ok(),
                Err(error) => error.is(401) || error.is(403),
            };
            if done {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        if self.behaviour.keeping == Keeping::WrittenTwice {
            self.write_paused(&event_type, paused).await;
        }
    }

    /// Makes sure of the settings event of the client's device, and of no other.
    pub(crate) async fn ensure_all_settings(&self) {
        self.ensure_settings().await;
        if self.behaviour.neighbours != Neighbours::Ensured {
            return;
        }
        let devices = self.api.get(&["devices"], &[]).await.unwrap_or_default();
        for device in devices["devices"].as_array().into_iter().flatten() {
            let event_type = self.settings_type(device["device_id"].as_str().unwrap_or_default());
            if self.api.get(&self.settings_path(&event_type), &[]).await.is_err() {
                self.write_paused(&event_type, false).await;
            }
        }
    }

    /// Makes the own settings event resume, if the client is one that then does so.
    pub(crate) async fn write_over(&self, when: Keeping) {
        if self.behaviour.keeping == when {
            self.write_paused(&self.settings_type(&self.device_id), false).await;
        }
    }

    /// Writes a settings event that says nothing but this. What the homeserver refuses stays as it was.
    async fn write_paused(&self, event_type: &str, paused: bool) {
        let _ = self.write_settings(event_type, &json!({ (&self.names.paused): paused })).await;
    }

    /// Writes account data.
    pub(crate) async fn write_settings(&self, event_type: &str, content: &Value) -> Result<(), String> {
        let twice;
        let event_type = if self.behaviour.spelling == Spelling::EncodedTwice {
            twice = utf8_percent_encode(event_type, &RESERVED).to_string();
            &twice
        } else {
            event_type
        };
        let written = self.api.put(&self.settings_path(event_type), content).await;
        written.map(drop).map_err(|error| error.to_string())
    }

    fn settings_path<'a>(&'a self, event_type: &'a str) -> [&'a str; 4] {
        ["user", &self.user_id, "account_data", event_type]
    }
}

/// What a scripting language takes for true.
fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}
