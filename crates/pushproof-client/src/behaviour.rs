//! How the reference client behaves wherever it could behave wrongly: one value, [`Behaviour`], with a field for each
//! decision. The default of every field is the healthy one. A [defect](crate::Defect) is a named change of this value;
//! nothing else in the crate knows of defects.

/// Every decision of the client that a defect or a variation can change. The default is a healthy client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Behaviour {
    /// How a pusher without state, or with one that is null, is shown.
    pub state: UnclearState,
    /// What is shown of a device.
    pub shown: Shown,
    /// Which devices can be silenced.
    pub scope: Scope,
    /// Which of a device's pushers are set when it is toggled.
    pub toggled: Toggled,
    /// How what is toggled gets its state.
    pub toggling: Toggling,
    /// Which fields of a pusher that is toggled are sent.
    pub fields: Fields,
    /// Whether the link of a pusher that is toggled is sent.
    pub link: Link,
    /// What is written to toggle a device without a pusher.
    pub written: Written,
    /// What the lack of a settings event means.
    pub without_event: WithoutEvent,
    /// Which contents of the settings event pause.
    pub pausing: Pausing,
    /// What still happens while it is paused.
    pub silence: Silence,
    /// What makes the client forget its settings event.
    pub forgetting: Forgetting,
    /// Whose settings events count.
    pub whose: Whose,
    /// When a new content of the settings event counts.
    pub taking: Taking,
    /// What of a sync answer is looked at first.
    pub order: Order,
    /// Which settings event is made sure of.
    pub ensuring: Ensuring,
    /// What becomes of a settings event that is there.
    pub keeping: Keeping,
    /// Whose settings events are written beside those that are asked for.
    pub neighbours: Neighbours,
    /// How old the list of devices may be.
    pub list: List,
    /// By what the client tells of an event while its settings event does not pause.
    pub resumed: Resumed,
    /// How the type of a settings event is spelled.
    pub spelling: Spelling,
    /// What malformed events do.
    pub malformed: Malformed,
    /// What counts for a device that has a pusher and a settings event.
    pub both: Both,
    /// What happens to the settings event of a device that disappears.
    pub removed: Removed,
}

/// How a pusher without state, or with one that is null, is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnclearState {
    /// As enabled.
    #[default]
    Enabled,
    /// As disabled when there is none.
    MissingDisabled,
    /// As disabled when there is none though the pusher has a link.
    MissingDisabledIfLinked,
    /// As disabled when it is null.
    NullDisabled,
}

/// What is shown of a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// What its pushers or its settings event say.
    #[default]
    AsItIs,
    /// That it is on.
    AlwaysOn,
    /// The opposite.
    Opposite,
    /// That it is off as soon as one of its pushers is.
    OffIfAnyPusherIs,
}

/// Which devices can be silenced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Those that have a pusher or a settings event.
    #[default]
    WhereItWorks,
    /// All.
    Everywhere,
    /// As it should be in what is shown, but when asked nevertheless a settings event is written.
    ShownButNotHeeded,
}

/// Which of a device's pushers are set when it is toggled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Toggled {
    /// All.
    #[default]
    All,
    /// None, but that is not said.
    None,
    /// The first.
    First,
}

/// How what is toggled gets its state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Toggling {
    /// It is set as the homeserver lists it now, with the state asked for.
    #[default]
    Set,
    /// It gets the state that it does not have.
    Flipped,
    /// It gets the opposite of what was asked for, and then that.
    OppositeFirst,
    /// Pushers are deleted and created anew.
    CreatedAnew,
    /// Pushers are set as they were listed when the client was started.
    AsAtStart,
}

/// Which fields of a pusher that is toggled are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fields {
    /// All that can be set, as the list gave them.
    #[default]
    All,
    /// Those that can be set, with nothing in `data` but the address of the push gateway.
    UrlOfDataOnly,
}

/// Whether the link of a pusher that is toggled is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// Never.
    #[default]
    Never,
    /// Always, as the list gave it.
    Always,
    /// When the device is resumed.
    WhenResuming,
}

/// What is written to toggle a device without a pusher.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Written {
    /// A boolean into the settings event of that device.
    #[default]
    Boolean,
    /// A boolean into the settings event of the client's own device.
    OwnDevice,
    /// Nothing into the key for paused when the device is resumed: the key is left out.
    KeyLeftOutWhenResuming,
}

/// What the lack of a settings event means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WithoutEvent {
    /// The client notifies.
    #[default]
    Notifies,
    /// It is silent.
    Silent,
    /// It is silent about all but highlights.
    SilentButForHighlights,
}

/// Which contents of the settings event pause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pausing {
    /// `true` under the key.
    #[default]
    True,
    /// Any content.
    Anything,
    /// `true`, and content without the key.
    TrueOrNoKey,
    /// What a scripting language takes for true.
    Truthy,
}

/// What still happens while it is paused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Silence {
    /// Nothing.
    #[default]
    Complete,
    /// Everything.
    None,
    /// Sounds.
    Sounds,
    /// Everything for invites.
    InvitesBreakThrough,
    /// Everything, later.
    Late,
    /// Everything, four seconds later.
    AfterFourSeconds,
    /// Everything once the client was restarted.
    NoneAfterRestart,
    /// After a restart, highlights and invites are told of all the same.
    LoudBreaksThroughAfterRestart,
}

/// Whose settings events count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whose {
    /// That of the client's own device.
    #[default]
    Own,
    /// That of any device: one that pauses is enough.
    Any,
    /// Those of all devices: one that does not pause is enough to resume.
    All,
    /// Those of devices whose ids begin with the own one: the last of them decides.
    IdPrefix,
}

/// When a new content of the settings event counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Taking {
    /// At once.
    #[default]
    Live,
    /// When the client is started.
    AtStart,
    /// At once when it pauses, when the client is started when it resumes.
    ResumedAtStart,
}

/// What makes a client forget its settings event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Forgetting {
    /// Nothing.
    #[default]
    Never,
    /// That its access token has expired.
    AtExpiry,
    /// That it lost an answer on the way.
    AtLoss,
}

/// What of a sync answer is looked at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Settings.
    #[default]
    SettingsFirst,
    /// Rooms.
    RoomsFirst,
    /// Settings, but those that resume count for the next answer.
    ResumingLast,
}

/// Which settings event is made sure of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ensuring {
    /// The client's own; it says that it is not paused.
    #[default]
    Own,
    /// The client's own; it says that it is paused.
    OwnPaused,
    /// None.
    None,
    /// One without the final dot of the prefix.
    Misspelled,
}

/// What becomes of a settings event that is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keeping {
    /// It is kept.
    #[default]
    Kept,
    /// It is written anew at every start.
    WrittenAnew,
    /// It is written anew a second after every start.
    WrittenAnewLater,
    /// It is written anew when the client is restarted.
    WrittenAnewAtRestart,
    /// The client writes the one that it made sure of once more.
    WrittenTwice,
    /// It is made to resume where the client has a new store.
    ResumedInNewStore,
    /// It is written anew where the client has a new store: what else it holds is lost.
    RewrittenInNewStore,
    /// It is made to resume three seconds after every start.
    ResumedLater,
    /// It is made to resume after an answer was lost on the way.
    ResumedAfterLoss,
    /// It is made to resume when the devices are listed.
    ResumedByLooking,
}

/// Whose settings events are written beside those that are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Neighbours {
    /// Nobody's.
    #[default]
    LeftAlone,
    /// Those of all devices that have none, when the client is started.
    Ensured,
    /// Those of all devices, as soon as one is toggled.
    Toggled,
}

/// How old the list of devices may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum List {
    /// It is read each time.
    #[default]
    Fresh,
    /// It is read once.
    ReadOnce,
}

/// By what the client tells of an event while its settings event does not pause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resumed {
    /// By all that the push rule calls for.
    #[default]
    ByAll,
    /// By all but sound.
    WithoutSound,
}

/// How the type of a settings event is spelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spelling {
    /// With the whole device id, percent-encoded once in the path.
    #[default]
    Verbatim,
    /// With what stands after the last dot of the device id.
    AfterLastDot,
    /// Percent-encoded twice in the path.
    EncodedTwice,
}

/// What malformed events do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Malformed {
    /// They are passed over.
    #[default]
    PassedOver,
    /// They end the sync loop.
    EndSyncing,
    /// Account data whose content is no object ends the sync loop.
    AccountDataEndsSyncing,
    /// They end the process.
    EndProcess,
}

/// What counts for a device that has a pusher and a settings event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Both {
    /// In what is shown and toggled, the pusher.
    #[default]
    Pusher,
    /// The settings event.
    SettingsEvent,
}

/// What happens to the settings event of a device that disappears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Removed {
    /// It is left to the homeserver.
    #[default]
    LeftAlone,
    /// The client empties it.
    Emptied,
}
