//! What is kept silent, for who looks on: an event that came for a disabled pusher. Nothing depends on it.

use super::State;
use crate::{
    delivery::Tidings,
    ids::{EventId, PusherKey, UserId},
};

/// A disabled pusher, and what it was not to tell of.
#[derive(Clone, Debug)]
pub(crate) struct Silence {
    pub(crate) key: PusherKey,
    /// `None` for unread counts.
    pub(crate) event: Option<EventId>,
}

impl State {
    /// Leaves word of every pusher of a user that is not to tell of this.
    pub(super) fn note_silences(&mut self, user: &UserId, tidings: &Tidings) {
        let event = match tidings {
            Tidings::Event { event, .. } => Some(event.id.clone()),
            Tidings::Counts => None,
        };
        let silent = self.user(user).pushers.iter().filter(|(_, pusher)| self.is_silent(pusher));
        let silences: Vec<Silence> =
            silent.map(|(key, _)| Silence { key: key.clone(), event: event.clone() }).collect();
        self.silences.extend(silences);
    }
}
