//! A step that passes because something is missing or refused proves nothing alone: another step of the same case
//! shows that the thing can be there, or be granted.

use pushproof_yaml::Diagnostic;

use super::leaves;
use crate::{Case, Step, StepKind, steps::SetPusher};

pub(super) fn check(case: &Case) -> Vec<Diagnostic> {
    leaves(case)
        .filter(|step| step.clause.is_some() && step.kind.is_negative())
        .filter(|step| !leaves(case).any(|other| other.kind.is_control_of(&step.kind)))
        .map(|step| {
            let (what, control) = asks_for(step);
            Diagnostic::error(step.span, format!("nothing shows that {what}"))
                .with_hint(format!("add a control without a clause, {control}"))
        })
        .collect()
}

/// What the negative step leaves open, and which step would show it.
fn asks_for(step: &Step) -> (String, String) {
    match &step.kind {
        StepKind::SetPusher(SetPusher { pusher, .. }) => (
            format!("a request for `{}` would be granted without the offence", pusher.value),
            format!("after it: `set_pusher` of `{}` without what is refused", pusher.value),
        ),
        StepKind::SetSettings(set) => (
            format!("settings of `{}` can be written at all", set.device.value),
            format!("such as a `set_settings` for `{}` that succeeds", set.device.value),
        ),
        StepKind::Request(request) => (
            "this request would be granted without the offence".to_owned(),
            format!("a request with the path `{}` that succeeds", request.path.value),
        ),
        StepKind::ExpectSilence(silence) => (
            format!("`{}` is told of anything at all", silence.pusher.value),
            format!("before it: `expect_push` for `{}`", silence.pusher.value),
        ),
        StepKind::ExpectPushAsListed(either) => (
            format!("`{}` is told of anything at all", either.pusher.value),
            format!("before it: `expect_push` for `{}`", either.pusher.value),
        ),
        StepKind::ExpectNoPusher(absent) => (
            format!("`{}` would be listed if it were there", absent.pusher.value),
            format!("such as `expect_pusher` for `{}`", absent.pusher.value),
        ),
        StepKind::ExpectSettings(absent) => (
            format!("the settings of `{}` would be read if they were there", absent.device.value),
            format!("before it: `expect_settings` for `{}`", absent.device.value),
        ),
        StepKind::ExpectSync(absent) => (
            format!("a sync would show the settings of `{}` if they were there", absent.device.value),
            format!("before it: `expect_sync` for `{}`", absent.device.value),
        ),
        StepKind::ExpectNotNotified(silence) => (
            format!("the client on `{}` tells of anything at all", silence.by.value),
            format!("before or after it: `expect_notified` by `{}`", silence.by.value),
        ),
        StepKind::ExpectNoSettingsWritten(none) => (
            format!("it would be seen if the client on `{}` wrote settings", none.by.value),
            format!("before it: `expect_settings_written` by `{}`", none.by.value),
        ),
        StepKind::ExpectNoLinkSent(none) => (
            format!("the client sets `{}` at all", none.pusher.value),
            format!("before it: `expect_pusher_toggled` of `{}`", none.pusher.value),
        ),
        StepKind::ClientSetsPush(set) => (
            format!("the client on `{}` silences any device", set.by.value),
            format!("such as `client_sets_push` by `{}` that is not refused", set.by.value),
        ),
        _ => ("this can be otherwise".to_owned(), "which shows that it can".to_owned()),
    }
}
