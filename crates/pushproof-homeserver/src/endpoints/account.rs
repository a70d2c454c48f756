//! `GET /account/whoami`, `POST /account/password` (client-server API, "Account management").

use http::Method;
use serde_json::{Value, json};

use crate::{
    behaviour::Lacks,
    error::MatrixError,
    fields::Fields,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, Operation, RemovalPath, State},
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        (Method::GET, "/account/whoami", Endpoint::Authenticated(whoami)),
        (Method::POST, "/account/password", Endpoint::Authenticated(password)),
    ]
}

#[expect(clippy::unnecessary_wraps, reason = "an endpoint like any other")]
fn whoami(_: &mut State, caller: &Caller, _: &Request) -> Result<Value, MatrixError> {
    Ok(json!({ "user_id": caller.user, "device_id": caller.device, "is_guest": false }))
}

fn password(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    state.must_offer(Lacks::PasswordChange)?;
    let body = request.json()?;
    let logout_devices = body.truth("logout_devices")?.unwrap_or(true);
    let new_password = body.text("new_password")?;
    state.authorise_by_password(caller, body, Operation::new("password", caller.user.as_str()))?;
    let new_password = new_password.ok_or_else(|| MatrixError::missing_param("new_password"))?;
    state.user_mut(&caller.user).set_password(new_password);
    if logout_devices {
        let others = state.other_devices(caller);
        state.remove_devices(caller, &others, RemovalPath::PasswordChange);
    } else {
        state.password_changed_alone(caller);
    }
    Ok(json!({}))
}
