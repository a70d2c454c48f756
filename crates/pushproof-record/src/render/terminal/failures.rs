//! What was broken: what the clause asks, what was found instead, and how to see it again.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    evidence,
    page::{Page, Tone, cut},
    remarks::{is_known, why},
    table::mark,
};
use crate::{
    ClauseRecord, ClauseVerdict, Mismatch, Record, ScenarioRecord, ScenarioVerdict, StepRecord, StepVerdict,
    Verdict,
    render::{
        headline,
        words::{self, count, span},
    },
};

/// How many halts a brief report shows.
const BRIEF_DOUBTS: usize = 3;

/// How many different failures of a clause a brief report shows.
const BRIEF_FAILURES: usize = 3;

/// A step, and the case that it belongs to.
pub(super) type Failure<'a> = (&'a ScenarioRecord, &'a StepRecord);

/// The clauses of this verdict with their failures.
pub(super) fn clauses(page: &mut Page, record: &Record, verdict: ClauseVerdict) {
    let found: Vec<&ClauseRecord> = record
        .clauses
        .iter()
        .filter(|clause| clause.verdict == verdict && (page.is_full() || !is_known(record, clause)))
        .collect();
    if found.is_empty() {
        return;
    }
    page.heading(match verdict {
        ClauseVerdict::Warned => "Warnings: broken, but only implied by the proposal",
        _ => "Broken",
    });
    for clause in found {
        write_clause(page, record, clause);
    }
}

/// Steps that failed by the suite's own fault.
pub(super) fn suite_errors(page: &mut Page, record: &Record) {
    let failed: Vec<Failure<'_>> = record
        .scenarios
        .iter()
        .flat_map(|scenario| scenario.steps.iter().map(move |step| (scenario, step)))
        .filter(|(_, step)| step.outcome.verdict == StepVerdict::Error)
        .collect();
    if failed.is_empty() {
        return;
    }
    page.heading("Faults of the suite itself: please report them");
    for (scenario, step) in failed {
        write_step(page, scenario, step);
    }
}

/// Cases that ended badly while no clause of the judged side says so, with the step that did.
pub(super) fn stray(page: &mut Page, record: &Record) {
    let mut cases = headline::stray(record).peekable();
    if cases.peek().is_none() {
        return;
    }
    page.heading("No clause of the catalogue accounts for these");
    for scenario in cases {
        let ended = scenario
            .steps
            .iter()
            .find(|step| !matches!(step.outcome.verdict, StepVerdict::Passed | StepVerdict::NotApplicable));
        if let Some(step) = ended {
            write_step(page, scenario, step);
        }
    }
}

/// The steps at which cases came to a halt. A brief report shows the first few, and only if nothing worse is to be told.
pub(super) fn doubts(page: &mut Page, record: &Record) {
    if !page.is_full() && record.verdict != Verdict::NotJudged {
        return;
    }
    let mut halts: Vec<Failure<'_>> = record
        .scenarios
        .iter()
        .filter(|scenario| scenario.verdict == ScenarioVerdict::Inconclusive)
        .filter_map(|scenario| {
            let halt = scenario.steps.iter().find(|step| is_halt(step.outcome.verdict))?;
            Some((scenario, halt))
        })
        .collect();
    if !page.is_full() {
        let mut told = BTreeSet::new();
        halts.retain(|(_, step)| told.insert(step.outcome.message.as_deref()));
        halts.truncate(BRIEF_DOUBTS);
    }
    if halts.is_empty() {
        return;
    }
    page.heading("Where cases came to a halt");
    for (scenario, step) in halts {
        write_step(page, scenario, step);
    }
}

fn is_halt(verdict: StepVerdict) -> bool {
    matches!(verdict, StepVerdict::Inconclusive | StepVerdict::Failed)
}

/// The steps that break a clause.
pub(super) fn failures<'a>(
    record: &'a Record,
    clause: &'a ClauseRecord,
) -> impl Iterator<Item = Failure<'a>> {
    let cases = clause.scenarios.iter().filter_map(|key| record.scenario(key));
    let judging = cases.flat_map(|scenario| scenario.judging(&clause.id).map(move |step| (scenario, step)));
    judging.filter(|(_, step)| step.outcome.verdict == StepVerdict::Failed)
}

fn write_clause(page: &mut Page, record: &Record, clause: &ClauseRecord) {
    let (tone, mark) = mark(clause.verdict);
    page.blank();
    page.line(0, &[(tone, mark), (tone, " "), (tone, &clause.id.0)]);
    page.wrapped(
        2,
        (Tone::Plain, ""),
        (Tone::Strong, &format!("{} ({})", clause.title, words::level(clause.level))),
    );
    page.wrapped(2, (Tone::Plain, ""), (Tone::Faint, &clause.shows));
    write_failures(page, record, clause);
}

/// The failures of a clause, in a brief report each kind once.
pub(super) fn write_failures(page: &mut Page, record: &Record, clause: &ClauseRecord) {
    let groups = group(page, failures(record, clause).collect());
    let shown = if page.is_full() { groups.len() } else { groups.len().min(BRIEF_FAILURES) };
    for alike in &groups[..shown] {
        let Some(((scenario, step), others)) = alike.split_first() else { continue };
        write_step(page, scenario, step);
        write_keys(page, "likewise:", others.iter());
    }
    write_keys(page, "failed too:", groups[shown..].iter().flatten());
}

/// The names of cases whose failures are not shown.
fn write_keys<'a>(page: &mut Page, label: &str, failures: impl Iterator<Item = &'a Failure<'a>>) {
    let keys: Vec<String> = failures.map(|(scenario, _)| scenario.key().to_string()).collect();
    if !keys.is_empty() {
        page.blank();
        page.wrapped(2, (Tone::Faint, label), (Tone::Plain, &keys.join(", ")));
    }
}

/// The failures, those together that a brief report need not tell twice.
fn group<'a>(page: &Page, failed: Vec<Failure<'a>>) -> Vec<Vec<Failure<'a>>> {
    let mut groups: Vec<Vec<Failure<'a>>> = Vec::new();
    for (scenario, step) in failed {
        let alike = |(other, known): &Failure<'_>| {
            other.id == scenario.id && other.baseline == scenario.baseline && are_alike(known, step)
        };
        match groups.iter_mut().find(|group| group.first().is_some_and(alike)) {
            Some(group) if !page.is_full() => group.push((scenario, step)),
            _ => groups.push(vec![(scenario, step)]),
        }
    }
    groups
}

/// Whether two failures of a scenario are the same to a reader. Ids differ from case to case, and messages name them.
fn are_alike(one: &StepRecord, other: &StepRecord) -> bool {
    if one.planned.source != other.planned.source {
        return false;
    }
    match (&one.outcome.mismatch, &other.outcome.mismatch) {
        (Some(one), Some(other)) => {
            one.pointer == other.pointer && are_alike_values(one.actual.as_ref(), other.actual.as_ref())
        }
        (None, None) => {
            let silence_broke = one.outcome.silence.is_some() && other.outcome.silence.is_some();
            silence_broke || one.outcome.message == other.outcome.message
        }
        _ => false,
    }
}

fn are_alike_values(one: Option<&Value>, other: Option<&Value>) -> bool {
    matches!((one, other), (Some(Value::String(_)), Some(Value::String(_)))) || one == other
}

/// One step: where it stands, what happened, what was seen.
pub(super) fn write_step(page: &mut Page, scenario: &ScenarioRecord, step: &StepRecord) {
    let (source, outcome) = (&step.planned.source, &step.outcome);
    page.blank();
    page.line(2, &[(Tone::Strong, &scenario.key().to_string())]);
    let place = format!("{}:{}", source.path, source.line);
    page.line(2, &[(Tone::Faint, "at "), (Tone::Plain, &place)]);
    page.verbatim(4, "|", &source.text, 4);
    if let Some(message) = &outcome.message {
        page.wrapped(2, (Tone::Plain, ""), (Tone::Bad, message));
    }
    if let Some(mismatch) = &outcome.mismatch {
        write_mismatch(page, mismatch);
    }
    if let Some(silence) = &outcome.silence {
        let figures = format!(
            "sentinel after {}, grace {}, watched for {}, {}",
            span(silence.sentinel_ms),
            span(silence.grace_ms),
            span(silence.open_ms),
            deliveries(silence.deliveries)
        );
        page.wrapped(2, (Tone::Faint, "silence:"), (Tone::Plain, &figures));
    }
    if let Some(witness) = &outcome.witness {
        page.wrapped(2, (Tone::Faint, "witness:"), (Tone::Plain, witness));
    }
    if let Some(known) = &scenario.baseline {
        let text = format!("{} ({})", words::fit(known.fit), why(known));
        page.wrapped(2, (Tone::Faint, "baseline:"), (Tone::Plain, &text));
    }
    if let Some(hint) = &outcome.hint {
        page.wrapped(2, (Tone::Good, "hint:"), (Tone::Plain, hint));
    }
    evidence::write(page, 2, &outcome.evidence);
}

fn deliveries(number: u64) -> String {
    if number == 1 { "1 delivery".to_owned() } else { format!("{number} deliveries") }
}

fn write_mismatch(page: &mut Page, mismatch: &Mismatch) {
    let place = if mismatch.pointer.is_empty() { "the whole" } else { &mismatch.pointer };
    page.line(4, &[(Tone::Faint, "at       "), (Tone::Plain, place)]);
    write_value(page, "expected", Tone::Good, Some(&mismatch.expected));
    write_value(page, "found   ", Tone::Bad, mismatch.actual.as_ref());
    for near in &mismatch.near_misses {
        let times = count(near.repeats as usize, "time");
        let actual = near.actual.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string);
        let text = format!("{actual} at {} ({times}, first after {})", near.pointer, span(near.at_ms));
        page.wrapped(4, (Tone::Faint, "before that:"), (Tone::Plain, &text));
    }
}

fn write_value(page: &mut Page, label: &str, tone: Tone, value: Option<&Value>) {
    let text = value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    let room = page.width().saturating_sub(4 + label.len() + 1).max(20);
    let text = if page.is_full() { text } else { cut(&text, room) };
    page.line(4, &[(Tone::Faint, label), (Tone::Plain, " "), (tone, &text)]);
}
