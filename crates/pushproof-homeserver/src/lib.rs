//! The reference homeserver: an in-memory Matrix homeserver that implements the proposal, for real clients to log in,
//! sync, chat and be pushed to, and for the suite to be proved against, healthy and with every [defect](defects).
//!
//! Everything that it remembers sits in one synchronous state machine behind one lock, with one order of events; what
//! waits (long polls, push delivery) never holds that lock. Nothing outlives the process.

mod activity;
pub mod behaviour;
mod body;
mod defects;
mod delivery;
mod endpoints;
mod error;
mod fields;
mod homeserver;
mod http_api;
mod ids;
mod inspect;
mod journal;
mod json_text;
mod memory;
mod request;
mod routes;
mod shared;
mod source;
mod state;

pub use behaviour::Behaviour;
pub use defects::{Defect, UnknownDefect, defects, obstacles, variations};
pub use delivery::SmtpRelay;
pub use homeserver::{Homeserver, Journalling, Options, StartError};
pub use inspect::Reading;
pub use memory::Memory;
pub use pushproof_vocabulary::Era;
