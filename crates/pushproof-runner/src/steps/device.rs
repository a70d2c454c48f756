//! People in rooms, and devices that come and go.

use std::time::Instant;

use pushproof_scenario::{
    ActorName, DeviceRef,
    steps::{Entry, LogIn, RemovalPath, RemoveDevice, ShareRoom, StatusPattern},
};
use serde_json::json;

use crate::{
    account,
    context::{StepContext, lacking, unexpected_status},
    http::{Answer, Call, Caller},
    login::Login,
    outcome::{Missed, Passed, StepResult},
    patience::poll_step,
    uia::send_with_password,
    world::{Actor, Device},
};

/// The first device of a person that can still ask.
pub(super) fn any_device(ctx: StepContext<'_>, actor: &ActorName) -> Result<Caller, Missed> {
    let state = ctx.world.state();
    let (name, token) = state
        .actor(actor)?
        .devices
        .iter()
        .find_map(|(name, device)| Some((name.clone(), device.token.clone()?)))
        .ok_or_else(|| Missed::error(format!("{actor} has no device left")))?;
    Ok(Caller { token, name: format!("{actor}.{name}") })
}

pub(super) async fn share_room(ctx: StepContext<'_>, verb: &ShareRoom) -> StepResult {
    let people: Vec<&ActorName> = verb.between.iter().map(|person| &person.value).collect();
    let Some((host, guests)) = people.split_first() else {
        return Err(Missed::error("a room needs somebody in it"));
    };
    let name = ctx.world.mark_of_room(&verb.room);
    let mut body = json!({ "preset": "private_chat", "name": name });
    match verb.entry {
        Entry::Open => {
            let rule = json!({ "join_rule": "public" });
            body["initial_state"] =
                json!([{ "type": "m.room.join_rules", "state_key": "", "content": rule }]);
        }
        Entry::Invite => {
            let guests = guests.iter().map(|guest| ctx.world.user_id(guest));
            body["invite"] = guests.collect::<Result<Vec<_>, _>>()?.into();
        }
    }
    let answer = ctx.send_ok(&Call::post("/createRoom", body).by(any_device(ctx, host)?)).await?;
    let Some(room_id) = answer.str_at("/room_id").map(str::to_owned) else {
        return Err(Missed::failed("POST /createRoom was answered without a room_id"));
    };
    let encoded = encode(&room_id);
    enter(ctx, &people, &room_id);
    let joins = guests.iter().map(|guest| {
        let encoded = &encoded;
        async move {
            let call = Call::post(format!("/join/{encoded}"), json!({})).by(any_device(ctx, guest)?);
            send_when_known(ctx, &call).await
        }
    });
    futures_util::future::try_join_all(joins).await?;
    if verb.entry == Entry::Open {
        let path = format!("/rooms/{encoded}/state/m.room.join_rules");
        let close = Call::put(path, json!({ "join_rule": "invite" })).by(any_device(ctx, host)?);
        send_when_known(ctx, &close).await?;
    }
    if verb.direct {
        make_direct(ctx, &people, &room_id).await?;
        ctx.world.state().direct.insert(verb.room.value.clone());
    }
    ctx.world.state().rooms.insert(verb.room.value.clone(), room_id);
    Ok(Passed::default())
}

/// Sends a request that changes nothing when it is sent twice, again if need be: a homeserver of several parts, or under
/// load, may refuse at first what follows from what it has just granted.
pub(super) async fn send_when_known(ctx: StepContext<'_>, call: &Call) -> Result<Answer, Missed> {
    poll_step(ctx, || ctx.send_ok(call)).await
}

/// Makes the room a direct chat for everybody in it.
async fn make_direct(ctx: StepContext<'_>, people: &[&ActorName], room_id: &str) -> Result<(), Missed> {
    for person in people {
        let others = people.iter().filter(|other| *other != person).map(|other| ctx.world.user_id(other));
        let others = others.collect::<Result<Vec<_>, _>>()?;
        let content: serde_json::Map<_, _> =
            others.into_iter().map(|other| (other, json!([room_id]))).collect();
        let path = format!("/user/{}/account_data/m.direct", encode(&ctx.world.user_id(person)?));
        ctx.send_ok(&Call::put(path, content.into()).by(any_device(ctx, person)?)).await?;
    }
    Ok(())
}

/// Remembers the room as one that these people must leave in the end.
fn enter(ctx: StepContext<'_>, people: &[&ActorName], room_id: &str) {
    let mut state = ctx.world.state();
    for person in people {
        if let Some(actor) = state.actors.get_mut(*person) {
            actor.rooms.push(room_id.to_owned());
        }
    }
}

/// How the homeserver says that it does not know a device any more, if it does.
pub(crate) async fn logged_out(ctx: StepContext<'_>, device: &DeviceRef) -> Option<String> {
    let whoami = Call::get("/account/whoami").by(ctx.world.caller(device).ok()?);
    let answer = ctx.send(&whoami).await.ok()?;
    (answer.status == 401).then(|| format!("GET /account/whoami was answered {}", answer.brief()))
}

pub(super) async fn log_in(ctx: StepContext<'_>, verb: &LogIn) -> StepResult {
    let device_id = match &verb.device_id {
        Some(template) => Some(super::request::text(ctx, template)?),
        None => ctx.world.device_id(&verb.device).ok(),
    };
    let (user_id, password) = ctx.world.credentials(&verb.device.actor)?;
    let name = verb.device.to_string();
    let login = Login { name: &name, user: &user_id, password: &password, device_id: device_id.as_deref() };
    let answer = login.ask(&ctx.run.http, ctx.trace, &ctx.run.redactor).await?;
    if !answer.is_success() {
        if !verb.may_be_refused || !(400..500).contains(&answer.status) {
            return Err(unexpected_status(
                &Call::post("/login", json!({})),
                &answer,
                &StatusPattern::success(),
            ));
        }
        return Err(Missed::not_applicable(format!(
            "the homeserver refuses the device id {:?} at login: {}",
            device_id.unwrap_or_default(),
            answer.brief()
        )));
    }
    let device = device_of(&answer)?;
    if let Some(wanted) = device_id.filter(|wanted| *wanted != device.id) {
        let message = format!("login asked for the device id {wanted:?} and got {:?}", device.id);
        let missed = if verb.may_be_refused { Missed::not_applicable } else { Missed::inconclusive };
        return Err(missed(message));
    }
    let mut state = ctx.world.state();
    if let Some(actor) = state.actors.get_mut(&verb.device.actor) {
        actor.devices.insert(verb.device.device.clone(), device);
    }
    Ok(Passed::default())
}

/// The login in an answer to `/login` or `/register`.
pub(crate) fn device_of(answer: &Answer) -> Result<Device, Missed> {
    let (Some(id), Some(token)) = (answer.str_at("/device_id"), answer.str_at("/access_token")) else {
        return Err(Missed::failed("the answer to the login lacks `device_id` or `access_token`"));
    };
    Ok(Device { id: id.to_owned(), token: Some(token.to_owned()), since: None })
}

pub(super) async fn remove_device(ctx: StepContext<'_>, verb: &RemoveDevice) -> StepResult {
    let device = &verb.device.value;
    let by = verb.by.as_ref().map_or(device, |by| &by.value);
    let caller = ctx.world.caller(by)?;
    let id = ctx.world.device_id(device)?;
    let asked = Instant::now();
    match *verb.path {
        RemovalPath::Logout if by != device => {
            return Err(Missed::error("a device is logged out by itself alone: leave out `by`"));
        }
        RemovalPath::Logout => {
            granted(*verb.path, &ctx.send(&Call::post("/logout", json!({})).by(caller)).await?)?;
        }
        RemovalPath::LogoutAll => {
            granted(*verb.path, &ctx.send(&Call::post("/logout/all", json!({})).by(caller)).await?)?;
        }
        RemovalPath::DeleteDevice => {
            let call = Call {
                body: Some(json!({})),
                ..Call::new(http::Method::DELETE, format!("/devices/{}", encode(&id)))
            };
            granted(*verb.path, &with_password(ctx, by, call.by(caller)).await?)?;
        }
        RemovalPath::DeleteDevices => {
            let also = verb.also.iter().map(|device| ctx.world.device_id(device));
            let ids: Vec<String> = std::iter::once(Ok(id)).chain(also).collect::<Result<_, _>>()?;
            let call = Call::post("/delete_devices", json!({ "devices": ids })).by(caller);
            granted(*verb.path, &with_password(ctx, by, call).await?)?;
        }
        RemovalPath::PasswordChange | RemovalPath::PasswordChangeKeepingDevices => {
            change_password(ctx, by, caller, *verb.path).await?;
        }
    }
    let gone: Vec<DeviceRef> = match *verb.path {
        RemovalPath::LogoutAll => devices_of(ctx, &device.actor, |_| true),
        RemovalPath::PasswordChange => devices_of(ctx, &device.actor, |other| other != by),
        RemovalPath::PasswordChangeKeepingDevices => Vec::new(),
        _ => std::iter::once(device).chain(verb.also.iter().map(|also| &also.value)).cloned().collect(),
    };
    let mut state = ctx.world.state();
    for device in &gone {
        state.remove_device(device, asked);
    }
    Ok(Passed::default())
}

async fn change_password(
    ctx: StepContext<'_>,
    by: &DeviceRef,
    caller: Caller,
    path: RemovalPath,
) -> Result<(), Missed> {
    let new = format!("pp-{:032x}", rand::random::<u128>());
    ctx.run.redactor.secret(&new, &account::password_variable(&by.actor.0));
    let logout_devices = path == RemovalPath::PasswordChange;
    let body = json!({ "new_password": new, "logout_devices": logout_devices });
    if let Some(actor) = ctx.world.state().actors.get_mut(&by.actor) {
        actor.account.next_password = Some(new);
    }
    let answer = with_password(ctx, by, Call::post("/account/password", body).by(caller)).await?;
    if let Some(Actor { account, .. }) = ctx.world.state().actors.get_mut(&by.actor) {
        match answer.status {
            200..300 => account.password = account.next_password.take().unwrap_or_default(),
            // What is refused leaves the old one.
            400..500 => account.next_password = None,
            _ => {}
        }
    }
    granted(path, &answer)
}

/// A removal that must succeed, on a subject that has this way of removing devices.
fn granted(path: RemovalPath, answer: &Answer) -> Result<(), Missed> {
    if answer.is_success() {
        return Ok(());
    }
    let request = match path {
        RemovalPath::Logout => "POST /logout",
        RemovalPath::LogoutAll => "POST /logout/all",
        RemovalPath::DeleteDevice => "DELETE /devices/{deviceId}",
        RemovalPath::DeleteDevices => "POST /delete_devices",
        RemovalPath::PasswordChange | RemovalPath::PasswordChangeKeepingDevices => "POST /account/password",
    };
    Err(lacking(request, answer).unwrap_or_else(|| {
        let said = answer.brief();
        Missed::failed(format!("{request} was answered {said}, expected {}", StatusPattern::success()))
            .answered(answer)
    }))
}

/// A request that wants user-interactive authentication.
async fn with_password(ctx: StepContext<'_>, by: &DeviceRef, call: Call) -> Result<Answer, Missed> {
    let (user_id, password) = ctx.world.credentials(&by.actor)?;
    Ok(send_with_password(&ctx.run.http, ctx.trace, call, &user_id, &password).await?)
}

fn devices_of(
    ctx: StepContext<'_>,
    actor: &ActorName,
    choose: impl Fn(&DeviceRef) -> bool,
) -> Vec<DeviceRef> {
    let state = ctx.world.state();
    let devices = state.actors.get(actor).into_iter().flat_map(|actor| actor.devices.keys());
    devices
        .map(|device| DeviceRef { actor: actor.clone(), device: device.clone() })
        .filter(|device| choose(device))
        .collect()
}

/// One segment of a path, percent-encoded.
pub(crate) fn encode(segment: &str) -> String {
    const KEPT: percent_encoding::AsciiSet =
        percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    percent_encoding::utf8_percent_encode(segment, &KEPT).to_string()
}
