//! How much is measured, and for how long.

use std::time::Duration;

#[derive(Clone, Copy)]
pub(crate) struct Scale {
    /// So often everything takes its turn.
    pub(crate) rounds: usize,
    /// So long requests are sent in a turn.
    pub(crate) turn: Duration,
    /// The accounts of a small homeserver.
    pub(crate) few: usize,
    /// The accounts of a large one.
    pub(crate) many: usize,
    /// The pushers that one event goes to.
    pub(crate) pushers: usize,
    /// The long polls that wait.
    pub(crate) polls: usize,
    /// So long they are watched doing so.
    pub(crate) idle: Duration,
}

impl Scale {
    pub(crate) const FULL: Self = Self {
        rounds: 7,
        turn: Duration::from_secs(1),
        few: 100,
        many: 100_000,
        pushers: 1000,
        polls: 1000,
        idle: Duration::from_secs(10),
    };

    /// Shows that everything runs; its figures mean nothing.
    pub(crate) const SHORT: Self = Self {
        rounds: 1,
        turn: Duration::from_millis(50),
        few: 10,
        many: 50,
        pushers: 20,
        polls: 20,
        idle: Duration::from_millis(50),
    };
}
