//! Afterwards: pushers are deleted, mail addresses taken off, rooms left, devices logged out. What could not be removed is named.

use std::time::Duration;

use futures_util::StreamExt;
use pushproof_record::{Event, Leftover};
use serde_json::{Value, json};

use crate::{
    account::Account,
    context::RunContext,
    emails,
    http::{Call, Caller, NoAnswer},
    login::Login,
    steps::encode,
    trace::Trace,
    uia::send_with_password,
    world::{Actor, World},
};

/// The most time that cleaning up takes in all; what is left then is named.
const DEADLINE: Duration = Duration::from_mins(1);

/// How many accounts are cleaned at the same time.
const AT_ONCE: usize = 16;

/// What one person leaves behind on the subject.
#[derive(Debug)]
pub(crate) struct Remains {
    account: Account,
    token: Option<String>,
    rooms: Vec<String>,
    emails: Vec<String>,
}

impl Remains {
    /// What the people of a case leave behind.
    pub(crate) fn of(world: &World) -> Vec<Self> {
        let actors = std::mem::take(&mut world.state().actors);
        let remains = actors.into_values().map(|Actor { account, devices, rooms, emails }| Self {
            token: devices.into_values().find_map(|device| device.token),
            rooms,
            emails,
            account,
        });
        remains.collect()
    }

    /// What an account of the preflight leaves behind.
    #[must_use]
    pub(crate) fn of_account(account: Account, rooms: Vec<String>, emails: Vec<String>) -> Self {
        Self { token: Some(account.token.clone()), account, rooms, emails }
    }
}

/// Cleans up after everybody, and names what is left.
pub(crate) async fn clean(run: &RunContext, remains: Vec<Remains>) {
    if run.cancel.is_cancelled() {
        run.http.settle().await;
    }
    let names: Vec<String> = remains.iter().map(|remains| remains.account.user_id.clone()).collect();
    let done = std::sync::Mutex::new(Vec::new());
    let all = futures_util::stream::iter(remains.into_iter().enumerate()).for_each_concurrent(
        AT_ONCE,
        async |(index, remains)| {
            clean_one(run, remains).await;
            done.lock().expect("no holder of this lock panics").push(index);
        },
    );
    if tokio::time::timeout(DEADLINE, all).await.is_err() {
        let done = done.into_inner().expect("no holder of this lock panics");
        for (_, user_id) in names.into_iter().enumerate().filter(|(index, _)| !done.contains(index)) {
            leftover(
                run,
                "pushers, rooms and devices",
                &user_id,
                format!("cleaning up took longer than {} s", DEADLINE.as_secs()),
            );
        }
    }
}

fn leftover(run: &RunContext, what: &str, user_id: &str, reason: String) {
    run.tell(Event::Leftover(Leftover { what: what.to_owned(), user_id: Some(user_id.to_owned()), reason }));
}

/// A token of the account that is taken: the one that is known, or that of a new login.
async fn token_of(
    run: &RunContext,
    trace: &Trace,
    account: &mut Account,
    known: Option<String>,
) -> Result<String, String> {
    // A removal or a change of the password that was interrupted may have been done all the same.
    if let (Some(token), None) = (known, &account.next_password) {
        let caller = Caller { token: token.clone(), name: "cleaner".to_owned() };
        let answer = run.http.send(trace, &Call::get("/account/whoami").by(caller)).await;
        if answer.map_err(|error| error.to_string())?.status != 401 {
            return Ok(token);
        }
    }
    let mut reason = String::new();
    let passwords: Vec<String> =
        std::iter::once(account.password.clone()).chain(account.next_password.take()).collect();
    for password in passwords {
        let login = Login { name: "cleaner", user: &account.user_id, password: &password, device_id: None };
        match login.make(&run.http, trace, &run.redactor).await {
            Ok(answer) => {
                account.password = password;
                return Ok(answer.str_at("/access_token").unwrap_or_default().to_owned());
            }
            Err(error) => reason = error.to_string(),
        }
    }
    Err(reason)
}

async fn clean_one(run: &RunContext, remains: Remains) {
    let Remains { mut account, token, mut rooms, emails } = remains;
    let user_id = account.user_id.clone();
    let trace = Trace::default();
    let token = match token_of(run, &trace, &mut account, token).await {
        Ok(token) => token,
        Err(reason) => return leftover(run, "pushers, rooms and devices", &user_id, reason),
    };
    let caller = Caller { token, name: "cleaner".to_owned() };
    if let Err(reason) = delete_pushers(run, &trace, &caller).await {
        leftover(run, "pushers", &user_id, reason);
    }
    for address in emails {
        if let Err(reason) = emails::unbind(run, &trace, &caller, &address).await {
            leftover(run, &format!("the address {address}"), &user_id, reason);
        }
    }
    // Of an account that the run made, every room is the run's own.
    if account.original_password().is_none()
        && let Ok(answer) = run.http.send(&trace, &Call::get("/joined_rooms").by(caller.clone())).await
    {
        let joined = answer.json.as_ref().and_then(|body| body.get("joined_rooms")?.as_array().cloned());
        rooms.extend(joined.into_iter().flatten().filter_map(|room| room.as_str().map(str::to_owned)));
    }
    rooms.sort();
    rooms.dedup();
    for room in rooms {
        let call = Call::post(format!("/rooms/{}/leave", encode(&room)), json!({})).by(caller.clone());
        match run.http.send(&trace, &call).await {
            Ok(answer) if answer.is_success() || answer.status == 403 || answer.status == 404 => {}
            Ok(answer) => leftover(run, &format!("membership of {room}"), &user_id, answer.brief()),
            Err(error) => leftover(run, &format!("membership of {room}"), &user_id, error.to_string()),
        }
    }
    if let Some(original) = account.original_password().filter(|original| *original != account.password) {
        let body = json!({ "new_password": original, "logout_devices": false });
        let call = Call::post("/account/password", body).by(caller.clone());
        match send_with_password(&run.http, &trace, call, &user_id, &account.password).await {
            Ok(answer) if answer.is_success() => {}
            Ok(answer) => leftover(run, "a changed password", &user_id, answer.brief()),
            Err(error) => leftover(run, "a changed password", &user_id, error.to_string()),
        }
    }
    match run.http.send(&trace, &Call::post("/logout/all", json!({})).by(caller)).await {
        Ok(answer) if answer.is_success() => {}
        Ok(answer) => leftover(run, "devices", &user_id, answer.brief()),
        Err(error) => leftover(run, "devices", &user_id, error.to_string()),
    }
}

async fn delete_pushers(run: &RunContext, trace: &Trace, caller: &Caller) -> Result<(), String> {
    let told = |error: NoAnswer| error.to_string();
    let answer = run.http.send(trace, &Call::get("/pushers").by(caller.clone())).await.map_err(told)?;
    let listed = answer.json.as_ref().and_then(|body| body.get("pushers")?.as_array().cloned());
    let listed = listed.ok_or_else(|| format!("listing them was answered {}", answer.brief()))?;
    for pusher in listed {
        let mut body = json!({ "kind": null });
        for field in ["app_id", "pushkey", "app_display_name", "device_display_name", "lang", "data"] {
            body[field] = pusher.get(field).cloned().unwrap_or(Value::String(String::new()));
        }
        let answer =
            run.http.send(trace, &Call::post("/pushers/set", body).by(caller.clone())).await.map_err(told)?;
        if !answer.is_success() {
            return Err(format!("deleting a pusher was answered {}", answer.brief()));
        }
    }
    Ok(())
}
