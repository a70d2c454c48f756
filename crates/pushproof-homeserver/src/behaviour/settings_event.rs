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
