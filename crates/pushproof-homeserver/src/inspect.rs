//! The inspection port: what a runner and people see of the server and how a runner steers it
//! ([`pushproof_vocabulary::control`]).

use std::{convert::Infallible, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use pushproof_vocabulary::{
    Era,
    control::{Control, Hold, Refusal},
    json,
};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use warp::{Filter, Reply};

use crate::{
    defects,
    homeserver::RestartRequest,
    shared::Shared,
    state::{Addition, Caller, Held, State},
};

/// The way to ask for a restart.
type Restarts = mpsc::Sender<RestartRequest>;

/// The filter that takes every request on the inspection port.
pub(crate) fn filter(
    shared: Arc<Shared>,
    restarts: Restarts,
) -> impl Filter<Extract = (impl Reply,), Error = Infallible> + Clone + Send + Sync + 'static {
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    warp::method()
        .and(warp::path::full())
        .and(query)
        .and(warp::body::bytes())
        .then(move |method: Method, path: warp::path::FullPath, query: String, body: Bytes| {
            let shared = Arc::clone(&shared);
            let restarts = restarts.clone();
            async move {
                if (&method, path.as_str()) == (&Method::GET, "/") {
                    return page();
                }
                rendered(answer(&shared, &restarts, &method, path.as_str(), &query, &body).await)
            }
        })
        .or_else(|_| async { Ok::<_, Infallible>((rendered(Err(refusal("the body cannot be read"))),)) })
}

async fn answer(
    shared: &Arc<Shared>,
    restarts: &Restarts,
    method: &Method,
    path: &str,
    query: &str,
    body: &[u8],
) -> Result<Value, Refusal> {
    match (method.as_str(), path) {
        ("GET", "/journal") => {
            let since = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "since");
            let since = match since {
                None => 0,
                Some((_, since)) => since.parse().map_err(|_| refusal("`since` must be a number"))?,
            };
            let journal = shared.journal.as_ref().map(|journal| journal.since(since));
            serde_json::to_value(journal).map_err(|error| refusal(error.to_string()))
        }
        ("GET", "/synced") => {
            let of = |name: &str| {
                let mut pairs = url::form_urlencoded::parse(query.as_bytes());
                pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
            };
            let caller = device(shared, &of("user_id"), &of("device_id"))?;
            Ok(json!({ "synced": shared.act(|state| state.has_synced(&caller)) }))
        }
        ("GET", "/state") => {
            let state = shared.act(State::summary);
            serde_json::to_value(state).map_err(|error| refusal(error.to_string()))
        }
        ("POST", "/control") => {
            let control = json::from_slice(body)
                .and_then(serde_json::from_value)
                .map_err(|error| refusal(error.to_string()))?;
            obey(shared, restarts, control).await.map(|()| json!({}))
        }
        _ => Err(refusal("there are GET /, GET /journal, GET /state, GET /synced and POST /control")),
    }
}

/// Does what a control message asks for.
pub(crate) async fn obey(shared: &Arc<Shared>, restarts: &Restarts, control: Control) -> Result<(), Refusal> {
    match control {
        Control::SetDialect(dialect) => shared.act(|state| state.dialect = dialect),
        Control::SetLegacy(legacy) => {
            shared.act(|state| state.enter(if legacy { Era::Legacy } else { Era::Proposal }));
        }
        Control::SetDefects(names) => {
            let behaviour = defects::behaviour(&names).map_err(|error| refusal(error.to_string()))?;
            shared.act(|state| state.behaviour = behaviour);
        }
        Control::Restart {} => {
            let (done, wait) = oneshot::channel();
            let gone = |_| refusal("the server is stopping");
            restarts.send(done).await.map_err(|_| refusal("the server is stopping"))?;
            wait.await.map_err(gone)?.map_err(|error| refusal(format!("cannot come back: {error}")))?;
        }
        Control::HoldSync(hold) => held(shared, Held::Syncs, &hold)?,
        Control::HoldWrites(hold) => held(shared, Held::Writes, &hold)?,
        Control::CutSync(of) => {
            let caller = device(shared, &of.user_id, &of.device_id)?;
            shared.act(|state| state.cut_sync(caller));
        }
        Control::ExpireToken(of) => {
            let caller = device(shared, &of.user_id, &of.device_id)?;
            shared.act(|state| state.expire_token(caller));
        }
        Control::AddToSync { user_id, device_id, account_data, rooms } => {
            let caller = device(shared, &user_id, &device_id)?;
            shared.act(|state| state.add_to_sync(caller, Addition { account_data, rooms }));
        }
        Control::WaitIdle { deadline_ms } => {
            let idle = tokio::time::timeout(Duration::from_millis(deadline_ms), shared.activity.idle());
            idle.await.map_err(|_| refusal(format!("still busy after {deadline_ms} ms")))?;
        }
    }
    Ok(())
}

fn held(shared: &Arc<Shared>, what: Held, hold: &Hold) -> Result<(), Refusal> {
    let caller = device(shared, &hold.user_id, &hold.device_id)?;
    shared.act(|state| state.hold(what, caller, hold.held));
    Ok(())
}

/// A device that is there.
fn device(shared: &Arc<Shared>, user_id: &str, device_id: &str) -> Result<Caller, Refusal> {
    let known = shared.act(|state| {
        let user = state.users.get(user_id)?;
        user.devices
            .contains_key(device_id)
            .then(|| Caller { user: user_id.into(), device: device_id.into() })
    });
    known.ok_or_else(|| refusal(format!("{user_id} has no device {device_id}")))
}

fn refusal(error: impl Into<String>) -> Refusal {
    Refusal { error: error.into() }
}

/// The page that shows journal and state to people, and keeps asking for both. It is complete in itself.
fn page() -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(include_bytes!("page.html")));
    let content_type = http::HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, content_type);
    response
}

fn rendered(answered: Result<Value, Refusal>) -> Response<Bytes> {
    let (status, body) = match answered {
        Ok(body) => (StatusCode::OK, serde_json::to_vec(&body)),
        Err(refusal) => (StatusCode::BAD_REQUEST, serde_json::to_vec(&refusal)),
    };
    let mut response = Response::new(body.unwrap_or_default().into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    response
}
