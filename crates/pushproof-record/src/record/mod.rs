//! The record of a run: the contract that reports, comparisons and other tools build on. Written as JSON; readers
//! ignore fields that they do not know. Times are milliseconds since the run began.

mod body;
mod clause;
mod evidence;
mod preflight;
mod read;
mod run;
mod scenario;
mod step;

pub use body::{Body, Content};
pub use clause::ClauseRecord;
pub use evidence::{Direction, Evidence, Exchange, HttpRequest, HttpResponse};
pub use preflight::{Leftover, PreflightCheck, PreflightVerdict};
pub use read::ReadError;
pub use run::{JudgedAnew, Policy, RateLimited, Record, Selection, Shard, Subject, Suite};
pub use scenario::{Baseline, BaselineFit, ScenarioRecord};
pub(crate) use step::present;
pub use step::{Mismatch, NearMiss, Role, Silence, Source, StepOutcome, StepRecord};
