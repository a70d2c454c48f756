//! Needs: said where a step has them, and nowhere else.

use std::collections::BTreeMap;

use pushproof_yaml::{Diagnostic, Span};

use super::leaves;
use crate::{Need, Scenario, Step, StepKind, content::Content, steps::PusherKind};

pub(super) fn check(scenario: &Scenario) -> Vec<Diagnostic> {
    let mut used: BTreeMap<Need, Span> = BTreeMap::new();
    for step in scenario.cases.iter().flat_map(leaves) {
        if let Some(need) = needed(step) {
            used.entry(need).or_insert(step.span);
        }
    }
    let mut found = Vec::new();
    for (need, span) in &used {
        if !scenario.needs.iter().any(|declared| declared.value == *need) {
            let name = need.name();
            found.push(
                Diagnostic::error(
                    *span,
                    format!("this step needs `{name}`, which the scenario does not say"),
                )
                .with_hint(format!("write `needs: [{name}]` below the title")),
            );
        }
    }
    for (i, need) in scenario.needs.iter().enumerate() {
        if scenario.needs[..i].contains(need) {
            found.push(Diagnostic::error(need.span, format!("`{}` is there twice", need.name())));
        } else if !used.contains_key(&need.value) && need.value != Need::PrefixedDialect {
            found.push(
                Diagnostic::error(need.span, format!("no step needs `{}`", need.name()))
                    .with_hint("leave it out, so that the scenario also runs where the set-up lacks it"),
            );
        }
    }
    found
}

fn needed(step: &Step) -> Option<Need> {
    match &step.kind {
        StepKind::ExpectPush(_)
        | StepKind::ExpectSilence(_)
        | StepKind::ExpectPushAsListed(_)
        | StepKind::ObservePush(_) => Some(Need::PushGateway),
        StepKind::Restart(_) => Some(Need::Restart),
        StepKind::SetPusher(set) if set.kind == PusherKind::Email => Some(Need::Mail),
        _ if Content::of(step).into_iter().any(|content| content.has_key("$advertised")) => {
            Some(Need::AdvertisedDialect)
        }
        _ => None,
    }
}
