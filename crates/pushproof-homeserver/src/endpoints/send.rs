//! `PUT /rooms/{roomId}/send/{eventType}/{txnId}`, `PUT /rooms/{roomId}/redact/{eventId}/{txnId}` (client-server API,
//! "Sending events to a room", "Redactions").

use http::Method;
use serde_json::{Value, json};

use crate::{
    error::MatrixError,
    fields::Fields,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, Draft, State},
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        (Method::PUT, "/rooms/{roomId}/send/{eventType}/{txnId}", Endpoint::Authenticated(send)),
        (Method::PUT, "/rooms/{roomId}/redact/{eventId}/{txnId}", Endpoint::Authenticated(redact)),
    ]
}

fn send(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let draft = Draft::message(request.param(1), Value::Object(request.json()?.clone()));
    let event = state.send(caller, request.param(0), draft, Some(request.param(2)))?;
    Ok(json!({ "event_id": event }))
}

fn redact(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let body = request.json_or_empty()?;
    let (room, event, transaction) = (request.param(0), request.param(1), request.param(2));
    let redaction = state.redact(caller, room, event, body.text("reason")?, transaction)?;
    Ok(json!({ "event_id": redaction }))
}
