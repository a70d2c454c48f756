//! `GET /rooms/{roomId}/state`, `GET` and `PUT /rooms/{roomId}/state/{eventType}/{stateKey}` (client-server API, "Rooms").

use http::Method;
use serde_json::{Value, json};

use crate::{
    error::MatrixError,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, Draft, Membership, Removal, State},
};

pub(super) fn routes() -> Vec<Route> {
    let mut routes: Vec<Route> = vec![(Method::GET, "/rooms/{roomId}/state", Endpoint::Authenticated(all))];
    // The state key may be left out when it is empty, with its slash or without.
    for path in [
        "/rooms/{roomId}/state/{eventType}",
        "/rooms/{roomId}/state/{eventType}/",
        "/rooms/{roomId}/state/{eventType}/{stateKey}",
    ] {
        routes.push((Method::GET, path, Endpoint::Authenticated(get)));
        routes.push((Method::PUT, path, Endpoint::Authenticated(put)));
    }
    routes
}

fn all(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let (_, room) = state.room_known_to(&caller.user, request.param(0))?;
    Ok(room.state_events().map(|event| event.shown(caller)).collect())
}

fn get(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let (_, room) = state.room_known_to(&caller.user, request.param(0))?;
    let event = room.state_event(request.param(1), request.param(2));
    event.map(|event| event.content.clone()).ok_or_else(|| MatrixError::not_found("no such state event"))
}

fn put(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let content = Value::Object(request.json()?.clone());
    let (room, event_type, state_key) = (request.param(0), request.param(1), request.param(2));
    // Membership has rules of its own, which this endpoint shares with those made for it.
    if event_type == "m.room.member" {
        let reason = content.get("reason").and_then(Value::as_str);
        let removal = |action, to| Removal { user: state_key, action, to, reason };
        match content.get("membership").and_then(Value::as_str) {
            Some("join") if state_key == caller.user.as_str() => {
                state.join(caller, room, reason)?;
            }
            Some("leave") if state_key == caller.user.as_str() => state.leave(caller, room, reason)?,
            Some("invite") => state.invite(caller, room, state_key, reason)?,
            Some("leave") => state.remove_member(caller, room, &removal("kick", Membership::Leave))?,
            Some("ban") => state.remove_member(caller, room, &removal("ban", Membership::Ban))?,
            _ => return Err(MatrixError::forbidden("no such change of membership")),
        }
        let member = state.rooms.get(room).and_then(|room| room.state_event(event_type, state_key));
        return Ok(json!({ "event_id": member.map(|event| &event.id) }));
    }
    if state_key.starts_with('@') && state_key != caller.user.as_str() {
        return Err(MatrixError::forbidden("the state key is another user's"));
    }
    let event = state.send(caller, room, Draft::state(event_type, state_key, content), None)?;
    Ok(json!({ "event_id": event }))
}
