//! What steps make and use, by name.

use std::fmt;

use pushproof_yaml::{Span, Spanned};

use crate::{
    ActorName, DeviceRef, Label, Placeholder, Scenario, Step, StepKind,
    content::Content,
    steps::{
        AwaitSync, BindEmail, ClientSetsPush, CutSync, DeletePusher, ExpectNoLinkSent, ExpectNoPusher,
        ExpectNoSettingsWritten, ExpectNotNotified, ExpectNotified, ExpectOneSync, ExpectPush,
        ExpectPushAsListed, ExpectPusher, ExpectPusherToggled, ExpectSettings, ExpectSettingsBeforeEvents,
        ExpectSettingsWritten, ExpectShownDevice, ExpectShownPusher, ExpectSilence, ExpectSync, ExpectUnread,
        ExpireToken, HoldSync, HoldWrites, Invite, LinkToFind, LogIn, ObserveNotified, ObservePush,
        ObserveSettingsWritten, ObserveShownDevice, ObserveShownPusher, PutNonsense, Read, ReleaseSync,
        ReleaseWrites, RemoveDevice, Request, Send, SetPusher, SetSettings, ShareRoom, StartClient,
        StopClient, Sync, TogglePusher,
    },
};

/// Something with a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Thing {
    Actor(ActorName),
    Device(DeviceRef),
    Room(Label),
    Event(Label),
    Pusher(Label),
    Capture(Label),
}

/// A name where it stands.
pub(super) type Named = (Span, Thing);

impl Thing {
    fn actor(name: &Spanned<ActorName>) -> Named {
        (name.span, Self::Actor(name.value.clone()))
    }

    fn device(name: &Spanned<DeviceRef>) -> Named {
        (name.span, Self::Device(name.value.clone()))
    }

    fn room(name: &Spanned<Label>) -> Named {
        (name.span, Self::Room(name.value.clone()))
    }

    fn event(name: &Spanned<Label>) -> Named {
        (name.span, Self::Event(name.value.clone()))
    }

    fn pusher(name: &Spanned<Label>) -> Named {
        (name.span, Self::Pusher(name.value.clone()))
    }

    /// What a placeholder stands for, unless it is for itself.
    fn of_placeholder(placeholder: Placeholder) -> Option<Self> {
        Some(match placeholder {
            Placeholder::User(name) | Placeholder::Localpart(name) | Placeholder::Password(name) => {
                Self::Actor(name)
            }
            Placeholder::Device(name) | Placeholder::Settings(name) => Self::Device(name),
            Placeholder::Room(name) => Self::Room(name),
            Placeholder::Event(name) => Self::Event(name),
            Placeholder::App(name) | Placeholder::Pushkey(name) => Self::Pusher(name),
            Placeholder::Capture(name) => Self::Capture(name),
            Placeholder::Unique => return None,
        })
    }

    /// What it is, with the step that makes it.
    pub(super) fn made_by(&self) -> &'static str {
        match self {
            Self::Actor(_) => "the people are named under `actors`",
            Self::Device(_) => "devices are named under `actors`, or made by `log_in`",
            Self::Room(_) => "rooms are made by `share_room`",
            Self::Event(_) => "events are named by `send`, `invite` and `read`",
            Self::Pusher(_) => "pushers are named by `set_pusher`",
            Self::Capture(_) => "values are named by `capture`",
        }
    }

    /// The name alone.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Actor(name) => name.to_string(),
            Self::Device(name) => name.to_string(),
            Self::Room(name) | Self::Event(name) | Self::Pusher(name) | Self::Capture(name) => {
                name.to_string()
            }
        }
    }

    /// Whether both are of one kind, so that one could be a misspelling of the other.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Actor(name) => write!(f, "person `{name}`"),
            Self::Device(name) => write!(f, "device `{name}`"),
            Self::Room(name) => write!(f, "room `{name}`"),
            Self::Event(name) => write!(f, "event `{name}`"),
            Self::Pusher(name) => write!(f, "pusher `{name}`"),
            Self::Capture(name) => write!(f, "captured value `{name}`"),
        }
    }
}

/// The people and devices that are there from the start.
pub(super) fn given(scenario: &Scenario) -> Vec<Named> {
    let mut found = Vec::new();
    for (actor, devices) in &scenario.actors {
        found.push(Thing::actor(actor));
        found.extend(devices.iter().map(|device| {
            let name = DeviceRef { actor: actor.value.clone(), device: device.value.clone() };
            (device.span, Thing::Device(name))
        }));
    }
    found
}

/// What a step makes.
pub(super) fn made(step: &Step) -> Vec<Named> {
    let mut found: Vec<Named> = match &step.kind {
        StepKind::ShareRoom(ShareRoom { room, .. }) => vec![Thing::room(room)],
        StepKind::LogIn(LogIn { device, .. }) => vec![Thing::device(device)],
        StepKind::SetPusher(SetPusher { pusher, .. }) => vec![Thing::pusher(pusher)],
        StepKind::Send(Send { event, .. })
        | StepKind::Invite(Invite { event, .. })
        | StepKind::Read(Read { event, .. }) => vec![Thing::event(event)],
        _ => Vec::new(),
    };
    found.extend(
        step.capture.iter().map(|capture| (capture.name.span, Thing::Capture(capture.name.value.clone()))),
    );
    found
}

/// What a step uses.
pub(super) fn used(step: &Step) -> Vec<Named> {
    let mut found = match &step.kind {
        StepKind::ShareRoom(ShareRoom { between, .. }) => between.iter().map(Thing::actor).collect(),
        StepKind::LogIn(LogIn { device, .. }) => vec![(device.span, Thing::Actor(device.actor.clone()))],
        StepKind::RemoveDevice(RemoveDevice { device, also, by, .. }) => {
            by.iter().chain(also).chain([device]).map(Thing::device).collect()
        }
        StepKind::SetPusher(SetPusher { by, same_key_as, same_pushkey_as, .. }) => {
            let others = same_key_as.iter().chain(same_pushkey_as);
            others.map(Thing::pusher).chain([Thing::device(by)]).collect()
        }
        StepKind::ExpectPusher(ExpectPusher { by, pusher, link, .. }) => {
            let mut found = vec![Thing::device(by), Thing::pusher(pusher)];
            if let Some(LinkToFind::Device(device)) = link {
                found.push(Thing::device(device));
            }
            found
        }
        StepKind::TogglePusher(TogglePusher { by, pusher, .. })
        | StepKind::DeletePusher(DeletePusher { by, pusher })
        | StepKind::ExpectShownPusher(ExpectShownPusher { by, pusher, .. })
        | StepKind::ObserveShownPusher(ObserveShownPusher { by, pusher, .. })
        | StepKind::ExpectPusherToggled(ExpectPusherToggled { by, pusher, .. })
        | StepKind::ExpectNoLinkSent(ExpectNoLinkSent { by, pusher })
        | StepKind::ExpectNoPusher(ExpectNoPusher { by, pusher }) => {
            vec![Thing::device(by), Thing::pusher(pusher)]
        }
        StepKind::Send(Send { by, room, mention, .. }) => {
            mention.iter().map(Thing::actor).chain([Thing::device(by), Thing::room(room)]).collect()
        }
        StepKind::Invite(Invite { by, room, who, .. }) => {
            vec![Thing::device(by), Thing::room(room), Thing::actor(who)]
        }
        StepKind::Read(Read { by, room, up_to, .. }) => {
            vec![Thing::device(by), Thing::room(room), Thing::event(up_to)]
        }
        StepKind::ExpectUnread(ExpectUnread { by, room, events }) => {
            events.iter().map(Thing::event).chain([Thing::device(by), Thing::room(room)]).collect()
        }
        StepKind::ExpectSettingsBeforeEvents(ExpectSettingsBeforeEvents {
            by,
            device,
            set_by,
            sent_by,
            room,
            ..
        }) => {
            [by, device, set_by, sent_by].map(Thing::device).into_iter().chain([Thing::room(room)]).collect()
        }
        StepKind::ExpectPush(ExpectPush { pusher, event, .. })
        | StepKind::ObservePush(ObservePush { pusher, event, .. }) => {
            vec![Thing::pusher(pusher), Thing::event(event)]
        }
        StepKind::ExpectSilence(ExpectSilence { pusher, until })
        | StepKind::ExpectPushAsListed(ExpectPushAsListed { pusher, until }) => {
            vec![Thing::pusher(pusher), Thing::pusher(&until.pusher), Thing::event(&until.event)]
        }
        StepKind::SetSettings(SetSettings { by, device, .. })
        | StepKind::ExpectSettings(ExpectSettings { by, device, .. })
        | StepKind::ClientSetsPush(ClientSetsPush { by, device, .. })
        | StepKind::ExpectShownDevice(ExpectShownDevice { by, device, .. })
        | StepKind::ObserveShownDevice(ObserveShownDevice { by, device, .. })
        | StepKind::ObserveSettingsWritten(ObserveSettingsWritten { by, device, .. })
        | StepKind::ExpectSync(ExpectSync { by, device, .. }) => {
            vec![Thing::device(by), Thing::device(device)]
        }
        StepKind::Sync(Sync { by }) | StepKind::BindEmail(BindEmail { by, .. }) => vec![Thing::device(by)],
        StepKind::Request(Request { by, .. }) => by.iter().map(Thing::device).collect(),
        StepKind::StartClient(StartClient { on: device })
        | StepKind::StopClient(StopClient { on: device })
        | StepKind::AwaitSync(AwaitSync { by: device })
        | StepKind::HoldSync(HoldSync { device })
        | StepKind::ReleaseSync(ReleaseSync { device })
        | StepKind::HoldWrites(HoldWrites { device })
        | StepKind::CutSync(CutSync { device })
        | StepKind::ExpireToken(ExpireToken { device })
        | StepKind::ReleaseWrites(ReleaseWrites { device }) => vec![Thing::device(device)],
        StepKind::ExpectNotified(ExpectNotified { by, event })
        | StepKind::ExpectNotNotified(ExpectNotNotified { by, event })
        | StepKind::ObserveNotified(ObserveNotified { by, event, .. })
        | StepKind::ExpectOneSync(ExpectOneSync { by, event }) => {
            vec![Thing::device(by), Thing::event(event)]
        }
        StepKind::ExpectSettingsWritten(ExpectSettingsWritten { by, device, .. })
        | StepKind::ExpectNoSettingsWritten(ExpectNoSettingsWritten { by, device }) => {
            device.iter().chain([by]).map(Thing::device).collect()
        }
        StepKind::PutNonsense(PutNonsense { device, room, .. }) => {
            vec![Thing::device(device), Thing::room(room)]
        }
        StepKind::Restart(_) | StepKind::Homeserver(_) | StepKind::AtOnce(_) => Vec::new(),
    };
    for content in Content::of(step) {
        let placeholders = content.placeholders().into_iter();
        found.extend(placeholders.filter_map(|(span, name)| Some((span, Thing::of_placeholder(name)?))));
    }
    found
}
