//! The part of a sync that tells rooms.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Map, Value, json};

use super::{Since, StateWish, Wish, account_data::new_entries, token};
use crate::{
    ids::{RoomId, UserId},
    state::{
        Caller, Event, EventFilter, Members, Position, State,
        filter::{LeftRooms, senders},
        room::{Membership, Room},
        user::{Loudness, Ties},
    },
};

/// The rooms of a sync, by what the user is to them.
pub(super) struct Rooms {
    join: Map<String, Value>,
    invite: Map<String, Value>,
    leave: Map<String, Value>,
    /// Whether any of them carries an event.
    pub(super) events: Carried,
}

/// Whether a sync carries events of rooms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carried {
    Some,
    None,
}

impl Rooms {
    pub(super) fn is_empty(&self) -> bool {
        self.join.is_empty() && self.invite.is_empty() && self.leave.is_empty()
    }

    pub(super) fn shown(self) -> Value {
        json!({ "join": self.join, "invite": self.invite, "leave": self.leave })
    }
}

impl State {
    pub(super) fn sync_rooms(&mut self, caller: &Caller, wish: &Wish) -> Rooms {
        let now_ms = self.source.now_ms();
        let mut rooms =
            Rooms { join: Map::new(), invite: Map::new(), leave: Map::new(), events: Carried::None };
        for (id, ties) in &self.user(&caller.user).rooms {
            if !wish.filter.rooms.wants(id.as_str()) {
                continue;
            }
            let Some((room, member)) =
                self.rooms.get(id).and_then(|room| Some((room, room.member(&caller.user)?)))
            else {
                continue;
            };
            let is_new = member.position > wish.since.position();
            match Membership::of(member) {
                Membership::Join => {
                    let part = self.joined_room(caller, id, room, ties, wish, now_ms);
                    if let Some((part, events)) = part {
                        rooms.join.insert(id.to_string(), part);
                        if events == Carried::Some {
                            rooms.events = Carried::Some;
                        }
                    }
                }
                Membership::Invite if is_new => {
                    rooms.invite.insert(id.to_string(), invited_room(room, member));
                    rooms.events = Carried::Some;
                }
                Membership::Leave | Membership::Ban
                    if is_new
                        && (wish.since != Since::Beginning
                            || wish.filter.left_rooms == LeftRooms::Included)
                        && !ties.forgotten =>
                {
                    let part = left_room(caller, room, wish, member.position);
                    rooms.leave.insert(id.to_string(), part);
                    rooms.events = Carried::Some;
                }
                Membership::Invite | Membership::Leave | Membership::Ban => {}
            }
        }
        rooms
    }

    fn joined_room(
        &self,
        caller: &Caller,
        id: &RoomId,
        room: &Room,
        ties: &Ties,
        wish: &Wish,
        now_ms: u64,
    ) -> Option<(Value, Carried)> {
        let since = room_since(room, &caller.user, wish.since);
        let after = since.position();
        let stretch = Stretch::of(room, after, Position::MAX, &wish.filter.timeline);
        let account_data = self.user(&caller.user).account_data.rooms.get(id);
        let filter = &wish.filter.room_account_data;
        let account_data = account_data
            .filter(|_| filter.wants_room(id.as_str()))
            .map(|entries| new_entries(entries, wish.since, filter))
            .unwrap_or_default();
        let mut ephemeral = ephemeral(room, &caller.user, since, now_ms);
        ephemeral.retain(|event| {
            let event_type = event["type"].as_str().unwrap_or_default();
            wish.filter.ephemeral.wants_type(event_type) && wish.filter.ephemeral.wants_room(id.as_str())
        });
        let unread_changed = ties.unread_changed > after;
        if since != Since::Beginning
            && stretch.events.is_empty()
            && account_data.is_empty()
            && ephemeral.is_empty()
            && !unread_changed
            && wish.state == StateWish::Changed
        {
            return None;
        }
        let highlights = ties.unread.iter().filter(|unread| unread.loudness == Loudness::Highlight).count();
        let state = match wish.state {
            StateWish::Full => stretch.state_at_start(room, 0),
            StateWish::Changed => stretch.state_at_start(room, after),
        };
        let carried = if stretch.events.is_empty() { Carried::None } else { Carried::Some };
        let members_changed =
            stretch.events.iter().chain(&state).any(|event| event.event_type == "m.room.member");
        let summary = if members_changed { summary(room, &caller.user) } else { json!({}) };
        let state = stretch.wanted_state(state, room, caller, &wish.filter.state);
        let part = json!({
            "summary": summary,
            "state": { "events": shown(&state, caller) },
            "timeline": stretch.shown(caller),
            "ephemeral": { "events": ephemeral },
            "account_data": { "events": account_data },
            "unread_notifications": {
                "notification_count": ties.unread.len(),
                "highlight_count": highlights,
            },
        });
        Some((part, carried))
    }
}

/// A room that the user came into since is told from its beginning.
fn room_since(room: &Room, user: &UserId, since: Since) -> Since {
    let Since::Position(position) = since else { return since };
    if room.member(user).is_none_or(|event| event.position <= position) {
        return since;
    }
    // What the user was at that position: a profile change is a member event too, and no coming in.
    let then = room
        .timeline()
        .iter()
        .rev()
        .find(|event| event.position <= position && is_member_event(event, user))
        .map(|event| Membership::of(event));
    if then == Some(Membership::Join) { since } else { Since::Beginning }
}

fn is_member_event(event: &Event, user: &UserId) -> bool {
    event.event_type == "m.room.member" && event.state_key.as_deref() == Some(user.as_str())
}

fn invited_room(room: &Room, member: &Event) -> Value {
    let told = ["m.room.create", "m.room.join_rules", "m.room.name", "m.room.avatar", "m.room.encryption"];
    let mut events: Vec<Value> =
        told.iter().filter_map(|name| Some(room.state_event(name, "")?.stripped())).collect();
    if let Some(inviter) = room.member(&member.sender) {
        events.push(inviter.stripped());
    }
    events.push(member.stripped());
    json!({ "invite_state": { "events": events } })
}

fn left_room(caller: &Caller, room: &Room, wish: &Wish, left_at: Position) -> Value {
    let stretch = Stretch::of(room, wish.since.position(), left_at, &wish.filter.timeline);
    let state = stretch.state_at_start(room, wish.since.position());
    let state = stretch.wanted_state(state, room, caller, &wish.filter.state);
    json!({
        "state": { "events": shown(&state, caller) },
        "timeline": stretch.shown(caller),
        "account_data": { "events": [] },
    })
}

/// A stretch of a timeline: of the events between two positions that are wanted, the last so many.
struct Stretch<'a> {
    events: Vec<&'a Arc<Event>>,
    /// Whether events between the positions were left out.
    limited: bool,
}

impl<'a> Stretch<'a> {
    fn of(room: &'a Room, after: Position, up_to: Position, filter: &EventFilter) -> Self {
        let all = room.timeline_after(after);
        let all = &all[..all.partition_point(|event| event.position <= up_to)];
        let wanted = all.iter().rev().filter(|event| filter.wants(event));
        let mut events: Vec<_> = wanted.take(filter.limit() + 1).collect();
        let limited = events.len() > filter.limit();
        events.truncate(filter.limit());
        events.reverse();
        Self { events, limited }
    }

    /// Of the state where the stretch begins, what is wanted.
    fn wanted_state(
        &self,
        mut state: Vec<&'a Arc<Event>>,
        room: &'a Room,
        caller: &Caller,
        filter: &EventFilter,
    ) -> Vec<&'a Arc<Event>> {
        if filter.members == Members::Lazy {
            let needed = senders(room, self.events.iter().copied());
            let is_needed = |event: &Event| {
                is_member_event(event, &caller.user) || needed.iter().any(|member| member.id == event.id)
            };
            state.retain(|event| event.event_type != "m.room.member" || is_needed(event));
            let start = self.events.first().map_or(Position::MAX, |event| event.position);
            for member in needed {
                if member.position < start && !state.iter().any(|event| event.id == member.id) {
                    state.push(member);
                }
            }
        }
        state.retain(|event| filter.wants(event));
        state
    }

    fn shown(&self, caller: &Caller) -> Value {
        let events: Vec<Value> =
            self.events.iter().map(|event| Value::Object(event.shown_in_sync(caller))).collect();
        let mut timeline = json!({ "events": events, "limited": self.limited });
        if let (Some(first), Some(timeline)) = (self.events.first(), timeline.as_object_mut()) {
            timeline.insert("prev_batch".into(), token(first.position - 1).into());
        }
        timeline
    }

    /// The state events that changed after a position and are in force where the stretch begins.
    fn state_at_start(&self, room: &'a Room, after: Position) -> Vec<&'a Arc<Event>> {
        let start = self.events.first().map_or(Position::MAX, |event| event.position);
        let before = room.timeline_after(after).iter().take_while(|event| event.position < start);
        let mut state: BTreeMap<(&str, &str), &Arc<Event>> = BTreeMap::new();
        for event in before {
            if let Some(state_key) = &event.state_key {
                state.insert((&event.event_type, state_key), event);
            }
        }
        let mut state: Vec<_> = state.into_values().collect();
        state.sort_by_key(|event| event.position);
        state
    }
}

fn shown(events: &[&Arc<Event>], caller: &Caller) -> Vec<Value> {
    events.iter().map(|event| Value::Object(event.shown_in_sync(caller))).collect()
}

/// Receipts and typing that are new.
fn ephemeral(room: &Room, user: &UserId, since: Since, now_ms: u64) -> Vec<Value> {
    let mut events = Vec::new();
    let mut receipts: BTreeMap<&str, BTreeMap<&str, BTreeMap<&str, Value>>> = BTreeMap::new();
    for ((reader, kind), receipt) in &room.receipts {
        let visible = kind != "m.read.private" || reader == user;
        if visible && receipt.position > since.position() {
            let of_event = receipts.entry(receipt.event.as_str()).or_default();
            of_event.entry(kind).or_default().insert(reader.as_str(), json!({ "ts": receipt.ts_ms }));
        }
    }
    if !receipts.is_empty() {
        events.push(json!({ "type": "m.receipt", "content": receipts }));
    }
    let typing: Vec<&UserId> =
        room.typing.iter().filter(|(_, until_ms)| **until_ms > now_ms).map(|(user, _)| user).collect();
    let changed = match since {
        Since::Beginning => !typing.is_empty(),
        Since::Position(position) => room.typing_changed > position,
    };
    if changed {
        events.push(json!({ "type": "m.typing", "content": { "user_ids": typing } }));
    }
    events
}

/// How the room is to be called where it has no name.
fn summary(room: &Room, user: &UserId) -> Value {
    let with = |membership: Membership| {
        room.members().filter(move |(_, event)| Membership::of(event) == membership).map(|(id, _)| id)
    };
    let heroes = with(Membership::Join).chain(with(Membership::Invite)).filter(|id| id != user).take(5);
    json!({
        "m.heroes": heroes.collect::<Vec<_>>(),
        "m.joined_member_count": with(Membership::Join).count(),
        "m.invited_member_count": with(Membership::Invite).count(),
    })
}
