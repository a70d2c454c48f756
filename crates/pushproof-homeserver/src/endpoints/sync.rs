//! `GET /sync` (client-server API, "Syncing").

use http::Method;
use serde_json::{Map, Value};

use crate::{
    behaviour::Syncs,
    error::MatrixError,
    request::{Request, object_in_query},
    routes::{Endpoint, Patience, Polled, Route},
    state::{Caller, Filter, News, Since, State, StateWish, Wish, position_of},
};

pub(super) fn routes() -> Vec<Route> {
    vec![(Method::GET, "/sync", Endpoint::LongPoll(sync))]
}

fn sync(
    state: &mut State,
    caller: &Caller,
    request: &Request,
    patience: Patience,
) -> Result<Polled, MatrixError> {
    let since = match request.query("since") {
        Some(token) => Since::Position(position_of(&token)?),
        None => Since::Beginning,
    };
    let full = request.query("full_state").as_deref() == Some("true");
    let wish = Wish {
        since,
        state: if full { StateWish::Full } else { StateWish::Changed },
        filter: Filter::read(&filter(state, caller, request)?)?,
    };
    state.reached(caller, &wish);
    let asker = (caller.user.clone(), caller.device.clone());
    if state.behaviour.base.syncs == Syncs::Kept
        && let Some((_, answer)) =
            state.kept_syncs.get(&asker).filter(|(since, _)| *since == request.query("since"))
    {
        return Ok(Polled::Ready(answer.clone()));
    }
    let timeout_ms = request.query_number("timeout")?.unwrap_or(0);
    let mut synced = state.sync(caller, &wish);
    if synced.news == News::None
        && !state.has_addition(caller)
        && patience == Patience::Waiting
        && timeout_ms > 0
    {
        return Ok(Polled::NothingYet { timeout_ms });
    }
    if state.behaviour.base.syncs == Syncs::Kept && synced.news != News::None {
        state.kept_syncs.insert(asker, (request.query("since"), synced.answer.clone()));
    }
    state.add_what_waits(caller, &mut synced.answer);
    let is_cut_off = synced.news != News::None && state.takes_cut(caller);
    Ok(if is_cut_off { Polled::CutOff(synced.answer) } else { Polled::Ready(synced.answer) })
}

/// The filter that the query names by id, or carries as JSON.
fn filter(state: &State, caller: &Caller, request: &Request) -> Result<Map<String, Value>, MatrixError> {
    let Some(filter) = request.query("filter") else { return Ok(Map::new()) };
    if filter.starts_with('{') {
        return object_in_query("filter", &filter);
    }
    let stored = filter.parse().ok().and_then(|index: usize| state.user(&caller.user).filters.get(index));
    stored.cloned().ok_or_else(|| MatrixError::invalid_param("no such filter"))
}
