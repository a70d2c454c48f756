//! Registering accounts: openly, with a token, by the shared secret.

use hmac::{Hmac, KeyInit, Mac};
use pushproof_record::Redactor;
use serde_json::{Value, json};
use sha1::Sha1;

use crate::{
    account::NoAccount,
    http::{Answer, Call, Http},
    trace::Trace,
};

/// Registers by user-interactive authentication: asks for the flows, then takes the one that can be gone.
pub(crate) async fn register(
    http: &Http,
    trace: &Trace,
    localpart: &str,
    password: &str,
    token_stage: Option<Value>,
) -> Result<Answer, NoAccount> {
    let mut body = json!({
        "username": localpart,
        "password": password,
        "initial_device_display_name": "pushproof",
    });
    let mut answer = http.send(trace, &Call::post("/register", body.clone())).await?;
    let mut done: Vec<String> = Vec::new();
    // Each round completes one stage; two are the most that this suite can go through.
    while answer.status == 401 && done.len() < 3 {
        let uia = answer.json.clone().unwrap_or_default();
        let Some(stage) = next_stage(&uia, &done, token_stage.is_some()) else {
            return Err(NoAccount::refused(
                "registering an account",
                &answer,
                flows_hint(&uia, token_stage.is_some()),
            ));
        };
        let mut auth = match (stage.as_str(), &token_stage) {
            ("m.login.registration_token", Some(auth)) => auth.clone(),
            _ => json!({ "type": stage }),
        };
        if let Some(session) = uia.get("session") {
            auth["session"] = session.clone();
        }
        body["auth"] = auth;
        done.push(stage);
        answer = http.send(trace, &Call::post("/register", body.clone())).await?;
    }
    if answer.is_success() {
        return Ok(answer);
    }
    let hint = match answer.errcode() {
        Some("M_FORBIDDEN") => {
            "registration is closed: open it for the test, or use `--registration token=@FILE`, `shared-secret=@FILE` or `users=FILE`"
        }
        _ => {
            "accounts can also be had by `--registration token=@FILE`, `shared-secret=@FILE` or `users=FILE`"
        }
    };
    Err(NoAccount::refused("registering an account", &answer, hint))
}

/// The next stage of the first flow that this suite can go through.
fn next_stage(uia: &Value, done: &[String], has_token: bool) -> Option<String> {
    let can = |stage: &str| stage == "m.login.dummy" || has_token && stage == "m.login.registration_token";
    let flows = uia.get("flows")?.as_array()?;
    let mut stages = flows.iter().filter_map(|flow| {
        let stages: Option<Vec<&str>> = flow.get("stages")?.as_array()?.iter().map(Value::as_str).collect();
        stages.filter(|stages| stages.iter().all(|stage| can(stage)))
    });
    stages
        .find_map(|stages| stages.into_iter().find(|stage| !done.iter().any(|d| d == stage)))
        .map(str::to_owned)
}

fn flows_hint(uia: &Value, has_token: bool) -> String {
    let stages: Vec<&str> = uia
        .pointer("/flows")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|flow| flow.get("stages")?.as_array())
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if stages.contains(&"m.login.registration_token") && !has_token {
        return "registration wants a token: `--registration token=@FILE`".to_owned();
    }
    format!(
        "registration wants {}, which no suite can do: switch it off for the test, or use `--registration shared-secret=@FILE` or `users=FILE`",
        if stages.is_empty() { "a flow without stages".to_owned() } else { stages.join(", ") }
    )
}

/// Registers by Synapse's admin endpoint: a nonce, and an HMAC-SHA1 over nonce, name, password and role.
pub(crate) async fn register_by_secret(
    http: &Http,
    trace: &Trace,
    redactor: &Redactor,
    secret: &str,
    localpart: &str,
    password: &str,
) -> Result<Answer, NoAccount> {
    const PATH: &str = "/_synapse/admin/v1/register";
    const TRIED: &str = "registering an account by the shared secret";
    let answer = http.send(trace, &Call::get(PATH)).await?;
    let Some(nonce) = answer.str_at("/nonce") else {
        return Err(NoAccount::refused(
            TRIED,
            &answer,
            "the homeserver must have Synapse's admin endpoint, and `registration_shared_secret` set",
        ));
    };
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update([nonce, localpart, password, "notadmin"].join("\0").as_bytes());
    let mac = hex::encode(mac.finalize().into_bytes());
    redactor.secret(&mac, "REGISTRATION_MAC");
    let body =
        json!({ "nonce": nonce, "username": localpart, "password": password, "admin": false, "mac": mac });
    let answer = http.send(trace, &Call::post(PATH, body)).await?;
    if answer.is_success() {
        Ok(answer)
    } else {
        Err(NoAccount::refused(TRIED, &answer, "is it the homeserver's `registration_shared_secret`?"))
    }
}
