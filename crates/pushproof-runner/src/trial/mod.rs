//! A client on trial: its driver, the reference homeserver that is its own, and what that saw of it.

mod grace;
mod journal;
mod run;
mod start;
mod told;
mod watch;
mod writes;

pub use self::run::{Reference, Stage, TrialOptions, try_client};
pub(crate) use self::{
    grace::GRACE,
    journal::{Journalled, Written},
    start::{Refused, Trial, store},
    watch::Watch,
    writes::{AFTERWARDS, JudgedWrites, OWN_SETTINGS_KEPT, PAUSE_OBEYED},
};
