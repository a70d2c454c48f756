//! Patterns for JSON: what an answer must look like, and what exactly is different when it does not.
//!
//! | pattern | matches |
//! |---|---|
//! | a mapping | an object that has these keys with values that match; other keys do not matter |
//! | a list | a list of the same length, element by element |
//! | anything else | the equal value; numbers by value, so that `1` matches `1.0` |
//! | `$any` | whatever is there |
//! | `$absent` | nothing there |
//! | `{ $exact: … }` | the same, but objects at any depth have no other keys |
//! | `{ $any-of: [ … ] }` | what one of the patterns matches |
//! | `{ $type: string }` | a value of this type, or of one of a list: `boolean`, `string`, `number`, `array`, `object`, `null` |
//! | `{ $regex: … }` | text that the regular expression matches from its beginning to its end |
//! | `{ $unordered: [ … ] }` | a list of the same length, in any order |
//! | `{ $contains: … }` | a list with an element that matches |
//! | `{ $each: … }` | a list, of any length, whose elements all match |
//!
//! Keys, values and templates are those of [bodies](crate::json).

mod compile;
mod describe;
mod matching;
mod mismatch;

use pushproof_vocabulary::Dialect;
use pushproof_yaml::{Node, Span};
use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

pub use self::mismatch::Mismatch;
use crate::{json::RenderError, template::Resolve};

/// A pattern with the dialect's names and the values of its placeholders filled in.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// Where the pattern stands in the file.
    pub span: Span,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Any,
    Absent,
    Equal(Value),
    Object { fields: Vec<(String, Pattern)>, others: Others },
    List(Vec<Pattern>),
    AnyOf(Vec<Pattern>),
    Type(Vec<Type>),
    Regex(Box<Regex>),
    Unordered(Vec<Pattern>),
    Contains(Box<Pattern>),
    Each(Box<Pattern>),
}

/// What an object may have beside the keys of its pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Others {
    Allowed,
    Refused,
}

/// The types of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Type {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

impl Pattern {
    /// The pattern that a node says.
    pub fn new(node: &Node, dialect: &Dialect, resolve: &dyn Resolve) -> Result<Self, RenderError> {
        compile::Compiler { dialect, resolve, others: Others::Allowed }.pattern(node)
    }

    /// Whether a value matches.
    pub fn matches(&self, actual: &Value) -> Result<(), Box<Mismatch>> {
        self.matches_optional(Some(actual))
    }

    /// Whether a value matches that may not be there.
    pub fn matches_optional(&self, actual: Option<&Value>) -> Result<(), Box<Mismatch>> {
        if matching::agrees(self, actual) {
            return Ok(());
        }
        Err(Box::new(Mismatch::between(self, actual, String::new())))
    }
}
