//! The catalogue of clauses: what the proposal asks, one clause a statement.

use std::{borrow::Borrow, fmt, sync::LazyLock};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The id of a clause, such as `pusher.state.optional`. Ids never change: scenarios, records and baselines cite them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ClauseId(pub String);

impl ClauseId {
    /// The half of the proposal that a server can lack while it has the other. `None` for clauses that belong to
    /// neither half, or to clients.
    #[must_use]
    pub fn half(&self) -> Option<Half> {
        match self.0.split('.').next() {
            Some("pusher") => Some(Half::Pushers),
            Some("settings") => Some(Half::Settings),
            _ => None,
        }
    }
}

impl fmt::Display for ClauseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for ClauseId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// How firmly the proposal asks for a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The proposal states it; a subject that breaks it is not conformant.
    Must,
    /// The proposal makes no sense without it; breaking it is a warning, with `--strict` as bad as a must.
    Implied,
    /// The proposal leaves it open; the reading that the subject took is observed, never a failure.
    Open,
    /// Kept so that the catalogue covers the whole proposal; no check can exist.
    Untestable,
}

/// Who a clause binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Homeservers.
    Server,
    /// Clients.
    Client,
}

/// The two halves of the proposal, which servers implement independently of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Half {
    /// The state of a pusher, and the link between pusher and device.
    Pushers,
    /// The settings event of clients without a pusher.
    Settings,
}

/// One statement of the proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// The id, unique in the catalogue.
    pub id: ClauseId,
    /// The clause in one line.
    pub title: String,
    /// Who is bound.
    pub side: Side,
    /// How firmly.
    pub level: Level,
    /// The heading of the proposal that the clause is read from.
    pub section: String,
    /// How the clause shows on a subject, and what counts as keeping it.
    pub shows: String,
    /// The reading taken where the proposal's words allow several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<String>,
    /// Why no check can exist; with [`Level::Untestable`] only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// All clauses, in the order of the proposal.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// The clauses; their index is their order.
    pub clauses: Vec<Clause>,
}

impl Catalogue {
    /// The catalogue that ships with the suite, `fixtures/clauses.yaml`.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
            pushproof_yaml::from_str(include_str!("../../../fixtures/clauses.yaml"))
                .expect("a test parses the embedded catalogue")
        });
        &CATALOGUE
    }

    /// The clause with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.id.0 == id)
    }

    /// Where the clause stands in the proposal's order.
    #[must_use]
    pub fn order(&self, id: &str) -> Option<usize> {
        self.clauses.iter().position(|clause| clause.id.0 == id)
    }
}
