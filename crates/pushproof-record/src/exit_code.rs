//! The exit codes of the command. Scripts rely on them: they never change.

use pushproof_vocabulary::{ClauseId, Level};

use crate::{
    ClauseRecord, ClauseVerdict, Exclusion, Record, ScenarioRecord, StepVerdict, Verdict, verdict::judge_run,
};

/// The subject conforms in what was asked.
pub const CONFORMANT: u8 = 0;
/// The subject does not conform, does not implement the proposal, the baseline does not fit, or something stays behind
/// where nothing may.
pub const NOT_CONFORMANT: u8 = 1;
/// The command was called wrongly, or its configuration is wrong.
pub const USAGE: u8 = 2;
/// It could not be judged whether the subject conforms.
pub const NOT_JUDGED: u8 = 3;
/// Nothing was selected.
pub const NOTHING_SELECTED: u8 = 4;
/// The suite itself failed.
pub const INTERNAL: u8 = 70;
/// The run was interrupted.
pub const INTERRUPTED: u8 = 130;

/// The exit code for a verdict on its own.
#[must_use]
pub fn of_verdict(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Conformant => CONFORMANT,
        Verdict::NotConformant | Verdict::NotImplemented => NOT_CONFORMANT,
        Verdict::NotJudged => NOT_JUDGED,
    }
}

/// The exit code for a run: that of its verdict, unless it was interrupted, was allowed to find nothing implemented, or
/// has a baseline. Failures that are known change no verdict, but the exit code; a baseline that does not fit is as bad
/// as a broken clause, and so is what stays behind where nothing may.
#[must_use]
pub fn of(record: &Record) -> u8 {
    if record.interrupted {
        return INTERRUPTED;
    }
    if record.scenarios.iter().any(ScenarioRecord::is_misfit) || record.is_littered() {
        return NOT_CONFORMANT;
    }
    match verdict_beyond_known(record) {
        Verdict::NotImplemented if record.policy.allow_unimplemented => CONFORMANT,
        verdict => of_verdict(verdict),
    }
}

/// The verdict of a run if every known failure were none.
pub(crate) fn verdict_beyond_known(record: &Record) -> Verdict {
    let excused = record.clauses.iter().map(|clause| (clause.level, excused(record, clause)));
    judge_run(
        excused,
        &record.subject.missing,
        record.policy,
        record.circumstances(ScenarioRecord::is_known_failure),
    )
}

/// The verdict of a clause, taken as good when every case that keeps it from being good is a known failure.
fn excused(record: &Record, clause: &ClauseRecord) -> ClauseVerdict {
    let mut at_fault = clause
        .scenarios
        .iter()
        .filter_map(|key| record.scenario(key))
        .filter(|scenario| harms(scenario, &clause.id))
        .peekable();
    if at_fault.peek().is_none() || at_fault.any(|scenario| !scenario.is_known_failure()) {
        return clause.verdict;
    }
    if clause.level == Level::Open { ClauseVerdict::Observed } else { ClauseVerdict::Holds }
}

/// Whether a case keeps a clause from being good.
fn harms(scenario: &ScenarioRecord, clause: &ClauseId) -> bool {
    match &scenario.excluded {
        Some(exclusion) => {
            matches!(exclusion, Exclusion::NotImplemented { .. } | Exclusion::NotJudged { .. })
        }
        None => scenario
            .judging(clause)
            .any(|step| !matches!(step.outcome.verdict, StepVerdict::Passed | StepVerdict::NotApplicable)),
    }
}
