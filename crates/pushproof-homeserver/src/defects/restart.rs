//! Defects of a restart, and of the upgrade from a server without the proposal.

use super::{Defect, Manner};
use crate::behaviour::{Migration, OverRestart};

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "restart-enables",
        description: "a restart enables every pusher",
        manner: Manner::Direct,
        breaks: &["pusher.state.survives-restart"],
        apply: |b| b.restart.pushers = OverRestart::Enabled,
    },
    Defect {
        name: "restart-enables-email",
        description: "a restart enables every email pusher",
        manner: Manner::Sly,
        breaks: &["pusher.state.survives-restart"],
        apply: |b| b.restart.pushers = OverRestart::EmailEnabled,
    },
    Defect {
        name: "restart-disables",
        description: "a restart disables every pusher",
        manner: Manner::Direct,
        breaks: &["pusher.state.survives-restart", "pusher.migration"],
        apply: |b| b.restart.pushers = OverRestart::Disabled,
    },
    Defect {
        name: "restart-restores-first-state",
        description: "after a restart every pusher has the state that it was created with",
        manner: Manner::Sly,
        breaks: &["pusher.state.survives-restart"],
        apply: |b| b.restart.pushers = OverRestart::AsCreated,
    },
    Defect {
        name: "restart-unheeded",
        description: "after a restart the states are listed as before, but disabled pushers notify",
        manner: Manner::Sly,
        breaks: &["pusher.state.survives-restart"],
        apply: |b| b.restart.pushers = OverRestart::Unheeded,
    },
    Defect {
        name: "restart-drops-disabled",
        description: "a restart removes the pushers that are disabled",
        manner: Manner::Sly,
        breaks: &["pusher.state.survives-restart"],
        apply: |b| b.restart.pushers = OverRestart::DisabledGone,
    },
    Defect {
        name: "restart-drops-pushers",
        description: "a restart removes every pusher",
        manner: Manner::Sly,
        breaks: &["pusher.state.survives-restart", "pusher.migration"],
        apply: |b| b.restart.pushers = OverRestart::Gone,
    },
    Defect {
        name: "migrated-disabled",
        description: "pushers from before the proposal are disabled",
        manner: Manner::Direct,
        breaks: &["pusher.migration"],
        apply: |b| b.restart.migration = Migration::Disabled,
    },
    Defect {
        name: "migrated-first-only",
        description: "of a user's pushers from before the proposal all but the oldest are disabled",
        manner: Manner::Sly,
        breaks: &["pusher.migration"],
        apply: |b| b.restart.migration = Migration::OthersDisabled,
    },
    Defect {
        name: "migrated-email-disabled",
        description: "email pushers from before the proposal are disabled",
        manner: Manner::Sly,
        breaks: &["pusher.migration"],
        apply: |b| b.restart.migration = Migration::EmailDisabled,
    },
    Defect {
        name: "migrated-without-state",
        description: "pushers from before the proposal are listed without a state",
        manner: Manner::Sly,
        breaks: &["pusher.migration"],
        apply: |b| b.restart.migration = Migration::WithoutState,
    },
    Defect {
        name: "migrated-with-null",
        description: "pushers from before the proposal are listed with a state of null",
        manner: Manner::Sly,
        breaks: &["pusher.migration"],
        apply: |b| b.restart.migration = Migration::NullState,
    },
    Defect {
        name: "migrated-silent",
        description: "pushers from before the proposal are listed as enabled, but do not notify",
        manner: Manner::Sly,
        breaks: &["pusher.migration"],
        apply: |b| b.restart.migration = Migration::Silent,
    },
    Defect {
        name: "migrated-dropped",
        description: "pushers from before the proposal are gone after the upgrade",
        manner: Manner::Sly,
        breaks: &["pusher.migration"],
        apply: |b| b.restart.migration = Migration::Gone,
    },
];
