//! `GET /pushers`, `POST /pushers/set` (client-server API, "Push Notifications").

use http::Method;
use serde_json::{Value, json};

use crate::{
    behaviour::{Lacks, TokenlessSet, WithoutToken},
    error::MatrixError,
    json_text::written,
    request::Request,
    routes::{Endpoint, Route},
    state::State,
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        (Method::GET, "/pushers", Endpoint::Written(list)),
        (Method::POST, "/pushers/set", Endpoint::Open(set)),
    ]
}

fn list(state: &mut State, request: &Request) -> Result<Vec<u8>, MatrixError> {
    state.must_offer(Lacks::Pushers)?;
    match state.caller(request) {
        Ok(caller) => Ok(state.list_pushers(&caller)),
        Err(_) if state.behaviour.listing.without_token == WithoutToken::EmptyList => {
            Ok(written(&json!({ "pushers": [] })))
        }
        Err(refused) => Err(refused),
    }
}

fn set(state: &mut State, request: &Request) -> Result<Value, MatrixError> {
    state.must_offer(Lacks::Pushers)?;
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
