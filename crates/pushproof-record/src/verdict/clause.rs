//! How the judging steps of all its cases make the verdict of a clause.

use pushproof_vocabulary::{Clause, Half, Level};

use super::{ClauseVerdict, StepVerdict};
use crate::{Exclusion, ScenarioKey, ScenarioRecord, StepOutcome};

/// What the run says of a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) verdict: ClauseVerdict,
    pub(crate) reading: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) scenarios: Vec<ScenarioKey>,
}

/// What the verdict of a clause depends on beside its steps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surroundings<'a> {
    /// The halves of the proposal that the subject lacks.
    pub(crate) missing: &'a [Half],
    /// Whether something may be left out by a selection or a shard.
    pub(crate) narrowed: bool,
    /// Why there is no plan, when there is none.
    pub(crate) unplanned: Option<&'a str>,
    /// What is said of a clause that no case is about.
    pub(crate) unchecked: &'a str,
    /// What is said of a step that did not run and does not say why.
    pub(crate) skipped: &'a str,
}

/// The verdict of a clause over every planned case that judges it: broken before not-judged, not-judged before holds.
pub(crate) fn judge_clause(clause: &Clause, cases: &[ScenarioRecord], run: &Surroundings<'_>) -> Finding {
    let mut tally = Tally::default();
    let mut scenarios = Vec::new();
    for case in cases {
        let mut judging = case.judging(&clause.id).peekable();
        if judging.peek().is_none() {
            continue;
        }
        scenarios.push(case.key());
        match &case.excluded {
            Some(exclusion) => tally.exclude(exclusion),
            None => judging.for_each(|step| tally.count(&step.outcome, clause.level, run.skipped)),
        }
    }
    let (verdict, reason) = tally.verdict(clause, run);
    Finding { verdict, reading: join(&tally.readings), reason, scenarios }
}

/// What was found of a clause so far; each reason and reading once, in the order of the plan.
#[derive(Debug, Default)]
struct Tally {
    passed: bool,
    failed: bool,
    not_selected: bool,
    not_judged: Vec<String>,
    not_applicable: Vec<String>,
    not_implemented: Vec<String>,
    readings: Vec<String>,
}

impl Tally {
    fn count(&mut self, outcome: &StepOutcome, level: Level, skipped: &str) {
        if let Some(reading) = &outcome.reading {
            note(&mut self.readings, reading);
        }
        let says = |otherwise: &str| outcome.message.as_deref().unwrap_or(otherwise).to_owned();
        match outcome.verdict {
            StepVerdict::Passed => self.passed = true,
            StepVerdict::Failed if level != Level::Open => self.failed = true,
            // Nothing can break an open clause: what was found there is a reading, or tells nothing.
            StepVerdict::Failed if outcome.reading.is_some() => self.passed = true,
            StepVerdict::Failed | StepVerdict::Inconclusive => {
                note(&mut self.not_judged, &says("what was seen tells nothing"));
            }
            StepVerdict::Error => note(&mut self.not_judged, &says("the suite itself failed")),
            StepVerdict::Skipped => note(&mut self.not_judged, &says(skipped)),
            StepVerdict::NotApplicable => {
                note(&mut self.not_applicable, &says("the subject lacks what it is about"));
            }
        }
    }

    fn exclude(&mut self, exclusion: &Exclusion) {
        match exclusion {
            Exclusion::NotSelected => self.not_selected = true,
            Exclusion::NotImplemented { reason, .. } => note(&mut self.not_implemented, reason),
            Exclusion::NotApplicable { reason } => note(&mut self.not_applicable, reason),
            Exclusion::NotJudged { reason, .. } => note(&mut self.not_judged, reason),
        }
    }

    fn verdict(&self, clause: &Clause, run: &Surroundings<'_>) -> (ClauseVerdict, Option<String>) {
        if clause.level == Level::Untestable {
            return (ClauseVerdict::Untestable, clause.reason.clone());
        }
        if self.failed {
            let broken =
                if clause.level == Level::Must { ClauseVerdict::Broken } else { ClauseVerdict::Warned };
            return (broken, None);
        }
        if let Some(reason) = join(&self.not_judged) {
            return (ClauseVerdict::NotJudged, Some(reason));
        }
        if self.passed {
            let good =
                if clause.level == Level::Open { ClauseVerdict::Observed } else { ClauseVerdict::Holds };
            return (good, None);
        }
        if let Some(reason) = join(&self.not_implemented) {
            return (ClauseVerdict::NotImplemented, Some(reason));
        }
        if let Some(reason) = join(&self.not_applicable) {
            return (ClauseVerdict::NotApplicable, Some(reason));
        }
        if let Some(reason) = run.unplanned {
            return (ClauseVerdict::NotJudged, Some(reason.to_owned()));
        }
        if self.not_selected || run.narrowed {
            return (ClauseVerdict::NotSelected, None);
        }
        if clause.id.half().is_some_and(|half| run.missing.contains(&half)) {
            let reason = "the subject lacks this half of the proposal";
            return (ClauseVerdict::NotImplemented, Some(reason.to_owned()));
        }
        (ClauseVerdict::NotJudged, Some(run.unchecked.to_owned()))
    }
}

/// Adds what is not there yet.
fn note(list: &mut Vec<String>, text: &str) {
    if !list.iter().any(|known| known == text) {
        list.push(text.to_owned());
    }
}

fn join(list: &[String]) -> Option<String> {
    (!list.is_empty()).then(|| list.join("; "))
}
