//! The reference client: a small Matrix client without a user interface, behind the
//! [driver protocol](pushproof_vocabulary::driver). It syncs, keeps what it learns in its store, evaluates the push
//! rules that the homeserver gives, and obeys the proposal. It shows that the client scenarios can pass, and, with its
//! [defects], that each of them can fail.

mod api;
pub mod behaviour;
mod defects;
mod devices;
mod model;
mod notify;
mod pushers;
mod rules;
mod serve;
mod session;
mod settings;

pub use behaviour::Behaviour;
pub use defects::{Defect, UnknownDefect, behaviour, defects, variations};
pub use serve::serve;
