//! Whether the cases of a record are those that its suite plans.

use std::collections::BTreeSet;

use super::{
    Canon, CanonCase,
    contradiction::{Contradiction, of_case, of_step},
};
use crate::{Exclusion, PlannedStep, Record, ScenarioKey, ScenarioRecord, render::count};

/// What scenarios need of the dialect. A dialect that lacks it is nobody's declaration.
const OF_THE_DIALECT: [&str; 2] = ["prefixed-dialect", "advertised-dialect"];

pub(super) fn check(record: &Record, canon: &Canon) -> Result<(), Contradiction> {
    let recorded: BTreeSet<ScenarioKey> = record.scenarios.iter().map(ScenarioRecord::key).collect();
    for (index, case) in record.scenarios.iter().enumerate() {
        match (canon.case(&case.key()), &case.file) {
            (Some(known), None) => check_case(record, index, case, known)?,
            (Some(_), Some(file)) => {
                return Err(Contradiction::new(
                    of_case(index, "file"),
                    file,
                    "the scenario is the suite's own",
                ));
            }
            (None, Some(_)) => {}
            (None, None) => {
                let but = "the suite has no such case, and no `file` says that it is the user's own";
                return Err(Contradiction::new(of_case(index, "id"), &case.key(), but));
            }
        }
    }
    // A run that ended before its scenarios began has none.
    if let Some(lost) = canon
        .cases_of(record.subject.side)
        .find(|case| !recorded.is_empty() && !recorded.contains(&case.planned.key))
    {
        let but = format!("every run of this version plans {} too", lost.planned.key);
        return Err(Contradiction::new("scenarios", &count(record.scenarios.len(), "case"), but));
    }
    Ok(())
}

fn check_case(
    record: &Record,
    index: usize,
    case: &ScenarioRecord,
    known: &CanonCase,
) -> Result<(), Contradiction> {
    let planned = &known.planned;
    if known.side != record.subject.side {
        return Err(Contradiction::new(
            "subject.side",
            &record.subject.side,
            format!("{} judges the other one", planned.key),
        ));
    }
    if case.title != planned.title {
        return Err(Contradiction::new(
            of_case(index, "title"),
            &case.title,
            format!("it is {:?}", planned.title),
        ));
    }
    for (place, (step, known)) in case.steps.iter().map(|step| &step.planned).zip(&planned.steps).enumerate()
    {
        check_step(index, place, step, known, &planned.key)?;
    }
    if case.steps.len() != planned.steps.len() {
        let but = format!("{} has {}", planned.key, planned.steps.len());
        return Err(Contradiction::new(of_case(index, "steps"), &case.steps.len(), but));
    }
    if let Some(exclusion @ Exclusion::NotApplicable { .. }) = &case.excluded {
        let subject = &record.subject;
        let lacks = |need: &String| {
            subject.without.contains(need)
                || subject.undeclared.contains(need)
                || OF_THE_DIALECT.contains(&need.as_str())
        };
        if !known.needs.iter().any(lacks) {
            let but =
                format!("nothing that {} needs is in `subject.without` or `subject.undeclared`", planned.key);
            return Err(Contradiction::new(of_case(index, "excluded"), exclusion, but));
        }
    }
    Ok(())
}

fn check_step(
    index: usize,
    place: usize,
    step: &PlannedStep,
    known: &PlannedStep,
    key: &ScenarioKey,
) -> Result<(), Contradiction> {
    let field = |name: &str| of_step(index, place, name);
    let here = format!("in {key} it is ");
    let differs = |name: &str, says: String, is: String| {
        (says != is).then(|| Contradiction::new(field(name), &says, format!("{here}{is}")))
    };
    let json = |value: serde_json::Result<String>| value.unwrap_or_default();
    let found = differs("step", step.step.clone(), known.step.clone())
        .or_else(|| differs("clause", words(step.clause.as_ref()), words(known.clause.as_ref())))
        .or_else(|| {
            differs("role", json(serde_json::to_string(&step.role)), json(serde_json::to_string(&known.role)))
        })
        .or_else(|| differs("given", words(step.given.as_ref()), words(known.given.as_ref())))
        .or_else(|| differs("source.path", step.source.path.clone(), known.source.path.clone()))
        .or_else(|| differs("source.line", step.source.line.to_string(), known.source.line.to_string()))
        .or_else(|| differs("source.text", step.source.text.clone(), known.source.text.clone()));
    found.map_or(Ok(()), Err)
}

fn words(clause: Option<&pushproof_vocabulary::ClauseId>) -> String {
    clause.map_or_else(|| "none".to_owned(), ToString::to_string)
}

/// Whether a case is planned by the suite just as a record has it.
pub(super) fn is_known(canon: &Canon, case: &ScenarioRecord) -> bool {
    canon.case(&case.key()).is_some_and(|known| {
        known.planned.steps.len() == case.steps.len()
            && case.steps.iter().zip(&known.planned.steps).all(|(step, known)| {
                (&step.planned.step, step.planned.role, &step.planned.clause)
                    == (&known.step, known.role, &known.clause)
            })
    })
}
