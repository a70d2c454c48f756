//! The deliveries for one pusher.

use std::{collections::VecDeque, sync::Arc, time::Instant};

use serde_json::Value;
use tokio::sync::Notify;

use super::{Counts, NOTIFY};
use crate::loss::{Latest, Loss};

/// One pusher, named in one request to the gateway.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The number of the delivery; all deliveries to a gateway are numbered from 1 on, in the order of their arrival.
    pub seq: u64,
    /// When the request had arrived as a whole.
    pub at: Instant,
    /// The application of the pusher.
    pub app_id: String,
    /// The key of the pusher.
    pub pushkey: String,
    /// The path of the request.
    pub path: Arc<str>,
    /// The event told of; `None` for unread counts only.
    pub event_id: Option<String>,
    /// The room told of.
    pub room_id: Option<String>,
    /// The unread counts, where the request has any.
    pub counts: Option<Counts>,
    /// The whole body of the request. `null` once it had to make room for newer ones.
    pub body: Arc<Value>,
    /// The how-manieth time the pusher is told of this event: 1, unless a delivery is tried again.
    pub attempt: u32,
}

impl Delivery {
    /// Whether the request was sent to where a push gateway takes notifications.
    #[must_use]
    pub fn is_in_place(&self) -> bool {
        &*self.path == NOTIFY
    }
}

/// The deliveries for one pusher, oldest first, and who waits for more.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    deliveries: VecDeque<Arc<Delivery>>,
    forgotten: Latest,
    arrived: Arc<Notify>,
}

impl Inbox {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Delivery>> {
        self.deliveries.iter()
    }

    /// What tells of every further arrival.
    pub(super) fn arrived(&self) -> Arc<Notify> {
        Arc::clone(&self.arrived)
    }

    /// What is no longer kept of all that arrived at `since` or later.
    pub(super) fn lost_since(&self, since: Instant) -> Option<Loss> {
        self.forgotten.since(since)
    }

    /// The deliveries with a number above `seq`.
    pub(super) fn after(&self, seq: u64) -> Vec<Arc<Delivery>> {
        let start = self.deliveries.partition_point(|delivery| delivery.seq <= seq);
        self.deliveries.range(start..).cloned().collect()
    }

    /// Which attempt it would be to tell of this event now.
    pub(super) fn next_attempt(&self, event_id: Option<&str>) -> u32 {
        let Some(event_id) = event_id else { return 1 };
        let latest = self.deliveries.iter().rev().find(|known| known.event_id.as_deref() == Some(event_id));
        latest.map_or(1, |latest| latest.attempt.saturating_add(1))
    }

    /// Adds a delivery, forgets the oldest beyond `most`, and says how many those were.
    pub(super) fn add(&mut self, delivery: Delivery, most: usize) -> usize {
        self.deliveries.push_back(Arc::new(delivery));
        let surplus = self.deliveries.len().saturating_sub(most);
        for forgotten in self.deliveries.drain(..surplus) {
            self.forgotten.note(forgotten.at, Loss::Forgotten);
        }
        self.arrived.notify_waiters();
        surplus
    }

    /// Lets go of the body of the delivery with this number; whether there was one.
    pub(super) fn drop_body(&mut self, seq: u64) -> bool {
        let Ok(at) = self.deliveries.binary_search_by_key(&seq, |delivery| delivery.seq) else {
            return false;
        };
        let delivery = Arc::make_mut(&mut self.deliveries[at]);
        delivery.body = Arc::new(Value::Null);
        true
    }
}
