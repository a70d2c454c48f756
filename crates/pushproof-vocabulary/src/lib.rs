//! The words that every other crate shares: the [clauses](Clause) of the proposal, the [dialects](Dialect) that spell
//! its names, the [control messages](control) that the reference homeserver understands, the [messages](driver) between
//! the suite and the driver of a client, and how [JSON](json) of others is read. Pure data: no network, no clock, no files but those embedded when this
//! crate is compiled.

mod clause;
pub mod control;
mod defect;
mod dialect;
pub mod driver;
mod era;
pub mod json;

pub use clause::{Catalogue, Clause, ClauseId, Half, Level, Side};
pub use defect::{Defect, Manner};
pub use dialect::{Dialect, PushState, StateName};
pub use era::Era;
