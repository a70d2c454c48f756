//! What two records say differently: what regressed, was fixed, came, or went.

use std::collections::{BTreeMap, BTreeSet};

use pushproof_vocabulary::ClauseId;

use crate::{ClauseVerdict, Record, ScenarioKey, ScenarioVerdict, StepVerdict};

/// What changed from one record to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The clauses that changed, in the proposal's order.
    pub clauses: Vec<Change<ClauseId, ClauseVerdict>>,
    /// The cases that changed, in the order of the plans.
    pub cases: Vec<Change<ScenarioKey, ScenarioVerdict>>,
    /// The open clauses that were read in another way: the old reading and the new one.
    pub readings: Vec<(ClauseId, String, String)>,
    /// Whether what only the old record judges may be gone.
    pub may_be_gone: bool,
}

/// Two records that say nothing of each other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("they differ in {what}: the old one has {old}, the new one {new}")]
pub struct Unlike {
    /// In what they differ.
    pub what: &'static str,
    /// What the old one has there.
    pub old: String,
    /// What the new one has there.
    pub new: String,
}

/// A change of one clause or case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change<Id, Verdict> {
    /// Of what.
    pub id: Id,
    /// What it means.
    pub kind: ChangeKind,
    /// The verdict of the old record, if it has one.
    pub old: Option<Verdict>,
    /// The verdict of the new record, if it has one.
    pub new: Option<Verdict>,
    /// What the new record says of it; the old one, where nothing is there any more.
    pub message: Option<String>,
}

/// What a change means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// It was better before. To have been judged is better than not to be.
    Regressed,
    /// It is better now.
    Fixed,
    /// Only the new record judges it, or has found out that it is bad.
    New,
    /// Only the old record judges it.
    Gone,
}

/// How bad something is, and `None` where nobody looked.
trait Badness {
    fn badness(self) -> Option<u8>;
}

impl Badness for ClauseVerdict {
    fn badness(self) -> Option<u8> {
        match self {
            Self::Holds | Self::Observed => Some(0),
            Self::NotJudged => Some(1),
            Self::Warned => Some(2),
            Self::Broken | Self::NotImplemented => Some(3),
            Self::NotApplicable | Self::NotSelected | Self::Untestable => None,
        }
    }
}

impl Badness for ScenarioVerdict {
    fn badness(self) -> Option<u8> {
        match self {
            Self::Passed => Some(0),
            Self::Inconclusive | Self::Error => Some(1),
            Self::Failed | Self::NotImplemented => Some(3),
            Self::NotApplicable | Self::NotSelected => None,
        }
    }
}

impl Comparison {
    /// What changed from `old` to `new`. They have to be of the same side, the same part of the scenarios, and the same
    /// dialect, or a difference would say nothing of the subject.
    ///
    /// # Errors
    ///
    /// When they are not.
    pub fn of(old: &Record, new: &Record) -> Result<Self, Unlike> {
        unlike(old, new)?;
        let clauses = |record: &Record| -> Vec<(ClauseId, ClauseVerdict, Option<String>)> {
            let of =
                |clause: &crate::ClauseRecord| (clause.id.clone(), clause.verdict, clause.reason.clone());
            record.clauses.iter().map(of).collect()
        };
        let cases = |record: &Record| -> Vec<(ScenarioKey, ScenarioVerdict, Option<String>)> {
            record.scenarios.iter().map(|case| (case.key(), case.verdict, told(case))).collect()
        };
        Ok(Self {
            clauses: changes(clauses(old), clauses(new)),
            cases: changes(cases(old), cases(new)),
            readings: readings(old, new),
            may_be_gone: false,
        })
    }

    /// The same, where what only the old record judges may be gone.
    #[must_use]
    pub fn allowing_gone(self, may_be_gone: bool) -> Self {
        Self { may_be_gone, ..self }
    }

    /// Whether anything is worse than before, or gone that may not be.
    #[must_use]
    pub fn is_worse(&self) -> bool {
        let mut kinds =
            self.clauses.iter().map(|change| change.kind).chain(self.cases.iter().map(|change| change.kind));
        kinds.any(|kind| self.is_bad(kind))
    }

    /// Whether a change of this kind makes the new record worse.
    pub(crate) fn is_bad(&self, kind: ChangeKind) -> bool {
        kind == ChangeKind::Regressed || kind == ChangeKind::Gone && !self.may_be_gone
    }
}

/// Finds what makes two records incomparable.
fn unlike(old: &Record, new: &Record) -> Result<(), Unlike> {
    let json = |value: serde_json::Result<String>| value.unwrap_or_default();
    let side = |record: &Record| json(serde_json::to_string(&record.subject.side));
    let selection = |record: &Record| {
        if record.selection.is_narrowed() {
            json(serde_json::to_string(&record.selection))
        } else {
            "all scenarios".to_owned()
        }
    };
    let part = |record: &Record| match (&record.shard, record.missing_shards.as_slice()) {
        (Some(shard), _) => format!("shard {}/{}", shard.index, shard.total),
        (None, []) => "the whole".to_owned(),
        (None, missing) => format!("the whole without the shards {missing:?}"),
    };
    // A run that ended before it was found out compares with any: it judged nothing.
    let dialect = |record: &Record, other: &Record| {
        let dialect = record.subject.dialect.clone().or_else(|| other.subject.dialect.clone());
        dialect.unwrap_or_default()
    };
    let differences = [
        ("the side of the proposal", side(old), side(new)),
        ("what was selected", selection(old), selection(new)),
        ("the part of the run", part(old), part(new)),
        ("the dialect", dialect(old, new), dialect(new, old)),
    ];
    match differences.into_iter().find(|(_, old, new)| old != new) {
        Some((what, old, new)) => Err(Unlike { what, old, new }),
        None => Ok(()),
    }
}

/// The changes of what is in either list; what is only in the old one comes last.
fn changes<Id: Ord + Clone, Verdict: Badness + Copy>(
    old: Vec<(Id, Verdict, Option<String>)>,
    new: Vec<(Id, Verdict, Option<String>)>,
) -> Vec<Change<Id, Verdict>> {
    let known: BTreeMap<Id, Verdict> = old.iter().map(|(id, verdict, _)| (id.clone(), *verdict)).collect();
    let listed: BTreeSet<Id> = new.iter().map(|(id, ..)| id.clone()).collect();
    let of_new = new.into_iter().map(|(id, verdict, message)| {
        let old = known.get(&id).copied();
        (id, old, Some(verdict), message)
    });
    let gone = old.into_iter().filter(|(id, ..)| !listed.contains(id));
    let of_old = gone.map(|(id, verdict, message)| (id, Some(verdict), None, message));
    of_new
        .chain(of_old)
        .filter_map(|(id, old, new, message)| {
            let is_no_more = new.is_none();
            let kind = kind(old.and_then(Badness::badness), new.and_then(Badness::badness), is_no_more)?;
            Some(Change { id, kind, old, new, message })
        })
        .collect()
}

/// What a change of badness means. What is still there, and was not judged before either, has not gone.
fn kind(old: Option<u8>, new: Option<u8>, is_no_more: bool) -> Option<ChangeKind> {
    match (old, new) {
        // What could not be judged before may always have been as bad as it is now.
        (Some(1), Some(new)) if new > 1 => Some(ChangeKind::New),
        (Some(old), Some(new)) if new > old => Some(ChangeKind::Regressed),
        (Some(old), Some(new)) if new < old => Some(ChangeKind::Fixed),
        (Some(_), Some(_)) | (None, None) => None,
        (Some(1), None) if !is_no_more => None,
        (None, Some(_)) => Some(ChangeKind::New),
        (Some(_), None) => Some(ChangeKind::Gone),
    }
}

/// What a case says of its end, if it did not pass.
fn told(case: &crate::ScenarioRecord) -> Option<String> {
    let step = case.steps.iter().find(|step| {
        matches!(step.outcome.verdict, StepVerdict::Failed | StepVerdict::Inconclusive | StepVerdict::Error)
    });
    step.filter(|_| case.verdict != ScenarioVerdict::Passed)?.outcome.message.clone()
}

fn readings(old: &Record, new: &Record) -> Vec<(ClauseId, String, String)> {
    let before: BTreeMap<&ClauseId, &String> =
        old.clauses.iter().filter_map(|clause| Some((&clause.id, clause.reading.as_ref()?))).collect();
    new.clauses
        .iter()
        .filter_map(|clause| {
            let (old, new) = (*before.get(&clause.id)?, clause.reading.as_ref()?);
            (old != new).then(|| (clause.id.clone(), old.clone(), new.clone()))
        })
        .collect()
}
