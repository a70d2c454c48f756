//! Cleaning up after one person.

use std::collections::BTreeSet;

use futures_util::StreamExt;
use serde_json::{Value, json};

use super::{Devices, Left, Remains, What, log_out_everywhere};
use crate::{
    account::Account,
    belongings::Belonging,
    context::RunContext,
    emails,
    http::{Call, Caller},
    login::Login,
    steps::encode,
    trace::Trace,
    uia::send_with_password,
};

/// How many requests of one person are sent at the same time.
const AT_ONCE: usize = 4;

struct Person<'a> {
    run: &'a RunContext,
    trace: Trace,
    user_id: String,
    caller: Caller,
}

/// Removes whatever there is of a person, and leaves word of what cannot be removed.
pub(super) async fn clean(run: &RunContext, remains: &mut Remains) {
    let Remains { account, token, rooms, emails } = remains;
    let trace = Trace::default();
    let user_id = account.user_id.clone();
    let has = run.http.belongings().of(&user_id);
    let known = token.take().into_iter().chain(has.devices.values().cloned()).collect();
    let token = match token_of(run, &trace, account, known).await {
        Ok(token) => token,
        Err(reason) => {
            Left::all_of(&user_id, &has, &reason).for_each(|left| run.cleaner.leave(left));
            return;
        }
    };
    let caller = Caller { token, name: "cleaner".to_owned() };
    let person = Person { run, trace, user_id, caller };
    let is_own = !run.accounts.is_dedicated(account);
    tokio::join!(
        person.empty_account_data(&has),
        person.delete_pushers(),
        person.take_off_addresses(emails, has.addresses),
        person.leave_rooms(rooms, &has, is_own),
    );
    person.restore_password(account).await;
    let tokens = has.devices.values().cloned().collect();
    let devices = Devices { user_id: &person.user_id, password: &account.password, tokens };
    let out = log_out_everywhere(&run.cleaner.http, &person.trace, &person.caller, devices).await;
    run.cleaner.count(out.is_ok());
    if let Err(reason) = out {
        person.leave(What::Device, has.devices.len().max(1), reason);
    }
}

/// A token of the account that is taken: one of those that are known, or that of a new login.
async fn token_of(
    run: &RunContext,
    trace: &Trace,
    account: &mut Account,
    known: BTreeSet<String>,
) -> Result<String, String> {
    let mut reason = String::new();
    // A removal or a change of the password that was interrupted may have been done all the same.
    let known = known.into_iter().filter(|_| account.next_password.is_none());
    for token in known {
        let caller = Caller { token: token.clone(), name: "cleaner".to_owned() };
        let answer = run.cleaner.send(trace, &Call::get("/account/whoami").by(caller)).await;
        let answer = answer.map_err(|error| error.to_string())?;
        if answer.status != 401 {
            return Ok(token);
        }
        reason = format!("GET /account/whoami was answered {}", answer.brief());
    }
    let passwords = std::iter::once(account.password.clone()).chain(account.next_password.take());
    for password in passwords.filter(|password| !password.is_empty()) {
        let login = Login { name: "cleaner", user: &account.user_id, password: &password, device_id: None };
        match login.make(&run.cleaner.http, trace, &run.redactor).await {
            Ok(answer) => {
                account.password = password;
                return Ok(answer.str_at("/access_token").unwrap_or_default().to_owned());
            }
            Err(error) => reason = error.to_string(),
        }
    }
    Err(reason)
}

impl Person<'_> {
    fn leave(&self, what: What, count: usize, reason: String) {
        self.run.cleaner.leave(Left { what, count, user_id: self.user_id.clone(), reason });
    }

    /// Sends a request; what it was answered, unless that says that it was done or that there was nothing to do.
    async fn done(&self, call: Call, or: &[u16]) -> Result<(), String> {
        match self.run.cleaner.send(&self.trace, &call.by(self.caller.clone())).await {
            Ok(answer) if answer.is_success() || or.contains(&answer.status) => Ok(()),
            Ok(answer) => Err(format!("its removal was answered {}", answer.brief())),
            Err(error) => Err(error.to_string()),
        }
    }

    /// What a list of the account's has.
    async fn list(&self, path: &str, key: &str) -> Result<Vec<Value>, String> {
        let call = Call::get(path).by(self.caller.clone());
        let answer =
            self.run.cleaner.http.send(&self.trace, &call).await.map_err(|error| error.to_string())?;
        let listed = answer.json.as_ref().and_then(|body| body.get(key)?.as_array());
        listed.cloned().ok_or_else(|| format!("GET {path} was answered {}", answer.brief()))
    }

    /// Does the same with all of these, a few at once, and leaves word of each that could not be done.
    async fn each<T>(
        &self,
        what: What,
        all: impl IntoIterator<Item = T>,
        call: impl Fn(T) -> Call,
        or: &[u16],
    ) {
        let calls: Vec<Call> = all.into_iter().map(call).collect();
        futures_util::stream::iter(calls)
            .for_each_concurrent(AT_ONCE, async |call| {
                if let Err(reason) = self.done(call, or).await {
                    self.leave(what, 1, reason);
                }
            })
            .await;
    }

    /// Settings events and the like, those of devices that are gone too: not every homeserver prunes them.
    async fn empty_account_data(&self, has: &Belonging) {
        let path = |event_type: &String| {
            format!("/user/{}/account_data/{}", encode(&self.user_id), encode(event_type))
        };
        let empty = |event_type| Call::put(path(event_type), json!({}));
        self.each(What::AccountData, &has.account_data, empty, &[404]).await;
    }

    async fn delete_pushers(&self) {
        let listed = match self.list("/pushers", "pushers").await {
            Ok(listed) => listed,
            Err(reason) => {
                let known = self.run.http.belongings().of(&self.user_id).pushers.len();
                if known > 0 {
                    self.leave(What::Pusher, known, reason);
                }
                return;
            }
        };
        let deletion = |pusher: Value| {
            let mut body = json!({ "kind": null });
            for field in ["app_id", "pushkey", "app_display_name", "device_display_name", "lang", "data"] {
                body[field] = pusher.get(field).cloned().unwrap_or(Value::String(String::new()));
            }
            Call::post("/pushers/set", body)
        };
        self.each(What::Pusher, listed, deletion, &[]).await;
    }

    /// Those that are known, and those of the suite's that were added by a request that was interrupted.
    async fn take_off_addresses(&self, known: &[String], perhaps_more: bool) {
        let mut addresses: BTreeSet<String> = known.iter().cloned().collect();
        if perhaps_more {
            let listed = self.list("/account/3pid", "threepids").await.unwrap_or_default();
            let listed = listed.iter().filter_map(|one| one.get("address")?.as_str());
            addresses.extend(listed.filter(|address| emails::is_own(address)).map(str::to_owned));
        }
        self.each(What::Address, addresses, |address| emails::removal(&address), &[]).await;
    }

    async fn leave_rooms(&self, known: &[String], has: &Belonging, is_own: bool) {
        let mut rooms: BTreeSet<String> = known.iter().chain(&has.rooms).cloned().collect();
        // Of an account that the run made, every room is the run's own.
        if is_own && let Ok(joined) = self.list("/joined_rooms", "joined_rooms").await {
            rooms.extend(joined.iter().filter_map(|room| room.as_str().map(str::to_owned)));
        }
        let leave = |room: String| Call::post(format!("/rooms/{}/leave", encode(&room)), json!({}));
        self.each(What::Room, rooms, leave, &[403, 404]).await;
    }

    /// A dedicated account goes back with the password that it had.
    async fn restore_password(&self, account: &mut Account) {
        let original = account.original_password().filter(|original| *original != account.password);
        let Some(original) = original.map(str::to_owned) else { return };
        let body = json!({ "new_password": original, "logout_devices": false });
        let call = Call::post("/account/password", body).by(self.caller.clone());
        let http = &self.run.cleaner.http;
        match send_with_password(http, &self.trace, call, &self.user_id, &account.password).await {
            Ok(answer) if answer.is_success() => {
                self.run.cleaner.count(true);
                account.password = original;
            }
            Ok(answer) => self.leave(What::Password, 1, answer.brief()),
            Err(error) => self.leave(What::Password, 1, error.to_string()),
        }
    }
}
