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
    /// What stands in place of the link of an email pusher.
    pub email_link_shown: EmailLinkShown,
    /// Whose pushers are listed.
    pub whose: Whose,
    /// Under which names state and link are shown.
    pub names: Names,
    /// What who has no access token gets.
    pub without_token: WithoutToken,
    /// How current the list is.
    pub freshness: Freshness,
}

/// How current the list of pushers is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Freshness {
    /// It is what is known now.
    #[default]
    Current,
    /// What a device was shown first is shown to it until it sets a pusher itself.
    CachedByDevice,
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
    /// On those of the asking device.
    OnOwnDevice,
    /// On the first of the list.
    OnTheFirst,
    /// On those whose state has not changed twice.
    UntilChangedTwice,
    /// On http pushers.
    OnHttp,
}

/// How the state is spelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StateForm {
    /// As a JSON boolean.
    #[default]
    Boolean,
    /// As a string.
    Text,
    /// As 0 or 1.
    Number,
    /// As true or false, but null for an enabled one.
    NullWhenEnabled,
    /// As a boolean within `data`.
    WithinData,
    /// As null.
    Null,
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
    /// The device that asks.
    Asker,
    /// The device in lower case.
    LowerCase,
    /// The device without what is neither a letter nor a digit of ASCII.
    Plain,
    /// The empty string.
    Empty,
    /// The device on the asking device's own pushers, nothing on others.
    OnOwnDevice,
    /// Nothing once the pusher was set again.
    LostOnUpdate,
    /// The device that first set a pusher of this app id and push key, though that one was deleted.
    FirstSetterEver,
}

/// What stands in place of the link of an email pusher, which belongs to no device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EmailLinkShown {
    /// Null.
    #[default]
    Null,
    /// The device that set it.
    Device,
    /// The device that set it, while the pusher is disabled.
    DeviceWhenDisabled,
    /// A text without characters.
    EmptyText,
    /// Nothing: the key is absent.
    Absent,
    /// Nothing while the pusher is disabled: the key is absent.
    AbsentWhenDisabled,
}

/// Whose pushers are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whose {
    /// The user's.
    #[default]
    Own,
    /// Everybody's.
    Everybodys,
    /// The user's, and those of others with the same app id and push key.
    OwnAndSameKey,
    /// The user's, but disabled ones are shown to their own device only.
    DisabledToOwnDevice,
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

/// What who has no access token gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WithoutToken {
    /// A refusal.
    #[default]
    Refused,
    /// A list without pushers.
    EmptyList,
}
