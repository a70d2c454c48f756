//! The verdicts, from a step's to a run's.

mod kinds;

pub use kinds::{ClauseVerdict, ScenarioVerdict, StepVerdict, Verdict};
