//! One record of the records of its shards.

use std::collections::BTreeMap;

use pushproof_vocabulary::Clause;
use serde_json::{Map, Value};
use url::Url;

use crate::{
    Exclusion, PlannedStep, PreflightVerdict, Record, ScenarioRecord, Shard, ShardNumber, fold::UNCHECKED,
};

/// The longest, in milliseconds, that the parts of a run with a common id begin after each other: a week, in which a CI
/// may still repeat one of them.
const APART_WITH_ID_MS: i64 = 7 * 24 * 60 * 60 * 1_000;

/// The same of a run without an id: a day.
const APART_MS: i64 = 24 * 60 * 60 * 1_000;

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
    #[error("{one} and {other} are not parts of one run: they differ in {what} ({its_one}, {its_other})")]
    Differs {
        /// The first.
        one: String,
        /// The other.
        other: String,
        /// In what.
        what: String,
        /// What the first has there.
        its_one: String,
        /// What the other has there.
        its_other: String,
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
    pub fn merge(parts: Vec<(String, Self)>, catalogue: &[Clause]) -> Result<Self, MergeError> {
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
        let selection = whole.selection.clone();
        for case in &mut whole.scenarios {
            let index = ShardNumber::index_of(&case.key(), total);
            let lacks = missing.contains(&index) && selection.takes(&case.key());
            if lacks && case.excluded == Some(Exclusion::NotSelected) {
                case.excluded = Some(Exclusion::NotJudged {
                    reason: format!("the record of shard {index}/{total} is missing"),
                    hint: Some("name the records of all shards".to_owned()),
                });
            }
        }
        whole.missing_shards = missing;
        let is_planned = !whole.scenarios.is_empty();
        whole.judge(catalogue, is_planned, UNCHECKED);
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
        let limits = &mut self.rate_limited;
        limits.count = limits.count.saturating_add(part.rate_limited.count);
        limits.waited_ms = limits.waited_ms.saturating_add(part.rate_limited.waited_ms);
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
        if let Some((what, its_one, its_other)) = difference(first, record) {
            let (one, other) = (first_name.clone(), name.clone());
            return Err(MergeError::Differs { one, other, what, its_one, its_other });
        }
        let shard = ShardNumber { index, total };
        if let Some((one, _)) = shards.insert(index, (name, shard)) {
            return Err(MergeError::Twice { one: one.to_owned(), other: name.clone(), shard });
        }
    }
    Ok(shards)
}

/// In what two records differ that parts of one run have in common, and what each has there. What a part did not find
/// out is no difference.
fn difference(one: &Record, other: &Record) -> Option<(String, String, String)> {
    let known = |one: Option<&String>, other: Option<&String>| {
        one.zip(other)
            .map_or_else(|| (String::new(), String::new()), |(one, other)| (one.clone(), other.clone()))
    };
    let (mine, its) = (&one.subject, &other.subject);
    let of_both = |part: fn(&Record) -> String| (part(one), part(other));
    let differences = [
        ("the suite", of_both(|record| json(&record.suite))),
        ("the id of the run", of_both(|record| json(&record.run_id))),
        ("the side of the proposal", of_both(|record| json(&record.subject.side))),
        ("the subject's address", of_both(address)),
        ("the subject", known(mine.name.as_ref(), its.name.as_ref())),
        ("the version of the subject", known(mine.version.as_ref(), its.version.as_ref())),
        ("the dialect", known(mine.dialect.as_ref(), its.dialect.as_ref())),
        ("what the set-up lacks", of_both(|record| json(&record.subject.without))),
        ("the selection", of_both(|record| json(&record.selection))),
        ("how strictly they judge", of_both(|record| json(&record.policy))),
        ("the number of shards", of_both(|record| json(&record.shard.as_ref().map(|shard| shard.total)))),
        ("the plan", of_both(|record| json(&record.shard.as_ref().map(|shard| &shard.plan_digest)))),
    ];
    let found = differences.into_iter().find(|(_, (one, other))| one != other);
    found
        .map(|(what, (one, other))| (what.to_owned(), one, other))
        .or_else(|| option(&one.options, &other.options))
        .or_else(|| case(&one.scenarios, &other.scenarios))
        .or_else(|| begun(one, other))
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The address of the subject as parts of a run have it in common. What a part itself starts has a port of its own.
fn address(record: &Record) -> String {
    let starts_it =
        |option: &str| !matches!(record.options.get(option), None | Some(Value::Null | Value::Bool(false)));
    if !starts_it("embedded") && !starts_it("container") {
        return record.subject.url.clone();
    }
    let url = Url::parse(&record.subject.url).ok();
    let host = url.as_ref().and_then(|url| url.host_str().map(|host| format!("{}://{host}", url.scheme())));
    host.unwrap_or_else(|| record.subject.url.clone())
}

/// The first option that differs.
fn option(one: &Map<String, Value>, other: &Map<String, Value>) -> Option<(String, String, String)> {
    let name = one.keys().chain(other.keys()).find(|name| one.get(*name) != other.get(*name))?;
    let value = |options: &Map<String, Value>| options.get(name).map_or_else(|| "none".to_owned(), json);
    Some((format!("the option `{name}`"), value(one), value(other)))
}

/// The first case that is planned differently.
fn case(one: &[ScenarioRecord], other: &[ScenarioRecord]) -> Option<(String, String, String)> {
    fn planned(case: &ScenarioRecord) -> (&str, Option<&String>, Vec<&PlannedStep>) {
        (&case.title, case.file.as_ref(), case.steps.iter().map(|step| &step.planned).collect())
    }
    let (mine, its) = one.iter().zip(other).find(|(one, other)| planned(one) != planned(other))?;
    Some((format!("what {} does", mine.key()), mine.title.clone(), its.title.clone()))
}

/// When both began, if that is too far apart for one run.
fn begun(one: &Record, other: &Record) -> Option<(String, String, String)> {
    let most = if one.run_id.is_some() { APART_WITH_ID_MS } else { APART_MS };
    let apart = one.started.as_millisecond().abs_diff(other.started.as_millisecond());
    let is_far = apart > most.unsigned_abs();
    is_far.then(|| ("when they began".to_owned(), one.started.to_string(), other.started.to_string()))
}

fn add_new<T: Clone + PartialEq>(list: &mut Vec<T>, more: &[T]) {
    for item in more {
        if !list.contains(item) {
            list.push(item.clone());
        }
    }
}
