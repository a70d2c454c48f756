//! The HTTP side of the gateway.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Instant,
};

use bytes::Buf;
use futures_util::{Stream, StreamExt};
use http::{Method, Response, StatusCode, header::CONTENT_TYPE};
use pushproof_listen::{Cut, Limits, Phase, Turn, Why};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use warp::{Filter, path::FullPath};

use super::{NOTIFY, notify::Notification, store::Store};
use crate::Loss;

/// So much of a body that is too large is read, and thrown away, that most senders read the answer; larger ones are left.
const READ_BYTES: usize = 4 << 20;

type Shared = Arc<Mutex<Store>>;

/// Takes connections until the task is aborted; its connections end with it.
pub(super) async fn serve(listener: TcpListener, store: Shared) {
    let connections = store.lock().expect("no holder of this lock panics").limits().connections;
    let limits = Limits { connections, ..Limits::default() };
    let cut = |cut| {
        if may_have_cost_a_request(cut) {
            store.lock().expect("no holder of this lock panics").lose(Loss::CutOff);
        }
    };
    let filter = |turn: Turn| {
        let store = Arc::clone(&store);
        let request = warp::method().and(warp::path::full()).and(warp::body::stream());
        request
            .then(move |method, path, body| {
                answer(Arc::clone(&store), method, path, turn.until_arrived(body))
            })
            // The body is read once, so that no request is rejected.
            .or_else(|_| async { Ok::<_, Infallible>((Response::default(),)) })
    };
    pushproof_listen::serve(listener, limits, CancellationToken::new(), filter, cut).await;
}

/// Whether a connection that was ended may have carried a request that nobody knows of now. It is opened for one, so that
/// one may be on its way from the beginning; but where nothing has come for minutes, nothing was.
fn may_have_cost_a_request(cut: Cut) -> bool {
    match cut.phase {
        Phase::Arriving | Phase::Answering => true,
        Phase::Opened => cut.why == Why::Crowded,
        Phase::Answered | Phase::Untaken => false,
    }
}

async fn answer(
    store: Shared,
    method: Method,
    path: FullPath,
    body: impl Stream<Item = Result<impl Buf, warp::Error>>,
) -> Response<String> {
    let locked = || store.lock().expect("no holder of this lock panics");
    let limit = locked().limits().request_bytes;
    if path.as_str() != NOTIFY {
        // What names a pusher breaks its silence wherever it is sent.
        let (bytes, _size) = read(body, limit).await;
        let mut store = locked();
        store.stray(method.as_str(), path.as_str());
        match Notification::parse(&bytes) {
            Ok(notification) => store.deliver(Instant::now(), notification, bytes.len(), path.as_str()),
            // Without a body it is anybody's look at the port.
            Err(_) if bytes.is_empty() => {}
            Err(_) => store.lose(Loss::Unread),
        }
        return error(
            StatusCode::NOT_FOUND,
            "M_UNRECOGNIZED",
            "a push gateway knows only /_matrix/push/v1/notify",
        );
    }
    if method != Method::POST {
        let mut store = locked();
        store.stray(method.as_str(), path.as_str());
        store.lose(Loss::Unread);
        return error(StatusCode::METHOD_NOT_ALLOWED, "M_UNRECOGNIZED", "notifications are sent by POST");
    }
    let (bytes, size) = read(body, limit).await;
    let at = Instant::now();
    if size > limit {
        let reason = format!("the body is larger than {limit} bytes");
        locked().odd(at, &reason, &bytes, Loss::Refused);
        return error(StatusCode::PAYLOAD_TOO_LARGE, "M_TOO_LARGE", &reason);
    }
    match Notification::parse(&bytes) {
        Ok(notification) => {
            let flaw = notification.flaw.clone();
            let mut store = locked();
            store.deliver(at, notification, bytes.len(), NOTIFY);
            let Some(reason) = flaw else { return json_answer(StatusCode::OK, &json!({ "rejected": [] })) };
            store.odd(at, &reason, &bytes, Loss::Unread);
            error(StatusCode::BAD_REQUEST, "M_BAD_JSON", &reason)
        }
        Err(nothing) => {
            locked().odd(at, &nothing.reason, &bytes, Loss::Unread);
            error(StatusCode::BAD_REQUEST, nothing.errcode, &nothing.reason)
        }
    }
}

/// Reads a body, so that the sender reads the answer, but keeps no more than `limit` bytes of it. The second value is the size
/// of what was read.
async fn read(body: impl Stream<Item = Result<impl Buf, warp::Error>>, limit: usize) -> (Vec<u8>, usize) {
    let mut body = std::pin::pin!(body);
    let (mut bytes, mut size) = (Vec::new(), 0);
    while size < READ_BYTES
        && let Some(Ok(mut chunk)) = body.next().await
    {
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
