//! What tells one failure of a case from another, whatever ids and times a run makes up.

use pushproof_vocabulary::{ClauseId, Level};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Body, Evidence, Mismatch, Record, Role, ScenarioRecord, ScenarioVerdict, StepRecord, StepVerdict,
    record::present,
};

/// A step that does not pass, by what stays the same from run to run. In a baseline, what is left out is not compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// The verb of the step, such as `set_pusher`.
    pub step: String,
    /// The clause that it judges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<ClauseId>,
    /// How it ends.
    #[serde(default)]
    pub verdict: FailedAs,
    /// The status of the answer that was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The code of the Matrix error in that answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errcode: Option<String>,
    /// The JSON pointer of the place where an answer differs from what was expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// What was there: a boolean, a number, null or an error code; `absent` if nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub found: Option<Value>,
}

/// How a step that does not pass ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailedAs {
    /// It found something else than it looked for.
    #[default]
    Failed,
    /// A precondition, a control or the sentinel did not come.
    Inconclusive,
}

/// The word for a place where nothing was.
pub(super) const ABSENT: &str = "absent";

impl Signature {
    /// How a case of this record failed: nothing if it did not, or if the suite itself is at fault.
    pub(super) fn of_case(record: &Record, case: &ScenarioRecord) -> Vec<Self> {
        let level = |id: &ClauseId| record.level(id);
        let fails = |step: &&StepRecord| {
            let binds = step.planned.clause.as_ref().and_then(level) != Some(Level::Open);
            step.outcome.verdict == StepVerdict::Failed && step.planned.role == Role::Judging && binds
        };
        let halts = |step: &&StepRecord| {
            let unread = step.outcome.reading.is_none();
            match step.outcome.verdict {
                StepVerdict::Failed => unread,
                StepVerdict::Inconclusive => true,
                _ => false,
            }
        };
        match case.verdict {
            ScenarioVerdict::Failed => {
                case.steps.iter().filter(fails).map(|step| Self::of(step, FailedAs::Failed)).collect()
            }
            ScenarioVerdict::Inconclusive if case.excluded.is_none() => {
                let halt = case.steps.iter().find(halts);
                halt.map(|step| Self::of(step, FailedAs::Inconclusive)).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// How a step did not pass.
    pub(crate) fn of(step: &StepRecord, verdict: FailedAs) -> Self {
        let (at, found) = match &step.outcome.mismatch {
            Some(mismatch) => (Some(mismatch.pointer.clone()), lasting(mismatch)),
            None => (None, None),
        };
        // Where neither a place nor a silence tells what is wrong, the last answer does.
        let answer = if at.is_none() && step.outcome.silence.is_none() { answer(step) } else { None };
        let (status, errcode) = answer.unwrap_or_default();
        Self {
            step: step.planned.step.clone(),
            clause: step.planned.clause.clone(),
            verdict,
            status,
            errcode,
            at,
            found,
        }
    }

    /// Whether what was seen is what this entry of a baseline says.
    pub(super) fn fits(&self, seen: &Self) -> bool {
        fn fits<T: PartialEq>(known: Option<&T>, seen: Option<&T>) -> bool {
            known.is_none() || known == seen
        }
        self.step == seen.step
            && self.verdict == seen.verdict
            && fits(self.clause.as_ref(), seen.clause.as_ref())
            && fits(self.status.as_ref(), seen.status.as_ref())
            && fits(self.errcode.as_ref(), seen.errcode.as_ref())
            && fits(self.at.as_ref(), seen.at.as_ref())
            && fits(self.found.as_ref(), seen.found.as_ref())
    }
}

/// What was found at the place, if it is the same in every run: ids and texts are not.
fn lasting(mismatch: &Mismatch) -> Option<Value> {
    match &mismatch.actual {
        None => Some(ABSENT.into()),
        Some(value @ (Value::Null | Value::Bool(_) | Value::Number(_))) => Some(value.clone()),
        Some(Value::String(code)) if code.starts_with("M_") => Some(code.as_str().into()),
        Some(_) => None,
    }
}

/// Status and error code of the last answer that the step was given.
fn answer(step: &StepRecord) -> Option<(Option<u16>, Option<String>)> {
    let mut exchanges = step.outcome.evidence.iter().filter_map(|evidence| match evidence {
        Evidence::Exchange(exchange) => exchange.response.as_ref(),
        _ => None,
    });
    let response = exchanges.next_back()?;
    let body = response.body.as_ref().and_then(Body::json);
    let errcode = body.and_then(|body| body.get("errcode")?.as_str().map(str::to_owned));
    Some((Some(response.status), errcode))
}
