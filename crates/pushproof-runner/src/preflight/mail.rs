//! The preflight's look at mail: one address, one event, one mail.

use std::time::{Duration, Instant};

use pushproof_scenario::steps::StatusPattern;
use pushproof_sinks::PusherKey;
use pushproof_vocabulary::{Dialect, PushState, driver::Kind};
use serde_json::{Value, json};

use super::{Made, tell};
use crate::{
    account::Account,
    context::{RunContext, unexpected_status},
    emails::{self, Owner},
    http::{Answer, Call, Caller},
    outcome::Missed,
    outlet::Outlet,
    steps::{email_pusher, encode},
    trace::Trace,
    world::{Event, WhichEvent},
};

/// Does an enabled email pusher reach the mailbox?
pub(super) async fn try_mail(run: &RunContext, dialect: &Dialect, made: &mut Made) -> Result<(), String> {
    let trace = Trace::default();
    let result = mail_once(run, &trace, dialect, made).await;
    let told = match &result {
        Ok(delay) => Ok(format!("a mail arrived after {} ms", delay.as_millis())),
        Err(missed) => Err((missed.message.clone(), missed.hint.clone())),
    };
    tell(run, "mail", &trace, told);
    result.map(|_| ()).map_err(|missed| format!("preflight: {}", missed.message))
}

async fn mail_once(
    run: &RunContext,
    trace: &Trace,
    dialect: &Dialect,
    made: &mut Made,
) -> Result<Duration, Missed> {
    let [probe, peer, ..] = &mut made.accounts[..] else {
        return Err(Missed::error("the preflight has two accounts"));
    };
    let caller =
        |account: &Account, name: &str| Caller { token: account.token.clone(), name: name.to_owned() };
    let ok = async |call: Call| -> Result<Answer, Missed> {
        let answer = run.http.send(trace, &call).await?;
        if answer.is_success() {
            Ok(answer)
        } else {
            Err(unexpected_status(&call, &answer, &StatusPattern::success()))
        }
    };
    let unique = format!("{}-preflight", run.unique);
    let address = if let Some(address) = probe.free_address() {
        address
    } else {
        let owner = Owner {
            caller: caller(probe, "probe"),
            user_id: probe.user_id.clone(),
            password: probe.password.clone(),
        };
        let address = emails::bind(run, trace, &owner, &unique).await?;
        made.emails.push(address.clone());
        address
    };
    let mark = format!("{unique}-event");
    let body = json!({ "preset": "public_chat", "name": format!("{unique}-room") });
    let room = ok(Call::post("/createRoom", body).by(caller(peer, "peer"))).await?;
    let room_id = room.str_at("/room_id").unwrap_or_default().to_owned();
    made.rooms.push(room_id.clone());
    ok(Call::post(format!("/join/{}", encode(&room_id)), json!({})).by(caller(probe, "probe"))).await?;
    let key = PusherKey { app_id: crate::world::EMAIL_APP_ID.to_owned(), pushkey: address.clone() };
    let mut pusher = Value::Object(email_pusher(&key));
    // With a state: what happens without one is a clause of its own.
    pusher[&dialect.state.key] = dialect.state_value(PushState::Enabled).into();
    let set = Call::post("/pushers/set", pusher.clone()).by(caller(probe, "probe"));
    ok(set.clone()).await?;
    let path = format!("/rooms/{}/send/m.room.message/mail-preflight", encode(&room_id));
    let begun = Instant::now();
    let message = json!({ "msgtype": "m.text", "body": format!("This is {mark}.") });
    ok(Call::put(path, message).by(caller(peer, "peer"))).await?;
    let outlet = Outlet::Mailbox { address: address.clone(), case: unique };
    let event =
        Event { room_id, which: WhichEvent::Id(String::new()), mark, kind: Kind::Message, sent: begun };
    let Some((arrival, delay)) = outlet.wait_for(run, &event).await else {
        return Err(nothing_arrived(run, &address));
    };
    trace.add(arrival.evidence(run));
    pusher["kind"] = Value::Null;
    ok(Call { body: Some(pusher), ..set }).await?;
    Ok(delay)
}

/// The likeliest reasons why no mail tells of an event.
fn nothing_arrived(run: &RunContext, address: &str) -> Missed {
    let seconds = run.patience.as_secs_f64();
    Missed::failed(format!(
        "the homeserver took an email pusher and an event, but no mail to {address} told of it within {seconds} s"
    ))
    .hint(
        "does it send mails about events, and soon enough? Synapse: `email: { enable_notifs: true, \
         notif_delay_before_mail: 1s }`; by default it waits for ten minutes",
    )
}
