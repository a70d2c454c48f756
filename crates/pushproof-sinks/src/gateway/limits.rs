//! How much a gateway keeps.

/// Bounds on what a gateway keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest request body that is read, in bytes. An event has 64 KiB at most.
    pub request_bytes: usize,
    /// How many connections are served at once. A further one takes the place of the one that has kept the gateway
    /// waiting longest.
    pub connections: usize,
    /// How many bytes of bodies are kept in all.
    pub body_bytes: usize,
    /// How many deliveries are kept for one pusher.
    pub deliveries_per_pusher: usize,
    /// How many deliveries are kept in all. Beyond, each pusher keeps [`Limits::deliveries_when_full`].
    pub deliveries: usize,
    /// How many deliveries a pusher keeps once there are too many in all.
    pub deliveries_when_full: usize,
    /// How many pushers are kept apart. Deliveries for others are only counted, unless somebody watches them.
    pub pushers: usize,
    /// How many malformed requests, and how many distinct stray ones, are kept.
    pub oddities: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_bytes: 256 * 1024,
            connections: 512,
            body_bytes: 16 * 1024 * 1024,
            deliveries_per_pusher: 1_000,
            deliveries: 20_000,
            deliveries_when_full: 10,
            pushers: 4_000,
            oddities: 100,
        }
    }
}

/// How much arrived, and how much of that is no longer kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Deliveries that arrived.
    pub deliveries: u64,
    /// Deliveries that are forgotten or were never kept.
    pub deliveries_dropped: u64,
    /// Deliveries that are kept without their body.
    pub bodies_dropped: u64,
    /// Requests to the right path that were no notifications.
    pub malformed: u64,
    /// Requests to other paths or with other methods.
    pub strays: u64,
}
