//! `POST /createRoom` (client-server API, "Creation").

use http::Method;
use serde_json::{Value, json};

use crate::{
    error::MatrixError,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, State},
};

pub(super) fn routes() -> Vec<Route> {
    vec![(Method::POST, "/createRoom", Endpoint::Authenticated(create))]
}

fn create(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let room = state.create_room(caller, request.json_or_empty()?)?;
    Ok(json!({ "room_id": room }))
}
