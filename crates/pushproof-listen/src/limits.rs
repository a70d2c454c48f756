//! How many connections there are at once, and how long they may keep a port waiting.

use std::time::Duration;

/// Bounds on the connections of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many connections are served at once. A further one takes the place of the one that has kept the port waiting
    /// longest.
    pub connections: usize,
    /// How long a request may take to arrive, from its first byte to the last one of its body, and an answer to be taken from
    /// when the peer keeps it waiting. Both take memory meanwhile.
    pub request: Duration,
    /// How long a connection may be silent before its first request, and after each answer until the next one. Longer than the minute and a half after which HTTP clients close what they no longer use:
    /// closed from here, a connection might be about to carry a request.
    pub silence: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 4096, request: Duration::from_secs(30), silence: Duration::from_mins(2) }
    }
}
