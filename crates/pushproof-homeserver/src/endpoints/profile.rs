//! `GET /profile/{userId}`, `GET` and `PUT /profile/{userId}/displayname` and `/avatar_url` (client-server API,
//! "Profiles").

use http::Method;
use serde_json::{Map, Value, json};

use crate::{
    error::MatrixError,
    fields::Fields,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, State},
};

pub(super) fn routes() -> Vec<Route> {
    let (name, avatar) = ("/profile/{userId}/displayname", "/profile/{userId}/avatar_url");
    vec![
        (Method::GET, "/profile/{userId}", Endpoint::Open(profile)),
        (Method::GET, name, Endpoint::Open(get_name)),
        (Method::PUT, name, Endpoint::Authenticated(put_name)),
        (Method::GET, avatar, Endpoint::Open(get_avatar)),
        (Method::PUT, avatar, Endpoint::Authenticated(put_avatar)),
    ]
}

/// The fields of a profile that are set.
fn shown(state: &State, user: &str) -> Result<Map<String, Value>, MatrixError> {
    let user = state.users.get(user).ok_or_else(|| MatrixError::not_found("no such user"))?;
    let fields = [("displayname", &user.display_name), ("avatar_url", &user.avatar_url)];
    Ok(fields.into_iter().filter_map(|(name, value)| Some((name.into(), json!(value.as_ref()?)))).collect())
}

fn profile(state: &mut State, request: &Request) -> Result<Value, MatrixError> {
    shown(state, request.param(0)).map(Value::Object)
}

fn get_name(state: &mut State, request: &Request) -> Result<Value, MatrixError> {
    let mut shown = shown(state, request.param(0))?;
    shown.retain(|name, _| name == "displayname");
    Ok(Value::Object(shown))
}

fn get_avatar(state: &mut State, request: &Request) -> Result<Value, MatrixError> {
    let mut shown = shown(state, request.param(0))?;
    shown.retain(|name, _| name == "avatar_url");
    Ok(Value::Object(shown))
}

fn put_name(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    State::must_be_self(caller, request.param(0))?;
    let name = request.json()?.text("displayname")?.map(str::to_owned);
    state.user_mut(&caller.user).display_name = name;
    state.announce_profile(&caller.user);
    Ok(json!({}))
}

fn put_avatar(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    State::must_be_self(caller, request.param(0))?;
    let avatar = request.json()?.text("avatar_url")?.map(str::to_owned);
    state.user_mut(&caller.user).avatar_url = avatar;
    state.announce_profile(&caller.user);
    Ok(json!({}))
}
