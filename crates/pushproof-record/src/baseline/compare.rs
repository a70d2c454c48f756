//! Whether what happened is what the baseline says.

use jiff::{civil::Date, tz::Offset};

use super::{KnownFailure, KnownFailures, Signature};
use crate::{Baseline, BaselineFit, Record, ScenarioRecord, ScenarioVerdict};

impl KnownFailures {
    /// Notes in the record what is known of the cases that ran. An entry expires by the day on which the run began,
    /// in UTC.
    pub fn apply(&self, record: &mut Record) {
        let today = Offset::UTC.to_datetime(record.started).date();
        let found: Vec<Option<Baseline>> = record
            .scenarios
            .iter()
            .map(|case| {
                let known = self.0.get(&case.key()).filter(|_| case.excluded.is_none())?;
                Some(Baseline {
                    fit: known.fit(record, case, today),
                    reason: known.reason.clone(),
                    issue: known.issue.clone(),
                    expires: known.expires.map(|day| day.to_string()),
                    fails: known.fails.clone(),
                })
            })
            .collect();
        for (case, baseline) in record.scenarios.iter_mut().zip(found) {
            case.baseline = baseline;
        }
    }
}

impl KnownFailure {
    /// Whether the entry fits, seen from a day.
    pub(crate) fn fit(&self, record: &Record, case: &ScenarioRecord, today: Date) -> BaselineFit {
        let seen = Signature::of_case(record, case);
        let same = self.fails.len() == seen.len()
            && self.fails.iter().zip(&seen).all(|(known, seen)| known.fits(seen));
        match case.verdict {
            _ if same && self.expires.is_some_and(|last| last < today) => BaselineFit::Expired,
            _ if same => BaselineFit::Fits,
            ScenarioVerdict::Failed => BaselineFit::Differs,
            // It says nothing of the subject, and so nothing against the entry.
            ScenarioVerdict::Inconclusive | ScenarioVerdict::Error => BaselineFit::NotJudged,
            _ => BaselineFit::Stale,
        }
    }
}
