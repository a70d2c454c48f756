//! In how many cases a clause was found as its verdict says.

use crate::{ClauseRecord, ClauseVerdict, Exclusion, Record, ScenarioRecord, StepVerdict};

/// The cases of a clause that were selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cases {
    /// How many there are.
    pub(crate) all: usize,
    /// In how many of them the verdict shows.
    pub(crate) telling: usize,
}

impl Cases {
    pub(crate) fn of(record: &Record, clause: &ClauseRecord) -> Self {
        let selected: Vec<&ScenarioRecord> = clause
            .scenarios
            .iter()
            .filter_map(|key| record.scenario(key))
            .filter(|scenario| scenario.excluded != Some(Exclusion::NotSelected))
            .collect();
        let telling = selected.iter().filter(|scenario| tells(scenario, clause)).count();
        Self { all: selected.len(), telling }
    }
}

/// Whether a case contributed to the clause's verdict.
fn tells(scenario: &ScenarioRecord, clause: &ClauseRecord) -> bool {
    let any = |verdicts: &[StepVerdict]| {
        scenario.excluded.is_none()
            && scenario.judging(&clause.id).any(|step| verdicts.contains(&step.outcome.verdict))
    };
    match clause.verdict {
        ClauseVerdict::Holds => any(&[StepVerdict::Passed]),
        ClauseVerdict::Observed => any(&[StepVerdict::Passed, StepVerdict::Failed]),
        ClauseVerdict::Broken | ClauseVerdict::Warned => any(&[StepVerdict::Failed]),
        ClauseVerdict::NotJudged => {
            matches!(scenario.excluded, Some(Exclusion::NotJudged { .. }))
                || any(&[StepVerdict::Inconclusive, StepVerdict::Error, StepVerdict::Skipped])
        }
        _ => true,
    }
}
