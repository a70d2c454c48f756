//! JSON as text.

use serde::Serialize;

/// Few answers are longer.
const BYTES: usize = 512;

/// The text of a JSON value.
pub(crate) fn written(value: &impl Serialize) -> Vec<u8> {
    let mut text = Vec::with_capacity(BYTES);
    serde_json::to_writer(&mut text, value).expect("what is kept can be written: its keys are texts");
    text
}
