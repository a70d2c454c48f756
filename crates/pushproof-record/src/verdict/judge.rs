//! How all verdicts of a record are drawn: from the steps of its cases and a catalogue, and from nothing else.

use std::collections::BTreeMap;

use pushproof_vocabulary::{Clause, ClauseId, Level};

use super::{Circumstances, Finding, Surroundings, judge_clause, judge_run, judge_scenario, unaccounted};
use crate::{
    ClauseRecord, Exclusion, PreflightCheck, PreflightVerdict, Record, ScenarioRecord, ShardNumber,
    StepOutcome,
};

impl Record {
    /// Draws the verdicts on every case, on every clause of the catalogue that binds the judged side, and on the subject.
    pub(crate) fn judge(&mut self, catalogue: &[Clause], is_planned: bool, unchecked: &str) {
        let side = self.subject.side;
        let catalogue: Vec<&Clause> = catalogue.iter().filter(|clause| clause.side == side).collect();
        let levels: BTreeMap<&ClauseId, Level> =
            catalogue.iter().map(|clause| (&clause.id, clause.level)).collect();
        for case in &mut self.scenarios {
            case.verdict = judge_scenario(case.excluded.as_ref(), &case.steps, |id| levels.get(id).copied());
        }
        let unplanned = (!is_planned).then(|| why_unplanned(&self.preflight, self.interrupted));
        let surroundings = Surroundings {
            missing: &self.subject.missing,
            narrowed: self.selection.is_narrowed() || self.shard.is_some(),
            unplanned: unplanned.as_deref(),
            unchecked,
            skipped: if self.interrupted { StepOutcome::INTERRUPTED } else { "an earlier step did not pass" },
        };
        self.clauses = catalogue
            .into_iter()
            .enumerate()
            .map(|(order, clause)| clause_record(order, clause, &self.scenarios, &surroundings))
            .collect();
        let judged = self.clauses.iter().map(|clause| (clause.level, clause.verdict));
        self.verdict =
            judge_run(judged, &self.subject.missing, self.policy, self.circumstances(|_none| false));
    }

    /// What bears on the verdict on the subject beside the verdicts on the clauses, if the cases that are excused had
    /// not been.
    pub(crate) fn circumstances(&self, is_excused: impl Fn(&ScenarioRecord) -> bool) -> Circumstances {
        let counting = self.scenarios.iter().filter(|case| !is_excused(case));
        Circumstances {
            is_cut_short: self.interrupted
                || !self.missing_shards.is_empty()
                || !self.unjudgeable.is_empty()
                || self.left_out().next().is_some(),
            // What was declared absent, by the user or a client, does not apply: who declares everything absent would
            // keep to everything.
            needs_a_must: !self.selection.is_narrowed() && self.shard.is_none(),
            unaccounted: counting.filter_map(|case| unaccounted(case, |id| self.level(id))).max(),
        }
    }

    /// How firmly a clause of the judged side is asked for.
    pub(crate) fn level(&self, id: &ClauseId) -> Option<Level> {
        self.clauses.iter().find(|clause| clause.id == *id).map(|clause| clause.level)
    }

    /// The cases that did not run although they were selected and nothing else is said against them.
    pub(crate) fn left_out(&self) -> impl Iterator<Item = &ScenarioRecord> {
        let left_out = self.scenarios.iter().filter(|case| case.excluded == Some(Exclusion::NotSelected));
        left_out.filter(|case| self.takes(case))
    }

    /// Whether selection and shard take a case.
    pub(crate) fn takes(&self, case: &ScenarioRecord) -> bool {
        let key = case.key();
        let shard = self.shard.as_ref().map(|part| ShardNumber { index: part.index, total: part.total });
        self.selection.takes(&key) && shard.is_none_or(|shard| shard.takes(&key))
    }
}

fn clause_record(
    order: usize,
    clause: &Clause,
    scenarios: &[ScenarioRecord],
    surroundings: &Surroundings<'_>,
) -> ClauseRecord {
    let Finding { verdict, reading, reason, scenarios } = judge_clause(clause, scenarios, surroundings);
    ClauseRecord {
        id: clause.id.clone(),
        title: clause.title.clone(),
        side: clause.side,
        level: clause.level,
        order,
        shows: clause.shows.clone(),
        verdict,
        reading,
        reason,
        scenarios,
    }
}

/// The likeliest reason why a run never planned anything.
fn why_unplanned(preflight: &[PreflightCheck], interrupted: bool) -> String {
    match preflight.iter().find(|check| check.verdict == PreflightVerdict::Failed) {
        Some(failed) => format!("{}: {}", failed.check, failed.message),
        None if interrupted => "the run was interrupted before its scenarios began".to_owned(),
        None => "the run ended before its scenarios began".to_owned(),
    }
}
