//! Adding events to rooms.

use std::sync::Arc;

use serde_json::Value;

use super::{
    Caller, Event, State,
    room::{Membership, Room},
};
use crate::{
    error::MatrixError,
    ids::{EventId, RoomId, UserId},
};

/// An event that is about to be added to a room.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) event_type: String,
    /// Present on state events.
    pub(crate) state_key: Option<String>,
    pub(crate) content: Value,
    /// The event that a redaction redacts.
    pub(crate) redacts: Option<EventId>,
    /// The device that sends it, and its transaction id.
    pub(crate) transaction: Option<(Caller, String)>,
}

impl Draft {
    /// A state event.
    pub(crate) fn state(event_type: &str, state_key: &str, content: Value) -> Self {
        let state_key = Some(state_key.to_owned());
        Self { event_type: event_type.to_owned(), state_key, content, redacts: None, transaction: None }
    }

    /// Any other event.
    pub(crate) fn message(event_type: &str, content: Value) -> Self {
        Self { event_type: event_type.to_owned(), state_key: None, content, redacts: None, transaction: None }
    }
}

/// An event has so many bytes at most (client-server API, "Size limits").
const EVENT_BYTES: usize = 65_536;
/// What of that the server's part of an event may take: ids, time stamp, hashes, signatures.
const ENVELOPE_BYTES: usize = 1024;
/// A type or a state key has so many bytes at most.
const KEY_BYTES: usize = 255;

impl Draft {
    /// 413 for an event that the protocol has no room for.
    pub(crate) fn must_fit(&self) -> Result<(), MatrixError> {
        let state_key = self.state_key.as_deref().unwrap_or_default();
        if self.event_type.len() > KEY_BYTES || state_key.len() > KEY_BYTES {
            let error = format!("a type or a state key has {KEY_BYTES} bytes at most");
            return Err(MatrixError::too_large(error));
        }
        let mut content = Count(0);
        serde_json::to_writer(&mut content, &self.content).expect("counting bytes does not fail");
        if content.0 + self.event_type.len() + state_key.len() + ENVELOPE_BYTES > EVENT_BYTES {
            return Err(MatrixError::too_large(format!("an event has {EVENT_BYTES} bytes at most")));
        }
        Ok(())
    }
}

/// Counts what is written.
struct Count(usize);

impl std::io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl State {
    /// A room that the user is in; 403 otherwise, as for a room that does not exist.
    pub(crate) fn room_of(&self, user: &UserId, room: &str) -> Result<(RoomId, &Room), MatrixError> {
        self.rooms
            .get_key_value(room)
            .filter(|(_, room)| room.membership(user) == Some(Membership::Join))
            .map(|(id, room)| (id.clone(), room))
            .ok_or_else(|| MatrixError::forbidden("not in that room"))
    }

    /// A room that the user is or was in.
    pub(crate) fn room_known_to(&self, user: &UserId, room: &str) -> Result<(RoomId, &Room), MatrixError> {
        self.rooms
            .get_key_value(room)
            .filter(|(_, room)| {
                matches!(room.membership(user), Some(Membership::Join | Membership::Leave | Membership::Ban))
            })
            .map(|(id, room)| (id.clone(), room))
            .ok_or_else(|| MatrixError::forbidden("never in that room"))
    }

    /// Sends an event to a room. 403 unless the sender is in the room and has the power. A transaction that the device
    /// used before gives the event that it made then.
    pub(crate) fn send(
        &mut self,
        caller: &Caller,
        room: &str,
        mut draft: Draft,
        transaction: Option<&str>,
    ) -> Result<EventId, MatrixError> {
        let (room_id, room) = self.room_of(&caller.user, room)?;
        let device = self.user(&caller.user).devices.get(&caller.device);
        let before = transaction.and_then(|transaction| device?.sent_before(&room_id, transaction));
        if let Some(before) = before {
            return Ok(before.clone());
        }
        if room.power_of(&caller.user) < room.power_to_send(&draft.event_type, draft.state_key.as_deref()) {
            return Err(MatrixError::forbidden("not enough power in the room"));
        }
        draft.must_fit()?;
        draft.transaction = transaction.map(|transaction| (caller.clone(), transaction.to_owned()));
        let event = self.append(&room_id, &caller.user, draft);
        let device = self.user_mut(&caller.user).devices.get_mut(&caller.device);
        if let (Some(transaction), Some(device)) = (transaction, device) {
            device.remember_sent(room_id, transaction, event.id.clone());
        }
        Ok(event.id.clone())
    }

    /// Redacts an event. Everyone may redact their own.
    pub(crate) fn redact(
        &mut self,
        caller: &Caller,
        room: &str,
        target: &str,
        reason: Option<&str>,
        transaction: &str,
    ) -> Result<EventId, MatrixError> {
        let (room_id, held) = self.room_of(&caller.user, room)?;
        let event = held.event(target).ok_or_else(|| MatrixError::not_found("no such event in the room"))?;
        if event.sender != caller.user && held.power_of(&caller.user) < held.power_to("redact") {
            return Err(MatrixError::forbidden("not enough power to redact another user's event"));
        }
        let target = event.id.clone();
        let content = match reason {
            Some(reason) => serde_json::json!({ "reason": reason }),
            None => serde_json::json!({}),
        };
        let mut draft = Draft::message("m.room.redaction", content);
        draft.redacts = Some(target.clone());
        let redaction = self.send(caller, room, draft, Some(transaction))?;
        if let Some(room) = self.rooms.get_mut(&room_id) {
            room.redact(&target, &redaction);
        }
        Ok(redaction)
    }

    /// Adds an event to a room that exists, notifies whom the push rules say, and wakes whom it concerns.
    pub(crate) fn append(&mut self, room_id: &RoomId, sender: &UserId, draft: Draft) -> Arc<Event> {
        let id = EventId::from(format!("${}", self.opaque(24)));
        let position = self.advance();
        let ts_ms = self.source.now_ms();
        let room = self.rooms.get_mut(room_id).expect("the caller found the room under the same lock");
        let replaced = draft.state_key.as_deref().and_then(|key| room.state_event(&draft.event_type, key));
        let event = Arc::new(Event {
            id,
            room: room_id.clone(),
            sender: sender.clone(),
            event_type: draft.event_type,
            prev_content: replaced.map(|event| event.content.clone()),
            state_key: draft.state_key,
            content: draft.content,
            ts_ms,
            position,
            redacts: draft.redacts,
            redacted_by: None,
            transaction: draft.transaction,
        });
        room.add(Arc::clone(&event));

        let mut concerned: Vec<UserId> = room.joined().collect();
        if let Some(user) = event.state_key.as_deref().filter(|_| event.event_type == "m.room.member")
            && let Some((user, member)) = self.users.get_key_value(user).map(|(id, user)| (id.clone(), user))
        {
            if !member.rooms.contains_key(room_id) {
                self.user_mut(&user).rooms.insert(room_id.clone(), super::user::Ties::default());
            }
            if !concerned.contains(&user) {
                concerned.push(user);
            }
        }
        self.notify(&event, &concerned);
        for user in &concerned {
            self.user(user).wake();
        }
        event
    }
}
