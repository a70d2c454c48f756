//! Decisions of `GET /pushers`.

/// What `GET /pushers` shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// On which pushers the state is shown.
    pub state_shown: StateShown,
    /// How the state is spelled.
    pub state_form: StateForm,
    /// What the link of an http pusher names.
    pub link_shown: LinkShown,
    /// What the link of any other pusher is.
    pub link_elsewhere: LinkElsewhere,
    /// Whose pushers are listed.
    pub whose: Whose,
    /// Under which names state and link are shown.
    pub names: Names,
}

/// On which pushers the state is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StateShown {
    /// On all.
    #[default]
    Always,
    /// On those whose latest set named one.
    WhenSet,
    /// On those that are disabled.
    WhenDisabled,
}

/// How the state is spelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StateForm {
    /// As a JSON boolean.
    #[default]
    Boolean,
    /// As 0 or 1.
    Number,
    /// As a string when the pusher is disabled.
    TextWhenDisabled,
}

/// What the link of an http pusher names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkShown {
    /// The device that the pusher belongs to.
    #[default]
    Device,
    /// Nothing: the key is absent.
    Absent,
    /// Nothing, as null, while the pusher is disabled.
    NullWhenDisabled,
    /// A device that does not exist.
    Unknown,
    /// The device that logged in first, whichever set the pusher.
    FirstDevice,
}

/// What the link of a pusher of any other kind than http is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkElsewhere {
    /// Null.
    #[default]
    Null,
    /// The device that set the pusher.
    Device,
    /// The device that set the pusher while it is disabled, else null.
    DeviceWhenDisabled,
    /// The key is absent.
    Absent,
    /// The key is absent while the pusher is disabled.
    AbsentWhenDisabled,
}

/// Whose pushers are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whose {
    /// The user's.
    #[default]
    Own,
    /// Other users' with the same app id and push key along.
    SameKeyOfOthers,
}

/// Under which names state and link are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Names {
    /// Those of the dialect.
    #[default]
    Dialect,
    /// The final ones instead.
    Stable,
    /// The dialect's, and the final ones beside them.
    Both,
}
