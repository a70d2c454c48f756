//! The order of things: nobody asks with a device that is gone, sends where they are not, or is told of what they sent;
//! silence is looked for after the pusher was silenced.

use std::collections::{BTreeMap, BTreeSet};

use pushproof_vocabulary::PushState;
use pushproof_yaml::{Diagnostic, Span, Spanned};

use super::leaves;
use crate::{
    ActorName, Case, DeviceRef, Label, Scenario, Step, StepKind,
    steps::{
        EventKind, ExpectPusher, ExpectSettingsBeforeEvents, ExpectSilence, ExpectSync, Invite, Read,
        RemovalPath, RemoveDevice, Send, Sentinel, SetPusher, ShareRoom, StateToFind, StateToSet, SyncFrom,
    },
};

pub(super) fn check<'a>(scenario: &'a Scenario, case: &'a Case) -> Vec<Diagnostic> {
    let mut story = Story { devices: first_devices(scenario), ..Story::default() };
    for (index, step) in leaves(case).enumerate() {
        story.check_asking(step);
        story.tell(step, index);
    }
    story.found
}

fn first_devices(scenario: &Scenario) -> BTreeSet<DeviceRef> {
    let devices = scenario.actors.iter().flat_map(|(actor, devices)| {
        devices.iter().map(|device| DeviceRef { actor: actor.value.clone(), device: device.value.clone() })
    });
    devices.collect()
}

/// What happened so far. Names that nothing makes are left to [`super::names`].
#[derive(Default)]
struct Story<'a> {
    devices: BTreeSet<DeviceRef>,
    removed: BTreeMap<DeviceRef, Span>,
    synced: BTreeSet<&'a DeviceRef>,
    rooms: BTreeMap<&'a Label, BTreeSet<&'a ActorName>>,
    events: BTreeMap<&'a Label, Sent<'a>>,
    pushers: BTreeMap<&'a Label, Pusher<'a>>,
    /// The pushers whose state, whatever it is, was looked at.
    listed: BTreeSet<&'a Label>,
    found: Vec<Diagnostic>,
}

struct Sent<'a> {
    at: usize,
    /// Who is not told of it, since it is their own.
    sender: Option<&'a ActorName>,
    audience: BTreeSet<&'a ActorName>,
}

struct Pusher<'a> {
    by: &'a DeviceRef,
    silenced: Option<usize>,
}

impl<'a> Story<'a> {
    fn wrong(&mut self, span: Span, message: String, hint: &str) {
        self.found.push(Diagnostic::error(span, message).with_hint(hint));
    }

    /// A removed device has no access token any more.
    fn check_asking(&mut self, step: &Step) {
        if let Some(by) = step.kind.asked_by()
            && let Some(removed) = self.removed.get(&by.value)
        {
            let message = format!("`{}` is gone since line {}, and cannot ask", by.value, removed.line);
            self.wrong(by.span, message, "let another device ask, or log in again with `log_in`");
        }
    }

    fn tell(&mut self, step: &'a Step, at: usize) {
        match &step.kind {
            StepKind::ShareRoom(share) => self.share(share, step.span),
            StepKind::LogIn(log_in) => {
                self.removed.remove(&log_in.device.value);
                self.devices.insert(log_in.device.value.clone());
            }
            StepKind::RemoveDevice(remove) => self.remove(remove, at),
            StepKind::SetPusher(SetPusher { by, pusher, state, .. }) => {
                let silenced = (*state == StateToSet::Disabled).then_some(at);
                let known = self.pushers.entry(&pusher.value).or_insert(Pusher { by: &by.value, silenced });
                known.silenced = silenced;
            }
            StepKind::TogglePusher(toggle) => {
                self.silence(&toggle.pusher.value, (toggle.to == PushState::Disabled).then_some(at));
            }
            StepKind::DeletePusher(delete) => self.silence(&delete.pusher.value, Some(at)),
            StepKind::Send(send) => self.send(send, at),
            StepKind::Invite(invite) => self.invite(invite, at),
            StepKind::Read(read) => self.read(read, at),
            StepKind::ExpectPush(push) => self.check_audience(&push.pusher, &push.event),
            StepKind::ObservePush(push) => self.check_audience(&push.pusher, &push.event),
            StepKind::ExpectSilence(silence) => self.check_silence(silence),
            StepKind::ExpectPusher(ExpectPusher { pusher, state: Some(StateToFind::Any), .. }) => {
                self.listed.insert(&pusher.value);
            }
            StepKind::ExpectPusher(ExpectPusher { pusher, state: Some(StateToFind::AsListed), .. }) => {
                self.check_listed(pusher);
            }
            StepKind::ExpectPushAsListed(step) => {
                self.check_listed(&step.pusher);
                self.check_sentinel(&step.pusher, &step.until);
            }
            StepKind::ExpectSettingsBeforeEvents(step) => self.check_order(step),
            StepKind::Sync(sync) => drop(self.synced.insert(&sync.by.value)),
            StepKind::ExpectSync(ExpectSync { by, from: SyncFrom::Last, .. })
                if !self.synced.contains(&by.value) =>
            {
                let message = format!("`{}` has not synced before", by.value);
                self.wrong(
                    by.span,
                    message,
                    "a `sync` step remembers the position that `from: last` begins at",
                );
            }
            _ => {}
        }
    }

    fn share(&mut self, share: &'a ShareRoom, span: Span) {
        let mut members = BTreeSet::new();
        for person in &share.between {
            if !members.insert(&person.value) {
                self.wrong(
                    person.span,
                    format!("`{}` is there twice", person.value),
                    "name each person once",
                );
            }
        }
        if members.is_empty() {
            self.wrong(
                span,
                "nobody is in this room".to_owned(),
                "the first person of `between` makes the room",
            );
        }
        self.rooms.insert(&share.room.value, members);
    }

    fn remove(&mut self, remove: &'a RemoveDevice, at: usize) {
        let (device, path) = (&remove.device, *remove.path);
        let by = remove.by.as_ref().unwrap_or(device);
        if by.actor != device.actor {
            let message = format!("`{}` is no device of `{}`", device.value, by.actor);
            self.wrong(device.span, message, "devices are removed by those of the same person");
        } else if path == RemovalPath::Logout && by != device {
            let message = "a device logs out by itself".to_owned();
            self.wrong(by.span, message, "leave out `by`, or remove it by `path: delete-device`");
        } else if path == RemovalPath::PasswordChange && by == device {
            let message = format!("`{}` changes the password, and so stays", by.value);
            self.wrong(by.span, message, "name another device in `by`");
        } else if let Some(also) = remove.also.first().filter(|_| path != RemovalPath::DeleteDevices) {
            let message = "this path removes one device".to_owned();
            self.wrong(also.span, message, "several devices go by `path: delete-devices`");
        }
        let gone = |other: &&DeviceRef| match path {
            RemovalPath::LogoutAll => other.actor == device.actor,
            RemovalPath::PasswordChange => other.actor == device.actor && **other != by.value,
            RemovalPath::PasswordChangeKeepingDevices => false,
            _ => **other == device.value || remove.also.iter().any(|also| also.value == **other),
        };
        let gone: BTreeSet<DeviceRef> = self.devices.iter().filter(gone).cloned().collect();
        for pusher in self.pushers.values_mut().filter(|pusher| gone.contains(pusher.by)) {
            pusher.silenced = Some(at);
        }
        self.removed.extend(gone.into_iter().map(|device| (device, remove.path.span)));
    }

    fn silence(&mut self, pusher: &Label, silenced: Option<usize>) {
        if let Some(pusher) = self.pushers.get_mut(pusher) {
            pusher.silenced = silenced;
        }
    }

    fn send(&mut self, send: &'a Send, at: usize) {
        match (&send.mention, send.kind) {
            (None, EventKind::Highlight) => {
                let hint = "say whom it mentions: `mention: alice`";
                self.wrong(send.event.span, "a highlight mentions somebody".to_owned(), hint);
            }
            (Some(mention), kind) if kind != EventKind::Highlight => {
                let hint = "write `kind: highlight`, or leave `mention` out";
                self.wrong(mention.span, "only a highlight mentions somebody".to_owned(), hint);
            }
            _ => {}
        }
        self.happen(&send.by, &send.room, &send.event, None, at);
    }

    /// Who reads is told the new counts, and nobody else.
    fn read(&mut self, read: &'a Read, at: usize) {
        self.check_membership(&read.by, &read.room);
        let audience = BTreeSet::from([&read.by.actor]);
        self.events.insert(&read.event.value, Sent { at, sender: None, audience });
    }

    fn invite(&mut self, invite: &'a Invite, at: usize) {
        if self.rooms.get(&invite.room.value).is_some_and(|members| members.contains(&invite.who.value)) {
            let message = format!("`{}` is in the room `{}` already", invite.who.value, invite.room.value);
            self.wrong(invite.who.span, message, "make a room without them, with another `share_room`");
        }
        self.happen(&invite.by, &invite.room, &invite.event, Some(&invite.who.value), at);
    }

    /// An event in a room, of which the members are told; only the one who is invited, if it is an invite.
    fn happen(
        &mut self,
        by: &'a Spanned<DeviceRef>,
        room: &'a Spanned<Label>,
        event: &'a Spanned<Label>,
        invited: Option<&'a ActorName>,
        at: usize,
    ) {
        let Some(members) = self.rooms.get(&room.value).cloned() else { return };
        self.check_membership(by, room);
        let audience = invited.map_or(members, |one| BTreeSet::from([one]));
        self.events.insert(&event.value, Sent { at, sender: Some(&by.actor), audience });
    }

    fn check_membership(&mut self, by: &Spanned<DeviceRef>, room: &Spanned<Label>) {
        if self.rooms.get(&room.value).is_some_and(|members| !members.contains(&by.actor)) {
            let message = format!("`{}` is not in the room `{}`", by.actor, room.value);
            self.wrong(by.span, message, "name them in the `between` of its `share_room`");
        }
    }

    /// All but the sender are devices of one person, who sees the events.
    fn check_order(&mut self, step: &ExpectSettingsBeforeEvents) {
        self.check_membership(&step.by, &step.room);
        self.check_membership(&step.sent_by, &step.room);
        for device in [&step.device, &step.set_by] {
            if device.actor != step.by.actor {
                let message = format!("`{}` is no device of `{}`", device.value, step.by.actor);
                self.wrong(device.span, message, "settings are synced to devices of the same person");
            }
        }
        if step.times == 0 {
            let message = "the order of nothing is looked at".to_owned();
            self.wrong(step.by.span, message, "write how often: `times: 20`");
        }
    }

    /// A state that nobody looked at cannot be referred to.
    fn check_listed(&mut self, pusher: &Spanned<Label>) {
        if !self.listed.contains(&pusher.value) {
            let message = format!("no earlier step looked which state `{}` has", pusher.value);
            self.wrong(pusher.span, message, "before it: `expect_pusher` with `state: any`");
        }
    }

    /// The pusher's owner is told of the event by the default push rules.
    fn check_audience(&mut self, pusher: &Spanned<Label>, event: &Spanned<Label>) {
        let (Some(of), Some(sent)) = (self.pushers.get(&pusher.value), self.events.get(&event.value)) else {
            return;
        };
        let owner = &of.by.actor;
        if sent.sender == Some(owner) {
            let message = format!("`{owner}` sent `{}`, and is not told of it", event.value);
            self.wrong(event.span, message, "let somebody else send it");
        } else if !sent.audience.contains(owner) {
            let message = format!("`{owner}`, whose pusher it is, does not see `{}`", event.value);
            self.wrong(event.span, message, "send it to a room that they are in");
        }
    }

    /// The sentinel is another pusher of the same person, and both would be told. Gives whether it is.
    fn check_sentinel(&mut self, silent: &Spanned<Label>, until: &Sentinel) -> bool {
        let sentinel = &until.pusher;
        self.check_audience(silent, &until.event);
        self.check_audience(sentinel, &until.event);
        let (Some(of), Some(other)) = (self.pushers.get(&silent.value), self.pushers.get(&sentinel.value))
        else {
            return false;
        };
        let fits = silent != sentinel && of.by.actor == other.by.actor;
        if !fits {
            let message = format!("`{}` is no sentinel of `{}`", sentinel.value, silent.value);
            let hint = "a sentinel is another pusher of the same person, which is not silent";
            self.wrong(sentinel.span, message, hint);
        }
        fits
    }

    fn check_silence(&mut self, silence: &ExpectSilence) {
        let silent = &silence.pusher;
        if !self.check_sentinel(silent, &silence.until) {
            return;
        }
        let silenced = self.pushers.get(&silent.value).and_then(|pusher| pusher.silenced);
        match (silenced, self.events.get(&silence.until.event.value)) {
            (None, _) => {
                let message = format!("`{}` was not disabled, deleted or removed", silent.value);
                self.wrong(silent.span, message, "silence is looked for after one of these");
            }
            (Some(silenced), Some(sent)) if sent.at < silenced => {
                let message = format!(
                    "`{}` was sent before `{}` was silenced",
                    silence.until.event.value, silent.value
                );
                self.wrong(silence.until.event.span, message, "send another event after that");
            }
            _ => {}
        }
    }
}
