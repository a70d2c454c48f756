//! The body of a message, as evidence.

use pushproof_vocabulary::json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The most bytes of a body that a record keeps.
const MAX_BYTES: usize = 64 * 1024;

/// A body: `{json, size}`, or `{text, size}` when it is no JSON, or `{text, size, digest}` when it was cut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Body {
    /// What is kept of it.
    #[serde(flatten)]
    pub content: Content,
    /// How many bytes the whole body had on the wire.
    pub size: u64,
    /// SHA-256 of the whole body in hexadecimal, present when only its beginning is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// What is kept of a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Content {
    /// A JSON value; spacing and repeated keys are not kept.
    Json(Value),
    /// Anything else. What is not UTF-8 is replaced.
    Text(String),
}

impl Body {
    /// A body as it was on the wire.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        let size = bytes.len() as u64;
        if bytes.len() > MAX_BYTES {
            let kept = String::from_utf8_lossy(&bytes[..char_boundary(bytes, MAX_BYTES)]).into_owned();
            return Self {
                content: Content::Text(kept),
                size,
                digest: Some(hex::encode(Sha256::digest(bytes))),
            };
        }
        let content = json::from_slice(bytes).map_or_else(
            |_not_json| Content::Text(String::from_utf8_lossy(bytes).into_owned()),
            Content::Json,
        );
        Self { content, size, digest: None }
    }

    /// A body that was parsed already. Its size is that of its shortest spelling.
    #[must_use]
    pub fn of_json(value: &Value) -> Self {
        Self::new(value.to_string().as_bytes())
    }

    /// The body as JSON, when it is that and was not cut.
    #[must_use]
    pub fn json(&self) -> Option<&Value> {
        match &self.content {
            Content::Json(value) => Some(value),
            Content::Text(_) => None,
        }
    }

    /// Whether only the beginning is kept.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.digest.is_some()
    }
}

/// The last position up to `limit` that does not part the bytes of a character.
fn char_boundary(bytes: &[u8], limit: usize) -> usize {
    (limit.saturating_sub(3)..=limit).rev().find(|&at| bytes[at] & 0xC0 != 0x80).unwrap_or(limit)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::object(b"{\"a\": 1}", json!({ "json": { "a": 1 }, "size": 8 }))]
    #[case::null(b"null", json!({ "json": null, "size": 4 }))]
    #[case::html(b"<h1>502</h1>", json!({ "text": "<h1>502</h1>", "size": 12 }))]
    #[case::empty(b"", json!({ "text": "", "size": 0 }))]
    #[case::not_utf8(b"a\xff", json!({ "text": "a\u{fffd}", "size": 2 }))]
    fn bodies_are_kept_whole(#[case] bytes: &[u8], #[case] written: Value) {
        let body = Body::new(bytes);
        assert_eq!(serde_json::to_value(&body).unwrap(), written);
        assert_eq!(serde_json::from_value::<Body>(written).unwrap(), body);
    }

    #[test]
    fn long_bodies_are_cut_between_characters() {
        let text = format!("{}é{}", "a".repeat(MAX_BYTES - 1), "b".repeat(10));
        let body = Body::new(text.as_bytes());
        assert_eq!(body.content, Content::Text("a".repeat(MAX_BYTES - 1)));
        assert_eq!(body.size, text.len() as u64);
        assert_eq!(body.digest, Some(hex::encode(Sha256::digest(text.as_bytes()))));
        assert!(body.is_cut());
    }
}
