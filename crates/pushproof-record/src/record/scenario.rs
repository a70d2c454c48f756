//! A case of a scenario.

use pushproof_vocabulary::ClauseId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Role, StepRecord};
use crate::{Exclusion, ScenarioKey, ScenarioVerdict, Signature};

/// A planned case and how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioRecord {
    /// The scenario's id.
    pub id: String,
    /// The case, where the scenario is a table of cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// The scenario in one line.
    pub title: String,
    /// The file, where the scenario is the user's own and none of the suite's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The verdict.
    pub verdict: ScenarioVerdict,
    /// How long it took; 0 when it did not run.
    pub duration_ms: u64,
    /// Why it was not run, where that was known beforehand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excluded: Option<Exclusion>,
    /// What is known of its failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// Its steps, in order.
    pub steps: Vec<StepRecord>,
}

impl ScenarioRecord {
    /// The name of the case.
    #[must_use]
    pub fn key(&self) -> ScenarioKey {
        ScenarioKey { id: self.id.clone(), case: self.case.clone() }
    }

    /// Whether it failed as the baseline says, and nothing speaks against accepting that.
    #[must_use]
    pub fn is_known_failure(&self) -> bool {
        self.baseline.as_ref().is_some_and(|known| known.fit == BaselineFit::Fits)
    }

    /// Whether the baseline has an entry for it that must be changed.
    #[must_use]
    pub fn is_misfit(&self) -> bool {
        let misfits = [BaselineFit::Differs, BaselineFit::Stale, BaselineFit::Expired];
        self.baseline.as_ref().is_some_and(|known| misfits.contains(&known.fit))
    }

    /// The steps that judge a clause.
    pub fn judging(&self, clause: &ClauseId) -> impl Iterator<Item = &StepRecord> {
        self.steps.iter().filter(move |step| {
            step.planned.role == Role::Judging && step.planned.clause.as_ref() == Some(clause)
        })
    }
}

/// An entry of the baseline, as it applies to a case that ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Baseline {
    /// Whether the entry fits what happened.
    pub fit: BaselineFit,
    /// Why the failure is accepted.
    pub reason: String,
    /// Where it is tracked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue: Option<String>,
    /// The last day on which it is accepted, as `2026-12-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// How the case is known to fail. Without it, nobody can tell whether the entry fits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fails: Vec<Signature>,
}

/// Whether an entry of the baseline fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BaselineFit {
    /// The case failed as the entry says.
    Fits,
    /// The case failed in another way.
    Differs,
    /// The case does not fail any more; the entry must go.
    Stale,
    /// The case failed as the entry says, but the entry has expired.
    Expired,
    /// The case could not be judged, so that nothing can be said of the entry.
    NotJudged,
}
