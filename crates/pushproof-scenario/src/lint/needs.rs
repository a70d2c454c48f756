//! Needs: said where a step has them, and nowhere else.

use std::collections::BTreeMap;

use pushproof_yaml::{Diagnostic, Span};

use super::{emails::kinds, leaves};
use crate::{
    Label, Need, Scenario, Step, StepKind,
    content::Content,
    steps::{ExpectSettingsWritten, PusherKind},
};

pub(super) fn check(scenario: &Scenario) -> Vec<Diagnostic> {
    let mut used: BTreeMap<Need, Span> = BTreeMap::new();
    for case in &scenario.cases {
        let kinds = kinds(case);
        for step in leaves(case) {
            if let Some(need) = needed(step, &kinds) {
                used.entry(need).or_insert(step.span);
            }
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
        } else if !used.contains_key(&need.value)
            && !matches!(need.value, Need::PrefixedDialect | Need::Pusherless)
        {
            found.push(
                Diagnostic::error(need.span, format!("no step needs `{}`", need.name()))
                    .with_hint("leave it out, so that the scenario also runs where the set-up lacks it"),
            );
        }
    }
    found
}

fn needed(step: &Step, kinds: &BTreeMap<&Label, PusherKind>) -> Option<Need> {
    let means = |pusher: &Label| match kinds.get(pusher) {
        Some(PusherKind::Email) => Some(Need::Mail),
        Some(PusherKind::Http) | None => Some(Need::PushGateway),
    };
    match &step.kind {
        StepKind::ExpectPush(push) => means(&push.pusher),
        StepKind::ExpectSilence(silence) => means(&silence.pusher),
        StepKind::ExpectPushAsListed(either) => means(&either.pusher),
        StepKind::ObservePush(push) => means(&push.pusher),
        StepKind::BindEmail(_) => Some(Need::Mail),
        StepKind::Restart(_) => Some(Need::Restart),
        StepKind::ExpectNotified(_)
        | StepKind::ExpectNotNotified(_)
        | StepKind::ObserveNotified(_)
        | StepKind::ExpectSettingsWritten(ExpectSettingsWritten { device: None, .. }) => {
            Some(Need::Pusherless)
        }
        StepKind::ExpectShownPusher(_) | StepKind::ObserveShownPusher(_) => Some(Need::ListsPushers),
        StepKind::ExpectShownDevice(_) | StepKind::ObserveShownDevice(_) => Some(Need::ListsDevices),
        StepKind::ClientSetsPush(_) => Some(Need::Toggles),
        StepKind::StopClient(_) => Some(Need::ClientRestarts),
        StepKind::SetPusher(set) if set.kind == PusherKind::Email => Some(Need::Mail),
        _ if Content::of(step).into_iter().any(|content| content.has_key("$advertised")) => {
            Some(Need::AdvertisedDialect)
        }
        _ => None,
    }
}
