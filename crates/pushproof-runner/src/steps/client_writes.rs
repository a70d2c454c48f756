//! What a client wrote to the homeserver, as that saw it.

use pushproof_scenario::{
    DeviceRef, Label,
    steps::{
        ExpectNoLinkSent, ExpectNoSettingsWritten, ExpectPusherToggled, ExpectSettingsWritten,
        ObserveSettingsWritten, WrittenSettings,
    },
};
use serde_json::Value;

use super::client::{synced, trial};
use crate::{
    context::StepContext,
    outcome::{Missed, Passed, StepResult},
    patience::{pass, poll_step},
    trial::{GRACE, Written},
};

/// The fields of a pusher that a set may carry, state aside (client-server API, "Push Notifications").
const SETTABLE: [&str; 8] =
    ["app_id", "pushkey", "kind", "app_display_name", "device_display_name", "lang", "profile_tag", "data"];

/// What the client wrote since the mark: all account data, and what of it belongs to a device.
async fn written(
    ctx: StepContext<'_>,
    by: &DeviceRef,
    device: Option<&DeviceRef>,
) -> Result<(Vec<Written>, Vec<Written>), Missed> {
    let trial = trial(ctx)?;
    let id = ctx.world.device_id(by)?;
    let all: Vec<Written> = trial.inspection.journal().await?.written(&id, trial.mark()).collect();
    let Some(device) = device else { return Ok((all.clone(), all)) };
    let wanted = ctx.world.dialect.settings_type(&ctx.world.device_id(device)?);
    let of_device = all.iter().filter(|written| written.event_type == wanted).cloned().collect();
    Ok((all, of_device))
}

/// What was written, for a message.
fn told(written: &[Written]) -> String {
    match written {
        [] => "it wrote no account data at all".to_owned(),
        some => {
            let some = some.iter().map(|one| format!("{} into {}", one.content, one.event_type));
            format!("it wrote {}", some.collect::<Vec<_>>().join(", "))
        }
    }
}

pub(super) async fn expect_settings(ctx: StepContext<'_>, verb: &ExpectSettingsWritten) -> StepResult {
    let device = verb.device.as_ref().map(|device| &device.value);
    let key = &ctx.world.dialect.paused;
    poll_step(ctx, || async {
        let (all, of_device) = written(ctx, &verb.by, device).await?;
        let what = device
            .map_or_else(|| "account data".to_owned(), |device| format!("the settings event of `{device}`"));
        let Some(latest) = of_device.last() else {
            return Err(Missed::failed(format!("the client did not write {what}: {}", told(&all))));
        };
        let wanted = match verb.to {
            None => return Ok(()),
            Some(WrittenSettings::Paused) => Value::Bool(true),
            Some(WrittenSettings::Resumed) => Value::Bool(false),
        };
        if latest.content[key] == wanted {
            return Ok(());
        }
        let found = latest.content.get(key).cloned();
        Err(Missed::failed(format!("the client wrote {} into {what}", latest.content))
            .mismatch(pushproof_record::Mismatch::of(format!("/{key}"), wanted, found)))
    })
    .await?;
    Ok(Passed::default())
}

pub(super) async fn expect_none(ctx: StepContext<'_>, verb: &ExpectNoSettingsWritten) -> StepResult {
    synced(ctx, &verb.by).await?;
    pass(GRACE).await;
    none_written(ctx, verb).await
}

/// Whether the client has written none so far.
pub(super) async fn none_written(ctx: StepContext<'_>, verb: &ExpectNoSettingsWritten) -> StepResult {
    let device = verb.device.as_ref().map(|device| &device.value);
    let (_, of_device) = written(ctx, &verb.by, device).await?;
    if of_device.is_empty() {
        Ok(Passed::default())
    } else {
        Err(Missed::failed(format!("the client writes settings: {}", told(&of_device))))
    }
}

pub(super) async fn observe(ctx: StepContext<'_>, verb: &ObserveSettingsWritten) -> StepResult {
    synced(ctx, &verb.by).await?;
    pass(GRACE).await;
    let (_, of_device) = written(ctx, &verb.by, Some(&verb.device)).await?;
    let reading = match of_device.last() {
        None => &verb.nothing,
        Some(latest) if latest.content[&ctx.world.dialect.paused] == true => &verb.paused,
        Some(_) => &verb.otherwise,
    };
    Ok(Passed::reading(Some(reading.clone())))
}

/// The sets with which the client toggled a pusher since the mark.
async fn sets(ctx: StepContext<'_>, by: &DeviceRef, pusher: &Label) -> Result<Vec<Value>, Missed> {
    let trial = trial(ctx)?;
    let (key, device_id) = (ctx.world.pusher(pusher)?.key, ctx.world.device_id(by)?);
    let journal = trial.inspection.journal().await?;
    let sets = journal.pusher_sets(&device_id, trial.mark());
    Ok(sets
        .filter(|set| set["app_id"] == key.app_id.as_str() && set["pushkey"] == key.pushkey.as_str())
        .cloned()
        .collect())
}

pub(super) async fn expect_toggled(ctx: StepContext<'_>, verb: &ExpectPusherToggled) -> StepResult {
    let dialect = &ctx.world.dialect;
    let pusher = &verb.pusher.value;
    poll_step(ctx, || async {
        let sets = sets(ctx, &verb.by, pusher).await?;
        let Some(set) = sets.last() else {
            return Err(Missed::failed(format!("the client did not set the pusher `{pusher}`")));
        };
        let differs = |name: &str, expected: Value, actual: Option<Value>| {
            Missed::failed(format!("the client set the pusher `{pusher}` with another `{name}`"))
                .mismatch(pushproof_record::Mismatch::of(format!("/{name}"), expected, actual))
        };
        let wanted = Value::Bool(dialect.state_value(verb.to));
        let key = &dialect.state.key;
        if set[key] != wanted {
            return Err(differs(key, wanted, set.get(key).cloned()));
        }
        let listed = trial(ctx)?.remembered_pushers();
        let listed =
            listed.iter().find(|one| one["app_id"] == set["app_id"] && one["pushkey"] == set["pushkey"]);
        let Some(listed) = listed else {
            return Err(Missed::error(format!("the pusher `{pusher}` was not listed before")));
        };
        match SETTABLE.into_iter().find(|name| set[name] != listed[name]) {
            Some(name) => Err(differs(name, listed[name].clone(), set.get(name).cloned())),
            None => Ok(()),
        }
    })
    .await?;
    Ok(Passed::default())
}

pub(super) async fn expect_no_link(ctx: StepContext<'_>, verb: &ExpectNoLinkSent) -> StepResult {
    let sets = sets(ctx, &verb.by, &verb.pusher).await?;
    let link = &ctx.world.dialect.link;
    let pusher = &verb.pusher.value;
    match sets.iter().find_map(|set| set.get(link)) {
        _ if sets.is_empty() => {
            Err(Missed::inconclusive(format!("the client did not set the pusher `{pusher}`")))
        }
        None => Ok(Passed::default()),
        Some(sent) => Err(Missed::failed(format!("the client set the pusher `{pusher}` with the link"))
            .mismatch(pushproof_record::Mismatch::of(format!("/{link}"), "no link", Some(sent.clone())))),
    }
}
