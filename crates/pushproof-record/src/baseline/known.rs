//! The entries of a baseline.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, de::Error};

use super::Signature;
use crate::ScenarioKey;

/// The known failures of a subject, by the case in which they show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownFailures(pub BTreeMap<ScenarioKey, KnownFailure>);

/// A failure that is known.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownFailure {
    /// Why it is accepted.
    #[serde(deserialize_with = "reason")]
    pub reason: String,
    /// Where it is tracked.
    #[serde(default)]
    pub issue: Option<String>,
    /// The last day on which it is accepted.
    #[serde(default)]
    pub expires: Option<Date>,
    /// How the case fails: its steps that do not pass, in order.
    #[serde(deserialize_with = "fails")]
    pub fails: Vec<Signature>,
}

fn reason<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let reason = String::deserialize(deserializer)?;
    if reason.trim().is_empty() {
        return Err(D::Error::custom("the reason is empty: say why this failure is accepted"));
    }
    Ok(reason)
}

fn fails<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Signature>, D::Error> {
    let fails = Vec::deserialize(deserializer)?;
    if fails.is_empty() {
        return Err(D::Error::custom("nothing is said of how the case fails: name at least one step"));
    }
    Ok(fails)
}
