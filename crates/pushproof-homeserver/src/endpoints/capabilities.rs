//! `GET /capabilities` (client-server API, "Capabilities Negotiation").

use http::Method;
use serde_json::{Value, json};

use crate::{
    error::MatrixError,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, State},
};

pub(super) fn routes() -> Vec<Route> {
    vec![(Method::GET, "/capabilities", Endpoint::Authenticated(capabilities))]
}

#[expect(clippy::unnecessary_wraps, reason = "an endpoint like any other")]
fn capabilities(_: &mut State, _: &Caller, _: &Request) -> Result<Value, MatrixError> {
    Ok(json!({ "capabilities": {
        "m.change_password": { "enabled": true },
        "m.room_versions": { "default": "10", "available": { "10": "stable" } },
    } }))
}
