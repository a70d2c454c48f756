//! Where the state machine gets time and fresh identifiers from. Injected, so that a test of the state decides both.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use rand::{Rng, RngExt, SeedableRng, distr::Alphanumeric, rngs::StdRng};

/// What the state machine cannot know by itself: the time, and what nobody can guess.
pub(crate) trait Source: Send {
    /// Milliseconds since the Unix epoch. Never decreases.
    fn now_ms(&mut self) -> u64;

    /// A fresh opaque string of this many ASCII letters and digits.
    fn opaque(&mut self, length: usize) -> String;

    /// A number below `bound`, for behaviours that vary at random.
    fn below(&mut self, bound: u64) -> u64;
}

/// The clock and the randomness of the machine.
pub(crate) struct Machine {
    started: Instant,
    started_ms: u64,
    varying: StdRng,
}

impl Machine {
    /// What varies at random follows from the seed, if there is one.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            started: Instant::now(),
            started_ms: saturating_ms(since_epoch.as_millis()),
            varying: seed.map_or_else(rand::make_rng, StdRng::seed_from_u64),
        }
    }
}

impl Source for Machine {
    fn now_ms(&mut self) -> u64 {
        self.started_ms + saturating_ms(self.started.elapsed().as_millis())
    }

    fn opaque(&mut self, length: usize) -> String {
        rand::rng().sample_iter(Alphanumeric).take(length).map(char::from).collect()
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.varying.next_u64() % bound.max(1)
    }
}

/// Milliseconds as the wire counts them.
pub(crate) fn saturating_ms(ms: u128) -> u64 {
    u64::try_from(ms).unwrap_or(u64::MAX)
}
