//! Events, the pushes and mails that tell of them, and silence.

use std::time::{Duration, Instant};

use pushproof_record::StepVerdict;
use pushproof_scenario::{
    Label,
    steps::{
        EventKind, ExpectPush, ExpectPushAsListed, ExpectSilence, Invite, ObservePush, Read, Send, Sentinel,
        StatusPattern,
    },
};
use pushproof_vocabulary::{PushState, driver::Kind};
use serde_json::{Value, json};

use crate::{
    context::{StepContext, lacking, unexpected_status},
    http::{Call, millis},
    outcome::{Missed, Passed, StepResult},
    outlet::{MAX_SHOWN, Outlet},
    patience::{pass, pass_until},
    steps::device::{encode, send_when_known},
    watch::{Quietened, figures},
    world::{Event, Pusher, Quiet, WhichEvent, localpart},
};

pub(super) async fn send(ctx: StepContext<'_>, verb: &Send) -> StepResult {
    let room_id = ctx.world.room(&verb.room)?;
    let (event_type, content) = content(ctx, verb)?;
    let transaction = format!("{}-{}", ctx.world.unique, verb.event.value);
    let path = format!("/rooms/{}/send/{}/{}", encode(&room_id), event_type, encode(&transaction));
    let call = Call::put(path, content).by(ctx.world.caller(&verb.by)?);
    let (event_id, sent) = acting(ctx, async {
        let answer = send_when_known(ctx, &call).await?;
        let event_id = answer.str_at("/event_id").map(str::to_owned);
        let event_id = event_id.ok_or_else(|| Missed::failed("the answer to the event lacks `event_id`"))?;
        Ok((event_id, answer.asked))
    })
    .await?;
    // Of what has no text of its own, mails tell by the name of the room.
    let mark = match verb.kind {
        EventKind::Message | EventKind::Highlight => ctx.world.mark_of_event(&verb.event),
        EventKind::Encrypted | EventKind::Call => ctx.world.mark_of_room(&verb.room),
    };
    let kind = match verb.kind {
        EventKind::Message if ctx.world.state().direct.contains(&verb.room.value) => Kind::Direct,
        EventKind::Message => Kind::Message,
        EventKind::Highlight => Kind::Highlight,
        EventKind::Encrypted => Kind::Encrypted,
        EventKind::Call => Kind::Call,
    };
    let event = Event { room_id, which: WhichEvent::Id(event_id), mark, kind, sent };
    ctx.world.state().events.insert(verb.event.value.clone(), event);
    Ok(Passed::default())
}

/// Type and content of an event of each kind.
fn content(ctx: StepContext<'_>, verb: &Send) -> Result<(&'static str, Value), Missed> {
    let mark = ctx.world.mark_of_event(&verb.event);
    Ok(match verb.kind {
        EventKind::Message => {
            ("m.room.message", json!({ "msgtype": "m.text", "body": format!("This is {mark}.") }))
        }
        EventKind::Highlight => {
            let Some(mention) = &verb.mention else {
                return Err(Missed::error("a highlight needs `mention`: whom it mentions"));
            };
            let user_id = ctx.world.user_id(mention)?;
            let body = format!("{}: this is {mark}.", localpart(&user_id));
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
                "call_id": mark,
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
    let sent = acting(ctx, async { Ok(send_when_known(ctx, &call).await?.asked) }).await?;
    let mark = ctx.world.mark_of_room(&verb.room);
    let event = Event {
        room_id: room_id.clone(),
        which: WhichEvent::InviteOf(user_id),
        mark,
        kind: Kind::Invite,
        sent,
    };
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
    let answer = acting(ctx, async { Ok(ctx.send(&call).await?) }).await?;
    if !answer.is_success() {
        let request = "POST /rooms/{roomId}/receipt/m.read/{eventId}";
        let missed = lacking(request, &answer).filter(|_| answer.lacks_endpoint());
        return Err(missed.unwrap_or_else(|| unexpected_status(&call, &answer, &StatusPattern::success())));
    }
    let sent = answer.asked;
    let event = Event {
        room_id,
        which: WhichEvent::CountsSince(sent),
        mark: String::new(),
        kind: Kind::Message,
        sent,
    };
    ctx.world.state().events.insert(verb.event.value.clone(), event);
    Ok(Passed::default())
}

/// Before an event, what was on its way to pushers that were silenced is given a grace to arrive.
async fn acting<T>(ctx: StepContext<'_>, act: impl Future<Output = Result<T, Missed>>) -> Result<T, Missed> {
    let asked: Vec<(Instant, Duration)> = {
        let pushers: Vec<Pusher> = ctx.world.state().pushers.values().cloned().collect();
        let asked = pushers.iter().filter_map(|pusher| match pusher.quiet {
            Quiet::Asked(silencing) => {
                let grace = ctx.world.outlet(pusher.kind, &pusher.key).grace(ctx.run);
                Some((silencing.answered, grace))
            }
            _ => None,
        });
        asked.collect()
    };
    let over = asked.iter().map(|(at, grace)| *at + *grace).max();
    if let (Some(over), Some(latest)) = (over, asked.iter().map(|(at, _)| *at).max()) {
        pass_until(over).await;
        let now = Instant::now();
        for pusher in ctx.world.state().pushers.values_mut() {
            if let Quiet::Asked(silencing) = pusher.quiet
                && silencing.answered <= latest
            {
                pusher.quiet = Quiet::Since(silencing, now);
            }
        }
    }
    act.await
}

pub(super) async fn expect_push(ctx: StepContext<'_>, verb: &ExpectPush) -> StepResult {
    let (outlet, event) = (outlet(ctx, &verb.pusher)?, ctx.world.event(&verb.event)?);
    // Of what nobody is told, nobody else need be told either.
    if let Some(why) = ctx.world.untold(&event) {
        return match outlet.wait_within(outlet.grace(ctx.run), ctx.run, &event).await {
            Some(_) => Ok(Passed::default()),
            None => Err(Missed::not_applicable(why)),
        };
    }
    let told = wait_until_told(ctx, &verb.pusher, &verb.event).await;
    told.map(|_delay| Passed::default()).map_err(|missed| match missed.verdict {
        StepVerdict::Failed if verb.may_be_missing => {
            ctx.world.leave_untold(&event, missed.message.clone());
            Missed::not_applicable(missed.message)
        }
        _ => missed,
    })
}

pub(super) async fn observe_push(ctx: StepContext<'_>, verb: &ObservePush) -> StepResult {
    let (outlet, event) = (outlet(ctx, &verb.pusher)?, ctx.world.event(&verb.event)?);
    let reading = match outlet.wait_within(outlet.grace(ctx.run), ctx.run, &event).await {
        Some(arrival) => {
            ctx.trace.add(arrival.evidence(ctx.run));
            &verb.arrived
        }
        None => match outlet.doubt(ctx.run, event.sent) {
            Some(doubt) => return Err(doubt),
            None => &verb.missing,
        },
    };
    Ok(Passed::reading(Some(reading.clone())))
}

/// Waits until a pusher tells of an event; the delay since the event's sending. Otherwise what did arrive is kept.
async fn wait_until_told(ctx: StepContext<'_>, pusher: &Label, label: &Label) -> Result<Duration, Missed> {
    let (outlet, event) = (outlet(ctx, pusher)?, ctx.world.event(label)?);
    if let Some((arrival, delay)) = outlet.wait_for(ctx.run, &event).await {
        ctx.trace.add(arrival.evidence(ctx.run));
        return Ok(delay);
    }
    for arrival in outlet.arrivals(ctx.run).iter().rev().take(MAX_SHOWN) {
        ctx.trace.add(arrival.evidence(ctx.run));
    }
    Err(outlet.missing(ctx.run, pusher, label, &event))
}

pub(super) async fn expect_push_as_listed(ctx: StepContext<'_>, verb: &ExpectPushAsListed) -> StepResult {
    let pusher = ctx.world.pusher(&verb.pusher)?;
    match pusher.listed {
        Some(PushState::Disabled) => prove_silence(ctx, &verb.pusher.value, &verb.until).await,
        Some(PushState::Enabled) => {
            wait_for_sentinel(ctx, &verb.until).await?;
            let told = wait_until_told(ctx, &verb.pusher, &verb.until.event).await;
            told.map(|_delay| Passed::default()).map_err(|mut missed| {
                missed.message.push_str("; its listed state is that of an enabled pusher");
                missed
            })
        }
        None => Err(Missed::error(format!("no step looked which state `{}` has", verb.pusher.value))),
    }
}

/// Where what a pusher that was set tells arrives.
fn outlet(ctx: StepContext<'_>, pusher: &Label) -> Result<Outlet, Missed> {
    let pusher = ctx.world.pusher(pusher)?;
    Ok(ctx.world.outlet(pusher.kind, &pusher.key))
}

/// Waits for the push or the mail that proves that they arrive; the delay since the event's sending.
async fn wait_for_sentinel(ctx: StepContext<'_>, until: &Sentinel) -> Result<Duration, Missed> {
    wait_until_told(ctx, &until.pusher, &until.event).await.map_err(|missed| match missed.verdict {
        StepVerdict::Failed => Missed::inconclusive(format!("the sentinel did not come: {}", missed.message))
            .hint("without it nobody knows whether anything arrives at all"),
        _ => missed,
    })
}

pub(super) async fn expect_silence(ctx: StepContext<'_>, verb: &ExpectSilence) -> StepResult {
    prove_silence(ctx, &verb.pusher.value, &verb.until).await
}

async fn prove_silence(ctx: StepContext<'_>, silent: &Label, until: &Sentinel) -> StepResult {
    let pusher = ctx.world.pusher(silent)?;
    let Quiet::Since(silencing, since) = pusher.quiet else {
        return Err(Missed::error(format!(
            "no event was sent after `{silent}` was disabled, deleted or removed"
        )));
    };
    let silence = Quietened::new(ctx.world, &pusher, silencing, since);
    // Without a sentinel silence proves nothing, but what arrives is a fault all the same.
    let sentinel = match ctx.world.untold(&ctx.world.event(&until.event)?) {
        Some(why) => Err(Missed::not_applicable(why)),
        None => wait_for_sentinel(ctx, until).await,
    };
    let grace = silence.outlet.grace(ctx.run);
    pass(grace).await;
    let broken = silence.offending(ctx.run);
    let delay = sentinel.as_ref().map_or(0, |delay| millis(*delay));
    let figures = figures(delay, millis(grace), since, broken.len());
    for arrival in broken.iter().take(MAX_SHOWN) {
        ctx.trace.add(arrival.evidence(ctx.run));
    }
    if !broken.is_empty() {
        return Err(Missed { silence: Some(figures), ..Missed::failed(silence.message(&broken)) });
    }
    for arrival in silence.excused(ctx.run).iter().take(MAX_SHOWN) {
        ctx.trace.add(arrival.evidence(ctx.run));
    }
    if let Some(doubt) = silence.outlet.doubt(ctx.run, silencing.asked) {
        return Err(Missed { silence: Some(figures), ..doubt });
    }
    match sentinel {
        Ok(_delay) => Ok(Passed { silence: Some(figures), watched: Some(silence), ..Passed::default() }),
        Err(missed) => Err(Missed { watched: Some(Box::new(silence)), ..missed }),
    }
}
