//! What the client knows: folded from sync answers, and kept in its store over restarts.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The file in the store.
const FILE: &str = "client.json";

/// Everything that the client knows.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Model {
    /// How far it has synced; `None` before the first sync.
    pub(crate) since: Option<String>,
    /// The global account data by type, contents that are objects only.
    pub(crate) account_data: BTreeMap<String, Map<String, Value>>,
    /// The rooms that the user is in, with the display names of their members.
    pub(crate) rooms: BTreeMap<String, BTreeMap<String, Option<String>>>,
    /// The events that were processed.
    pub(crate) events: BTreeSet<String>,
    /// The rooms of which an invite was processed.
    pub(crate) invites: BTreeSet<String>,
}

/// The store of a client: a folder that is its own.
pub(crate) struct Store(PathBuf);

impl Store {
    pub(crate) fn new(folder: &str) -> Self {
        Self(Path::new(folder).join(FILE))
    }

    /// What was kept. Nothing, if there is nothing that can be read.
    pub(crate) fn load(&self) -> Model {
        let text = std::fs::read(&self.0).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Keeps what is known. It is written beside and then put in its place, so that whoever stops the client in the
    /// midst of it leaves the former store.
    pub(crate) fn save(&self, model: &Model) -> Result<(), String> {
        let new = self.0.with_extension("new");
        let failed = |error: std::io::Error| format!("{} cannot be written: {error}", self.0.display());
        let text = serde_json::to_vec(model).map_err(|error| error.to_string())?;
        std::fs::write(&new, text).map_err(failed)?;
        std::fs::rename(&new, &self.0).map_err(failed)
    }
}
