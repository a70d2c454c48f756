//! All that the gateway keeps. Bounded, so that no subject can fill the machine that judges it; what is let go is the
//! oldest and is counted.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Instant,
};

use super::{
    Delivery, Limits, Malformed, PusherKey, Stray, Tally, inbox::Inbox, notify::Notification,
    oddities::Oddities,
};
use crate::loss::{Latest, Loss};

/// What a delivery takes beside its share of the body, roughly and in bytes.
const DELIVERY_BYTES: usize = 256;

/// A body that is kept for a delivery.
#[derive(Debug)]
struct KeptBody {
    key: PusherKey,
    seq: u64,
    bytes: usize,
}

/// All that the gateway keeps.
#[derive(Debug)]
pub(super) struct Store {
    limits: Limits,
    inboxes: BTreeMap<PusherKey, Inbox>,
    kept: usize,
    /// Whose bodies are kept, oldest first.
    bodies: VecDeque<KeptBody>,
    body_bytes: usize,
    oddities: Oddities,
    /// What was lost for whomever.
    lost: Latest,
    tally: Tally,
}

impl Store {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            inboxes: BTreeMap::new(),
            kept: 0,
            bodies: VecDeque::new(),
            body_bytes: 0,
            oddities: Oddities::default(),
            lost: Latest::default(),
            tally: Tally::default(),
        }
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    pub(super) fn inbox(&self, key: &PusherKey) -> Option<&Inbox> {
        self.inboxes.get(key)
    }

    /// The inbox of a pusher that somebody waits for, made when it is not there.
    pub(super) fn inbox_to_watch(&mut self, key: &PusherKey) -> &Inbox {
        self.inboxes.entry(key.clone()).or_default()
    }

    pub(super) fn malformed(&self) -> &[Malformed] {
        &self.oddities.malformed
    }

    pub(super) fn strays(&self) -> &[Stray] {
        &self.oddities.strays
    }

    pub(super) fn tally(&self) -> Tally {
        self.tally
    }

    /// Takes note of what was lost just now, for whomever it was.
    pub(super) fn lose(&mut self, loss: Loss) {
        self.lost.note(Instant::now(), loss);
    }

    /// What may have come for a pusher at `since` or later that is not known.
    pub(super) fn lost_since(&self, key: &PusherKey, since: Instant) -> Option<Loss> {
        self.lost.since(since).or_else(|| self.inbox(key)?.lost_since(since))
    }

    /// All that named a push key, in upper or lower case, whatever stands around it, and under whichever app id, oldest
    /// first.
    pub(super) fn deliveries_to(&self, pushkey: &str) -> Vec<Arc<Delivery>> {
        let wanted = bare(pushkey);
        let inboxes = self.inboxes.iter().filter(|(key, _)| bare(&key.pushkey).eq_ignore_ascii_case(wanted));
        let mut all: Vec<Arc<Delivery>> = inboxes.flat_map(|(_, inbox)| inbox.iter().cloned()).collect();
        all.sort_by_key(|delivery| delivery.seq);
        all
    }

    /// Keeps a notification of `size` bytes that arrived at `at`, sent to `path`.
    pub(super) fn deliver(&mut self, at: Instant, notification: Notification, size: usize, path: &str) {
        let Notification { devices, event_id, room_id, counts, body, flaw: _ } = notification;
        let (body, path) = (Arc::new(body), Arc::from(path));
        let share = size / devices.len() + DELIVERY_BYTES;
        for key in devices {
            self.tally.deliveries += 1;
            let seq = self.tally.deliveries;
            if self.inboxes.len() >= self.limits.pushers && !self.inboxes.contains_key(&key) {
                self.tally.deliveries_dropped += 1;
                continue;
            }
            let most = if self.kept < self.limits.deliveries {
                self.limits.deliveries_per_pusher
            } else {
                self.limits.deliveries_when_full
            };
            let inbox = self.inboxes.entry(key.clone()).or_default();
            let delivery = Delivery {
                seq,
                at,
                app_id: key.app_id.clone(),
                pushkey: key.pushkey.clone(),
                path: Arc::clone(&path),
                attempt: inbox.next_attempt(event_id.as_deref()),
                event_id: event_id.clone(),
                room_id: room_id.clone(),
                counts,
                body: Arc::clone(&body),
            };
            let forgotten = inbox.add(delivery, most);
            self.kept = self.kept + 1 - forgotten;
            self.tally.deliveries_dropped += forgotten as u64;
            self.bodies.push_back(KeptBody { key, seq, bytes: share });
            self.body_bytes += share;
        }
        self.make_room();
    }

    /// Lets go of the oldest bodies until the rest is within bounds.
    fn make_room(&mut self) {
        while self.body_bytes > self.limits.body_bytes
            && let Some(oldest) = self.bodies.pop_front()
        {
            self.body_bytes -= oldest.bytes;
            let dropped = self.inboxes.get_mut(&oldest.key).is_some_and(|inbox| inbox.drop_body(oldest.seq));
            self.tally.bodies_dropped += u64::from(dropped);
        }
    }

    /// Keeps a request to the right path that is no notification, or not only one. Whom else it was for is lost.
    pub(super) fn odd(&mut self, at: Instant, reason: &str, body: &[u8], loss: Loss) {
        self.lose(loss);
        self.tally.malformed += 1;
        self.oddities.malformed(at, reason, body, self.limits.oddities);
    }

    /// Keeps a request that is no notification by its method or path.
    pub(super) fn stray(&mut self, method: &str, path: &str) {
        self.tally.strays += 1;
        self.oddities.stray(method, path, self.limits.oddities);
    }
}

/// A push key without what may stand around it, such as blanks or quotes.
fn bare(pushkey: &str) -> &str {
    pushkey.trim_matches(|mark: char| !mark.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use rstest::{fixture, rstest};
    use serde_json::{Value, json};

    use super::*;

    #[fixture]
    fn store() -> Store {
        Store::new(Limits {
            request_bytes: 1000,
            connections: 4,
            body_bytes: 10 * (100 + DELIVERY_BYTES),
            deliveries_per_pusher: 20,
            deliveries: 30,
            deliveries_when_full: 2,
            pushers: 4,
            oddities: 3,
        })
    }

    fn key(pushkey: &str) -> PusherKey {
        PusherKey { app_id: "app".into(), pushkey: pushkey.into() }
    }

    /// Tells a pusher of an event in a request of 100 bytes.
    fn tell(store: &mut Store, pushkey: &str, event_id: Option<&str>) {
        let body = json!({ "notification": {
            "event_id": event_id, "devices": [{ "app_id": "app", "pushkey": pushkey }],
        }});
        let notification = Notification::parse(body.to_string().as_bytes()).unwrap();
        store.deliver(Instant::now(), notification, 100, super::super::NOTIFY);
    }

    fn seqs(store: &Store, pushkey: &str) -> Vec<u64> {
        store.inbox(&key(pushkey)).map(|inbox| inbox.iter().map(|d| d.seq).collect()).unwrap_or_default()
    }

    #[rstest]
    fn attempts_are_counted_by_pusher_and_event(mut store: Store) {
        for (pushkey, event) in [
            ("a", Some("$1")),
            ("a", Some("$1")),
            ("b", Some("$1")),
            ("a", Some("$2")),
            ("a", None),
            ("a", None),
        ] {
            tell(&mut store, pushkey, event);
        }
        let attempts =
            |pushkey| store.inbox(&key(pushkey)).unwrap().iter().map(|d| d.attempt).collect::<Vec<_>>();
        assert_eq!(attempts("a"), [1, 2, 1, 1, 1]);
        assert_eq!(attempts("b"), [1]);
    }

    #[rstest]
    fn the_oldest_bodies_go_first(mut store: Store) {
        (0..15).for_each(|_| tell(&mut store, "a", None));
        let bodies: Vec<_> = store.inbox(&key("a")).unwrap().iter().map(|d| *d.body != Value::Null).collect();
        assert_eq!(bodies, [vec![false; 5], vec![true; 10]].concat());
        assert_eq!(store.tally().bodies_dropped, 5);
        assert_eq!(store.tally().deliveries_dropped, 0);
    }

    #[rstest]
    fn a_pusher_keeps_its_newest_deliveries(mut store: Store) {
        (0..25).for_each(|_| tell(&mut store, "a", None));
        assert_eq!(seqs(&store, "a"), (6..=25).collect::<Vec<_>>());
        assert_eq!(store.tally().deliveries, 25);
        assert_eq!(store.tally().deliveries_dropped, 5);
    }

    #[rstest]
    fn a_full_store_makes_the_busy_ones_give_way(mut store: Store) {
        (0..20).for_each(|_| tell(&mut store, "quiet", None));
        (0..10).for_each(|_| tell(&mut store, "busy", None));
        tell(&mut store, "busy", None);
        assert_eq!(seqs(&store, "busy"), [30, 31]);
        assert_eq!(seqs(&store, "quiet").len(), 20);
    }

    #[rstest]
    fn pushers_beyond_the_limit_are_only_counted(mut store: Store) {
        for pushkey in ["a", "b", "c", "d", "e", "a"] {
            tell(&mut store, pushkey, None);
        }
        assert!(seqs(&store, "e").is_empty());
        assert_eq!(seqs(&store, "a"), [1, 6]);
        assert_eq!(store.tally().deliveries_dropped, 1);
    }

    #[rstest]
    fn oddities_are_counted_beyond_those_kept(mut store: Store) {
        for n in 0..5 {
            store.odd(Instant::now(), "no JSON", b"x", Loss::Unread);
            store.stray("GET", &format!("/{n}"));
            store.stray("GET", "/0");
        }
        assert_eq!((store.malformed().len(), store.tally().malformed), (3, 5));
        assert_eq!((store.strays().len(), store.tally().strays), (3, 10));
        assert_eq!(store.strays()[0], Stray { method: "GET".into(), path: "/0".into(), count: 6 });
    }
}
