//! Settings events: written, read, synced.

use pushproof_scenario::{
    DeviceRef, Step,
    steps::{ExpectSettings, ExpectSync, SetSettings, SettingsToFind, SettingsToSet, Sync, SyncFrom},
};
use serde_json::{Value, json};

use crate::{
    context::StepContext,
    http::{Answer, Call},
    outcome::{Missed, Passed, StepResult},
    patience::poll_step,
    presence::Written,
    steps::{
        device::encode,
        request::{capture, json as render, judge_answer},
        view::{expect_initial, initial_sync, unless_stuck},
    },
};

/// The path of a device's settings event, in the account of the device's owner.
pub(super) fn path(ctx: StepContext<'_>, device: &DeviceRef) -> Result<String, Missed> {
    let user_id = ctx.world.user_id(&device.actor)?;
    let event_type = ctx.world.dialect.settings_type(&ctx.world.device_id(device)?);
    Ok(format!("/user/{}/account_data/{}", encode(&user_id), encode(&event_type)))
}

pub(super) async fn set(ctx: StepContext<'_>, step: &Step, verb: &SetSettings) -> StepResult {
    let paused = &ctx.world.dialect.paused;
    let content = match &verb.to {
        SettingsToSet::Paused => json!({ paused: true }),
        SettingsToSet::Resumed => json!({ paused: false }),
        SettingsToSet::Content(content) => render(ctx, content)?,
    };
    if let Some(trial) = &ctx.world.trial {
        trial.close_watches(ctx).await;
    }
    let call = Call::put(path(ctx, &verb.device)?, content.clone()).by(ctx.world.caller(&verb.by)?);
    let answer = ctx.send(&call).await?;
    if answer.is_success() {
        let settings = &mut ctx.world.state().settings;
        let earlier = settings.remove(&verb.device.value);
        settings.insert(verb.device.value.clone(), Written::anew(content, earlier));
    }
    if verb.may_be_refused && (400..500).contains(&answer.status) {
        let message = format!("the homeserver refuses the path of this settings event: {}", answer.brief());
        return Err(Missed::not_applicable(message));
    }
    let reading = judge_answer(ctx, &call, &answer, verb.expect.as_ref())?;
    capture(ctx, step, &answer)?;
    Ok(Passed::reading(reading))
}

pub(super) async fn expect(ctx: StepContext<'_>, verb: &ExpectSettings) -> StepResult {
    let call = Call::get(path(ctx, &verb.device)?).by(ctx.world.caller(&verb.by)?);
    poll_step(ctx, || async {
        let answer = ctx.send(&call).await?;
        judge_read(ctx, &answer, &verb.is, &verb.device)
    })
    .await?;
    Ok(Passed::default())
}

/// Holds an answer to `GET` against what is to be found. Absent is 404 with `M_NOT_FOUND`, or an empty object.
fn judge_read(
    ctx: StepContext<'_>,
    answer: &Answer,
    is: &SettingsToFind,
    device: &DeviceRef,
) -> Result<(), Missed> {
    let gone = answer.status == 404 && answer.errcode() == Some("M_NOT_FOUND");
    let found = match (&answer.json, answer.status) {
        _ if gone => None,
        (Some(content), 200) => Some(content),
        (None, 200) => {
            return Err(Missed::inconclusive(format!(
                "the settings event of {device} was answered with nothing"
            )));
        }
        _ => {
            let message = format!("the settings event of {device} was answered {}", answer.brief());
            let hint =
                "a settings event that is not there is answered 404 M_NOT_FOUND or with an empty object";
            let missed = Missed::failed(message).hint(hint);
            // A server that fails says neither that it is there nor that it is not.
            return Err(if answer.status >= 500 { missed.tells_nothing() } else { missed });
        }
    };
    judge_content(ctx, found, is, device)
}

/// Holds the content of a settings event, if there is one, against what is to be found.
fn judge_content(
    ctx: StepContext<'_>,
    found: Option<&Value>,
    is: &SettingsToFind,
    device: &DeviceRef,
) -> Result<(), Missed> {
    let paused = &ctx.world.dialect.paused;
    let wanted = match is {
        SettingsToFind::Paused => json!({ paused: true }),
        SettingsToFind::Resumed => json!({ paused: false }),
        SettingsToFind::Content(content) => render(ctx, content)?,
        SettingsToFind::Present | SettingsToFind::Same => {
            return judge_against_write(ctx, found, *is == SettingsToFind::Same, device);
        }
        SettingsToFind::Absent => {
            return match found {
                None => Ok(()),
                Some(content) if *content == json!({}) => Ok(()),
                Some(content) => {
                    Err(Missed::failed(format!("the settings event of {device} is still there")).mismatch(
                        pushproof_record::Mismatch::of("", "no settings event", Some(content.clone())),
                    ))
                }
            };
        }
    };
    match found {
        Some(content) if *content == wanted => Ok(()),
        _ => Err(differs(device, wanted, found)),
    }
}

fn differs(device: &DeviceRef, wanted: Value, found: Option<&Value>) -> Missed {
    let how = if found.is_some() { "reads differently" } else { "is not there" };
    Missed::failed(format!("the settings event of {device} {how}")).mismatch(pushproof_record::Mismatch::of(
        "",
        wanted,
        found.cloned(),
    ))
}

/// Holds the content of a settings event against what the case wrote, and what that was found to read like.
fn judge_against_write(
    ctx: StepContext<'_>,
    found: Option<&Value>,
    same: bool,
    device: &DeviceRef,
) -> Result<(), Missed> {
    let mut state = ctx.world.state();
    let Some(written) = state.settings.get_mut(device) else {
        return Err(Missed::error(format!("no step wrote the settings event of {device}")));
    };
    let is_well = |content: &Value| if same { written.is_same(content) } else { written.can_read(content) };
    match found {
        Some(content) if is_well(content) => {
            if !same {
                written.read = Some(content.clone());
            }
            Ok(())
        }
        _ => Err(differs(device, written.read.clone().unwrap_or_else(|| written.content.clone()), found)),
    }
}

pub(super) async fn sync(ctx: StepContext<'_>, verb: &Sync) -> StepResult {
    let caller = ctx.world.caller(&verb.by)?;
    let since = ctx.world.state().device(&verb.by)?.since.clone();
    let call = match since {
        Some(since) => Call::get("/sync").query("since", since).query("timeout", "0"),
        None => initial_sync(),
    };
    let answer = ctx.send_ok(&call.by(caller)).await?;
    remember(ctx, &verb.by, &next_batch(&answer)?);
    Ok(Passed::default())
}

pub(super) fn next_batch(answer: &Answer) -> Result<String, Missed> {
    answer
        .str_at("/next_batch")
        .map(str::to_owned)
        .ok_or_else(|| Missed::inconclusive("the sync lacks `next_batch`: it is none"))
}

pub(super) fn remember(ctx: StepContext<'_>, device: &DeviceRef, since: &str) {
    let mut state = ctx.world.state();
    if let Some(login) =
        state.actors.get_mut(&device.actor).and_then(|actor| actor.devices.get_mut(&device.device))
    {
        login.since = Some(since.to_owned());
    }
}

pub(super) async fn expect_sync(ctx: StepContext<'_>, verb: &ExpectSync) -> StepResult {
    let caller = ctx.world.caller(&verb.by)?;
    let event_type = ctx.world.dialect.settings_type(&ctx.world.device_id(&verb.device)?);
    match verb.from {
        SyncFrom::Initial => {
            let judge = |answer: &Answer| {
                judge_content(ctx, account_data(answer, &event_type), &verb.is, &verb.device)
            };
            expect_initial(ctx, &verb.by, judge).await?;
        }
        SyncFrom::Last => {
            let since = ctx.world.state().device(&verb.by)?.since.clone();
            let Some(since) = since else {
                return Err(Missed::error(format!("{} has not synced before", verb.by.value)));
            };
            let position = std::sync::Mutex::new(since);
            let told = poll_step(ctx, || async {
                let since = position.lock().expect("no holder of this lock panics").clone();
                let call = Call::get("/sync").query("since", since).query("timeout", "0").by(caller.clone());
                let answer = ctx.rely_on(&call).await?;
                *position.lock().expect("no holder of this lock panics") = next_batch(&answer)?;
                let Some(content) = account_data(&answer, &event_type) else {
                    return Err(Missed::failed(format!(
                        "no incremental sync told {} of the settings event of {}",
                        verb.by.value, verb.device.value
                    )));
                };
                judge_content(ctx, Some(content), &verb.is, &verb.device)
            })
            .await;
            let position = position.into_inner().expect("no holder of this lock panics");
            if let Err(missed) = told {
                return Err(unless_stuck(ctx, &verb.by, &position, missed).await?);
            }
            remember(ctx, &verb.by, &position);
        }
    }
    Ok(Passed::default())
}

/// The content of the latest account data event of a type in a sync.
pub(super) fn account_data<'a>(answer: &'a Answer, event_type: &str) -> Option<&'a Value> {
    let events = answer.json.as_ref()?.pointer("/account_data/events")?.as_array()?;
    events.iter().rev().find(|event| event["type"] == event_type)?.get("content")
}
