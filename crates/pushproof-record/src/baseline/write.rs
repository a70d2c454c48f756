//! The baseline of a run: no more than what makes it red.

use std::fmt::{self, Display};

use pushproof_vocabulary::{ClauseId, Level};
use serde_json::Value;

use super::{FailedAs, KnownFailure, KnownFailures, Signature};
use crate::{Record, ScenarioRecord, ScenarioVerdict, StepVerdict};

/// The most characters of a message that a new entry repeats.
const MAX_REASON: usize = 120;

impl KnownFailures {
    /// The baseline that fits a run: every case that breaks a clause which counts, and what `old` says of cases that
    /// did not run or could not be judged. Reason, issue and expiry of an old entry are kept; a new one has to be
    /// explained by a person. What could not be judged is never added, or a run without a network would excuse
    /// everything.
    #[must_use]
    pub fn of(record: &Record, old: &Self) -> Self {
        let entries = record.scenarios.iter().filter_map(|case| {
            let key = case.key();
            let known = old.0.get(&key);
            let entry = match case.verdict {
                _ if case.excluded.is_some() => known.cloned(),
                ScenarioVerdict::Failed if known.is_some() || counts(record, case) => {
                    let (reason, issue, expires) = match known {
                        Some(known) => (known.reason.clone(), known.issue.clone(), known.expires),
                        None => (not_explained(case), None, None),
                    };
                    Some(KnownFailure { reason, issue, expires, fails: Signature::of_case(record, case) })
                }
                ScenarioVerdict::Inconclusive | ScenarioVerdict::Error => known.cloned(),
                _ => None,
            };
            Some((key, entry?))
        });
        Self(entries.collect())
    }
}

/// Whether the case breaks a clause that makes the run red.
fn counts(record: &Record, case: &ScenarioRecord) -> bool {
    let binds = |id: &ClauseId| {
        let level = record.level(id);
        level == Some(Level::Must) || level == Some(Level::Implied) && record.policy.strict
    };
    let failed = case.steps.iter().filter(|step| step.outcome.verdict == StepVerdict::Failed);
    failed.filter_map(|step| step.planned.clause.as_ref()).any(binds)
}

/// What a new entry has for a reason.
fn not_explained(case: &ScenarioRecord) -> String {
    let failed = case.steps.iter().find(|step| step.outcome.verdict == StepVerdict::Failed);
    let message = failed.and_then(|step| step.outcome.message.as_deref()).unwrap_or("it fails");
    let message: String = message.lines().next().unwrap_or_default().chars().take(MAX_REASON).collect();
    format!("not explained yet: {message}")
}

/// The baseline as YAML, sorted by case.
impl Display for KnownFailures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("{}\n");
        }
        for (number, (key, known)) in self.0.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            writeln!(f, "{key}:\n  reason: {}", quoted(&known.reason))?;
            if let Some(issue) = &known.issue {
                writeln!(f, "  issue: {}", quoted(issue))?;
            }
            if let Some(expires) = known.expires {
                writeln!(f, "  expires: \"{expires}\"")?;
            }
            f.write_str("  fails:\n")?;
            for signature in &known.fails {
                writeln!(f, "    - {{ {signature} }}")?;
            }
        }
        Ok(())
    }
}

impl Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step: {}", self.step)?;
        if let Some(clause) = &self.clause {
            write!(f, ", clause: {clause}")?;
        }
        if self.verdict == FailedAs::Inconclusive {
            f.write_str(", verdict: inconclusive")?;
        }
        if let Some(status) = self.status {
            write!(f, ", status: {status}")?;
        }
        if let Some(errcode) = &self.errcode {
            write!(f, ", errcode: {}", quoted(errcode))?;
        }
        if let Some(at) = &self.at {
            write!(f, ", at: {}", quoted(at))?;
        }
        if let Some(found) = &self.found {
            write!(f, ", found: {found}")?;
        }
        Ok(())
    }
}

/// A text as JSON has it, which YAML reads as the same text.
fn quoted(text: &str) -> Value {
    Value::from(text)
}
