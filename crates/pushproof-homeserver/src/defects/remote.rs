//! Defects of toggling a pusher from another device, and of keeping other users out.

use super::{Defect, Manner};
use crate::behaviour::{Burst, Deletion, Heeding, RemoteSet, TokenlessSet, Whose, WithoutToken};

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "remote-set-refused",
        description: "a set by another device than the pusher's own is refused",
        manner: Manner::Direct,
        breaks: &["pusher.remote.toggle"],
        apply: |b| b.setting.remote = RemoteSet::Refused,
    },
    Defect {
        name: "remote-set-ignored",
        description: "a set by another device is answered like success, but leaves the state",
        manner: Manner::Sly,
        breaks: &["pusher.remote.toggle"],
        apply: |b| b.setting.remote = RemoteSet::StateIgnored,
    },
    Defect {
        name: "remote-set-unheeded",
        description: "a set by another device changes the state that is listed, but not delivery",
        manner: Manner::Sly,
        breaks: &["pusher.remote.toggle", "pusher.disabled.no-email"],
        apply: |b| b.setting.heeding = Heeding::OwnDeviceOnly,
    },
    Defect {
        name: "remote-enabling-unheeded",
        description: "a pusher that another device enables again stays silent",
        manner: Manner::Sly,
        breaks: &["pusher.remote.toggle"],
        apply: |b| b.setting.heeding = Heeding::ResumesByOwnDeviceOnly,
    },
    Defect {
        name: "remote-set-duplicates",
        description: "a pusher that another device sets is listed twice",
        manner: Manner::Direct,
        breaks: &["pusher.remote.no-duplicate"],
        apply: |b| b.setting.remote = RemoteSet::Duplicates,
    },
    Defect {
        name: "remote-set-loses-fields",
        description: "a set by another device loses the profile tag and all data but the URL",
        manner: Manner::Sly,
        breaks: &["pusher.remote.no-duplicate"],
        apply: |b| b.setting.remote = RemoteSet::LosesFields,
    },
    Defect {
        name: "pushers-of-all-listed",
        description: "everybody sees everybody's pushers",
        manner: Manner::Direct,
        breaks: &["pusher.remote.other-user"],
        apply: |b| b.listing.whose = Whose::Everybodys,
    },
    Defect {
        name: "pushers-without-token",
        description: "who has no access token gets an empty list of pushers",
        manner: Manner::Sly,
        breaks: &["pusher.remote.other-user"],
        apply: |b| b.listing.without_token = WithoutToken::EmptyList,
    },
    Defect {
        name: "tokenless-set-done",
        description: "a set without an access token is refused, but done to the pusher that it names",
        manner: Manner::Sly,
        breaks: &["pusher.remote.other-user"],
        apply: |b| b.setting.without_token = TokenlessSet::RefusedButDone,
    },
    Defect {
        name: "burst-confuses-delivery",
        description: "after many sets in a short time delivery does the opposite of the state listed",
        manner: Manner::Direct,
        breaks: &["pusher.remote.concurrent"],
        apply: |b| b.setting.burst = Burst::ConfusesDelivery,
    },
    Defect {
        name: "burst-duplicates",
        description: "after many sets in a short time the pusher is there twice",
        manner: Manner::Sly,
        breaks: &["pusher.remote.concurrent"],
        apply: |b| b.setting.burst = Burst::Duplicates,
    },
    Defect {
        name: "remote-set-of-own",
        description: "a set by another device changes the state of that device's own pusher if it has one",
        manner: Manner::Sly,
        breaks: &["pusher.remote.toggle"],
        apply: |b| b.setting.remote = RemoteSet::StateOfOwnPusher,
    },
    Defect {
        name: "remote-set-refused-to-newcomers",
        description: "a set by a device that logged in after the pusher was set is refused",
        manner: Manner::Sly,
        breaks: &["pusher.remote.toggle"],
        apply: |b| b.setting.remote = RemoteSet::RefusedToNewcomers,
    },
    Defect {
        name: "pushers-of-same-key-listed",
        description: "a user sees other users' pushers of the same app id and push key",
        manner: Manner::Sly,
        breaks: &["pusher.remote.other-user"],
        apply: |b| b.listing.whose = Whose::OwnAndSameKey,
    },
    Defect {
        name: "deletion-takes-same-key-along",
        description: "the deletion of a pusher deletes other users' of the same app id and push key",
        manner: Manner::Sly,
        breaks: &["pusher.remote.other-user"],
        apply: |b| b.setting.deletion = Deletion::TakesSameKeyAlong,
    },
];
