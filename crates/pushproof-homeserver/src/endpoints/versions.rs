//! `GET /_matrix/client/versions` (client-server API, "API Versions").

use http::Method;
use pushproof_vocabulary::Era;
use serde_json::{Map, Value, json};

use crate::{
    error::MatrixError,
    request::Request,
    routes::{Endpoint, Route},
    state::State,
};

pub(super) fn routes() -> Vec<Route> {
    vec![(Method::GET, "/_matrix/client/versions", Endpoint::Open(versions))]
}

#[expect(clippy::unnecessary_wraps, reason = "an endpoint like any other")]
fn versions(state: &mut State, _: &Request) -> Result<Value, MatrixError> {
    let mut unstable = Map::new();
    if let (Era::Proposal, Some(flag)) = (state.era, &state.dialect.advertised) {
        unstable.insert(flag.clone(), true.into());
    }
    Ok(json!({ "versions": ["r0.6.1", "v1.1", "v1.2", "v1.3"], "unstable_features": unstable }))
}
