//! How a run is asked to stop before its end.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// The two ways of asking.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    /// In order: nothing further is asked of the subject, and what the run has made there is removed.
    pub in_order: CancellationToken,
    /// At once: what stays behind is named.
    pub at_once: CancellationToken,
}

impl Stop {
    /// A stop that comes with this one, and can come by itself.
    #[must_use]
    pub fn child(&self) -> Self {
        Self { in_order: self.in_order.child_token(), at_once: self.at_once.child_token() }
    }

    /// Passes when a run is to stop at once: when it was asked to, or when it was asked to stop in order so long ago. What
    /// hangs then, whatever it is, is not waited for.
    pub(crate) async fn overdue(&self, time: Duration) {
        let late = async {
            self.in_order.cancelled().await;
            tokio::time::sleep(time).await;
        };
        tokio::select! {
            () = self.at_once.cancelled() => {}
            () = late => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_hangs_is_not_waited_for() {
        let stop = Stop::default();
        stop.in_order.cancel();
        let begun = Instant::now();
        stop.overdue(Duration::from_mins(1)).await;
        assert_eq!(begun.elapsed(), Duration::from_mins(1));
    }

    #[tokio::test(start_paused = true)]
    async fn at_once_is_at_once() {
        let stop = Stop::default();
        stop.in_order.cancel();
        stop.at_once.cancel();
        let begun = Instant::now();
        stop.child().overdue(Duration::from_mins(1)).await;
        assert!(begun.elapsed().is_zero());
    }
}
