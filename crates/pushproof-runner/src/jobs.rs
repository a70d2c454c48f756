//! How many cases act on the subject at the same time. One that only waits makes room for another.

use tokio::sync::Semaphore;

/// Room for cases.
#[derive(Debug)]
pub(crate) struct Jobs(Semaphore);

impl Jobs {
    /// Room for so many; at least for one.
    pub(crate) fn new(room: usize) -> Self {
        Self(Semaphore::new(room.clamp(1, Semaphore::MAX_PERMITS / 2)))
    }

    /// Does something as soon as there is room, in the order of asking.
    pub(crate) async fn run<T>(&self, case: impl Future<Output = T>) -> T {
        self.enter().await;
        let end = case.await;
        self.leave();
        end
    }

    /// Waits for something and makes room meanwhile; for a case under way. If the wait is dropped, the run is at its end
    /// and nothing is kept from it by room that is counted twice.
    pub(crate) async fn aside<T>(&self, wait: impl Future<Output = T>) -> T {
        self.leave();
        let end = wait.await;
        self.enter().await;
        end
    }

    async fn enter(&self) {
        if let Ok(permit) = self.0.acquire().await {
            permit.forget();
        }
    }

    fn leave(&self) {
        self.0.add_permits(1);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, future::join};
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn who_waits_makes_room() {
        let jobs = Jobs::new(1);
        let (tell, told) = oneshot::channel();
        let waits = jobs.run(async { jobs.aside(told).await });
        let acts = jobs.run(async { tell.send("there was room") });
        let (heard, _) = join(waits, acts).await;
        assert_eq!(heard, Ok("there was room"));
    }

    #[tokio::test]
    async fn there_is_no_more_room_than_that() {
        let jobs = Jobs::new(1);
        let (end, ended) = oneshot::channel::<()>();
        let mut first = Box::pin(jobs.run(ended));
        assert!(first.as_mut().now_or_never().is_none());
        let mut second = Box::pin(jobs.run(async {}));
        assert!(second.as_mut().now_or_never().is_none(), "the first has not ended");
        drop(end);
        assert!(first.await.is_err());
        second.await;
    }
}
