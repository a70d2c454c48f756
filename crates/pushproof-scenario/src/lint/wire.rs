//! A scenario holds in every dialect, so that it spells no dialect's name and no dialect's boolean.

use pushproof_vocabulary::Dialect;
use pushproof_yaml::{Diagnostic, Node, Span, Value};

use super::leaves;
use crate::{
    Scenario, Step, StepKind,
    content::Content,
    steps::{SetPusher, StateToSet},
};

pub(super) fn check(scenario: &Scenario) -> Vec<Diagnostic> {
    let mut found = spelled_names(&scenario.text);
    for step in scenario.cases.iter().flat_map(leaves) {
        if let StepKind::SetPusher(SetPusher { state: StateToSet::Raw(node), .. }) = &step.kind {
            found.extend(literal_state(node));
        }
        for content in Content::of(step) {
            if let Content::Body(node) | Content::Pattern(node) = content {
                found.extend(literal_states(node));
                if is_about_pushers(step) {
                    found.extend(literal_link(node));
                }
            }
        }
    }
    found
}

/// Names that nothing but a dialect has, wherever they stand in the file. The link's final name is a common word of
/// Matrix, which logins have as well; see [`literal_link`].
fn spelled_names(text: &str) -> Vec<Diagnostic> {
    let link = &Dialect::stable().link;
    let names = Dialect::embedded().iter().flat_map(|dialect| {
        [
            (&dialect.state.key, "`$state`"),
            (&dialect.link, "`$link`"),
            (&dialect.settings_prefix, "`{settings:alice.phone}`"),
            (&dialect.paused, "`$paused`"),
        ]
    });
    let names: Vec<_> = names.filter(|(name, _)| *name != link).collect();
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for (name, instead) in &names {
            let Some(at) = find_word(line, name) else { continue };
            let span =
                Span { line: index + 1, column: line[..at].chars().count() + 1, len: name.chars().count() };
            found.push(
                Diagnostic::error(span, format!("`{name}` is a name of one dialect"))
                    .with_hint(format!("write {instead}, which every dialect spells in its own way")),
            );
        }
    }
    found
}

/// Where the name stands, not as a part of a longer one.
fn find_word(line: &str, name: &str) -> Option<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    line.match_indices(name).map(|(at, _)| at).find(|at| {
        !line[..*at].ends_with(is_part) && {
            let after = &line[at + name.len()..];
            name.ends_with('.') || !after.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        }
    })
}

fn is_about_pushers(step: &Step) -> bool {
    match &step.kind {
        StepKind::SetPusher(_) | StepKind::ExpectPusher(_) => true,
        StepKind::Request(request) => request.path.contains("/pushers"),
        _ => false,
    }
}

/// The link by its final name, at any depth.
fn literal_link(node: &Node) -> Vec<Diagnostic> {
    let name = &Dialect::stable().link;
    at_any_depth(node, &mut |entries, found| {
        found.extend(entries.iter().filter(|(key, _)| key.name == *name).map(|(key, _)| {
            Diagnostic::error(key.span, format!("`{name}` of a pusher is a name of one dialect"))
                .with_hint("write `$link`, or `$plain-link` where the final name itself is meant")
        }));
    })
}

/// Booleans under `$state`, at any depth.
fn literal_states(node: &Node) -> Vec<Diagnostic> {
    at_any_depth(node, &mut |entries, found| {
        let states = entries.iter().filter(|(key, _)| matches!(key.name.as_str(), "$state" | "$plain-state"));
        found.extend(states.flat_map(|(_, value)| literal_state(value)));
    })
}

/// Booleans in what is said of a state.
fn literal_state(node: &Node) -> Vec<Diagnostic> {
    let boolean = |node: &Node| {
        matches!(node.value, Value::Bool(_)).then(|| {
            Diagnostic::error(
                node.span,
                "a boolean means \"disabled\" in one dialect and \"enabled\" in another",
            )
            .with_hint("write `$enabled` or `$disabled`")
        })
    };
    match &node.value {
        Value::Sequence(items) => items.iter().flat_map(literal_state).collect(),
        Value::Mapping(entries) => entries.iter().flat_map(|(_, value)| literal_state(value)).collect(),
        _ => boolean(node).into_iter().collect(),
    }
}

type Entries = [(pushproof_yaml::Key, Node)];

fn at_any_depth(node: &Node, look: &mut dyn FnMut(&Entries, &mut Vec<Diagnostic>)) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    match &node.value {
        Value::Sequence(items) => found.extend(items.iter().flat_map(|item| at_any_depth(item, look))),
        Value::Mapping(entries) => {
            look(entries, &mut found);
            found.extend(entries.iter().flat_map(|(_, value)| at_any_depth(value, look)));
        }
        _ => {}
    }
    found
}
