//! `POST /keys/upload`, `/keys/query`, `/keys/claim`, `GET /keys/changes`, `PUT /sendToDevice/{eventType}/{txnId}`
//! (client-server API, "End-to-End Encryption", "Send-to-Device messaging").

use http::Method;
use serde_json::{Value, json};

use crate::{
    error::MatrixError,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, State, position_of},
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        (Method::POST, "/keys/upload", Endpoint::Authenticated(upload)),
        (Method::POST, "/keys/query", Endpoint::Authenticated(query)),
        (Method::POST, "/keys/claim", Endpoint::Authenticated(claim)),
        (Method::GET, "/keys/changes", Endpoint::Authenticated(changes)),
        (Method::PUT, "/sendToDevice/{eventType}/{txnId}", Endpoint::Authenticated(send_to_device)),
    ]
}

fn upload(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    state.upload_keys(caller, request.json()?)?;
    Ok(json!({ "one_time_key_counts": state.one_time_key_counts(caller) }))
}

fn query(state: &mut State, _: &Caller, request: &Request) -> Result<Value, MatrixError> {
    state.query_keys(request.json()?)
}

fn claim(state: &mut State, _: &Caller, request: &Request) -> Result<Value, MatrixError> {
    state.claim_keys(request.json()?)
}

fn changes(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let position = |name: &str| {
        let token = request.query(name).ok_or_else(|| MatrixError::missing_param(name))?;
        position_of(&token)
    };
    let changed = state.keys_changed(caller, position("from")?, position("to")?);
    Ok(json!({ "changed": changed, "left": [] }))
}

fn send_to_device(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let body = request.json()?;
    if state.is_first_time(caller, request.param(1)) {
        state.send_to_devices(caller, request.param(0), body)?;
    }
    Ok(json!({}))
}
