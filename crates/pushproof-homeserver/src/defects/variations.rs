//! Variations: different, but not wrong.

use super::Defect;
use crate::behaviour::{
    Backlog, Identifiers, Names, OnRemoval, Pace, Prune, RefusalCode, Repeats, SpareFields, Wrapping,
};

pub(super) const VARIATIONS: &[Defect] = &[
    Defect {
        name: "link-refused-as-bad-json",
        description: "the refusal of the link has errcode M_BAD_JSON",
        breaks: &[],
        apply: |b| b.setting.refusal_code = RefusalCode::BadJson,
    },
    Defect {
        name: "link-refused-as-unknown",
        description: "the refusal of the link has errcode M_UNKNOWN",
        breaks: &[],
        apply: |b| b.setting.refusal_code = RefusalCode::Unknown,
    },
    Defect {
        name: "final-names-beside",
        description: "state and link are listed under their final names as well",
        breaks: &[],
        apply: |b| b.listing.names = Names::Both,
    },
    Defect {
        name: "settings-emptied",
        description: "a pruned settings event is an empty object, in initial syncs too",
        breaks: &[],
        apply: |b| b.removal.prune = OnRemoval::always(Prune::Emptied),
    },
    Defect {
        name: "backlog-delivered",
        description: "a pusher that is enabled again is told of what it missed",
        breaks: &[],
        apply: |b| b.delivery.backlog = Backlog::Delivered,
    },
    Defect {
        name: "deliveries-repeated",
        description: "every event is delivered once more after the gateway has taken it",
        breaks: &[],
        apply: |b| b.delivery.repeats = Repeats::Twice,
    },
    Defect {
        name: "deliveries-wrapped",
        description: "one request names all pushers of a user that share a gateway",
        breaks: &[],
        apply: |b| b.delivery.wrapping = Wrapping::SameGateway,
    },
    Defect {
        name: "deliveries-slow",
        description: "deliveries wait at random, up to two seconds, and so overtake each other between pushers",
        breaks: &[],
        apply: |b| b.delivery.pace = Pace::UpToTwoSeconds,
    },
    Defect {
        name: "answers-slow",
        description: "answers wait at random, up to two seconds",
        breaks: &[],
        apply: |b| b.answers.pace = Pace::UpToTwoSeconds,
    },
    Defect {
        name: "spare-fields",
        description: "listed pushers carry a field that nobody defined",
        breaks: &[],
        apply: |b| b.answers.spare_fields = SpareFields::Present,
    },
    Defect {
        name: "unusual-ids",
        description: "ids that the server makes have every other character that is allowed",
        breaks: &[],
        apply: |b| b.answers.identifiers = Identifiers::Unusual,
    },
];
