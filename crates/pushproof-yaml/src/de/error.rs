//! What went wrong, in words for those who know neither Rust nor serde.

use serde::de::{self, Expected, Unexpected};

use crate::{
    Span,
    diagnostic::{list, nearest},
};

/// What went wrong while a value was read. It gets the position of the innermost node that it passes through.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Error {
    pub(super) span: Option<Span>,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Error {
    pub(super) fn at(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }

    pub(super) fn mismatched(found: &str, expected: &str) -> Self {
        Self { span: None, message: format!("expected {expected}, found {found}"), hint: None }
    }

    fn unknown(what: &str, name: &str, expected: &'static [&'static str]) -> Self {
        let hint = match nearest(name, expected.iter().copied()) {
            Some(near) => format!("did you mean `{near}`? Expected {}", list(expected)),
            None if expected.is_empty() => "nothing is expected here".to_owned(),
            None => format!("expected {}", list(expected)),
        };
        Self { span: None, message: format!("unknown {what} `{name}`"), hint: Some(hint) }
    }
}

impl de::Error for Error {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self { span: None, message: message.to_string(), hint: None }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = in_words(&expected.to_string());
        let error = Self::mismatched(&found_in_words(found), &expected);
        match found {
            Unexpected::Str(text) if expected == "a mapping" && text.contains(':') => {
                Self { hint: Some("a blank follows the colon: `key: value`".to_owned()), ..error }
            }
            Unexpected::Signed(_) | Unexpected::Unsigned(_) | Unexpected::Float(_) | Unexpected::Bool(_)
                if expected == "text" =>
            {
                Self { hint: Some("quote it if text is meant".to_owned()), ..error }
            }
            Unexpected::Str("true" | "false") if expected == "`true` or `false`" => {
                Self { hint: Some("leave the quotes out".to_owned()), ..error }
            }
            _ => error,
        }
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::mismatched(&found_in_words(found), &in_words(&expected.to_string()))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::unknown("field", field, expected)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::unknown("name", variant, expected)
    }
}

/// What serde and its types call what they expect, in this crate's words.
fn in_words(expected: &str) -> String {
    let words = match expected {
        "a string" | "string" | "str" => "text",
        "a boolean" => "`true` or `false`",
        "a sequence" => "a list",
        "a map" => "a mapping",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "usize" => "a whole number that is not negative",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        _ if expected.starts_with("struct ") => "a mapping",
        _ => expected,
    };
    words.to_owned()
}

fn found_in_words(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Str(text) => format!("the text {text:?}"),
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Unsigned(number) => format!("the number {number}"),
        Unexpected::Signed(number) => format!("the number {number}"),
        Unexpected::Float(number) => format!("the number {number}"),
        Unexpected::Unit => "null".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a mapping".to_owned(),
        other => other.to_string(),
    }
}
