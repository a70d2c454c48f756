//! `POST /user_directory/search` (client-server API, "User Directory"): over all users, by id and display name.

use http::Method;
use serde_json::{Value, json};

use crate::{
    error::MatrixError,
    fields::Fields,
    request::Request,
    routes::{Endpoint, Route},
    state::{Caller, State},
};

/// So many users are found at most, where the client does not say otherwise.
const FOUND: u64 = 10;
/// A client may ask for so many at most.
const MOST_FOUND: u64 = 100;

pub(super) fn routes() -> Vec<Route> {
    vec![(Method::POST, "/user_directory/search", Endpoint::Authenticated(search))]
}

fn search(state: &mut State, _: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let body = request.json()?;
    let term = body.required_text("search_term")?.to_lowercase();
    let limit = match body.value("limit") {
        None => FOUND,
        Some(limit) => limit.as_u64().ok_or_else(|| MatrixError::bad_json("`limit` must be a number"))?,
    };
    let limit = usize::try_from(limit.min(MOST_FOUND)).unwrap_or(usize::MAX);
    let mut found: Vec<Value> = state
        .users
        .iter()
        .filter(|(id, user)| {
            let name = user.display_name.as_deref().unwrap_or_default();
            id.as_str().to_lowercase().contains(&term) || name.to_lowercase().contains(&term)
        })
        .map(|(id, user)| {
            let mut shown = json!({ "user_id": id });
            if let Some(name) = &user.display_name {
                shown["display_name"] = json!(name);
            }
            if let Some(avatar) = &user.avatar_url {
                shown["avatar_url"] = json!(avatar);
            }
            shown
        })
        .take(limit + 1)
        .collect();
    let limited = found.len() > limit;
    found.truncate(limit);
    Ok(json!({ "results": found, "limited": limited }))
}
