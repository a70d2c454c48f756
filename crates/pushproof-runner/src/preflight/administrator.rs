//! The preflight's look at the first account of the run: some homeservers make the first account that there is their
//! administrator, whoever that is.

use pushproof_record::Event;
use serde_json::Value;

use super::tell;
use crate::{
    account::Account,
    cleanup::{Left, What},
    context::RunContext,
    http::{Call, Caller},
    steps::encode,
    trace::Trace,
};

/// The alias of the room in which Conduit and its descendants are administrated.
const ADMIN_ROOM: &str = "#admins";

/// Says so if the account administers the homeserver, and that this stays.
pub(super) async fn look(run: &RunContext, account: &Account) {
    let trace = Trace::default();
    let Some(sign) = sign(run, &trace, account).await else { return };
    let message = format!("{} became an administrator of the homeserver: {sign}", account.user_id);
    let hint = "the first account of a new homeserver does, and cannot give it back: make one of your own before the \
                suite makes its first, or throw this homeserver away after the run";
    run.tell(Event::Notice(format!("{message}; {hint}")));
    tell(run, "administrator", &trace, Ok(format!("{message}; {hint}")));
    let reason = "the homeserver made the first account so, and has no way back".to_owned();
    run.cleaner.leave(Left { what: What::Administrator, count: 1, user_id: account.user_id.clone(), reason });
}

/// By what the account is known as an administrator.
async fn sign(run: &RunContext, trace: &Trace, account: &Account) -> Option<String> {
    let caller = Caller { token: account.token.clone(), name: "probe".to_owned() };
    let ask = async |path: String| {
        let answer = run.http.send(trace, &Call::get(path).by(caller.clone())).await.ok()?;
        answer.is_success().then_some(answer.json).flatten()
    };
    let user_id = &account.user_id;
    let joined = ask("/joined_rooms".to_owned()).await;
    let joined = joined.as_ref().and_then(|body| body.get("joined_rooms")?.as_array());
    // An account that was made a moment ago and is in a room was put there; into which, the alias tells.
    if let Some(joined) = joined.filter(|joined| !joined.is_empty()) {
        let (_, server) = user_id.split_once(':')?;
        let alias = format!("{ADMIN_ROOM}:{server}");
        let room = ask(format!("/directory/room/{}", encode(&alias))).await;
        let room = room.as_ref().and_then(|body| body.get("room_id"));
        if room.is_some_and(|room| joined.contains(room)) {
            return Some(format!("it is in {alias}"));
        }
    }
    let admin = ask(format!("/_synapse/admin/v1/users/{}/admin", encode(user_id))).await?;
    (admin.get("admin") == Some(&Value::Bool(true))).then(|| "its admin API says so".to_owned())
}
