//! Decisions of the removal of a device.

/// What the removal of a device takes along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removal {
    /// What becomes of its settings event, by the way the device is removed.
    pub prune: OnRemoval,
    /// Whose settings events are pruned.
    pub scope: PruneScope,
    /// What becomes of its http pushers.
    pub pushers: PushersOnRemoval,
    /// What a login with a known or removed device id does to the settings event.
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
    /// It goes a minute later.
    GoneLate,
    /// It stays, not paused.
    Unpaused,
    /// It goes only when the device removes itself.
    GoneWhenOwnDoing,
    /// It goes only for the first device of several.
    GoneForTheFirst,
    /// It goes only when the request spells out what its default says.
    GoneWhenSpelledOut,
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
    /// Those of devices whose id begins with the removed one's.
    IdPrefix,
    /// The removed device's own when it removes itself, else that of the device which removes it.
    Remover,
    /// The removed device's under the final name, whatever the dialect.
    StableName,
    /// The removed device's, and on a password change that logs nobody out those of all.
    AnyPasswordChange,
    /// The removed device's, and on a password change that logs nobody out that of the device which makes it.
    OwnOnPasswordChange,
}

/// What becomes of a removed device's http pushers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PushersOnRemoval {
    /// They are removed.
    #[default]
    Removed,
    /// They stay.
    Kept,
    /// They are no longer listed, but go on.
    HiddenButAlive,
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
