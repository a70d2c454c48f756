//! `POST /user/{userId}/filter`, `GET /user/{userId}/filter/{filterId}` (client-server API, "Filtering").

use http::Method;
use serde_json::{Value, json};

use crate::{
    error::MatrixError,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, Filter, State},
};

/// So many filters of a user are kept.
const FILTERS: usize = 1000;

pub(super) fn routes() -> Vec<Route> {
    vec![
        (Method::POST, "/user/{userId}/filter", Endpoint::Authenticated(store)),
        (Method::GET, "/user/{userId}/filter/{filterId}", Endpoint::Authenticated(get)),
    ]
}

fn store(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    State::must_be_self(caller, request.param(0))?;
    let filter = request.json()?;
    Filter::read(filter)?;
    let filters = &mut state.user_mut(&caller.user).filters;
    let index = match filters.iter().position(|stored| stored == filter) {
        Some(index) => index,
        None if filters.len() >= FILTERS => return Err(MatrixError::invalid_param("too many filters")),
        None => {
            filters.push(filter.clone());
            filters.len() - 1
        }
    };
    Ok(json!({ "filter_id": index.to_string() }))
}

fn get(state: &mut State, caller: &Caller, request: &Request) -> Result<Value, MatrixError> {
    State::must_be_self(caller, request.param(0))?;
    let filter =
        request.param(1).parse().ok().and_then(|index: usize| state.user(&caller.user).filters.get(index));
    filter.map(|filter| json!(filter)).ok_or_else(|| MatrixError::not_found("no such filter"))
}
