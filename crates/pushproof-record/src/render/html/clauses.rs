//! The clauses under the parts of the proposal, as a report shows them.

use pushproof_vocabulary::Level;

use super::{anchor, cases};
use crate::{
    ClauseRecord, ClauseVerdict, Exclusion, Record, StepVerdict,
    render::{cases::Cases, groups::groups, words},
};

/// A part of the proposal.
pub(super) struct Part {
    pub(super) title: &'static str,
    pub(super) clauses: Vec<Clause>,
}

/// A clause.
pub(super) struct Clause {
    pub(super) anchor: String,
    pub(super) link: String,
    pub(super) id: String,
    pub(super) title: String,
    pub(super) level: &'static str,
    pub(super) shows: String,
    /// Its verdict as a class.
    pub(super) class: &'static str,
    pub(super) mark: &'static str,
    pub(super) verdict: String,
    pub(super) open: bool,
    pub(super) reading: String,
    pub(super) reason: String,
    /// What it was judged by.
    pub(super) cases: Vec<Judge>,
}

/// A case that judges a clause.
pub(super) struct Judge {
    pub(super) link: String,
    pub(super) key: String,
    pub(super) class: &'static str,
    pub(super) mark: &'static str,
    /// What it found, where that is worth telling.
    pub(super) message: String,
    pub(super) hint: String,
}

/// The parts in the proposal's order.
pub(super) fn parts(record: &Record) -> Vec<Part> {
    groups(&record.clauses)
        .into_iter()
        .map(|group| Part {
            title: group.title,
            clauses: group.clauses.into_iter().map(|clause| of(record, clause)).collect(),
        })
        .collect()
}

fn of(record: &Record, clause: &ClauseRecord) -> Clause {
    let (class, mark) = look(clause.verdict);
    let verdict = words::clause_verdict(clause.verdict);
    let Cases { all, telling } = Cases::of(record, clause);
    let anchor = anchor::id(&clause.id.0);
    Clause {
        link: anchor::link(&anchor),
        anchor,
        id: clause.id.0.clone(),
        title: clause.title.clone(),
        level: if clause.level == Level::Untestable { "" } else { words::level(clause.level) },
        shows: clause.shows.clone(),
        class,
        mark,
        verdict: match (all, telling) {
            (0 | 1, _) => verdict.to_owned(),
            (all, telling) if telling == all => format!("{verdict} · {all} cases"),
            (all, telling) => format!("{verdict} · {telling} of {all} cases"),
        },
        open: matches!(clause.verdict, ClauseVerdict::Broken | ClauseVerdict::Warned),
        reading: clause.reading.clone().unwrap_or_default(),
        reason: clause.reason.clone().unwrap_or_default(),
        cases: clause.scenarios.iter().filter_map(|key| judge(record, clause, key)).collect(),
    }
}

/// What a case found of a clause: the verdict of its worst step, and what that step says.
fn judge(record: &Record, clause: &ClauseRecord, key: &crate::ScenarioKey) -> Option<Judge> {
    let scenario = record.scenario(key)?;
    let found = scenario.judging(&clause.id).filter(|_| scenario.excluded.is_none());
    let step = found.max_by_key(|step| badness(step.outcome.verdict));
    let ((class, mark), message, hint) = match (&scenario.excluded, step) {
        (Some(exclusion), _) => {
            let message = match exclusion {
                Exclusion::NotSelected => "not selected".to_owned(),
                Exclusion::NotImplemented { reason, .. }
                | Exclusion::NotApplicable { reason }
                | Exclusion::NotJudged { reason, .. } => reason.clone(),
            };
            (("quiet", "–"), message, String::new())
        }
        (None, None) => (("quiet", "–"), String::new(), String::new()),
        (None, Some(step)) => {
            let outcome = &step.outcome;
            let told = [&outcome.message, &outcome.reading].into_iter().flatten().next();
            (
                cases::look(outcome.verdict),
                told.cloned().unwrap_or_default(),
                outcome.hint.clone().unwrap_or_default(),
            )
        }
    };
    let link = anchor::link(&anchor::case(key));
    Some(Judge { link, key: key.to_string(), class, mark, message, hint })
}

fn badness(verdict: StepVerdict) -> u8 {
    match verdict {
        StepVerdict::Passed => 0,
        StepVerdict::NotApplicable => 1,
        StepVerdict::Skipped => 2,
        StepVerdict::Inconclusive => 3,
        StepVerdict::Error => 4,
        StepVerdict::Failed => 5,
    }
}

/// Class and mark of a verdict.
pub(in crate::render) fn look(verdict: ClauseVerdict) -> (&'static str, &'static str) {
    match verdict {
        ClauseVerdict::Holds => ("holds", "✓"),
        ClauseVerdict::Broken => ("broken", "✗"),
        ClauseVerdict::Warned => ("warned", "!"),
        ClauseVerdict::Observed => ("observed", "·"),
        ClauseVerdict::NotJudged => ("not-judged", "?"),
        ClauseVerdict::NotImplemented => ("not-implemented", "✗"),
        ClauseVerdict::NotApplicable => ("not-applicable", "–"),
        ClauseVerdict::NotSelected => ("not-selected", "–"),
        ClauseVerdict::Untestable => ("untestable", "–"),
    }
}
