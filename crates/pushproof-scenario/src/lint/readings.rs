//! Readings: where a clause is open nothing can be wrong, so that a step says what it found there; and nowhere else.

use pushproof_vocabulary::{Catalogue, Level};
use pushproof_yaml::Diagnostic;

use super::leaves;
use crate::{Scenario, Step, steps::Expect};

pub(super) fn check(scenario: &Scenario, catalogue: &Catalogue) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for step in scenario.cases.iter().flat_map(leaves) {
        found.extend(against_the_clause(step, catalogue));
        found.extend(
            step.kind.expect().filter(|expect| !expect.readings.is_empty()).and_then(|e| mixed(step, e)),
        );
    }
    found
}

/// A step of an open clause gives a reading, and only such a step does.
fn against_the_clause(step: &Step, catalogue: &Catalogue) -> Option<Diagnostic> {
    let reads = step.kind.is_reading();
    let Some(clause) = &step.clause else {
        return reads.then(|| {
            Diagnostic::error(step.span, "a reading of no clause")
                .with_hint("name the open clause among the fields of the step: `clause: pusher.state.null`")
        });
    };
    match (catalogue.get(&clause.0)?.level, reads) {
        (Level::Open, false) => Some(
            Diagnostic::error(
                clause.span,
                format!("the clause `{}` is open, and cannot be broken", clause.value),
            )
            .with_hint(
                "say which readings there are: `expect: { readings: { refused: { status: 4xx }, … } }`",
            ),
        ),
        (Level::Must | Level::Implied, true) => Some(
            Diagnostic::error(
                clause.span,
                format!("the clause `{}` is not open, and has one reading", clause.value),
            )
            .with_hint("say what must be, without `readings`"),
        ),
        _ => None,
    }
}

/// Readings stand alone: what they share is written into each.
fn mixed(step: &Step, expect: &Expect) -> Option<Diagnostic> {
    if expect.is_definite() {
        return Some(
            Diagnostic::error(step.span, "readings have other expectations beside them")
                .with_hint("write these into each of the readings"),
        );
    }
    expect.readings.iter().find(|(_, reading)| !reading.readings.is_empty()).map(|(name, _)| {
        Diagnostic::error(name.span, format!("the reading `{}` has readings of its own", name.value))
            .with_hint("write them one after the other")
    })
}
