//! Parts of answers that later steps use.

use pushproof_yaml::{Diagnostic, Node, Spanned, Value, from_node};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;

use crate::{Label, ordered::Ordered};

/// A part of an answer that later steps use, written `{capture:name}` there.
#[derive(Clone, Debug)]
pub struct Capture {
    /// What later steps call it.
    pub name: Spanned<Label>,
    /// Where it stands in the body of the answer, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// Whether it never enters a record.
    pub secret: bool,
}

/// A capture as it is written when a pointer alone does not say all.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Long {
    /// Where the value stands in the body of the answer, as a JSON pointer: `/access_token`.
    pointer: Spanned<String>,
    /// Whether the value never enters a record; it may if left out.
    #[serde(default)]
    secret: bool,
}

/// Reads `{ name: /pointer }` or `{ name: { pointer: /pointer, secret: true } }`.
pub(crate) fn parse(node: &Node, problems: &mut Vec<Diagnostic>) -> Vec<Capture> {
    let entries: Ordered<Spanned<Label>, Node> = from_node(node).unwrap_or_else(|error| {
        problems
            .push(error.with_hint("write a name and a JSON pointer: `capture: { token: /access_token }`"));
        Ordered::default()
    });
    let mut captures = Vec::new();
    for (name, value) in entries.0 {
        match pointer(&value) {
            Ok(Long { pointer, secret }) => captures.push(Capture { name, pointer: pointer.value, secret }),
            Err(problem) => problems.push(problem),
        }
    }
    captures
}

fn pointer(node: &Node) -> Result<Long, Diagnostic> {
    let long = match &node.value {
        Value::String(pointer) => {
            Long { pointer: Spanned { span: node.span, value: pointer.clone() }, secret: false }
        }
        _ => from_node(node)?,
    };
    if long.pointer.is_empty() || long.pointer.starts_with('/') {
        return Ok(long);
    }
    let message = format!("`{}` is no JSON pointer", long.pointer.value);
    Err(Diagnostic::error(long.pointer.span, message)
        .with_hint("a pointer begins with `/`: `/pushers/0/kind`"))
}

/// The schema of what [`parse`] reads.
pub(crate) fn schema(generator: &mut SchemaGenerator) -> Schema {
    /// As it is written.
    #[derive(JsonSchema)]
    #[schemars(untagged)]
    #[allow(dead_code)]
    enum Either {
        Pointer(String),
        Long(Long),
    }

    Ordered::<Label, Either>::json_schema(generator)
}
