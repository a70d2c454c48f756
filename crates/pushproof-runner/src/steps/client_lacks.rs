//! What the driver of a client declares that it lacks: the client is not asked for it.

use pushproof_scenario::DeviceRef;
use pushproof_sinks::PusherKey;
use pushproof_vocabulary::driver::{Method, Those};
use serde_json::Value;

use super::{client::trial, settings};
use crate::{context::StepContext, http::Call, outcome::Missed};

/// Not applicable if a method is declared lacking for devices like this one.
pub(super) async fn lacks_of_device(
    ctx: StepContext<'_>,
    method: Method,
    by: &DeviceRef,
    device: &DeviceRef,
) -> Result<(), Missed> {
    if !lacks_any(ctx, method)? {
        return Ok(());
    }
    let (device_id, link) = (ctx.world.device_id(device)?, &ctx.world.dialect.link);
    if pushers(ctx, by).await?.iter().any(|pusher| pusher[link] == device_id.as_str()) {
        return lacks(ctx, method, Those::DevicesWithAPusher);
    }
    let read = Call::get(settings::path(ctx, device)?).by(ctx.world.caller(by)?);
    let has_event = ctx.send(&read).await?.is_success();
    lacks(ctx, method, if has_event { Those::PusherlessDevices } else { Those::DevicesWithNeither })
}

/// Not applicable if pushers like this one are declared lacking in the list of pushers.
pub(super) async fn lacks_of_pusher(
    ctx: StepContext<'_>,
    by: &DeviceRef,
    key: &PusherKey,
) -> Result<(), Missed> {
    let method = Method::ListPushers;
    if !lacks_any(ctx, method)? {
        return Ok(());
    }
    let dialect = &ctx.world.dialect;
    let listed = pushers(ctx, by).await?;
    let pusher = listed
        .iter()
        .find(|one| one["app_id"] == key.app_id.as_str() && one["pushkey"] == key.pushkey.as_str());
    let Some(pusher) = pusher else { return Ok(()) };
    match (pusher.get(&dialect.state.key), pusher[&dialect.link].is_string()) {
        (None, false) => lacks(ctx, method, Those::PushersWithoutStateAndLink),
        (None, true) => lacks(ctx, method, Those::LinkedPushersWithoutAState),
        (Some(Value::Null), _) => lacks(ctx, method, Those::PushersWhoseStateIsNull),
        (Some(_), _) => Ok(()),
    }
}

/// The pushers of a device's user, as the homeserver lists them.
pub(super) async fn pushers(ctx: StepContext<'_>, by: &DeviceRef) -> Result<Vec<Value>, Missed> {
    let listed = ctx.send_ok(&Call::get("/pushers").by(ctx.world.caller(by)?)).await?;
    Ok(listed.json.and_then(|body| body["pushers"].as_array().cloned()).unwrap_or_default())
}

fn lacks_any(ctx: StepContext<'_>, method: Method) -> Result<bool, Missed> {
    Ok(trial(ctx)?.declared.lacks.iter().any(|lack| lack.method == method))
}

fn lacks(ctx: StepContext<'_>, method: Method, of: Those) -> Result<(), Missed> {
    trial(ctx)?.declared.lack(method, of).map_or(Ok(()), |lack| {
        Err(Missed::not_applicable(format!("the driver declares that it lacks {lack}: {}", lack.why)))
    })
}
