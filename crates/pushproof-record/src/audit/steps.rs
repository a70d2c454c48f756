//! What cases and steps say of themselves that cannot be true together.

use std::collections::BTreeSet;

use super::contradiction::{Contradiction, of_case, of_step};
use crate::{
    Exclusion, Record, Role, ScenarioKey, ScenarioRecord, StepOutcome, StepRecord, StepVerdict, fold::digest,
    verdict::taken_back,
};

pub(super) fn check(record: &Record) -> Result<(), Contradiction> {
    let mut names = BTreeSet::new();
    for (index, case) in record.scenarios.iter().enumerate() {
        let key = case.key();
        if !names.insert(key.to_string()) {
            return Err(Contradiction::new(of_case(index, "id"), &key, "another case is called the same"));
        }
        if key != ScenarioKey::from(key.to_string()) || !key.to_string().chars().all(|c| c.is_ascii_graphic())
        {
            return Err(Contradiction::new(of_case(index, "id"), &key, "no case is called so"));
        }
        excluded(record, index, case)?;
        for (place, step) in case.steps.iter().enumerate() {
            check_step(record, case, (index, place), step)?;
        }
        if let Some(place) = taken_back(&case.steps) {
            let verdict = case.steps[place].outcome.verdict;
            let but = "what was judged after it counts all the same";
            return Err(Contradiction::new(of_step(index, place, "verdict"), &verdict, but));
        }
    }
    if let Some(shard) = &record.shard {
        let digest = digest(record.scenarios.iter().map(ScenarioRecord::key));
        if digest != shard.plan_digest {
            let but = format!("that of its cases is {digest}");
            return Err(Contradiction::new("shard.plan_digest", &shard.plan_digest, but));
        }
    }
    Ok(())
}

/// Whether a case may be left out, or may have run.
fn excluded(record: &Record, index: usize, case: &ScenarioRecord) -> Result<(), Contradiction> {
    let field = of_case(index, "excluded");
    if case.excluded != Some(Exclusion::NotSelected) && !record.takes(case) {
        let but = "the selection and the shard of the run do not take the case";
        return Err(Contradiction::new(field, &case.excluded, but));
    }
    if let Some(Exclusion::NotImplemented { half, .. }) = &case.excluded
        && !record.subject.missing.contains(half)
    {
        return Err(Contradiction::new(field, &half, "`subject.missing` does not name this half"));
    }
    if case.excluded.is_some() && case.baseline.is_some() {
        return Err(Contradiction::new(of_case(index, "baseline"), &case.baseline, "the case did not run"));
    }
    Ok(())
}

fn check_step(
    record: &Record,
    case: &ScenarioRecord,
    (index, place): (usize, usize),
    step: &StepRecord,
) -> Result<(), Contradiction> {
    let (planned, outcome) = (&step.planned, &step.outcome);
    let field = |name: &str| of_step(index, place, name);
    let is_judging = planned.role == Role::Judging;
    if is_judging != planned.clause.is_some() {
        let but = if is_judging { "the step has no clause" } else { "the step has a clause to judge" };
        return Err(Contradiction::new(field("role"), &planned.role, but));
    }
    let verdict = outcome.verdict;
    let against = |but: &str| Err(Contradiction::new(field("verdict"), &verdict, but));
    if case.excluded.is_some() && verdict != StepVerdict::Skipped {
        return against("the case did not run");
    }
    if verdict == StepVerdict::Passed {
        if outcome.mismatch.is_some() {
            return against("its `mismatch` tells what differs");
        }
        if outcome.silence.is_some_and(|silence| silence.deliveries > 0) {
            return against("its `silence` tells of deliveries");
        }
        if outcome.message.is_some() {
            return against("its `message` tells what happened instead");
        }
    }
    let is_asked_to_stop = verdict == StepVerdict::Skipped
        && outcome.message.as_deref() == Some(StepOutcome::INTERRUPTED)
        && case.excluded.is_none();
    if is_asked_to_stop && !record.interrupted {
        let but = format!("`{}` did not run because the run was interrupted", field("verdict"));
        return Err(Contradiction::new("interrupted", &record.interrupted, but));
    }
    let is_unexplained = verdict == StepVerdict::Skipped
        && outcome.message.is_none()
        && case.excluded.is_none()
        && record.unjudgeable.is_empty()
        && case.steps[..place].iter().all(|before| before.outcome.verdict == StepVerdict::Passed);
    if is_unexplained && !record.interrupted {
        let but = format!("`{}` did not run, and nothing else tells why", field("verdict"));
        return Err(Contradiction::new("interrupted", &record.interrupted, but));
    }
    Ok(())
}
