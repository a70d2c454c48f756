//! A client behind a driver: started and stopped, what it tells of, what it is asked to do.

use std::time::Instant;

use pushproof_record::Silence;
use pushproof_scenario::{
    DeviceRef,
    steps::{
        AwaitSync, ClientSetsPush, ExpectNotNotified, ExpectNotified, ExpectOneSync, ObserveNotified,
        StartClient, StopClient,
    },
};
use pushproof_vocabulary::{
    PushState,
    driver::{Effect, Empty, Method, Notified, SetPush, Settle, code},
};
use serde_json::{Value, json};

use super::client_lacks::{lacks_of_device, pushers};
use crate::{
    context::StepContext,
    driver::Finding,
    http::{Call, millis},
    outcome::{Missed, Passed, StepResult},
    patience::{pass, poll, poll_step},
    trial::{GRACE, Journalled, Refused, Trial},
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
    /// Whether a notification tells of the event. One without any effect tells nobody.
    pub(crate) fn is_told_by(&self, notified: &Notified) -> bool {
        notified.room_id == self.room_id
            && !notified.effects.is_empty()
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
            return Ok(Err(format!("the client did not process `{}`: {}", self.label, refused.sentence)));
        }
        let took = millis(begun.elapsed());
        let journal = self.trial.inspection.journal().await?;
        if self.carrying(&journal).is_none() {
            return Err(self.trial.found(ctx, &Finding::EarlySettle { what: format!("`{}`", self.label) }));
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
        Ok(self.among(&self.trial.notifications(ctx).await?))
    }

    /// The effects of the event among all that the client told of.
    fn among(&self, all: &[Notified]) -> Vec<Effect> {
        all.iter().filter(|one| self.event.is_told_by(one)).flat_map(|one| one.effects.clone()).collect()
    }

    /// What breaks its silence about the event.
    async fn breaking(&self, ctx: StepContext<'_>) -> Result<Vec<Notified>, Missed> {
        Ok(self.trial.breaking(ctx.world, &self.event, &self.trial.notifications(ctx).await?))
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
        let declared = self.trial.declared.effects.of(self.event.kind).iter().copied();
        let wanted: Vec<Effect> = declared.filter(|effect| *effect != Effect::Sound || sounds).collect();
        if wanted.is_empty() {
            let kind = self.event.kind.name();
            return Err(Missed::not_applicable(format!(
                "the driver declares no effect but sound for events of the kind `{kind}`, and the push rules ask for none"
            )));
        }
        Ok(wanted)
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
    let all = asked.trial.notifications(ctx).await?;
    let seen = asked.among(&all);
    let lacks = missing(&seen);
    if lacks.is_empty() {
        asked.trial.told_of(asked.event.kind);
        asked.trial.told_by(asked.event.kind, &seen);
        asked.trial.speaks(ctx.world, &all);
        return Ok(Passed::default());
    }
    pass(GRACE).await;
    if missing(&asked.effects(ctx).await?).len() < lacks.len() {
        let what = format!("`{}`", asked.label);
        return Err(asked.trial.found(ctx, &Finding::LateNotification { what }));
    }
    let message = format!("the client processed `{}` without {}", asked.label, names(&lacks));
    if asked.paused_itself(ctx).await? {
        return Err(Missed::inconclusive(format!("{message}; it had paused itself before")));
    }
    // Effects that are declared for all kinds alike may be too many for this one: only what the client has shown for it
    // can be missed.
    let (trial, kind) = (asked.trial, asked.event.kind);
    if !seen.is_empty() && !trial.declared.effects.are_by_kind() && !trial.has_told_by(kind, &lacks) {
        let (seen, kind) = (names(&seen), kind.name());
        return Err(Missed::inconclusive(format!(
            "{message}, by {seen} alone, and has shown no event of the kind `{kind}` otherwise in this case"
        ))
        .hint(format!(
            "if it shows this kind by {seen} alone, declare the effects of each kind: \"effects\": {{\"{kind}\":              [\"{}\"], …}}",
            seen.replace(", ", "\", \"")
        )));
    }
    Err(Missed::failed(message))
}

fn names(effects: &[Effect]) -> String {
    effects.iter().copied().map(Effect::name).collect::<Vec<_>>().join(", ")
}

pub(super) async fn expect_not_notified(ctx: StepContext<'_>, verb: &ExpectNotNotified) -> StepResult {
    let asked = Asked::new(ctx, &verb.by, &verb.event)?;
    let settled = asked.settle(ctx).await?;
    let told = |breaking: &[Notified]| {
        let effects = names(&breaking.iter().flat_map(|one| one.effects.clone()).collect::<Vec<_>>());
        match breaking.iter().find(|one| !asked.event.is_told_by(one)) {
            None => format!("the client told of `{}` although it is paused: {effects}", asked.label),
            Some(other) => format!(
                "the client told of something in {} that nobody sent, around `{}`, although it is paused: {effects}",
                other.room_id, asked.label
            ),
        }
    };
    let settled_ms = match settled {
        Ok(settled_ms) => settled_ms,
        // What it told of it told of, also if its driver does not say that it is done.
        Err(refused) => {
            let breaking = asked.breaking(ctx).await?;
            let silent = breaking.is_empty();
            return Err(if silent { Missed::inconclusive(refused) } else { Missed::failed(told(&breaking)) });
        }
    };
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
    let breaking = asked.breaking(ctx).await?;
    let silence = Silence {
        sentinel_ms: settled_ms,
        grace_ms: millis(GRACE),
        open_ms: millis(since.elapsed()),
        deliveries: breaking.len() as u64,
    };
    if !breaking.is_empty() {
        return Err(Missed { silence: Some(silence), ..Missed::failed(told(&breaking)) });
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
    poll_step(ctx, || async {
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
    lacks_of_device(ctx, Method::SetPush, &verb.by, &verb.device).await?;
    trial.remember_pushers(pushers(ctx, &verb.by).await?);
    trial.set_mark().await?;
    trial.wishes(&device_id, verb.to);
    let wish = SetPush { device_id, enabled: verb.to == PushState::Enabled };
    match (trial.ask::<Empty>(ctx, Method::SetPush, wish).await?, verb.refused) {
        (Ok(_), false) => Ok(Passed::default()),
        (Ok(_), true) => {
            Err(Missed::failed(format!("the client did not refuse to silence `{}`", verb.device.value)))
        }
        (Err(refused), true) if refused.code == code::FAILED => Ok(Passed::default()),
        (Err(Refused { code, message, .. }), true) => {
            let method = Method::SetPush.name().to_owned();
            Err(trial.found(ctx, &Finding::NoRefusal { method, code, message }))
        }
        (Err(refused), false) => Err(Missed::failed(refused.sentence)),
    }
}
