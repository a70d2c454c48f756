//! Email pushers: each has an address that was bound for it, and a sentinel that sends mail too.

use std::collections::BTreeMap;

use pushproof_yaml::{Diagnostic, Spanned};

use super::leaves;
use crate::{
    Case, Label, StepKind,
    steps::{ExpectPushAsListed, ExpectSilence, PusherKind, Sentinel},
};

/// The pushers of a case by their kind; the kind is that of the first set.
pub(super) fn kinds(case: &Case) -> BTreeMap<&Label, PusherKind> {
    let mut kinds = BTreeMap::new();
    for step in leaves(case) {
        if let StepKind::SetPusher(set) = &step.kind {
            kinds.entry(&set.pusher.value).or_insert(set.kind);
        }
    }
    kinds
}

pub(super) fn check(case: &Case) -> Vec<Diagnostic> {
    let kinds = kinds(case);
    let mut bound: BTreeMap<&Label, &Spanned<Label>> = BTreeMap::new();
    let mut found = Vec::new();
    let mut wrong = |at: &Spanned<Label>, message: String, hint: String| {
        found.push(Diagnostic::error(at.span, message).with_hint(hint));
    };
    for step in leaves(case) {
        match &step.kind {
            StepKind::BindEmail(bind) => {
                let pusher = &bind.pusher;
                if let Some(first) = bound.insert(&pusher.value, pusher) {
                    let message = format!("an address is bound for `{}` already", pusher.value);
                    wrong(pusher, message, format!("since line {}: one is enough", first.span.line));
                } else if kinds.get(&pusher.value) != Some(&PusherKind::Email) {
                    let message = format!("no email pusher is named `{}`", pusher.value);
                    let hint = format!("after it: `set_pusher` of `{}` with `kind: email`", pusher.value);
                    wrong(pusher, message, hint);
                }
            }
            StepKind::SetPusher(set) if set.kind == PusherKind::Email => {
                let pusher = set.same_key_as.as_ref().unwrap_or(&set.pusher);
                if !bound.contains_key(&pusher.value) {
                    let message = format!("the email pusher `{}` has no address", pusher.value);
                    let hint = format!(
                        "before it: `bind_email: {{ by: {}, pusher: {} }}`",
                        set.by.value, pusher.value
                    );
                    wrong(pusher, message, hint);
                }
            }
            StepKind::ExpectSilence(ExpectSilence { pusher, until: Sentinel { pusher: sentinel, .. } })
            | StepKind::ExpectPushAsListed(ExpectPushAsListed {
                pusher,
                until: Sentinel { pusher: sentinel, .. },
            }) => {
                let (silent, other) = (kinds.get(&pusher.value), kinds.get(&sentinel.value));
                if silent.is_some() && other.is_some() && silent != other {
                    let message = format!("`{}` is of another kind than `{}`", sentinel.value, pusher.value);
                    let hint = "pushes tell nothing of mails: the sentinel is a pusher of the same kind";
                    wrong(sentinel, message, hint.to_owned());
                }
            }
            _ => {}
        }
    }
    found
}
