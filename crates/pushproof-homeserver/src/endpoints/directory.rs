//! `GET`, `PUT` and `DELETE /directory/room/{roomAlias}`, `GET /rooms/{roomId}/aliases` (client-server API, "Room
//! Aliases"), `GET` and `PUT /directory/list/room/{roomId}`, `GET` and `POST /publicRooms` (client-server API, "Listing
//! Rooms").

use http::Method;
use serde_json::{Map, Value, json};

use crate::{
    error::MatrixError,
    fields::Fields,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, Listing, State},
};

pub(super) fn routes() -> Vec<Route> {
    let alias = "/directory/room/{roomAlias}";
    let listing = "/directory/list/room/{roomId}";
    vec![
        (Method::GET, alias, Endpoint::Open(resolve)),
        (Method::PUT, alias, Endpoint::Authenticated(put)),
        (Method::DELETE, alias, Endpoint::Authenticated(delete)),
        (Method::GET, "/rooms/{roomId}/aliases", Endpoint::Authenticated(aliases)),
        (Method::GET, listing, Endpoint::Open(get_listing)),
        (Method::PUT, listing, Endpoint::Authenticated(put_listing)),
        (Method::GET, "/publicRooms", Endpoint::Open(public_rooms)),
        (Method::POST, "/publicRooms", Endpoint::Authenticated(search)),
    ]
}

fn resolve(state: &mut State, request: &Request) -> Result<Value, MatrixError> {
    let room = state.aliases.get(request.param(0)).ok_or_else(|| MatrixError::not_found("no such alias"))?;
    Ok(json!({ "room_id": room, "servers": [state.server_name] }))
}

fn put(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let body = request.json()?;
    state.put_alias(caller, request.param(0), body.required_text("room_id")?)?;
    Ok(json!({}))
}

fn delete(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    state.delete_alias(caller, request.param(0))?;
    Ok(json!({}))
}

fn aliases(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let (room, _) = state.room_of(&caller.user, request.param(0))?;
    let aliases = state.aliases.iter().filter(|(_, of)| **of == room).map(|(alias, _)| alias);
    Ok(json!({ "aliases": aliases.collect::<Vec<_>>() }))
}

fn get_listing(state: &mut State, request: &Request) -> Result<Value, MatrixError> {
    let room = state.rooms.get(request.param(0)).ok_or_else(|| MatrixError::not_found("no such room"))?;
    Ok(json!({ "visibility": room.listing.as_str() }))
}

fn put_listing(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let body = request.json_or_empty()?;
    let listing = Listing::named(body.text("visibility")?.unwrap_or("public"))?;
    state.list_room(caller, request.param(0), listing)?;
    Ok(json!({}))
}

fn public_rooms(state: &mut State, request: &Request) -> Result<Value, MatrixError> {
    request.query_number("limit")?;
    Ok(listed(&state.public_rooms("")))
}

fn search(state: &mut State, _: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let body = request.json_or_empty()?;
    let term = match body.object("filter")? {
        Some(filter) => filter.text("generic_search_term")?.unwrap_or_default(),
        None => "",
    };
    Ok(listed(&state.public_rooms(term)))
}

/// All rooms on one page: a server in memory has few.
fn listed(rooms: &[Map<String, Value>]) -> Value {
    json!({ "total_room_count_estimate": rooms.len(), "chunk": rooms })
}
