//! Decisions of settings events while their device exists.

/// What happens to settings events while their device exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SettingsEvents {
    /// What is stored of a write.
    pub written: Written,
    /// Which of the user's devices read it.
    pub readers: Readers,
    /// What other users may do.
    pub others: OthersAccess,
    /// Which syncs carry the event.
    pub synced_in: SyncedIn,
    /// Where the event stands among room events.
    pub order: Order,
}

/// What is stored of a write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Written {
    /// The content as it came.
    #[default]
    AsItCame,
    /// The content of the first write; later ones are forgotten.
    FirstOnly,
    /// Nothing when it is for another device than the writing one.
    OwnDeviceOnly,
    /// The content of the first two writes; later ones are forgotten.
    FirstTwoOnly,
    /// The content, and so in every settings event of the user that is there.
    IntoAllOfTheUser,
    /// The content, and so in other users' settings events for the same device id.
    IntoSameIdOfOthers,
    /// The content, and so in settings events for device ids that differ in case.
    IgnoringCase,
    /// The content with `"true"` or `"false"` for the boolean.
    AsText,
    /// The content, and beside it a key that nobody wrote.
    WithMore,
}

/// Which of the user's devices read a settings event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Readers {
    /// All.
    #[default]
    AllDevices,
    /// The one that wrote it.
    WriterOnly,
}

/// What other users may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OthersAccess {
    /// Nothing.
    #[default]
    Refused,
    /// Read.
    Read,
    /// Write.
    Write,
    /// See them in their syncs.
    Sync,
}

/// Which syncs carry the event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SyncedIn {
    /// All.
    #[default]
    Every,
    /// Initial ones.
    InitialOnly,
    /// Incremental ones.
    IncrementalOnly,
    /// Initial ones, and incremental ones for the first write.
    FirstWriteOnly,
    /// All but those of the device that the event is for.
    NotOfThatDevice,
    /// All but those of the user's newest device.
    NotOfTheNewest,
}

/// Where the event stands among room events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Where it was written.
    #[default]
    AsWritten,
    /// Behind all room events of the same answer: it comes with the next one.
    BehindRoomEvents,
    /// As above, for every fifth write.
    SometimesBehindRoomEvents,
}
