//! Defects of pruning the settings event of a removed device.

use super::Defect;
use crate::behaviour::{OnRemoval, Prune, PruneScope};

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "logout-prunes-nothing",
        description: "a logout leaves the settings event",
        breaks: &["settings.pruned.logout"],
        apply: |b| b.removal.prune.logout = Prune::Kept,
    },
    Defect {
        name: "logout-prunes-late",
        description: "a logout prunes the settings event a minute later",
        breaks: &["settings.pruned.logout"],
        apply: |b| b.removal.prune.logout = Prune::GoneLate,
    },
    Defect {
        name: "logout-all-prunes-nothing",
        description: "a logout of all devices leaves their settings events",
        breaks: &["settings.pruned.logout-all"],
        apply: |b| b.removal.prune.logout_all = Prune::Kept,
    },
    Defect {
        name: "logout-all-spares-own",
        description: "a logout of all devices leaves the settings event of the one that asks for it",
        breaks: &["settings.pruned.logout-all"],
        apply: |b| b.removal.prune.logout_all = Prune::GoneWhenOthersDoing,
    },
    Defect {
        name: "deletion-prunes-nothing",
        description: "the deletion of a device leaves its settings event",
        breaks: &["settings.pruned.delete-device", "settings.pruned.by-other-device"],
        apply: |b| b.removal.prune.delete_device = Prune::Kept,
    },
    Defect {
        name: "deletion-unpauses",
        description: "the deletion of a device leaves its settings event, no longer paused",
        breaks: &["settings.pruned.delete-device", "settings.pruned.by-other-device"],
        apply: |b| b.removal.prune.delete_device = Prune::Unpaused,
    },
    Defect {
        name: "deletions-prune-nothing",
        description: "the deletion of several devices leaves their settings events",
        breaks: &["settings.pruned.delete-devices", "settings.pruned.by-other-device"],
        apply: |b| b.removal.prune.delete_devices = Prune::Kept,
    },
    Defect {
        name: "deletions-prune-the-first",
        description: "the deletion of several devices prunes the settings event of the first one only",
        breaks: &["settings.pruned.delete-devices"],
        apply: |b| b.removal.prune.delete_devices = Prune::GoneForTheFirst,
    },
    Defect {
        name: "password-change-prunes-nothing",
        description: "a password change leaves the settings events of the devices that it logs out",
        breaks: &["settings.pruned.password-change"],
        apply: |b| b.removal.prune.password_change = Prune::Kept,
    },
    Defect {
        name: "password-change-spares-paused",
        description: "a password change leaves those settings events that are paused",
        breaks: &["settings.pruned.password-change"],
        apply: |b| b.removal.prune.password_change = Prune::KeptWhilePaused,
    },
    Defect {
        name: "deletion-by-another-prunes-nothing",
        description: "the deletion of a device leaves its settings event if another device asks for it",
        breaks: &["settings.pruned.by-other-device"],
        apply: |b| b.removal.prune.delete_device = Prune::GoneWhenOwnDoing,
    },
    Defect {
        name: "deletion-prunes-remover",
        description: "the deletion of a device prunes the settings event of the one that asks for it",
        breaks: &["settings.pruned.by-other-device"],
        apply: |b| b.removal.prune.delete_device = Prune::OfTheRemover,
    },
    Defect {
        name: "pruned-stays-in-initial-sync",
        description: "a pruned settings event stays in initial syncs",
        breaks: &["settings.pruned.sync"],
        apply: |b| b.removal.prune = OnRemoval::always(Prune::GoneExceptInitialSync),
    },
    Defect {
        name: "pruning-untold",
        description: "the other devices are not told that a settings event is pruned",
        breaks: &["settings.pruned.sync"],
        apply: |b| b.removal.prune = OnRemoval::always(Prune::GoneUntold),
    },
    Defect {
        name: "all-pruned",
        description: "the removal of a device prunes the settings events of all",
        breaks: &["settings.pruned.only-that-device"],
        apply: |b| b.removal.scope = PruneScope::AllOfTheUser,
    },
    Defect {
        name: "longer-ids-pruned",
        description: "the removal of a device prunes those whose id begins with its own along",
        breaks: &["settings.pruned.only-that-device"],
        apply: |b| b.removal.scope = PruneScope::IdPrefix,
    },
];
