//! `GET /user/{userId}/rooms/{roomId}/tags`, `PUT` and `DELETE …/tags/{tag}` (client-server API, "Room Tagging"): the
//! `m.tag` account data of a room, tag by tag.

use http::Method;
use serde_json::{Map, Value, json};

use crate::{
    error::MatrixError,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, Scope, State},
};

const TAGS: &str = "m.tag";

pub(super) fn routes() -> Vec<Route> {
    let tag = "/user/{userId}/rooms/{roomId}/tags/{tag}";
    vec![
        (Method::GET, "/user/{userId}/rooms/{roomId}/tags", Endpoint::Authenticated(list)),
        (Method::PUT, tag, Endpoint::Authenticated(put)),
        (Method::DELETE, tag, Endpoint::Authenticated(delete)),
    ]
}

fn tags(state: &State, caller: &Caller, request: &Request) -> Result<Map<String, Value>, MatrixError> {
    State::must_be_self(caller, request.param(0))?;
    let content = state.read_account_data(caller, request.param(0), Scope::Room(request.param(1)), TAGS);
    let tags = content.ok().and_then(|mut content| content.get_mut("tags").map(Value::take));
    Ok(match tags {
        Some(Value::Object(tags)) => tags,
        _ => Map::new(),
    })
}

fn store(
    state: &mut State,
    caller: &Caller,
    request: &Request,
    tags: Map<String, Value>,
) -> Result<Value, MatrixError> {
    let content = Map::from_iter([("tags".to_owned(), Value::Object(tags))]);
    let scope = Scope::Room(request.param(1));
    state.write_account_data(caller, request.param(0), scope, TAGS, content)?;
    Ok(json!({}))
}

fn list(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    Ok(json!({ "tags": tags(state, caller, request)? }))
}

fn put(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let tag = request.json_or_empty()?;
    let mut tags = tags(state, caller, request)?;
    tags.insert(request.param(2).to_owned(), Value::Object(tag.clone()));
    store(state, caller, request, tags)
}

fn delete(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let mut tags = tags(state, caller, request)?;
    tags.shift_remove(request.param(2));
    store(state, caller, request, tags)
}
