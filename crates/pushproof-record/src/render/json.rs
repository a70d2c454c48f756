//! The record itself.

use crate::Record;

/// The record as indented JSON with a newline at its end.
#[must_use]
pub fn json(record: &Record) -> String {
    let mut text = serde_json::to_string_pretty(record).expect("a record has no keys but strings");
    text.push('\n');
    text
}
