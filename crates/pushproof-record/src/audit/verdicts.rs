//! Whether the verdicts of a record are those that its steps make.

use jiff::{SignedDuration, Timestamp, civil::Date, tz::Offset};

use super::{
    Canon,
    contradiction::{Contradiction, of_case},
    plan::is_known,
};
use crate::{
    BaselineFit, ClauseRecord, JudgedAnew, KnownFailure, Record, Role, ScenarioRecord, ScenarioVerdict,
    fold::UNCHECKED, render::count, verdict::doubt_after_controls,
};

/// What is said of a clause that no case of a record from another suite is about.
const UNCHECKED_BY_IT: &str = "the suite that ran did not check this clause";

/// Draws the verdicts, and compares them with those that the record claims.
pub(super) fn compare(record: &mut Record, canon: &Canon) -> Result<(), Contradiction> {
    record.judged_anew = None;
    let claims = std::mem::take(&mut record.clauses);
    let (claimed, cases) = (record.verdict, verdicts(record));
    let is_planned = !record.scenarios.is_empty();
    record.judge(canon.catalogue(), is_planned, UNCHECKED);
    for (index, (claim, case)) in cases.into_iter().zip(&record.scenarios).enumerate() {
        if claim != case.verdict {
            return Err(against(of_case(index, "verdict"), &claim, &case.verdict, "its steps make it"));
        }
    }
    for (index, claim) in claims.iter().enumerate() {
        if let Some(clause) = record.clauses.get(index).filter(|clause| clause.id == claim.id) {
            check_clause(index, claim, clause)?;
            continue;
        }
        let but = match canon.catalogue().iter().find(|clause| clause.id == claim.id) {
            None => "the catalogue has no such clause".to_owned(),
            Some(clause) if clause.side != record.subject.side => "it binds the other side".to_owned(),
            Some(_) => format!("in the catalogue stands {} there", name(record.clauses.get(index))),
        };
        return Err(Contradiction::new(format!("clauses[{index}].id"), &claim.id, but));
    }
    if let Some(lost) = record.clauses.get(claims.len()) {
        let but = format!("the catalogue has {} too", lost.id);
        return Err(Contradiction::new("clauses", &count(claims.len(), "clause"), but));
    }
    if claimed != record.verdict {
        return Err(against("verdict", &claimed, &record.verdict, "its clauses make it"));
    }
    for index in 0..record.scenarios.len() {
        check_baseline(record, index)?;
    }
    Ok(())
}

/// Draws the verdicts of a record that another suite, or another build of it, made. What it claims counts for nothing.
pub(super) fn draw_anew(record: &mut Record, canon: &Canon) -> Result<(), Contradiction> {
    for case in &mut record.scenarios {
        doubt_after_controls(&mut case.steps);
    }
    let is_planned = !record.scenarios.is_empty();
    record.judge(canon.catalogue(), is_planned, UNCHECKED_BY_IT);
    for index in 0..record.scenarios.len() {
        if let Some(baseline) =
            record.scenarios[index].baseline.take().filter(|known| !known.fails.is_empty())
        {
            record.scenarios[index].baseline = Some(baseline);
            check_baseline(record, index)?;
        }
    }
    let judging = record.scenarios.iter().flat_map(|case| &case.steps);
    let mut unknown = Vec::new();
    for clause in judging
        .filter(|step| step.planned.role == Role::Judging)
        .filter_map(|step| step.planned.clause.as_ref())
    {
        if record.level(clause).is_none() && !unknown.contains(clause) {
            unknown.push(clause.clone());
        }
    }
    let own = record.scenarios.iter().filter(|case| case.file.is_none());
    let otherwise = own.filter(|case| !is_known(canon, case)).map(ScenarioRecord::key).collect();
    record.judged_anew = Some(JudgedAnew { by: canon.suite().clone(), unknown, otherwise });
    Ok(())
}

fn verdicts(record: &Record) -> Vec<ScenarioVerdict> {
    record.scenarios.iter().map(|case| case.verdict).collect()
}

fn name(clause: Option<&ClauseRecord>) -> String {
    clause.map_or_else(|| "nothing".to_owned(), |clause| clause.id.to_string())
}

fn check_clause(index: usize, claim: &ClauseRecord, clause: &ClauseRecord) -> Result<(), Contradiction> {
    let field = |name: &str| format!("clauses[{index}].{name}");
    let of_catalogue = "the catalogue has it as";
    let of_steps = "the steps of its cases make it";
    if claim.side != clause.side {
        return Err(against(field("side"), &claim.side, &clause.side, of_catalogue));
    }
    if claim.level != clause.level {
        return Err(against(field("level"), &claim.level, &clause.level, of_catalogue));
    }
    if claim.title != clause.title {
        return Err(against(field("title"), &claim.title, &clause.title, of_catalogue));
    }
    if claim.order != clause.order {
        return Err(against(field("order"), &claim.order, &clause.order, of_catalogue));
    }
    if claim.shows != clause.shows {
        return Err(against(field("shows"), &claim.shows, &clause.shows, of_catalogue));
    }
    if claim.verdict != clause.verdict {
        return Err(against(field("verdict"), &claim.verdict, &clause.verdict, of_steps));
    }
    if claim.scenarios != clause.scenarios {
        return Err(against(field("scenarios"), &claim.scenarios, &clause.scenarios, "it is judged by"));
    }
    if claim.reading != clause.reading {
        return Err(against(field("reading"), &claim.reading, &clause.reading, of_steps));
    }
    if claim.reason != clause.reason {
        return Err(against(field("reason"), &claim.reason, &clause.reason, of_steps));
    }
    Ok(())
}

/// Whether the entry of the baseline fits as the record says it does.
fn check_baseline(record: &mut Record, index: usize) -> Result<(), Contradiction> {
    let case = &record.scenarios[index];
    let Some(baseline) = &case.baseline else { return Ok(()) };
    let field = |name: &str| of_case(index, &format!("baseline.{name}"));
    if baseline.fails.is_empty() {
        let but = "`baseline.fails` does not say how the case is known to fail";
        return Err(Contradiction::new(field("fit"), &baseline.fit, but));
    }
    let expires = match baseline.expires.as_deref().map(str::parse::<Date>) {
        None => None,
        Some(Ok(day)) => Some(day),
        Some(Err(_)) => {
            return Err(Contradiction::new(field("expires"), &baseline.expires, "that is no day"));
        }
    };
    let known = KnownFailure {
        reason: baseline.reason.clone(),
        issue: baseline.issue.clone(),
        expires,
        fails: baseline.fails.clone(),
    };
    // A shard may have begun on the day after the first one.
    let fits: Vec<BaselineFit> = days(record).into_iter().map(|day| known.fit(record, case, day)).collect();
    if fits.contains(&baseline.fit) {
        return Ok(());
    }
    Err(against(field("fit"), &baseline.fit, &fits[0], "the steps of the case make it"))
}

/// The days on which the run began and ended.
fn days(record: &Record) -> [Date; 2] {
    let took = SignedDuration::from_millis(i64::try_from(record.duration_ms).unwrap_or(i64::MAX));
    let ended = record.started.checked_add(took).unwrap_or(Timestamp::MAX);
    [record.started, ended].map(|moment| Offset::UTC.to_datetime(moment).date())
}

fn against(
    field: impl std::fmt::Display,
    claim: &impl serde::Serialize,
    found: &impl serde::Serialize,
    by: &str,
) -> Contradiction {
    let found = serde_json::to_string(found).unwrap_or_default();
    let found: String = found.chars().take(80).collect();
    Contradiction::new(field, claim, format!("{by} {found}"))
}
