//! `POST /createRoom`, `GET /directory/room/{roomAlias}` (client-server API, "Creation", "Room Aliases").

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
        (Method::POST, "/createRoom", Endpoint::Authenticated(create)),
        (Method::GET, "/directory/room/{roomAlias}", Endpoint::Open(resolve)),
    ]
}

fn create(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let room = state.create_room(caller, &request.json_or_empty()?)?;
    Ok(json!({ "room_id": room }))
}

fn resolve(state: &mut State, request: &Request) -> Result<Value, MatrixError> {
    let room = state.aliases.get(request.param(0)).ok_or_else(|| MatrixError::not_found("no such alias"))?;
    Ok(json!({ "room_id": room, "servers": [state.server_name] }))
}
