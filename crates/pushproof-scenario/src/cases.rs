//! Cases: one scenario over a table. `$case.name` stands for a whole value, `{case.name}` for a part of a text.

use std::collections::BTreeSet;

use pushproof_yaml::{Diagnostic, Key, Node, Span, Spanned, Value, list, nearest};

use crate::{Label, ordered::Ordered};

/// The variables of one case.
pub(crate) type Variables = Ordered<Spanned<Label>, Node>;

/// Fills the variables of one case in, and collects what is wrong on the way.
#[derive(Debug)]
pub(crate) struct Filler<'a> {
    variables: &'a [(Spanned<Label>, Node)],
    /// The variables that were filled in.
    pub(crate) used: BTreeSet<&'a str>,
    /// What was wrong.
    pub(crate) problems: Vec<Diagnostic>,
}

impl<'a> Filler<'a> {
    pub(crate) fn new(variables: &'a [(Spanned<Label>, Node)]) -> Self {
        Self { variables, used: BTreeSet::new(), problems: Vec::new() }
    }

    /// The node with everything filled in. What a variable stands for keeps the position of its definition, since
    /// that is the line which tells the cases apart.
    pub(crate) fn fill(&mut self, node: &Node) -> Node {
        if let Some(variable) = self.whole(node) {
            return variable.clone();
        }
        let value = match &node.value {
            Value::String(text) => Value::String(self.fill_text(text, node.span)),
            Value::Sequence(items) => Value::Sequence(items.iter().map(|item| self.fill(item)).collect()),
            Value::Mapping(entries) => Value::Mapping(
                entries
                    .iter()
                    .map(|(key, value)| {
                        let name = self.fill_text(&key.name, key.span);
                        (Key { span: key.span, name }, self.fill(value))
                    })
                    .collect(),
            ),
            other => other.clone(),
        };
        Node { span: node.span, value }
    }

    /// The definition that the node stands for as a whole.
    pub(crate) fn whole(&mut self, node: &Node) -> Option<&'a Node> {
        let name = node.as_str()?.strip_prefix("$case.")?;
        self.look_up(name, node.span)
    }

    /// The text with its variables.
    pub(crate) fn fill_text(&mut self, text: &str, span: Span) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            let (before, brace) = rest.split_at(at);
            filled.push_str(before);
            if let Some(after) = brace.strip_prefix("{{") {
                filled.push_str("{{");
                rest = after;
            } else if let Some((name, after)) =
                brace.strip_prefix("{case.").and_then(|inner| inner.split_once('}'))
            {
                if let Some(variable) = self.look_up(name, span) {
                    filled.push_str(&self.scalar(variable, name, span));
                }
                rest = after;
            } else {
                filled.push('{');
                rest = &brace[1..];
            }
        }
        filled + rest
    }

    fn scalar(&mut self, variable: &Node, name: &str, span: Span) -> String {
        match &variable.value {
            Value::String(text) => text.clone(),
            Value::Sequence(_) | Value::Mapping(_) => {
                let kind = variable.value.kind();
                self.problems.push(
                    Diagnostic::error(span, format!("`{name}` is {kind}, which cannot stand inside text"))
                        .with_hint(format!("write `$case.{name}` alone to have the whole of it")),
                );
                String::new()
            }
            _ => variable.to_json().to_string(),
        }
    }

    fn look_up(&mut self, name: &str, span: Span) -> Option<&'a Node> {
        let variables = self.variables;
        if let Some((label, node)) = variables.iter().find(|(label, _)| label.0 == name) {
            self.used.insert(&label.0);
            return Some(node);
        }
        let known: Vec<&str> = variables.iter().map(|(label, _)| label.0.as_str()).collect();
        let hint = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "the file has no `cases`".to_owned(),
            None => format!("the cases have {}", list(&known)),
        };
        self.problems.push(Diagnostic::error(span, format!("no case has `{name}`")).with_hint(hint));
        None
    }
}

/// What is wrong with the table itself: every case has the variables of the first.
pub(crate) fn check(cases: &[(Spanned<Label>, Variables)]) -> Vec<Diagnostic> {
    let Some(((first_name, first), others)) = cases.split_first() else { return Vec::new() };
    let names = |variables: &Variables| -> BTreeSet<String> {
        variables.0.iter().map(|(label, _)| label.0.clone()).collect()
    };
    let expected = names(first);
    let mut problems: Vec<_> =
        cases.iter().flat_map(|(_, variables)| &variables.0).filter_map(|(_, node)| refers(node)).collect();
    for (name, variables) in others {
        for missing in expected.difference(&names(variables)) {
            problems.push(Diagnostic::error(
                name.span,
                format!("the case `{}` has no `{missing}`, which `{}` has", name.value, first_name.value),
            ));
        }
        for (label, _) in variables.0.iter().filter(|(label, _)| !expected.contains(&label.0)) {
            problems.push(Diagnostic::error(
                label.span,
                format!("`{}` is here, but not in the case `{}`", label.value, first_name.value),
            ));
        }
    }
    problems
}

/// A definition does not refer to others: filling in would have no end where they refer to each other.
fn refers(node: &Node) -> Option<Diagnostic> {
    let text = |text: &str, span| {
        (text.starts_with("$case.") || text.contains("{case.")).then(|| {
            Diagnostic::error(span, "a variable of a case cannot refer to another")
                .with_hint("write the value out")
        })
    };
    match &node.value {
        Value::String(value) => text(value, node.span),
        Value::Sequence(items) => items.iter().find_map(refers),
        Value::Mapping(entries) => {
            entries.iter().find_map(|(key, value)| text(&key.name, key.span).or_else(|| refers(value)))
        }
        _ => None,
    }
}
