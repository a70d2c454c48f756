//! The HTTP side of the gateway.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Buf;
use futures_util::{Stream, StreamExt};
use http::{Method, Response, StatusCode, header::CONTENT_TYPE};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use serde_json::json;
use tokio::{
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
};
use warp::{Filter, path::FullPath};

use super::{notify::Notification, store::Store};
use crate::Loss;

/// The only path of a push gateway.
const NOTIFY: &str = "/_matrix/push/v1/notify";
/// How long no connection is taken after the system could not give one, as when it has too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

type Shared = Arc<Mutex<Store>>;

/// A connection that is served.
struct Connection {
    task: AbortHandle,
    /// Whether a request may be under way. It is so from the beginning, as one is opened for a request.
    underway: Arc<AtomicBool>,
}

/// Takes connections until the task is aborted; its connections end with it. A connection too many ends the oldest: a
/// homeserver that opens one for each notification, and closes none, is still heard.
pub(super) async fn serve(listener: TcpListener, store: Shared) {
    let most = store.lock().expect("no holder of this lock panics").limits().connections;
    let mut connections = JoinSet::new();
    let mut by_age: VecDeque<Connection> = VecDeque::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _peer)) => {
                    by_age.retain(|connection| !connection.task.is_finished());
                    if by_age.len() >= most && let Some(oldest) = by_age.pop_front() {
                        oldest.task.abort();
                        if oldest.underway.load(Ordering::Relaxed) {
                            store.lock().expect("no holder of this lock panics").lose(Loss::CutOff);
                        }
                    }
                    let underway = Arc::new(AtomicBool::new(true));
                    let task = connections.spawn(converse(stream, Arc::clone(&store), Arc::clone(&underway)));
                    by_age.push_back(Connection { task, underway });
                }
                Err(error) => {
                    tracing::warn!(%error, "the push gateway could not take a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_ended) = connections.join_next() => {}
        }
    }
}

/// Answers what is asked over a connection until it ends.
async fn converse(stream: TcpStream, store: Shared, underway: Arc<AtomicBool>) {
    let request = warp::method().and(warp::path::full()).and(warp::body::stream());
    let filter = request.then(move |method, path, body| {
        let (store, underway) = (Arc::clone(&store), Arc::clone(&underway));
        async move {
            underway.store(true, Ordering::Relaxed);
            let answer = answer(store, method, path, body).await;
            underway.store(false, Ordering::Relaxed);
            answer
        }
    });
    let service = TowerToHyperService::new(warp::service(filter));
    let connection = Builder::new(TokioExecutor::new()).http1_only();
    if let Err(error) = connection.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "a connection to the push gateway broke");
    }
}

async fn answer(
    store: Shared,
    method: Method,
    path: FullPath,
    body: impl Stream<Item = Result<impl Buf, warp::Error>>,
) -> Response<String> {
    let locked = || store.lock().expect("no holder of this lock panics");
    if path.as_str() != NOTIFY {
        locked().stray(method.as_str(), path.as_str());
        return error(
            StatusCode::NOT_FOUND,
            "M_UNRECOGNIZED",
            "a push gateway knows only /_matrix/push/v1/notify",
        );
    }
    if method != Method::POST {
        locked().stray(method.as_str(), path.as_str());
        return error(StatusCode::METHOD_NOT_ALLOWED, "M_UNRECOGNIZED", "notifications are sent by POST");
    }
    let limit = locked().limits().request_bytes;
    let (bytes, size) = read(body, limit).await;
    let at = Instant::now();
    if size > limit {
        let reason = format!("the body is larger than {limit} bytes");
        let mut store = locked();
        store.odd(at, &reason, &bytes);
        store.lose(Loss::Refused);
        return error(StatusCode::PAYLOAD_TOO_LARGE, "M_TOO_LARGE", &reason);
    }
    match Notification::parse(&bytes) {
        Ok(notification) => {
            let flaw = notification.flaw.clone();
            let mut store = locked();
            store.deliver(at, notification, bytes.len());
            let Some(reason) = flaw else { return json_answer(StatusCode::OK, &json!({ "rejected": [] })) };
            store.odd(at, &reason, &bytes);
            error(StatusCode::BAD_REQUEST, "M_BAD_JSON", &reason)
        }
        Err(nothing) => {
            locked().odd(at, &nothing.reason, &bytes);
            error(StatusCode::BAD_REQUEST, nothing.errcode, &nothing.reason)
        }
    }
}

/// Reads a body to its end, so that the sender reads the answer, but keeps no more than `limit` bytes of it. The second
/// value is the size of the whole.
async fn read(body: impl Stream<Item = Result<impl Buf, warp::Error>>, limit: usize) -> (Vec<u8>, usize) {
    let mut body = std::pin::pin!(body);
    let (mut bytes, mut size) = (Vec::new(), 0);
    while let Some(Ok(mut chunk)) = body.next().await {
        size += chunk.remaining();
        while chunk.has_remaining() && bytes.len() < limit {
            let part = chunk.chunk();
            let taken = part.len().min(limit - bytes.len());
            bytes.extend_from_slice(&part[..taken]);
            chunk.advance(taken);
        }
    }
    (bytes, size)
}

fn error(status: StatusCode, errcode: &str, error: &str) -> Response<String> {
    json_answer(status, &json!({ "errcode": errcode, "error": error }))
}

/// An answer whose length is known, so that it carries a `Content-Length`: some homeservers take an answer that ends
/// with its connection for a failure.
fn json_answer(status: StatusCode, body: &serde_json::Value) -> Response<String> {
    let mut response = Response::new(body.to_string());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    response
}
