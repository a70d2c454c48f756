//! Decisions of delivery.

/// What is sent to push gateways and by mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// What happens to events for a disabled http pusher.
    pub events_while_disabled: EventsWhileDisabled,
    /// What happens to events for a disabled email pusher.
    pub mails_while_disabled: EventsWhileDisabled,
    /// What happens to counts-only notifications for a disabled pusher.
    pub counts_while_disabled: CountsWhileDisabled,
    /// What the disabling of an http pusher itself causes.
    pub on_disabling: OnDisabling,
    /// What unread counts, notifications and push rules do while a pusher is disabled.
    pub tallies: Tallies,
    /// Whether events of the disabled time are sent after all.
    pub backlog: Backlog,
    /// Which pushers are looked at.
    pub walk: Walk,
    /// Which events make a notification at all.
    pub notified: Notified,
    /// How often an event is delivered.
    pub repeats: Repeats,
    /// How many pushers one request names.
    pub wrapping: Wrapping,
    /// How long a delivery waits before it is sent.
    pub pace: super::Pace,
}

/// What happens to events for a disabled pusher.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EventsWhileDisabled {
    /// They are not sent.
    #[default]
    Silent,
    /// They are sent.
    Sent,
    /// Invites are sent.
    InvitesSent,
    /// Highlights are sent.
    HighlightsSent,
    /// They are sent a while later, if it is disabled still.
    SentLate,
    /// They are sent four seconds later, if it is disabled still.
    SentAfterFourSeconds,
    /// Invites are sent, and to no enabled pusher.
    InvitesSentToThemAlone,
    /// Encrypted events are sent, and to no enabled pusher.
    EncryptedSentToThemAlone,
    /// Calls are sent, and to no enabled pusher.
    CallsSentToThemAlone,
    /// They are sent to another path of the gateway.
    SentToAnotherPath,
    /// They are sent under another app id.
    SentAsAnotherApp,
    /// That there are some is mailed, without a word of what they say.
    Hinted,
    /// Encrypted events are sent.
    EncryptedSent,
    /// Calls are sent.
    CallsSent,
    /// Events of rooms with more than two members are sent.
    GroupsSent,
    /// Events of rooms that the user joined since are sent.
    NewRoomsSent,
    /// All but the first two are sent.
    SentFromTheThird,
    /// They are sent to a pusher that asked for ids only.
    SentAsIds,
    /// They are sent if the user has no enabled pusher.
    SentForLackOfOthers,
    /// They are sent if another user has an enabled pusher of the same app id and push key.
    SentForSameKey,
}

/// What happens to counts-only notifications for a disabled pusher.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CountsWhileDisabled {
    /// They are not sent.
    #[default]
    Silent,
    /// They are sent.
    Sent,
    /// They are sent a while later, if it is disabled still.
    SentLate,
    /// They are sent, and to no enabled pusher.
    SentToThemAlone,
    /// They are sent when another device than the pusher's own has read.
    SentForOthersReading,
}

/// What the disabling of an http pusher itself causes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnDisabling {
    /// Nothing.
    #[default]
    Nothing,
    /// It is told the unread counts a last time.
    Counts,
    /// It is told the unread counts a last time when another device disables it.
    CountsFromAfar,
}

/// What unread counts, notifications and push rules do while a pusher is disabled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tallies {
    /// What they always do.
    #[default]
    Kept,
    /// Nothing is counted as unread while one of the user's pushers is disabled.
    NotCounted,
    /// `/notifications` leaves out what came while one of the user's pushers is disabled.
    NotListed,
    /// The push rules are shown as if the user muted everything while one of the user's pushers is disabled.
    ShownAsMuted,
}

/// Whether events of the disabled time are sent after all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backlog {
    /// Never.
    #[default]
    Dropped,
    /// Once the pusher is enabled again.
    Delivered,
}

/// Which of a user's pushers are looked at for an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Walk {
    /// All.
    #[default]
    All,
    /// Those before the first that is disabled.
    EndsAtDisabled,
}

/// Which events make a notification at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Notified {
    /// Those that the push rules say.
    #[default]
    ByRules,
    /// As above, but neither invites nor calls.
    NeitherInvitesNorCalls,
    /// Those that the push rules say, but no unread counts.
    NoCounts,
}

/// How often an event is delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Repeats {
    /// Until the gateway took it.
    #[default]
    Once,
    /// Once more right after the gateway took it, as after an answer that was lost.
    Twice,
}

/// How many pushers one request names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wrapping {
    /// One.
    #[default]
    OnePusher,
    /// All enabled ones of the user that share the gateway's URL.
    SameGateway,
}
