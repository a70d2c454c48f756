//! Calls are sent in rooms that were private from their start: some homeservers refuse a call in a public room, and go on
//! to take a room for public for a while after it no longer is.

use std::collections::BTreeMap;

use pushproof_yaml::Diagnostic;

use super::leaves;
use crate::{
    Case, Label, StepKind,
    steps::{Entry, EventKind},
};

pub(super) fn check(case: &Case) -> Vec<Diagnostic> {
    let mut entries: BTreeMap<&Label, Entry> = BTreeMap::new();
    let mut found = Vec::new();
    for step in leaves(case) {
        match &step.kind {
            StepKind::ShareRoom(share) => drop(entries.insert(&share.room.value, share.entry)),
            StepKind::Send(send)
                if send.kind == EventKind::Call && entries.get(&send.room.value) == Some(&Entry::Open) =>
            {
                let message =
                    format!("a call may be refused in `{}`, which was public at first", send.room.value);
                let hint = "share the room with `entry: invite`, before pushers are set";
                found.push(Diagnostic::error(send.room.span, message).with_hint(hint));
            }
            _ => {}
        }
    }
    found
}
