//! A restart of the homeserver.

use pushproof_vocabulary::Era;
use schemars::JsonSchema;
use serde::Deserialize;

/// Restarts the homeserver, once for all scenarios that wait for it: what stands before it in all of them is done
/// first. Afterwards the homeserver implements the proposal, unless the step asks for one from before it.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Restart {
    /// What the homeserver is afterwards: `proposal`, with the proposal, or `legacy`, from before it. `proposal` if left
    /// out.
    #[serde(default)]
    pub into: Era,
}
