//! The preflight's look at the push gateway: one event, one push.

use std::time::{Duration, Instant};

use pushproof_scenario::steps::StatusPattern;
use pushproof_sinks::PusherKey;
use pushproof_vocabulary::{Dialect, PushState};
use serde_json::{Value, json};

use super::{Made, tell};
use crate::{
    account::Account,
    context::RunContext,
    http::{Call, Caller},
    outcome::Missed,
    outlet::Arrival,
    patience::{poll, within},
    steps::encode,
    trace::Trace,
    world::APP_ID,
};

/// Does an enabled pusher reach the gateway?
pub(super) async fn try_gateway(run: &RunContext, dialect: &Dialect, made: &mut Made) -> Result<(), String> {
    let trace = Trace::default();
    let result = push_once(run, &trace, dialect, made).await;
    let told = match &result {
        Ok(delay) => Ok(format!("a push arrived at {} after {} ms", run.gateway_url, delay.as_millis())),
        Err(missed) => Err((missed.message.clone(), missed.hint.clone())),
    };
    tell(run, "push gateway", &trace, told);
    match result {
        Ok(_) => Ok(()),
        Err(missed) => Err(format!("preflight: {}", missed.message)),
    }
}

async fn push_once(
    run: &RunContext,
    trace: &Trace,
    dialect: &Dialect,
    made: &mut Made,
) -> Result<Duration, Missed> {
    let [probe, peer, ..] = &made.accounts[..] else {
        return Err(Missed::error("the preflight has two accounts"));
    };
    let caller =
        |account: &Account, name: &str| Caller { token: account.token.clone(), name: name.to_owned() };
    let ok = async |call: Call| {
        let answer = run.http.send(trace, &call).await?;
        if answer.is_success() {
            Ok(answer)
        } else {
            Err(crate::context::unexpected_status(&call, &answer, &StatusPattern::success()))
        }
    };
    let room = ok(Call::post("/createRoom", json!({ "preset": "private_chat", "invite": [probe.user_id] }))
        .by(caller(peer, "peer")))
    .await?;
    let room_id = room.str_at("/room_id").unwrap_or_default().to_owned();
    made.rooms.push(room_id.clone());
    let join = Call::post(format!("/join/{}", encode(&room_id)), json!({})).by(caller(probe, "probe"));
    // The part of a homeserver that is asked may not have heard of the invite yet.
    poll(run.patience, || ok(join.clone())).await?;
    let key = PusherKey {
        app_id: APP_ID.to_owned(),
        pushkey: format!("{}-preflight", probe.user_id.trim_start_matches('@').replace(':', "-")),
    };
    let mut body = json!({
        "kind": "http",
        "app_id": key.app_id,
        "pushkey": key.pushkey,
        "app_display_name": "pushproof",
        "device_display_name": "probe",
        "lang": "en",
        "data": { "url": run.gateway_url.as_str() },
    });
    // With a state: what happens without one is a clause of its own. A server that refuses it is asked without.
    let state = &dialect.state.key;
    body[state] = dialect.state_value(PushState::Enabled).into();
    let set = Call::post("/pushers/set", body.clone()).by(caller(probe, "probe"));
    if let Err(refused) = ok(set.clone()).await {
        let Some(fields) = body.as_object_mut() else { return Err(refused) };
        fields.remove(state);
        ok(Call { body: Some(body.clone()), ..set.clone() }).await.map_err(|_| {
            refused.hint("the homeserver may refuse the gateway's address: it must be allowed to push to it, and may want https")
        })?;
    }
    let path = format!("/rooms/{}/send/m.room.message/preflight", encode(&room_id));
    let begun = Instant::now();
    ok(Call::put(path, json!({ "msgtype": "m.text", "body": "preflight" })).by(caller(peer, "peer"))).await?;
    let arrival = run.gateway.wait_for(&key, |delivery| delivery.event_id.is_some());
    let Some(delivery) = within(run.patience, arrival).await else { return Err(nothing_arrived(run)) };
    let delay = delivery.at.saturating_duration_since(begun);
    run.push_latency.observe(delay);
    trace.add(Arrival::Push(delivery).evidence(run));
    body["kind"] = Value::Null;
    ok(Call { body: Some(body), ..set }).await?;
    Ok(delay)
}

/// The likeliest reasons why no push arrives.
fn nothing_arrived(run: &RunContext) -> Missed {
    let seconds = run.patience.as_secs_f64();
    let missed = Missed::failed(format!(
        "the homeserver took a pusher and an event, but no push arrived at {} within {seconds} s",
        run.gateway_url
    ));
    if let Some(stray) = run.gateway.strays().first() {
        return missed.hint(format!("something asked the gateway for {} {} instead of /_matrix/push/v1/notify: is a proxy in between?", stray.method, stray.path));
    }
    if !run.gateway.malformed().is_empty() {
        return missed.hint(
            "requests came to the gateway, but none was a notification as the push gateway API has it",
        );
    }
    let at = run.gateway.address();
    missed.hint(format!(
        "nothing at all came to the gateway, which listens at {at}: can the homeserver reach it by that URL (a container \
         needs --gateway-url with the host's address, --gateway-listen 0.0.0.0:PORT), and may it push to it (Synapse: \
         `ip_range_whitelist: [\"127.0.0.0/8\", \"::1/128\"]`)?"
    ))
}
