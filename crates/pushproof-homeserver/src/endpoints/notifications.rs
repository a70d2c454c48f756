//! `GET /notifications` (client-server API, "Listing Notifications").

use http::Method;
use serde_json::{Value, json};

use crate::{
    behaviour::Lacks,
    error::MatrixError,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, State, position_of, token},
};

/// So many notifications are told at once, where the client does not say otherwise.
const PAGE: u64 = 50;

pub(super) fn routes() -> Vec<Route> {
    vec![(Method::GET, "/notifications", Endpoint::Authenticated(notifications))]
}

fn notifications(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    state.must_offer(Lacks::Notifications)?;
    let limit = usize::try_from(request.query_number("limit")?.unwrap_or(PAGE)).unwrap_or(usize::MAX);
    let from = request.query("from").map(|from| position_of(&from)).transpose()?;
    let highlights_only = request.query("only").as_deref() == Some("highlight");
    let user = state.user(&caller.user);
    let mut latest_first = user
        .notifications
        .iter()
        .rev()
        .filter(|notification| from.is_none_or(|from| notification.event.position <= from))
        .filter(|notification| !highlights_only || notification.is_highlight())
        .peekable();
    let told: Vec<Value> = latest_first
        .by_ref()
        .take(limit)
        .map(|notification| {
            let event = &notification.event;
            let read = user.rooms.get(&event.room).is_some_and(|ties| ties.read_up_to >= event.position);
            json!({
                "actions": notification.actions,
                "event": event.shown(caller),
                "profile_tag": null,
                "read": read,
                "room_id": event.room,
                "ts": event.ts_ms,
            })
        })
        .collect();
    let mut answer = json!({ "notifications": told });
    if let Some(next) = latest_first.peek() {
        answer["next_token"] = token(next.event.position).into();
    }
    Ok(answer)
}
