//! The names that a scenario gives to its people, their devices, and its things.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// Lower-case letters, digits and dashes, beginning with a letter.
const WORD: &str = "[a-z][a-z0-9-]*";

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// A person of the scenario: one fresh account, such as `alice`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorName(pub String);

/// What a scenario calls a room, an event, a pusher, a case or a captured value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(pub String);

/// A device of a person, such as `alice.phone`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceRef {
    /// Whose device.
    pub actor: ActorName,
    /// Which of them.
    pub device: Label,
}

impl FromStr for ActorName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        is_word(text).then(|| Self(text.to_owned())).ok_or_else(|| {
            format!("`{text}` is no name of a person: write lower-case letters, such as `alice`")
        })
    }
}

impl FromStr for Label {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        is_word(text).then(|| Self(text.to_owned())).ok_or_else(|| {
            format!("`{text}` is no name: write lower-case letters, digits and dashes, such as `first-event`")
        })
    }
}

impl FromStr for DeviceRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('.') {
            Some((actor, device)) if is_word(actor) && is_word(device) => {
                Ok(Self { actor: ActorName(actor.to_owned()), device: Label(device.to_owned()) })
            }
            _ => Err(format!("`{text}` is no device: write person and device, such as `alice.phone`")),
        }
    }
}

impl fmt::Display for ActorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for DeviceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.actor, self.device)
    }
}

/// Serde and schema of a name that is written as text of one form.
macro_rules! name {
    ($type:ident, $pattern:expr) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    };
}

name!(ActorName, format!("^{WORD}$"));
name!(Label, format!("^{WORD}$"));
name!(DeviceRef, format!("^{WORD}\\.{WORD}$"));
