//! Room events, and the shapes in which they reach clients (client-server API, "Room event format").

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Caller, Position};
use crate::ids::{EventId, RoomId, UserId};

/// An event of a room.
#[expect(clippy::struct_field_names, reason = "`type` is a keyword")]
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) id: EventId,
    pub(crate) room: RoomId,
    pub(crate) sender: UserId,
    pub(crate) event_type: String,
    /// Present on state events.
    pub(crate) state_key: Option<String>,
    pub(crate) content: Value,
    /// Milliseconds since the epoch.
    pub(crate) ts_ms: u64,
    pub(crate) position: Position,
    /// The content that a state event replaced.
    pub(crate) prev_content: Option<Value>,
    /// The event that a redaction redacts.
    pub(crate) redacts: Option<EventId>,
    /// The redaction that emptied this event.
    pub(crate) redacted_by: Option<Arc<Event>>,
    /// The device that sent it, and its transaction id.
    pub(crate) transaction: Option<(Caller, String)>,
}

impl Event {
    /// The event as `/messages` and the like show it to this caller.
    pub(crate) fn shown(&self, to: &Caller) -> Value {
        let mut event = self.shown_in_sync(to);
        event.insert("room_id".into(), json!(self.room));
        Value::Object(event)
    }

    /// The event as a sync shows it: there the room id is known already.
    pub(crate) fn shown_in_sync(&self, to: &Caller) -> Map<String, Value> {
        let mut event = Map::new();
        event.insert("event_id".into(), json!(self.id));
        event.insert("type".into(), json!(self.event_type));
        event.insert("sender".into(), json!(self.sender));
        if let Some(state_key) = &self.state_key {
            event.insert("state_key".into(), json!(state_key));
        }
        event.insert("content".into(), self.content.clone());
        event.insert("origin_server_ts".into(), json!(self.ts_ms));
        if let Some(redacts) = &self.redacts {
            event.insert("redacts".into(), json!(redacts));
        }
        let mut unsigned = Map::new();
        unsigned.insert("age".into(), json!(0));
        if let Some(prev_content) = &self.prev_content {
            unsigned.insert("prev_content".into(), prev_content.clone());
        }
        if let Some(redaction) = &self.redacted_by {
            unsigned.insert("redacted_because".into(), redaction.shown(to));
        }
        if let Some((sender, transaction)) = &self.transaction
            && sender == to
        {
            unsigned.insert("transaction_id".into(), json!(transaction));
        }
        event.insert("unsigned".into(), Value::Object(unsigned));
        event
    }

    /// The event as an invite shows it to who is not in the room yet.
    pub(crate) fn stripped(&self) -> Value {
        json!({
            "type": self.event_type,
            "sender": self.sender,
            "state_key": self.state_key,
            "content": self.content,
        })
    }

    /// A text of the content.
    pub(crate) fn content_text(&self, name: &str) -> Option<&str> {
        self.content.get(name).and_then(Value::as_str)
    }

    /// Whether its content relates it to an event, in this way if one is named.
    pub(crate) fn relates_to(&self, parent: &str, rel_type: Option<&str>) -> bool {
        let Some(relation) = self.content.get("m.relates_to") else { return false };
        let text = |name: &str| relation.get(name).and_then(Value::as_str);
        text("event_id") == Some(parent)
            && text("rel_type").is_some_and(|own| rel_type.is_none_or(|asked| asked == own))
    }

    /// The content that remains after redaction (room versions, "Redactions"): what the room needs to go on.
    pub(crate) fn redacted_content(&self) -> Value {
        let kept: &[&str] = match self.event_type.as_str() {
            "m.room.member" => &["membership", "join_authorised_via_users_server"],
            "m.room.create" => &["creator", "room_version"],
            "m.room.join_rules" => &["join_rule", "allow"],
            "m.room.power_levels" => &[
                "ban",
                "events",
                "events_default",
                "invite",
                "kick",
                "redact",
                "state_default",
                "users",
                "users_default",
            ],
            "m.room.history_visibility" => &["history_visibility"],
            _ => &[],
        };
        let content = self.content.as_object().into_iter().flatten();
        content
            .filter(|(name, _)| kept.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect::<Map<_, _>>()
            .into()
    }
}
