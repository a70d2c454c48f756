//! A clause of the proposal and what the run found of it.

use pushproof_vocabulary::{ClauseId, Level, Side};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ClauseVerdict, ScenarioKey};

/// A clause and its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClauseRecord {
    /// The id.
    pub id: ClauseId,
    /// The clause in one line.
    pub title: String,
    /// Who is bound.
    pub side: Side,
    /// How firmly.
    pub level: Level,
    /// Where it stands in the proposal's order, from 0 on.
    pub order: usize,
    /// How it shows on a subject, and what counts as keeping it.
    pub shows: String,
    /// The verdict.
    pub verdict: ClauseVerdict,
    /// Which reading of an open clause the subject took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<String>,
    /// Why there is no verdict that says more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The planned cases that judge it, in the plan's order.
    pub scenarios: Vec<ScenarioKey>,
}
