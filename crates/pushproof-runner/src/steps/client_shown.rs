//! What a client behind a driver shows of devices and pushers.

use std::fmt::Debug;

use pushproof_scenario::{
    DeviceRef, Label,
    steps::{ExpectShownDevice, ExpectShownPusher, ObserveShownDevice, ObserveShownPusher, Shown},
};
use pushproof_vocabulary::{
    PushState,
    driver::{ListedDevice, ListedDevices, ListedPushers, Method, PushShown},
};
use serde_json::json;

use super::{
    client::{synced, trial},
    client_lacks::{lacks_of_device, lacks_of_pusher, pushers},
};
use crate::{
    context::StepContext,
    driver::Finding,
    http::Call,
    outcome::{Missed, Passed, StepResult},
    patience::poll_step,
};

/// A list has each thing once, and nothing that never was.
fn make_sense<T: Debug + PartialEq>(
    ctx: StepContext<'_>,
    method: Method,
    what: &str,
    listed: &[T],
    is_known: impl Fn(&T) -> bool,
) -> Result<(), Missed> {
    let twice = listed.iter().enumerate().find(|(place, one)| listed[..*place].contains(one));
    let reason = match (twice, listed.iter().find(|one| !is_known(one))) {
        (Some((_, twice)), _) => format!("the {what} {twice:?} is listed twice"),
        (None, Some(unknown)) => format!("the user never had a {what} {unknown:?}"),
        (None, None) => return Ok(()),
    };
    Err(trial(ctx)?.found(ctx, &Finding::Senseless { method: method.name().to_owned(), reason }))
}

/// The ids of the devices that the client's user has or had in this case.
async fn device_ids(ctx: StepContext<'_>, by: &DeviceRef) -> Result<Vec<String>, Missed> {
    let answer = ctx.send_ok(&Call::get("/devices").by(ctx.world.caller(by)?)).await?;
    let listed = answer.json.as_ref().and_then(|body| body["devices"].as_array()).into_iter().flatten();
    let mut ids: Vec<String> =
        listed.filter_map(|device| device["device_id"].as_str().map(str::to_owned)).collect();
    let state = ctx.world.state();
    ids.extend(state.actor(&by.actor)?.devices.values().map(|device| device.id.clone()));
    Ok(ids)
}

/// How the client shows a device.
async fn shown(ctx: StepContext<'_>, by: &DeviceRef, device: &DeviceRef) -> Result<ListedDevice, Missed> {
    let device_id = ctx.world.device_id(device)?;
    lacks_of_device(ctx, Method::ListDevices, by, device).await?;
    let listed: ListedDevices = trial(ctx)?.call(ctx, Method::ListDevices, json!({})).await?;
    let known = device_ids(ctx, by).await?;
    let ids: Vec<&str> = listed.devices.iter().map(|device| device.device_id.as_str()).collect();
    make_sense(ctx, Method::ListDevices, "device", &ids, |id| known.iter().any(|known| known == id))?;
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
    poll_step(ctx, || async {
        let listed = shown(ctx, &verb.by, device).await?;
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
    let reading = match shown(ctx, &verb.by, &verb.device).await?.push {
        PushShown::Enabled => Some(verb.enabled.clone()),
        PushShown::Disabled => Some(verb.disabled.clone()),
        PushShown::Unsupported => Some("shown as unsupported".to_owned()),
    };
    Ok(Passed::reading(reading))
}

/// Whether the client lists a pusher as enabled.
async fn listed(ctx: StepContext<'_>, by: &DeviceRef, pusher: &Label) -> Result<bool, Missed> {
    let key = ctx.world.pusher(pusher)?.key;
    lacks_of_pusher(ctx, by, &key).await?;
    let listed: ListedPushers = trial(ctx)?.call(ctx, Method::ListPushers, json!({})).await?;
    let known = pushers(ctx, by).await?;
    let keys: Vec<(&str, &str)> =
        listed.pushers.iter().map(|one| (one.app_id.as_str(), one.pushkey.as_str())).collect();
    make_sense(ctx, Method::ListPushers, "pusher", &keys, |(app_id, pushkey)| {
        known.iter().any(|known| known["app_id"] == *app_id && known["pushkey"] == *pushkey)
    })?;
    let found = listed.pushers.into_iter().find(|one| one.app_id == key.app_id && one.pushkey == key.pushkey);
    let found =
        found.ok_or_else(|| Missed::failed(format!("the client does not list the pusher `{pusher}`")))?;
    Ok(found.enabled)
}

pub(super) async fn expect_shown_pusher(ctx: StepContext<'_>, verb: &ExpectShownPusher) -> StepResult {
    let pusher = &verb.pusher.value;
    poll_step(ctx, || async {
        let enabled = listed(ctx, &verb.by, pusher).await?;
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
    let enabled = listed(ctx, &verb.by, &verb.pusher).await?;
    Ok(Passed::reading(Some(if enabled { verb.enabled.clone() } else { verb.disabled.clone() })))
}
