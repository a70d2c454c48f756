//! `GET /voip/turnServer` (client-server API, "Voice over IP"): there is none, which clients that can call ask at their
//! start.

use http::Method;
use serde_json::{Value, json};

use crate::{
    error::MatrixError,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, State},
};

pub(super) fn routes() -> Vec<Route> {
    vec![(Method::GET, "/voip/turnServer", Endpoint::Authenticated(turn_server))]
}

#[expect(clippy::unnecessary_wraps, reason = "an endpoint like any other")]
fn turn_server(_: &mut State, _: &Caller, _: &Request) -> Result<Value, MatrixError> {
    Ok(json!({}))
}
