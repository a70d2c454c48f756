//! What is checked before the scenarios, and what stays behind after them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Evidence;

/// One thing that was checked before the scenarios.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PreflightCheck {
    /// What was checked, such as `push-gateway`.
    pub check: String,
    /// How it ended.
    pub verdict: PreflightVerdict,
    /// What was found.
    pub message: String,
    /// The likely cause and the cure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What was seen.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
}

/// How a check of the preflight ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PreflightVerdict {
    /// It works.
    Passed,
    /// It does not; the scenarios that need it are not judged.
    Failed,
    /// It was not checked, for nothing needs it or an earlier check failed.
    Skipped,
}

/// Something that the suite made on the subject and could not remove.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Leftover {
    /// What it is, such as `pusher org.example.app`.
    pub what: String,
    /// The account that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Why it could not be removed.
    pub reason: String,
}
