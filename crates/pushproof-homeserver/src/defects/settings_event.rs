//! Defects of settings events: storing, hiding, syncing, keeping.

use super::Defect;
use crate::behaviour::{Order, OthersAccess, PasswordChangeAlone, Readers, Returning, SyncedIn, Written};

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "settings-written-once",
        description: "later writes of a settings event are answered like success, and forgotten",
        breaks: &["settings.stored"],
        apply: |b| b.settings_events.written = Written::FirstOnly,
    },
    Defect {
        name: "settings-of-others-forgotten",
        description: "a settings event that another device writes is answered like success, and forgotten",
        breaks: &["settings.stored"],
        apply: |b| b.settings_events.written = Written::OwnDeviceOnly,
    },
    Defect {
        name: "settings-read-by-writer-only",
        description: "a device finds no settings event that another device of the user wrote",
        breaks: &["settings.stored"],
        apply: |b| b.settings_events.readers = Readers::WriterOnly,
    },
    Defect {
        name: "settings-readable",
        description: "everybody may read everybody's settings events",
        breaks: &["settings.private"],
        apply: |b| b.settings_events.others = OthersAccess::Read,
    },
    Defect {
        name: "settings-writable",
        description: "everybody may write everybody's settings events",
        breaks: &["settings.private"],
        apply: |b| b.settings_events.others = OthersAccess::Write,
    },
    Defect {
        name: "settings-not-in-incremental-sync",
        description: "incremental syncs leave settings events out",
        breaks: &["settings.synced"],
        apply: |b| b.settings_events.synced_in = SyncedIn::InitialOnly,
    },
    Defect {
        name: "settings-not-in-initial-sync",
        description: "initial syncs leave settings events out",
        breaks: &["settings.synced"],
        apply: |b| b.settings_events.synced_in = SyncedIn::IncrementalOnly,
    },
    Defect {
        name: "settings-behind-events",
        description: "a settings event comes a sync later than the room events that were sent after it",
        breaks: &["settings.ordered-before-events"],
        apply: |b| b.settings_events.order = Order::BehindRoomEvents,
    },
    Defect {
        name: "settings-sometimes-behind-events",
        description: "now and then a settings event comes a sync later than room events sent after it",
        breaks: &["settings.ordered-before-events"],
        apply: |b| b.settings_events.order = Order::SometimesBehindRoomEvents,
    },
    Defect {
        name: "relogin-prunes",
        description: "a login with the id of a device that is there prunes its settings event",
        breaks: &["settings.kept-on-relogin"],
        apply: |b| b.removal.returning = Returning::RemovesOnRelogin,
    },
    Defect {
        name: "removed-settings-return",
        description: "a login with the id of a removed device brings its settings event back",
        breaks: &["settings.kept-on-relogin"],
        apply: |b| b.removal.returning = Returning::RevivesRemoved,
    },
    Defect {
        name: "password-change-always-prunes",
        description: "a password change prunes the other devices' settings events even if it logs nobody out",
        breaks: &["settings.kept-on-password-change-without-logout"],
        apply: |b| b.removal.password_change_alone = PasswordChangeAlone::PrunesOthers,
    },
    Defect {
        name: "password-change-unpauses",
        description: "a password change that logs nobody out makes all settings events not paused",
        breaks: &["settings.kept-on-password-change-without-logout"],
        apply: |b| b.removal.password_change_alone = PasswordChangeAlone::UnpausesAll,
    },
];
