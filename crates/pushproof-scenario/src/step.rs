//! One step of a scenario: what is done or looked for, and the clause that is judged by it.

use pushproof_vocabulary::ClauseId;
use pushproof_yaml::{Node, Span, Spanned};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    Capture, DeviceRef,
    steps::{
        AwaitSync, BindEmail, ClientSetsPush, CutSync, DeletePusher, Expect, ExpectNoLinkSent,
        ExpectNoPusher, ExpectNoSettingsWritten, ExpectNotNotified, ExpectNotified, ExpectOneSync,
        ExpectPush, ExpectPushAsListed, ExpectPusher, ExpectPusherToggled, ExpectSettings,
        ExpectSettingsBeforeEvents, ExpectSettingsWritten, ExpectShownDevice, ExpectShownPusher,
        ExpectSilence, ExpectSync, ExpectUnread, ExpireToken, HoldSync, HoldWrites, Homeserver, Invite,
        LogIn, ObserveNotified, ObservePush, ObserveSettingsWritten, ObserveShownDevice, ObserveShownPusher,
        PutNonsense, Read, Readings, ReleaseSync, ReleaseWrites, RemoveDevice, Request, Restart, Send,
        SetPusher, SetSettings, ShareRoom, StartClient, StopClient, Sync, TogglePusher,
    },
};

/// A step as it stands in the file: a mapping with the verb as its one key. `clause`, `given` and `capture` stand
/// among the fields of every verb.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where the step stands.
    pub span: Span,
    /// What is done or looked for.
    pub kind: StepKind,
    /// The clause that the step judges. It can break only this one; a step without a clause is set-up or control.
    pub clause: Option<Spanned<ClauseId>>,
    /// The clause that must have held earlier in this case; where it broke, this step is not applicable.
    pub given: Option<Spanned<ClauseId>>,
    /// What later steps want of the answer, by JSON pointer; written `{capture:name}` there.
    pub capture: Vec<Capture>,
}

/// What a step is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Brings the subject where the scenario wants it.
    Setup,
    /// Shows that what follows can be judged.
    Control,
    /// Judges a clause.
    Judging,
}

/// What a step does or looks for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// A room with these people in it.
    ShareRoom(ShareRoom),
    /// A further login.
    LogIn(LogIn),
    /// A device goes.
    RemoveDevice(RemoveDevice),
    /// A mail address is bound to an account.
    BindEmail(BindEmail),
    /// A pusher is set.
    SetPusher(SetPusher),
    /// A pusher is read, and set with all its fields and another state.
    TogglePusher(TogglePusher),
    /// A pusher is deleted.
    DeletePusher(DeletePusher),
    /// A pusher is listed like this.
    ExpectPusher(ExpectPusher),
    /// A pusher is not listed.
    ExpectNoPusher(ExpectNoPusher),
    /// An event is sent.
    Send(Send),
    /// Someone is invited.
    Invite(Invite),
    /// A read receipt is sent.
    Read(Read),
    /// A push or a mail arrives.
    ExpectPush(ExpectPush),
    /// No push or mail arrives.
    ExpectSilence(ExpectSilence),
    /// A push arrives or not, as the listed state says.
    ExpectPushAsListed(ExpectPushAsListed),
    /// A push arrives or not, which is a reading.
    ObservePush(ObservePush),
    /// So many notifications are unread.
    ExpectUnread(ExpectUnread),
    /// A settings event is written.
    SetSettings(SetSettings),
    /// A settings event reads like this.
    ExpectSettings(ExpectSettings),
    /// A device syncs, and remembers how far.
    Sync(Sync),
    /// A sync shows a settings event like this.
    ExpectSync(ExpectSync),
    /// Settings come no later than the events that were sent after them.
    ExpectSettingsBeforeEvents(ExpectSettingsBeforeEvents),
    /// The homeserver is restarted.
    Restart(Restart),
    /// A client is started.
    StartClient(StartClient),
    /// A client is stopped.
    StopClient(StopClient),
    /// A client takes in what has happened.
    AwaitSync(AwaitSync),
    /// A client tells of an event.
    ExpectNotified(ExpectNotified),
    /// A client does not tell of an event.
    ExpectNotNotified(ExpectNotNotified),
    /// A client tells of an event or not, which is a reading.
    ObserveNotified(ObserveNotified),
    /// A client silences or resumes a device.
    ClientSetsPush(ClientSetsPush),
    /// A client shows a device like this.
    ExpectShownDevice(ExpectShownDevice),
    /// A client shows a device in one way or another, which is a reading.
    ObserveShownDevice(ObserveShownDevice),
    /// A client lists a pusher like this.
    ExpectShownPusher(ExpectShownPusher),
    /// A client lists a pusher in one way or another, which is a reading.
    ObserveShownPusher(ObserveShownPusher),
    /// A client has written a settings event.
    ExpectSettingsWritten(ExpectSettingsWritten),
    /// A client has written no settings event.
    ExpectNoSettingsWritten(ExpectNoSettingsWritten),
    /// A client has written this or that into a settings event, which is a reading.
    ObserveSettingsWritten(ObserveSettingsWritten),
    /// A client has set a pusher with another state.
    ExpectPusherToggled(ExpectPusherToggled),
    /// A client has set a pusher without a link.
    ExpectNoLinkSent(ExpectNoLinkSent),
    /// The homeserver becomes another one.
    Homeserver(Homeserver),
    /// Sync answers are held back.
    HoldSync(HoldSync),
    /// Sync answers are held back no longer.
    ReleaseSync(ReleaseSync),
    /// Written settings are held back.
    HoldWrites(HoldWrites),
    /// Written settings are held back no longer.
    ReleaseWrites(ReleaseWrites),
    /// A sync answer is cut off.
    CutSync(CutSync),
    /// An access token expires.
    ExpireToken(ExpireToken),
    /// A sync answer carries malformed events.
    PutNonsense(PutNonsense),
    /// One sync answer carried settings and an event.
    ExpectOneSync(ExpectOneSync),
    /// Any other request.
    Request(Request),
    /// Steps that are done at the same time.
    #[serde(skip)]
    #[schemars(skip)]
    AtOnce(Vec<Step>),
}

impl StepKind {
    /// The verbs that scenarios write, in the order in which they are explained.
    pub const VERBS: &[&str] = &[
        "share_room",
        "log_in",
        "remove_device",
        "bind_email",
        "set_pusher",
        "toggle_pusher",
        "delete_pusher",
        "expect_pusher",
        "expect_no_pusher",
        "send",
        "invite",
        "read",
        "expect_push",
        "expect_silence",
        "expect_push_as_listed",
        "observe_push",
        "expect_unread",
        "set_settings",
        "expect_settings",
        "sync",
        "expect_sync",
        "expect_settings_before_events",
        "restart",
        "start_client",
        "stop_client",
        "await_sync",
        "expect_notified",
        "expect_not_notified",
        "observe_notified",
        "client_sets_push",
        "expect_shown_device",
        "observe_shown_device",
        "expect_shown_pusher",
        "observe_shown_pusher",
        "expect_settings_written",
        "expect_no_settings_written",
        "observe_settings_written",
        "expect_pusher_toggled",
        "expect_no_link_sent",
        "homeserver",
        "hold_sync",
        "release_sync",
        "hold_writes",
        "release_writes",
        "cut_sync",
        "expire_token",
        "put_nonsense",
        "expect_one_sync",
        "request",
        "at_once",
    ];

    /// The verb as scenarios write it.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self {
            Self::ShareRoom(_) => "share_room",
            Self::LogIn(_) => "log_in",
            Self::RemoveDevice(_) => "remove_device",
            Self::BindEmail(_) => "bind_email",
            Self::SetPusher(_) => "set_pusher",
            Self::TogglePusher(_) => "toggle_pusher",
            Self::DeletePusher(_) => "delete_pusher",
            Self::ExpectPusher(_) => "expect_pusher",
            Self::ExpectNoPusher(_) => "expect_no_pusher",
            Self::Send(_) => "send",
            Self::Invite(_) => "invite",
            Self::Read(_) => "read",
            Self::ExpectPush(_) => "expect_push",
            Self::ExpectSilence(_) => "expect_silence",
            Self::ExpectPushAsListed(_) => "expect_push_as_listed",
            Self::ObservePush(_) => "observe_push",
            Self::ExpectUnread(_) => "expect_unread",
            Self::SetSettings(_) => "set_settings",
            Self::ExpectSettings(_) => "expect_settings",
            Self::Sync(_) => "sync",
            Self::ExpectSync(_) => "expect_sync",
            Self::ExpectSettingsBeforeEvents(_) => "expect_settings_before_events",
            Self::Restart(_) => "restart",
            Self::StartClient(_) => "start_client",
            Self::StopClient(_) => "stop_client",
            Self::AwaitSync(_) => "await_sync",
            Self::ExpectNotified(_) => "expect_notified",
            Self::ExpectNotNotified(_) => "expect_not_notified",
            Self::ObserveNotified(_) => "observe_notified",
            Self::ClientSetsPush(_) => "client_sets_push",
            Self::ExpectShownDevice(_) => "expect_shown_device",
            Self::ObserveShownDevice(_) => "observe_shown_device",
            Self::ExpectShownPusher(_) => "expect_shown_pusher",
            Self::ObserveShownPusher(_) => "observe_shown_pusher",
            Self::ExpectSettingsWritten(_) => "expect_settings_written",
            Self::ExpectNoSettingsWritten(_) => "expect_no_settings_written",
            Self::ObserveSettingsWritten(_) => "observe_settings_written",
            Self::ExpectPusherToggled(_) => "expect_pusher_toggled",
            Self::ExpectNoLinkSent(_) => "expect_no_link_sent",
            Self::Homeserver(_) => "homeserver",
            Self::HoldSync(_) => "hold_sync",
            Self::ReleaseSync(_) => "release_sync",
            Self::HoldWrites(_) => "hold_writes",
            Self::ReleaseWrites(_) => "release_writes",
            Self::CutSync(_) => "cut_sync",
            Self::ExpireToken(_) => "expire_token",
            Self::PutNonsense(_) => "put_nonsense",
            Self::ExpectOneSync(_) => "expect_one_sync",
            Self::Request(_) => "request",
            Self::AtOnce(_) => "at_once",
        }
    }

    /// Whether the step passes because something is missing or refused. Such a step proves nothing alone: a control
    /// of the same case must show that the thing can be there, or be granted.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        match self {
            Self::ExpectNoPusher(_)
            | Self::ExpectSilence(_)
            | Self::ExpectPushAsListed(_)
            | Self::ExpectNotNotified(_)
            | Self::ExpectNoSettingsWritten(_)
            | Self::ExpectNoLinkSent(_) => true,
            Self::ClientSetsPush(step) => step.refused,
            Self::ExpectSettings(step) => step.is.is_absence(),
            Self::ExpectSync(step) => step.is.is_absence(),
            _ => self.expect().is_some_and(Expect::is_refusal),
        }
    }

    /// What the answer to the step's request must be, where the step says so.
    #[must_use]
    pub fn expect(&self) -> Option<&Expect> {
        match self {
            Self::SetPusher(SetPusher { expect, .. })
            | Self::SetSettings(SetSettings { expect, .. })
            | Self::Request(Request { expect, .. }) => expect.as_ref(),
            _ => None,
        }
    }

    /// The readings of an open clause that the step tells apart by an answer.
    #[must_use]
    pub fn readings(&self) -> Option<&Readings> {
        self.expect().map(|expect| &expect.readings).filter(|readings| !readings.is_empty())
    }

    /// Whether the step says which reading of an open clause the subject took.
    #[must_use]
    pub fn is_reading(&self) -> bool {
        self.verb().starts_with("observe_") || self.readings().is_some()
    }

    /// The device whose access token the step needs.
    #[must_use]
    pub fn asked_by(&self) -> Option<&Spanned<DeviceRef>> {
        match self {
            Self::RemoveDevice(step) => Some(step.by.as_ref().unwrap_or(&step.device)),
            Self::BindEmail(step) => Some(&step.by),
            Self::SetPusher(step) => Some(&step.by),
            Self::TogglePusher(step) => Some(&step.by),
            Self::DeletePusher(step) => Some(&step.by),
            Self::ExpectPusher(step) => Some(&step.by),
            Self::ExpectNoPusher(step) => Some(&step.by),
            Self::Send(step) => Some(&step.by),
            Self::Invite(step) => Some(&step.by),
            Self::SetSettings(step) => Some(&step.by),
            Self::ExpectSettings(step) => Some(&step.by),
            Self::Sync(step) => Some(&step.by),
            Self::ExpectSync(step) => Some(&step.by),
            Self::Read(step) => Some(&step.by),
            Self::ExpectUnread(step) => Some(&step.by),
            Self::ExpectSettingsBeforeEvents(step) => Some(&step.by),
            Self::Request(step) => step.by.as_ref(),
            Self::StartClient(step) => Some(&step.on),
            Self::AwaitSync(step) => Some(&step.by),
            Self::ExpectNotified(step) => Some(&step.by),
            Self::ExpectNotNotified(step) => Some(&step.by),
            Self::ObserveNotified(step) => Some(&step.by),
            Self::ClientSetsPush(step) => Some(&step.by),
            Self::ExpectShownDevice(step) => Some(&step.by),
            Self::ObserveShownDevice(step) => Some(&step.by),
            Self::ExpectShownPusher(step) => Some(&step.by),
            Self::ObserveShownPusher(step) => Some(&step.by),
            Self::StopClient(_)
            | Self::ExpectSettingsWritten(_)
            | Self::ExpectNoSettingsWritten(_)
            | Self::ObserveSettingsWritten(_)
            | Self::ExpectPusherToggled(_)
            | Self::ExpectNoLinkSent(_)
            | Self::Homeserver(_)
            | Self::HoldSync(_)
            | Self::ReleaseSync(_)
            | Self::HoldWrites(_)
            | Self::ReleaseWrites(_)
            | Self::CutSync(_)
            | Self::ExpireToken(_)
            | Self::PutNonsense(_)
            | Self::ExpectOneSync(_)
            | Self::ShareRoom(_)
            | Self::LogIn(_)
            | Self::ExpectPush(_)
            | Self::ExpectSilence(_)
            | Self::ExpectPushAsListed(_)
            | Self::ObservePush(_)
            | Self::Restart(_)
            | Self::AtOnce(_) => None,
        }
    }

    /// Whether the step, which nothing is missing from and nothing is refused to, shows that what the negative one misses
    /// can be there, or that what is refused would be granted without the offence.
    #[must_use]
    pub fn is_control_of(&self, negative: &Self) -> bool {
        if self.is_negative() {
            return false;
        }
        match (self, negative) {
            (Self::SetPusher(a), Self::SetPusher(b)) => a.pusher == b.pusher,
            (Self::SetSettings(a), Self::SetSettings(b)) => a.device == b.device,
            (Self::Request(a), Self::Request(b)) => a.method == b.method && a.path == b.path,
            (Self::ExpectPush(a), Self::ExpectSilence(b)) => a.pusher == b.pusher,
            (Self::ExpectPush(a), Self::ExpectPushAsListed(b)) => a.pusher == b.pusher,
            (Self::ExpectPusher(a), Self::ExpectNoPusher(b)) => a.pusher == b.pusher,
            (Self::ExpectSettings(a), Self::ExpectSettings(b)) => a.device == b.device,
            (Self::ExpectSync(a), Self::ExpectSync(b)) => a.device == b.device,
            (Self::ExpectNotified(a), Self::ExpectNotNotified(b)) => a.by == b.by,
            // Of one client on several devices each speaks for the others.
            (Self::ExpectSettingsWritten(a), Self::ExpectNoSettingsWritten(b)) => a.by.actor == b.by.actor,
            (Self::ExpectPusherToggled(a), Self::ExpectNoLinkSent(b)) => a.pusher == b.pusher,
            (Self::ClientSetsPush(a), Self::ClientSetsPush(b)) => a.by == b.by,
            _ => false,
        }
    }

    /// Whether the step only looks, without a change to the subject that a later step could rely on.
    #[must_use]
    pub fn is_observation(&self) -> bool {
        self.verb().starts_with("expect_") || self.verb().starts_with("observe_")
    }
}

impl Step {
    /// What the step is for.
    #[must_use]
    pub fn role(&self) -> Role {
        match self {
            Self { clause: Some(_), .. } => Role::Judging,
            Self { kind, .. } if kind.is_observation() => Role::Control,
            _ => Role::Setup,
        }
    }

    /// This step, or those that it does at once.
    #[must_use]
    pub fn leaves(&self) -> Vec<&Step> {
        match &self.kind {
            StepKind::AtOnce(steps) => steps.iter().flat_map(Self::leaves).collect(),
            _ => vec![self],
        }
    }
}

/// The fields that stand among those of every verb.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommonFields {
    /// The clause that the step judges: if the step fails, the clause is broken. It can break only this one. A step
    /// without a clause is set-up or control: if it fails, what follows is not judged.
    #[serde(default)]
    pub clause: Option<Spanned<ClauseId>>,
    /// A clause that an earlier step of the case judges. Where it was broken, this step does not apply.
    #[serde(default)]
    pub given: Option<Spanned<ClauseId>>,
    /// What later steps want of the answer: `{ token: /access_token }`, a name and a JSON pointer into its body, or
    /// `{ token: { pointer: /access_token, secret: true } }`. Later steps write `{capture:token}`.
    #[serde(default)]
    #[schemars(schema_with = "crate::capture::schema")]
    pub capture: Option<Node>,
}
