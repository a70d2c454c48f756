//! What the tasks of one server share: the state behind its one lock, and what works outside of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pushproof_listen::Room;
use pushproof_vocabulary::control::Happening;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    activity::Activity,
    delivery::{self, Answer, Gateway, Letter, Mailer, Outgoing},
    ids::PusherKey,
    journal::Journal,
    memory::Memory,
    state::{Silence, State},
};

/// The bodies of requests that are arriving or not yet answered have so many bytes at most.
const ARRIVING_BYTES: usize = 64 << 20;

/// One running homeserver, as its tasks see it.
pub(crate) struct Shared {
    state: Mutex<State>,
    generation: Mutex<Generation>,
    pub(crate) gateway: Gateway,
    /// Where mail is handed to, if it can be sent at all.
    pub(crate) mailer: Option<Mailer>,
    pub(crate) activity: Activity,
    /// Kept only where it is asked for.
    pub(crate) journal: Option<Journal>,
    /// How much memory it may take, if there is a bound.
    pub(crate) memory: Option<Memory>,
    /// The room for bodies of requests.
    pub(crate) arriving: Arc<Room>,
}

/// What runs between two restarts: connections and deliveries.
#[derive(Clone)]
pub(crate) struct Generation {
    /// Ends everything of this generation.
    pub(crate) over: CancellationToken,
    /// Everything of this generation.
    pub(crate) tasks: TaskTracker,
}

impl Generation {
    pub(crate) fn new(stop: &CancellationToken) -> Self {
        Self { over: stop.child_token(), tasks: TaskTracker::new() }
    }

    /// Runs a task until it ends or the generation does.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let over = self.over.clone();
        self.tasks.spawn(async move {
            over.run_until_cancelled(task).await;
        });
    }

    /// Ends everything and waits until it has ended.
    pub(crate) async fn end(&self) {
        self.over.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Shared {
    pub(crate) fn new(
        state: State,
        gateway: Gateway,
        mailer: Option<Mailer>,
        journal: Option<Journal>,
        memory: Option<Memory>,
        first: Generation,
    ) -> Self {
        Self {
            state: Mutex::new(state),
            generation: Mutex::new(first),
            gateway,
            mailer,
            activity: Activity::default(),
            journal,
            memory,
            arriving: Room::new(ARRIVING_BYTES),
        }
    }

    /// Does something with the state, alone, and starts the deliveries that it left to do.
    pub(crate) fn act<T>(self: &Arc<Self>, action: impl FnOnce(&mut State) -> T) -> T {
        let (outcome, lanes, letters) = {
            let mut state = lock(&self.state);
            let outcome = action(&mut state);
            self.note_silences(std::mem::take(&mut state.silences));
            (outcome, state.lanes.take_without_worker(), std::mem::take(&mut state.letters))
        };
        if !lanes.is_empty() || !letters.is_empty() {
            let generation = lock(&self.generation);
            for letter in letters {
                let under_way = self.activity.begin();
                let shared = Arc::clone(self);
                generation.spawn(async move {
                    delivery::send_letter(&shared, &letter).await;
                    drop(under_way);
                });
            }
            for lane in lanes {
                let under_way = self.activity.begin();
                let shared = Arc::clone(self);
                generation.spawn(async move {
                    delivery::work(shared, lane).await;
                    drop(under_way);
                });
            }
        }
        outcome
    }

    /// Goes on with a new generation. The one before must have ended.
    pub(crate) fn renew(&self, generation: Generation) {
        *lock(&self.generation) = generation;
    }

    /// Tells the journal of what was kept silent.
    fn note_silences(&self, silences: Vec<Silence>) {
        let Some(journal) = &self.journal else { return };
        for Silence { key, event } in silences {
            let what = Happening::Silence {
                app_id: key.app_id.to_string(),
                pushkey: key.pushkey.to_string(),
                event_id: event.as_ref().map(ToString::to_string),
            };
            journal.add(what);
        }
    }

    /// Tells the journal of a mail.
    pub(crate) fn note_mail(&self, letter: &Letter, answer: &Answer) {
        let Some(journal) = &self.journal else { return };
        let (to, subject) = (letter.to.clone(), letter.subject.clone());
        journal.add(Happening::Mail { to, subject, status: answer.status() });
    }

    /// Tells the journal of an attempted delivery, one entry for each pusher that it named.
    pub(crate) fn note_delivery(&self, outgoing: &Outgoing, answer: &Answer) {
        let Some(journal) = &self.journal else { return };
        let (keys, event_id): (Vec<&PusherKey>, _) = match outgoing {
            Outgoing::Push(delivery) => {
                (delivery.devices.iter().map(|device| &device.key).collect(), delivery.push.event_id())
            }
            Outgoing::Mail { push, key, .. } => (vec![key], push.event_id()),
        };
        for key in keys {
            let what = Happening::Delivery {
                app_id: key.app_id.to_string(),
                pushkey: key.pushkey.to_string(),
                event_id: event_id.map(ToString::to_string),
                status: answer.status(),
            };
            journal.add(what);
        }
    }
}

/// A panic under a lock is answered where it happened; what it left behind is as good as what any request leaves.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
