//! How much is under way: requests being answered and lanes being worked on. A long poll that waits is not.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::Notify;

/// A count of what is under way, which can be waited on to become zero.
#[derive(Clone, Default)]
pub(crate) struct Activity(Arc<Count>);

#[derive(Default)]
struct Count {
    under_way: AtomicUsize,
    idle: Notify,
}

/// One thing that is under way, until it is dropped.
pub(crate) struct UnderWay(Arc<Count>);

impl Activity {
    /// Something begins.
    pub(crate) fn begin(&self) -> UnderWay {
        self.0.under_way.fetch_add(1, Ordering::AcqRel);
        UnderWay(Arc::clone(&self.0))
    }

    /// Waits until nothing is under way.
    pub(crate) async fn idle(&self) {
        loop {
            // Registered before looking, so that nothing can end unnoticed in between.
            let mut idle = std::pin::pin!(self.0.idle.notified());
            idle.as_mut().enable();
            if self.0.under_way.load(Ordering::Acquire) == 0 {
                return;
            }
            idle.await;
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if self.0.under_way.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.idle.notify_waiters();
        }
    }
}
