//! `GET /_matrix/client/v1/rooms/{roomId}/relations/{eventId}`, and below it `/{relType}` and `/{relType}/{eventType}`
//! (client-server API, "Forming relationships between events"). Told latest first unless `dir` is `f`. Left out: bundled
//! aggregations.

use http::Method;
use serde_json::{Value, json};

use super::messages::visible_to;
use crate::{
    error::MatrixError,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, Event, State, position_of, shown, token},
};

/// So many relations are told at once, where the client does not say otherwise.
const PAGE: u64 = 50;
/// A client may ask for so many at most.
const LONGEST_PAGE: u64 = 1000;

pub(super) fn routes() -> Vec<Route> {
    [
        "/_matrix/client/v1/rooms/{roomId}/relations/{eventId}",
        "/_matrix/client/v1/rooms/{roomId}/relations/{eventId}/{relType}",
        "/_matrix/client/v1/rooms/{roomId}/relations/{eventId}/{relType}/{eventType}",
    ]
    .map(|path| (Method::GET, path, Endpoint::Authenticated(relations)))
    .to_vec()
}

fn relations(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let (_, room) = state.room_known_to(&caller.user, request.param(0))?;
    let parent = request.param(1);
    let visible = visible_to(room, caller);
    if !visible.iter().any(|event| event.id.as_str() == parent) {
        return Err(MatrixError::not_found("no such event in the room"));
    }
    let asked = |index: usize| Some(request.param(index)).filter(|name| !name.is_empty());
    let (rel_type, event_type) = (asked(2), asked(3));
    let limit = request.query_number("limit")?.unwrap_or(PAGE).clamp(1, LONGEST_PAGE);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let from = request.query("from").map(|from| position_of(&from)).transpose()?;
    let related = visible.iter().filter(|event| {
        event.relates_to(parent, rel_type) && event_type.is_none_or(|asked| asked == event.event_type)
    });
    let (chunk, next) = match request.query("dir").as_deref() {
        Some("f") => {
            let later = related.filter(|event| from.is_none_or(|from| event.position > from));
            page(later, limit, |event| event.position)
        }
        None | Some("b") => {
            let earlier = related.rev().filter(|event| from.is_none_or(|from| event.position <= from));
            page(earlier, limit, |event| event.position - 1)
        }
        Some(_) => return Err(MatrixError::invalid_param("`dir` is `b` or `f`")),
    };
    let mut answer = json!({ "chunk": shown(chunk, caller) });
    if let Some(next) = next {
        answer["next_batch"] = token(next).into();
    }
    Ok(answer)
}

/// The first so many events, and where to go on if there are more.
fn page<'a>(
    events: impl Iterator<Item = &'a std::sync::Arc<Event>>,
    limit: usize,
    after: impl Fn(&Event) -> u64,
) -> (Vec<&'a std::sync::Arc<Event>>, Option<u64>) {
    let mut chunk: Vec<_> = events.take(limit + 1).collect();
    let more = chunk.len() > limit;
    chunk.truncate(limit);
    let next = chunk.last().filter(|_| more).map(|last| after(last));
    (chunk, next)
}
