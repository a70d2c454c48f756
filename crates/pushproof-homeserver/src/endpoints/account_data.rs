//! `GET` and `PUT /user/{userId}/account_data/{type}` and `/user/{userId}/rooms/{roomId}/account_data/{type}`
//! (client-server API, "Client Config").

use http::Method;
use serde_json::{Value, json};

use crate::{
    error::MatrixError,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, Scope, State},
};

pub(super) fn routes() -> Vec<Route> {
    let global = "/user/{userId}/account_data/{type}";
    let of_room = "/user/{userId}/rooms/{roomId}/account_data/{type}";
    vec![
        (Method::GET, global, Endpoint::Authenticated(get_global)),
        (Method::PUT, global, Endpoint::Authenticated(put_global)),
        (Method::GET, of_room, Endpoint::Authenticated(get_of_room)),
        (Method::PUT, of_room, Endpoint::Authenticated(put_of_room)),
    ]
}

fn get_global(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    state.read_account_data(caller, request.param(0), Scope::Global, request.param(1))
}

fn put_global(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let content = request.json()?.clone();
    state.write_account_data(caller, request.param(0), Scope::Global, request.param(1), content)?;
    Ok(json!({}))
}

fn get_of_room(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let scope = Scope::Room(request.param(1));
    state.read_account_data(caller, request.param(0), scope, request.param(2))
}

fn put_of_room(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let content = request.json()?.clone();
    let scope = Scope::Room(request.param(1));
    state.write_account_data(caller, request.param(0), scope, request.param(2), content)?;
    Ok(json!({}))
}
