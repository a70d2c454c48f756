//! How long is watched.

use std::time::Duration;

/// How long a silence is watched at least, if nothing else is asked for: so late are the third and fourth attempt of a
/// homeserver that doubles its pauses.
pub const DEFAULT_WATCH: Duration = Duration::from_secs(5);

/// The shortest watch that can be asked for. What forgets to look at a state when a timer wakes it is late by about a
/// second.
pub const LEAST_WATCH: Duration = Duration::from_secs(2);

/// How long is watched where this much is asked for. Who has more patience than usual has a slow subject, which is slow
/// with what must not come too: the watch is never shorter than half of the patience.
#[must_use]
pub fn watch_time(asked: Duration, patience: Duration) -> Duration {
    asked.max(patience / 2).max(LEAST_WATCH)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::usual(5_000, 10_000, 5_000)]
    #[case::longer(8_000, 10_000, 8_000)]
    #[case::more_patience(5_000, 30_000, 15_000)]
    #[case::little_patience(5_000, 100, 5_000)]
    #[case::too_short(1, 1, 2_000)]
    fn patience_lengthens_the_watch(#[case] asked: u64, #[case] patience: u64, #[case] watch: u64) {
        let millis = Duration::from_millis;
        assert_eq!(watch_time(millis(asked), millis(patience)), millis(watch));
    }
}
