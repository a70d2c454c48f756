//! Defects of the names. In a dialect without a prefix they change nothing.

use super::{Defect, Manner};
use crate::behaviour::{Names, NamesTaken, PruneScope};

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "final-names-listed",
        description: "state and link are listed under their final names",
        manner: Manner::Direct,
        breaks: &[
            "names.unstable",
            "pusher.state.always-returned",
            "pusher.link.http-required",
            "pusher.link.null-is-explicit",
        ],
        apply: |b| b.listing.names = Names::Stable,
    },
    Defect {
        name: "final-names-read",
        description: "the state is read under its final name only",
        manner: Manner::Direct,
        breaks: &["names.unstable", "pusher.state.round-trip", "pusher.state.bad-type"],
        apply: |b| b.setting.names = NamesTaken::Stable,
    },
    Defect {
        name: "final-names-pruned",
        description: "the settings event is pruned under its final name only",
        manner: Manner::Sly,
        breaks: &[
            "names.unstable",
            "settings.pruned.logout",
            "settings.pruned.logout-all",
            "settings.pruned.delete-device",
            "settings.pruned.delete-devices",
            "settings.pruned.password-change",
            "settings.pruned.by-other-device",
        ],
        apply: |b| b.removal.scope = PruneScope::StableName,
    },
];
