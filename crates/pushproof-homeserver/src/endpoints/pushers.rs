//! `GET /pushers`, `POST /pushers/set` (client-server API, "Push Notifications").

use http::Method;
use serde_json::{Value, json};

use crate::{
    behaviour::{TokenlessSet, WithoutToken},
    error::MatrixError,
    request::Request,
    routes::{Endpoint, Route},
    state::State,
};

pub(super) fn routes() -> Vec<Route> {
    vec![(Method::GET, "/pushers", Endpoint::Open(list)), (Method::POST, "/pushers/set", Endpoint::Open(set))]
}

fn list(state: &mut State, request: &Request) -> Result<Value, MatrixError> {
    let pushers = match state.caller(request) {
        Ok(caller) => state.list_pushers(&caller),
        Err(_) if state.behaviour.listing.without_token == WithoutToken::EmptyList => Vec::new(),
        Err(refused) => return Err(refused),
    };
    // `json!` would copy all of them.
    Ok([("pushers", pushers)].into_iter().collect())
}

fn set(state: &mut State, request: &Request) -> Result<Value, MatrixError> {
    match state.caller(request) {
        Ok(caller) => state.set_pusher(&caller, request.json()?)?,
        Err(refused) => {
            if state.behaviour.setting.without_token == TokenlessSet::RefusedButDone {
                state.set_pusher_of_whomever(request.json()?)?;
            }
            return Err(refused);
        }
    }
    Ok(json!({}))
}
