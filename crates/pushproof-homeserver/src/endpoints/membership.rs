//! `POST /join/{roomIdOrAlias}` and `/rooms/{roomId}/join`, `/invite`, `/leave`, `/forget`, `/kick`, `/ban`, `/unban`,
//! `GET /joined_rooms` (client-server API, "Room membership").

use http::Method;
use serde_json::{Value, json};

use crate::{
    error::MatrixError,
    fields::Fields,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, Membership, Removal, State},
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        (Method::POST, "/join/{roomIdOrAlias}", Endpoint::Authenticated(join)),
        (Method::POST, "/rooms/{roomId}/join", Endpoint::Authenticated(join)),
        (Method::POST, "/rooms/{roomId}/invite", Endpoint::Authenticated(invite)),
        (Method::POST, "/rooms/{roomId}/leave", Endpoint::Authenticated(leave)),
        (Method::POST, "/rooms/{roomId}/forget", Endpoint::Authenticated(forget)),
        (Method::POST, "/rooms/{roomId}/kick", Endpoint::Authenticated(kick)),
        (Method::POST, "/rooms/{roomId}/ban", Endpoint::Authenticated(ban)),
        (Method::POST, "/rooms/{roomId}/unban", Endpoint::Authenticated(unban)),
        (Method::GET, "/joined_rooms", Endpoint::Authenticated(joined_rooms)),
    ]
}

fn join(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let body = request.json_or_empty()?;
    let room = state.join(caller, request.param(0), body.text("reason")?)?;
    Ok(json!({ "room_id": room }))
}

fn invite(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let body = request.json()?;
    state.invite(caller, request.param(0), body.required_text("user_id")?, body.text("reason")?)?;
    Ok(json!({}))
}

fn leave(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let body = request.json_or_empty()?;
    state.leave(caller, request.param(0), body.text("reason")?)?;
    Ok(json!({}))
}

fn forget(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    request.json_or_empty()?;
    state.forget(caller, request.param(0))?;
    Ok(json!({}))
}

fn kick(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    remove(state, caller, request, "kick", Membership::Leave)
}

fn ban(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    remove(state, caller, request, "ban", Membership::Ban)
}

fn unban(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    remove(state, caller, request, "ban", Membership::Leave)
}

fn remove(
    state: &mut State,
    caller: &Caller,
    request: &Request,
    action: &'static str,
    to: Membership,
) -> Result<Value, MatrixError> {
    let body = request.json()?;
    let removal = Removal { user: body.required_text("user_id")?, action, to, reason: body.text("reason")? };
    state.remove_member(caller, request.param(0), &removal)?;
    Ok(json!({}))
}

#[expect(clippy::unnecessary_wraps, reason = "an endpoint like any other")]
fn joined_rooms(state: &mut State, caller: &Caller, _: &Request) -> Result<Value, MatrixError> {
    let rooms = state.user(&caller.user).rooms.keys();
    let joined = rooms.filter(|id| {
        state.rooms.get(*id).and_then(|room| room.membership(&caller.user)) == Some(Membership::Join)
    });
    Ok(json!({ "joined_rooms": joined.collect::<Vec<_>>() }))
}
