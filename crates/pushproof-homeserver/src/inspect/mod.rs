//! The inspection port: what a runner and people see of the server and how a runner steers it
//! ([`pushproof_vocabulary::control`]).

mod gate;
mod obey;
mod port;

pub(crate) use gate::Gate;
pub use gate::Reading;
pub(crate) use obey::{Restarts, obey};
pub(crate) use port::filter;
