//! Which dialect a subject speaks, found out by what it does: the pushers and the settings events apart, because
//! servers implement them apart.
//!
//! What was sent and merely comes back tells nothing: some servers echo whole bodies. So a pusher is set without state
//! and link, and what the server supplies of them by itself counts; and settings events are written in every dialect,
//! and what the server prunes by itself counts.

use pushproof_vocabulary::{Dialect, Half, PushState};
use serde_json::{Map, Value, json};

use crate::{
    account::{Account, NoAccount},
    context::RunContext,
    http::{Answer, Call, Caller, NoAnswer},
    login::Login,
    patience::poll,
    steps::encode,
    trace::Trace,
    uia::send_with_password,
};

/// What was found.
#[derive(Clone, Debug)]
pub(crate) struct Detected {
    /// The dialect of the run.
    pub dialect: Dialect,
    /// Every dialect of which anything was seen, by name.
    pub seen: Vec<String>,
    /// The halves that the subject does not have in this dialect.
    pub missing: Vec<Half>,
}

/// Why the dialect cannot be found out. What a server without the proposal does is no reason: it lists pushers without
/// state and link, and prunes nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Undetected {
    /// There was no answer.
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    /// No device could be logged in that could be removed again.
    #[error("a throw-away device is needed: {0}")]
    NoDevice(#[from] NoAccount),
    /// The subject failed at what every homeserver can do.
    #[error("{tried} was answered {answer}")]
    Failed {
        /// What was tried.
        tried: String,
        /// The answer in a few words.
        answer: String,
    },
}

/// An answer with which the subject does not say that it failed.
fn sound(call: &Call, answer: Answer) -> Result<Answer, Undetected> {
    if answer.status < 500 {
        return Ok(answer);
    }
    Err(Undetected::Failed { tried: format!("{} {}", call.method, call.path), answer: answer.brief() })
}

/// The dialects to look for: all that are known, or the one that was asked for first.
#[must_use]
pub(crate) fn candidates(asked: Option<&Dialect>) -> Vec<Dialect> {
    let mut all: Vec<Dialect> = asked.into_iter().cloned().collect();
    all.extend(
        Dialect::embedded()
            .iter()
            .filter(|known| asked.is_none_or(|asked| asked.name != known.name))
            .cloned(),
    );
    all
}

/// Finds out which dialect the subject speaks, or whether it speaks the one that was asked for.
pub(crate) async fn detect(
    run: &RunContext,
    trace: &Trace,
    probe: &Account,
    advertised: &Map<String, Value>,
    asked: Option<&Dialect>,
) -> Result<Detected, Undetected> {
    let candidates = candidates(asked);
    let (pushers, settings) =
        tokio::try_join!(pushers(run, trace, probe, &candidates), settings(run, trace, probe, &candidates))?;
    Ok(choose(&candidates, &pushers, &settings, &flagged(&candidates, advertised), asked))
}

/// The dialects of which the subject shows or claims the pushers' half; of a server from before the proposal, none.
pub(crate) async fn detect_pushers(
    run: &RunContext,
    trace: &Trace,
    probe: &Account,
    advertised: &Map<String, Value>,
    asked: Option<&Dialect>,
) -> Result<Vec<String>, Undetected> {
    let candidates = candidates(asked);
    let shown = pushers(run, trace, probe, &candidates).await?;
    let claimed = flagged(&candidates, advertised);
    let seen = candidates.into_iter().map(|dialect| dialect.name);
    Ok(seen.filter(|name| shown.contains(name) || claimed.contains(name)).collect())
}

/// The dialects that a subject claims to speak. A flag counts as a claim: a server that makes it and does nothing breaks
/// the proposal, it does not lack it.
fn flagged(candidates: &[Dialect], advertised: &Map<String, Value>) -> Vec<String> {
    let claims = |dialect: &&Dialect| {
        let flag = dialect.advertised.as_ref().and_then(|flag| advertised.get(flag));
        flag.is_some_and(|flag| *flag == json!(true))
    };
    candidates.iter().filter(claims).map(|dialect| dialect.name.clone()).collect()
}

/// Chooses among what was seen: the advertised dialect, else in the order of preference.
fn choose(
    candidates: &[Dialect],
    pushers: &[String],
    settings: &[String],
    flagged: &[String],
    asked: Option<&Dialect>,
) -> Detected {
    let seen: Vec<String> = candidates
        .iter()
        .map(|dialect| &dialect.name)
        .filter(|name| pushers.contains(name) || settings.contains(name) || flagged.contains(name))
        .cloned()
        .collect();
    let best = |found: &[String]| {
        let of =
            |wanted: &dyn Fn(&Dialect) -> bool| candidates.iter().find(|dialect| wanted(dialect)).cloned();
        match asked {
            Some(asked) => found.contains(&asked.name).then(|| asked.clone()),
            None => of(&|dialect| found.contains(&dialect.name) && flagged.contains(&dialect.name))
                .or_else(|| of(&|dialect| found.contains(&dialect.name))),
        }
    };
    let claimed = candidates.iter().find(|dialect| {
        flagged.contains(&dialect.name) && asked.is_none_or(|asked| asked.name == dialect.name)
    });
    let of_pushers = best(pushers).or_else(|| claimed.cloned());
    let of_settings = best(settings);
    let mut missing = Vec::new();
    if of_pushers.is_none() {
        missing.push(Half::Pushers);
    }
    if of_settings.is_none() {
        missing.push(Half::Settings);
    }
    let dialect = match (of_pushers, of_settings) {
        (Some(pushers), Some(settings)) if pushers.name != settings.name => Dialect {
            name: format!("{}+{}", pushers.name, settings.name),
            settings_prefix: settings.settings_prefix,
            paused: settings.paused,
            ..pushers
        },
        (Some(dialect), _) | (None, Some(dialect)) => dialect,
        (None, None) => asked.cloned().unwrap_or_else(|| candidates[0].clone()),
    };
    Detected { dialect, seen, missing }
}

/// The dialects whose state or link the subject supplies by itself.
async fn pushers(
    run: &RunContext,
    trace: &Trace,
    probe: &Account,
    candidates: &[Dialect],
) -> Result<Vec<String>, Undetected> {
    let caller = Caller { token: probe.token.clone(), name: "probe".to_owned() };
    let key = format!("{}-detect", probe.user_id.trim_start_matches('@').replace(':', "-"));
    let set = |state: Option<&Dialect>| {
        let mut body = json!({
            "kind": "http",
            "app_id": "org.pushproof.detect",
            "pushkey": key,
            "app_display_name": "pushproof",
            "device_display_name": "probe",
            "lang": "en",
            "data": { "url": run.gateway_url.as_str() },
        });
        if let Some(dialect) = state {
            body[&dialect.state.key] = dialect.state_value(PushState::Enabled).into();
        }
        Call::post("/pushers/set", body).by(caller.clone())
    };
    // A server that wants the state breaks a clause, but has it: then the link alone tells.
    let mut echoed = None;
    let mut set_by = set(None);
    let mut answer = run.http.send(trace, &set_by).await?;
    for dialect in candidates {
        if answer.is_success() {
            break;
        }
        set_by = set(Some(dialect));
        answer = run.http.send(trace, &set_by).await?;
        echoed = Some(&dialect.state.key);
    }
    if !sound(&set_by, answer)?.is_success() {
        return Ok(Vec::new());
    }
    let list = Call::get("/pushers").by(caller.clone());
    let answer = sound(&list, run.http.send(trace, &list).await?)?;
    let Some(listed) = answer.json.as_ref().and_then(|body| body.get("pushers")?.as_array()) else {
        let answer = format!("{} without a list `pushers`", answer.brief());
        return Err(Undetected::Failed { tried: "GET /pushers".to_owned(), answer });
    };
    let Some(pusher) = listed.iter().find(|pusher| pusher["pushkey"] == key.as_str()).cloned() else {
        return Ok(Vec::new());
    };
    let supplies = |dialect: &&Dialect| {
        let state = pusher.get(&dialect.state.key).is_some() && echoed != Some(&dialect.state.key);
        let link = pusher.get(&dialect.link).is_some();
        state || link
    };
    let found = candidates.iter().filter(supplies).map(|dialect| dialect.name.clone()).collect();
    let mut deletion = set(None);
    if let Some(body) = &mut deletion.body {
        body["kind"] = Value::Null;
    }
    // One that stays is deleted, or named, when the run cleans up.
    run.http.send(trace, &deletion).await?;
    Ok(found)
}

/// The ways in which the throw-away devices go; a server that prunes on one of them has settings events.
#[derive(Clone, Copy, Debug)]
enum Removal {
    Logout,
    DeleteDevice,
    DeleteDevices,
}

/// The dialects whose settings event the subject prunes when its device goes.
async fn settings(
    run: &RunContext,
    trace: &Trace,
    probe: &Account,
    candidates: &[Dialect],
) -> Result<Vec<String>, Undetected> {
    let removals = [Removal::Logout, Removal::DeleteDevice, Removal::DeleteDevices];
    let mut ways: Vec<_> =
        removals.iter().map(|removal| Box::pin(pruned_by(run, trace, probe, candidates, *removal))).collect();
    let mut found = Vec::new();
    // Whichever way shows pruning first decides; a server without it has all of them waited for.
    while !ways.is_empty() {
        let (pruned, _, rest) = futures_util::future::select_all(ways).await;
        found = pruned?;
        if !found.is_empty() {
            break;
        }
        ways = rest;
    }
    Ok(found)
}

async fn pruned_by(
    run: &RunContext,
    trace: &Trace,
    probe: &Account,
    candidates: &[Dialect],
    removal: Removal,
) -> Result<Vec<String>, Undetected> {
    let caller = Caller { token: probe.token.clone(), name: "probe".to_owned() };
    let Account { user_id, password, .. } = probe;
    let login = Login { name: "probe.throw-away", user: user_id, password, device_id: None };
    let login = login.make(&run.http, trace, &run.redactor).await?;
    let (Some(id), Some(token)) = (login.str_at("/device_id"), login.str_at("/access_token")) else {
        let answer = format!("{} without `device_id` or `access_token`", login.brief());
        return Err(Undetected::Failed { tried: "POST /login".to_owned(), answer });
    };
    let path = |dialect: &Dialect| {
        format!("/user/{}/account_data/{}", encode(&probe.user_id), encode(&dialect.settings_type(id)))
    };
    let mut written = Vec::new();
    for dialect in candidates {
        let content = json!({ dialect.paused.as_str(): true });
        let put = Call::put(path(dialect), content.clone()).by(caller.clone());
        let get = Call::get(path(dialect)).by(caller.clone());
        let put = sound(&put, run.http.send(trace, &put).await?)?;
        let read = sound(&get, run.http.send(trace, &get).await?)?;
        if put.is_success() && read.json.as_ref() == Some(&content) {
            written.push(dialect);
        }
    }
    let itself = Caller { token: token.to_owned(), name: "probe.throw-away".to_owned() };
    let gone = match removal {
        Removal::Logout => run.http.send(trace, &Call::post("/logout", json!({})).by(itself)).await?,
        Removal::DeleteDevice => {
            let mut call =
                Call::new(http::Method::DELETE, format!("/devices/{}", encode(id))).by(caller.clone());
            call.body = Some(json!({}));
            send_with_password(&run.http, trace, call, user_id, password).await?
        }
        Removal::DeleteDevices => {
            let call = Call::post("/delete_devices", json!({ "devices": [id] })).by(caller.clone());
            send_with_password(&run.http, trace, call, user_id, password).await?
        }
    };
    if !gone.is_success() {
        return Ok(Vec::new());
    }
    let looked = poll(run.patience, || async {
        let mut pruned = Vec::new();
        for dialect in &written {
            match run.http.send(trace, &Call::get(path(dialect)).by(caller.clone())).await {
                Ok(answer) if answer.status == 404 || answer.json == Some(json!({})) => {
                    pruned.push(dialect.name.clone());
                }
                Ok(_) => {}
                Err(error) => return Err(Some(error)),
            }
        }
        if pruned.is_empty() { Err(None) } else { Ok(pruned) }
    })
    .await;
    match looked {
        Ok(pruned) => Ok(pruned),
        Err(Some(error)) => Err(error.into()),
        Err(None) => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::one(&["msc3881"], &["msc3881"], &[], None, "msc3881", &[])]
    #[case::halves_apart(&["msc3881"], &["stable"], &[], None, "msc3881+stable", &[])]
    #[case::advertised_first(&["msc0000", "msc3881"], &["msc3881"], &["msc3881"], None, "msc3881", &[])]
    #[case::prefixed_before_stable(&["stable", "msc3881"], &["stable"], &[], None, "msc3881+stable", &[])]
    #[case::one_half(&["stable"], &[], &[], None, "stable", &[Half::Settings])]
    #[case::other_half(&[], &["stable"], &[], None, "stable", &[Half::Pushers])]
    #[case::neither(&[], &[], &[], None, "msc0000", &[Half::Pushers, Half::Settings])]
    #[case::claimed_but_not_done(&[], &["msc3881"], &["msc3881"], None, "msc3881", &[])]
    #[case::asked_and_found(&["stable"], &["stable"], &[], Some("stable"), "stable", &[])]
    #[case::asked_and_another_found(&["stable"], &["stable"], &[], Some("msc0000"), "msc0000", &[Half::Pushers, Half::Settings])]
    fn choices(
        #[case] pushers: &[&str],
        #[case] settings: &[&str],
        #[case] flagged: &[&str],
        #[case] asked: Option<&str>,
        #[case] dialect: &str,
        #[case] missing: &[Half],
    ) {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let asked = asked.and_then(Dialect::named);
        let chosen = choose(&candidates(asked), &own(pushers), &own(settings), &own(flagged), asked);
        assert_eq!(chosen.dialect.name, dialect);
        assert_eq!(chosen.missing, missing);
    }
}
