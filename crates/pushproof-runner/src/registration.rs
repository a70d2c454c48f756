//! Registering accounts: openly, with a token, by the shared secret.

use std::{borrow::Cow, collections::BTreeSet};

use hmac::{Hmac, KeyInit, Mac};
use pushproof_record::Redactor;
use serde_json::{Value, json};
use sha1::Sha1;

use crate::{
    account::NoAccount,
    http::{Answer, Call, Http, short},
    trace::Trace,
};

const TRIED: &str = "registering an account";

/// Registers by user-interactive authentication: asks for the flows, then takes the first that this suite can go through.
pub(crate) async fn register(
    http: &Http,
    trace: &Trace,
    localpart: &str,
    password: &str,
    token: Option<&str>,
) -> Result<Answer, NoAccount> {
    let mut body = json!({
        "username": localpart,
        "password": password,
        "initial_device_display_name": "pushproof",
    });
    let mut tried: Vec<Stage> = Vec::new();
    loop {
        let answer = http.send(trace, &Call::post("/register", body.clone())).await?;
        if answer.is_success() {
            return Ok(answer);
        }
        let uia = answer.json.clone().unwrap_or_default();
        if answer.status != 401 || !uia.get("flows").is_some_and(Value::is_array) {
            return Err(NoAccount::refused(TRIED, &answer, closed_hint(&answer, token)));
        }
        if let Some(refused) = tried.last().filter(|stage| !stage.is_completed(&uia)) {
            return Err(NoAccount::refused(TRIED, &answer, refused.hint()));
        }
        let Some(stage) = next_stage(&uia, &tried, token.is_some()) else {
            return Err(NoAccount::refused(TRIED, &answer, flows_hint(&uia, token.is_some())));
        };
        let mut auth = json!({ "type": stage.name() });
        if let (Stage::RegistrationToken, Some(token)) = (stage, token) {
            auth["token"] = token.into();
        }
        if let Some(session) = uia.get("session") {
            auth["session"] = session.clone();
        }
        body["auth"] = auth;
        tried.push(stage);
    }
}

/// A stage that this suite can go through (client-server API, "User-Interactive Authentication API").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Dummy,
    RegistrationToken,
    /// The homeserver's terms are accepted: the accounts are its administrator's own.
    Terms,
}

impl Stage {
    const ALL: [Self; 3] = [Self::Dummy, Self::RegistrationToken, Self::Terms];

    const fn name(self) -> &'static str {
        match self {
            Self::Dummy => "m.login.dummy",
            Self::RegistrationToken => "m.login.registration_token",
            Self::Terms => "m.login.terms",
        }
    }

    /// Whether the homeserver has taken it. One that says what was wrong has not.
    fn is_completed(self, uia: &Value) -> bool {
        let completed = uia.get("completed").and_then(Value::as_array);
        let is_named = completed.is_some_and(|stages| stages.iter().any(|stage| stage == self.name()));
        is_named || completed.is_none() && uia.get("errcode").is_none()
    }

    /// What to do where it was refused.
    const fn hint(self) -> &'static str {
        match self {
            Self::RegistrationToken => TOKEN_REFUSED,
            Self::Dummy | Self::Terms => {
                "the homeserver refuses a stage that it has offered: use `--registration shared-secret=@FILE` or `users=FILE`"
            }
        }
    }
}

const TOKEN_REFUSED: &str = "the homeserver does not take the registration token: it may be mistyped, used up, expired or revoked; \
                             make one that may be used for all accounts of the run, and give it with `--registration token=@FILE`";

/// What to do where the homeserver does not even ask for stages, or has no more to ask for.
fn closed_hint(answer: &Answer, token: Option<&str>) -> &'static str {
    match (answer.errcode(), token) {
        (Some("M_FORBIDDEN" | "M_UNAUTHORIZED"), Some(_)) => TOKEN_REFUSED,
        (Some("M_FORBIDDEN"), None) => {
            "registration is closed: open it for the test, or use `--registration token=@FILE`, `shared-secret=@FILE` or `users=FILE`"
        }
        _ => {
            "accounts can also be had by `--registration token=@FILE`, `shared-secret=@FILE` or `users=FILE`"
        }
    }
}

/// The next stage of the first flow that this suite can go through.
fn next_stage(uia: &Value, tried: &[Stage], has_token: bool) -> Option<Stage> {
    let can = |name: &Value| {
        let stage = Stage::ALL.into_iter().find(|stage| name == stage.name())?;
        (has_token || stage != Stage::RegistrationToken).then_some(stage)
    };
    let flows = uia.get("flows")?.as_array()?.iter();
    let mut flows = flows
        .filter_map(|flow| flow.get("stages")?.as_array()?.iter().map(can).collect::<Option<Vec<Stage>>>());
    flows.find_map(|stages| stages.into_iter().find(|stage| !tried.contains(stage)))
}

/// What to do where no flow can be gone through.
fn flows_hint(uia: &Value, has_token: bool) -> String {
    let flows: Vec<Vec<&str>> = uia
        .pointer("/flows")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|flow| {
            let stages = flow.get("stages").and_then(Value::as_array).into_iter().flatten();
            stages.filter_map(Value::as_str).collect()
        })
        .collect();
    let is_ours = |stage: &str| Stage::ALL.iter().any(|ours| ours.name() == stage);
    if !has_token && flows.iter().any(|stages| stages.iter().all(|stage| is_ours(stage))) {
        return "registration needs a token: `--registration token=@FILE`".to_owned();
    }
    let others: BTreeSet<Cow<'_, str>> =
        flows.into_iter().flatten().filter(|stage| !is_ours(stage)).take(8).map(short).collect();
    let others: Vec<&str> = others.iter().map(AsRef::as_ref).collect();
    let wanted = if others.is_empty() { "no stage at all".to_owned() } else { others.join(", ") };
    format!(
        "registration asks for {wanted}, which a person has to do: switch it off for the test, or use `--registration \
         shared-secret=@FILE` or `users=FILE`"
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
    const TRIED: &str = "registering an account with the shared secret";
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
        let hint = match answer.status {
            403 => "the secret in the file is not the homeserver's `registration_shared_secret`",
            _ => "accounts can also be had by `--registration token=@FILE` or `users=FILE`",
        };
        Err(NoAccount::refused(TRIED, &answer, hint))
    }
}
