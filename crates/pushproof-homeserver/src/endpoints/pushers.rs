//! `GET /pushers`, `POST /pushers/set` (client-server API, "Push Notifications").

use http::Method;
use serde_json::{Value, json};

use crate::{
    behaviour::WithoutToken,
    error::MatrixError,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, State},
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        (Method::GET, "/pushers", Endpoint::Open(list)),
        (Method::POST, "/pushers/set", Endpoint::Authenticated(set)),
    ]
}

fn list(state: &mut State, request: &Request) -> Result<Value, MatrixError> {
    let pushers = match state.caller(request) {
        Ok(caller) => state.list_pushers(&caller),
        Err(_) if state.behaviour.listing.without_token == WithoutToken::EmptyList => Vec::new(),
        Err(refused) => return Err(refused),
    };
    Ok(json!({ "pushers": pushers }))
}

fn set(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    state.set_pusher(caller, &request.json()?)?;
    Ok(json!({}))
}
