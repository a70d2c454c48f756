//! Defects of what a disabled pusher does, and of what an enabled one does again.

use super::Defect;
use crate::behaviour::{CountsWhileDisabled, EventsWhileDisabled, Heeding, Tallies};

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "disabled-notifies",
        description: "a disabled pusher is told of events",
        breaks: &["pusher.disabled.no-notify"],
        apply: |b| b.delivery.events_while_disabled = EventsWhileDisabled::Sent,
    },
    Defect {
        name: "disabled-notifies-invites",
        description: "a disabled pusher is told of invites",
        breaks: &["pusher.disabled.no-notify"],
        apply: |b| b.delivery.events_while_disabled = EventsWhileDisabled::InvitesSent,
    },
    Defect {
        name: "disabled-notifies-highlights",
        description: "a disabled pusher is told of highlights",
        breaks: &["pusher.disabled.no-notify"],
        apply: |b| b.delivery.events_while_disabled = EventsWhileDisabled::HighlightsSent,
    },
    Defect {
        name: "disabled-notifies-late",
        description: "a disabled pusher is told of events a while later",
        breaks: &["pusher.disabled.no-notify"],
        apply: |b| b.delivery.events_while_disabled = EventsWhileDisabled::SentLate,
    },
    Defect {
        name: "disabled-counts",
        description: "a disabled pusher is told the unread counts",
        breaks: &["pusher.disabled.no-counts"],
        apply: |b| b.delivery.counts_while_disabled = CountsWhileDisabled::Sent,
    },
    Defect {
        name: "disabled-counts-late",
        description: "a disabled pusher is told the unread counts a while later",
        breaks: &["pusher.disabled.no-counts"],
        apply: |b| b.delivery.counts_while_disabled = CountsWhileDisabled::SentLate,
    },
    Defect {
        name: "never-resumes",
        description: "a pusher that was disabled stays silent when it is enabled again",
        breaks: &["pusher.enabled.resumes"],
        apply: |b| b.setting.heeding = Heeding::NeverResumes,
    },
    Defect {
        name: "resumes-on-other-change",
        description: "a pusher that is enabled again stays silent unless the set changes something else too",
        breaks: &["pusher.enabled.resumes"],
        apply: |b| b.setting.heeding = Heeding::ResumesOnOtherChange,
    },
    Defect {
        name: "disabled-not-counted",
        description: "nothing counts as unread while one of the user's pushers is disabled",
        breaks: &["pusher.disabled.counts-kept"],
        apply: |b| b.delivery.tallies = Tallies::NotCounted,
    },
    Defect {
        name: "disabled-not-listed",
        description: "/notifications leaves out what came while one of the user's pushers is disabled",
        breaks: &["pusher.disabled.counts-kept"],
        apply: |b| b.delivery.tallies = Tallies::NotListed,
    },
    Defect {
        name: "disabled-mutes-rules",
        description: "the push rules mute everything while one of the user's pushers is disabled",
        breaks: &["pusher.disabled.counts-kept"],
        apply: |b| b.delivery.tallies = Tallies::ShownAsMuted,
    },
];
