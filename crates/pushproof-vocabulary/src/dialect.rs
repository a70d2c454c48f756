//! Dialects: how a subject spells the proposal's names on the wire.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Whether a pusher sends notifications, independent of how a dialect spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PushState {
    /// The pusher notifies; the proposal's `false`.
    Enabled,
    /// The pusher is silent; the proposal's `true`.
    Disabled,
}

/// The field of a pusher that carries its state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StateName {
    /// The name of the field.
    pub key: String,
    /// What the JSON value `true` says.
    pub true_means: PushState,
}

/// The names of the proposal as one family of subjects spells them. A data file, so that users can bring their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dialect {
    /// The name of the dialect, as `--dialect` takes it.
    pub name: String,
    /// The field of a pusher that carries its state.
    pub state: StateName,
    /// The field of a pusher that names its device.
    pub link: String,
    /// The type of the settings event up to the device id, the final dot included.
    pub settings_prefix: String,
    /// The key of the settings event's content that pauses notifications when `true`.
    pub paused: String,
    /// The flag in the `unstable_features` of `/versions`, where the dialect has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advertised: Option<String>,
}

impl Dialect {
    /// The dialects that ship with the suite, prefixed ones first: the order in which they are preferred when a
    /// subject speaks several.
    #[must_use]
    pub fn embedded() -> &'static [Self] {
        static DIALECTS: LazyLock<Vec<Dialect>> = LazyLock::new(|| {
            [
                include_str!("../../../fixtures/dialects/msc0000.yaml"),
                include_str!("../../../fixtures/dialects/msc3881.yaml"),
                include_str!("../../../fixtures/dialects/stable.yaml"),
            ]
            .into_iter()
            .map(|text| pushproof_yaml::from_str(text).expect("a test parses the embedded dialects"))
            .collect()
        });
        &DIALECTS
    }

    /// The embedded dialect of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::embedded().iter().find(|dialect| dialect.name == name)
    }

    /// The proposal's own names, unprefixed.
    #[must_use]
    pub fn stable() -> &'static Self {
        Self::named("stable").expect("the stable dialect is embedded")
    }

    /// Whether the names differ from the proposal's final ones.
    #[must_use]
    pub fn is_prefixed(&self) -> bool {
        let stable = Self::stable();
        self.state.key != stable.state.key
            || self.link != stable.link
            || self.settings_prefix != stable.settings_prefix
    }

    /// The JSON boolean that says `state` in this dialect.
    #[must_use]
    pub fn state_value(&self, state: PushState) -> bool {
        state == self.state.true_means
    }

    /// The state that a JSON value says in this dialect; `None` unless it is a boolean.
    #[must_use]
    pub fn read_state(&self, value: &Value) -> Option<PushState> {
        let says_true = value.as_bool()?;
        Some(match (says_true, self.state.true_means) {
            (true, state) => state,
            (false, PushState::Disabled) => PushState::Enabled,
            (false, PushState::Enabled) => PushState::Disabled,
        })
    }

    /// The type of the settings event of a device.
    #[must_use]
    pub fn settings_type(&self, device_id: &str) -> String {
        format!("{}{device_id}", self.settings_prefix)
    }

    /// The device that an account data type is the settings event of, if it is one.
    #[must_use]
    pub fn settings_device<'a>(&self, event_type: &'a str) -> Option<&'a str> {
        event_type.strip_prefix(&self.settings_prefix)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case("stable", PushState::Disabled, true)]
    #[case("msc0000", PushState::Disabled, true)]
    #[case("msc3881", PushState::Disabled, false)]
    fn state_is_spelled_as_the_dialect_says(
        #[case] name: &str,
        #[case] state: PushState,
        #[case] value: bool,
    ) {
        let dialect = Dialect::named(name).unwrap();
        assert_eq!(dialect.state_value(state), value);
        assert_eq!(dialect.read_state(&json!(value)), Some(state));
        assert_ne!(dialect.read_state(&json!(!value)), Some(state));
    }

    #[test]
    fn only_booleans_are_states() {
        for value in [json!(null), json!(1), json!("true"), json!([]), json!({})] {
            assert_eq!(Dialect::stable().read_state(&value), None, "{value}");
        }
    }

    #[test]
    fn only_stable_is_unprefixed() {
        let prefixed: Vec<_> =
            Dialect::embedded().iter().filter(|d| d.is_prefixed()).map(|d| d.name.as_str()).collect();
        assert_eq!(prefixed, ["msc0000", "msc3881"]);
    }

    #[test]
    fn settings_types_keep_the_device_id_verbatim() {
        let dialect = Dialect::stable();
        for device_id in ["PHONE", "a.b", "a/b c", "é%2F"] {
            assert_eq!(dialect.settings_device(&dialect.settings_type(device_id)), Some(device_id));
        }
        assert_eq!(dialect.settings_device("m.direct"), None);
    }
}
