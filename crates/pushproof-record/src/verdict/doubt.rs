//! What a control that was taken back does to what was judged after it.

use super::StepVerdict;
use crate::{Role, StepRecord};

/// A control can pass and be taken back later, as when a silence that others lean on is broken by a delivery that comes
/// late. Whatever its case judged after it is then in doubt, for better and for worse.
pub(crate) fn doubt_after_controls(steps: &mut [StepRecord]) {
    let taken_back = steps.iter().position(|step| {
        step.planned.role != Role::Judging
            && matches!(step.outcome.verdict, StepVerdict::Failed | StepVerdict::Inconclusive)
    });
    let Some(index) = taken_back else { return };
    let line = steps[index].planned.source.line;
    let why = steps[index].outcome.message.clone().unwrap_or_default();
    let judged = steps[index + 1..].iter_mut().filter(|step| {
        step.planned.role == Role::Judging
            && matches!(step.outcome.verdict, StepVerdict::Passed | StepVerdict::Failed)
    });
    for step in judged {
        step.outcome.verdict = StepVerdict::Inconclusive;
        step.outcome.message = Some(format!("the control on line {line} was taken back: {why}"));
    }
}
