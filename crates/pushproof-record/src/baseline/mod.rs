//! Baselines: the failures of a subject that are known, case by case, so that a run is red only for what is new. Cases
//! with a known failure run like all others; an entry that does not fit what happened is as bad as a broken clause.

mod compare;
mod known;
mod signature;
mod write;

pub use known::{KnownFailure, KnownFailures};
pub use signature::{FailedAs, Signature};
