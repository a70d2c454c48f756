//! Whose turn it is on a connection, and since when.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{Stream, StreamExt, stream};

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It was opened, and nothing was read from it.
    Opened,
    /// A request is arriving.
    Arriving,
    /// A request has arrived, and is to be answered: the one phase in which the peer waits.
    Answering,
    /// An answer was given. Nothing has been read since.
    Answered,
    /// An answer was given, and the peer does not take it as fast as it is sent: it is kept for the peer meanwhile.
    Untaken,
}

/// The phase of a connection, which whoever serves it keeps up to date.
#[derive(Clone, Debug)]
pub struct Turn(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    opened: Instant,
    /// The phase in the last three bits, and before them the milliseconds after which it began.
    now: AtomicU64,
}

impl Turn {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner { opened: Instant::now(), now: AtomicU64::new(0) }))
    }

    /// Something was read. What comes while a request arrives makes it no younger.
    pub fn heard(&self) {
        if matches!(self.phase(), Phase::Opened | Phase::Answered) {
            self.enter(Phase::Arriving);
        }
    }

    /// A request has arrived as a whole.
    pub fn arrived(&self) {
        self.enter(Phase::Answering);
    }

    /// The request was answered.
    pub fn answered(&self) {
        self.enter(Phase::Answered);
    }

    /// What was said cannot be sent: the peer takes nothing more. Before an answer it is asked to go on, at most.
    pub(crate) fn held_up(&self) {
        if self.phase() == Phase::Answered {
            self.enter(Phase::Untaken);
        }
    }

    /// Everything was sent that was said.
    pub(crate) fn sent(&self) {
        if self.phase() == Phase::Untaken {
            self.answered();
        }
    }

    /// The body of a request, at whose end it has arrived.
    pub fn until_arrived<S: Stream>(&self, body: S) -> impl Stream<Item = S::Item> + use<S> {
        let turn = self.clone();
        body.chain(stream::poll_fn(move |_| {
            turn.arrived();
            std::task::Poll::Ready(None)
        }))
    }

    /// How far the connection is.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self.0.now.load(Ordering::Relaxed) & 7 {
            0 => Phase::Opened,
            1 => Phase::Arriving,
            2 => Phase::Answering,
            3 => Phase::Answered,
            _ => Phase::Untaken,
        }
    }

    /// When the phase began.
    pub(crate) fn since(&self) -> Instant {
        self.0.opened + Duration::from_millis(self.0.now.load(Ordering::Relaxed) >> 3)
    }

    fn enter(&self, phase: Phase) {
        // A connection of half a billion years would begin anew.
        let since = u64::try_from(self.0.opened.elapsed().as_millis()).unwrap_or_default();
        self.0.now.store(since << 3 | phase as u64, Ordering::Relaxed);
    }
}
