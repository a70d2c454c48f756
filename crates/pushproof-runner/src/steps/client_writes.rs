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
    outcome::{Again, Missed, Passed, StepResult},
    patience::{pass, poll_step},
    trial::{GRACE, Written},
};

/// The fields of a pusher that a set may carry, state aside (client-server API, "Push Notifications").
const SETTABLE: [&str; 8] =
    ["app_id", "pushkey", "kind", "app_display_name", "device_display_name", "lang", "profile_tag", "data"];

/// What the client wrote since the mark: all account data, and what of it is the settings event of a device. Without a
/// device it is all that is named like settings events, the dot before the device id aside: clients keep other account
/// data as well.
async fn written(
    ctx: StepContext<'_>,
    by: &DeviceRef,
    device: Option<&DeviceRef>,
) -> Result<(Vec<Written>, Vec<Written>), Missed> {
    let trial = trial(ctx)?;
    let id = ctx.world.device_id(by)?;
    let all: Vec<Written> = trial.inspection.journal().await?.written(&id, trial.mark()).collect();
    let dialect = &ctx.world.dialect;
    let of_device = if let Some(device) = device {
        let wanted = dialect.settings_type(&ctx.world.device_id(device)?);
        all.iter().filter(|written| written.event_type == wanted).cloned().collect()
    } else {
        let prefix = dialect.settings_prefix.trim_end_matches('.');
        all.iter().filter(|written| written.event_type.starts_with(prefix)).cloned().collect()
    };
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
            .map_or_else(|| "settings".to_owned(), |device| format!("the settings event of `{device}`"));
        let wanted = verb.to.map(|to| Value::Bool(to == WrittenSettings::Paused));
        if of_device.is_empty() && !says_already(ctx, device, wanted.as_ref()).await? {
            return Err(Missed::failed(format!("the client did not write {what}: {}", told(&all))));
        }
        let Some(wanted) = wanted else { return Ok(()) };
        let Some(other) = of_device.iter().find(|written| written.content[key] != wanted) else {
            return Ok(());
        };
        let found = other.content.get(key).cloned();
        let missed = Missed::failed(format!("the client wrote {} into {what}", other.content))
            .mismatch(pushproof_record::Mismatch::of(format!("/{key}"), wanted, found));
        // What was written was written, whatever follows.
        Err(Missed { again: Again::Useless, ..missed })
    })
    .await?;
    Ok(Passed::default())
}

/// Whether a device's settings event says what is wanted, so that there is nothing to write.
async fn says_already(
    ctx: StepContext<'_>,
    device: Option<&DeviceRef>,
    wanted: Option<&Value>,
) -> Result<bool, Missed> {
    let (Some(device), Some(wanted)) = (device, wanted) else { return Ok(false) };
    let event_type = ctx.world.dialect.settings_type(&ctx.world.device_id(device)?);
    let journal = trial(ctx)?.inspection.journal().await?;
    Ok(journal
        .latest_account_data(&event_type)
        .is_some_and(|says| says[&ctx.world.dialect.paused] == *wanted))
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
async fn sets(ctx: StepContext<'_>, pusher: &Label) -> Result<Vec<Value>, Missed> {
    trial(ctx)?.sets_of(&ctx.world.pusher(pusher)?.key).await
}

pub(super) async fn expect_toggled(ctx: StepContext<'_>, verb: &ExpectPusherToggled) -> StepResult {
    let dialect = &ctx.world.dialect;
    let pusher = &verb.pusher.value;
    let key = ctx.world.pusher(pusher)?.key;
    let state = dialect.state.key.as_str();
    let wanted = Value::Bool(dialect.state_value(verb.to));
    poll_step(ctx, || async {
        let sets = sets(ctx, pusher).await?;
        let listed = trial(ctx)?.remembered_pushers();
        let listed = listed
            .iter()
            .find(|one| one["app_id"] == key.app_id.as_str() && one["pushkey"] == key.pushkey.as_str());
        let Some(listed) = listed else {
            return Err(Missed::error(format!("the pusher `{pusher}` was not listed before")));
        };
        // What has the state already need not be set.
        if sets.is_empty() && listed[state] != wanted {
            return Err(Missed::failed(format!("the client did not set the pusher `{pusher}`")));
        }
        let expected = |name: &str| if name == state { &wanted } else { &listed[name] };
        let fields = || std::iter::once(state).chain(SETTABLE);
        let differs =
            sets.iter().find_map(|set| Some((set, fields().find(|name| set[*name] != *expected(name))?)));
        let Some((set, name)) = differs else { return Ok(()) };
        let missed = Missed::failed(format!("the client set the pusher `{pusher}` with another `{name}`"))
            .mismatch(pushproof_record::Mismatch::of(
                format!("/{name}"),
                expected(name).clone(),
                set.get(name).cloned(),
            ));
        // Neither a deletion nor the wrong state is undone by a further set.
        Err(Missed { again: Again::Useless, ..missed })
    })
    .await?;
    Ok(Passed::default())
}

pub(super) async fn expect_no_link(ctx: StepContext<'_>, verb: &ExpectNoLinkSent) -> StepResult {
    let sets = sets(ctx, &verb.pusher).await?;
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
