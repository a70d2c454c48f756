//! Events, the pushes that tell of them, and silence.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use pushproof_scenario::{
    Label,
    steps::{
        EventKind, ExpectPush, ExpectPushAsListed, ExpectSilence, Invite, ObservePush, Read, Send, Sentinel,
    },
};
use pushproof_sinks::{Delivery, PusherKey};
use pushproof_vocabulary::PushState;
use serde_json::{Value, json};

use crate::{
    context::StepContext,
    http::{Call, millis},
    outcome::{Missed, Passed, StepResult},
    silence::{MAX_SHOWN, broken_message, evidence, figures, offending},
    steps::device::encode,
    world::{Event, Quiet, WhichEvent, localpart},
};

pub(super) async fn send(ctx: StepContext<'_>, verb: &Send) -> StepResult {
    let room_id = ctx.world.room(&verb.room)?;
    let (event_type, content) = content(ctx, verb)?;
    let transaction = format!("{}-{}", ctx.world.unique, verb.event.value);
    let path = format!("/rooms/{}/send/{}/{}", encode(&room_id), event_type, encode(&transaction));
    let call = Call::put(path, content).by(ctx.world.caller(&verb.by)?);
    let (event_id, sent) = acting(ctx, async {
        let answer = ctx.send_ok(&call).await?;
        let event_id = answer.str_at("/event_id").map(str::to_owned);
        let event_id = event_id.ok_or_else(|| Missed::failed("the answer to the event lacks `event_id`"))?;
        Ok((event_id, answer.asked))
    })
    .await?;
    let event = Event { room_id, which: WhichEvent::Id(event_id), sent };
    ctx.world.state().events.insert(verb.event.value.clone(), event);
    Ok(Passed::default())
}

/// Type and content of an event of each kind.
fn content(ctx: StepContext<'_>, verb: &Send) -> Result<(&'static str, Value), Missed> {
    let label = &verb.event.value;
    Ok(match verb.kind {
        EventKind::Message => {
            ("m.room.message", json!({ "msgtype": "m.text", "body": format!("This is {label}.") }))
        }
        EventKind::Highlight => {
            let Some(mention) = &verb.mention else {
                return Err(Missed::error("a highlight needs `mention`: whom it mentions"));
            };
            let user_id = ctx.world.user_id(mention)?;
            let body = format!("{}: this is {label}.", localpart(&user_id));
            (
                "m.room.message",
                json!({ "msgtype": "m.text", "body": body, "m.mentions": { "user_ids": [user_id] } }),
            )
        }
        EventKind::Encrypted => (
            "m.room.encrypted",
            json!({
                "algorithm": "m.megolm.v1.aes-sha2",
                "ciphertext": "AwgAEnACgAkLmt6qF84IK++J7UDH2Za1YVchHyprqTqsg",
                "device_id": "UNREADABLE",
                "sender_key": "IlRMeOPX2e0MurIyfWEucYBRVOEEUMrOHqn/8mLqMjA",
                "session_id": "X3lUlvLELLYxeTx4yOVu6UDpasGEVO0Jbu+QFnm0cKQ",
            }),
        ),
        EventKind::Call => (
            "m.call.invite",
            json!({
                "call_id": format!("{}-{label}", ctx.world.unique),
                "lifetime": 60_000,
                "offer": { "type": "offer", "sdp": "v=0" },
                "version": 0,
            }),
        ),
    })
}

pub(super) async fn invite(ctx: StepContext<'_>, verb: &Invite) -> StepResult {
    let room_id = ctx.world.room(&verb.room)?;
    let user_id = ctx.world.user_id(&verb.who)?;
    let call = Call::post(format!("/rooms/{}/invite", encode(&room_id)), json!({ "user_id": user_id }))
        .by(ctx.world.caller(&verb.by)?);
    let sent = acting(ctx, async { Ok(ctx.send_ok(&call).await?.asked) }).await?;
    let event = Event { room_id: room_id.clone(), which: WhichEvent::InviteOf(user_id), sent };
    let mut state = ctx.world.state();
    state.events.insert(verb.event.value.clone(), event);
    if let Some(actor) = state.actors.get_mut(&verb.who.value) {
        actor.rooms.push(room_id);
    }
    Ok(Passed::default())
}

pub(super) async fn read(ctx: StepContext<'_>, verb: &Read) -> StepResult {
    let room_id = ctx.world.room(&verb.room)?;
    let WhichEvent::Id(event_id) = ctx.world.event(&verb.up_to)?.which else {
        return Err(Missed::error(format!("`{}` has no id that could be read up to", verb.up_to.value)));
    };
    let path = format!("/rooms/{}/receipt/m.read/{}", encode(&room_id), encode(&event_id));
    let call = Call::post(path, json!({})).by(ctx.world.caller(&verb.by)?);
    let sent = acting(ctx, async { Ok(ctx.send_ok(&call).await?.asked) }).await?;
    let event = Event { room_id, which: WhichEvent::CountsSince(sent), sent };
    ctx.world.state().events.insert(verb.event.value.clone(), event);
    Ok(Passed::default())
}

/// Before an event, what was on its way to pushers that were silenced is given a grace to arrive.
async fn acting<T>(ctx: StepContext<'_>, act: impl Future<Output = Result<T, Missed>>) -> Result<T, Missed> {
    let asked: Vec<Instant> = {
        let state = ctx.world.state();
        let asked = state.pushers.values().filter_map(|pusher| match pusher.quiet {
            Quiet::Asked(at) => Some(at),
            _ => None,
        });
        asked.collect()
    };
    if let Some(latest) = asked.iter().max() {
        tokio::time::sleep_until((*latest + ctx.run.grace()).into()).await;
        let now = Instant::now();
        for pusher in ctx.world.state().pushers.values_mut() {
            if matches!(pusher.quiet, Quiet::Asked(at) if at <= *latest) {
                pusher.quiet = Quiet::Since(now);
            }
        }
    }
    act.await
}

/// Whether a delivery tells of an event.
fn tells_of(delivery: &Delivery, event: &Event) -> bool {
    match &event.which {
        WhichEvent::Id(id) => delivery.event_id.as_deref() == Some(id),
        WhichEvent::CountsSince(since) => delivery.event_id.is_none() && delivery.at >= *since,
        WhichEvent::InviteOf(user_id) => {
            let notification = &delivery.body["notification"];
            delivery.room_id.as_deref() == Some(&event.room_id)
                && (notification["type"].is_null()
                    || notification["type"] == "m.room.member"
                        && (notification["membership"] == "invite"
                            || notification["content"]["membership"] == "invite"
                            || notification["user_is_target"] == true
                            || notification["state_key"] == user_id.as_str()))
        }
    }
}

/// Waits for the push of an event; the delay since its sending.
async fn wait_for_push(
    ctx: StepContext<'_>,
    key: &PusherKey,
    event: &Event,
) -> Option<(Arc<Delivery>, Duration)> {
    let deadline = Instant::now() + ctx.run.patience;
    let delivery = ctx.run.gateway.wait_for(key, |delivery| tells_of(delivery, event), deadline).await?;
    let delay = delivery.at.saturating_duration_since(event.sent);
    ctx.run.latency.observe(delay);
    Some((delivery, delay))
}

pub(super) async fn expect_push(ctx: StepContext<'_>, verb: &ExpectPush) -> StepResult {
    let (pusher, event) = (ctx.world.pusher(&verb.pusher)?, ctx.world.event(&verb.event)?);
    if let Some((delivery, _)) = wait_for_push(ctx, &pusher.key, &event).await {
        ctx.trace.add(evidence(ctx.run, &delivery));
        return Ok(Passed::default());
    }
    let missed = no_push(ctx, &verb.pusher.value.0, &pusher.key, &verb.event.value.0);
    if verb.may_be_missing {
        return Err(Missed::not_applicable(missed.message));
    }
    Err(missed)
}

pub(super) async fn observe_push(ctx: StepContext<'_>, verb: &ObservePush) -> StepResult {
    let (pusher, event) = (ctx.world.pusher(&verb.pusher)?, ctx.world.event(&verb.event)?);
    let deadline = Instant::now() + ctx.run.grace();
    let found = ctx.run.gateway.wait_for(&pusher.key, |delivery| tells_of(delivery, &event), deadline).await;
    let reading = match &found {
        Some(delivery) => {
            ctx.trace.add(evidence(ctx.run, delivery));
            &verb.arrived
        }
        None => &verb.missing,
    };
    Ok(Passed::reading(Some(reading.clone())))
}

/// No push came: what did come, and where to look.
fn no_push(ctx: StepContext<'_>, pusher: &str, key: &PusherKey, event: &str) -> Missed {
    let others = ctx.run.gateway.deliveries(key);
    for delivery in others.iter().rev().take(MAX_SHOWN) {
        ctx.trace.add(evidence(ctx.run, delivery));
    }
    let seconds = ctx.run.patience.as_secs_f64();
    let instead = match others.len() {
        0 => "and of nothing else either".to_owned(),
        n => format!("only of {n} other {}", if n == 1 { "thing" } else { "things" }),
    };
    Missed::failed(format!(
        "the push gateway was not told of `{event}` for the pusher `{pusher}` within {seconds} s, {instead}"
    ))
    .hint(format!("the homeserver must reach {} ; a slow one needs a longer --patience", ctx.run.gateway_url))
}

pub(super) async fn expect_push_as_listed(ctx: StepContext<'_>, verb: &ExpectPushAsListed) -> StepResult {
    let pusher = ctx.world.pusher(&verb.pusher)?;
    match pusher.listed {
        Some(PushState::Disabled) => prove_silence(ctx, &verb.pusher.value, &verb.until).await,
        Some(PushState::Enabled) => {
            wait_for_sentinel(ctx, &verb.until).await?;
            let event = ctx.world.event(&verb.until.event)?;
            if let Some((delivery, _)) = wait_for_push(ctx, &pusher.key, &event).await {
                ctx.trace.add(evidence(ctx.run, &delivery));
                return Ok(Passed::default());
            }
            let mut missed = no_push(ctx, &verb.pusher.value.0, &pusher.key, &verb.until.event.value.0);
            missed.message.push_str("; its listed state is that of an enabled pusher");
            Err(missed)
        }
        None => Err(Missed::error(format!("no step looked which state `{}` has", verb.pusher.value))),
    }
}

/// Waits for the push that proves that pushes arrive; the delay since the event's sending.
async fn wait_for_sentinel(ctx: StepContext<'_>, until: &Sentinel) -> Result<Duration, Missed> {
    let (sentinel, event) = (ctx.world.pusher(&until.pusher)?, ctx.world.event(&until.event)?);
    let Some((delivery, delay)) = wait_for_push(ctx, &sentinel.key, &event).await else {
        let missed = no_push(ctx, &until.pusher.value.0, &sentinel.key, &until.event.value.0);
        return Err(Missed::inconclusive(format!("the sentinel did not come: {}", missed.message))
            .hint("without it nobody knows whether pushes arrive at all"));
    };
    ctx.trace.add(evidence(ctx.run, &delivery));
    Ok(delay)
}

pub(super) async fn expect_silence(ctx: StepContext<'_>, verb: &ExpectSilence) -> StepResult {
    prove_silence(ctx, &verb.pusher.value, &verb.until).await
}

async fn prove_silence(ctx: StepContext<'_>, silent: &Label, until: &Sentinel) -> StepResult {
    let pusher = ctx.world.pusher(silent)?;
    let Quiet::Since(since) = pusher.quiet else {
        return Err(Missed::error(format!(
            "no event was sent after `{silent}` was disabled, deleted or removed"
        )));
    };
    let delay = wait_for_sentinel(ctx, until).await?;
    let grace = ctx.run.grace();
    tokio::time::sleep(grace).await;
    let broken = offending(ctx.run, &pusher.key, since);
    let silence = figures(millis(delay), millis(grace), since, broken.len());
    if let Some(first) = broken.first() {
        for delivery in broken.iter().take(MAX_SHOWN) {
            ctx.trace.add(evidence(ctx.run, delivery));
        }
        let mut missed = Missed::failed(broken_message(broken.len(), first, since));
        missed.silence = Some(silence);
        return Err(missed);
    }
    Ok(Passed { silence: Some(silence), window: Some((pusher.key, since)), ..Passed::default() })
}
