//! `GET /login`, `POST /login`, `POST /logout`, `POST /logout/all` (client-server API, "Login").

use http::Method;
use serde_json::{Value, json};

use super::register::log_in;
use crate::{
    behaviour::Lacks,
    error::MatrixError,
    fields::Fields,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, RemovalPath, State, user_of},
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        (Method::GET, "/login", Endpoint::Open(flows)),
        (Method::POST, "/login", Endpoint::Open(login)),
        (Method::POST, "/logout", Endpoint::Authenticated(logout)),
        (Method::POST, "/logout/all", Endpoint::Authenticated(logout_all)),
    ]
}

#[expect(clippy::unnecessary_wraps, reason = "an endpoint like any other")]
fn flows(_: &mut State, _: &Request) -> Result<Value, MatrixError> {
    Ok(json!({ "flows": [{ "type": "m.login.password" }] }))
}

fn login(state: &mut State, request: &Request) -> Result<Value, MatrixError> {
    let body = request.json()?;
    match body.required_text("type")? {
        "m.login.password" => {}
        other => {
            let error = format!("no logins of type `{other}` here");
            return Err(MatrixError::new(http::StatusCode::BAD_REQUEST, "M_UNKNOWN", error));
        }
    }
    let name = user_of(body)?.ok_or_else(|| MatrixError::missing_param("identifier"))?;
    let password = body.required_text("password")?;
    let user = state.full_user_id(name);
    if !state.users.get(&user).is_some_and(|account| account.has_password(password)) {
        return Err(MatrixError::forbidden("wrong user or password"));
    }
    log_in(state, &user, body)
}

#[expect(clippy::unnecessary_wraps, reason = "an endpoint like any other")]
fn logout(state: &mut State, caller: &Caller, _: &Request) -> Result<Value, MatrixError> {
    state.remove_devices(caller, std::slice::from_ref(&caller.device), RemovalPath::Logout);
    Ok(json!({}))
}

fn logout_all(state: &mut State, caller: &Caller, _: &Request) -> Result<Value, MatrixError> {
    state.must_offer(Lacks::LogoutAll)?;
    let devices = state.devices_of(&caller.user);
    state.remove_devices(caller, &devices, RemovalPath::LogoutAll);
    Ok(json!({}))
}
