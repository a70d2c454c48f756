//! Pushers: set, toggle, delete, list.

use std::sync::atomic::{AtomicBool, Ordering};

use pushproof_record::StepVerdict;
use pushproof_scenario::{
    DeviceRef, Label, Step,
    steps::{
        DeletePusher, ExpectNoPusher, ExpectPusher, LinkToFind, PusherKind, SetPusher, StateToFind,
        StateToSet, TogglePusher,
    },
};
use pushproof_sinks::PusherKey;
use pushproof_vocabulary::PushState;
use serde_json::{Map, Value, json};

use crate::{
    context::StepContext,
    http::{Answer, Call},
    outcome::{Missed, Passed, StepResult},
    patience::poll_step,
    steps::request::{capture, json as render, judge_answer, judge_value},
    watch::key_to_set,
    world::{APP_ID, OTHER_APP_ID, Pusher, Quiet},
};

const SET: &str = "/pushers/set";

pub(super) async fn set(ctx: StepContext<'_>, step: &Step, verb: &SetPusher) -> StepResult {
    let dialect = &ctx.world.dialect;
    let key = key_to_set(ctx.world, verb);
    let mut body = template(ctx, &key, verb.kind, &verb.pusher);
    let state = match &verb.state {
        StateToSet::Enabled => Some(dialect.state_value(PushState::Enabled).into()),
        StateToSet::Disabled => Some(dialect.state_value(PushState::Disabled).into()),
        StateToSet::Omitted => None,
        StateToSet::Raw(raw) => Some(render(ctx, raw)?),
    };
    body.extend(state.map(|state| (dialect.state.key.clone(), state)));
    body.extend(verb.append.map(|append| ("append".to_owned(), append.into())));
    if let Some(with) = &verb.with {
        let Value::Object(with) = render(ctx, with)? else {
            return Err(Missed::error("`with` must be a mapping of fields"));
        };
        merge(&mut body, with);
    }
    let call = Call::post(SET, Value::Object(body)).by(ctx.world.caller(&verb.by)?);
    ctx.world.outlet(verb.kind, &key).watch(ctx.run);
    let answer = ctx.send(&call).await?;
    let judged = judge_answer(ctx, &call, &answer, verb.expect.as_ref()).map_err(|missed| {
        if verb.expect.is_some() { missed } else { unless_limited(ctx, verb, &key, &answer, missed) }
    });
    // A refused pusher has a name all the same: later steps look whether it is there.
    let by = verb.by.value.clone();
    let new = Pusher { key, kind: verb.kind, by, quiet: Quiet::No, listed: None };
    let mut state = ctx.world.state();
    let pusher = state.pushers.entry(verb.pusher.value.clone()).or_insert(new);
    if answer.is_success() {
        pusher.quiet = match verb.state {
            StateToSet::Disabled => pusher.quiet.disabled(answer.asked),
            _ => Quiet::No,
        };
    }
    drop(state);
    let reading = judged?;
    capture(ctx, step, &answer)?;
    Ok(Passed::reading(reading))
}

/// What becomes of a set that was refused although nothing is wrong with it: a homeserver may allow so many pushers, or so
/// many apps, and no more.
fn unless_limited(
    ctx: StepContext<'_>,
    verb: &SetPusher,
    key: &PusherKey,
    answer: &Answer,
    missed: Missed,
) -> Missed {
    let by = &verb.by.value.actor;
    let state = ctx.world.state();
    let is_new = state.pushers.values().all(|known| known.key != *key);
    let others = state.pushers.values().filter(|other| other.by.actor == *by && other.key != *key).count();
    match answer.errcode() {
        Some(code) if is_new && others > 0 && code.ends_with("LIMIT_EXCEEDED") => Missed::not_applicable(format!(
            "the homeserver takes no further pusher of the user: POST /pushers/set was answered {}",
            answer.brief()
        ))
        .hint("raise the limit while the homeserver is checked"),
        _ if (400..500).contains(&answer.status) && key.app_id == OTHER_APP_ID => missed.hint(format!(
            "does the homeserver know but some app ids? It must take {APP_ID} and {OTHER_APP_ID} while it is checked"
        )),
        _ if (400..500).contains(&answer.status) && is_new && others > 0 => missed.hint(
            "the user has others, which may be as many as the homeserver allows: raise such a limit while it is \
             checked",
        ),
        _ => missed,
    }
}

/// Adds fields, and replaces those that are there; objects within are merged in the same way.
fn merge(body: &mut Map<String, Value>, with: Map<String, Value>) {
    for (field, value) in with {
        match (body.get_mut(&field), value) {
            (Some(Value::Object(known)), Value::Object(more)) => merge(known, more),
            (_, value) => drop(body.insert(field, value)),
        }
    }
}

/// All settable fields but the state.
fn template(ctx: StepContext<'_>, key: &PusherKey, kind: PusherKind, pusher: &Label) -> Map<String, Value> {
    let body = match kind {
        PusherKind::Http => json!({
            "kind": "http",
            "app_id": key.app_id,
            "pushkey": key.pushkey,
            "app_display_name": "pushproof",
            "device_display_name": format!("Device of {pusher}"),
            "lang": "en",
            "data": { "url": ctx.run.gateway_url.as_str() },
        }),
        PusherKind::Email => return email_pusher(key),
    };
    match body {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// All settable fields but the state of an email pusher.
pub(crate) fn email_pusher(key: &PusherKey) -> Map<String, Value> {
    let body = json!({
        "kind": "email",
        "app_id": key.app_id,
        "pushkey": key.pushkey,
        "app_display_name": "Email Notifications",
        "device_display_name": key.pushkey,
        "lang": "en",
        "data": {},
    });
    match body {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

pub(super) async fn toggle(ctx: StepContext<'_>, verb: &TogglePusher) -> StepResult {
    let pusher = ctx.world.pusher(&verb.pusher)?;
    let caller = ctx.world.caller(&verb.by)?;
    let listed = poll_step(ctx, || async {
        let list = list(ctx, &verb.by).await?;
        listed(&list, &pusher.key)
            .next()
            .cloned()
            .ok_or_else(|| not_listed(&verb.pusher.value, &verb.by, &list))
    })
    .await?;
    let dialect = &ctx.world.dialect;
    let mut body = Map::new();
    for field in [
        "kind",
        "app_id",
        "pushkey",
        "app_display_name",
        "device_display_name",
        "profile_tag",
        "lang",
        "data",
    ] {
        // What GET gives as null was never set; sending null would be another request.
        if let Some(value) = listed.get(field).filter(|value| !value.is_null()) {
            body.insert(field.to_owned(), value.clone());
        }
    }
    body.insert(dialect.state.key.clone(), dialect.state_value(verb.to).into());
    let answer = ctx.send_ok(&Call::post(SET, Value::Object(body)).by(caller)).await?;
    ctx.world.pusher_state_asked(&verb.pusher, verb.to, answer.asked);
    Ok(Passed::default())
}

pub(super) async fn delete(ctx: StepContext<'_>, verb: &DeletePusher) -> StepResult {
    let pusher = ctx.world.pusher(&verb.pusher)?;
    let mut body = template(ctx, &pusher.key, pusher.kind, &verb.pusher);
    body.insert("kind".to_owned(), Value::Null);
    let call = Call::post(SET, Value::Object(body)).by(ctx.world.caller(&verb.by)?);
    let answer = ctx.send_ok(&call).await?;
    ctx.world.pusher_deleted(&verb.pusher, answer.asked);
    Ok(Passed::default())
}

/// The pushers that a device is shown.
async fn list(ctx: StepContext<'_>, by: &DeviceRef) -> Result<Vec<Value>, Missed> {
    let call = Call::get("/pushers").by(ctx.world.caller(by)?);
    let answer: Answer = ctx.rely_on(&call).await?;
    let listed = answer.json.as_ref().and_then(|body| body.get("pushers")).and_then(Value::as_array);
    // The proposal adds to a list that the specification has; without that list there is nothing to be judged.
    match listed {
        Some(pushers) if pushers.iter().all(Value::is_object) => Ok(pushers.clone()),
        Some(_) => Err(Missed::inconclusive("GET /pushers was answered with a list of what are no pushers")),
        None => Err(Missed::inconclusive("GET /pushers was answered without a list `pushers`")),
    }
}

/// Those of the list with this app id and push key.
fn listed<'a>(list: &'a [Value], key: &'a PusherKey) -> impl Iterator<Item = &'a Value> {
    list.iter()
        .filter(|pusher| pusher["app_id"] == key.app_id.as_str() && pusher["pushkey"] == key.pushkey.as_str())
}

fn not_listed(pusher: &Label, by: &DeviceRef, list: &[Value]) -> Missed {
    Missed::failed(format!(
        "GET /pushers by {by} does not list the pusher `{pusher}`, only {} others",
        list.len()
    ))
}

pub(super) async fn expect(ctx: StepContext<'_>, verb: &ExpectPusher) -> StepResult {
    let key = ctx.world.pusher_key(&verb.pusher);
    let is_listed = AtomicBool::new(true);
    let found = poll_step(ctx, || async {
        let list = list(ctx, &verb.by).await?;
        let count = listed(&list, &key).count();
        is_listed.store(count > 0, Ordering::Relaxed);
        let Some(pusher) = listed(&list, &key).next() else {
            return Err(not_listed(&verb.pusher.value, &verb.by, &list));
        };
        if let Some(times) = verb.times.filter(|times| *times != count) {
            return Err(Missed::failed(format!(
                "GET /pushers lists the pusher `{}` {count} times, expected {times}",
                verb.pusher.value
            )));
        }
        none_beside(ctx, &list, &key)?;
        judge_listed(ctx, verb, pusher)
    });
    let state = found.await.map_err(|missed| match missed.verdict {
        StepVerdict::Failed if verb.may_be_missing && !is_listed.load(Ordering::Relaxed) => {
            let reason = "the homeserver keeps no such pusher beside another of the same push key";
            Missed::not_applicable(format!("{reason}: {}", missed.message))
        }
        _ => missed,
    })?;
    if let (Some(StateToFind::Any), Some(state)) = (verb.state, state) {
        ctx.world.state().pusher_listed(&verb.pusher.value, state);
    }
    Ok(Passed::default())
}

/// Nobody sets a pusher whose push key is that of another with something around it: a homeserver that lists one made it by
/// itself.
fn none_beside(ctx: StepContext<'_>, list: &[Value], key: &PusherKey) -> Result<(), Missed> {
    let is_set = |pushkey: &str| {
        pushkey == key.pushkey || ctx.world.state().pushers.values().any(|set| set.key.pushkey == pushkey)
    };
    let beside = list.iter().find(|pusher| {
        pusher["pushkey"].as_str().is_some_and(|other| other.contains(&key.pushkey) && !is_set(other))
    });
    beside.map_or(Ok(()), |pusher| {
        Err(Missed::failed("GET /pushers lists a pusher with a push key that nobody has set").mismatch(
            pushproof_record::Mismatch::of(
                "/pushkey",
                "a push key that was set",
                Some(pusher["pushkey"].clone()),
            ),
        ))
    })
}

/// Holds a listed pusher against what is to be found. Gives the state that it is listed with.
fn judge_listed(
    ctx: StepContext<'_>,
    verb: &ExpectPusher,
    pusher: &Value,
) -> Result<Option<PushState>, Missed> {
    let dialect = &ctx.world.dialect;
    let found = pusher.get(&dialect.state.key);
    let read = found.and_then(|value| dialect.read_state(value));
    if let Some(state) = verb.state {
        let wanted = match state {
            StateToFind::Enabled => Some(PushState::Enabled),
            StateToFind::Disabled => Some(PushState::Disabled),
            StateToFind::Any => None,
            StateToFind::AsListed => Some(ctx.world.pusher(&verb.pusher)?.listed.ok_or_else(|| {
                Missed::error(format!("no step looked which state `{}` has", verb.pusher.value))
            })?),
        };
        if read.is_none() || wanted.is_some() && read != wanted {
            let wanted =
                wanted.map_or_else(|| "a boolean".to_owned(), |state| dialect.state_value(state).to_string());
            return Err(differs(verb, &dialect.state.key, &wanted, found));
        }
    }
    if let Some(link) = &verb.link {
        let found = pusher.get(&dialect.link);
        let (fits, wanted) = match link {
            LinkToFind::Device(device) => {
                let id = ctx.world.device_id(device)?;
                (found == Some(&json!(id)), id)
            }
            LinkToFind::Any => (
                found.and_then(Value::as_str).is_some_and(|id| !id.is_empty()),
                "the id of a device".to_owned(),
            ),
            LinkToFind::ExplicitNull => (found == Some(&Value::Null), "null".to_owned()),
            LinkToFind::NoValue => (found.is_none_or(Value::is_null), "null or no such key".to_owned()),
        };
        if !fits {
            return Err(differs(verb, &dialect.link, &wanted, found));
        }
    }
    if let Some(fields) = &verb.fields {
        judge_value(ctx, fields, pusher, &format!("the pusher `{}`", verb.pusher.value))?;
    }
    Ok(read)
}

fn differs(verb: &ExpectPusher, field: &str, wanted: &str, found: Option<&Value>) -> Missed {
    let shown = found.map_or_else(|| "not there".to_owned(), Value::to_string);
    let pointer = format!("/{}", field.replace('~', "~0").replace('/', "~1"));
    Missed::failed(format!("`{field}` of the pusher `{}` is {shown}, expected {wanted}", verb.pusher.value))
        .mismatch(pushproof_record::Mismatch::of(pointer, wanted, found.cloned()))
}

pub(super) async fn expect_none(ctx: StepContext<'_>, verb: &ExpectNoPusher) -> StepResult {
    let key = ctx.world.pusher_key(&verb.pusher);
    poll_step(ctx, || async {
        let list = list(ctx, &verb.by).await?;
        match listed(&list, &key).next() {
            None => none_beside(ctx, &list, &key),
            Some(pusher) => Err(Missed::failed(format!(
                "GET /pushers by {} lists the pusher `{}`, which must not be there",
                verb.by.value, verb.pusher.value
            ))
            .mismatch(pushproof_record::Mismatch::of(
                "",
                "no such pusher",
                Some(pusher.clone()),
            ))),
        }
    })
    .await?;
    Ok(Passed::default())
}
