//! Decisions of a restart, and of the upgrade from a server without the proposal.

/// What becomes of pushers when the server restarts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Restart {
    /// What becomes of all of them.
    pub pushers: OverRestart,
    /// What becomes of those from before the proposal, once the server implements it.
    pub migration: Migration,
}

/// What becomes of pushers when the server restarts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OverRestart {
    /// Nothing.
    #[default]
    Kept,
    /// They are enabled.
    Enabled,
    /// The email pushers are enabled.
    EmailEnabled,
    /// They are disabled.
    Disabled,
    /// They have the states that they were created with.
    AsCreated,
    /// They keep their states, but delivery takes them for enabled.
    Unheeded,
    /// Those that are disabled are gone.
    DisabledGone,
    /// They are gone.
    Gone,
}

/// What becomes of pushers from before the proposal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Migration {
    /// They are enabled.
    #[default]
    Enabled,
    /// They are disabled.
    Disabled,
    /// The email pushers are disabled.
    EmailDisabled,
    /// The first that a user has is enabled, the others are disabled.
    OthersDisabled,
    /// They are listed without a state until they are set again.
    WithoutState,
    /// They are listed with the state null until they are set again.
    NullState,
    /// They are listed as enabled, but delivery takes them for disabled.
    Silent,
    /// They are gone.
    Gone,
}
