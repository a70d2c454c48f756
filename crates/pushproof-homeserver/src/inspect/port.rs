//! What the inspection port answers.

use std::{convert::Infallible, sync::Arc};

use bytes::{Buf, Bytes};
use futures_util::Stream;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header, uri::Authority};
use pushproof_listen::{Share, Turn};
use pushproof_vocabulary::json;
use serde_json::{Value, json};
use warp::{Filter, Reply, path::FullPath};

use super::{
    gate::{BODY_BYTES, Gate, Refused},
    obey::{Restarts, device, obey, refusal},
};
use crate::{body, shared::Shared, state::State};

/// Where the page has the token.
const TOKEN_OF_PAGE: &str = "{{token}}";

/// What every answer has: other pages must not have it, in whatever guise, nor put it into a frame, and none of it is kept.
const FIXED_HEADERS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// A request, as far as it is known before its body.
struct Asked {
    method: Method,
    path: FullPath,
    query: String,
    authority: Option<Authority>,
    headers: HeaderMap,
}

/// The filter that takes every request on the inspection port.
pub(crate) fn filter(
    shared: Arc<Shared>,
    restarts: Restarts,
    gate: Arc<Gate>,
    turn: Turn,
) -> impl Filter<Extract = (impl Reply,), Error = Infallible> + Clone + Send + Sync + 'static {
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    let head = warp::method()
        .and(warp::path::full())
        .and(query)
        .and(warp::host::optional())
        .and(warp::header::headers_cloned())
        .map(|method, path, query, authority, headers| Asked { method, path, query, authority, headers });
    head.and(warp::body::stream())
        .then(move |asked: Asked, body| {
            let body = turn.until_arrived(body);
            let (shared, restarts, gate) = (Arc::clone(&shared), restarts.clone(), Arc::clone(&gate));
            async move {
                match answer(&shared, &restarts, &gate, &asked, body).await {
                    Ok(Answer::Page) => page(&gate),
                    Ok(Answer::Json(value)) => rendered(StatusCode::OK, &value),
                    Err(Refused { status, refusal }) => {
                        let refusal = serde_json::to_value(refusal).unwrap_or_default();
                        rendered(status, &refusal)
                    }
                }
            }
        })
        .or_else(|_| async {
            let refusal = json!({ "error": "the request names no host, or more than one" });
            Ok::<_, Infallible>((rendered(StatusCode::BAD_REQUEST, &refusal),))
        })
}

enum Answer {
    Page,
    Json(Value),
}

async fn answer<B: Buf, E>(
    shared: &Arc<Shared>,
    restarts: &Restarts,
    gate: &Gate,
    asked: &Asked,
    body: impl Stream<Item = Result<B, E>>,
) -> Result<Answer, Refused> {
    gate.admit(&asked.method, asked.authority.as_ref(), &asked.headers)?;
    let told = match (asked.method.as_str(), asked.path.as_str()) {
        ("GET", "/") => return Ok(Answer::Page),
        ("GET", "/journal") => {
            let since = match in_query(&asked.query, "since") {
                None => 0,
                Some(since) => since.parse().map_err(|_| refusal("`since` must be a number"))?,
            };
            serde_json::to_value(shared.journal.as_ref().map(|journal| journal.since(since)))
        }
        ("GET", "/synced") => {
            let of = |name: &str| in_query(&asked.query, name).unwrap_or_default();
            let caller = device(shared, &of("user_id"), &of("device_id"))?;
            Ok(json!({ "synced": shared.act(|state| state.has_synced(&caller)) }))
        }
        ("GET", "/state") => serde_json::to_value(shared.act(State::summary)),
        ("POST", "/control") => {
            let mut share = Share::of(&shared.arriving);
            let read = body::read(body, &asked.headers, BODY_BYTES, &mut share).await;
            let body = read.map_err(|unread| match unread {
                body::Unread::TooLarge => Refused::too_large(),
                body::Unread::NoRoom => refusal("too many bodies arrive at once").into(),
                body::Unread::Broken => refusal("the body cannot be read").into(),
            })?;
            let control = json::from_slice(&body)
                .and_then(serde_json::from_value)
                .map_err(|error| refusal(error.to_string()))?;
            obey(shared, restarts, control).await?;
            Ok(json!({}))
        }
        _ => Err(refusal("there are GET /, GET /journal, GET /state, GET /synced and POST /control"))?,
    };
    Ok(Answer::Json(told.map_err(|error| refusal(error.to_string()))?))
}

fn in_query(query: &str, name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The page that shows journal and state to people, and keeps asking for both. It is complete in itself.
fn page(gate: &Gate) -> Response<Bytes> {
    // A token has no character that markup knows.
    let page = include_str!("page.html").replace(TOKEN_OF_PAGE, gate.token_of_page());
    with_headers(Response::new(page.into()), "text/html; charset=utf-8")
}

fn rendered(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(serde_json::to_vec(body).unwrap_or_default().into());
    *response.status_mut() = status;
    with_headers(response, "application/json")
}

fn with_headers(mut response: Response<Bytes>, content_type: &'static str) -> Response<Bytes> {
    let headers = response.headers_mut();
    for (name, value) in FIXED_HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
