//! Mail addresses, which email pushers need.

use pushproof_yaml::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{DeviceRef, Label};

/// Binds a fresh mail address to the account, by the link in a mail, as `POST /account/3pid/add` has it. An email pusher
/// needs one: its push key is that address.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BindEmail {
    /// Whose account, and who asks.
    pub by: Spanned<DeviceRef>,
    /// The email pusher that the address is for.
    pub pusher: Spanned<Label>,
}
