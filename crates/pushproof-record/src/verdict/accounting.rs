//! Cases that ended badly while no clause of the catalogue says so. The verdict of a run is drawn from its clauses; what
//! none of them accounts for (a clause of the other side, one that nobody knows, one that cannot be tested) must not be
//! lost on the way.

use pushproof_vocabulary::{ClauseId, Level};

use super::StepVerdict;
use crate::{Role, ScenarioRecord, StepRecord};

/// What a case does to its run beyond what clauses say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unaccounted {
    /// Something could not be judged.
    Undecided,
    /// Something was broken.
    Failed,
}

/// What a case found that no clause accounts for. `level_of` knows the clauses of the judged side.
pub(crate) fn unaccounted(
    case: &ScenarioRecord,
    level_of: impl Fn(&ClauseId) -> Option<Level>,
) -> Option<Unaccounted> {
    if case.excluded.is_some() {
        return None;
    }
    let has_clause = |step: &&StepRecord| {
        let level = step.planned.clause.as_ref().and_then(&level_of);
        level.is_some_and(|level| level != Level::Untestable)
    };
    let judging = || case.steps.iter().filter(|step| step.planned.role == Role::Judging);
    let stray = judging().filter(|step| !has_clause(step)).filter_map(|step| match step.outcome.verdict {
        StepVerdict::Failed => Some(Unaccounted::Failed),
        StepVerdict::Inconclusive | StepVerdict::Error | StepVerdict::Skipped => Some(Unaccounted::Undecided),
        StepVerdict::Passed | StepVerdict::NotApplicable => None,
    });
    // A fault of the suite where nothing is judged shows in the clauses that are judged after it, if there are any.
    let fault = case
        .steps
        .iter()
        .any(|step| step.planned.role != Role::Judging && step.outcome.verdict == StepVerdict::Error);
    let shows = judging().filter(has_clause).any(|step| is_open(step.outcome.verdict));
    stray.chain((fault && !shows).then_some(Unaccounted::Undecided)).max()
}

fn is_open(verdict: StepVerdict) -> bool {
    matches!(verdict, StepVerdict::Inconclusive | StepVerdict::Error | StepVerdict::Skipped)
}
