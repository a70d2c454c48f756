//! Bodies: JSON in which `$…` stands for the dialect's names and booleans, and text is a template.
//!
//! | written | as | becomes |
//! |---|---|---|
//! | `$state`, `$link`, `$paused` | key | the dialect's name of the field |
//! | `$plain-state`, `$plain-link` | key | the proposal's final name of the field, whatever the dialect |
//! | `$advertised` | key | the dialect's flag in `/versions`; the scenario needs `advertised-dialect` |
//! | `$enabled`, `$disabled` | value | the dialect's boolean; under `$plain-state` the final one |
//! | `$$…` | either | text that begins with one `$` |

use pushproof_vocabulary::{Dialect, PushState};
use pushproof_yaml::{Diagnostic, Node, Span, Value as Yaml, list, nearest};
use serde_json::{Map, Value};

use crate::template::{Resolve, Template, TemplateError, Unresolved};

/// Keys that the dialect spells.
pub(crate) const NAMES: &[&str] =
    &["$state", "$link", "$paused", "$plain-state", "$plain-link", "$advertised"];
/// Values that the dialect spells.
pub(crate) const VALUES: &[&str] = &["$enabled", "$disabled"];

/// Why a node did not become JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct RenderError {
    /// The part of the node.
    pub span: Span,
    /// What is wrong with it.
    pub problem: RenderProblem,
}

/// What is wrong with a part of a node.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderProblem {
    /// A placeholder has no value.
    #[error(transparent)]
    Unresolved(#[from] Unresolved),
    /// The text is no template. [`Scenario::parse`](crate::Scenario::parse) has refused such a file.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A word with `$` that does not belong there. [`Scenario::parse`](crate::Scenario::parse) has refused such a file.
    #[error("{message}")]
    Word {
        /// What is wrong.
        message: String,
        /// What to do about it.
        hint: String,
    },
}

impl From<RenderError> for Diagnostic {
    fn from(error: RenderError) -> Self {
        let diagnostic = Self::error(error.span, error.problem.to_string());
        match error.problem {
            RenderProblem::Template(TemplateError { hint, .. }) | RenderProblem::Word { hint, .. } => {
                diagnostic.with_hint(hint)
            }
            RenderProblem::Unresolved(_) => diagnostic,
        }
    }
}

/// The node as JSON on the wire.
pub fn render(node: &Node, dialect: &Dialect, resolve: &dyn Resolve) -> Result<Value, RenderError> {
    Ok(match &node.value {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(*value),
        Yaml::Number(number) => Value::Number(number.clone()),
        Yaml::String(text) => render_text(text, node.span, dialect, resolve)?,
        Yaml::Sequence(items) => {
            items.iter().map(|item| render(item, dialect, resolve)).collect::<Result<_, _>>()?
        }
        Yaml::Mapping(entries) => {
            let mut object = Map::new();
            for (key, value) in entries {
                let name = render_key(&key.name, key.span, dialect, resolve)?;
                object.insert(name, render(value, value_dialect(&key.name, dialect), resolve)?);
            }
            Value::Object(object)
        }
    })
}

/// The dialect of what stands under a key: the final one under a final name.
pub(crate) fn value_dialect<'a>(key: &str, dialect: &'a Dialect) -> &'a Dialect {
    if key == "$plain-state" { Dialect::stable() } else { dialect }
}

/// Text that is a value.
pub(crate) fn render_text(
    text: &str,
    span: Span,
    dialect: &Dialect,
    resolve: &dyn Resolve,
) -> Result<Value, RenderError> {
    match text {
        "$enabled" => Ok(dialect.state_value(PushState::Enabled).into()),
        "$disabled" => Ok(dialect.state_value(PushState::Disabled).into()),
        _ => render_literal(text, span, VALUES, resolve).map(Value::String),
    }
}

/// Text that is a key.
pub(crate) fn render_key(
    name: &str,
    span: Span,
    dialect: &Dialect,
    resolve: &dyn Resolve,
) -> Result<String, RenderError> {
    match name {
        "$state" => Ok(dialect.state.key.clone()),
        "$link" => Ok(dialect.link.clone()),
        "$paused" => Ok(dialect.paused.clone()),
        "$plain-state" => Ok(Dialect::stable().state.key.clone()),
        "$plain-link" => Ok(Dialect::stable().link.clone()),
        "$advertised" => dialect.advertised.clone().ok_or_else(|| RenderError {
            span,
            problem: RenderProblem::Word {
                message: format!("the dialect `{}` has no flag that servers advertise", dialect.name),
                hint: "write `needs: [advertised-dialect]` below the title".to_owned(),
            },
        }),
        _ => render_literal(name, span, NAMES, resolve),
    }
}

/// A template, with `$$` for `$` at its beginning.
fn render_literal(
    text: &str,
    span: Span,
    known: &[&str],
    resolve: &dyn Resolve,
) -> Result<String, RenderError> {
    let at = |problem| RenderError { span, problem };
    let text = match text.strip_prefix('$') {
        Some(escaped) if escaped.starts_with('$') => escaped,
        Some(_) => return Err(at(unknown_word(text, known))),
        None => text,
    };
    Template::parse(text).map_err(|error| at(error.into()))?.render(resolve).map_err(|error| at(error.into()))
}

/// A word with `$` that is none of those known where it stands.
pub(crate) fn unknown_word(word: &str, known: &[&str]) -> RenderProblem {
    let near = nearest(word, known.iter().copied())
        .map_or_else(String::new, |near| format!("did you mean `{near}`? "));
    RenderProblem::Word {
        message: format!("`{word}` means nothing here"),
        hint: format!(
            "{near}Expected {}; text that begins with `$` is written with two of them: `${word}`",
            list(known)
        ),
    }
}
