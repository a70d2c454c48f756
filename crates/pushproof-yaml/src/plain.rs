//! Text without quotes: null, booleans, numbers, and what one reader of YAML takes for one of these and another for
//! text.

use crate::{Diagnostic, Span, Value};

/// The value of text without quotes.
pub(crate) fn plain(text: &str, span: Span) -> Result<Value, Diagnostic> {
    let refuse = |message: &str, hint: &str| {
        Err(Diagnostic::error(span, format!("`{text}` {message}")).with_hint(hint.to_owned()))
    };
    match text {
        "null" => return Ok(Value::Null),
        "true" => return Ok(Value::Bool(true)),
        "false" => return Ok(Value::Bool(false)),
        _ => {}
    }
    if ["~", "null", "true", "false"].iter().any(|word| word.eq_ignore_ascii_case(text)) {
        return refuse(
            "is read as null or a boolean by some and as text by others",
            "write `null`, `true` or `false`, or quote it",
        );
    }
    if ["yes", "no", "on", "off", "y", "n"].iter().any(|word| word.eq_ignore_ascii_case(text)) {
        return refuse(
            "is a boolean in YAML 1.1 and text in YAML 1.2",
            "write `true` or `false`, or quote it",
        );
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.starts_with(|c: char| c.is_ascii_digit()) || digits.starts_with('.') && digits.len() > 1 {
        return match text.parse() {
            Ok(number) => Ok(Value::Number(number)),
            Err(_) if looks_numeric(digits) => refuse(
                "is a number that YAML readers disagree on",
                "quote it if text is meant, else write the number as JSON has it",
            ),
            Err(_) => Ok(Value::String(text.to_owned())),
        };
    }
    Ok(Value::String(text.to_owned()))
}

/// Octal, hexadecimal, sexagesimal, underscored, infinite or half written: a number to one reader, text to another.
fn looks_numeric(digits: &str) -> bool {
    let lower = digits.to_ascii_lowercase();
    let of = |allowed: &str| lower.chars().all(|c| c.is_ascii_digit() || allowed.contains(c));
    matches!(lower.as_str(), ".inf" | ".nan")
        || of("_.")
        || of(":")
        || of(".e+-")
        || ["0x", "0o", "0b"].iter().any(|prefix| {
            lower
                .strip_prefix(prefix)
                .is_some_and(|rest| rest.chars().all(|c| c.is_ascii_hexdigit() || c == '_'))
        })
}
