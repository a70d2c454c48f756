//! Defects of the link between pusher and device. What the link of a mailing pusher can do wrong belongs here as well,
//! once the homeserver sends mail.

use super::Defect;
use crate::behaviour::{LinkAfterRemote, LinkOnSet, LinkShown, PushersOnRemoval};

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "link-missing",
        description: "pushers are listed without the link",
        breaks: &["pusher.link.http-required"],
        apply: |b| b.listing.link_shown = LinkShown::Absent,
    },
    Defect {
        name: "link-null-while-disabled",
        description: "the link of a disabled pusher is listed as null",
        breaks: &["pusher.link.http-required", "pusher.link.after-remote-toggle"],
        apply: |b| b.listing.link_shown = LinkShown::NullWhenDisabled,
    },
    Defect {
        name: "link-to-unknown-device",
        description: "the link names a device that does not exist",
        breaks: &["pusher.link.names-registrant"],
        apply: |b| b.listing.link_shown = LinkShown::Unknown,
    },
    Defect {
        name: "link-to-first-device",
        description: "the link names the device that logged in first",
        breaks: &["pusher.link.names-registrant"],
        apply: |b| b.listing.link_shown = LinkShown::FirstDevice,
    },
    Defect {
        name: "link-follows-setter",
        description: "the link names the device that set the pusher last",
        breaks: &["pusher.link.after-remote-toggle"],
        apply: |b| b.setting.link_after_remote = LinkAfterRemote::Setter,
    },
    Defect {
        name: "link-follows-enabler",
        description: "the link names the device that enabled the pusher last",
        breaks: &["pusher.link.after-remote-toggle"],
        apply: |b| b.setting.link_after_remote = LinkAfterRemote::SetterWhenEnabling,
    },
    Defect {
        name: "link-ignored",
        description: "a set that carries the link is taken as if it did not",
        breaks: &["pusher.link.rejected-on-set"],
        apply: |b| b.setting.link = LinkOnSet::Ignore,
    },
    Defect {
        name: "link-refused-on-create-only",
        description: "a set that carries the link is refused only if it makes a new pusher",
        breaks: &["pusher.link.rejected-on-set"],
        apply: |b| b.setting.link = LinkOnSet::RefuseOnCreateOnly,
    },
    Defect {
        name: "link-refused-if-unknown",
        description: "a set that carries the link is refused only if it names no device of the user",
        breaks: &["pusher.link.rejected-on-set"],
        apply: |b| b.setting.link = LinkOnSet::RefuseUnknownDevice,
    },
    Defect {
        name: "link-refused-but-applied",
        description: "a set that carries the link is refused, and done",
        breaks: &["pusher.link.rejection-changes-nothing"],
        apply: |b| b.setting.link = LinkOnSet::RefuseButApply,
    },
    Defect {
        name: "link-refused-but-deletes",
        description: "a set that carries the link is refused, and the pusher that it names is gone",
        breaks: &["pusher.link.rejection-changes-nothing"],
        apply: |b| b.setting.link = LinkOnSet::RefuseButDelete,
    },
    Defect {
        name: "pushers-outlive-device",
        description: "a removed device's pushers stay",
        breaks: &["pusher.removed-with-device"],
        apply: |b| b.removal.pushers = PushersOnRemoval::Kept,
    },
    Defect {
        name: "pushers-outlive-deletion",
        description: "a device's pushers stay unless it logs itself out",
        breaks: &["pusher.removed-with-device"],
        apply: |b| b.removal.pushers = PushersOnRemoval::KeptUnlessLogout,
    },
    Defect {
        name: "removed-pushers-go-on",
        description: "a removed device's pushers are not listed any more, but go on",
        breaks: &["pusher.removed-with-device"],
        apply: |b| b.removal.pushers = PushersOnRemoval::HiddenButAlive,
    },
    Defect {
        name: "pushers-go-with-setter",
        description: "a pusher goes with the device that set it last, whatever its link names",
        breaks: &["pusher.removed-with-device"],
        apply: |b| b.setting.link_after_remote = LinkAfterRemote::KeptButOwnedBySetter,
    },
];
