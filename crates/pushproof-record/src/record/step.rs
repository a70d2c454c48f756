//! A step of a case: what was planned and how it ended.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::Evidence;
use crate::{PlannedStep, StepVerdict};

/// A step as it was planned and as it ended; one flat JSON object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepRecord {
    /// What was planned.
    #[serde(flatten)]
    pub planned: PlannedStep,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: StepOutcome,
}

/// What a step is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Brings the subject where the scenario wants it.
    Setup,
    /// Shows that what follows can be judged.
    Control,
    /// Judges a clause.
    Judging,
}

/// Where a step is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// The scenario's file.
    pub path: String,
    /// The line, from 1 on.
    pub line: u32,
    /// The step as it stands there, without its indentation.
    pub text: String,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepOutcome {
    /// The verdict.
    pub verdict: StepVerdict,
    /// When the step began; 0 when it did not run.
    pub at_ms: u64,
    /// How long it took.
    pub duration_ms: u64,
    /// What happened, where that is not what should.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Where an answer differs from what was expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mismatch: Option<Mismatch>,
    /// What to do, or where to look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Which reading of an open clause the subject took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<String>,
    /// The figures of a silence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silence: Option<Silence>,
    /// How long after the step what it read was looked at again, and was what the verdict says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watched_ms: Option<u64>,
    /// What shows that the step could have failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witness: Option<String>,
    /// What was seen.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
}

impl StepOutcome {
    /// What a step says that did not run because the run was asked to stop.
    pub const INTERRUPTED: &str = "the run was interrupted";

    /// An outcome that says nothing but its verdict and time.
    #[must_use]
    pub fn new(verdict: StepVerdict, at_ms: u64, duration_ms: u64) -> Self {
        Self {
            verdict,
            at_ms,
            duration_ms,
            message: None,
            mismatch: None,
            hint: None,
            reading: None,
            silence: None,
            watched_ms: None,
            witness: None,
            evidence: Vec::new(),
        }
    }

    /// The outcome of a step that did not run.
    #[must_use]
    pub fn skipped() -> Self {
        Self::new(StepVerdict::Skipped, 0, 0)
    }
}

/// Where what was found differs from what was expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mismatch {
    /// The JSON pointer of the place; empty for the whole.
    pub pointer: String,
    /// What was expected there: a JSON value, or words for a pattern.
    pub expected: Value,
    /// What was there; absent when nothing was, which is not the same as `null`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub actual: Option<Value>,
    /// What else was found while waiting, each distinct finding once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub near_misses: Vec<NearMiss>,
}

impl Mismatch {
    /// A mismatch without near misses.
    #[must_use]
    pub fn of(pointer: impl Into<String>, expected: impl Into<Value>, actual: Option<Value>) -> Self {
        Self {
            pointer: pointer.into(),
            expected: expected.into(),
            actual: actual.map(bounded),
            near_misses: Vec::new(),
        }
    }
}

/// The value, or the beginning of its text where that is long: a subject can send any amount, and the exchange beside the
/// mismatch has it.
fn bounded(value: Value) -> Value {
    const MAX_BYTES: usize = 16 * 1024;
    let text = value.to_string();
    if text.len() <= MAX_BYTES {
        return value;
    }
    format!("{}…", &text[..text.floor_char_boundary(MAX_BYTES)]).into()
}

/// Something that was found while waiting for something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NearMiss {
    /// When it was first found.
    pub at_ms: u64,
    /// The JSON pointer of the place where it differs.
    pub pointer: String,
    /// What was there; absent when nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub actual: Option<Value>,
    /// How often it was found.
    pub repeats: u32,
}

/// How a silence was proved, or broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Silence {
    /// How long after the event its sentinel, which must be told of it, was told.
    pub sentinel_ms: u64,
    /// How long was waited beyond the sentinel.
    pub grace_ms: u64,
    /// How long the silence was watched in all.
    pub open_ms: u64,
    /// How many deliveries broke it.
    pub deliveries: u64,
}

/// Reads a field that is there, so that `null` stays apart from absent.
pub(crate) fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::absent(json!({ "pointer": "/a", "expected": true }), None)]
    #[case::null(json!({ "pointer": "/a", "expected": true, "actual": null }), Some(Value::Null))]
    fn null_is_not_absent(#[case] written: Value, #[case] actual: Option<Value>) {
        let mismatch = Mismatch::of("/a", true, actual);
        assert_eq!(serde_json::to_value(&mismatch).unwrap(), written);
        assert_eq!(serde_json::from_value::<Mismatch>(written).unwrap(), mismatch);
    }
}
