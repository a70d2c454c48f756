//! Requests to the subject: a deadline on each, bounded answers, rate limits obeyed, every exchange kept as evidence.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use pushproof_record::{Body, Event, Evidence, Exchange, HttpRequest, HttpResponse, Redactor};
use serde_json::Value;
use tokio::sync::{mpsc::UnboundedSender, watch};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::trace::Trace;

/// How long the subject may take to answer a request. A long poll asks for less.
pub(crate) const REQUEST_DEADLINE: Duration = Duration::from_secs(30);

/// The largest answer that is read.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// The least and the most that is waited when a rate limit names no time.
const DEFAULT_RETRY: Duration = Duration::from_secs(1);

/// Who asks: the token that goes along, and the names under which records show both.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The access token.
    pub token: String,
    /// The device in the scenario's words, such as `alice.phone`.
    pub name: String,
}

impl Caller {
    /// The shell variable that stands for the token in records, such as `ALICE_PHONE_TOKEN`.
    #[must_use]
    pub(crate) fn variable(&self) -> String {
        token_variable(&self.name)
    }
}

/// The shell variable that stands for the token of a device.
#[must_use]
pub(crate) fn token_variable(device: &str) -> String {
    let upper: String = device
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
        .collect();
    format!("{upper}_TOKEN")
}

/// A request to the subject.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The method.
    pub method: http::Method,
    /// The path, percent-encoded: from `/_matrix` on, or below `/_matrix/client/v3`.
    pub path: String,
    /// The query, not yet encoded.
    pub query: Vec<(String, String)>,
    /// Whose token goes along.
    pub caller: Option<Caller>,
    /// The JSON body.
    pub body: Option<Value>,
}

impl Call {
    /// A request without token, query and body.
    #[must_use]
    pub(crate) fn new(method: http::Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), query: Vec::new(), caller: None, body: None }
    }

    /// A `GET`.
    #[must_use]
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new(http::Method::GET, path)
    }

    /// A `POST` with a JSON body.
    #[must_use]
    pub(crate) fn post(path: impl Into<String>, body: Value) -> Self {
        Self { body: Some(body), ..Self::new(http::Method::POST, path) }
    }

    /// A `PUT` with a JSON body.
    #[must_use]
    pub(crate) fn put(path: impl Into<String>, body: Value) -> Self {
        Self { body: Some(body), ..Self::new(http::Method::PUT, path) }
    }

    /// The same by this caller.
    #[must_use]
    pub(crate) fn by(self, caller: Caller) -> Self {
        Self { caller: Some(caller), ..self }
    }

    /// The same with one more field in the query.
    #[must_use]
    pub(crate) fn query(mut self, key: &str, value: impl Into<String>) -> Self {
        self.query.push((key.to_owned(), value.into()));
        self
    }
}

/// What the subject answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The status.
    pub status: u16,
    /// The body, when it is JSON.
    pub json: Option<Value>,
    /// The body as text, with what is not UTF-8 replaced.
    pub text: String,
    /// The headers, names in lower case.
    headers: Vec<(String, String)>,
    /// When the request was begun.
    pub asked: Instant,
}

impl Answer {
    /// Whether the status is one of success.
    #[must_use]
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The `errcode` of a Matrix error.
    #[must_use]
    pub(crate) fn errcode(&self) -> Option<&str> {
        self.json.as_ref()?.get("errcode")?.as_str()
    }

    /// The text at a JSON pointer of the body.
    #[must_use]
    pub(crate) fn str_at(&self, pointer: &str) -> Option<&str> {
        self.json.as_ref()?.pointer(pointer)?.as_str()
    }

    /// The value of a header.
    #[must_use]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The answer in a few words, for messages.
    #[must_use]
    pub(crate) fn brief(&self) -> String {
        match (self.errcode(), self.json.as_ref().and_then(|body| body.get("error")).and_then(Value::as_str))
        {
            (Some(errcode), Some(error)) => format!("{} {errcode}: {error}", self.status),
            (Some(errcode), None) => format!("{} {errcode}", self.status),
            (None, _) => self.status.to_string(),
        }
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    /// No connection.
    #[error("no connection to {url}: {reason}")]
    Unreachable {
        /// What was asked.
        url: String,
        /// The reason.
        reason: String,
    },
    /// Nothing within [`REQUEST_DEADLINE`].
    #[error("no answer within {} s", .0.as_secs())]
    Late(Duration),
    /// The connection broke, or what came was no HTTP.
    #[error("the answer broke off: {0}")]
    Broken(String),
    /// More than is read.
    #[error("the answer is larger than {} MiB", MAX_ANSWER_BYTES / 1024 / 1024)]
    TooLarge,
    /// Obeying a rate limit would take too long; the run ends.
    #[error("{0}")]
    RateLimited(String),
}

/// The connection to the subject, shared by the whole run.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    client: reqwest::Client,
    base: Url,
    epoch: Instant,
    redactor: Arc<Redactor>,
    limits: Arc<RateLimits>,
}

/// How the subject's rate limits were obeyed.
#[derive(Debug)]
struct RateLimits {
    /// The longest that one request may be put off.
    max_wait: Duration,
    /// Hears of every wait.
    events: UnboundedSender<Event>,
    exceeded: watch::Sender<Option<String>>,
    cancel: CancellationToken,
}

impl Http {
    /// A connection to the subject at `base`. When a rate limit would take longer than `max_wait`, `cancel` is
    /// cancelled and [`Http::rate_limit_exceeded`] tells why.
    pub(crate) fn new(
        base: Url,
        epoch: Instant,
        redactor: Arc<Redactor>,
        max_wait: Duration,
        events: UnboundedSender<Event>,
        cancel: CancellationToken,
    ) -> Result<Self, reqwest::Error> {
        // Another part of the process may have installed the same provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .user_agent(concat!("pushproof/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .pool_max_idle_per_host(64)
            .build()?;
        let limits = RateLimits { max_wait, events, exceeded: watch::Sender::new(None), cancel };
        Ok(Self { client, base, epoch, redactor, limits: Arc::new(limits) })
    }

    /// The address of the subject.
    #[must_use]
    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    /// Why the run ends, if a rate limit ended it.
    #[must_use]
    pub(crate) fn rate_limit_exceeded(&self) -> Option<String> {
        self.limits.exceeded.borrow().clone()
    }

    /// Sends a request and reads the answer. Rate limits are obeyed: the request is sent again.
    pub(crate) async fn send(&self, trace: &Trace, call: &Call) -> Result<Answer, NoAnswer> {
        let begun = Instant::now();
        loop {
            let (result, exchange) = self.exchange(call).await;
            trace.add(exchange);
            let answer = result?;
            if answer.status != 429 {
                return Ok(answer);
            }
            self.obey_rate_limit(call, &answer, begun.elapsed()).await?;
        }
    }

    async fn obey_rate_limit(&self, call: &Call, answer: &Answer, waited: Duration) -> Result<(), NoAnswer> {
        let asked = answer.json.as_ref().and_then(|body| body.get("retry_after_ms")).and_then(Value::as_u64);
        let wait = asked.map_or(DEFAULT_RETRY, Duration::from_millis).max(Duration::from_millis(10));
        if waited + wait > self.limits.max_wait {
            let setting = rate_limit_setting(&call.path);
            let reason = format!(
                "the homeserver limits the rate of {} {}: it asks for {} s more after {} s, --max-wait is {} s{setting}",
                call.method,
                call.path,
                wait.as_secs().max(1),
                waited.as_secs(),
                self.limits.max_wait.as_secs()
            );
            self.limits.exceeded.send_replace(Some(reason.clone()));
            self.limits.cancel.cancel();
            return Err(NoAnswer::RateLimited(reason));
        }
        let _ = self.limits.events.send(Event::RateLimited { waited_ms: millis(wait) });
        tokio::time::sleep(wait).await;
        Ok(())
    }

    /// The whole address of a call, query included.
    fn url(&self, call: &Call) -> Url {
        let mut url = self.base.clone();
        let prefix = if call.path.starts_with("/_matrix")
            || call.path.starts_with("/_synapse")
            || call.path.starts_with("/.well-known")
        {
            ""
        } else {
            "/_matrix/client/v3"
        };
        url.set_path(&format!("{}{prefix}{}", self.base.path().trim_end_matches('/'), call.path));
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        url
    }

    async fn exchange(&self, call: &Call) -> (Result<Answer, NoAnswer>, Evidence) {
        let url = self.url(call);
        let mut request = self.client.request(call.method.clone(), url.clone());
        let mut headers = Vec::new();
        if let Some(caller) = &call.caller {
            request = request.bearer_auth(&caller.token);
            headers.push(("Authorization".to_owned(), format!("Bearer ${}", caller.variable())));
        }
        let text = call.body.as_ref().map(Value::to_string);
        if let Some(text) = &text {
            request = request.header("Content-Type", "application/json").body(text.clone());
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        }
        let asked = Instant::now();
        let received = tokio::time::timeout(REQUEST_DEADLINE, receive(request, &url)).await;
        let received = received.unwrap_or(Err(NoAnswer::Late(REQUEST_DEADLINE)));
        let sent = HttpRequest {
            method: call.method.to_string(),
            url: url.to_string(),
            headers,
            body: text.map(|text| Body::new(text.as_bytes())),
        };
        let (result, response, error) = match received {
            Ok((head, bytes)) => {
                let headers = head.headers.clone();
                let response = HttpResponse {
                    status: head.status,
                    headers: head.headers,
                    body: Some(Body::new(&bytes)),
                };
                let answer = Answer {
                    status: head.status,
                    json: serde_json::from_slice(&bytes).ok(),
                    text: String::from_utf8_lossy(&bytes).into_owned(),
                    headers,
                    asked,
                };
                (Ok(answer), Some(response), None)
            }
            Err(error) => {
                let text = error.to_string();
                (Err(error), None, Some(text))
            }
        };
        let evidence = Evidence::Exchange(Box::new(Exchange {
            at_ms: millis(asked.duration_since(self.epoch)),
            duration_ms: millis(asked.elapsed()),
            actor: call.caller.as_ref().map(|caller| caller.name.clone()),
            token_variable: call.caller.as_ref().map(Caller::variable),
            request: sent,
            response,
            error,
            repeats: 1,
        }));
        (result, self.redactor.evidence(evidence))
    }
}

/// What is known of an answer before its body.
struct Head {
    status: u16,
    headers: Vec<(String, String)>,
}

async fn receive(request: reqwest::RequestBuilder, url: &Url) -> Result<(Head, Vec<u8>), NoAnswer> {
    let response = request.send().await.map_err(|error| {
        let reason = innermost(&error);
        if error.is_connect() {
            NoAnswer::Unreachable { url: url.origin().ascii_serialization(), reason }
        } else {
            NoAnswer::Broken(reason)
        }
    })?;
    let head = Head {
        status: response.status().as_u16(),
        headers: response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
    };
    let mut bytes = Vec::new();
    let mut stream = response.bytes_stream();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| NoAnswer::Broken(innermost(&error)))?;
        if bytes.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err(NoAnswer::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok((head, bytes))
}

/// The cause of an error that says what happened; the outer ones only say where.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// Milliseconds, as records give times.
#[must_use]
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Where Synapse, the most common subject, sets the limit that a path runs into.
fn rate_limit_setting(path: &str) -> String {
    let settings = [
        ("/register", "rc_registration"),
        ("/login", "rc_login"),
        ("/send/", "rc_message"),
        ("/join", "rc_joins"),
        ("/invite", "rc_invites"),
        ("/createRoom", "rc_room_creation"),
        ("/requestToken", "rc_3pid_validation"),
    ];
    settings.iter().find(|(part, _)| path.contains(part)).map_or_else(
        || "; raise the limit or --max-wait".to_owned(),
        |(_, setting)| format!("; raise the limit (`{setting}` in Synapse) or --max-wait"),
    )
}
