//! Numbers that no run has.

use super::contradiction::{Contradiction, of_case, of_step};
use crate::{Evidence, Record, Selection, ShardNumber};

/// The most cases of a plan.
const MOST_CASES: usize = 10_000;
/// The most steps of a case.
const MOST_STEPS: usize = 1_000;
/// The longest that anything in a run takes, in milliseconds: a month.
const LONGEST_MS: u64 = 31 * 24 * 60 * 60 * 1_000;

pub(super) fn check(record: &Record) -> Result<(), Contradiction> {
    if let Some(shard) = &record.shard {
        let number = ShardNumber { index: shard.index, total: shard.total };
        if shard.total == 0 || shard.total > ShardNumber::MOST {
            let but = format!("a plan is divided into 1 to {} parts", ShardNumber::MOST);
            return Err(Contradiction::new("shard.total", &shard.total, but));
        }
        if !number.exists() {
            let but = format!("there are the parts 1 to {}", shard.total);
            return Err(Contradiction::new("shard.index", &shard.index, but));
        }
    }
    let missing = &record.missing_shards;
    let ascend = missing.windows(2).all(|pair| pair[0] < pair[1]);
    if !ascend || missing.iter().any(|index| !(1..=ShardNumber::MOST).contains(index)) {
        return Err(Contradiction::new("missing_shards", missing, "these are no numbers of parts in order"));
    }
    if record.shard.is_some() && !missing.is_empty() {
        return Err(Contradiction::new("missing_shards", missing, "the record is that of one part"));
    }
    for (name, patterns) in [("run", &record.selection.run), ("skip", &record.selection.skip)] {
        if patterns.len() > Selection::MOST_PATTERNS {
            let but = format!("no selection has more than {} patterns", Selection::MOST_PATTERNS);
            return Err(Contradiction::new(format!("selection.{name}"), &patterns.len(), but));
        }
    }
    let cases = record.scenarios.len();
    if cases > MOST_CASES {
        return Err(Contradiction::new(
            "scenarios",
            &cases,
            format!("no plan has more than {MOST_CASES} cases"),
        ));
    }
    times(record)
}

fn times(record: &Record) -> Result<(), Contradiction> {
    bounded("duration_ms", record.duration_ms)?;
    // Waits of cases that run at the same time add up.
    let waits = LONGEST_MS.saturating_mul(MOST_CASES as u64);
    if record.rate_limited.waited_ms > waits {
        return Err(absurd("rate_limited.waited_ms", record.rate_limited.waited_ms));
    }
    for (check, evidence) in record.preflight.iter().map(|check| &check.evidence).enumerate() {
        of_evidence(evidence, &|at| format!("preflight[{check}].evidence[{at}]"))?;
    }
    for (index, case) in record.scenarios.iter().enumerate() {
        if case.duration_ms > record.duration_ms {
            let but = format!("the whole run took {} ms", record.duration_ms);
            return Err(Contradiction::new(of_case(index, "duration_ms"), &case.duration_ms, but));
        }
        if case.excluded.is_some() && case.duration_ms > 0 {
            return Err(Contradiction::new(
                of_case(index, "duration_ms"),
                &case.duration_ms,
                "it did not run",
            ));
        }
        let steps = case.steps.len();
        if steps > MOST_STEPS {
            let but = format!("no case has more than {MOST_STEPS} steps");
            return Err(Contradiction::new(of_case(index, "steps"), &steps, but));
        }
        for (place, step) in case.steps.iter().enumerate() {
            let outcome = &step.outcome;
            bounded(of_step(index, place, "at_ms"), outcome.at_ms)?;
            bounded(of_step(index, place, "duration_ms"), outcome.duration_ms)?;
            if let Some(silence) = &outcome.silence {
                for (name, ms) in [
                    ("sentinel_ms", silence.sentinel_ms),
                    ("grace_ms", silence.grace_ms),
                    ("open_ms", silence.open_ms),
                ] {
                    bounded(of_step(index, place, &format!("silence.{name}")), ms)?;
                }
            }
            of_evidence(&outcome.evidence, &|at| of_step(index, place, &format!("evidence[{at}]")))?;
        }
    }
    Ok(())
}

fn of_evidence(evidence: &[Evidence], place: &dyn Fn(usize) -> String) -> Result<(), Contradiction> {
    for (index, piece) in evidence.iter().enumerate() {
        let (at_ms, duration_ms) = match piece {
            Evidence::Exchange(exchange) => (exchange.at_ms, exchange.duration_ms),
            Evidence::Push { at_ms, .. }
            | Evidence::Mail { at_ms, .. }
            | Evidence::DriverMessage { at_ms, .. }
            | Evidence::ServerLog { at_ms, .. } => (*at_ms, 0),
        };
        bounded(format!("{}.at_ms", place(index)), at_ms)?;
        bounded(format!("{}.duration_ms", place(index)), duration_ms)?;
    }
    Ok(())
}

fn bounded(field: impl std::fmt::Display, ms: u64) -> Result<(), Contradiction> {
    if ms > LONGEST_MS { Err(absurd(field, ms)) } else { Ok(()) }
}

fn absurd(field: impl std::fmt::Display, ms: u64) -> Contradiction {
    Contradiction::new(field, &ms, "no run takes so long")
}
