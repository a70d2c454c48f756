//! Pushers: set, toggle, delete, list.

use pushproof_vocabulary::PushState;
use pushproof_yaml::{Node, Spanned};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{DeviceRef, Label, steps::Expect};

/// Sets a pusher, `POST /pushers/set`. The app id and the push key are the scenario's own; the push key of an email
/// pusher is the address that `bind_email` bound for it. Setting it again updates it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPusher {
    /// Who sets it.
    pub by: Spanned<DeviceRef>,
    /// What the scenario calls the pusher.
    pub pusher: Spanned<Label>,
    /// The kind; `http` if left out.
    #[serde(default)]
    pub kind: PusherKind,
    /// The state that the request carries: `enabled`, `disabled`, `omitted` or `{ raw: … }`; `enabled` if left out.
    #[serde(default)]
    pub state: StateToSet,
    /// The pusher whose app id and push key this one has as well.
    #[serde(default)]
    pub same_key_as: Option<Spanned<Label>>,
    /// The pusher whose push key this one has as well, under an app id of its own.
    #[serde(default)]
    pub same_pushkey_as: Option<Spanned<Label>>,
    /// The request's `append`; the request has none if left out.
    #[serde(default)]
    pub append: Option<bool>,
    /// Further or other fields of the request, merged into those that it has: mappings key by key, all else as a whole.
    /// `$state` and `$link` are the dialect's names, `null` is sent as null, text is a template.
    #[serde(default)]
    pub with: Option<Node>,
    /// What is answered; a success if left out.
    #[serde(default)]
    pub expect: Option<Expect>,
}

/// The kinds of pushers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PusherKind {
    /// Tells the push gateway.
    #[default]
    Http,
    /// Sends mail.
    Email,
}

/// What a set says of the state.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StateToSet {
    /// The dialect's boolean for "not disabled".
    #[default]
    Enabled,
    /// The dialect's boolean for "disabled".
    Disabled,
    /// Nothing: the request has no such field.
    Omitted,
    /// Any JSON value: `{ raw: null }`, `{ raw: "true" }`.
    Raw(Node),
}

/// Reads the pusher from the list and sets it with all its settable fields and another state: what a client does that
/// toggles another device's notifications.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TogglePusher {
    /// Who toggles.
    pub by: Spanned<DeviceRef>,
    /// Which pusher.
    pub pusher: Spanned<Label>,
    /// The state asked for.
    pub to: PushState,
}

/// Deletes a pusher: a set with `kind: null`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeletePusher {
    /// Who deletes.
    pub by: Spanned<DeviceRef>,
    /// Which pusher.
    pub pusher: Spanned<Label>,
}

/// Waits until `GET /pushers` lists the pusher, and lists it like this; asked again up to patience.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectPusher {
    /// Who looks.
    pub by: Spanned<DeviceRef>,
    /// Which pusher.
    pub pusher: Spanned<Label>,
    /// Its state; not looked at if left out.
    #[serde(default)]
    pub state: Option<StateToFind>,
    /// Its link: `{ device: alice.phone }`, `any`, `explicit-null` or `no-value`. Not looked at if left out.
    #[serde(default)]
    pub link: Option<LinkToFind>,
    /// How often it is listed; at least once if left out.
    #[serde(default)]
    pub times: Option<usize>,
    /// A pattern for the listed pusher. Fields that it does not name do not matter.
    #[serde(default)]
    pub fields: Option<Node>,
    /// Whether the subject may have dropped it for another pusher that was set, as some do with push keys. If it is not
    /// listed, the rest of the case is not applicable. Left out: it may not.
    #[serde(default)]
    pub may_be_missing: bool,
}

/// What a listed pusher must say of its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StateToFind {
    /// The dialect's boolean for "not disabled".
    Enabled,
    /// The dialect's boolean for "disabled".
    Disabled,
    /// A boolean. Later steps can refer to it: `as-listed`, and `expect_push_as_listed`.
    Any,
    /// The same as the latest step with `any` found.
    AsListed,
}

/// What a listed pusher must say of its device.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LinkToFind {
    /// The id of this device: `{ device: alice.phone }`.
    Device(Spanned<DeviceRef>),
    /// Text that is not empty.
    Any,
    /// The key is there, and null.
    ExplicitNull,
    /// Null, or no such key.
    NoValue,
}

/// Waits until `GET /pushers` does not list the pusher; asked again up to patience.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectNoPusher {
    /// Who looks.
    pub by: Spanned<DeviceRef>,
    /// Which pusher.
    pub pusher: Spanned<Label>,
}
