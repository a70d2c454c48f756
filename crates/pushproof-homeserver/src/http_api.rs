//! The client-server API over HTTP: one filter in front of the route table.

use std::{
    convert::Infallible,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, LazyLock},
    time::Duration,
};

use bytes::{Buf, Bytes};
use futures_util::{Stream, StreamExt};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use pushproof_listen::{Share, Turn};
use pushproof_vocabulary::control::Happening;
use serde_json::Value;
use tokio::{sync::futures::OwnedNotified, time::Instant};
use warp::{Filter, Reply};

use crate::{
    activity::UnderWay,
    behaviour::Wire,
    body::{self, Unread},
    error::MatrixError,
    journal,
    json_text::written,
    request::{BODY_BYTES, Request},
    routes::{self, Endpoint, Patience, Polled},
    shared::Shared,
    state::{Caller, Medium, State},
};

/// A long poll waits so long at most, whatever the client asks for.
const LONGEST_POLL_MS: u64 = 300_000;

/// What every answer has; media have a content type of their own.
static FIXED_HEADERS: LazyLock<HeaderMap> = LazyLock::new(|| {
    let fixed = [
        (header::CONTENT_TYPE, "application/json"),
        // Only media have markup and scripts that a browser might run.
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (header::SERVER, concat!("pushproof-reference/", env!("CARGO_PKG_VERSION"))),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, DELETE, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "X-Requested-With, Content-Type, Authorization"),
    ];
    fixed.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect()
});

/// An answer: what went well, or a Matrix error.
pub(crate) type Answered = Result<Answer, MatrixError>;

/// What an endpoint answers when all went well.
pub(crate) enum Answer {
    Json(Value),
    /// JSON that is written already.
    Written(Vec<u8>),
    /// JSON in the middle of which the connection breaks.
    CutOff(Value),
    Medium(Medium),
}

/// The filter that takes every request, and never rejects one.
pub(crate) fn filter(
    shared: Arc<Shared>,
    turn: Turn,
) -> impl Filter<Extract = (impl Reply,), Error = Infallible> + Clone + Send + Sync + 'static {
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    warp::method()
        .and(warp::path::full())
        .and(query)
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .then(move |method: Method, path: warp::path::FullPath, query: String, headers: HeaderMap, body| {
            let shared = Arc::clone(&shared);
            let body = turn.until_arrived(body);
            async move {
                match respond(&shared, method, path.as_str(), query, &headers, body).await {
                    (response, Ending::Whole) => response.into_response(),
                    (response, Ending::CutOff) => cut_off(response),
                }
            }
        })
        .or_else(|_| async {
            Ok::<_, Infallible>((rendered(Err(MatrixError::unknown_path()), Wire::Usual).1.into_response(),))
        })
}

/// How an answer ends on its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Whole,
    /// The connection breaks in the middle of it.
    CutOff,
}

/// Answers a request, wherever it comes from.
pub(crate) async fn respond<B: Buf, E>(
    shared: &Arc<Shared>,
    method: Method,
    path: &str,
    query: String,
    headers: &HeaderMap,
    body: impl Stream<Item = Result<B, E>>,
) -> (Response<Bytes>, Ending) {
    if method == Method::OPTIONS {
        let nothing = Answer::Json(Value::Object(serde_json::Map::new()));
        return (rendered(Ok(nothing), Wire::Usual).1, Ending::Whole);
    }
    let mut share = Share::of(&shared.arriving);
    let body = body::read(body, headers, BODY_BYTES, &mut share).await.map_err(|unread| match unread {
        Unread::NoRoom => MatrixError::limit_exceeded(1_000),
        Unread::TooLarge => MatrixError::too_large(format!("a body has {BODY_BYTES} bytes at most")),
        Unread::Broken => MatrixError::not_json(),
    });
    let under_way = shared.activity.begin();
    let (mut request, body) = match body {
        // What a body of a GET says is asked by nobody; and a long poll would keep it.
        Ok(_) if method == Method::GET => {
            (Request::new(method, path.to_owned(), query, headers, Bytes::new()), Ok(()))
        }
        Ok(body) => (Request::new(method, path.to_owned(), query, headers, body), Ok(())),
        Err(error) => (Request::new(method, path.to_owned(), query, headers, Bytes::new()), Err(error)),
    };
    let caller = shared.journal.as_ref().and_then(|_| shared.act(|state| state.caller_for_journal(&request)));
    let found = body.and_then(|()| routes::find(&request.method, &request.path));
    let found = found.map(|(endpoint, params)| {
        request.params = params;
        endpoint
    });
    let found = found.and_then(|endpoint| {
        let Some(memory) = &shared.memory else { return Ok(endpoint) };
        memory.admit(&request).map(|()| endpoint)
    });
    let (answered, manner, under_way) = answer(shared, &request, found, under_way).await;
    if manner.pause_ms > 0 {
        tokio::time::sleep(Duration::from_millis(manner.pause_ms)).await;
    }
    let ending = if matches!(answered, Ok(Answer::CutOff(_))) { Ending::CutOff } else { Ending::Whole };
    let (text, response) = rendered(answered, manner.wire);
    note(shared, &request, caller, response.status(), &text, ending);
    drop(under_way);
    (response, ending)
}

/// The answer as far as it goes, after which the connection breaks.
fn cut_off(response: Response<Bytes>) -> warp::reply::Response {
    let (head, sent) = response.into_parts();
    let lost = async {
        // Whoever writes to the connection sends what it has as soon as it has to wait for more.
        tokio::task::yield_now().await;
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    };
    let parts = futures_util::stream::iter([Ok(sent)]).chain(futures_util::stream::once(lost));
    let mut response = warp::reply::stream(parts).into_response();
    *response.headers_mut() = head.headers;
    response
}

/// How the server gives its answers.
#[derive(Clone, Copy)]
struct Manner {
    pause_ms: u64,
    wire: Wire,
}

impl Manner {
    fn of(state: &mut State) -> Self {
        let answers = state.behaviour.answers;
        Self { pause_ms: answers.pace.pause_ms(&mut *state.source), wire: answers.wire }
    }
}

/// Has the endpoint answer, unless there is none.
async fn answer(
    shared: &Arc<Shared>,
    request: &Request,
    found: Result<Endpoint, MatrixError>,
    mut under_way: UnderWay,
) -> (Answered, Manner, UnderWay) {
    let endpoint = match found {
        Ok(endpoint) => endpoint,
        Err(error) => return (Err(error), shared.act(Manner::of), under_way),
    };
    if let Endpoint::LongPoll(_) = endpoint {
        note_poll(shared, request);
    }
    let started = Instant::now();
    let mut patience = Patience::Waiting;
    let mut held = false;
    let mut admit = State::admit as fn(&mut State) -> Result<(), MatrixError>;
    loop {
        let (called, manner) = shared.act(|state| {
            let called = match admit(state) {
                Ok(()) => call(state, endpoint, request, patience),
                Err(refused) => Err(refused).into(),
            };
            (called, Manner::of(state))
        });
        match called {
            Called::Answered(answered) => return (answered, manner, under_way),
            Called::Waits { timeout_ms, woken } => {
                if !matches!(endpoint, Endpoint::LongPoll(_)) && !held {
                    held = true;
                    note_held(shared, request);
                }
                // Who waits is in.
                admit = |_| Ok(());
                drop(under_way);
                let deadline = started + Duration::from_millis(timeout_ms.min(LONGEST_POLL_MS));
                patience = match tokio::time::timeout_at(deadline, woken).await {
                    Ok(()) => Patience::Waiting,
                    Err(_) => Patience::Over,
                };
                under_way = shared.activity.begin();
            }
        }
    }
}

/// What comes of calling an endpoint once.
pub(crate) enum Called {
    Answered(Answered),
    /// Nothing yet: to be called again when the user is woken, or the time is over.
    Waits {
        timeout_ms: u64,
        woken: OwnedNotified,
    },
}

/// Calls an endpoint. A bug in it is answered like any error.
pub(crate) fn call(state: &mut State, endpoint: Endpoint, request: &Request, patience: Patience) -> Called {
    if let (Patience::Waiting, Some(held)) = (patience, state.held(request)) {
        let woken = state.user_mut(&held.user).wake_handle().notified_owned();
        return Called::Waits { timeout_ms: LONGEST_POLL_MS, woken };
    }
    let call = AssertUnwindSafe(|| match endpoint {
        Endpoint::Open(endpoint) => endpoint(state, request).map(Answer::Json).into(),
        Endpoint::Written(endpoint) => endpoint(state, request).map(Answer::Written).into(),
        Endpoint::Medium(endpoint) => endpoint(state, request).map(Answer::Medium).into(),
        Endpoint::Authenticated(endpoint) => {
            let answered = state.caller(request).and_then(|caller| endpoint(state, &caller, request));
            answered.map(Answer::Json).into()
        }
        Endpoint::LongPoll(endpoint) => {
            let caller = match state.caller(request) {
                Ok(caller) => caller,
                Err(refused) => return Err(refused).into(),
            };
            match endpoint(state, &caller, request, patience) {
                Ok(Polled::Ready(answer)) => Ok(Answer::Json(answer)).into(),
                Ok(Polled::CutOff(answer)) => Ok(Answer::CutOff(answer)).into(),
                // Whoever is told to wait must not miss what happens right after: the handle is made under the lock.
                Ok(Polled::NothingYet { timeout_ms }) => {
                    let woken = state.user_mut(&caller.user).wake_handle().notified_owned();
                    Called::Waits { timeout_ms, woken }
                }
                Err(refused) => Err(refused).into(),
            }
        }
    });
    catch_unwind(call).unwrap_or_else(|_| Err(MatrixError::internal()).into())
}

impl From<Answered> for Called {
    fn from(answered: Answered) -> Self {
        Self::Answered(answered)
    }
}

/// The answer as HTTP, and its body once more for the journal. Browsers may read it from any origin (client-server
/// API, "Web Browser Clients").
fn rendered(answered: Answered, wire: Wire) -> (Bytes, Response<Bytes>) {
    let (status, content_type, body): (_, _, Bytes) = match answered {
        Ok(Answer::Json(body)) => (StatusCode::OK, None, in_style(written(&body), wire).into()),
        Ok(Answer::Written(body)) => (StatusCode::OK, None, in_style(body, wire).into()),
        Ok(Answer::CutOff(body)) => {
            let whole = Bytes::from(in_style(written(&body), wire));
            (StatusCode::OK, None, whole.slice(..whole.len() / 2))
        }
        Err(error) => (error.status, None, in_style(written(&error.body), wire).into()),
        Ok(Answer::Medium(medium)) => {
            (StatusCode::OK, HeaderValue::from_str(&medium.content_type).ok(), medium.bytes)
        }
    };
    let mut response = Response::new(body.clone());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    // Copied at once: one by one they cost more than many an answer.
    headers.clone_from(&FIXED_HEADERS);
    if let Some(content_type) = content_type {
        headers.insert(header::CONTENT_TYPE, content_type);
    }
    if wire == Wire::IndentedThenClosed {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    (body, response)
}

fn in_style(text: Vec<u8>, wire: Wire) -> Vec<u8> {
    match wire {
        Wire::Usual => text,
        Wire::IndentedThenClosed => {
            // What is nested deeper than can be read stays as it is.
            serde_json::from_slice::<Value>(&text).map_or(text, |body| format!("{body:#}\n").into())
        }
    }
}

/// A long poll is told of when it begins as well: its position says what has arrived.
fn note_poll(shared: &Arc<Shared>, request: &Request) {
    let Some(journal) = &shared.journal else { return };
    let Some(caller) = shared.act(|state| state.caller_for_journal(request)) else { return };
    let what = Happening::SyncBegun {
        user_id: caller.user.to_string(),
        device_id: caller.device.to_string(),
        since: request.query("since"),
    };
    journal.add(what);
}

/// What is held back is told of when that begins: it is no request yet.
fn note_held(shared: &Arc<Shared>, request: &Request) {
    let Some(journal) = &shared.journal else { return };
    let Some(caller) = shared.act(|state| state.caller_for_journal(request)) else { return };
    let (user_id, device_id) = (caller.user.to_string(), caller.device.to_string());
    journal.add(Happening::WriteHeld { user_id, device_id, path: request.path.clone() });
}

fn note(
    shared: &Shared,
    request: &Request,
    caller: Option<Caller>,
    status: StatusCode,
    answer: &[u8],
    ending: Ending,
) {
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
        cut_off: ending == Ending::CutOff,
    };
    journal.add(what);
}
