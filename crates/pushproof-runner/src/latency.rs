//! How slow the subject's deliveries are, and the grace that follows from it.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use crate::http::millis;

/// The shortest grace.
const LEAST_GRACE: Duration = Duration::from_millis(150);

/// The slowest first attempt of a kind of delivery so far in this run.
#[derive(Debug, Default)]
pub(crate) struct Latency {
    slowest_ms: AtomicU64,
}

impl Latency {
    /// Takes note of the time from an event's sending to the arrival of its first delivery.
    pub(crate) fn observe(&self, delay: Duration) {
        self.slowest_ms.fetch_max(millis(delay), Ordering::Relaxed);
    }

    /// How long is waited for what should not come: three times the slowest delivery seen, at least 150 ms and at most
    /// `patience`.
    #[must_use]
    pub(crate) fn grace(&self, patience: Duration) -> Duration {
        let slowest = Duration::from_millis(self.slowest_ms.load(Ordering::Relaxed));
        (slowest * 3).max(LEAST_GRACE).min(patience.max(LEAST_GRACE))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(&[], 150)]
    #[case(&[10], 150)]
    #[case(&[10, 100, 20], 300)]
    #[case(&[9_000], 10_000)]
    fn grace_follows_the_slowest(#[case] delays_ms: &[u64], #[case] grace_ms: u64) {
        let latency = Latency::default();
        for delay in delays_ms {
            latency.observe(Duration::from_millis(*delay));
        }
        assert_eq!(latency.grace(Duration::from_secs(10)), Duration::from_millis(grace_ms));
    }
}
