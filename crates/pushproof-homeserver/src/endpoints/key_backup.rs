//! `GET /room_keys/version` (client-server API, "Server-side key backups"): there is no backup, which clients with
//! encryption ask at their start.

use http::Method;
use serde_json::Value;

use crate::{
    error::MatrixError,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, State},
};

pub(super) fn routes() -> Vec<Route> {
    vec![(Method::GET, "/room_keys/version", Endpoint::Authenticated(version))]
}

fn version(_: &mut State, _: &Caller, _: &Request) -> Result<Value, MatrixError> {
    Err(MatrixError::not_found("there is no key backup"))
}
