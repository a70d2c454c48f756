//! The record itself.

use crate::{Record, plain_json};

/// The record as indented JSON with a newline at its end.
#[must_use]
pub fn json(record: &Record) -> String {
    let text = serde_json::to_string_pretty(record).expect("a record has no keys but strings");
    plain_json(&text) + "\n"
}
