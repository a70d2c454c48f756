//! A room: its events, its current state, and what its members told of themselves.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use serde_json::Value;

use super::{Event, Listing, Position};
use crate::ids::{EventId, UserId};

/// Needed to send state, kick, ban and redact, where the room does not say otherwise.
const MODERATOR: i64 = 50;

/// A room.
#[derive(Default)]
pub(crate) struct Room {
    timeline: Vec<Arc<Event>>,
    by_id: HashMap<EventId, usize>,
    state: BTreeMap<(String, String), Arc<Event>>,
    /// The latest receipts, by user and type.
    pub(crate) receipts: BTreeMap<(UserId, String), Receipt>,
    /// Who types, and until when in milliseconds since the epoch.
    pub(crate) typing: BTreeMap<UserId, u64>,
    /// When who types changed last.
    pub(crate) typing_changed: Position,
    /// Whether it is in the list of public rooms.
    pub(crate) listing: Listing,
}

/// How far a user has read.
#[derive(Clone, Debug)]
pub(crate) struct Receipt {
    /// The event that was read.
    pub(crate) event: EventId,
    /// When, in milliseconds since the epoch.
    pub(crate) ts_ms: u64,
    /// When the receipt was given.
    pub(crate) position: Position,
}

/// What a user is to a room (`m.room.member`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Membership {
    Invite,
    Join,
    Leave,
    Ban,
}

impl Membership {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Join => "join",
            Self::Leave => "leave",
            Self::Ban => "ban",
        }
    }

    /// The membership that a member event gives. What is no membership counts as having left.
    pub(crate) fn of(event: &Event) -> Self {
        match event.content_text("membership") {
            Some("invite") => Self::Invite,
            Some("join") => Self::Join,
            Some("ban") => Self::Ban,
            _ => Self::Leave,
        }
    }
}

impl Room {
    /// Adds an event at the end; a state event becomes part of the current state.
    pub(crate) fn add(&mut self, event: Arc<Event>) {
        if let Some(state_key) = &event.state_key {
            self.state.insert((event.event_type.clone(), state_key.clone()), Arc::clone(&event));
        }
        self.by_id.insert(event.id.clone(), self.timeline.len());
        self.timeline.push(event);
    }

    /// Empties an event, as a redaction does.
    pub(crate) fn redact(&mut self, id: &EventId, redaction: &EventId) {
        let redaction = self.event(redaction.as_str()).cloned();
        let Some(event) = self.by_id.get(id).and_then(|index| self.timeline.get_mut(*index)) else { return };
        let emptied = Event {
            content: event.redacted_content(),
            prev_content: None,
            redacted_by: redaction,
            ..Event::clone(event)
        };
        *event = Arc::new(emptied);
        if let Some(state_key) = &event.state_key
            && let Some(current) = self.state.get_mut(&(event.event_type.clone(), state_key.clone()))
            && current.id == event.id
        {
            *current = Arc::clone(event);
        }
    }

    /// An event by its id.
    pub(crate) fn event(&self, id: &str) -> Option<&Arc<Event>> {
        self.timeline.get(*self.by_id.get(id)?)
    }

    /// The events in the order in which they came.
    pub(crate) fn timeline(&self) -> &[Arc<Event>] {
        &self.timeline
    }

    /// The events after a position, in order.
    pub(crate) fn timeline_after(&self, position: Position) -> &[Arc<Event>] {
        &self.timeline[self.timeline.partition_point(|event| event.position <= position)..]
    }

    /// A current state event.
    pub(crate) fn state_event(&self, event_type: &str, state_key: &str) -> Option<&Arc<Event>> {
        self.state.get(&(event_type.to_owned(), state_key.to_owned()))
    }

    /// All current state events.
    pub(crate) fn state_events(&self) -> impl Iterator<Item = &Arc<Event>> {
        self.state.values()
    }

    /// The current member events, with the user that each is about.
    pub(crate) fn members(&self) -> impl Iterator<Item = (UserId, &Arc<Event>)> {
        let from = ("m.room.member".to_owned(), String::new());
        self.state
            .range(from..)
            .take_while(|((event_type, _), _)| event_type == "m.room.member")
            .map(|((_, user), event)| (user.as_str().into(), event))
    }

    /// The users who are in the room.
    pub(crate) fn joined(&self) -> impl Iterator<Item = UserId> {
        self.members().filter(|(_, event)| Membership::of(event) == Membership::Join).map(|(user, _)| user)
    }

    /// The member event of a user.
    pub(crate) fn member(&self, user: &UserId) -> Option<&Arc<Event>> {
        self.state_event("m.room.member", user.as_str())
    }

    /// What a user is to the room; `None` for one who never was anything.
    pub(crate) fn membership(&self, user: &UserId) -> Option<Membership> {
        self.member(user).map(|event| Membership::of(event))
    }

    /// The room's name, if it has one.
    pub(crate) fn name(&self) -> Option<&str> {
        self.state_event("m.room.name", "")?.content_text("name").filter(|name| !name.is_empty())
    }

    /// The power levels as the room has them.
    pub(crate) fn power_levels(&self) -> Option<&Value> {
        self.state_event("m.room.power_levels", "").map(|event| &event.content)
    }

    /// The power level of a user.
    pub(crate) fn power_of(&self, user: &UserId) -> i64 {
        let Some(levels) = self.power_levels() else {
            let creator = self.state_event("m.room.create", "").map(|event| &event.sender);
            return if creator == Some(user) { 100 } else { 0 };
        };
        let own = levels.get("users").and_then(|users| users.get(user.as_str()));
        own.or_else(|| levels.get("users_default")).and_then(Value::as_i64).unwrap_or(0)
    }

    /// The power level that an action other than sending needs: `invite`, `kick`, `ban`, `redact`.
    pub(crate) fn power_to(&self, action: &str) -> i64 {
        let default = if action == "invite" { 0 } else { MODERATOR };
        self.power_levels().and_then(|levels| levels.get(action)?.as_i64()).unwrap_or(default)
    }

    /// The power level that sending an event of this type needs.
    pub(crate) fn power_to_send(&self, event_type: &str, state_key: Option<&str>) -> i64 {
        let Some(levels) = self.power_levels() else { return 0 };
        let own = levels.get("events").and_then(|events| events.get(event_type)?.as_i64());
        let (general, default) = match state_key {
            Some(_) => ("state_default", MODERATOR),
            None => ("events_default", 0),
        };
        own.or_else(|| levels.get(general)?.as_i64()).unwrap_or(default)
    }
}
