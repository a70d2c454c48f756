//! The client-server API over HTTP: one filter in front of the route table.

use std::{
    convert::Infallible,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use bytes::{Buf, Bytes};
use futures_util::{Stream, StreamExt};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use pushproof_vocabulary::control::Happening;
use serde_json::Value;
use tokio::time::Instant;
use warp::{Filter, Reply};

use crate::{
    error::MatrixError,
    journal,
    request::Request,
    routes::{self, Endpoint, Patience, Polled},
    shared::Shared,
    state::Caller,
};

/// A request body has so many bytes at most.
const BODY_BYTES: usize = 1 << 20;
/// A long poll waits so long at most, whatever the client asks for.
const LONGEST_POLL_MS: u64 = 300_000;

/// An answer: what went well, or a Matrix error.
type Answered = Result<Value, MatrixError>;

/// The filter that takes every request, and never rejects one.
pub(crate) fn filter(
    shared: Arc<Shared>,
) -> impl Filter<Extract = (impl Reply,), Error = Infallible> + Clone + Send + Sync + 'static {
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    warp::method()
        .and(warp::path::full())
        .and(query)
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .then(move |method: Method, path: warp::path::FullPath, query: String, headers: HeaderMap, body| {
            let shared = Arc::clone(&shared);
            async move { respond(shared, method, path, query, headers, body).await }
        })
        .or_else(|_| async { Ok::<_, Infallible>((rendered(&Err(MatrixError::unknown_path())).1,)) })
}

async fn respond<B: Buf>(
    shared: Arc<Shared>,
    method: Method,
    path: warp::path::FullPath,
    query: String,
    headers: HeaderMap,
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Response<Bytes> {
    if method == Method::OPTIONS {
        return rendered(&Ok(Value::Object(serde_json::Map::new()))).1;
    }
    let body = collected(body).await;
    let under_way = shared.activity.begin();
    let (mut request, answered) = match body {
        Ok(body) => (Request::new(method, path.as_str().to_owned(), query, &headers, body), Ok(())),
        Err(error) => {
            (Request::new(method, path.as_str().to_owned(), query, &headers, Bytes::new()), Err(error))
        }
    };
    let caller = shared.journal.as_ref().and_then(|_| shared.act(|state| state.caller_for_journal(&request)));
    let (answered, under_way) = match answered {
        Ok(()) => answer(&shared, &mut request, under_way).await,
        Err(error) => (Err(error), under_way),
    };
    let pause_ms = shared.act(|state| match state.behaviour.answers.pace.bound_ms() {
        0 => 0,
        bound => state.source.below(bound),
    });
    if pause_ms > 0 {
        tokio::time::sleep(Duration::from_millis(pause_ms)).await;
    }
    let (text, response) = rendered(&answered);
    note(&shared, &request, caller, response.status(), &text);
    drop(under_way);
    response
}

/// Finds the endpoint and has it answer. A bug in an endpoint is answered like any error, and harms nobody else.
async fn answer(
    shared: &Arc<Shared>,
    request: &mut Request,
    mut under_way: crate::activity::UnderWay,
) -> (Answered, crate::activity::UnderWay) {
    let endpoint = match routes::find(&request.method, &request.path) {
        Ok((endpoint, params)) => {
            request.params = params;
            endpoint
        }
        Err(error) => return (Err(error), under_way),
    };
    let started = Instant::now();
    let mut patience = Patience::Waiting;
    loop {
        let called = shared.act(|state| {
            let call = AssertUnwindSafe(|| match endpoint {
                Endpoint::Open(endpoint) => endpoint(state, request).map(Polled::Ready),
                Endpoint::Authenticated(endpoint) => {
                    let caller = state.caller(request)?;
                    endpoint(state, &caller, request).map(Polled::Ready)
                }
                Endpoint::LongPoll(endpoint) => {
                    let caller = state.caller(request)?;
                    endpoint(state, &caller, request, patience)
                }
            });
            let polled = catch_unwind(call).unwrap_or_else(|_| Err(MatrixError::internal()));
            // Whoever is told to wait must not miss what happens right after: the handle is made under the lock.
            polled.map(|polled| match polled {
                Polled::Ready(answer) => (Some(answer), None),
                Polled::NothingYet { timeout_ms } => {
                    let woken = state
                        .caller_for_journal(request)
                        .map(|caller| state.user_mut(&caller.user).wake_handle().notified_owned());
                    (None, Some((timeout_ms, woken)))
                }
            })
        });
        match called {
            Err(error) => return (Err(error), under_way),
            Ok((Some(answer), _)) => return (Ok(answer), under_way),
            Ok((None, waiting)) => {
                let (timeout_ms, woken) = waiting.unwrap_or_default();
                drop(under_way);
                let deadline = started + Duration::from_millis(timeout_ms.min(LONGEST_POLL_MS));
                patience = match woken {
                    Some(woken) => match tokio::time::timeout_at(deadline, woken).await {
                        Ok(()) => Patience::Waiting,
                        Err(_) => Patience::Over,
                    },
                    None => Patience::Over,
                };
                under_way = shared.activity.begin();
            }
        }
    }
}

async fn collected<B: Buf>(body: impl Stream<Item = Result<B, warp::Error>>) -> Result<Bytes, MatrixError> {
    let mut body = std::pin::pin!(body);
    let mut collected = Vec::new();
    while let Some(chunk) = body.next().await {
        let mut chunk = chunk.map_err(|_| MatrixError::not_json())?;
        if collected.len() + chunk.remaining() > BODY_BYTES {
            return Err(MatrixError::too_large());
        }
        while chunk.has_remaining() {
            let part = chunk.chunk();
            collected.extend_from_slice(part);
            let read = part.len();
            chunk.advance(read);
        }
    }
    Ok(collected.into())
}

/// The answer as HTTP, and its body once more for the journal. Browsers may read it from any origin (client-server
/// API, "Web Browser Clients").
fn rendered(answered: &Answered) -> (Bytes, Response<Bytes>) {
    let (status, body) = match answered {
        Ok(body) => (StatusCode::OK, serde_json::to_vec(body)),
        Err(error) => (error.status, serde_json::to_vec(&error.body)),
    };
    let body = Bytes::from(body.expect("a JSON value always has a text"));
    let mut response = Response::new(body.clone());
    *response.status_mut() = status;
    let fixed = [
        (header::CONTENT_TYPE, "application/json"),
        (header::SERVER, concat!("pushproof-reference/", env!("CARGO_PKG_VERSION"))),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, DELETE, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "X-Requested-With, Content-Type, Authorization"),
    ];
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    (body, response)
}

fn note(shared: &Shared, request: &Request, caller: Option<Caller>, status: StatusCode, answer: &[u8]) {
    let Some(journal) = &shared.journal else { return };
    let (user_id, device_id) =
        caller.map(|caller| (caller.user.to_string(), caller.device.to_string())).unzip();
    let what = Happening::Request {
        method: request.method.to_string(),
        path: request.path.clone(),
        query: journal::query_without_secrets(&request.query),
        user_id,
        device_id,
        body: journal::without_secrets(&request.body),
        status: status.as_u16(),
        answer: journal::without_secrets(answer),
    };
    journal.add(what, request.body.len() + answer.len());
}
