//! What is worth knowing beside what was broken.

use std::collections::BTreeSet;

use super::{
    failures::failures,
    page::{Page, Tone},
    table::mark,
};
use crate::{
    Baseline, BaselineFit, ClauseRecord, ClauseVerdict, Exclusion, PreflightCheck, PreflightVerdict, Record,
    StepVerdict,
    render::words::{self, count, first_of, span},
};

/// How many clauses a brief report names that share a reason.
const BRIEF_IDS: usize = 8;

/// How the subject read what the proposal leaves open.
pub(super) fn observed(page: &mut Page, record: &Record) {
    let read: Vec<(&ClauseRecord, &str)> = record
        .clauses
        .iter()
        .filter(|clause| clause.verdict == ClauseVerdict::Observed)
        .filter_map(|clause| Some((clause, clause.reading.as_deref()?)))
        .collect();
    if read.is_empty() {
        return;
    }
    page.heading("What the proposal leaves open");
    for (clause, reading) in read {
        page.line(2, &[(Tone::Plain, "· "), (Tone::Plain, &clause.id.0)]);
        page.wrapped(4, (Tone::Plain, ""), (Tone::Faint, reading));
    }
}

/// What stays behind on the subject.
pub(super) fn leftovers(page: &mut Page, record: &Record) {
    if record.leftovers.is_empty() {
        return;
    }
    page.heading("Left behind on the subject");
    for leftover in &record.leftovers {
        let of = leftover.user_id.as_ref().map(|user| format!(" of {user}")).unwrap_or_default();
        let text = format!("{}{of}: {}", leftover.what, leftover.reason);
        page.wrapped(2, (Tone::Plain, "–"), (Tone::Plain, &text));
    }
}

/// What the subject's rate limits cost.
pub(super) fn rate_limited(page: &mut Page, record: &Record) {
    let limits = record.rate_limited;
    if limits.count == 0 {
        return;
    }
    page.heading("Rate limits");
    let times = count(usize::try_from(limits.count).unwrap_or(usize::MAX), "time");
    let text =
        format!("the subject asked for patience {times}, which cost {} in all", span(limits.waited_ms));
    page.wrapped(2, (Tone::Plain, "–"), (Tone::Plain, &text));
    page.wrapped(2, (Tone::Good, "hint:"), (Tone::Plain, "raise the rate limits of a subject under test"));
}

/// Why clauses have no verdict that says more; each reason once.
pub(super) fn reasons(page: &mut Page, record: &Record) {
    let mut verdicts =
        vec![(ClauseVerdict::NotImplemented, "Not implemented"), (ClauseVerdict::NotJudged, "Not judged")];
    if page.is_full() {
        verdicts.insert(0, (ClauseVerdict::Untestable, "Untestable"));
        verdicts.insert(1, (ClauseVerdict::NotApplicable, "Not applicable"));
    }
    for (verdict, title) in verdicts {
        let mut reasons: Vec<(&str, Vec<&ClauseRecord>)> = Vec::new();
        for clause in record.clauses.iter().filter(|clause| clause.verdict == verdict) {
            let reason = clause.reason.as_deref().unwrap_or("nobody said why");
            if is_told_by_preflight(record, reason) {
                continue;
            }
            match reasons.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, clauses)) => clauses.push(clause),
                None => reasons.push((reason, vec![clause])),
            }
        }
        if reasons.is_empty() {
            continue;
        }
        page.heading(title);
        for (reason, clauses) in reasons {
            let (tone, mark) = mark(verdict);
            page.wrapped(2, (tone, mark), (Tone::Plain, reason));
            page.wrapped(4, (Tone::Plain, ""), (Tone::Faint, &ids(page, &clauses)));
            for hint in hints(record, &clauses) {
                page.wrapped(4, (Tone::Good, "hint:"), (Tone::Plain, hint));
            }
        }
    }
}

/// Whether a reason is that of a failed check, which is told under its own heading.
fn is_told_by_preflight(record: &Record, reason: &str) -> bool {
    failed_checks(record).iter().any(|check| reason == format!("{}: {}", check.check, check.message))
}

fn failed_checks(record: &Record) -> Vec<&PreflightCheck> {
    record.preflight.iter().filter(|check| check.verdict == PreflightVerdict::Failed).collect()
}

/// The ids of clauses, in a brief report not too many.
fn ids(page: &Page, clauses: &[&ClauseRecord]) -> String {
    let most = if page.is_full() { clauses.len() } else { BRIEF_IDS };
    let ids: Vec<&str> = clauses.iter().map(|clause| clause.id.0.as_str()).collect();
    first_of(&ids, most)
}

/// What to do about clauses that were not judged; each advice once.
fn hints<'a>(record: &'a Record, clauses: &[&ClauseRecord]) -> BTreeSet<&'a str> {
    let mut hints = BTreeSet::new();
    for scenario in clauses.iter().flat_map(|clause| &clause.scenarios).filter_map(|key| record.scenario(key))
    {
        match &scenario.excluded {
            Some(Exclusion::NotJudged { hint, .. }) => hints.extend(hint.as_deref()),
            Some(_) => {}
            None => {
                let unsure = scenario.steps.iter().filter(|step| {
                    matches!(step.outcome.verdict, StepVerdict::Inconclusive | StepVerdict::Error)
                });
                hints.extend(unsure.filter_map(|step| step.outcome.hint.as_deref()));
            }
        }
    }
    hints
}

/// What did not work before the scenarios.
pub(super) fn preflight(page: &mut Page, record: &Record) {
    let failed = failed_checks(record);
    if failed.is_empty() {
        return;
    }
    page.heading("Did not work before the scenarios began");
    for check in failed {
        page.wrapped(2, (Tone::Bad, "✗"), (Tone::Plain, &format!("{}: {}", check.check, check.message)));
        if let Some(hint) = &check.hint {
            page.wrapped(4, (Tone::Good, "hint:"), (Tone::Plain, hint));
        }
        if page.is_full() {
            super::evidence::write(page, 4, &check.evidence);
        }
    }
}

/// Entries of the baseline that do not fit, and what to do about each kind.
pub(super) fn misfits(page: &mut Page, record: &Record) {
    let misfits: Vec<(String, BaselineFit)> = record
        .scenarios
        .iter()
        .filter(|scenario| scenario.is_misfit())
        .filter_map(|scenario| Some((scenario.key().to_string(), scenario.baseline.as_ref()?.fit)))
        .collect();
    if misfits.is_empty() {
        return;
    }
    page.heading("The baseline does not fit");
    for kind in [BaselineFit::Differs, BaselineFit::Expired, BaselineFit::Stale] {
        let alike: Vec<&String> =
            misfits.iter().filter(|(_, fit)| *fit == kind).map(|(key, _)| key).collect();
        for key in &alike {
            page.wrapped(2, (Tone::Bad, "✗"), (Tone::Plain, &format!("{key}: {}", words::fit(kind))));
        }
        if let Some(cure) = words::cure(kind).filter(|_| !alike.is_empty()) {
            page.wrapped(4, (Tone::Good, "hint:"), (Tone::Plain, cure));
        }
    }
}

/// Clauses that are broken by known failures alone. A full report tells them with all others.
pub(super) fn known(page: &mut Page, record: &Record) {
    let known: Vec<&ClauseRecord> = record.clauses.iter().filter(|clause| is_known(record, clause)).collect();
    if known.is_empty() || page.is_full() {
        return;
    }
    page.heading("Broken, as the baseline says");
    for clause in known {
        let (tone, mark) = mark(clause.verdict);
        page.line(2, &[(tone, mark), (Tone::Plain, " "), (Tone::Plain, &clause.id.0)]);
        let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
        for (scenario, _) in failures(record, clause) {
            let Some(baseline) = &scenario.baseline else { continue };
            let reason = why(baseline);
            match reasons.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, keys)) => keys.push(scenario.key().to_string()),
                None => reasons.push((reason, vec![scenario.key().to_string()])),
            }
        }
        for (reason, keys) in reasons {
            page.wrapped(4, (Tone::Plain, ""), (Tone::Plain, &reason));
            page.wrapped(4, (Tone::Plain, ""), (Tone::Faint, &keys.join(", ")));
        }
    }
}

/// Whether a clause is broken, and by known failures alone.
pub(super) fn is_known(record: &Record, clause: &ClauseRecord) -> bool {
    let broken = matches!(clause.verdict, ClauseVerdict::Broken | ClauseVerdict::Warned);
    broken && failures(record, clause).all(|(scenario, _)| scenario.is_known_failure())
}

/// Why a known failure is accepted, where it is tracked, and until when.
pub(super) fn why(known: &Baseline) -> String {
    let issue = known.issue.as_ref().map(|issue| format!(", {issue}")).unwrap_or_default();
    let expires = known.expires.as_ref().map(|day| format!(", until {day}")).unwrap_or_default();
    format!("{}{issue}{expires}", known.reason)
}
