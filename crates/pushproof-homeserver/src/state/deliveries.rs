//! From pushers to what is sent for them: what may be sent now, and what the gateway's answer changes.

use pushproof_vocabulary::PushState;
use smol_str::SmolStr;

use super::{
    Era, Event, Position, State,
    pusher::{Kind, Pusher},
};
use crate::{
    behaviour::{Backlog, CountsWhileDisabled, EventsWhileDisabled, OnDisabling, Repeats, Walk, Wrapping},
    delivery::{Answer, Delivery, Device, Gate, Letter, Next, Outgoing, Push, Tidings},
    ids::{DeviceId, PusherAddress, PusherKey, UserId},
};

/// How much later than others a late notification is sent.
const LATE_MS: u64 = 1200;
/// How much later than others a very late notification is sent.
const VERY_LATE_MS: u64 = 4000;

/// What a notification is about, as far as its admission depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// An invite to the user.
    Invite,
    /// An event that the push rules highlight.
    Highlight,
    /// Any other event.
    Event,
    /// The unread counts only, because a device has read.
    Counts,
}

/// What pushers may be told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct News<'a> {
    /// What there is to tell.
    pub(crate) about: About,
    /// The event, if it is one.
    pub(crate) event: Option<&'a Event>,
    /// The device that has read, if that is why.
    pub(crate) reader: Option<&'a DeviceId>,
}

/// What becomes of a notification for one pusher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Admission {
    Sent(Gate),
    /// So many milliseconds later.
    SentLate(u64),
    Held,
    Dropped,
}

impl News<'_> {
    fn is_of_type(self, event_type: &str) -> bool {
        self.event.is_some_and(|event| event.event_type == event_type)
    }
}

impl State {
    /// Whether this pusher is to be silent.
    pub(super) fn is_silent(&self, pusher: &Pusher) -> bool {
        self.era == Era::Proposal && pusher.heeded == PushState::Disabled
    }

    /// Whether one of the user's pushers is to be silent.
    pub(super) fn has_silent_pusher(&self, user: &UserId) -> bool {
        self.user(user).pushers.values().any(|pusher| self.is_silent(pusher))
    }

    /// Puts a notification into the lanes of all pushers of a user that may send it. No mail is sent of unread counts.
    pub(crate) fn notify_pushers(&mut self, user: &UserId, news: News<'_>, tidings: &Tidings, unread: u64) {
        self.note_silences(user, tidings);
        let walked_to = |pusher: &Pusher| match self.behaviour.delivery.walk {
            Walk::All => true,
            Walk::EndsAtDisabled => !self.is_silent(pusher),
        };
        let admitted: Vec<(PusherKey, Admission, Option<SmolStr>)> = self
            .user(user)
            .pushers
            .iter()
            .take_while(|(_, pusher)| walked_to(pusher))
            .filter(|(_, pusher)| pusher.details.kind == Kind::Http || news.about != About::Counts)
            .map(|(key, pusher)| {
                (key.clone(), self.admission(user, key, pusher, news), pusher.details.gateway.clone())
            })
            .filter(|(_, admission, _)| *admission != Admission::Dropped)
            .collect();
        if news.event.is_some() {
            for pusher in self.user_mut(user).pushers.values_mut() {
                pusher.missed += 1;
            }
        }
        if admitted.is_empty() {
            return;
        }
        let now = self.source.now_ms();
        let mut wrapped: Vec<(Option<SmolStr>, PusherAddress, Push)> = Vec::new();
        for (key, admission, url) in admitted {
            let pause = self.behaviour.delivery.pace.pause_ms(&mut *self.source);
            let mut push = Push {
                targets: vec![key.clone()],
                tidings: tidings.clone(),
                unread,
                gate: Gate::Heeds,
                not_before_ms: now + pause,
                repeated: false,
            };
            let address = PusherAddress { user: user.clone(), key: key.clone() };
            match admission {
                Admission::Sent(Gate::Heeds) => {
                    let together = self.behaviour.delivery.wrapping == Wrapping::SameGateway && url.is_some();
                    match wrapped.iter_mut().find(|(other, ..)| together && *other == url) {
                        Some((_, _, shared)) => shared.targets.push(key),
                        None => wrapped.push((url, address, push)),
                    }
                }
                Admission::Sent(gate) => {
                    push.gate = gate;
                    self.lanes.enqueue(address, push);
                }
                Admission::SentLate(ms) => {
                    push.gate = Gate::Inverted;
                    push.not_before_ms = now + ms;
                    self.lanes.enqueue(address, push);
                }
                Admission::Held => self.lanes.hold(address, push),
                Admission::Dropped => {}
            }
        }
        for (_, address, push) in wrapped {
            self.lanes.enqueue(address, push);
        }
    }

    /// Sends a pusher that spoke, and was set, what a defect sends to one that is disabled.
    pub(super) fn note_disabling(&mut self, user: &UserId, key: &PusherKey, from_afar: bool) {
        let told = match self.behaviour.delivery.on_disabling {
            OnDisabling::Nothing => false,
            OnDisabling::Counts => true,
            OnDisabling::CountsFromAfar => from_afar,
        };
        let is_told = |pusher: &Pusher| told && pusher.details.kind == Kind::Http && self.is_silent(pusher);
        if !self.user(user).pushers.get(key).is_some_and(is_told) {
            return;
        }
        let push = Push {
            targets: vec![key.clone()],
            tidings: Tidings::Counts,
            unread: self.user(user).unread(),
            gate: Gate::Bypassed,
            not_before_ms: 0,
            repeated: false,
        };
        self.lanes.enqueue(PusherAddress { user: user.clone(), key: key.clone() }, push);
    }

    /// Whether a notification with this gate may name this pusher now.
    fn passes(&self, gate: Gate, pusher: &Pusher) -> bool {
        match gate {
            Gate::Heeds => !self.is_silent(pusher),
            Gate::Bypassed => true,
            Gate::Inverted => self.is_silent(pusher),
        }
    }

    fn admission(&self, user: &UserId, key: &PusherKey, pusher: &Pusher, news: News<'_>) -> Admission {
        let delivery = self.behaviour.delivery;
        let while_disabled = match pusher.details.kind {
            Kind::Http => delivery.events_while_disabled,
            Kind::Email => delivery.mails_while_disabled,
        };
        if !self.is_silent(pusher) {
            let kept_from_enabled = match while_disabled {
                _ if news.about == About::Counts => {
                    delivery.counts_while_disabled == CountsWhileDisabled::SentToThemAlone
                }
                EventsWhileDisabled::InvitesSentToThemAlone => news.about == About::Invite,
                EventsWhileDisabled::EncryptedSentToThemAlone => news.is_of_type("m.room.encrypted"),
                EventsWhileDisabled::CallsSentToThemAlone => news.is_of_type("m.call.invite"),
                _ => false,
            };
            return if kept_from_enabled { Admission::Dropped } else { Admission::Sent(Gate::Heeds) };
        }
        let bypassed = Admission::Sent(Gate::Bypassed);
        if news.about == About::Counts {
            let read_by_other = news.reader.is_some_and(|reader| *reader != pusher.device);
            return match delivery.counts_while_disabled {
                CountsWhileDisabled::Sent | CountsWhileDisabled::SentToThemAlone => bypassed,
                CountsWhileDisabled::SentLate => Admission::SentLate(LATE_MS),
                CountsWhileDisabled::SentForOthersReading if read_by_other => bypassed,
                CountsWhileDisabled::Silent | CountsWhileDisabled::SentForOthersReading => Admission::Dropped,
            };
        }
        let leaks = match while_disabled {
            EventsWhileDisabled::Silent
            | EventsWhileDisabled::SentLate
            | EventsWhileDisabled::SentAfterFourSeconds => false,
            EventsWhileDisabled::Sent
            | EventsWhileDisabled::SentToAnotherPath
            | EventsWhileDisabled::SentAsAnotherApp
            | EventsWhileDisabled::Hinted => true,
            EventsWhileDisabled::InvitesSent | EventsWhileDisabled::InvitesSentToThemAlone => {
                news.about == About::Invite
            }
            EventsWhileDisabled::HighlightsSent => news.about == About::Highlight,
            EventsWhileDisabled::EncryptedSent | EventsWhileDisabled::EncryptedSentToThemAlone => {
                news.is_of_type("m.room.encrypted")
            }
            EventsWhileDisabled::CallsSent | EventsWhileDisabled::CallsSentToThemAlone => {
                news.is_of_type("m.call.invite")
            }
            EventsWhileDisabled::GroupsSent => self.is_in_group(news),
            EventsWhileDisabled::NewRoomsSent => self.joined_after(user, news, pusher.disabled_at),
            EventsWhileDisabled::SentFromTheThird => pusher.missed >= 2,
            EventsWhileDisabled::SentAsIds => pusher.wants_ids_only(),
            EventsWhileDisabled::SentForLackOfOthers => {
                self.user(user).pushers.values().all(|pusher| self.is_silent(pusher))
            }
            EventsWhileDisabled::SentForSameKey => self
                .other_owners(user, key)
                .iter()
                .any(|other| self.user(other).pushers.get(key).is_some_and(|pusher| !self.is_silent(pusher))),
        };
        match while_disabled {
            _ if leaks => bypassed,
            EventsWhileDisabled::SentLate => Admission::SentLate(LATE_MS),
            EventsWhileDisabled::SentAfterFourSeconds => Admission::SentLate(VERY_LATE_MS),
            _ if delivery.backlog == Backlog::Delivered => Admission::Held,
            _ => Admission::Dropped,
        }
    }

    fn is_in_group(&self, news: News<'_>) -> bool {
        let room = news.event.and_then(|event| self.rooms.get(&event.room));
        room.is_some_and(|room| room.joined().count() > 2)
    }

    fn joined_after(&self, user: &UserId, news: News<'_>, position: Position) -> bool {
        let room = news.event.and_then(|event| self.rooms.get(&event.room));
        room.and_then(|room| room.member(user)).is_some_and(|joined| joined.position > position)
    }

    /// What the worker of a lane does next. Decided at the last moment: a pusher that was disabled or removed since is
    /// left out, and a notification that names nobody any more is dropped.
    pub(crate) fn next_delivery(&mut self, lane: &PusherAddress) -> Next<Outgoing> {
        loop {
            let now = self.source.now_ms();
            let (id, push) = match self.lanes.next(lane, now) {
                Next::Send(candidate) => candidate,
                Next::Wait(ms, changed) => return Next::Wait(ms, changed),
                Next::End => return Next::End,
            };
            let outgoing = match self.user(&lane.user).pushers.get(&lane.key).map(|first| first.details.kind)
            {
                Some(Kind::Email) => self.mail(lane, id, &push),
                _ => self.push(lane, id, &push),
            };
            match outgoing {
                Some(outgoing) => return Next::Send(outgoing),
                None => self.lanes.finish(lane, id),
            }
        }
    }

    /// The mail of an email pusher, if it may send one now.
    fn mail(&self, lane: &PusherAddress, id: u64, push: &Push) -> Option<Outgoing> {
        let pusher = self.user(&lane.user).pushers.get(&lane.key)?;
        if !self.passes(push.gate, pusher) {
            return None;
        }
        let hinted = push.gate == Gate::Bypassed
            && self.behaviour.delivery.mails_while_disabled == EventsWhileDisabled::Hinted;
        let letter = if hinted {
            Letter::hint(&lane.key.pushkey)
        } else {
            Letter::notification(&lane.key.pushkey, &lane.user, &push.tidings)?
        };
        Some(Outgoing::Mail { id, push: push.clone(), key: lane.key.clone(), letter })
    }

    /// The request to the gateway, naming those http pushers that may send it now.
    fn push(&self, lane: &PusherAddress, id: u64, push: &Push) -> Option<Outgoing> {
        let mut url = None;
        let mut devices = Vec::new();
        for key in &push.targets {
            let Some(pusher) = self.user(&lane.user).pushers.get(key) else { continue };
            let Some(gateway) = &pusher.details.gateway else { continue };
            if self.passes(push.gate, pusher) {
                let (mut gateway, mut key) = (gateway.to_string(), key.clone());
                match self.behaviour.delivery.events_while_disabled {
                    EventsWhileDisabled::SentToAnotherPath if push.gate == Gate::Bypassed => {
                        gateway.push_str("-again");
                    }
                    EventsWhileDisabled::SentAsAnotherApp if push.gate == Gate::Bypassed => {
                        key.app_id = format!("{}.again", key.app_id).into();
                    }
                    _ => {}
                }
                url.get_or_insert(gateway);
                let data = pusher.details.data.read();
                devices.push(Device { key, since_ms: pusher.since_ms, data });
            }
        }
        let (user, push) = (lane.user.clone(), push.clone());
        url.map(|url| Outgoing::Push(Delivery { id, url, user, push, devices }))
    }

    /// Takes in what a gateway or a relay answered: done, to be tried again, or pushers to be removed because the gateway
    /// rejects their keys.
    pub(crate) fn delivery_answered(&mut self, lane: &PusherAddress, outgoing: &Outgoing, answer: &Answer) {
        let (id, push, devices) = match outgoing {
            Outgoing::Push(delivery) => (delivery.id, &delivery.push, &delivery.devices[..]),
            Outgoing::Mail { id, push, .. } => (*id, push, &[][..]),
        };
        match answer {
            Answer::Taken { rejected, .. } => {
                self.lanes.finish(lane, id);
                if self.behaviour.delivery.repeats == Repeats::Twice && !push.repeated {
                    self.lanes.enqueue(lane.clone(), Push { repeated: true, ..push.clone() });
                }
                for device in devices {
                    if rejected.iter().any(|key| **key == *device.key.pushkey) {
                        self.delete_pusher(&lane.user, &device.key);
                    }
                }
            }
            Answer::Refused { .. } | Answer::None => {
                let now = self.source.now_ms();
                self.lanes.fail(lane, id, now);
            }
        }
    }
}
