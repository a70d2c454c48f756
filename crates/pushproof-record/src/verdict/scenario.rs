//! How the verdicts of its steps make the verdict of a case.

use pushproof_vocabulary::{ClauseId, Level};

use super::{ScenarioVerdict, StepVerdict};
use crate::{Exclusion, Role, StepRecord};

/// The verdict of a case: failed before error, error before inconclusive. `level_of` knows the clauses.
pub(crate) fn judge_scenario(
    excluded: Option<&Exclusion>,
    steps: &[StepRecord],
    level_of: impl Fn(&ClauseId) -> Option<Level>,
) -> ScenarioVerdict {
    match excluded {
        Some(Exclusion::NotSelected) => return ScenarioVerdict::NotSelected,
        Some(Exclusion::NotImplemented { .. }) => return ScenarioVerdict::NotImplemented,
        Some(Exclusion::NotApplicable { .. }) => return ScenarioVerdict::NotApplicable,
        Some(Exclusion::NotJudged { .. }) => return ScenarioVerdict::Inconclusive,
        None => {}
    }
    let verdicts: Vec<StepVerdict> = steps.iter().map(|step| weight(step, &level_of)).collect();
    let judging = || steps.iter().zip(&verdicts).filter(|(step, _)| step.planned.role == Role::Judging);
    if verdicts.contains(&StepVerdict::Failed) {
        ScenarioVerdict::Failed
    } else if verdicts.contains(&StepVerdict::Error) {
        ScenarioVerdict::Error
    } else if verdicts.contains(&StepVerdict::Inconclusive) || verdicts.contains(&StepVerdict::Skipped) {
        ScenarioVerdict::Inconclusive
    } else if judging().next().is_some()
        && judging().all(|(_, verdict)| *verdict == StepVerdict::NotApplicable)
    {
        ScenarioVerdict::NotApplicable
    } else {
        ScenarioVerdict::Passed
    }
}

/// What a step's verdict counts for. Only a judging step can fail a case, and only by a clause that is not open: there
/// a finding of any kind is a reading.
fn weight(step: &StepRecord, level_of: impl Fn(&ClauseId) -> Option<Level>) -> StepVerdict {
    let open = || step.planned.clause.as_ref().and_then(&level_of) == Some(Level::Open);
    match (step.outcome.verdict, step.planned.role) {
        (StepVerdict::Failed, Role::Setup | Role::Control) => StepVerdict::Inconclusive,
        (StepVerdict::Failed, Role::Judging) if open() => match step.outcome.reading {
            Some(_) => StepVerdict::Passed,
            None => StepVerdict::Inconclusive,
        },
        (verdict, _) => verdict,
    }
}
