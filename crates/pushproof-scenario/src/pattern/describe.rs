//! What a pattern expects, as a message says it.

use std::fmt;

use super::{Kind, Pattern, Type};

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Any => f.write_str("any value"),
            Kind::Absent => f.write_str("nothing"),
            Kind::Equal(value) => write!(f, "{value}"),
            Kind::Object { fields, .. } if fields.is_empty() => f.write_str("an object"),
            Kind::Object { fields, .. } => {
                f.write_str("an object with ")?;
                joined(f, fields.iter().map(|(name, _)| format!("`{name}`")), " and ")
            }
            Kind::List(items) => write!(f, "a list of {}", elements(items.len())),
            Kind::Unordered(items) => write!(f, "a list of {} in any order", elements(items.len())),
            Kind::AnyOf(patterns) => joined(f, patterns.iter(), " or "),
            Kind::Type(types) => joined(f, types.iter(), " or "),
            Kind::Regex(regex) => {
                let anchored = regex.as_str();
                let written = anchored.strip_prefix("^(?:").and_then(|rest| rest.strip_suffix(")$"));
                write!(f, "text like /{}/", written.unwrap_or(anchored))
            }
            Kind::Contains(pattern) => write!(f, "a list that contains {pattern}"),
            Kind::Each(pattern) => write!(f, "a list in which each is {pattern}"),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "text",
            Self::Array => "a list",
            Self::Object => "an object",
        })
    }
}

fn elements(count: usize) -> String {
    if count == 1 { "1 element".to_owned() } else { format!("{count} elements") }
}

/// `a, b or c`, with ` or ` as the last separator.
fn joined(
    f: &mut fmt::Formatter<'_>,
    items: impl ExactSizeIterator<Item = impl fmt::Display>,
    last: &str,
) -> fmt::Result {
    let len = items.len();
    for (i, item) in items.enumerate() {
        match i {
            0 => {}
            _ if i + 1 == len => f.write_str(last)?,
            _ => f.write_str(", ")?,
        }
        write!(f, "{item}")?;
    }
    Ok(())
}
