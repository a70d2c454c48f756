//! Defects of a restart, and of the upgrade from a server without the proposal.

use super::Defect;
use crate::behaviour::{Migration, OverRestart};

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "restart-enables",
        description: "a restart enables every pusher",
        breaks: &["pusher.state.survives-restart"],
        apply: |b| b.restart.pushers = OverRestart::Enabled,
    },
    Defect {
        name: "restart-disables",
        description: "a restart disables every pusher",
        breaks: &["pusher.state.survives-restart", "pusher.migration"],
        apply: |b| b.restart.pushers = OverRestart::Disabled,
    },
    Defect {
        name: "restart-restores-first-state",
        description: "after a restart every pusher has the state that it was created with",
        breaks: &["pusher.state.survives-restart"],
        apply: |b| b.restart.pushers = OverRestart::AsCreated,
    },
    Defect {
        name: "restart-unheeded",
        description: "after a restart the states are listed as before, but disabled pushers notify",
        breaks: &["pusher.state.survives-restart"],
        apply: |b| b.restart.pushers = OverRestart::Unheeded,
    },
    Defect {
        name: "restart-drops-disabled",
        description: "a restart removes the pushers that are disabled",
        breaks: &["pusher.state.survives-restart"],
        apply: |b| b.restart.pushers = OverRestart::DisabledGone,
    },
    Defect {
        name: "restart-drops-pushers",
        description: "a restart removes every pusher",
        breaks: &["pusher.state.survives-restart", "pusher.migration"],
        apply: |b| b.restart.pushers = OverRestart::Gone,
    },
    Defect {
        name: "migrated-disabled",
        description: "pushers from before the proposal are disabled",
        breaks: &["pusher.migration"],
        apply: |b| b.restart.migration = Migration::Disabled,
    },
    Defect {
        name: "migrated-first-only",
        description: "of a user's pushers from before the proposal all but the oldest are disabled",
        breaks: &["pusher.migration"],
        apply: |b| b.restart.migration = Migration::OthersDisabled,
    },
    Defect {
        name: "migrated-without-state",
        description: "pushers from before the proposal are listed without a state",
        breaks: &["pusher.migration"],
        apply: |b| b.restart.migration = Migration::WithoutState,
    },
    Defect {
        name: "migrated-with-null",
        description: "pushers from before the proposal are listed with a state of null",
        breaks: &["pusher.migration"],
        apply: |b| b.restart.migration = Migration::NullState,
    },
    Defect {
        name: "migrated-silent",
        description: "pushers from before the proposal are listed as enabled, but do not notify",
        breaks: &["pusher.migration"],
        apply: |b| b.restart.migration = Migration::Silent,
    },
    Defect {
        name: "migrated-dropped",
        description: "pushers from before the proposal are gone after the upgrade",
        breaks: &["pusher.migration"],
        apply: |b| b.restart.migration = Migration::Gone,
    },
];
