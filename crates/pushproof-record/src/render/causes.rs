//! What keeps many cases from being judged: one break can be in the way of all that is shown after it. Told once, with
//! its place, and what is to be mended first.

use std::collections::BTreeSet;

use super::words::count;
use crate::{
    ClauseRecord, FailedAs, Record, Role, ScenarioRecord, Signature, StepRecord, StepVerdict,
    render::terminal::failures_of,
};

/// How many causes are told; those that hide more come first.
const MOST: usize = 3;

/// The fewest cases that are worth a sentence of their own.
const FEWEST: usize = 2;

/// A sentence for each cause that hides several cases.
pub(crate) fn causes(record: &Record) -> Vec<String> {
    let mut causes: Vec<Cause<'_>> = Vec::new();
    for case in &record.scenarios {
        let Some(halt) = halt(case) else { continue };
        let signature = Signature::of(halt, FailedAs::Inconclusive);
        match causes.iter_mut().find(|cause| cause.signature == signature) {
            Some(cause) => cause.cases.push(case),
            None => causes.push(Cause { halt, signature, cases: vec![case] }),
        }
    }
    causes.retain(|cause| cause.cases.len() >= FEWEST);
    // Of equals the first in the plan stays first.
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.cases.len()));
    causes.iter().take(MOST).map(|cause| cause.sentence(record)).collect()
}

/// What cases that came to a halt have in common.
struct Cause<'a> {
    /// The step at which the first of them did.
    halt: &'a StepRecord,
    signature: Signature,
    cases: Vec<&'a ScenarioRecord>,
}

/// The step at which a case came to a halt, if steps that judge could not be judged because of it.
fn halt(case: &ScenarioRecord) -> Option<&StepRecord> {
    if case.excluded.is_some() {
        return None;
    }
    let halts =
        |step: &StepRecord| matches!(step.outcome.verdict, StepVerdict::Failed | StepVerdict::Inconclusive);
    let at = case.steps.iter().position(|step| halts(step) && step.outcome.reading.is_none())?;
    let hidden = |step: &StepRecord| {
        step.planned.role == Role::Judging
            && matches!(step.outcome.verdict, StepVerdict::Skipped | StepVerdict::Inconclusive)
    };
    let hides = case.steps[at..].iter().any(hidden);
    hides.then(|| &case.steps[at])
}

impl Cause<'_> {
    fn sentence(&self, record: &Record) -> String {
        let step = self.halt;
        let message = step.outcome.message.as_deref().map(|message| format!(": {message}"));
        let mend = match self.to_mend(record) {
            Some((clause, at)) => format!("; mend {} first ({})", clause.id, place(at)),
            None => "; mend that first".to_owned(),
        };
        format!(
            "{} could not be judged because of `{}` at {}{}{mend}",
            extent(&self.cases, &[StepVerdict::Skipped, StepVerdict::Inconclusive]),
            step.planned.step,
            place(step),
            message.unwrap_or_default(),
        )
    }

    /// The broken clause that the halt is a case of: that of the step itself, or one that a step like it breaks.
    fn to_mend<'r>(&self, record: &'r Record) -> Option<(&'r ClauseRecord, &'r StepRecord)> {
        let own = |clause: &ClauseRecord| self.halt.planned.clause.as_ref() == Some(&clause.id);
        let alike = |step: &StepRecord| {
            let seen = Signature::of(step, FailedAs::Inconclusive);
            Signature { clause: None, ..seen } == Signature { clause: None, ..self.signature.clone() }
        };
        record.clauses.iter().find_map(|clause| {
            let mut failures = failures_of(record, clause);
            failures.find(|step| own(clause) || alike(step)).map(|step| (clause, step))
        })
    }
}

/// How many cases these are, and of how many clauses their steps ended so: `3 cases of 1 clause`.
pub(super) fn extent(cases: &[&ScenarioRecord], ended: &[StepVerdict]) -> String {
    let steps = cases.iter().flat_map(|case| &case.steps);
    let clauses: BTreeSet<&str> = steps
        .filter(|step| ended.contains(&step.outcome.verdict))
        .filter_map(|step| Some(step.planned.clause.as_ref()?.0.as_str()))
        .collect();
    format!("{} of {}", count(cases.len(), "case"), count(clauses.len(), "clause"))
}

fn place(step: &StepRecord) -> String {
    format!("{}:{}", step.planned.source.path, step.planned.source.line)
}
