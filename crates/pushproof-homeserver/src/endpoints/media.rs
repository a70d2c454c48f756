//! `POST /_matrix/media/v3/upload`, `GET …/download/{serverName}/{mediaId}` and with a file name, `…/thumbnail/{serverName}/
//! {mediaId}`, which gives the original, `…/config` (client-server API, "Content Repository"). What is read is there below
//! `/_matrix/client/v1/media` as well, with an access token: some clients ask for that without looking at the version.
//! Left out: media of other servers and previews of URLs.

use http::Method;
use serde_json::{Value, json};

use crate::{
    error::MatrixError,
    request::{BODY_BYTES, Request},
    routes::{Endpoint, Route},
    state::{Caller, Medium, State},
};

/// The type of what comes without one.
const UNKNOWN_TYPE: &str = "application/octet-stream";

pub(super) fn routes() -> Vec<Route> {
    let mut routes: Vec<Route> = Vec::new();
    for path in ["/_matrix/media/v3/upload", "/_matrix/media/r0/upload"] {
        routes.push((Method::POST, path, Endpoint::Authenticated(upload)));
    }
    for path in ["/_matrix/media/v3/config", "/_matrix/media/r0/config", "/_matrix/client/v1/media/config"] {
        routes.push((Method::GET, path, Endpoint::Authenticated(config)));
    }
    for path in [
        "/_matrix/media/v3/download/{serverName}/{mediaId}",
        "/_matrix/media/v3/download/{serverName}/{mediaId}/{fileName}",
        "/_matrix/media/v3/thumbnail/{serverName}/{mediaId}",
        "/_matrix/media/r0/download/{serverName}/{mediaId}",
        "/_matrix/media/r0/download/{serverName}/{mediaId}/{fileName}",
        "/_matrix/media/r0/thumbnail/{serverName}/{mediaId}",
    ] {
        routes.push((Method::GET, path, Endpoint::Medium(download)));
    }
    for path in [
        "/_matrix/client/v1/media/download/{serverName}/{mediaId}",
        "/_matrix/client/v1/media/download/{serverName}/{mediaId}/{fileName}",
        "/_matrix/client/v1/media/thumbnail/{serverName}/{mediaId}",
    ] {
        routes.push((Method::GET, path, Endpoint::Medium(download_with_token)));
    }
    routes
}

#[expect(clippy::unnecessary_wraps, reason = "an endpoint like any other")]
fn upload(state: &mut State, _: &Caller, request: &Request) -> Result<Value, MatrixError> {
    let content_type = request.content_type.clone().unwrap_or_else(|| UNKNOWN_TYPE.to_owned());
    let address = state.upload(Medium { content_type, bytes: request.body.clone() });
    Ok(json!({ "content_uri": address }))
}

#[expect(clippy::unnecessary_wraps, reason = "an endpoint like any other")]
fn config(_: &mut State, _: &Caller, _: &Request) -> Result<Value, MatrixError> {
    Ok(json!({ "m.upload.size": BODY_BYTES }))
}

fn download(state: &mut State, request: &Request) -> Result<Medium, MatrixError> {
    let here = request.param(0) == state.server_name;
    let medium = state.media.get(request.param(1)).filter(|_| here);
    medium.cloned().ok_or_else(|| MatrixError::not_found("no such media"))
}

fn download_with_token(state: &mut State, request: &Request) -> Result<Medium, MatrixError> {
    state.caller(request)?;
    download(state, request)
}
