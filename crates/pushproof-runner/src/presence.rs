//! Whether a settings event is there, as far as what is read of it tells, whatever it says.

use serde_json::Value;

use crate::http::Answer;

/// Whether a settings event is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// Something is read.
    There,
    /// Nothing is read, or not by who could read it before.
    Gone,
    /// The answer tells of something else.
    Unclear,
}

impl Presence {
    /// Whatever reads as something is there, whether or not it is what was written. Whatever reads as nothing, or is
    /// refused to who could read it before, is gone. Neither says how well a subject keeps to the proposal.
    #[must_use]
    pub(crate) fn of(answer: &Answer) -> Self {
        match (answer.status, &answer.json) {
            (200..300, Some(content)) if !is_vacant(content) => Self::There,
            (401 | 408 | 429 | 500.., _) => Self::Unclear,
            _ => Self::Gone,
        }
    }
}

/// Whether a value says nothing.
#[must_use]
pub(crate) fn is_vacant(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.iter().all(is_vacant),
        Value::Object(fields) => fields.values().all(is_vacant),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// What is known of a settings event that a case wrote.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Written {
    /// What was written last.
    pub content: Value,
    /// How that was found to read.
    pub read: Option<Value>,
    /// How it read before it was written the last time.
    pub before: Option<Value>,
}

impl Written {
    /// After a write that was answered like success.
    #[must_use]
    pub(crate) fn anew(content: Value, earlier: Option<Self>) -> Self {
        Self { content, read: None, before: earlier.and_then(|earlier| earlier.read.or(earlier.before)) }
    }

    /// Whether what is read can be what became of the write: it is what was written, or at least not what was there before.
    #[must_use]
    pub(crate) fn can_read(&self, found: &Value) -> bool {
        *found == self.content || (!is_vacant(found) && self.before.as_ref() != Some(found))
    }

    /// Whether what is read is what was written, or how that was found to read.
    #[must_use]
    pub(crate) fn is_same(&self, found: &Value) -> bool {
        *found == self.content || self.read.as_ref() == Some(found)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::as_written(200, r#"{"off": true}"#, Presence::There)]
    #[case::as_text(200, r#"{"off": "true"}"#, Presence::There)]
    #[case::renamed(200, r#"{"silent": 1, "more": null}"#, Presence::There)]
    #[case::emptied(200, "{}", Presence::Gone)]
    #[case::null(200, "null", Presence::Gone)]
    #[case::emptied_within(200, r#"{"off": null, "more": {"a": ""}}"#, Presence::Gone)]
    #[case::not_found(404, r#"{"errcode": "M_NOT_FOUND"}"#, Presence::Gone)]
    #[case::not_found_otherwise(404, r#"{"errcode": "M_UNKNOWN"}"#, Presence::Gone)]
    #[case::refused(403, r#"{"errcode": "M_FORBIDDEN"}"#, Presence::Gone)]
    #[case::logged_out(401, r#"{"errcode": "M_UNKNOWN_TOKEN"}"#, Presence::Unclear)]
    #[case::failed(500, "", Presence::Unclear)]
    fn what_an_answer_tells(#[case] status: u16, #[case] text: &str, #[case] presence: Presence) {
        assert_eq!(Presence::of(&Answer::of(status, text)), presence);
    }

    #[test]
    fn what_reads_otherwise_than_written_is_there_all_the_same() {
        let mut first = Written::anew(json!({ "off": true }), None);
        let found = json!({ "off": 1 });
        assert!(first.can_read(&found) && !first.is_same(&found));
        first.read = Some(found.clone());
        assert!(first.is_same(&found) && first.is_same(&json!({ "off": true })));
        assert!(!first.is_same(&json!({ "off": 0 })));
    }

    #[test]
    fn what_reads_as_before_is_not_what_was_written_since() {
        let found = json!({ "off": 1 });
        let first = Written { read: Some(found.clone()), ..Written::anew(json!({ "off": true }), None) };
        let second = Written::anew(json!({ "off": false }), Some(first));
        assert!(!second.can_read(&found) && !second.is_same(&found));
        assert!(second.can_read(&json!({ "off": 0 })) && second.can_read(&json!({ "off": false })));
        assert!(!second.can_read(&json!({})));
    }
}
