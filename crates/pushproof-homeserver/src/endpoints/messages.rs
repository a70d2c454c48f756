//! `GET /rooms/{roomId}/messages`, `/members`, `/joined_members`, `/event/{eventId}` (client-server API, "Getting events
//! for a room").

use std::sync::Arc;

use http::Method;
use serde_json::{Map, Value, json};

use crate::{
    error::MatrixError,
    request::{Request, object_in_query},
    routes::{Endpoint, Route},
    state::{
        Caller, Event, EventFilter, Members, Membership, Room, State, position_of, senders, shown, token,
    },
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

/// The events of a room that a user may see: who has left sees the room up to then.
pub(super) fn visible_to<'a>(room: &'a Room, caller: &Caller) -> &'a [Arc<Event>] {
    let all = room.timeline();
    match room.member(&caller.user) {
        Some(member) if Membership::of(member) != Membership::Join => {
            &all[..all.partition_point(|event| event.position <= member.position)]
        }
        _ => all,
    }
}

/// The filter that a request carries in its query.
pub(super) fn event_filter(request: &Request) -> Result<EventFilter, MatrixError> {
    let Some(filter) = request.query("filter") else { return Ok(EventFilter::default()) };
    EventFilter::read(&object_in_query("filter", &filter)?)
}

fn messages(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let (_, room) = state.room_known_to(&caller.user, request.param(0))?;
    let filter = event_filter(request)?;
    let limit = request.query_number("limit")?.unwrap_or(PAGE).clamp(1, LONGEST_PAGE);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let from = request.query("from").map(|from| position_of(&from)).transpose()?;
    let visible = visible_to(room, caller);
    let (start, mut chunk, backwards): (_, Vec<&Arc<Event>>, _) = match request.query("dir").as_deref() {
        Some("b") => {
            let from = from.unwrap_or_else(|| visible.last().map_or(0, |event| event.position));
            let before = &visible[..visible.partition_point(|event| event.position <= from)];
            let wanted = before.iter().rev().filter(|event| filter.wants(event));
            (from, wanted.take(limit + 1).collect(), true)
        }
        Some("f") => {
            let from = from.unwrap_or(0);
            let after = &visible[visible.partition_point(|event| event.position <= from)..];
            let wanted = after.iter().filter(|event| filter.wants(event));
            (from, wanted.take(limit + 1).collect(), false)
        }
        Some(_) => return Err(MatrixError::invalid_param("`dir` is `b` or `f`")),
        None => return Err(MatrixError::missing_param("dir")),
    };
    let more = chunk.len() > limit;
    chunk.truncate(limit);
    let members = match filter.members {
        Members::All => Vec::new(),
        Members::Lazy => senders(room, chunk.iter().copied()),
    };
    let mut answer = json!({ "start": token(start), "state": shown(members, caller) });
    if let Some(last) = chunk.last().filter(|_| more) {
        answer["end"] = token(if backwards { last.position - 1 } else { last.position }).into();
    }
    answer["chunk"] = shown(chunk, caller).into();
    Ok(answer)
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
