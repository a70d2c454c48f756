//! From a file's text to a scenario. What is wrong with one step does not hide what is wrong with the next.

use pushproof_yaml::{Diagnostic, Node, Span, Spanned, Value, from_node, list, nearest};

use crate::{
    Case, CommonFields, Label, Scenario, Step, StepKind, capture,
    cases::{self, Filler, Variables},
    content::Content,
    file::{Actors, File},
    lint::in_order,
};

/// The fields that the payload of every verb may have.
const COMMON: &[&str] = &["clause", "given", "capture"];

impl Scenario {
    /// Reads a scenario. `id` and `path` are only remembered. The diagnostics are in the order of the file, and all of
    /// them errors; [`lint`](crate::lint) finds what can be read but makes no sense.
    pub fn parse(id: &str, path: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let root = pushproof_yaml::parse(text).map_err(|error| vec![error])?;
        let file: File = from_node(&root).map_err(|error| vec![error])?;
        let table = file.cases.map(|cases| (cases.span, cases.value.0));

        let mut problems = check_title(&file.title);
        problems.extend(check_actors(&file.actors));
        let cases = match &table {
            None => {
                let mut filler = Filler::new(&[]);
                let case =
                    parse_case(None, file.title.span, &file.title, &file.steps, &mut filler, &mut problems);
                problems.append(&mut filler.problems);
                vec![case]
            }
            Some((span, table)) => parse_cases(*span, table, &file.title, &file.steps, &mut problems),
        };
        if problems.is_empty() {
            Ok(Self {
                id: id.to_owned(),
                path: path.to_owned(),
                text: text.to_owned(),
                title: file.title,
                about: file.about,
                needs: file.needs,
                actors: file.actors.0,
                cases,
            })
        } else {
            Err(in_order(problems))
        }
    }
}

fn check_title(title: &Spanned<String>) -> Vec<Diagnostic> {
    if title.trim().is_empty() {
        vec![
            Diagnostic::error(title.span, "the title is empty")
                .with_hint("say in one line what the scenario shows"),
        ]
    } else if title.contains('\n') {
        vec![
            Diagnostic::error(title.span, "the title has several lines")
                .with_hint("put the rest into `about`"),
        ]
    } else {
        Vec::new()
    }
}

fn check_actors(actors: &Actors) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for (actor, devices) in &actors.0 {
        if matches!(actor.0.as_str(), "case" | "unique") {
            problems.push(
                Diagnostic::error(actor.span, format!("nobody can be called `{}`", actor.value))
                    .with_hint(format!("`{{{}}}` has a meaning of its own in templates", actor.value)),
            );
        }
        if devices.is_empty() {
            problems.push(
                Diagnostic::error(actor.span, format!("`{}` has no device", actor.value))
                    .with_hint("an account is made by logging in on a first device: `alice: [phone]`"),
            );
        }
        for (i, device) in devices.iter().enumerate() {
            if devices[..i].contains(device) {
                let message = format!("`{}` has the device `{}` twice", actor.value, device.value);
                problems.push(Diagnostic::error(device.span, message));
            }
        }
    }
    problems
}

fn parse_cases(
    span: Span,
    table: &[(Spanned<Label>, Variables)],
    title: &Spanned<String>,
    steps: &Node,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Case> {
    if table.is_empty() {
        problems.push(Diagnostic::error(span, "`cases` has no case").with_hint("leave it out"));
    }
    let wrong = cases::check(table);
    if !wrong.is_empty() {
        problems.extend(wrong);
        return Vec::new();
    }
    let mut parsed = Vec::new();
    for (name, variables) in table {
        let mut filler = Filler::new(&variables.0);
        parsed.push(parse_case(Some(name.value.clone()), name.span, title, steps, &mut filler, problems));
        problems.append(&mut filler.problems);
        for (unused, _) in variables.0.iter().filter(|(label, _)| !filler.used.contains(label.0.as_str())) {
            problems.push(
                Diagnostic::error(unused.span, format!("nothing uses `{}`", unused.value)).with_hint(
                    format!(
                        "write `$case.{0}` for the whole value, `{{case.{0}}}` inside text",
                        unused.value
                    ),
                ),
            );
        }
    }
    parsed
}

fn parse_case(
    name: Option<Label>,
    span: Span,
    title: &Spanned<String>,
    steps: &Node,
    filler: &mut Filler<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Case {
    let title = filler.fill_text(title, title.span);
    let found = problems.len();
    let list = steps;
    let steps = parse_steps(list, filler, problems);
    if steps.is_empty() && problems.len() == found {
        problems.push(Diagnostic::error(list.span, "there are no steps"));
    }
    Case { name, span, title, steps }
}

fn parse_steps(list: &Node, filler: &mut Filler<'_>, problems: &mut Vec<Diagnostic>) -> Vec<Step> {
    let list = filler.whole(list).unwrap_or(list);
    let Value::Sequence(items) = &list.value else {
        let message = format!("expected a list of steps, found {}", list.value.kind());
        problems.push(Diagnostic::error(list.span, message).with_hint("begin each step with `- `"));
        return Vec::new();
    };
    let mut steps = Vec::new();
    for item in items {
        match filler.whole(item) {
            // A case may have several steps, or none, where another has one.
            Some(several @ Node { value: Value::Sequence(_), .. }) => {
                steps.extend(parse_steps(several, filler, problems));
            }
            Some(one) => steps.extend(parse_step(one, filler, problems)),
            None => steps.extend(parse_step(item, filler, problems)),
        }
    }
    steps
}

fn parse_step(node: &Node, filler: &mut Filler<'_>, problems: &mut Vec<Diagnostic>) -> Option<Step> {
    let [(verb, payload)] = node.entries() else {
        problems.push(not_a_step(node));
        return None;
    };
    let name = filler.fill_text(&verb.name, verb.span);
    if name == "at_once" {
        let steps = parse_steps(payload, filler, problems);
        if steps.len() < 2 && matches!(payload.value, Value::Sequence(_)) {
            problems.push(Diagnostic::error(verb.span, "`at_once` takes two steps or more"));
        }
        return Some(Step {
            span: verb.span,
            kind: StepKind::AtOnce(steps),
            clause: None,
            given: None,
            capture: Vec::new(),
        });
    }
    if !StepKind::VERBS.contains(&name.as_str()) {
        problems.push(unknown_verb(&name, verb.span));
        return None;
    }
    let unfilled = filler.problems.len();
    let payload = filler.fill(payload);
    if filler.problems.len() > unfilled {
        return None;
    }
    match typed_step(&name, verb.span, &payload) {
        Ok(step) => {
            problems.extend(Content::of(&step).into_iter().filter_map(Content::check));
            Some(step)
        }
        Err(mut found) => {
            problems.append(&mut found);
            None
        }
    }
}

fn not_a_step(node: &Node) -> Diagnostic {
    match &node.value {
        Value::Mapping(entries) if entries.len() > 1 => {
            let message = format!("a step has exactly one verb, here are {}", entries.len());
            let hint = match entries.iter().find(|(key, _)| COMMON.contains(&key.name.as_str())) {
                Some((key, _)) => format!("`{}` stands among the fields of the verb", key.name),
                None => "begin each step with `- `, and indent its fields below the verb".to_owned(),
            };
            let span = entries.get(1).map_or(node.span, |(key, _)| key.span);
            Diagnostic::error(span, message).with_hint(hint)
        }
        other => Diagnostic::error(node.span, format!("expected a step, found {}", other.kind()))
            .with_hint("a step is a verb with its fields: `- send: { by: bob.desktop, … }`"),
    }
}

fn unknown_verb(name: &str, span: Span) -> Diagnostic {
    let near = nearest(name, StepKind::VERBS.iter().copied())
        .map_or_else(String::new, |near| format!("did you mean `{near}`? "));
    Diagnostic::error(span, format!("unknown step `{name}`"))
        .with_hint(format!("{near}The steps are {}", list(StepKind::VERBS)))
}

/// The payload in two: the fields that every verb has, and those of this one.
fn typed_step(verb: &str, span: Span, payload: &Node) -> Result<Step, Vec<Diagnostic>> {
    let Value::Mapping(entries) = &payload.value else {
        let message = format!("`{verb}` takes a mapping of fields, found {}", payload.value.kind());
        return Err(vec![Diagnostic::error(payload.span, message)]);
    };
    let (common, own): (Vec<_>, Vec<_>) =
        entries.iter().cloned().partition(|(key, _)| COMMON.contains(&key.name.as_str()));
    let node = |value| Node { span: payload.span, value };

    let mut problems = Vec::new();
    let common = from_node::<CommonFields>(&node(Value::Mapping(common)))
        .map_err(|error| problems.push(error))
        .unwrap_or_default();
    let capture = common.capture.iter().flat_map(|node| capture::parse(node, &mut problems)).collect();
    let own = Value::Mapping(own);
    let tagged = Value::Mapping(vec![(pushproof_yaml::Key { span, name: verb.to_owned() }, node(own))]);
    let kind = from_node::<StepKind>(&Node { span, value: tagged })
        .map_err(|error| problems.push(suggest_common(error, entries)));
    match kind {
        Ok(kind) if problems.is_empty() => {
            Ok(Step { span, kind, clause: common.clause, given: common.given, capture })
        }
        _ => Err(problems),
    }
}

/// A field that the verb does not know may be a misspelt one of those that every verb has.
fn suggest_common(error: Diagnostic, entries: &[(pushproof_yaml::Key, Node)]) -> Diagnostic {
    let Some((unknown, _)) = entries.iter().find(|(key, _)| key.span == error.span) else { return error };
    let hint = match (nearest(&unknown.name, COMMON.iter().copied()), &error.hint) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, Some(hint)) => format!("{hint}; every step may have {}", list(COMMON)),
        (None, None) => return error,
    };
    error.with_hint(hint)
}
