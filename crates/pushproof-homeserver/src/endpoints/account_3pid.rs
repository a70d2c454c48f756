//! `GET /account/3pid`, `POST /account/3pid/email/requestToken`, `/account/3pid/add` and `/account/3pid/delete`
//! (client-server API, "Adding Account Administrative Contact Information"), and the page behind the link in a
//! validation mail. Mail addresses alone; `next_link` is not followed.

use http::Method;
use serde_json::{Value, json};

use crate::{
    error::MatrixError,
    fields::Fields,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, Email, Operation, State, VALIDATION_PATH},
};

pub(super) fn written_in_full() -> Vec<Route> {
    vec![(Method::GET, VALIDATION_PATH, Endpoint::Open(validate))]
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        (Method::GET, "/account/3pid", Endpoint::Authenticated(list)),
        (Method::POST, "/account/3pid/email/requestToken", Endpoint::Open(request_token)),
        (Method::POST, "/account/3pid/add", Endpoint::Authenticated(add)),
        (Method::POST, "/account/3pid/delete", Endpoint::Authenticated(delete)),
    ]
}

#[expect(clippy::unnecessary_wraps, reason = "an endpoint like any other")]
fn list(state: &mut State, caller: &Caller, _: &Request) -> Result<Value, MatrixError> {
    let emails: Vec<Value> = state.user(&caller.user).emails.iter().map(Email::shown).collect();
    Ok(json!({ "threepids": emails }))
}

fn request_token(state: &mut State, request: &Request) -> Result<Value, MatrixError> {
    let body = request.json()?;
    let client_secret = body.required_text("client_secret")?;
    let email = body.required_text("email")?;
    let attempt = body.value("send_attempt").ok_or_else(|| MatrixError::missing_param("send_attempt"))?;
    let attempt =
        attempt.as_u64().ok_or_else(|| MatrixError::bad_json("`send_attempt` must be a number from 0 on"))?;
    let session = state.request_validation(email, client_secret, attempt)?;
    Ok(json!({ "sid": session }))
}

fn validate(state: &mut State, request: &Request) -> Result<Value, MatrixError> {
    let part = |name: &str| request.query(name).ok_or_else(|| MatrixError::missing_param(name));
    state.validate(&part("sid")?, &part("client_secret")?, &part("token")?)?;
    Ok(json!({ "success": true }))
}

fn add(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let body = request.json()?;
    let session = body.required_text("sid")?;
    let client_secret = body.required_text("client_secret")?;
    state.authorise_by_password(caller, body, Operation::new("add address", session))?;
    state.bind_email(caller, session, client_secret)?;
    Ok(json!({}))
}

fn delete(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let body = request.json()?;
    let medium = body.required_text("medium")?;
    let address = body.required_text("address")?;
    if medium == "email" {
        state.unbind_email(&caller.user, address);
    }
    Ok(json!({ "id_server_unbind_result": "no-support" }))
}
