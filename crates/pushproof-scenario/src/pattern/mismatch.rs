//! What is different where a value does not match.

use std::{cmp::Reverse, fmt};

use pushproof_yaml::Span;
use serde_json::Value;

use super::{
    Kind, Pattern,
    matching::{agreement, agrees, unpaired},
};

/// The first part of a pattern that does not match, in the order of the pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// The part of the pattern.
    pub span: Span,
    /// The place in the value, as a JSON pointer (RFC 6901). Where something should be there and is not, the pointer
    /// without its last token is a place in the value.
    pub pointer: String,
    /// What is expected there, for a person.
    pub expected: String,
    /// What is there; `None` if nothing is.
    pub actual: Option<Value>,
    /// What is different there, in one line: what is expected, and what is found as far as it fits.
    pub message: String,
}

impl Mismatch {
    fn new(pattern: &Pattern, pointer: String, expected: String, actual: Option<&Value>) -> Self {
        let found = actual.map_or_else(|| "nothing".to_owned(), shown);
        let message = format!("expected {expected}, found {found}");
        Self { span: pattern.span, pointer, expected, actual: actual.cloned(), message }
    }

    /// Why a value does not match; asked for only where it does not.
    pub(super) fn between(pattern: &Pattern, actual: Option<&Value>, pointer: String) -> Self {
        let item = |i: usize| format!("{pointer}/{i}");
        match (&pattern.kind, actual) {
            (Kind::Object { fields, .. }, Some(Value::Object(object))) => {
                let below = |name: &str| format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                if let Some((name, field)) =
                    fields.iter().find(|(name, field)| !agrees(field, object.get(name)))
                {
                    return Self::between(field, object.get(name), below(name));
                }
                let known = |key: &String| fields.iter().any(|(name, _)| name == key);
                if let Some((key, value)) = object.iter().find(|(key, _)| !known(key)) {
                    return Self::new(pattern, below(key), "nothing".to_owned(), Some(value));
                }
            }
            (Kind::List(patterns), Some(Value::Array(items))) => {
                let differs = |(i, one): &(usize, &Pattern)| !agrees(one, items.get(*i));
                if let Some((i, one)) = patterns.iter().enumerate().find(differs) {
                    return Self::between(one, items.get(i), item(i));
                }
                if let Some(extra) = items.get(patterns.len()) {
                    return Self::new(pattern, item(patterns.len()), "nothing".to_owned(), Some(extra));
                }
            }
            (Kind::Unordered(patterns), Some(Value::Array(items))) if patterns.len() == items.len() => {
                if let Some((alone, free)) = unpaired(patterns, items)
                    && let Some((i, nearest)) = nearest(alone, free.into_iter())
                {
                    return Self::between(alone, Some(nearest), item(i));
                }
            }
            (Kind::Contains(wanted), Some(Value::Array(items))) => {
                if let Some((i, nearest)) = nearest(wanted, items.iter().enumerate()) {
                    return Self::between(wanted, Some(nearest), item(i));
                }
            }
            (Kind::Each(one), Some(Value::Array(items))) => {
                if let Some((i, differs)) =
                    items.iter().enumerate().find(|(_, item)| !agrees(one, Some(item)))
                {
                    return Self::between(one, Some(differs), item(i));
                }
            }
            _ => {}
        }
        Self::new(pattern, pointer, pattern.to_string(), actual)
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() { String::new() } else { format!("at `{}`: ", self.pointer) };
        write!(f, "{place}{}", self.message)
    }
}

impl std::error::Error for Mismatch {}

/// The element with the most parts that match; the first of equals.
fn nearest<'a>(
    wanted: &Pattern,
    items: impl Iterator<Item = (usize, &'a Value)>,
) -> Option<(usize, &'a Value)> {
    items.min_by_key(|(_, item)| Reverse(agreement(wanted, Some(item))))
}

/// How much of a value a message shows; the whole of it is in [`Mismatch::actual`].
const SHOWN_CHARS: usize = 160;

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    }
}
