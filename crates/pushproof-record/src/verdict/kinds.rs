//! What a step, a case, a clause and a run can end as.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepVerdict {
    /// It found what it looked for.
    Passed,
    /// It found something else.
    Failed,
    /// A precondition, a control or the sentinel did not come: nothing can be said.
    Inconclusive,
    /// The suite itself is at fault.
    Error,
    /// The subject lacks something that the proposal does not ask for.
    NotApplicable,
    /// It did not run, because an earlier step ended its case or the run ended.
    Skipped,
}

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScenarioVerdict {
    /// Everything was as it should be.
    Passed,
    /// A judging step failed.
    Failed,
    /// Not everything could be judged, and nothing failed.
    Inconclusive,
    /// The suite itself is at fault.
    Error,
    /// Nothing of it applies to the subject, or to the set-up as it was declared.
    NotApplicable,
    /// It is about a half of the proposal that the subject lacks.
    NotImplemented,
    /// The selection leaves it out.
    NotSelected,
}

/// What the run found of a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClauseVerdict {
    /// A must, or what is implied, was kept wherever it was judged.
    Holds,
    /// A must was broken.
    Broken,
    /// What is implied was broken.
    Warned,
    /// An open clause was looked at; the reading says what was found.
    Observed,
    /// It could not be judged, or not everywhere; the reason says why.
    NotJudged,
    /// It does not apply to the subject, or to the set-up as it was declared.
    NotApplicable,
    /// It belongs to a half of the proposal that the subject lacks.
    NotImplemented,
    /// The selection leaves it out.
    NotSelected,
    /// No check can exist.
    Untestable,
}

/// What the run found of the subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It keeps to the proposal in what was asked.
    Conformant,
    /// It does not.
    NotConformant,
    /// That could not be judged.
    NotJudged,
    /// It does not implement the proposal.
    NotImplemented,
}
