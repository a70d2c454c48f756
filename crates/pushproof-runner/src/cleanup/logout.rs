//! Logging out of every device of an account, also where a homeserver does not do so when it is asked to.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::{
    http::{Call, Caller, Http},
    steps::encode,
    trace::Trace,
    uia::send_with_password,
};

/// An account, and the tokens that are known of its devices.
#[derive(Debug)]
pub(crate) struct Devices<'a> {
    pub user_id: &'a str,
    pub password: &'a str,
    pub tokens: Vec<String>,
}

/// Logs every device out: all at once, or, where that has no effect, each by itself. Gives what went wrong.
pub(crate) async fn log_out_everywhere(
    http: &Http,
    trace: &Trace,
    by: &Caller,
    devices: Devices<'_>,
) -> Result<(), String> {
    let all = Call::post("/logout/all", json!({})).by(by.clone());
    let answer = http.send(trace, &all).await.map_err(|error| error.to_string())?;
    let name = || by.name.clone();
    let others = devices.tokens.iter().filter(|token| **token != by.token);
    let callers = others.map(|token| Caller { token: token.clone(), name: name() });
    let callers: Vec<Caller> = callers.chain([by.clone()]).collect();
    // What an answer says of it need not be so.
    let living = join_all(callers.into_iter().map(|caller| is_logged_in(http, trace, caller))).await;
    let living: Vec<Caller> = living.into_iter().flatten().collect();
    let Some(one) = living.last() else { return Ok(()) };
    let reason = format!("POST /logout/all was answered {} and had no effect", answer.brief());
    log_out_others(http, trace, one, &devices, living.len()).await;
    let outs = living.iter().map(async |caller| {
        let call = Call::post("/logout", json!({})).by(caller.clone());
        match http.send(trace, &call).await {
            // Nor need what this one says of it.
            Ok(answer) if answer.is_success() => match is_logged_in(http, trace, caller.clone()).await {
                None => Ok(()),
                Some(_) => Err(format!("{reason}, and neither had POST /logout")),
            },
            Ok(answer) if answer.status == 401 => Ok(()),
            Ok(answer) => Err(format!("{reason}; POST /logout was answered {}", answer.brief())),
            Err(error) => Err(format!("{reason}; POST /logout: {error}")),
        }
    });
    join_all(outs).await.into_iter().collect()
}

async fn is_logged_in(http: &Http, trace: &Trace, caller: Caller) -> Option<Caller> {
    let answer = http.send(trace, &Call::get("/account/whoami").by(caller.clone())).await;
    answer.is_ok_and(|answer| answer.is_success()).then_some(caller)
}

/// Removes the devices of which no token is known. Those whose token is known log out by themselves; they are removed
/// too if there are more devices than tokens, since which is which is not known here.
async fn log_out_others(http: &Http, trace: &Trace, by: &Caller, devices: &Devices<'_>, living: usize) {
    let Ok(answer) = http.send(trace, &Call::get("/devices").by(by.clone())).await else { return };
    let listed = answer.json.as_ref().and_then(|body| body.get("devices")?.as_array()).cloned();
    let ids: Vec<String> = listed
        .into_iter()
        .flatten()
        .filter_map(|device| device.get("device_id").and_then(Value::as_str).map(str::to_owned))
        .collect();
    if ids.len() <= living {
        return;
    }
    let Ok(me) = http.send(trace, &Call::get("/account/whoami").by(by.clone())).await else { return };
    let own = me.str_at("/device_id").unwrap_or_default();
    for id in ids.iter().filter(|id| *id != own) {
        let mut call = Call::new(http::Method::DELETE, format!("/devices/{}", encode(id))).by(by.clone());
        call.body = Some(json!({}));
        // Whether it is gone is told by what the account still has.
        let _ = send_with_password(http, trace, call, devices.user_id, devices.password).await;
    }
}
