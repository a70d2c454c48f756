//! `PUT` and `GET /presence/{userId}/status` (client-server API, "Presence").

use http::Method;
use serde_json::{Value, json};

use crate::{
    error::MatrixError,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, State},
};

pub(super) fn routes() -> Vec<Route> {
    let status = "/presence/{userId}/status";
    vec![
        (Method::PUT, status, Endpoint::Authenticated(put)),
        (Method::GET, status, Endpoint::Authenticated(get)),
    ]
}

fn put(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    State::must_be_self(caller, request.param(0))?;
    state.set_presence(caller, request.json()?)?;
    Ok(json!({}))
}

fn get(state: &mut State, _: &Caller, request: &Request) -> Result<Value, MatrixError> {
    state.presence(request.param(0)).map(Value::Object)
}
