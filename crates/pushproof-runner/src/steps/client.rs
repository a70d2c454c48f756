//! A client behind a driver: started and stopped, what it tells of, what it shows, what it is asked to do.

use std::time::Instant;

use pushproof_record::Silence;
use pushproof_scenario::{
    DeviceRef,
    steps::{
        AwaitSync, ClientSetsPush, ExpectNotNotified, ExpectNotified, ExpectOneSync, ExpectShownDevice,
        ExpectShownPusher, ObserveNotified, ObserveShownDevice, ObserveShownPusher, Shown, StartClient,
        StopClient,
    },
};
use pushproof_vocabulary::{
    PushState,
    driver::{
        Effect, Empty, ListedDevice, ListedDevices, ListedPushers, Method, Notified, PushShown, SetPush,
        Settle,
    },
};
use serde_json::{Value, json};

use crate::{
    context::StepContext,
    driver::Finding,
    http::{Call, millis},
    outcome::{Missed, Passed, StepResult},
    patience::{pass, poll, poll_step},
    trial::{GRACE, Journalled, Trial, found},
    world::{Event, WhichEvent},
};

/// The client on trial.
pub(super) fn trial(ctx: StepContext<'_>) -> Result<&Trial, Missed> {
    ctx.world.trial.as_ref().ok_or_else(|| Missed::error("there is no client: `check-client` tries clients"))
}

pub(super) async fn start(ctx: StepContext<'_>, verb: &StartClient) -> StepResult {
    trial(ctx)?.start(ctx, &verb.on).await?;
    Ok(Passed::default())
}

pub(super) async fn stop(ctx: StepContext<'_>, _: &StopClient) -> StepResult {
    let trial = trial(ctx)?;
    // Until the next start the notifications are still told of, and the silences still count.
    let _: Empty = trial.call(ctx, Method::Stop, json!({})).await?;
    Ok(Passed::default())
}

pub(super) async fn await_sync(ctx: StepContext<'_>, verb: &AwaitSync) -> StepResult {
    synced(ctx, &verb.by).await?;
    Ok(Passed::default())
}

/// Waits until the client has taken in all that there is.
pub(super) async fn synced(ctx: StepContext<'_>, by: &DeviceRef) -> Result<(), Missed> {
    let trial = trial(ctx)?;
    let (user_id, device_id) = (ctx.world.user_id(&by.actor)?, ctx.world.device_id(by)?);
    poll(ctx.run.patience, || async {
        match trial.inspection.is_up_to_date(&user_id, &device_id).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Missed::inconclusive("the client does not sync, or not up to the present")
                .hint("its driver must go on syncing after it has answered `start`")),
            Err(missed) => Err(missed),
        }
    })
    .await
}

impl Event {
    /// Whether a notification tells of the event.
    pub(crate) fn is_told_by(&self, notified: &Notified) -> bool {
        notified.room_id == self.room_id
            && match &self.which {
                WhichEvent::Id(id) => notified.event_id.as_deref() == Some(id),
                WhichEvent::InviteOf(_) => notified.event_id.is_none(),
                WhichEvent::CountsSince(_) => false,
            }
    }

    /// Whether a `/sync` answer carries the event.
    fn is_carried_by(&self, answer: &Value) -> bool {
        match &self.which {
            WhichEvent::Id(id) => {
                let events = answer["rooms"]["join"][&self.room_id]["timeline"]["events"].as_array();
                events.into_iter().flatten().any(|event| event["event_id"] == id.as_str())
            }
            WhichEvent::InviteOf(_) => !answer["rooms"]["invite"][&self.room_id].is_null(),
            WhichEvent::CountsSince(_) => false,
        }
    }
}

/// An event that the client is asked about.
struct Asked<'a> {
    trial: &'a Trial,
    event: Event,
    label: &'a str,
    device_id: String,
}

impl<'a> Asked<'a> {
    /// Not applicable where the driver does not declare such events.
    fn new(
        ctx: StepContext<'a>,
        by: &DeviceRef,
        label: &'a pushproof_scenario::Label,
    ) -> Result<Self, Missed> {
        let trial = trial(ctx)?;
        let event = ctx.world.event(label)?;
        if !trial.declared.kinds.contains(&event.kind) {
            let kind = event.kind.name();
            return Err(Missed::not_applicable(format!(
                "the driver does not declare events of the kind `{kind}`"
            )));
        }
        Ok(Self { trial, event, label: &label.0, device_id: ctx.world.device_id(by)? })
    }

    /// Waits until the client has processed the event; how long it took. What the client refuses is told as text.
    async fn settle(&self, ctx: StepContext<'_>) -> Result<Result<u64, String>, Missed> {
        let event_id = match &self.event.which {
            WhichEvent::Id(id) => Some(id.clone()),
            WhichEvent::InviteOf(_) | WhichEvent::CountsSince(_) => None,
        };
        let deadline_ms = millis(self.trial.settle_deadline(ctx.run.patience));
        let settle = Settle { room_id: self.event.room_id.clone(), event_id, deadline_ms };
        let begun = Instant::now();
        if let Err(refused) = self.trial.ask::<Empty>(ctx, Method::Settle, settle).await? {
            return Ok(Err(format!("the client did not process `{}`: {refused}", self.label)));
        }
        let took = millis(begun.elapsed());
        let journal = self.trial.inspection.journal().await?;
        if self.carrying(&journal).is_none() {
            return Err(found(ctx, &Finding::EarlySettle { what: format!("`{}`", self.label) }));
        }
        Ok(Ok(took))
    }

    /// The number of the first `/sync` answer that carried the event to the client.
    fn carrying(&self, journal: &Journalled) -> Option<u64> {
        journal
            .syncs(&self.device_id)
            .find(|(_, answer)| self.event.is_carried_by(answer))
            .map(|(seq, _)| seq)
    }

    /// The effects by which the client told of the event.
    async fn effects(&self, ctx: StepContext<'_>) -> Result<Vec<Effect>, Missed> {
        let all = self.trial.notifications(ctx).await?;
        Ok(all.iter().filter(|one| self.event.is_told_by(one)).flat_map(|one| one.effects.clone()).collect())
    }

    /// The effects by which it has to: those that it declares, sound only if the push rule has a sound.
    async fn wanted(&self, ctx: StepContext<'_>, by: &DeviceRef) -> Result<Vec<Effect>, Missed> {
        let call = Call::get("/notifications").query("limit", "100").by(ctx.world.caller(by)?);
        let answer = ctx.send_ok(&call).await?;
        let listed = answer.json.as_ref().and_then(|body| body["notifications"].as_array());
        let of_event = listed.into_iter().flatten().find(|one| match &self.event.which {
            WhichEvent::Id(id) => one["event"]["event_id"] == id.as_str(),
            WhichEvent::InviteOf(_) | WhichEvent::CountsSince(_) => {
                one["room_id"] == self.event.room_id.as_str() && one["event"]["type"] == "m.room.member"
            }
        });
        let Some(of_event) = of_event else {
            return Err(Missed::error(format!("the push rules do not notify of `{}`", self.label)));
        };
        let actions = of_event["actions"].as_array().into_iter().flatten();
        let sounds = actions.into_iter().any(|action| action["set_tweak"] == "sound");
        let declared = self.trial.declared.effects.iter().copied();
        Ok(declared.filter(|effect| *effect != Effect::Sound || sounds).collect())
    }

    /// Whether the client paused itself since it was started: the silence of such a one is its own doing.
    async fn paused_itself(&self, ctx: StepContext<'_>) -> Result<bool, Missed> {
        let journal = self.trial.inspection.journal().await?;
        let own = ctx.world.dialect.settings_type(&self.device_id);
        let latest = journal.written(&self.device_id, 0).filter(|written| written.event_type == own).last();
        Ok(latest.is_some_and(|written| written.content[&ctx.world.dialect.paused] == true))
    }
}

pub(super) async fn expect_notified(ctx: StepContext<'_>, verb: &ExpectNotified) -> StepResult {
    let asked = Asked::new(ctx, &verb.by, &verb.event)?;
    asked.settle(ctx).await?.map_err(Missed::failed)?;
    let wanted = asked.wanted(ctx, &verb.by).await?;
    let missing =
        |seen: &[Effect]| wanted.iter().copied().filter(|effect| !seen.contains(effect)).collect::<Vec<_>>();
    let lacks = missing(&asked.effects(ctx).await?);
    if lacks.is_empty() {
        asked.trial.told_of(asked.event.kind);
        return Ok(Passed::default());
    }
    pass(GRACE).await;
    if missing(&asked.effects(ctx).await?).len() < lacks.len() {
        return Err(found(ctx, &Finding::LateNotification { what: format!("`{}`", asked.label) }));
    }
    let lacks: Vec<&str> = lacks.into_iter().map(Effect::name).collect();
    let message = format!("the client processed `{}` without {}", asked.label, lacks.join(", "));
    if asked.paused_itself(ctx).await? {
        return Err(Missed::inconclusive(format!("{message}; it had paused itself before")));
    }
    Err(Missed::failed(message))
}

pub(super) async fn expect_not_notified(ctx: StepContext<'_>, verb: &ExpectNotNotified) -> StepResult {
    let asked = Asked::new(ctx, &verb.by, &verb.event)?;
    let kind = asked.event.kind;
    if !asked.trial.has_told_of(kind) {
        return Err(Missed::inconclusive(format!(
            "the client has told of no event of the kind `{}` before: its silence proves nothing",
            kind.name()
        )));
    }
    let settled_ms = asked.settle(ctx).await?.map_err(Missed::inconclusive)?;
    let since = Instant::now();
    poll(ctx.run.patience, || async {
        let journal = asked.trial.inspection.journal().await?;
        match asked.carrying(&journal) {
            Some(answer) if journal.went_on(&asked.device_id, answer) => Ok(()),
            _ => Err(Missed::inconclusive(format!(
                "the client did not sync on after the answer that carried `{}`",
                asked.label
            ))),
        }
    })
    .await?;
    pass(GRACE).await;
    let effects = asked.effects(ctx).await?;
    let silence = Silence {
        sentinel_ms: settled_ms,
        grace_ms: millis(GRACE),
        open_ms: millis(since.elapsed()),
        deliveries: u64::from(!effects.is_empty()),
    };
    if !effects.is_empty() {
        let effects: Vec<&str> = effects.into_iter().map(Effect::name).collect();
        let message =
            format!("the client told of `{}` although it is paused: {}", asked.label, effects.join(", "));
        return Err(Missed { silence: Some(silence), ..Missed::failed(message) });
    }
    Ok(Passed { silence: Some(silence), unnotified: Some(verb.event.value.clone()), ..Passed::default() })
}

pub(super) async fn observe_notified(ctx: StepContext<'_>, verb: &ObserveNotified) -> StepResult {
    let asked = Asked::new(ctx, &verb.by, &verb.event)?;
    asked.settle(ctx).await?.map_err(Missed::inconclusive)?;
    pass(GRACE).await;
    let is_silent = asked.effects(ctx).await?.is_empty();
    Ok(Passed::reading(Some(if is_silent { verb.silent.clone() } else { verb.notified.clone() })))
}

pub(super) async fn expect_one_sync(ctx: StepContext<'_>, verb: &ExpectOneSync) -> StepResult {
    let trial = trial(ctx)?;
    let (event, device_id) = (ctx.world.event(&verb.event)?, ctx.world.device_id(&verb.by)?);
    let settings = ctx.world.dialect.settings_type(&device_id);
    poll_step(ctx.run, || async {
        let journal = trial.inspection.journal().await?;
        let carrying = journal.syncs(&device_id).find(|(_, answer)| event.is_carried_by(answer));
        let Some((_, answer)) = carrying else {
            return Err(Missed::failed(format!("no sync answer carried `{}`", verb.event.value)));
        };
        let told = answer["account_data"]["events"].as_array();
        if told.into_iter().flatten().any(|told| told["type"] == settings.as_str()) {
            Ok(())
        } else {
            Err(Missed::failed(format!(
                "the answer that carried `{}` had no settings event",
                verb.event.value
            )))
        }
    })
    .await?;
    Ok(Passed::default())
}

pub(super) async fn sets_push(ctx: StepContext<'_>, verb: &ClientSetsPush) -> StepResult {
    let trial = trial(ctx)?;
    let device_id = ctx.world.device_id(&verb.device)?;
    synced(ctx, &verb.by).await?;
    let listed = ctx.send_ok(&Call::get("/pushers").by(ctx.world.caller(&verb.by)?)).await?;
    let listed = listed.json.and_then(|body| body["pushers"].as_array().cloned()).unwrap_or_default();
    trial.remember_pushers(listed);
    trial.set_mark().await?;
    let wish = SetPush { device_id, enabled: verb.to == PushState::Enabled };
    match (trial.ask::<Empty>(ctx, Method::SetPush, wish).await?, verb.refused) {
        (Ok(_), false) | (Err(_), true) => Ok(Passed::default()),
        (Ok(_), true) => {
            Err(Missed::failed(format!("the client did not refuse to silence `{}`", verb.device.value)))
        }
        (Err(refused), false) => Err(Missed::failed(refused)),
    }
}

/// How the client shows a device.
async fn shown(ctx: StepContext<'_>, device: &DeviceRef) -> Result<ListedDevice, Missed> {
    let device_id = ctx.world.device_id(device)?;
    let listed: ListedDevices = trial(ctx)?.call(ctx, Method::ListDevices, json!({})).await?;
    let found = listed.devices.into_iter().find(|listed| listed.device_id == device_id);
    found.ok_or_else(|| Missed::failed(format!("the client does not show `{device}` among the devices")))
}

pub(super) async fn expect_shown_device(ctx: StepContext<'_>, verb: &ExpectShownDevice) -> StepResult {
    let (push, toggle) = match verb.shown {
        Shown::Enabled => (PushShown::Enabled, true),
        Shown::Disabled => (PushShown::Disabled, true),
        Shown::Unsupported => (PushShown::Unsupported, false),
    };
    let device = &verb.device.value;
    poll_step(ctx.run, || async {
        let listed = shown(ctx, device).await?;
        if (listed.push, listed.toggle) == (push, toggle) {
            return Ok(());
        }
        let say = |push: PushShown, toggle| {
            format!("{}, {} a toggle", push.name(), if toggle { "with" } else { "without" })
        };
        let (wanted, found) = (say(push, toggle), say(listed.push, listed.toggle));
        Err(Missed::failed(format!("the client shows `{device}` as {found}, expected {wanted}")))
    })
    .await?;
    Ok(Passed::default())
}

pub(super) async fn observe_shown_device(ctx: StepContext<'_>, verb: &ObserveShownDevice) -> StepResult {
    synced(ctx, &verb.by).await?;
    let reading = match shown(ctx, &verb.device).await?.push {
        PushShown::Enabled => Some(verb.enabled.clone()),
        PushShown::Disabled => Some(verb.disabled.clone()),
        PushShown::Unsupported => Some("shown as unsupported".to_owned()),
    };
    Ok(Passed::reading(reading))
}

/// Whether the client lists a pusher as enabled.
async fn listed(ctx: StepContext<'_>, pusher: &pushproof_scenario::Label) -> Result<bool, Missed> {
    let key = ctx.world.pusher(pusher)?.key;
    let listed: ListedPushers = trial(ctx)?.call(ctx, Method::ListPushers, json!({})).await?;
    let found = listed.pushers.into_iter().find(|one| one.app_id == key.app_id && one.pushkey == key.pushkey);
    let found =
        found.ok_or_else(|| Missed::failed(format!("the client does not list the pusher `{pusher}`")))?;
    Ok(found.enabled)
}

pub(super) async fn expect_shown_pusher(ctx: StepContext<'_>, verb: &ExpectShownPusher) -> StepResult {
    let pusher = &verb.pusher.value;
    poll_step(ctx.run, || async {
        let enabled = listed(ctx, pusher).await?;
        if enabled == (verb.shown == PushState::Enabled) {
            return Ok(());
        }
        let shown = if enabled { "enabled" } else { "disabled" };
        Err(Missed::failed(format!("the client lists the pusher `{pusher}` as {shown}")))
    })
    .await?;
    Ok(Passed::default())
}

pub(super) async fn observe_shown_pusher(ctx: StepContext<'_>, verb: &ObserveShownPusher) -> StepResult {
    let enabled = listed(ctx, &verb.pusher).await?;
    Ok(Passed::reading(Some(if enabled { verb.enabled.clone() } else { verb.disabled.clone() })))
}
