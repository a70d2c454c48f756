//! Everything that can be wrong with the reference client by name, in one table: each defect is a named change of its
//! [`Behaviour`].

use pushproof_vocabulary::Manner;
use thiserror::Error;

use crate::behaviour::{
    Behaviour, Both, Ensuring, Fields, Forgetting, Keeping, Link, List, Malformed, Neighbours, Order,
    Pausing, Removed, Resumed, Scope, Shown, Silence, Spelling, Taking, Toggled, Toggling, UnclearState,
    Whose, WithoutEvent, Written,
};

/// One thing that is wrong with a client.
pub type Defect = pushproof_vocabulary::Defect<Behaviour>;

/// A name is no defect and no variation.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no defect of a client is named `{name}`")]
pub struct UnknownDefect {
    /// The name that was given.
    pub name: String,
}

/// All defects, in the order of the clauses that they break.
#[must_use]
pub fn defects() -> &'static [Defect] {
    DEFECTS
}

/// What a client may do differently without breaking any clause. A suite that takes one of these for broken is wrong.
#[must_use]
pub fn variations() -> &'static [Defect] {
    VARIATIONS
}

/// The behaviour of a client with these defects and variations.
pub fn behaviour(names: &[String]) -> Result<Behaviour, UnknownDefect> {
    let mut behaviour = Behaviour::default();
    for name in names {
        let defect = DEFECTS.iter().chain(VARIATIONS).find(|defect| defect.name == name);
        (defect.ok_or_else(|| UnknownDefect { name: name.clone() })?.apply)(&mut behaviour);
    }
    Ok(behaviour)
}

const DEFECTS: &[Defect] = &[
    Defect {
        name: "missing-state-disabled",
        description: "a pusher without state is listed as disabled",
        manner: Manner::Direct,
        breaks: &["client.missing-state"],
        apply: |b| b.state = UnclearState::MissingDisabled,
    },
    Defect {
        name: "missing-state-disabled-if-linked",
        description: "a pusher without state is listed as disabled if it has a link",
        manner: Manner::Sly,
        breaks: &["client.missing-state"],
        apply: |b| b.state = UnclearState::MissingDisabledIfLinked,
    },
    Defect {
        name: "pushers-not-toggled",
        description: "asked to toggle a device with a pusher, the client says that it did, and does nothing",
        manner: Manner::Direct,
        breaks: &["client.toggle.state"],
        apply: |b| b.toggled = Toggled::None,
    },
    Defect {
        name: "first-pusher-toggled",
        description: "of several pushers of a device the first alone is toggled",
        manner: Manner::Sly,
        breaks: &["client.toggle.state"],
        apply: |b| b.toggled = Toggled::First,
    },
    Defect {
        name: "toggle-loses-data",
        description: "toggling drops everything in the data of a pusher but its url",
        manner: Manner::Sly,
        breaks: &["client.toggle.state"],
        apply: |b| b.fields = Fields::UrlOfDataOnly,
    },
    Defect {
        name: "toggle-flips",
        description: "asked to toggle a device, the client gives it the state that it does not have",
        manner: Manner::Sly,
        breaks: &["client.toggle.state", "client.toggle.paused"],
        apply: |b| b.toggling = Toggling::Flipped,
    },
    Defect {
        name: "toggle-opposite-first",
        description: "toggling sets the opposite of what was asked for, and then that",
        manner: Manner::Sly,
        breaks: &["client.toggle.state", "client.toggle.paused"],
        apply: |b| b.toggling = Toggling::OppositeFirst,
    },
    Defect {
        name: "toggle-creates-anew",
        description: "toggling deletes a pusher and creates it anew",
        manner: Manner::Sly,
        breaks: &["client.toggle.state"],
        apply: |b| b.toggling = Toggling::CreatedAnew,
    },
    Defect {
        name: "toggle-as-at-start",
        description: "pushers are toggled as they were when the client was started",
        manner: Manner::Sly,
        breaks: &["client.toggle.state"],
        apply: |b| b.toggling = Toggling::AsAtStart,
    },
    Defect {
        name: "devices-shown-on",
        description: "silenced devices are shown as on",
        manner: Manner::Direct,
        breaks: &["client.state-shown"],
        apply: |b| b.shown = Shown::AlwaysOn,
    },
    Defect {
        name: "devices-shown-the-other-way",
        description: "silenced devices are shown as on, others as off",
        manner: Manner::Direct,
        breaks: &["client.state-shown"],
        apply: |b| b.shown = Shown::Opposite,
    },
    Defect {
        name: "device-off-if-any-pusher-is",
        description: "a device is shown as off as soon as one of its pushers is disabled",
        manner: Manner::Sly,
        breaks: &["client.state-shown"],
        apply: |b| b.shown = Shown::OffIfAnyPusherIs,
    },
    Defect {
        name: "devices-listed-once",
        description: "the list of devices is read once, and shown as it was then",
        manner: Manner::Sly,
        breaks: &["client.state-shown"],
        apply: |b| b.list = List::ReadOnce,
    },
    Defect {
        name: "link-sent-back",
        description: "toggling a pusher sends the link that the list gave",
        manner: Manner::Direct,
        breaks: &["client.toggle.no-link"],
        apply: |b| b.link = Link::Always,
    },
    Defect {
        name: "link-sent-back-when-resuming",
        description: "enabling a pusher sends the link that the list gave",
        manner: Manner::Sly,
        breaks: &["client.toggle.no-link"],
        apply: |b| b.link = Link::WhenResuming,
    },
    Defect {
        name: "own-settings-toggled",
        description: "asked to toggle another device, the client writes its own settings event",
        manner: Manner::Direct,
        breaks: &["client.toggle.paused", "client.ensures-event.keeps"],
        apply: |b| b.written = Written::OwnDevice,
    },
    Defect {
        name: "resumed-by-leaving-out",
        description: "resuming a device leaves the key for paused out",
        manner: Manner::Sly,
        breaks: &["client.toggle.paused"],
        apply: |b| b.written = Written::KeyLeftOutWhenResuming,
    },
    Defect {
        name: "silent-without-event",
        description: "without a settings event the client is silent",
        manner: Manner::Direct,
        breaks: &["client.no-event-notifies"],
        apply: |b| b.without_event = WithoutEvent::Silent,
    },
    Defect {
        name: "highlights-only-without-event",
        description: "without a settings event the client tells of highlights only",
        manner: Manner::Sly,
        breaks: &["client.no-event-notifies"],
        apply: |b| b.without_event = WithoutEvent::SilentButForHighlights,
    },
    Defect {
        name: "any-content-pauses",
        description: "any settings event pauses, whatever it says",
        manner: Manner::Direct,
        // What pauses is also shown as off.
        breaks: &["client.state-shown", "client.falsy-notifies"],
        apply: |b| b.pausing = Pausing::Anything,
    },
    Defect {
        name: "missing-key-pauses",
        description: "a settings event without the key for paused pauses",
        manner: Manner::Sly,
        breaks: &["client.falsy-notifies"],
        apply: |b| b.pausing = Pausing::TrueOrNoKey,
    },
    Defect {
        name: "soundless-when-resumed",
        description: "with a settings event that does not pause the client tells of events without sound",
        manner: Manner::Sly,
        breaks: &["client.falsy-notifies"],
        apply: |b| b.resumed = Resumed::WithoutSound,
    },
    Defect {
        name: "pause-ignored",
        description: "the client notifies while it is paused",
        manner: Manner::Direct,
        breaks: &["client.paused-silences", "client.live", "client.same-sync"],
        apply: |b| b.silence = Silence::None,
    },
    Defect {
        name: "paused-sounds",
        description: "the client still plays sounds while it is paused",
        manner: Manner::Sly,
        breaks: &["client.paused-silences"],
        apply: |b| b.silence = Silence::Sounds,
    },
    Defect {
        name: "invites-break-through",
        description: "the client tells of invites while it is paused",
        manner: Manner::Sly,
        breaks: &["client.paused-silences"],
        apply: |b| b.silence = Silence::InvitesBreakThrough,
    },
    Defect {
        name: "paused-notifies-late",
        description: "while it is paused the client notifies late",
        manner: Manner::Sly,
        breaks: &["client.paused-silences", "client.live", "client.same-sync"],
        apply: |b| b.silence = Silence::Late,
    },
    Defect {
        name: "paused-notifies-after-4s",
        description: "while it is paused the client notifies four seconds late",
        manner: Manner::Sly,
        breaks: &["client.paused-silences", "client.live", "client.same-sync"],
        apply: |b| b.silence = Silence::AfterFourSeconds,
    },
    Defect {
        name: "pause-forgotten",
        description: "the pause ends when the client is restarted",
        manner: Manner::Sly,
        breaks: &["client.paused-silences"],
        apply: |b| b.silence = Silence::NoneAfterRestart,
    },
    Defect {
        name: "loud-breaks-through-after-restart",
        description: "a client that is restarted while it is paused tells of highlights and invites",
        manner: Manner::Sly,
        breaks: &["client.paused-silences"],
        apply: |b| b.silence = Silence::LoudBreaksThroughAfterRestart,
    },
    Defect {
        name: "pause-forgotten-at-expiry",
        description: "the pause ends when the access token expires",
        manner: Manner::Sly,
        breaks: &["client.paused-silences"],
        apply: |b| b.forgetting = Forgetting::AtExpiry,
    },
    Defect {
        name: "pause-forgotten-at-loss",
        description: "the pause ends when the connection is lost in the middle of an answer",
        manner: Manner::Sly,
        breaks: &["client.paused-silences"],
        apply: |b| b.forgetting = Forgetting::AtLoss,
    },
    Defect {
        name: "any-device-pauses",
        description: "the settings event of any device pauses the client",
        manner: Manner::Direct,
        breaks: &["client.other-device-ignored"],
        apply: |b| b.whose = Whose::Any,
    },
    Defect {
        name: "any-device-resumes",
        description: "the settings event of any device resumes the client",
        manner: Manner::Direct,
        breaks: &["client.other-device-ignored"],
        apply: |b| b.whose = Whose::All,
    },
    Defect {
        name: "longer-ids-count",
        description: "the settings events of devices whose ids begin with the own one count as well",
        manner: Manner::Sly,
        breaks: &["client.other-device-ignored"],
        apply: |b| b.whose = Whose::IdPrefix,
    },
    Defect {
        name: "settings-read-at-start",
        description: "new settings count once the client is restarted",
        manner: Manner::Direct,
        breaks: &["client.paused-silences", "client.live", "client.same-sync"],
        apply: |b| b.taking = Taking::AtStart,
    },
    Defect {
        name: "resumed-at-start",
        description: "pausing takes effect at once, resuming once the client is restarted",
        manner: Manner::Sly,
        breaks: &["client.live", "client.same-sync"],
        apply: |b| b.taking = Taking::ResumedAtStart,
    },
    Defect {
        name: "rooms-before-settings",
        description: "a message that comes with new settings is treated as the old ones say",
        manner: Manner::Direct,
        breaks: &["client.same-sync"],
        apply: |b| b.order = Order::RoomsFirst,
    },
    Defect {
        name: "resuming-counts-later",
        description: "settings that resume count for the next sync answer",
        manner: Manner::Sly,
        breaks: &["client.same-sync"],
        apply: |b| b.order = Order::ResumingLast,
    },
    Defect {
        name: "no-event-ensured",
        description: "the client never makes sure that it has a settings event",
        manner: Manner::Direct,
        breaks: &["client.ensures-event"],
        apply: |b| b.ensuring = Ensuring::None,
    },
    Defect {
        name: "event-ensured-under-another-name",
        description: "the settings event that the client makes sure of lacks the dot before the device id",
        manner: Manner::Sly,
        breaks: &["client.ensures-event", "client.device-id-verbatim"],
        apply: |b| b.ensuring = Ensuring::Misspelled,
    },
    Defect {
        name: "event-written-anew",
        description: "the client writes its settings event at every start",
        manner: Manner::Direct,
        breaks: &["client.ensures-event.keeps"],
        apply: |b| b.keeping = Keeping::WrittenAnew,
    },
    Defect {
        name: "event-written-anew-later",
        description: "the client writes its settings event a second after every start",
        manner: Manner::Sly,
        breaks: &["client.ensures-event.keeps"],
        apply: |b| b.keeping = Keeping::WrittenAnewLater,
    },
    Defect {
        name: "event-written-anew-at-restart",
        description: "the client writes its settings event when it is restarted",
        manner: Manner::Sly,
        breaks: &["client.ensures-event.keeps"],
        apply: |b| b.keeping = Keeping::WrittenAnewAtRestart,
    },
    Defect {
        name: "event-written-twice",
        description: "the client writes the settings event that it made sure of once more",
        manner: Manner::Direct,
        breaks: &["client.ensures-event.keeps"],
        apply: |b| b.keeping = Keeping::WrittenTwice,
    },
    Defect {
        name: "event-resumed-in-new-store",
        description: "where the client has a new store, it overwrites the settings event that is there",
        manner: Manner::Direct,
        breaks: &["client.paused-silences", "client.ensures-event.keeps"],
        apply: |b| b.keeping = Keeping::ResumedInNewStore,
    },
    Defect {
        name: "event-resumed-later",
        description: "the client overwrites its settings event three seconds after every start",
        manner: Manner::Sly,
        breaks: &["client.paused-silences", "client.ensures-event.keeps"],
        apply: |b| b.keeping = Keeping::ResumedLater,
    },
    Defect {
        name: "event-rewritten-in-new-store",
        description: "where the client has a new store, of the settings event that is there it keeps the pause alone",
        manner: Manner::Sly,
        breaks: &["client.ensures-event.keeps"],
        apply: |b| b.keeping = Keeping::RewrittenInNewStore,
    },
    Defect {
        name: "event-resumed-after-loss",
        description: "after a lost connection the client overwrites its settings event",
        manner: Manner::Sly,
        breaks: &["client.paused-silences", "client.ensures-event.keeps"],
        apply: |b| b.keeping = Keeping::ResumedAfterLoss,
    },
    Defect {
        name: "event-resumed-by-looking",
        description: "a look at the list of devices overwrites the client's settings event",
        manner: Manner::Sly,
        breaks: &["client.paused-silences", "client.ensures-event.keeps"],
        apply: |b| b.keeping = Keeping::ResumedByLooking,
    },
    Defect {
        name: "device-id-after-last-dot",
        description: "of a device id with dots, the part after the last one is taken for the whole",
        manner: Manner::Sly,
        breaks: &["client.device-id-verbatim"],
        apply: |b| b.spelling = Spelling::AfterLastDot,
    },
    Defect {
        name: "device-id-encoded-twice",
        description: "the type of a settings event is percent-encoded twice in the path",
        manner: Manner::Direct,
        breaks: &["client.device-id-verbatim"],
        apply: |b| b.spelling = Spelling::EncodedTwice,
    },
    Defect {
        name: "silencing-offered-everywhere",
        description: "silencing is offered for every device",
        manner: Manner::Direct,
        breaks: &["client.scope-shown"],
        apply: |b| b.scope = Scope::Everywhere,
    },
    Defect {
        name: "unsupported-silenced",
        description: "asked to silence a device that is shown as unsupported, the client writes a settings event",
        manner: Manner::Sly,
        breaks: &["client.scope-shown"],
        apply: |b| b.scope = Scope::ShownButNotHeeded,
    },
    Defect {
        name: "all-devices-ensured",
        description: "the client makes sure of a settings event for every device of its user",
        manner: Manner::Direct,
        breaks: &["client.scope-shown", "client.writes-asked-for"],
        apply: |b| b.neighbours = Neighbours::Ensured,
    },
    Defect {
        name: "neighbours-toggled",
        description: "asked to toggle one device, the client writes the settings events of the others as well",
        manner: Manner::Sly,
        breaks: &["client.writes-asked-for"],
        apply: |b| b.neighbours = Neighbours::Toggled,
    },
    Defect {
        name: "malformed-ends-syncing",
        description: "an event whose content is no object ends the sync loop",
        manner: Manner::Direct,
        breaks: &["client.survives-bad-content"],
        apply: |b| b.malformed = Malformed::EndSyncing,
    },
    Defect {
        name: "malformed-account-data-ends-syncing",
        description: "account data whose content is no object ends the sync loop",
        manner: Manner::Sly,
        breaks: &["client.survives-bad-content"],
        apply: |b| b.malformed = Malformed::AccountDataEndsSyncing,
    },
    Defect {
        name: "malformed-crashes",
        description: "an event whose content is no object ends the client's process",
        manner: Manner::Sly,
        breaks: &["client.survives-bad-content"],
        apply: |b| b.malformed = Malformed::EndProcess,
    },
];

const VARIATIONS: &[Defect] = &[
    Defect {
        name: "null-state-disabled",
        description: "a pusher whose state is null is listed as disabled",
        manner: Manner::Harmless,
        breaks: &[],
        apply: |b| b.state = UnclearState::NullDisabled,
    },
    Defect {
        name: "truthy-pauses",
        description: "whatever a scripting language takes for true pauses",
        manner: Manner::Harmless,
        breaks: &[],
        apply: |b| b.pausing = Pausing::Truthy,
    },
    Defect {
        name: "begins-paused",
        description: "the settings event that the client makes sure of says that it is paused",
        manner: Manner::Harmless,
        breaks: &[],
        apply: |b| b.ensuring = Ensuring::OwnPaused,
    },
    Defect {
        name: "settings-before-pusher",
        description: "of a pusher and a settings event for one device, the settings event counts",
        manner: Manner::Harmless,
        breaks: &[],
        apply: |b| b.both = Both::SettingsEvent,
    },
    Defect {
        name: "removed-emptied",
        description: "the client empties the settings event of a device that disappears",
        manner: Manner::Harmless,
        breaks: &[],
        apply: |b| b.removed = Removed::Emptied,
    },
];
