//! `GET /pushers`, `POST /pushers/set` (client-server API, "Push Notifications").

use http::Method;
use serde_json::{Value, json};

use crate::{
    error::MatrixError,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, State},
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        (Method::GET, "/pushers", Endpoint::Authenticated(list)),
        (Method::POST, "/pushers/set", Endpoint::Authenticated(set)),
    ]
}

#[expect(clippy::unnecessary_wraps, reason = "an endpoint like any other")]
fn list(state: &mut State, caller: &Caller, _: &Request) -> Result<Value, MatrixError> {
    Ok(json!({ "pushers": state.list_pushers(caller) }))
}

fn set(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    state.set_pusher(caller, &request.json()?)?;
    Ok(json!({}))
}
