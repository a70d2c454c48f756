//! When a run ends from within: it would take too long, or nobody answers any more.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::NoAnswer;

/// How many requests in a row may stay without an answer. A run has many at once, so that one endpoint that hangs is
/// interrupted by the answers of others.
const MOST_UNANSWERED: u32 = 32;

/// Ends the run, and tells why.
#[derive(Clone, Debug)]
pub(super) struct GivingUp {
    reason: Arc<watch::Sender<Option<String>>>,
    unanswered: Arc<AtomicU32>,
    cancel: CancellationToken,
}

impl GivingUp {
    pub(super) fn new(cancel: CancellationToken) -> Self {
        Self { reason: Arc::new(watch::Sender::new(None)), unanswered: Arc::default(), cancel }
    }

    /// Why the run ended, if it did.
    pub(super) fn reason(&self) -> Option<String> {
        self.reason.borrow().clone()
    }

    /// Ends the run. The first reason stays.
    pub(super) fn give_up(&self, reason: &str) {
        self.reason.send_if_modified(|known| {
            let first = known.is_none();
            known.get_or_insert_with(|| reason.to_owned());
            first
        });
        self.cancel.cancel();
    }

    /// Ends the run without a reason of its own.
    #[cfg(test)]
    pub(super) fn end(&self) {
        self.cancel.cancel();
    }

    /// Whether nothing more is to be asked for.
    pub(super) fn is_over(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// What is waited for, unless the run ends before it is there.
    pub(super) async fn unless_over<T>(&self, awaited: impl Future<Output = T>) -> Option<T> {
        self.cancel.run_until_cancelled(awaited).await
    }

    /// Passes when the run has been over for so long.
    pub(super) async fn over_for(&self, time: Duration) {
        self.cancel.cancelled().await;
        tokio::time::sleep(time).await;
    }

    /// Why there are no more answers.
    pub(super) fn why(&self) -> NoAnswer {
        self.reason().map_or(NoAnswer::Interrupted, NoAnswer::GaveUp)
    }

    /// The subject answered a request, or at least took notice of it.
    pub(super) fn answered(&self) {
        self.unanswered.store(0, Ordering::Relaxed);
    }

    /// The subject left a request without an answer; when it does nothing else any more, the run ends.
    pub(super) fn unanswered(&self) {
        if self.unanswered.fetch_add(1, Ordering::Relaxed) + 1 == MOST_UNANSWERED {
            self.give_up(&format!(
                "the homeserver hangs: it left the last {MOST_UNANSWERED} requests without an answer"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_in_between_keeps_the_run_going() {
        let giving_up = GivingUp::new(CancellationToken::new());
        for _ in 0..3 {
            (1..MOST_UNANSWERED).for_each(|_| giving_up.unanswered());
            giving_up.answered();
        }
        assert_eq!(giving_up.reason(), None);
        (0..MOST_UNANSWERED).for_each(|_| giving_up.unanswered());
        giving_up.give_up("another reason");
        assert!(giving_up.reason().is_some_and(|reason| reason.contains("hangs")));
        assert!(giving_up.cancel.is_cancelled());
    }
}
