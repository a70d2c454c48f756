//! The JSON Schema of records.

use serde_json::Value;

use crate::Record;

/// The JSON Schema (2020-12) of a record, as `fixtures/schemas/record.json` has it.
#[must_use]
pub fn schema() -> Value {
    schemars::schema_for!(Record).to_value()
}
