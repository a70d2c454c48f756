//! `POST /rooms/{roomId}/receipt/{receiptType}/{eventId}`, `/read_markers`, `PUT /rooms/{roomId}/typing/{userId}`
//! (client-server API, "Receipts", "Fully read markers", "Typing Notifications").

use http::Method;
use serde_json::{Value, json};

use crate::{
    behaviour::Lacks,
    error::MatrixError,
    fields::Fields,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, ReceiptKind, State},
};

/// A client that does not say how long it types is believed so long, in milliseconds.
const TYPING_MS: u64 = 30_000;
/// It is believed so long at most.
const LONGEST_TYPING_MS: u64 = 120_000;

pub(super) fn routes() -> Vec<Route> {
    vec![
        (Method::POST, "/rooms/{roomId}/receipt/{receiptType}/{eventId}", Endpoint::Authenticated(receipt)),
        (Method::POST, "/rooms/{roomId}/read_markers", Endpoint::Authenticated(read_markers)),
        (Method::PUT, "/rooms/{roomId}/typing/{userId}", Endpoint::Authenticated(typing)),
    ]
}

fn receipt(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    state.must_offer(Lacks::Receipts)?;
    request.json_or_empty()?;
    let (room, event) = (request.param(0), request.param(2));
    match request.param(1) {
        "m.fully_read" => state.move_fully_read(caller, room, event)?,
        kind => state.receive_receipt(caller, room, ReceiptKind::named(kind)?, event)?,
    }
    Ok(json!({}))
}

fn read_markers(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let body = request.json()?;
    let room = request.param(0);
    let fully_read = body.text("m.fully_read")?;
    let receipts =
        [(ReceiptKind::Public, body.text("m.read")?), (ReceiptKind::Private, body.text("m.read.private")?)];
    state.room_of(&caller.user, room)?;
    if let Some(event) = fully_read {
        state.move_fully_read(caller, room, event)?;
    }
    for (kind, event) in receipts {
        if let Some(event) = event {
            state.receive_receipt(caller, room, kind, event)?;
        }
    }
    Ok(json!({}))
}

fn typing(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    State::must_be_self(caller, request.param(1))?;
    let body = request.json()?;
    let types = body.truth("typing")?.ok_or_else(|| MatrixError::missing_param("typing"))?;
    let timeout_ms = match body.value("timeout") {
        None => TYPING_MS,
        Some(timeout) => {
            timeout.as_u64().ok_or_else(|| MatrixError::bad_json("`timeout` must be a number"))?
        }
    };
    let until_ms = state.source.now_ms() + timeout_ms.min(LONGEST_TYPING_MS);
    state.type_until(caller, request.param(0), types.then_some(until_ms))?;
    Ok(json!({}))
}
