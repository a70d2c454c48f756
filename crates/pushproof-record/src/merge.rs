//! One record of the records of its shards.

use std::collections::{BTreeMap, BTreeSet};

use pushproof_vocabulary::{Clause, ClauseId, Level};

use crate::{
    Exclusion, PreflightVerdict, Record, ScenarioRecord, Shard, ShardNumber,
    fold::clause_records,
    verdict::{Surroundings, judge_run, judge_scenario},
};

/// Records that are not the parts of one run. Each is named as the caller names it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// There is no record.
    #[error("there is no record")]
    Nothing,
    /// A record is that of a whole run.
    #[error("{0} is the record of a whole run, not of a shard")]
    NoShard(String),
    /// Two records tell of different runs.
    #[error("{one} and {other} are not parts of one run: they differ in {what}")]
    Differs {
        /// The first.
        one: String,
        /// The other.
        other: String,
        /// In what.
        what: &'static str,
    },
    /// Two records tell of the same part.
    #[error("{one} and {other} are both shard {shard}")]
    Twice {
        /// The first.
        one: String,
        /// The other.
        other: String,
        /// Which part.
        shard: ShardNumber,
    },
}

impl Record {
    /// Puts the records of the shards of one run together, each given with its name. What a shard that is missing would
    /// have judged is not judged, so that the whole is never called conformant without it. Times stay those of the
    /// shard that they were measured in.
    pub fn merge(parts: Vec<(String, Self)>) -> Result<Self, MergeError> {
        let shards = shards(&parts)?;
        let total = shards.values().next().map_or(0, |(_, shard)| shard.total);
        let missing: Vec<u32> = (1..=total).filter(|index| !shards.contains_key(index)).collect();
        let mut records: Vec<Self> = parts.into_iter().map(|(_, record)| record).collect();
        records.sort_by_key(|record| record.shard.as_ref().map(|shard| shard.index));

        let mut whole = records[0].clone();
        whole.shard = None;
        for part in &records[1..] {
            whole.take_in(part);
        }
        for case in &mut whole.scenarios {
            let lacks = |index: &&u32| ShardNumber { index: **index, total }.takes(&case.key());
            let lacking = missing.iter().find(lacks);
            if let Some(index) = lacking.filter(|_| case.excluded == Some(Exclusion::NotSelected)) {
                case.excluded = Some(Exclusion::NotJudged {
                    reason: format!("the record of shard {index}/{total} is missing"),
                    hint: Some("name the records of all shards".to_owned()),
                });
            }
        }
        whole.missing_shards = missing;
        whole.judge();
        Ok(whole)
    }

    /// Takes in what another part of the run found.
    fn take_in(&mut self, part: &Self) {
        for (case, found) in self.scenarios.iter_mut().zip(&part.scenarios) {
            if case.excluded == Some(Exclusion::NotSelected) {
                *case = found.clone();
            }
        }
        let end = |record: &Self| {
            let began = record.started.as_millisecond();
            began.saturating_add_unsigned(record.duration_ms)
        };
        let last = end(self).max(end(part));
        self.started = self.started.min(part.started);
        self.duration_ms = last.saturating_sub(self.started.as_millisecond()).unsigned_abs();
        self.interrupted |= part.interrupted;
        add_new(&mut self.unjudgeable, &part.unjudgeable);
        let subject = &mut self.subject;
        subject.name = subject.name.take().or_else(|| part.subject.name.clone());
        subject.version = subject.version.take().or_else(|| part.subject.version.clone());
        subject.dialect = subject.dialect.take().or_else(|| part.subject.dialect.clone());
        add_new(&mut subject.dialects_seen, &part.subject.dialects_seen);
        add_new(&mut subject.missing, &part.subject.missing);
        add_new(&mut subject.undeclared, &part.subject.undeclared);
        let failed = part.preflight.iter().filter(|check| check.verdict == PreflightVerdict::Failed);
        for check in failed {
            add_new(&mut self.preflight, std::slice::from_ref(check));
        }
        self.leftovers.extend(part.leftovers.iter().cloned());
        self.rate_limited.count += part.rate_limited.count;
        self.rate_limited.waited_ms += part.rate_limited.waited_ms;
    }

    /// Draws the verdicts anew from the steps of all cases.
    fn judge(&mut self) {
        let catalogue: Vec<Clause> = self.clauses.iter().map(clause).collect();
        let levels: BTreeMap<&ClauseId, Level> =
            catalogue.iter().map(|clause| (&clause.id, clause.level)).collect();
        for case in &mut self.scenarios {
            case.verdict = judge_scenario(case.excluded.as_ref(), &case.steps, |id| levels.get(id).copied());
        }
        let surroundings = Surroundings {
            missing: &self.subject.missing,
            narrowed: self.selection.is_narrowed(),
            unplanned: None,
            skipped: if self.interrupted {
                "a shard was interrupted"
            } else {
                "an earlier step did not pass"
            },
        };
        self.clauses = clause_records(&catalogue, &self.scenarios, &surroundings);
        let judged = self.clauses.iter().map(|clause| (clause.level, clause.verdict));
        self.verdict = judge_run(judged, &self.subject.missing, self.policy, self.circumstances());
    }
}

/// The shard of every record, by its index, if they are parts of one run.
fn shards(parts: &[(String, Record)]) -> Result<BTreeMap<u32, (&str, ShardNumber)>, MergeError> {
    let (first_name, first) = parts.first().ok_or(MergeError::Nothing)?;
    let mut shards: BTreeMap<u32, (&str, ShardNumber)> = BTreeMap::new();
    for (name, record) in parts {
        let Some(Shard { index, total, .. }) = record.shard else {
            return Err(MergeError::NoShard(name.clone()));
        };
        if let Some(what) = difference(first, record) {
            return Err(MergeError::Differs { one: first_name.clone(), other: name.clone(), what });
        }
        let shard = ShardNumber { index, total };
        if let Some((one, _)) = shards.insert(index, (name, shard)) {
            return Err(MergeError::Twice { one: one.to_owned(), other: name.clone(), shard });
        }
    }
    Ok(shards)
}

/// In what two records differ that parts of one run have in common. What a part did not find out is no difference.
fn difference(one: &Record, other: &Record) -> Option<&'static str> {
    fn differ<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
        one.is_some() && other.is_some() && one != other
    }
    let plan = |record: &Record| record.shard.as_ref().map(|shard| (shard.total, shard.plan_digest.clone()));
    let clauses =
        |record: &Record| record.clauses.iter().map(|clause| clause.id.clone()).collect::<BTreeSet<_>>();
    let cases = |record: &Record| record.scenarios.iter().map(ScenarioRecord::key).collect::<Vec<_>>();
    let (mine, its) = (&one.subject, &other.subject);
    let differences = [
        ("the version of the suite", one.suite != other.suite),
        (
            "the plan",
            plan(one) != plan(other) || clauses(one) != clauses(other) || cases(one) != cases(other),
        ),
        ("the selection", one.selection != other.selection),
        ("how strictly they judge", one.policy != other.policy),
        ("what the set-up lacks", mine.without != its.without),
        ("the side of the proposal", mine.side != its.side),
        ("the subject", differ(mine.name.as_ref(), its.name.as_ref())),
        ("the version of the subject", differ(mine.version.as_ref(), its.version.as_ref())),
        ("the dialect", differ(mine.dialect.as_ref(), its.dialect.as_ref())),
    ];
    differences.into_iter().find(|(_, differ)| *differ).map(|(what, _)| what)
}

fn add_new<T: Clone + PartialEq>(list: &mut Vec<T>, more: &[T]) {
    for item in more {
        if !list.contains(item) {
            list.push(item.clone());
        }
    }
}

/// The clause as the catalogue of the run had it, as far as verdicts depend on it.
fn clause(record: &crate::ClauseRecord) -> Clause {
    Clause {
        id: record.id.clone(),
        title: record.title.clone(),
        side: record.side,
        level: record.level,
        section: String::new(),
        shows: record.shows.clone(),
        reading: None,
        reason: record.reason.clone().filter(|_| record.level == Level::Untestable),
    }
}
