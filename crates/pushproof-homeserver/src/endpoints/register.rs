//! `POST /register`, `GET /register/available` (client-server API, "Account registration").

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::{
    error::MatrixError,
    fields::Fields,
    ids::UserId,
    request::Request,
    routes::{Endpoint, Route},
    state::{Operation, State},
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        (Method::POST, "/register", Endpoint::Open(register)),
        (Method::GET, "/register/available", Endpoint::Open(available)),
    ]
}

fn register(state: &mut State, request: &Request) -> Result<Value, MatrixError> {
    if request.query("kind").is_some_and(|kind| kind != "user") {
        let error = "there are no guests here";
        return Err(MatrixError::new(StatusCode::FORBIDDEN, "M_GUEST_ACCESS_FORBIDDEN", error));
    }
    let body = request.json_or_empty()?;
    let username = body.text("username")?;
    let password = body.text("password")?;
    let inhibit_login = body.truth("inhibit_login")?.unwrap_or(false);
    if username.is_some() {
        state.registrable(username)?;
    }
    state.authorise_by_dummy(body, Operation::new("register", username.unwrap_or_default()))?;
    let user = state.register(username, password)?;
    if inhibit_login {
        return Ok(json!({ "user_id": user }));
    }
    log_in(state, &user, body)
}

fn available(state: &mut State, request: &Request) -> Result<Value, MatrixError> {
    let username = request.query("username").ok_or_else(|| MatrixError::missing_param("username"))?;
    state.registrable(Some(&username))?;
    Ok(json!({ "available": true }))
}

/// Logs in the device that a registration or login names, and answers as both do.
pub(super) fn log_in(
    state: &mut State,
    user: &UserId,
    body: &Map<String, Value>,
) -> Result<Value, MatrixError> {
    let display_name = body.text("initial_device_display_name")?;
    let (device, token) = state.log_in(user, body.text("device_id")?, display_name)?;
    let home_server = &state.server_name;
    Ok(json!({ "user_id": user, "device_id": device, "access_token": token, "home_server": home_server }))
}
