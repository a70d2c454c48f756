//! What a run found. The runner emits [events](Event); their [fold] is the versioned [`Record`]; every rendering
//! reads the record alone. Pure: no network, no clock.

mod audit;
mod baseline;
mod command;
mod compare;
mod curl;
mod event;
pub mod exit_code;
mod fold;
mod key;
mod merge;
mod painted;
mod plain;
mod record;
mod redact;
pub mod render;
mod schema;
mod selection;
mod shard;
mod verdict;

pub use audit::{Canon, CanonCase, Contradiction};
pub use baseline::{FailedAs, KnownFailure, KnownFailures, Signature};
pub use command::shown_command;
pub use compare::{Change, ChangeKind, Comparison, Unlike};
pub use curl::curl;
pub use event::{Event, Exclusion, PlannedScenario, PlannedStep, RunStarted, SubjectFacts};
pub use fold::{Fold, FoldError, fold};
pub use key::ScenarioKey;
pub use merge::MergeError;
pub use painted::Painted;
pub use plain::{plain, plain_json, plain_line, steers};
pub use record::{
    Baseline, BaselineFit, Body, ClauseRecord, Content, Direction, Evidence, Exchange, HttpRequest,
    HttpResponse, JudgedAnew, Leftover, Mismatch, NearMiss, Policy, PreflightCheck, PreflightVerdict,
    RateLimited, ReadError, Record, Role, ScenarioRecord, Selection, Shard, Silence, Source, StepOutcome,
    StepRecord, Subject, Suite,
};
pub use redact::Redactor;
pub use schema::schema;
pub use selection::Pattern;
pub use shard::{NoShard, ShardNumber};
pub use verdict::{ClauseVerdict, ScenarioVerdict, StepVerdict, Verdict};
