//! What the verbs of the scenario language do, one file a subject as in the language itself.

pub(crate) use device::{device_of, encode, logged_out};
pub(crate) use pusher::email_pusher;

mod client;
mod client_lacks;
mod client_shown;
mod client_writes;
mod device;
mod email;
mod event;
mod order;
mod pusher;
mod reference;
mod request;
mod restart;
mod settings;
mod unread;
mod view;

use pushproof_scenario::{Step, StepKind};
use pushproof_vocabulary::control::Control;

use crate::{
    context::StepContext,
    outcome::{Missed, StepResult},
};

/// Looks again, as a step that passed did, for what has to be there still.
pub(crate) async fn look_again(ctx: StepContext<'_>, step: &Step) -> StepResult {
    match &step.kind {
        // The client need not have taken in anything new for that.
        StepKind::ExpectNoSettingsWritten(verb) => client_writes::none_written(ctx, verb).await,
        _ => run(ctx, step).await,
    }
}

/// Runs one step; `at_once` is taken apart by the case.
pub(crate) async fn run(ctx: StepContext<'_>, step: &Step) -> StepResult {
    match &step.kind {
        StepKind::ShareRoom(verb) => device::share_room(ctx, verb).await,
        StepKind::LogIn(verb) => device::log_in(ctx, verb).await,
        StepKind::RemoveDevice(verb) => device::remove_device(ctx, verb).await,
        StepKind::BindEmail(verb) => email::bind(ctx, verb).await,
        StepKind::SetPusher(verb) => pusher::set(ctx, step, verb).await,
        StepKind::TogglePusher(verb) => pusher::toggle(ctx, verb).await,
        StepKind::DeletePusher(verb) => pusher::delete(ctx, verb).await,
        StepKind::ExpectPusher(verb) => pusher::expect(ctx, verb).await,
        StepKind::ExpectNoPusher(verb) => pusher::expect_none(ctx, verb).await,
        StepKind::Send(verb) => event::send(ctx, verb).await,
        StepKind::Invite(verb) => event::invite(ctx, verb).await,
        StepKind::Read(verb) => event::read(ctx, verb).await,
        StepKind::ExpectPush(verb) => event::expect_push(ctx, verb).await,
        StepKind::ExpectSilence(verb) => event::expect_silence(ctx, verb).await,
        StepKind::ExpectPushAsListed(verb) => event::expect_push_as_listed(ctx, verb).await,
        StepKind::ObservePush(verb) => event::observe_push(ctx, verb).await,
        StepKind::ExpectUnread(verb) => unread::expect(ctx, verb).await,
        StepKind::SetSettings(verb) => settings::set(ctx, step, verb).await,
        StepKind::ExpectSettings(verb) => settings::expect(ctx, verb).await,
        StepKind::Sync(verb) => settings::sync(ctx, verb).await,
        StepKind::ExpectSync(verb) => settings::expect_sync(ctx, verb).await,
        StepKind::ExpectSettingsBeforeEvents(verb) => order::expect(ctx, verb).await,
        StepKind::Restart(verb) => restart::restart(ctx, *verb).await,
        StepKind::StartClient(verb) => client::start(ctx, verb).await,
        StepKind::StopClient(verb) => client::stop(ctx, verb).await,
        StepKind::AwaitSync(verb) => client::await_sync(ctx, verb).await,
        StepKind::ExpectNotified(verb) => client::expect_notified(ctx, verb).await,
        StepKind::ExpectNotNotified(verb) => client::expect_not_notified(ctx, verb).await,
        StepKind::ObserveNotified(verb) => client::observe_notified(ctx, verb).await,
        StepKind::ClientSetsPush(verb) => client::sets_push(ctx, verb).await,
        StepKind::ExpectShownDevice(verb) => client_shown::expect_shown_device(ctx, verb).await,
        StepKind::ObserveShownDevice(verb) => client_shown::observe_shown_device(ctx, verb).await,
        StepKind::ExpectShownPusher(verb) => client_shown::expect_shown_pusher(ctx, verb).await,
        StepKind::ObserveShownPusher(verb) => client_shown::observe_shown_pusher(ctx, verb).await,
        StepKind::ExpectSettingsWritten(verb) => client_writes::expect_settings(ctx, verb).await,
        StepKind::ExpectNoSettingsWritten(verb) => client_writes::expect_none(ctx, verb).await,
        StepKind::ObserveSettingsWritten(verb) => client_writes::observe(ctx, verb).await,
        StepKind::ExpectPusherToggled(verb) => client_writes::expect_toggled(ctx, verb).await,
        StepKind::ExpectNoLinkSent(verb) => client_writes::expect_no_link(ctx, verb).await,
        StepKind::Homeserver(verb) => reference::homeserver(ctx, verb).await,
        StepKind::HoldSync(verb) => reference::hold(ctx, &verb.device, true, Control::HoldSync).await,
        StepKind::ReleaseSync(verb) => reference::hold(ctx, &verb.device, false, Control::HoldSync).await,
        StepKind::HoldWrites(verb) => reference::hold(ctx, &verb.device, true, Control::HoldWrites).await,
        StepKind::ReleaseWrites(verb) => reference::hold(ctx, &verb.device, false, Control::HoldWrites).await,
        StepKind::CutSync(verb) => reference::cut_sync(ctx, verb).await,
        StepKind::ExpireToken(verb) => reference::expire_token(ctx, verb).await,
        StepKind::PutNonsense(verb) => reference::put_nonsense(ctx, verb).await,
        StepKind::ExpectOneSync(verb) => client::expect_one_sync(ctx, verb).await,
        StepKind::Request(verb) => request::run(ctx, step, verb).await,
        StepKind::AtOnce(_) => Err(Missed::error("`at_once` inside a step")),
    }
}
