//! The fold of a run's events into its record.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::{
    Event, Leftover, PlannedScenario, PreflightCheck, RateLimited, Record, RunStarted, ScenarioKey,
    ScenarioRecord, ScenarioVerdict, Shard, StepOutcome, StepRecord, Subject, SubjectFacts, Verdict,
    verdict::doubt_after_controls,
};

/// The record of a run that emitted these events.
pub fn fold(events: impl IntoIterator<Item = Event>) -> Result<Record, FoldError> {
    let mut fold = Fold::default();
    for event in events {
        fold.apply(event)?;
    }
    fold.finish()
}

/// Events that belong to no run. Each is a fault of what emitted them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// The run never began.
    #[error("the events of a run begin with its start")]
    NotStarted,
    /// Two cases are called the same.
    #[error("`{0}` is planned twice")]
    PlannedTwice(ScenarioKey),
    /// An event tells of a case that is not in the plan.
    #[error("`{0}` is not in the plan")]
    UnknownScenario(ScenarioKey),
    /// An event tells of a step that its case does not have.
    #[error("`{key}` has no step {index}")]
    UnknownStep {
        /// The case.
        key: ScenarioKey,
        /// Where the step would stand.
        index: usize,
    },
}

/// What is known of a run so far. Verdicts are drawn at the end alone, for until then any step can be revised.
#[derive(Clone, Debug, Default)]
pub struct Fold {
    started: Option<Box<RunStarted>>,
    facts: Option<Box<SubjectFacts>>,
    preflight: Vec<PreflightCheck>,
    plan: Option<Vec<Case>>,
    places: BTreeMap<ScenarioKey, usize>,
    leftovers: Vec<Leftover>,
    rate_limited: RateLimited,
    unjudgeable: Vec<String>,
    interrupted: bool,
    last_ms: u64,
    duration_ms: Option<u64>,
}

/// A planned case as far as it has come.
#[derive(Clone, Debug)]
struct Case {
    planned: PlannedScenario,
    outcomes: Vec<Option<StepOutcome>>,
    began_ms: u64,
    ended_ms: u64,
}

impl Fold {
    /// A run of which nothing is known yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in the next event.
    pub fn apply(&mut self, event: Event) -> Result<(), FoldError> {
        match event {
            Event::Started(started) => self.started = Some(started),
            Event::Preflight(check) => self.preflight.push(check),
            Event::Identified(facts) => self.facts = Some(facts),
            Event::Planned(plan) => self.plan(plan)?,
            Event::ScenarioStarted { key, at_ms } => {
                self.seen(at_ms);
                let case = self.case(&key)?;
                (case.began_ms, case.ended_ms) = (at_ms, at_ms);
            }
            Event::StepFinished { key, index, outcome } | Event::StepRevised { key, index, outcome } => {
                self.seen(outcome.at_ms.saturating_add(outcome.duration_ms));
                let slot = self.case(&key)?.outcomes.get_mut(index);
                *slot.ok_or(FoldError::UnknownStep { key, index })? = Some(*outcome);
            }
            Event::ScenarioFinished { key, at_ms } => {
                self.seen(at_ms);
                self.case(&key)?.ended_ms = at_ms;
            }
            Event::RateLimited { waited_ms } => {
                self.rate_limited.count += 1;
                self.rate_limited.waited_ms = self.rate_limited.waited_ms.saturating_add(waited_ms);
            }
            Event::Leftover(leftover) => self.leftovers.push(leftover),
            Event::Unjudgeable { reason } if !self.unjudgeable.contains(&reason) => {
                self.unjudgeable.push(reason);
            }
            Event::Unjudgeable { .. } | Event::Notice(_) => {}
            Event::Interrupted => self.interrupted = true,
            Event::Finished { duration_ms } => self.duration_ms = Some(duration_ms),
        }
        Ok(())
    }

    /// The record of the run. One that never told of its end was interrupted.
    pub fn finish(self) -> Result<Record, FoldError> {
        let started = *self.started.ok_or(FoldError::NotStarted)?;
        let interrupted = self.interrupted || self.duration_ms.is_none();
        let is_planned = self.plan.is_some();
        let cut_short = if interrupted { StepOutcome::INTERRUPTED } else { "the run ended before" };
        let plan = self.plan.unwrap_or_default();
        let plan_digest = digest(plan.iter().map(|case| &case.planned.key));

        let mut record = Record {
            format: Record::FORMAT.to_owned(),
            version: Record::VERSION,
            suite: started.suite,
            run_id: started.run_id,
            subject: Subject::new(started.side, started.url, self.facts.map(|facts| *facts), started.without),
            verdict: Verdict::NotJudged,
            started: started.started,
            duration_ms: self.duration_ms.unwrap_or(self.last_ms),
            selection: started.selection,
            options: started.options,
            policy: started.policy,
            shard: started.shard.map(|part| Shard { index: part.index, total: part.total, plan_digest }),
            missing_shards: Vec::new(),
            interrupted,
            unjudgeable: self.unjudgeable,
            judged_anew: None,
            clauses: Vec::new(),
            scenarios: plan.into_iter().map(|case| case.into_record(cut_short)).collect(),
            preflight: self.preflight,
            leftovers: self.leftovers,
            rate_limited: self.rate_limited,
        };
        record.judge(&started.catalogue, is_planned, UNCHECKED);
        Ok(record)
    }

    fn plan(&mut self, plan: Vec<PlannedScenario>) -> Result<(), FoldError> {
        for (place, case) in plan.iter().enumerate() {
            if self.places.insert(case.key.clone(), place).is_some() {
                return Err(FoldError::PlannedTwice(case.key.clone()));
            }
        }
        self.plan = Some(plan.into_iter().map(Case::new).collect());
        Ok(())
    }

    fn case(&mut self, key: &ScenarioKey) -> Result<&mut Case, FoldError> {
        let place = self.places.get(key);
        let case = place.and_then(|place| self.plan.as_mut()?.get_mut(*place));
        case.ok_or_else(|| FoldError::UnknownScenario(key.clone()))
    }

    fn seen(&mut self, at_ms: u64) {
        self.last_ms = self.last_ms.max(at_ms);
    }
}

impl Case {
    fn new(planned: PlannedScenario) -> Self {
        Self { outcomes: vec![None; planned.steps.len()], planned, began_ms: 0, ended_ms: 0 }
    }

    /// `cut_short` is why steps of a case that was to run did not, and nobody said why.
    fn into_record(self, cut_short: &str) -> ScenarioRecord {
        let PlannedScenario { key, title, file, steps, excluded } = self.planned;
        let message = excluded.is_none().then(|| cut_short.to_owned());
        let missing = || StepOutcome { message: message.clone(), ..StepOutcome::skipped() };
        let outcomes = self.outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(missing));
        let mut steps: Vec<StepRecord> = steps
            .into_iter()
            .zip(outcomes)
            .map(|(planned, outcome)| StepRecord { planned, outcome })
            .collect();
        doubt_after_controls(&mut steps);
        ScenarioRecord {
            id: key.id,
            case: key.case,
            title,
            file,
            // Drawn when all cases are known.
            verdict: ScenarioVerdict::Inconclusive,
            duration_ms: self.ended_ms.saturating_sub(self.began_ms),
            excluded,
            baseline: None,
            steps,
        }
    }
}

/// What is said of a clause that no case of the plan judges.
pub(crate) const UNCHECKED: &str = "no scenario checks this clause yet";

/// What tells one plan from another: SHA-256 over the names of its cases, a line each.
pub(crate) fn digest(cases: impl IntoIterator<Item = impl std::borrow::Borrow<ScenarioKey>>) -> String {
    let mut digest = Sha256::new();
    for case in cases {
        digest.update(format!("{}\n", case.borrow()));
    }
    hex::encode(digest.finalize())
}
