//! How much is under way: requests being answered and lanes being worked on. A long poll that waits is not.

use tokio::sync::watch;

/// A count of what is under way, which can be waited on to become zero.
#[derive(Clone)]
pub(crate) struct Activity(watch::Sender<usize>);

/// One thing that is under way, until it is dropped.
pub(crate) struct UnderWay(watch::Sender<usize>);

impl Activity {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    /// Something begins.
    pub(crate) fn begin(&self) -> UnderWay {
        self.0.send_if_modified(|count| {
            *count += 1;
            false
        });
        UnderWay(self.0.clone())
    }

    /// Waits until nothing is under way.
    pub(crate) async fn idle(&self) {
        // Err only when the sender is gone, and `self` is one.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.send_if_modified(|count| {
            *count -= 1;
            *count == 0
        });
    }
}
