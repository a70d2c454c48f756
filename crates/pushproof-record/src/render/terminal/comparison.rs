//! What changed from one record to another. What regressed stands last, for there it is seen first.

use std::fmt::Display;

use super::{
    TerminalOptions,
    page::{Page, Tone},
};
use crate::{
    Change, ChangeKind, Comparison, Painted, Record,
    render::{headline::headline, words},
};

/// The comparison of two records.
#[must_use]
pub fn comparison(old: &Record, new: &Record, comparison: &Comparison, options: &TerminalOptions) -> Painted {
    let mut page = Page::new(options);
    for (name, record) in [("old:", old), ("new:", new)] {
        let headline = headline(record);
        page.wrapped(0, (Tone::Faint, name), (Tone::Plain, &headline.subject));
        page.wrapped(5, (Tone::Plain, ""), (Tone::Strong, &headline.verdict));
    }
    readings(&mut page, comparison);
    let kinds = [
        (ChangeKind::Gone, "Judged before, and not any more"),
        (ChangeKind::New, "Judged now, and not before"),
        (ChangeKind::Fixed, "Fixed"),
        (ChangeKind::Regressed, "Regressed"),
    ];
    for (kind, title) in kinds {
        let clauses = comparison.clauses.iter().filter(|change| change.kind == kind);
        let cases = comparison.cases.iter().filter(|change| change.kind == kind);
        if clauses.clone().next().is_none() && cases.clone().next().is_none() {
            continue;
        }
        page.heading(title);
        for change in clauses {
            write(&mut page, comparison, change, words::clause_verdict);
        }
        for change in cases {
            write(&mut page, comparison, change, words::scenario_verdict);
        }
    }
    page.blank();
    let (tone, mark) = if comparison.is_worse() { (Tone::Bad, "✗") } else { (Tone::Good, "✓") };
    page.wrapped(0, (tone, mark), (tone, &counts(comparison)));
    page.finish()
}

fn readings(page: &mut Page, comparison: &Comparison) {
    if comparison.readings.is_empty() {
        return;
    }
    page.heading("Read in another way, where the proposal leaves it open");
    for (id, old, new) in &comparison.readings {
        page.line(2, &[(Tone::Plain, "· "), (Tone::Plain, &id.0)]);
        page.wrapped(4, (Tone::Faint, "before:"), (Tone::Plain, old));
        page.wrapped(4, (Tone::Faint, "now:"), (Tone::Plain, new));
    }
}

fn write<Id: Display, Verdict: Copy>(
    page: &mut Page,
    comparison: &Comparison,
    change: &Change<Id, Verdict>,
    words: fn(Verdict) -> &'static str,
) {
    let (tone, mark) = match change.kind {
        ChangeKind::Regressed => (Tone::Bad, "✗"),
        ChangeKind::Fixed => (Tone::Good, "✓"),
        ChangeKind::New => (Tone::Plain, "+"),
        ChangeKind::Gone if comparison.is_bad(change.kind) => (Tone::Bad, "✗"),
        ChangeKind::Gone => (Tone::Faint, "–"),
    };
    let word = |verdict: Option<Verdict>| verdict.map_or("not there", words);
    let verdicts = format!("{} → {}", word(change.old), word(change.new));
    page.line(2, &[(tone, mark), (Tone::Plain, " "), (Tone::Plain, &change.id.to_string())]);
    page.line(4, &[(tone, &verdicts)]);
    // What was fixed needs no explanation.
    if let Some(message) = change.message.as_ref().filter(|_| change.kind != ChangeKind::Fixed) {
        page.wrapped(4, (Tone::Plain, ""), (Tone::Faint, message));
    }
}

fn counts(comparison: &Comparison) -> String {
    let count = |kind: ChangeKind| {
        let clauses = comparison.clauses.iter().filter(|change| change.kind == kind).count();
        let cases = comparison.cases.iter().filter(|change| change.kind == kind).count();
        format!("{} and {}", words::count(clauses, "clause"), words::count(cases, "case"))
    };
    let kinds = [
        (ChangeKind::Regressed, "regressed"),
        (ChangeKind::Fixed, "fixed"),
        (ChangeKind::New, "new"),
        (ChangeKind::Gone, "gone"),
    ];
    let parts: Vec<String> = kinds.map(|(kind, word)| format!("{word}: {}", count(kind))).into();
    parts.join("; ")
}
