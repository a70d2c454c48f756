//! `GET /rooms/{roomId}/context/{eventId}` (client-server API, "Event Context").

use http::Method;
use serde_json::{Value, json};

use super::messages::{event_filter, visible_to};
use crate::{
    error::MatrixError,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, Members, State, senders, shown, token},
};

/// So many events around the one are told, where the client does not say otherwise.
const AROUND: u64 = 10;
/// A client may ask for so many at most.
const MOST_AROUND: u64 = 1000;

pub(super) fn routes() -> Vec<Route> {
    vec![(Method::GET, "/rooms/{roomId}/context/{eventId}", Endpoint::Authenticated(context))]
}

fn context(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let (_, room) = state.room_known_to(&caller.user, request.param(0))?;
    let filter = event_filter(request)?;
    let limit = request.query_number("limit")?.unwrap_or(AROUND).min(MOST_AROUND);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let visible = visible_to(room, caller);
    let at = visible.iter().position(|event| event.id.as_str() == request.param(1));
    let at = at.ok_or_else(|| MatrixError::not_found("no such event in the room"))?;
    let event = &visible[at];
    let before: Vec<_> =
        visible[..at].iter().rev().filter(|event| filter.wants(event)).take(limit / 2).collect();
    let after: Vec<_> =
        visible[at + 1..].iter().filter(|event| filter.wants(event)).take(limit - before.len()).collect();
    let start = before.last().unwrap_or(&event).position - 1;
    let end = after.last().unwrap_or(&event).position;
    let state_events: Vec<_> = match filter.members {
        Members::All => room.state_events().collect(),
        Members::Lazy => {
            let told = before.iter().chain(&after).copied().chain([event]);
            let others = room.state_events().filter(|event| event.event_type != "m.room.member");
            others.chain(senders(room, told)).collect()
        }
    };
    Ok(json!({
        "start": token(start),
        "end": token(end),
        "event": event.shown(caller),
        "events_before": shown(before, caller),
        "events_after": shown(after, caller),
        "state": shown(state_events, caller),
    }))
}
