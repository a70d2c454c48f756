//! What is said of a record that cannot be what a run found.

use std::fmt::Display;

use serde::Serialize;

/// The most characters of a value that a message repeats.
const MAX_SHOWN: usize = 80;

/// A field of a record that contradicts another one, or what the suite knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its field `{field}` says {says}, but {but}")]
pub struct Contradiction {
    /// Where the field is, as `jq` has it.
    pub field: String,
    /// Its value as JSON, the beginning of it where that is long.
    pub says: String,
    /// What speaks against it.
    pub but: String,
}

impl Contradiction {
    pub(super) fn new(field: impl Display, says: &impl Serialize, but: impl Display) -> Self {
        let says = serde_json::to_string(says).unwrap_or_default();
        let cut = says.chars().count() > MAX_SHOWN;
        let shown: String = says.chars().take(MAX_SHOWN).chain(cut.then_some('…')).collect();
        Self { field: field.to_string(), says: shown, but: but.to_string() }
    }
}

/// The field of a case, by its place.
pub(super) fn of_case(index: usize, field: &str) -> String {
    format!("scenarios[{index}].{field}")
}

/// The field of a step, by its place.
pub(super) fn of_step(case: usize, step: usize, field: &str) -> String {
    format!("scenarios[{case}].steps[{step}].{field}")
}
