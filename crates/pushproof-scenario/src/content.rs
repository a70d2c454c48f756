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
    /// Error codes.
    Errcode(&'a Node),
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

    /// The body's pattern, and those of all readings.
    fn of_expect(expect: Option<&'a Expect>) -> Vec<Self> {
        let mut found = Vec::new();
        if let Some(expect) = expect {
            found.extend(expect.errcode.iter().map(Self::Errcode));
            found.extend(expect.body.iter().map(Self::Pattern));
            found.extend(expect.readings.iter().flat_map(|(_, reading)| Self::of_expect(Some(reading))));
        }
        found
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

        // One that has all names; which names a dialect lacks is a matter of what the scenario needs.
        let complete = Dialect::embedded().iter().find(|dialect| dialect.advertised.is_some());
        let dialect = complete.unwrap_or(Dialect::stable());
        let result = match self {
            Self::Template(span, text) => Template::parse(text)
                .map(drop)
                .map_err(|error| RenderError { span, problem: RenderProblem::Template(error) }),
            Self::Body(node) => render(node, dialect, &Anything).map(drop),
            Self::Pattern(node) => Pattern::new(node, dialect, &Anything).map(drop),
            Self::Errcode(node) => return check_errcode(node),
        };
        result.err().map(Diagnostic::from)
    }

    /// Whether one of its keys is this word.
    pub(crate) fn has_key(self, word: &str) -> bool {
        fn within(node: &Node, word: &str) -> bool {
            match &node.value {
                Value::Sequence(items) => items.iter().any(|item| within(item, word)),
                Value::Mapping(entries) => {
                    entries.iter().any(|(key, value)| key.name == word || within(value, word))
                }
                _ => false,
            }
        }

        match self {
            Self::Template(..) | Self::Errcode(_) => false,
            Self::Body(node) | Self::Pattern(node) => within(node, word),
        }
    }

    /// The placeholders in it, each with its position. Text that is no template has none.
    pub(crate) fn placeholders(self) -> Vec<(Span, Placeholder)> {
        let mut found = Vec::new();
        match self {
            Self::Template(span, text) => collect(text, span, &mut found),
            Self::Body(node) | Self::Pattern(node) => collect_from(node, &mut found),
            Self::Errcode(_) => {}
        }
        found
    }
}

/// One code, a list of them, or `$any`.
fn check_errcode(node: &Node) -> Option<Diagnostic> {
    let is_code = |node: &Node| node.as_str().is_some_and(|code| !code.is_empty() && !code.starts_with('$'));
    let right = match &node.value {
        Value::Sequence(codes) => !codes.is_empty() && codes.iter().all(is_code),
        _ => is_code(node) || node.as_str() == Some("$any"),
    };
    (!right).then(|| {
        Diagnostic::error(node.span, "this is no error code")
            .with_hint("write one such as `M_FORBIDDEN`, a list of them, or `$any`")
    })
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
