//! Whether a server is from before the proposal.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a server implements the proposal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Era {
    /// It does.
    #[default]
    Proposal,
    /// It is from before the proposal: no state, no link, no pruning.
    Legacy,
}

impl Era {
    /// The name, as scenarios and restart commands have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Proposal => "proposal",
            Self::Legacy => "legacy",
        }
    }
}
