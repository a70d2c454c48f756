//! From a node to a pattern.

use pushproof_vocabulary::Dialect;
use pushproof_yaml::{Key, Node, Value as Yaml, from_node, list};
use regex::RegexBuilder;

use super::{Kind, Others, Pattern, Type};
use crate::{
    json::{self, NAMES, RenderError, RenderProblem},
    template::Resolve,
};

/// The keys that make a mapping an operator. Each stands alone in its mapping.
const OPERATORS: &[&str] = &["$exact", "$any-of", "$type", "$regex", "$unordered", "$contains", "$each"];
/// What text can say beside itself.
const WORDS: &[&str] = &["$any", "$absent", "$enabled", "$disabled"];

/// The largest compiled regular expression, in bytes.
const REGEX_BYTES: usize = 256 * 1024;

/// What parts of a pattern inherit from those around them.
#[derive(Clone, Copy)]
pub(super) struct Compiler<'a> {
    pub(super) dialect: &'a Dialect,
    pub(super) resolve: &'a dyn Resolve,
    pub(super) others: Others,
}

impl Compiler<'_> {
    pub(super) fn pattern(self, node: &Node) -> Result<Pattern, RenderError> {
        let kind = match &node.value {
            Yaml::String(text) => self.text(text, node)?,
            Yaml::Sequence(items) => Kind::List(self.patterns(items)?),
            Yaml::Mapping(entries) => match &entries[..] {
                [(key, operand)] if key.name == "$exact" => {
                    return Self { others: Others::Refused, ..self }.pattern(operand);
                }
                [(key, operand)] if OPERATORS.contains(&key.name.as_str()) => self.operator(key, operand)?,
                _ => self.object(entries)?,
            },
            _ => Kind::Equal(node.to_json()),
        };
        Ok(Pattern { span: node.span, kind })
    }

    fn patterns(self, items: &[Node]) -> Result<Vec<Pattern>, RenderError> {
        items.iter().map(|item| self.pattern(item)).collect()
    }

    fn text(self, text: &str, node: &Node) -> Result<Kind, RenderError> {
        match text {
            "$any" => Ok(Kind::Any),
            "$absent" => Ok(Kind::Absent),
            _ if text.starts_with('$') && !text.starts_with("$$") && !WORDS.contains(&text) => {
                Err(RenderError { span: node.span, problem: json::unknown_word(text, WORDS) })
            }
            _ => json::render_text(text, node.span, self.dialect, self.resolve).map(Kind::Equal),
        }
    }

    fn object(self, entries: &[(Key, Node)]) -> Result<Kind, RenderError> {
        let mut fields = Vec::new();
        for (key, value) in entries {
            let name = key.name.as_str();
            if OPERATORS.contains(&name) {
                let hint = "an operator stands alone in its mapping";
                return Err(word(key.span, format!("`{name}` has other keys beside it"), hint));
            }
            if name.starts_with('$') && !name.starts_with("$$") && !NAMES.contains(&name) {
                let known: Vec<&str> = OPERATORS.iter().chain(NAMES).copied().collect();
                return Err(RenderError { span: key.span, problem: json::unknown_word(name, &known) });
            }
            let below = Self { dialect: json::value_dialect(name, self.dialect), ..self };
            fields
                .push((json::render_key(name, key.span, self.dialect, self.resolve)?, below.pattern(value)?));
        }
        Ok(Kind::Object { fields, others: self.others })
    }

    fn operator(self, key: &Key, operand: &Node) -> Result<Kind, RenderError> {
        let boxed = |compiler: Self| compiler.pattern(operand).map(Box::new);
        Ok(match key.name.as_str() {
            "$any-of" => Kind::AnyOf(self.operands(key, operand)?),
            "$unordered" => Kind::Unordered(self.operands(key, operand)?),
            "$contains" => Kind::Contains(boxed(self)?),
            "$each" => Kind::Each(boxed(self)?),
            "$type" => Kind::Type(types(operand)?),
            _ => regex(operand)?,
        })
    }

    fn operands(self, key: &Key, operand: &Node) -> Result<Vec<Pattern>, RenderError> {
        match &operand.value {
            Yaml::Sequence(items) if !items.is_empty() => self.patterns(items),
            _ => Err(word(
                operand.span,
                format!("`{}` takes a list of patterns", key.name),
                "write `[ …, … ]`",
            )),
        }
    }
}

fn regex(operand: &Node) -> Result<Kind, RenderError> {
    let Some(text) = operand.as_str() else {
        return Err(word(operand.span, "`$regex` takes text".to_owned(), "quote it"));
    };
    RegexBuilder::new(&format!("^(?:{text})$"))
        .size_limit(REGEX_BYTES)
        .dfa_size_limit(REGEX_BYTES)
        .build()
        .map(|regex| Kind::Regex(Box::new(regex)))
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => {
                word(operand.span, "this regular expression is too large".to_owned(), "repeat less often")
            }
            error => {
                let reason = error.to_string();
                let reason =
                    reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                word(
                    operand.span,
                    format!("this is no regular expression: {reason}"),
                    "the syntax is that of the Rust crate `regex`: no look-around, no back-references",
                )
            }
        })
}

/// One type, or a list of several. `null` is a type's name here.
fn types(operand: &Node) -> Result<Vec<Type>, RenderError> {
    let one = |node: &Node| match node.value {
        Yaml::Null => Ok(Type::Null),
        _ => from_node::<Type>(node).map_err(|_| {
            let found = node.as_str().map_or(node.value.kind().to_owned(), |text| format!("`{text}`"));
            let names = list(&["boolean", "string", "number", "array", "object", "null"]);
            word(node.span, format!("{found} is no type of JSON"), &format!("expected {names}"))
        }),
    };
    match &operand.value {
        Yaml::Sequence(items) if !items.is_empty() => items.iter().map(one).collect(),
        _ => one(operand).map(|found| vec![found]),
    }
}

fn word(span: pushproof_yaml::Span, message: String, hint: &str) -> RenderError {
    RenderError { span, problem: RenderProblem::Word { message, hint: hint.to_owned() } }
}
