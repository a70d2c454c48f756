//! Restarts: nothing else is done meanwhile, nothing is judged before the proposal, and the homeserver is left with it.

use pushproof_vocabulary::Era;
use pushproof_yaml::{Diagnostic, Span};

use crate::{Case, Step, StepKind, steps::Restart};

pub(super) fn check(case: &Case) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut legacy_since: Option<Span> = None;
    for step in &case.steps {
        match &step.kind {
            StepKind::Restart(Restart { into: Era::Legacy }) => legacy_since = Some(step.span),
            StepKind::Restart(Restart { into: Era::Proposal }) => legacy_since = None,
            StepKind::AtOnce(steps) => found.extend(steps.iter().flat_map(Step::leaves).filter_map(at_once)),
            _ => {}
        }
        let clauses = step.leaves().into_iter().filter_map(|leaf| leaf.clause.as_ref());
        if legacy_since.is_some() {
            found.extend(clauses.map(|clause| {
                let message = "no clause binds a homeserver from before the proposal".to_owned();
                Diagnostic::error(clause.span, message)
                    .with_hint("judge it after `restart: { into: proposal }`")
            }));
        }
    }
    found.extend(legacy_since.map(|span| {
        let message = "the homeserver is left without the proposal";
        Diagnostic::error(span, message)
            .with_hint("upgrade it later in the case: `restart: { into: proposal }`")
    }));
    found
}

fn at_once(step: &Step) -> Option<Diagnostic> {
    matches!(step.kind, StepKind::Restart(_)).then(|| {
        Diagnostic::error(step.span, "nothing can be done at the same time as a restart")
            .with_hint("let it stand before or after `at_once`")
    })
}
