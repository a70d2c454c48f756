//! Decisions of what the proposal builds on, which servers make differently: nothing here breaks a clause.

/// How the server keeps to the specification where the proposal says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Base {
    /// Which push gateways a pusher may have.
    pub gateways: Gateways,
    /// How many pushers a push key may have.
    pub pushkeys: Pushkeys,
    /// What the user in the path of account data is for.
    pub path_users: PathUsers,
    /// Whether answers to `/sync` are kept.
    pub syncs: Syncs,
    /// What the server does not offer.
    pub lacks: Lacks,
}

/// Which push gateways a pusher may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gateways {
    /// Any.
    #[default]
    Any,
    /// Those with TLS; others are refused with 400.
    WithTls,
    /// Those whose host is a name or a public address; others are refused with 403.
    Public,
}

/// How many pushers a push key may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pushkeys {
    /// One for each user and app id.
    #[default]
    OneByUserAndApp,
    /// One for each user: that of another app takes its place.
    OneByUser,
}

/// What the user in the path of account data is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PathUsers {
    /// It must be the one who asks; others are refused.
    #[default]
    Checked,
    /// Nothing: it is always about the one who asks.
    Ignored,
}

/// Whether answers to `/sync` are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Syncs {
    /// Each is made anew.
    #[default]
    Fresh,
    /// A device that asks again with the same `since` gets the same answer, if there was anything in it.
    Kept,
}

/// What the server does not offer: it answers with 404 `M_UNRECOGNIZED`, or where clients have to be told why, 403.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lacks {
    /// Nothing.
    #[default]
    Nothing,
    /// `/notifications`.
    Notifications,
    /// `/pushers` and `/pushers/set`.
    Pushers,
    /// `/logout/all`.
    LogoutAll,
    /// `DELETE /devices/{deviceId}`.
    DeleteDevice,
    /// `/delete_devices`.
    DeleteDevices,
    /// `/account/password`, which is refused: passwords are kept elsewhere.
    PasswordChange,
    /// `/rooms/{roomId}/receipt`.
    Receipts,
}
