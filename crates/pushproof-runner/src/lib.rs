//! Runs scenarios against a homeserver and tells what it finds as [events](pushproof_record::Event).
//!
//! The runner knows a subject as an address. It links no homeserver: what is special about the reference is asked for
//! over its inspection port.

mod account;
mod address;
mod belongings;
mod canon;
mod case;
mod cleanup;
mod context;
mod detect;
mod doctor;
mod driver;
mod emails;
mod ending;
mod http;
mod inspection;
mod jobs;
mod latency;
mod login;
mod outcome;
mod outlet;
mod patience;
mod plan;
mod preflight;
mod prepared;
mod presence;
mod process;
mod prove;
mod registration;
mod restart;
mod run;
mod run_error;
mod secrets;
mod selection;
mod steps;
mod stop;
mod trace;
mod trial;
mod uia;
mod watch;
mod world;

pub use account::{Credentials, Registration};
pub use address::Address;
pub use canon::canon;
pub use doctor::{Check, Examination, examine};
pub use driver::{DRIVER_PATIENCE, Finding};
pub use http::{Authorities, BadProxy, answers, proxy};
pub use inspection::Inspect;
pub use plan::PlannedCase;
pub use preflight::Known;
pub use prepared::{Phase, Prepared};
pub use process::end_processes;
pub use prove::{Breakage, Proof, ProveError, Row, Workshop, prove};
pub use restart::{Keeper, Restart, Restarting, WANTED as RESTART_VARIABLE};
pub use run::{Ended, Lifetime, Options, Subject, not_begun, run};
pub use run_error::RunError;
pub use selection::{NothingFits, Selection};
pub use stop::Stop;
pub use trial::{Reference, Stage, TrialOptions, try_client};
pub use watch::{DEFAULT_WATCH, LEAST_WATCH, is_watched, watch_time};
