//! Presence is waited for: asked again with growing pauses until it is there or the deadline has passed.

use std::time::Duration;

use tokio::time::Instant;

/// The first pause between two looks; each further one is longer by half.
const FIRST_PAUSE: Duration = Duration::from_millis(15);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Looks until `look` finds something or `patience` has passed; then what the last look missed.
pub(crate) async fn poll<T, E, F>(patience: Duration, mut look: impl FnMut() -> F) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
{
    let deadline = Instant::now() + patience;
    let mut pause = FIRST_PAUSE;
    loop {
        let missed = match look().await {
            Ok(found) => return Ok(found),
            Err(missed) => missed,
        };
        let now = Instant::now();
        if now >= deadline {
            return Err(missed);
        }
        tokio::time::sleep_until((now + pause).min(deadline)).await;
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
    }
}
