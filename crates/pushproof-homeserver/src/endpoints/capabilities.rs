//! `GET /capabilities` (client-server API, "Capabilities Negotiation"), `PUT` and `GET /presence/{userId}/status`
//! (client-server API, "Presence"): both answered, neither acted on.

use http::Method;
use serde_json::{Value, json};

use crate::{
    error::MatrixError,
    fields::Fields,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, State},
};

pub(super) fn routes() -> Vec<Route> {
    let presence = "/presence/{userId}/status";
    vec![
        (Method::GET, "/capabilities", Endpoint::Authenticated(capabilities)),
        (Method::PUT, presence, Endpoint::Authenticated(put_presence)),
        (Method::GET, presence, Endpoint::Authenticated(get_presence)),
    ]
}

#[expect(clippy::unnecessary_wraps, reason = "an endpoint like any other")]
fn capabilities(_: &mut State, _: &Caller, _: &Request) -> Result<Value, MatrixError> {
    Ok(json!({ "capabilities": {
        "m.change_password": { "enabled": true },
        "m.room_versions": { "default": "10", "available": { "10": "stable" } },
    } }))
}

fn put_presence(_: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    State::must_be_self(caller, request.param(0))?;
    request.json()?.required_text("presence")?;
    Ok(json!({}))
}

fn get_presence(state: &mut State, _: &Caller, request: &Request) -> Result<Value, MatrixError> {
    if state.users.contains_key(request.param(0)) {
        Ok(json!({ "presence": "offline" }))
    } else {
        Err(MatrixError::not_found("no such user"))
    }
}
