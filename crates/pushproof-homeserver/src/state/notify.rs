//! From an event to those who are notified of it: push rules, unread counts, notifications, pushers.

use std::sync::Arc;

use futures_util::FutureExt;
use ruma_common::{
    push::{Action, FlattenedJson, PushConditionPowerLevelsCtx, PushConditionRoomCtx, Ruleset},
    room_version_rules::{AuthorizationRules, RoomPowerLevelsRules},
    serde::Raw,
};
use serde_json::{Map, Value, json};

use super::{
    Caller, Event, State,
    deliveries::{About, News},
    room::{Membership, Room},
    user::{Loudness, Notification, Unread},
};
use crate::{
    behaviour::{Enabling, Notified, Tallies},
    delivery::Tidings,
    ids::{RoomId, UserId},
};

/// So many notifications of a user are kept; the oldest is dropped first.
const KEPT_NOTIFICATIONS: usize = 500;
/// So many unread events of a room are counted one by one; the oldest is dropped first.
const COUNTED_UNREAD: usize = 10_000;

/// What push rules read of a room, the same for all its members.
struct RoomContext {
    room_id: ruma_common::OwnedRoomId,
    members: u32,
    power_levels: Option<PushConditionPowerLevelsCtx>,
}

impl State {
    /// Notifies those of `users` whose push rules say so. The sender has read up to their own event.
    pub(super) fn notify(&mut self, event: &Arc<Event>, users: &[UserId]) {
        self.read_up_to(&event.sender, &event.room, event.position);
        let Some(room) = self.rooms.get(&event.room) else { return };
        let Some(context) = room_context(&event.room, room) else { return };
        let flattened = flattened(event);
        let room_name: Option<Arc<str>> = room.name().map(Into::into);
        let sender_name: Option<Arc<str>> =
            room.member(&event.sender).and_then(|member| member.content_text("displayname")).map(Into::into);
        let hears = |user: &&UserId| {
            **user != event.sender
                && matches!(room.membership(user), Some(Membership::Join | Membership::Invite))
        };
        let hearers: Vec<(UserId, Option<String>)> = users
            .iter()
            .filter(hears)
            .map(|user| {
                let name = room.member(user).and_then(|member| member.content_text("displayname"));
                (user.clone(), name.map(str::to_owned))
            })
            .collect();
        for (user, name) in hearers {
            let rules = self.user(&user).push_rules.all(&user);
            let actions = actions(&rules, &flattened, &context, &user, name);
            if actions.iter().any(Action::should_notify) {
                let tidings = Tidings::Event {
                    event: Arc::clone(event),
                    room_name: room_name.clone(),
                    sender_name: sender_name.clone(),
                    tweaks: Arc::new(tweaks(&actions)),
                };
                self.notify_user(&user, event, &actions, &tidings);
            }
        }
    }

    fn notify_user(&mut self, user: &UserId, event: &Arc<Event>, actions: &[Action], tidings: &Tidings) {
        let silenced = self.has_silent_pusher(user);
        let (counted, listed) = match self.behaviour.delivery.tallies {
            Tallies::NotCounted if silenced => (false, true),
            Tallies::NotListed if silenced => (true, false),
            _ => (true, true),
        };
        let loudness =
            if actions.iter().any(Action::is_highlight) { Loudness::Highlight } else { Loudness::Plain };
        let account = self.user_mut(user);
        if counted && let Some(ties) = account.rooms.get_mut(&event.room) {
            if ties.unread.len() >= COUNTED_UNREAD {
                ties.unread.pop_front();
            }
            ties.unread.push_back(Unread { position: event.position, loudness });
            ties.unread_changed = event.position;
        }
        if listed {
            if account.notifications.len() >= KEPT_NOTIFICATIONS {
                account.notifications.pop_front();
            }
            account
                .notifications
                .push_back(Notification { event: Arc::clone(event), actions: json!(actions) });
        }
        let about = match loudness {
            _ if event.state_key.as_deref() == Some(user.as_str()) => About::Invite,
            Loudness::Highlight => About::Highlight,
            Loudness::Plain => About::Event,
        };
        let unread = account.unread();
        let quiet = match self.behaviour.delivery.notified {
            Notified::NeitherInvitesNorCalls => about == About::Invite || event.event_type == "m.call.invite",
            Notified::ByRules | Notified::NoCounts => false,
        };
        if !quiet {
            let news = News { about, event: Some(event), reader: None };
            self.notify_pushers(user, news, tidings, unread);
        }
    }

    /// A user has read a room up to a position. Gives whether anything was unread.
    pub(super) fn read_up_to(&mut self, user: &UserId, room: &RoomId, position: u64) -> Reading {
        let changed = self.position() + 1;
        let Some(ties) = self.user_mut(user).rooms.get_mut(room) else { return Reading::NothingNew };
        ties.read_up_to = ties.read_up_to.max(position);
        let before = ties.unread.len();
        ties.unread.retain(|unread| unread.position > position);
        if ties.unread.len() == before {
            return Reading::NothingNew;
        }
        ties.unread_changed = changed;
        self.advance();
        self.enable_pushers_by(user, Enabling::Reading);
        Reading::Cleared
    }

    /// Tells the pushers of a user, one of whose devices has read, the unread counts and nothing else.
    pub(super) fn notify_counts(&mut self, reader: &Caller) {
        if self.behaviour.delivery.notified == Notified::NoCounts {
            return;
        }
        let unread = self.user(&reader.user).unread();
        let news = News { about: About::Counts, event: None, reader: Some(&reader.device) };
        self.notify_pushers(&reader.user, news, &Tidings::Counts, unread);
    }
}

/// What reading changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Something unread was read.
    Cleared,
    /// Nothing.
    NothingNew,
}

/// `None` for a room id that the library does not take for one; then nobody is notified.
fn room_context(id: &RoomId, room: &Room) -> Option<RoomContext> {
    let power_levels = room.power_levels().and_then(|levels| {
        let part = |name: &str, default: Value| levels.get(name).cloned().unwrap_or(default);
        Some(PushConditionPowerLevelsCtx::new(
            serde_json::from_value(part("users", json!({}))).ok()?,
            serde_json::from_value(part("users_default", json!(0))).ok()?,
            serde_json::from_value(part("notifications", json!({}))).ok()?,
            RoomPowerLevelsRules::new(&AuthorizationRules::V1, None),
        ))
    });
    Some(RoomContext {
        room_id: ruma_common::RoomId::parse(id.as_str()).ok()?,
        members: u32::try_from(room.joined().count()).unwrap_or(u32::MAX),
        power_levels,
    })
}

fn flattened(event: &Event) -> FlattenedJson {
    let mut shown = Map::new();
    shown.insert("type".into(), json!(event.event_type));
    shown.insert("sender".into(), json!(event.sender));
    shown.insert("room_id".into(), json!(event.room));
    shown.insert("event_id".into(), json!(event.id));
    if let Some(state_key) = &event.state_key {
        shown.insert("state_key".into(), json!(state_key));
    }
    shown.insert("content".into(), event.content.clone());
    let text = Value::Object(shown).to_string();
    let raw = Raw::<Value>::from_json_string(text).expect("the text of a JSON value is JSON");
    FlattenedJson::from_raw(&raw)
}

/// The actions of the first rule that applies. The library's evaluation is asynchronous for the sake of conditions
/// that look things up; none does here, so it is ready at once.
fn actions(
    rules: &Ruleset,
    event: &FlattenedJson,
    room: &RoomContext,
    user: &UserId,
    name: Option<String>,
) -> Vec<Action> {
    let Ok(user_id) = ruma_common::UserId::parse(user.as_str()) else { return Vec::new() };
    let mut context = PushConditionRoomCtx::new(
        room.room_id.clone(),
        room.members.into(),
        user_id,
        name.unwrap_or_else(|| {
            user.as_str().trim_start_matches('@').split(':').next().unwrap_or("").to_owned()
        }),
    );
    context.power_levels.clone_from(&room.power_levels);
    rules
        .iter()
        .find(|rule| rule.applies(event, &context).now_or_never().unwrap_or(false))
        .map(|rule| rule.actions().to_vec())
        .unwrap_or_default()
}

/// The tweaks of a rule's actions, as a gateway is told them: a tweak without a value is true.
fn tweaks(actions: &[Action]) -> Value {
    let tweaks = actions.iter().filter_map(|action| {
        let action = serde_json::to_value(action).ok()?;
        let name = action.get("set_tweak")?.as_str()?.to_owned();
        let value = action.get("value").cloned().unwrap_or(Value::Bool(true));
        Some((name, value))
    });
    Value::Object(tweaks.collect())
}
