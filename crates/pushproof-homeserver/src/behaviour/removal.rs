//! Decisions of the removal of a device.

/// What the removal of a device takes along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removal {
    /// What becomes of its settings event, by the way the device is removed.
    pub prune: OnRemoval,
    /// Whose settings events are pruned.
    pub scope: PruneScope,
    /// What a password change that logs nobody out does to the settings events.
    pub password_change_alone: PasswordChangeAlone,
    /// What becomes of its http pushers.
    pub pushers: PushersOnRemoval,
    /// What becomes of the email pushers that it set.
    pub email_pushers: EmailPushersOnRemoval,
    /// What a login with a device id that was there before does to the settings event.
    pub returning: Returning,
}

/// What becomes of the settings event, by the way the device is removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OnRemoval {
    /// `POST /logout`.
    pub logout: Prune,
    /// `POST /logout/all`.
    pub logout_all: Prune,
    /// `DELETE /devices/{deviceId}`.
    pub delete_device: Prune,
    /// `POST /delete_devices`.
    pub delete_devices: Prune,
    /// `POST /account/password`.
    pub password_change: Prune,
}

impl OnRemoval {
    /// The same in every way of removing a device.
    #[must_use]
    pub fn always(prune: Prune) -> Self {
        Self {
            logout: prune,
            logout_all: prune,
            delete_device: prune,
            delete_devices: prune,
            password_change: prune,
        }
    }
}

/// What becomes of a removed device's settings event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prune {
    /// It is gone, and the user's other devices learn of it.
    #[default]
    Gone,
    /// It reads as an empty object, in `GET` and in an initial sync too.
    Emptied,
    /// It stays.
    Kept,
    /// It stays while it is paused, else it goes.
    KeptWhilePaused,
    /// It stays, no longer paused.
    Unpaused,
    /// It goes, and is back a second later.
    GoneForASecond,
    /// It goes a minute later.
    GoneLate,
    /// It goes only when the device removes itself.
    GoneWhenOwnDoing,
    /// It goes only when another device removes it.
    GoneWhenOthersDoing,
    /// It goes only for the first device of several.
    GoneForTheFirst,
    /// It stays while it is not paused, else it goes.
    KeptWhileResumed,
    /// It stays if another device wrote it.
    KeptIfWrittenByOthers,
    /// It stays if it was written more than once.
    KeptIfRewritten,
    /// It stays if the device had a pusher.
    KeptBesidePusher,
    /// It goes, and comes back when the user's account data is written next.
    GoneUntilNextWrite,
    /// It goes, and with it those of all the user's devices.
    GoneWithAll,
    /// The settings event of the device that removes it goes instead.
    OfTheRemover,
    /// It is gone, but stays in initial syncs.
    GoneExceptInitialSync,
    /// It is gone, but the other devices are not told.
    GoneUntold,
}

/// Whose settings events are pruned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PruneScope {
    /// The removed device's.
    #[default]
    ThatDevice,
    /// All of the user's.
    AllOfTheUser,
    /// The removed device's, and a second later all of the user's.
    ThatDeviceThenAll,
    /// Those of devices whose id begins with the removed one's.
    IdPrefix,
    /// Those of devices whose id is the removed one's but for case.
    IgnoringCase,
    /// The removed device's, and those of other users' devices of the same id.
    SameIdOfOthers,
    /// The removed device's, and those that it wrote for others.
    WrittenByIt,
    /// All account data whose type ends with a dot and the removed device's id.
    AnyTypeOfThatId,
    /// The removed device's under the final name, whatever the dialect.
    StableName,
}

/// What a password change that logs nobody out does to the settings events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PasswordChangeAlone {
    /// Nothing.
    #[default]
    KeepsAll,
    /// It prunes those of the other devices, as if they were logged out.
    PrunesOthers,
    /// It prunes that of the asking device.
    PrunesOwn,
    /// It makes all of them not paused.
    UnpausesAll,
}

/// What becomes of a removed device's http pushers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PushersOnRemoval {
    /// They are removed.
    #[default]
    Removed,
    /// They stay.
    Kept,
    /// They are removed when the device logs out, and stay when it is deleted.
    KeptUnlessLogout,
    /// They stay while they are disabled.
    KeptWhileDisabled,
    /// They are removed only for the first device of several.
    RemovedForTheFirst,
    /// All of the user's are removed.
    AllOfTheUser,
    /// They are removed, and with them other users' of the same app id and push key.
    SameKeyOfOthersToo,
    /// They are removed, and are back a second later.
    BackLater,
    /// They are no longer listed, but go on.
    HiddenButAlive,
}

/// What becomes of the email pushers that a removed device set, which the proposal leaves open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EmailPushersOnRemoval {
    /// They stay: they belong to the user.
    #[default]
    Kept,
    /// They are removed.
    Removed,
}

/// What a login with a device id that was there before does to the settings event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Returning {
    /// Nothing: a live device keeps its event, a removed one starts without.
    #[default]
    AsItWas,
    /// A login with a live device's id prunes its event.
    RemovesOnRelogin,
    /// A login with a removed device's id brings its event back.
    RevivesRemoved,
}
