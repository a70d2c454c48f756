//! What a step holds that its types leave open: templates, bodies and patterns.

use pushproof_vocabulary::Dialect;
use pushproof_yaml::{Diagnostic, Node, Span, Value};

use crate::{
    Pattern, Placeholder, Resolve, Step, StepKind, Template, Unresolved,
    json::{RenderError, RenderProblem, render},
    steps::{Expect, SetPusher, SettingsToFind, SettingsToSet, StateToSet},
};

/// A part of a step that is written in one of the small languages.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Content<'a> {
    /// Text with placeholders.
    Template(Span, &'a str),
    /// JSON to send.
    Body(&'a Node),
    /// A pattern for JSON.
    Pattern(&'a Node),
}

impl<'a> Content<'a> {
    /// All of a step, in no particular order.
    pub(crate) fn of(step: &'a Step) -> Vec<Self> {
        let mut found = Vec::new();
        match &step.kind {
            StepKind::LogIn(log_in) => {
                found.extend(log_in.device_id.iter().map(|id| Self::Template(id.span, id)));
            }
            StepKind::SetPusher(SetPusher { state, with, expect, .. }) => {
                found.extend(with.iter().map(Self::Body));
                if let StateToSet::Raw(node) = state {
                    found.push(Self::Body(node));
                }
                found.extend(Self::of_expect(expect.as_ref()));
            }
            StepKind::ExpectPusher(expect) => found.extend(expect.fields.iter().map(Self::Pattern)),
            StepKind::SetSettings(set) => {
                if let SettingsToSet::Content(node) = &set.to {
                    found.push(Self::Body(node));
                }
                found.extend(Self::of_expect(set.expect.as_ref()));
            }
            StepKind::ExpectSettings(expect) => found.extend(Self::of_settings(&expect.is)),
            StepKind::ExpectSync(expect) => found.extend(Self::of_settings(&expect.is)),
            StepKind::Request(request) => {
                found.push(Self::Template(request.path.span, &request.path));
                found.extend(request.query.values().map(|text| Self::Template(step.span, text)));
                found.extend(request.body.iter().map(Self::Body));
                found.extend(Self::of_expect(request.expect.as_ref()));
            }
            _ => {}
        }
        found
    }

    fn of_expect(expect: Option<&'a Expect>) -> impl Iterator<Item = Self> {
        expect.and_then(|expect| expect.body.as_ref()).map(Self::Pattern).into_iter()
    }

    fn of_settings(is: &'a SettingsToFind) -> Option<Self> {
        match is {
            SettingsToFind::Content(node) => Some(Self::Body(node)),
            _ => None,
        }
    }

    /// What is wrong with it, whatever the dialect and the values of the placeholders.
    pub(crate) fn check(self) -> Option<Diagnostic> {
        /// Whatever is asked for is there.
        struct Anything;

        impl Resolve for Anything {
            fn resolve(&self, _: &Placeholder) -> Result<String, Unresolved> {
                Ok(String::new())
            }
        }

        let dialect = Dialect::stable();
        let result = match self {
            Self::Template(span, text) => Template::parse(text)
                .map(drop)
                .map_err(|error| RenderError { span, problem: RenderProblem::Template(error) }),
            Self::Body(node) => render(node, dialect, &Anything).map(drop),
            Self::Pattern(node) => Pattern::new(node, dialect, &Anything).map(drop),
        };
        result.err().map(Diagnostic::from)
    }

    /// The placeholders in it, each with its position. Text that is no template has none.
    pub(crate) fn placeholders(self) -> Vec<(Span, Placeholder)> {
        let mut found = Vec::new();
        match self {
            Self::Template(span, text) => collect(text, span, &mut found),
            Self::Body(node) | Self::Pattern(node) => collect_from(node, &mut found),
        }
        found
    }
}

fn collect(text: &str, span: Span, into: &mut Vec<(Span, Placeholder)>) {
    if let Ok(template) = Template::parse(text) {
        into.extend(template.placeholders().map(|placeholder| (span, placeholder.clone())));
    }
}

fn collect_from(node: &Node, into: &mut Vec<(Span, Placeholder)>) {
    match &node.value {
        Value::String(text) => collect(text, node.span, into),
        Value::Sequence(items) => items.iter().for_each(|item| collect_from(item, into)),
        // The text of a regular expression is no template.
        Value::Mapping(entries) => {
            for (key, value) in entries.iter().filter(|(key, _)| key.name != "$regex") {
                collect(&key.name, key.span, into);
                collect_from(value, into);
            }
        }
        _ => {}
    }
}
