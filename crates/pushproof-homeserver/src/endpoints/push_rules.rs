//! `GET /pushrules/` and below, `PUT` and `DELETE /pushrules/{scope}/{kind}/{ruleId}`, `/enabled`, `/actions`
//! (client-server API, "Push Rules: API").

use http::Method;
use serde_json::{Value, json};

use crate::{
    error::MatrixError,
    fields::Fields,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, RuleAddress, State},
};

pub(super) fn routes() -> Vec<Route> {
    let rule = "/pushrules/{scope}/{kind}/{ruleId}";
    let enabled = "/pushrules/{scope}/{kind}/{ruleId}/enabled";
    let actions = "/pushrules/{scope}/{kind}/{ruleId}/actions";
    vec![
        (Method::GET, "/pushrules", Endpoint::Authenticated(all)),
        (Method::GET, "/pushrules/", Endpoint::Authenticated(all)),
        (Method::GET, "/pushrules/global", Endpoint::Authenticated(global)),
        (Method::GET, "/pushrules/global/", Endpoint::Authenticated(global)),
        (Method::GET, rule, Endpoint::Authenticated(get)),
        (Method::PUT, rule, Endpoint::Authenticated(put)),
        (Method::DELETE, rule, Endpoint::Authenticated(delete)),
        (Method::GET, enabled, Endpoint::Authenticated(get_enabled)),
        (Method::PUT, enabled, Endpoint::Authenticated(put_enabled)),
        (Method::GET, actions, Endpoint::Authenticated(get_actions)),
        (Method::PUT, actions, Endpoint::Authenticated(put_actions)),
    ]
}

fn address(request: &Request) -> Result<RuleAddress, MatrixError> {
    RuleAddress::new(request.param(0), request.param(1), request.param(2))
}

#[expect(clippy::unnecessary_wraps, reason = "an endpoint like any other")]
fn all(state: &mut State, caller: &Caller, _: &Request) -> Result<Value, MatrixError> {
    Ok(state.push_rules_content(&caller.user))
}

#[expect(clippy::unnecessary_wraps, reason = "an endpoint like any other")]
fn global(state: &mut State, caller: &Caller, _: &Request) -> Result<Value, MatrixError> {
    Ok(state.push_rules_content(&caller.user)["global"].take())
}

fn get(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    state.push_rule(&caller.user, &address(request)?)
}

fn put(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let (after, before) = (request.query("after"), request.query("before"));
    let address = address(request)?;
    state.put_push_rule(caller, &address, request.json()?, after.as_deref(), before.as_deref())?;
    Ok(json!({}))
}

fn delete(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    state.delete_push_rule(caller, &address(request)?)?;
    Ok(json!({}))
}

fn get_enabled(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let rule = state.push_rule(&caller.user, &address(request)?)?;
    Ok(json!({ "enabled": rule["enabled"] }))
}

fn put_enabled(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let enabled = request.json()?.truth("enabled")?.ok_or_else(|| MatrixError::missing_param("enabled"))?;
    state.enable_push_rule(caller, &address(request)?, enabled)?;
    Ok(json!({}))
}

fn get_actions(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let rule = state.push_rule(&caller.user, &address(request)?)?;
    Ok(json!({ "actions": rule["actions"] }))
}

fn put_actions(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    state.set_push_rule_actions(caller, &address(request)?, request.json()?)?;
    Ok(json!({}))
}
