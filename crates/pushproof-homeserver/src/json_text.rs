//! JSON as text.

use serde::Serialize;
use serde_json::{Map, Value};

/// Few answers are longer.
const BYTES: usize = 512;

/// The text of a JSON value.
pub(crate) fn written(value: &impl Serialize) -> Vec<u8> {
    let mut text = Vec::with_capacity(BYTES);
    serde_json::to_writer(&mut text, value).expect("what is kept can be written: its keys are texts");
    text
}

/// About how many bytes of memory a value takes: many times its text, where it is many small values.
pub(crate) fn weight(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(weight).sum(),
            Value::Object(fields) => weight_of_fields(fields),
            _ => 0,
        }
}

/// About how many bytes of memory the fields of an object take.
pub(crate) fn weight_of_fields(fields: &Map<String, Value>) -> usize {
    // What a map has beside each name and value.
    const FIELD: usize = 48;
    fields.iter().map(|(name, value)| FIELD + name.len() + weight(value)).sum()
}
