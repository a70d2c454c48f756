//! What a control that was taken back does to what was judged after it.

use super::StepVerdict;
use crate::{Role, StepRecord};

/// A control can pass and be taken back later, as when a silence that others lean on is broken by a delivery that comes
/// late. Whatever its case judged after it is then in doubt, for better and for worse.
pub(crate) fn doubt_after_controls(steps: &mut [StepRecord]) {
    let Some(index) = taken_back(steps) else { return };
    let line = steps[index].planned.source.line;
    let why = steps[index].outcome.message.clone().unwrap_or_default();
    for step in steps[index + 1..].iter_mut().filter(|step| was_judged(step)) {
        step.outcome.verdict = StepVerdict::Inconclusive;
        step.outcome.message = Some(format!("the control on line {line} was taken back: {why}"));
    }
}

/// Where the control stands that did not pass, if something was judged after it.
pub(crate) fn taken_back(steps: &[StepRecord]) -> Option<usize> {
    let index = steps.iter().position(|step| {
        step.planned.role != Role::Judging
            && matches!(step.outcome.verdict, StepVerdict::Failed | StepVerdict::Inconclusive)
    })?;
    steps[index + 1..].iter().any(was_judged).then_some(index)
}

fn was_judged(step: &StepRecord) -> bool {
    step.planned.role == Role::Judging
        && matches!(step.outcome.verdict, StepVerdict::Passed | StepVerdict::Failed)
}
