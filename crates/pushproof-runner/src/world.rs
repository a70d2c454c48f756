//! What a scenario has made so far: people, devices, rooms, events, pushers, captured values. One world a case.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard},
    time::Instant,
};

use pushproof_scenario::{ActorName, DeviceRef, Label, Placeholder, Resolve, Unresolved, steps::PusherKind};
use pushproof_sinks::PusherKey;
use pushproof_vocabulary::{Dialect, PushState, driver::Kind};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    account::Account, http::Caller, outcome::Missed, outlet::Outlet, presence::Written, trial::Trial,
};

/// The app id of every pusher: only the push key tells those of one person apart, as with two devices that have the same
/// app. Those of the checks before the scenarios have it too, so that a homeserver that knows but some app ids is met there.
pub(crate) const APP_ID: &str = "org.pushproof.app";
/// That of a pusher with the push key of another one.
pub(crate) const OTHER_APP_ID: &str = "org.pushproof.other-app";

/// The app id of every email pusher, as the specification has it.
pub(crate) const EMAIL_APP_ID: &str = "m.email";

/// A person.
#[derive(Debug)]
pub(crate) struct Actor {
    /// The account.
    pub account: Account,
    /// The devices by the scenario's names.
    pub devices: BTreeMap<Label, Device>,
    /// The rooms that the person is in.
    pub rooms: Vec<String>,
    /// The mail addresses that the case bound to the account.
    pub emails: Vec<String>,
}

/// A login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Device {
    /// The id.
    pub id: String,
    /// The access token; `None` once the device was removed.
    pub token: Option<String>,
    /// How far the device's latest sync came.
    pub since: Option<String>,
}

/// A pusher, as the scenario last asked for it.
#[derive(Clone, Debug)]
pub(crate) struct Pusher {
    /// App id and push key.
    pub key: PusherKey,
    /// The kind.
    pub kind: PusherKind,
    /// Who set it first.
    pub by: DeviceRef,
    /// Since when it should tell of nothing.
    pub quiet: Quiet,
    /// The state that was listed when a step looked which it is.
    pub listed: Option<PushState>,
}

/// Whether a pusher should tell of nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Quiet {
    /// It tells of events.
    No,
    /// Its disabling or removal was answered; what was on its way may still arrive.
    Asked(Silencing),
    /// A grace has passed since; nothing may arrive from this moment on.
    Since(Silencing, Instant),
}

/// How a pusher was silenced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Silencing {
    /// When the request that silences it was begun.
    pub asked: Instant,
    /// When that was answered.
    pub answered: Instant,
    /// Until when it spoke. Earlier than the rest where it was silent already.
    pub spoke_until: Instant,
}

impl Quiet {
    /// The same pusher after a request, begun at `asked`, that silences it and was answered just now.
    #[must_use]
    pub(crate) fn silenced(self, asked: Instant) -> Self {
        let answered = Instant::now();
        let spoke_until = match self {
            Self::No => answered,
            Self::Asked(silencing) | Self::Since(silencing, _) => silencing.spoke_until,
        };
        Self::Asked(Silencing { asked, answered, spoke_until })
    }

    /// The same pusher after a request, begun at `asked`, that disables it. One that was silent already is judged from the
    /// first request on: what it told between the two is no less a fault.
    #[must_use]
    pub(crate) fn disabled(self, asked: Instant) -> Self {
        match self {
            Self::No => self.silenced(asked),
            Self::Asked(silencing) | Self::Since(silencing, _) => self.silenced(silencing.asked),
        }
    }
}

/// An event by what tells it from others.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    /// The room.
    pub room_id: String,
    /// The event, or the invite of somebody, whose id the inviter is never told.
    pub which: WhichEvent,
    /// The word by which a mail that tells of it is known; empty if no mail does.
    pub mark: String,
    /// What kind of event clients take it for.
    pub kind: Kind,
    /// When its sending was begun.
    pub sent: Instant,
}

impl Event {
    /// Whether it is no event, but that unread counts have changed.
    #[must_use]
    pub(crate) fn is_of_counts(&self) -> bool {
        matches!(self.which, WhichEvent::CountsSince(_))
    }
}

/// How an event is recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WhichEvent {
    /// By its id.
    Id(String),
    /// An invite into the room.
    InviteOf(String),
    /// Unread counts without an event, told from this moment on.
    CountsSince(Instant),
}

/// Everything that a case has made.
#[derive(Debug)]
pub(crate) struct World {
    /// Unique to the case within all runs: part of push keys and the like.
    pub unique: String,
    /// The names on the wire.
    pub dialect: Dialect,
    /// The client that is tried, if one is.
    pub trial: Option<Trial>,
    state: Mutex<State>,
}

/// The parts of a [`World`] that steps change.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The people.
    pub actors: BTreeMap<ActorName, Actor>,
    /// The rooms' ids.
    pub rooms: BTreeMap<Label, String>,
    /// The rooms that are direct chats.
    pub direct: BTreeSet<Label>,
    /// The events.
    pub events: BTreeMap<Label, Event>,
    /// The pushers.
    pub pushers: BTreeMap<Label, Pusher>,
    /// The mail addresses that are bound, by the email pushers that they are for.
    pub addresses: BTreeMap<Label, String>,
    /// The settings events that were written, by the devices that they are for.
    pub settings: BTreeMap<DeviceRef, Written>,
    /// What was captured from answers.
    pub captures: BTreeMap<Label, String>,
    /// The kinds of events that an enabled pusher was not told of, though it need not, and whether only of counts.
    untold: BTreeMap<(Kind, bool), String>,
}

impl World {
    /// An empty world.
    #[must_use]
    pub(crate) fn new(unique: String, dialect: Dialect) -> Self {
        Self { unique, dialect, trial: None, state: Mutex::new(State::default()) }
    }

    /// The same with a client on trial.
    #[must_use]
    pub(crate) fn with_trial(self, trial: Trial) -> Self {
        Self { trial: Some(trial), ..self }
    }

    /// Access to what steps change. Never held over an await.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of this lock panics")
    }

    /// The token and the name of a device.
    pub(crate) fn caller(&self, device: &DeviceRef) -> Result<Caller, Missed> {
        match self.state().device(device)?.token.clone() {
            Some(token) => Ok(Caller { token, name: device.to_string() }),
            None => Err(Missed::error(format!("{device} was removed and cannot ask"))),
        }
    }

    /// The app id and the push key of a pusher, which are made when it is first named. The push key of an email pusher
    /// is the address that was bound for it.
    #[must_use]
    pub(crate) fn pusher_key(&self, pusher: &Label) -> PusherKey {
        let state = self.state();
        if let Some(known) = state.pushers.get(pusher) {
            return known.key.clone();
        }
        match state.addresses.get(pusher) {
            Some(address) => PusherKey { app_id: EMAIL_APP_ID.to_owned(), pushkey: address.clone() },
            None => PusherKey { app_id: APP_ID.to_owned(), pushkey: format!("{}-{pusher}", self.unique) },
        }
    }

    /// Where what a pusher of this kind and key tells arrives.
    #[must_use]
    pub(crate) fn outlet(&self, kind: PusherKind, key: &PusherKey) -> Outlet {
        match kind {
            PusherKind::Http => {
                let state = self.state();
                let is_namesake =
                    |other: &&PusherKey| other.pushkey == key.pushkey && other.app_id != key.app_id;
                let others = state.pushers.values().map(|pusher| &pusher.key).filter(is_namesake);
                Outlet::Gateway {
                    key: key.clone(),
                    namesakes: others.map(|other| other.app_id.clone()).collect(),
                }
            }
            PusherKind::Email => Outlet::Mailbox { address: key.pushkey.clone(), case: self.unique.clone() },
        }
    }

    /// The word in an event by which mails are known that quote it: unique within all runs.
    #[must_use]
    pub(crate) fn mark_of_event(&self, event: &Label) -> String {
        format!("{}-event-{event}", self.unique)
    }

    /// The name of a room, by which mails are known that tell of what happened in it.
    #[must_use]
    pub(crate) fn mark_of_room(&self, room: &Label) -> String {
        format!("{}-room-{room}", self.unique)
    }

    /// The push key of a pusher under another app id.
    #[must_use]
    pub(crate) fn key_of_another_app(&self, pusher: &Label) -> PusherKey {
        PusherKey { app_id: OTHER_APP_ID.to_owned(), ..self.pusher_key(pusher) }
    }

    /// A pusher that was set.
    pub(crate) fn pusher(&self, pusher: &Label) -> Result<Pusher, Missed> {
        self.state()
            .pushers
            .get(pusher)
            .cloned()
            .ok_or_else(|| Missed::error(format!("no pusher `{pusher}` was set")))
    }

    /// The id of a device.
    pub(crate) fn device_id(&self, device: &DeviceRef) -> Result<String, Missed> {
        Ok(self.state().device(device)?.id.clone())
    }

    /// The id of a user.
    pub(crate) fn user_id(&self, actor: &ActorName) -> Result<String, Missed> {
        Ok(self.state().actor(actor)?.account.user_id.clone())
    }

    /// The user id and the password of a person.
    pub(crate) fn credentials(&self, actor: &ActorName) -> Result<(String, String), Missed> {
        let state = self.state();
        let account = &state.actor(actor)?.account;
        Ok((account.user_id.clone(), account.password.clone()))
    }

    /// The id of a room.
    pub(crate) fn room(&self, room: &Label) -> Result<String, Missed> {
        self.state()
            .rooms
            .get(room)
            .cloned()
            .ok_or_else(|| Missed::error(format!("no room `{room}` was made")))
    }

    /// An event that was sent.
    pub(crate) fn event(&self, event: &Label) -> Result<Event, Missed> {
        self.state()
            .events
            .get(event)
            .cloned()
            .ok_or_else(|| Missed::error(format!("no event `{event}` was sent")))
    }

    /// Marks what a change of a pusher's state, asked for by a request begun at `asked`, means for its deliveries.
    pub(crate) fn pusher_state_asked(&self, pusher: &Label, state: PushState, asked: Instant) {
        if let Some(pusher) = self.state().pushers.get_mut(pusher) {
            pusher.quiet = match state {
                PushState::Enabled => Quiet::No,
                PushState::Disabled => pusher.quiet.disabled(asked),
            };
        }
    }

    /// Marks a pusher as one that should tell of nothing, since a request, begun at `asked`, deleted it. What it told before, while
    /// it was disabled, says nothing of the deletion.
    pub(crate) fn pusher_deleted(&self, pusher: &Label, asked: Instant) {
        if let Some(pusher) = self.state().pushers.get_mut(pusher) {
            pusher.quiet = pusher.quiet.silenced(asked);
        }
    }

    /// Remembers that an enabled pusher was not told of such an event, which it need not be.
    pub(crate) fn leave_untold(&self, event: &Event, why: String) {
        self.state().untold.entry((event.kind, event.is_of_counts())).or_insert(why);
    }

    /// Why no pusher is expected to be told of such an event, if so.
    #[must_use]
    pub(crate) fn untold(&self, event: &Event) -> Option<String> {
        self.state().untold.get(&(event.kind, event.is_of_counts())).cloned()
    }
}

impl State {
    /// Remembers which state a pusher is listed with, and what that means for its deliveries.
    pub(crate) fn pusher_listed(&mut self, pusher: &Label, state: PushState) {
        if let Some(pusher) = self.pushers.get_mut(pusher) {
            pusher.listed = Some(state);
            pusher.quiet = match (state, pusher.quiet) {
                (PushState::Enabled, _) => Quiet::No,
                (PushState::Disabled, Quiet::No) => Quiet::No.silenced(Instant::now()),
                (PushState::Disabled, quiet) => quiet,
            };
        }
    }

    /// A person.
    pub(crate) fn actor(&self, actor: &ActorName) -> Result<&Actor, Missed> {
        self.actors.get(actor).ok_or_else(|| Missed::error(format!("there is no `{actor}`")))
    }

    /// A device, removed ones included.
    pub(crate) fn device(&self, device: &DeviceRef) -> Result<&Device, Missed> {
        self.actor(&device.actor)?
            .devices
            .get(&device.device)
            .ok_or_else(|| Missed::error(format!("there is no device `{device}`")))
    }

    /// Marks a device as removed by a request begun at `asked`, and its pushers as those that should tell of nothing.
    pub(crate) fn remove_device(&mut self, device: &DeviceRef, asked: Instant) {
        if let Some(login) =
            self.actors.get_mut(&device.actor).and_then(|actor| actor.devices.get_mut(&device.device))
        {
            login.token = None;
        }
        for pusher in self.pushers.values_mut().filter(|pusher| pusher.by == *device) {
            pusher.quiet = pusher.quiet.silenced(asked);
        }
    }
}

impl Resolve for World {
    fn resolve(&self, placeholder: &Placeholder) -> Result<String, Unresolved> {
        let state = self.state();
        let actor = |name| state.actors.get(name).map(|actor| &actor.account);
        let device = |name: &DeviceRef| state.device(name).ok().map(|device| device.id.clone());
        let found = match placeholder {
            Placeholder::User(name) => actor(name).map(|account| account.user_id.clone()),
            Placeholder::Localpart(name) => actor(name).map(|account| localpart(&account.user_id).to_owned()),
            Placeholder::Password(name) => actor(name).map(|account| account.password.clone()),
            Placeholder::Device(name) => device(name),
            Placeholder::Settings(name) => device(name).map(|id| self.dialect.settings_type(&id)),
            Placeholder::Room(name) => state.rooms.get(name).cloned(),
            Placeholder::Event(name) => state.events.get(name).and_then(|event| match &event.which {
                WhichEvent::Id(id) => Some(id.clone()),
                WhichEvent::InviteOf(_) | WhichEvent::CountsSince(_) => None,
            }),
            Placeholder::Capture(name) => state.captures.get(name).cloned(),
            Placeholder::Pushkey(name) => state.pushers.get(name).map(|pusher| pusher.key.pushkey.clone()),
            Placeholder::App(name) => state.pushers.get(name).map(|pusher| pusher.key.app_id.clone()),
            Placeholder::Unique => Some(self.unique.clone()),
        };
        found.ok_or_else(|| Unresolved::new(placeholder))
    }
}

/// The local part of a user id.
#[must_use]
pub(crate) fn localpart(user_id: &str) -> &str {
    user_id.trim_start_matches('@').split(':').next().unwrap_or_default()
}

/// Text of a JSON value as a captured value holds it: strings without quotes.
#[must_use]
pub(crate) fn captured(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
