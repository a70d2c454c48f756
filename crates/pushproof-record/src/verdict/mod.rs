//! The verdicts, from a step's to a run's. A verdict is drawn only from what was seen: what was not judged is never
//! green.

mod accounting;
mod clause;
mod doubt;
mod judge;
mod kinds;
mod run;
mod scenario;

pub(crate) use accounting::{Unaccounted, unaccounted};
pub(crate) use clause::{Finding, Surroundings, judge_clause};
pub(crate) use doubt::{doubt_after_controls, taken_back};
pub use kinds::{ClauseVerdict, ScenarioVerdict, StepVerdict, Verdict};
pub(crate) use run::{Circumstances, judge_run};
pub(crate) use scenario::judge_scenario;
