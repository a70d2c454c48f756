//! `GET /rooms/{roomId}/messages`, `/members`, `/joined_members`, `/event/{eventId}` (client-server API, "Getting events
//! for a room").

use http::Method;
use serde_json::{Map, Value, json};

use crate::{
    error::MatrixError,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, Membership, State, position_of, token},
};

/// So many events are told at once, where the client does not say otherwise.
const PAGE: u64 = 10;
/// A client may ask for so many at most.
const LONGEST_PAGE: u64 = 1000;

pub(super) fn routes() -> Vec<Route> {
    vec![
        (Method::GET, "/rooms/{roomId}/messages", Endpoint::Authenticated(messages)),
        (Method::GET, "/rooms/{roomId}/members", Endpoint::Authenticated(members)),
        (Method::GET, "/rooms/{roomId}/joined_members", Endpoint::Authenticated(joined_members)),
        (Method::GET, "/rooms/{roomId}/event/{eventId}", Endpoint::Authenticated(event)),
    ]
}

fn messages(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let (_, room) = state.room_known_to(&caller.user, request.param(0))?;
    // Who has left sees the room up to then.
    let end = match room.member(&caller.user) {
        Some(member) if Membership::of(member) != Membership::Join => member.position,
        _ => state.position(),
    };
    let limit = request.query_number("limit")?.unwrap_or(PAGE).clamp(1, LONGEST_PAGE);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let from = request.query("from").map(|from| position_of(&from)).transpose()?;
    let visible = room.timeline();
    let visible = &visible[..visible.partition_point(|event| event.position <= end)];
    match request.query("dir").as_deref() {
        Some("b") => {
            let from = from.unwrap_or(end);
            let before = visible.partition_point(|event| event.position <= from);
            let chunk = &visible[before.saturating_sub(limit)..before];
            let mut answer = json!({
                "start": token(from),
                "chunk": chunk.iter().rev().map(|event| event.shown(caller)).collect::<Vec<_>>(),
                "state": [],
            });
            if let Some(first) = chunk.first().filter(|_| before > limit) {
                answer["end"] = token(first.position - 1).into();
            }
            Ok(answer)
        }
        Some("f") => {
            let from = from.unwrap_or(0);
            let after = visible.partition_point(|event| event.position <= from);
            let chunk = &visible[after..visible.len().min(after + limit)];
            let mut answer = json!({
                "start": token(from),
                "chunk": chunk.iter().map(|event| event.shown(caller)).collect::<Vec<_>>(),
                "state": [],
            });
            if let Some(last) = chunk.last().filter(|_| after + chunk.len() < visible.len()) {
                answer["end"] = token(last.position).into();
            }
            Ok(answer)
        }
        Some(_) => Err(MatrixError::invalid_param("`dir` is `b` or `f`")),
        None => Err(MatrixError::missing_param("dir")),
    }
}

fn members(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let (_, room) = state.room_known_to(&caller.user, request.param(0))?;
    let wanted = request.query("membership");
    let unwanted = request.query("not_membership");
    let members = room.members().map(|(_, event)| event).filter(|event| {
        let is = |name: &String| Membership::of(event).as_str() == name;
        wanted.as_ref().is_none_or(is) && !unwanted.as_ref().is_some_and(is)
    });
    Ok(json!({ "chunk": members.map(|event| event.shown(caller)).collect::<Vec<_>>() }))
}

fn joined_members(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let (_, room) = state.room_of(&caller.user, request.param(0))?;
    let members = room.members().filter(|(_, event)| Membership::of(event) == Membership::Join);
    let joined: Map<String, Value> = members
        .map(|(user, event)| {
            let shown = json!({
                "display_name": event.content_text("displayname"),
                "avatar_url": event.content_text("avatar_url"),
            });
            (user.to_string(), shown)
        })
        .collect();
    Ok(json!({ "joined": joined }))
}

fn event(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let (_, room) = state.room_known_to(&caller.user, request.param(0))?;
    let event = room.event(request.param(1)).ok_or_else(|| MatrixError::not_found("no such event"))?;
    Ok(event.shown(caller))
}
