//! One lane a pusher: what waits to be sent for it, in order. Part of the state, so that what waits and what
//! the pushers are can never disagree.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use serde_json::Value;
use tokio::sync::Notify;

use crate::{
    ids::{EventId, PusherAddress, PusherKey},
    state::Event,
};

/// So many notifications wait for one pusher; the oldest is dropped first.
const WAITING: usize = 1000;
/// A notification is tried so often, with a pause that doubles from [`FIRST_PAUSE_MS`].
const ATTEMPTS: u32 = 8;
/// The pause after the first failed attempt.
const FIRST_PAUSE_MS: u64 = 500;

/// One notification for a pusher, or for several that share a gateway.
#[derive(Clone, Debug)]
pub(crate) struct Push {
    /// The pushers that it names. The first one's lane holds it.
    pub(crate) targets: Vec<PusherKey>,
    /// What it tells.
    pub(crate) tidings: Tidings,
    /// The user's unread notifications when it was made.
    pub(crate) unread: u64,
    /// Whether a disabled pusher is left out of it.
    pub(crate) gate: Gate,
    /// It is not sent before this time, in milliseconds since the epoch.
    pub(crate) not_before_ms: u64,
    /// Whether it was sent before and is only sent once more.
    pub(crate) repeated: bool,
}

impl Push {
    /// The event that it tells of, if any.
    pub(crate) fn event_id(&self) -> Option<&EventId> {
        match &self.tidings {
            Tidings::Event { event, .. } => Some(&event.id),
            Tidings::Counts => None,
        }
    }
}

/// What a notification tells.
#[derive(Clone, Debug)]
pub(crate) enum Tidings {
    /// An event, with what the push rules say about it.
    Event {
        /// The event.
        event: Arc<Event>,
        /// The name of the room, if it has one.
        room_name: Option<Arc<str>>,
        /// The name of the sender in the room, if there is one.
        sender_name: Option<Arc<str>>,
        /// The tweaks of the push rule that applies.
        tweaks: Arc<Value>,
    },
    /// The unread counts only.
    Counts,
}

/// Whether a disabled pusher is left out of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    /// It is, up to the moment of sending.
    Heeds,
    /// It is not.
    Bypassed,
    /// It is not, but one that is enabled by then is.
    Inverted,
}

/// What the worker of a lane does next.
#[derive(Debug)]
pub(crate) enum Next<T> {
    /// Send this.
    Send(T),
    /// Ask again after so many milliseconds, or when the lane changes.
    Wait(u64, Arc<Notify>),
    /// Nothing waits: the worker ends.
    End,
}

/// All lanes.
#[derive(Default)]
pub(crate) struct Lanes {
    by_pusher: HashMap<PusherAddress, Lane>,
    without_worker: Vec<PusherAddress>,
    next_id: u64,
}

#[derive(Default)]
struct Lane {
    waiting: VecDeque<Waiting>,
    /// Kept back while the pusher is disabled, where the behaviour delivers a backlog.
    held: VecDeque<Push>,
    worker: Worker,
    /// Told when the lane changes while its worker waits for the first in it.
    changed: Arc<Notify>,
}

struct Waiting {
    id: u64,
    push: Push,
    failures: u32,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Worker {
    #[default]
    None,
    Running,
}

impl Lanes {
    /// Puts a notification at the end of the lane of its first target.
    pub(crate) fn enqueue(&mut self, address: PusherAddress, push: Push) {
        self.next_id += 1;
        let lane = self.by_pusher.entry(address.clone()).or_default();
        if lane.waiting.len() >= WAITING {
            lane.waiting.pop_front();
        }
        lane.waiting.push_back(Waiting { id: self.next_id, push, failures: 0 });
        match lane.worker {
            Worker::Running => lane.changed.notify_one(),
            Worker::None => {
                lane.worker = Worker::Running;
                self.without_worker.push(address);
            }
        }
    }

    /// Keeps a notification back until the pusher is [released](Self::release).
    pub(crate) fn hold(&mut self, address: PusherAddress, push: Push) {
        let held = &mut self.by_pusher.entry(address).or_default().held;
        if held.len() >= WAITING {
            held.pop_front();
        }
        held.push_back(push);
    }

    /// The lanes that something waits in and nobody works on. The caller starts a worker for each.
    pub(crate) fn take_without_worker(&mut self) -> Vec<PusherAddress> {
        std::mem::take(&mut self.without_worker)
    }

    /// What to do for this lane now; the number tells the notification apart later. After [`Next::End`] the lane has no worker.
    pub(crate) fn next(&mut self, address: &PusherAddress, now_ms: u64) -> Next<(u64, Push)> {
        let Some(lane) = self.by_pusher.get_mut(address) else { return Next::End };
        // What a defect puts off is overtaken; everything else keeps its order, also behind what is tried again.
        let overtaken =
            |waiting: &&Waiting| waiting.push.gate == Gate::Inverted && waiting.push.not_before_ms > now_ms;
        let first = lane.waiting.iter().find(|waiting| !overtaken(waiting)).or(lane.waiting.front());
        match first {
            Some(first) if first.push.not_before_ms > now_ms => {
                Next::Wait(first.push.not_before_ms - now_ms, Arc::clone(&lane.changed))
            }
            Some(first) => Next::Send((first.id, first.push.clone())),
            None => {
                lane.worker = Worker::None;
                if lane.held.is_empty() {
                    self.by_pusher.remove(address);
                }
                Next::End
            }
        }
    }

    /// Takes a notification out: it was sent, or nobody wants it any more.
    pub(crate) fn finish(&mut self, address: &PusherAddress, id: u64) {
        if let Some(lane) = self.by_pusher.get_mut(address) {
            lane.waiting.retain(|waiting| waiting.id != id);
        }
    }

    /// Puts a notification off after a failed attempt, or gives it up after the last one.
    pub(crate) fn fail(&mut self, address: &PusherAddress, id: u64, now_ms: u64) {
        let Some(lane) = self.by_pusher.get_mut(address) else { return };
        let Some(waiting) = lane.waiting.iter_mut().find(|waiting| waiting.id == id) else { return };
        waiting.failures += 1;
        if waiting.failures >= ATTEMPTS {
            self.finish(address, id);
        } else {
            waiting.push.not_before_ms = now_ms + (FIRST_PAUSE_MS << (waiting.failures - 1));
        }
    }

    /// Drops what waits for a pusher that is now disabled: retries too, but neither what bypasses the state nor what
    /// other pushers share.
    pub(crate) fn silence(&mut self, address: &PusherAddress) {
        if let Some(lane) = self.by_pusher.get_mut(address) {
            lane.waiting.retain(|waiting| waiting.push.gate != Gate::Heeds || waiting.push.targets.len() > 1);
            lane.changed.notify_one();
        }
    }

    /// Lets go what was kept back for a pusher.
    pub(crate) fn release(&mut self, address: &PusherAddress) {
        let held = self.by_pusher.get_mut(address).map(|lane| std::mem::take(&mut lane.held));
        for push in held.into_iter().flatten() {
            self.enqueue(address.clone(), push);
        }
    }

    /// Drops all that waits for a pusher that is gone.
    pub(crate) fn remove(&mut self, address: &PusherAddress) {
        if let Some(lane) = self.by_pusher.get_mut(address) {
            lane.waiting.clear();
            lane.held.clear();
            lane.changed.notify_one();
            if lane.worker == Worker::None {
                self.by_pusher.remove(address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address() -> PusherAddress {
        let key = PusherKey { app_id: "app".into(), pushkey: "key".into() };
        PusherAddress { user: "@alice:reference.test".into(), key }
    }

    fn counts(unread: u64) -> Push {
        Push {
            targets: vec![address().key],
            tidings: Tidings::Counts,
            unread,
            gate: Gate::Heeds,
            not_before_ms: 0,
            repeated: false,
        }
    }

    fn sent(lanes: &mut Lanes, now_ms: u64) -> Option<u64> {
        match lanes.next(&address(), now_ms) {
            Next::Send((id, push)) => {
                lanes.finish(&address(), id);
                Some(push.unread)
            }
            Next::Wait(..) | Next::End => None,
        }
    }

    #[test]
    fn a_lane_asks_for_one_worker_until_it_is_empty() {
        let mut lanes = Lanes::default();
        lanes.enqueue(address(), counts(1));
        lanes.enqueue(address(), counts(2));
        assert_eq!(lanes.take_without_worker(), [address()]);
        assert_eq!((sent(&mut lanes, 0), sent(&mut lanes, 0), sent(&mut lanes, 0)), (Some(1), Some(2), None));
        lanes.enqueue(address(), counts(3));
        assert_eq!(lanes.take_without_worker(), [address()]);
    }

    #[test]
    fn failures_are_spaced_out_twice_as_far_each_time_until_given_up() {
        let mut lanes = Lanes::default();
        lanes.enqueue(address(), counts(1));
        let (mut now_ms, mut pauses) = (0, Vec::new());
        loop {
            match lanes.next(&address(), now_ms) {
                Next::Send((id, _)) => lanes.fail(&address(), id, now_ms),
                Next::Wait(ms, _) => {
                    pauses.push(ms);
                    now_ms += ms;
                }
                Next::End => break,
            }
        }
        assert_eq!(pauses, [500, 1000, 2000, 4000, 8000, 16_000, 32_000]);
    }

    #[test]
    fn a_removed_pusher_leaves_nothing_behind() {
        let mut lanes = Lanes::default();
        lanes.hold(address(), counts(1));
        lanes.remove(&address());
        assert!(lanes.by_pusher.is_empty());
    }

    proptest! {
        #[test]
        fn what_is_sent_is_what_came_since_the_last_silence_in_order(
            steps in prop::collection::vec(prop::option::of(0_u64..1000), 0..50),
        ) {
            let mut lanes = Lanes::default();
            let mut expected = Vec::new();
            for step in steps {
                if let Some(unread) = step {
                    lanes.enqueue(address(), counts(unread));
                    expected.push(unread);
                } else {
                    lanes.silence(&address());
                    expected.clear();
                }
            }
            let mut told = Vec::new();
            while let Some(unread) = sent(&mut lanes, 0) {
                told.push(unread);
            }
            prop_assert_eq!(told, expected);
        }
    }
}
