//! Requests to the subject: a deadline on each, bounded answers, rate limits obeyed, every exchange kept as evidence.

mod call;
mod rate_limit;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use pushproof_record::{Body, Event, Evidence, Exchange, HttpRequest, HttpResponse, Redactor};
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;
use url::Url;

pub(crate) use self::call::{Answer, Call, Caller, token_variable};
use self::rate_limit::RateLimits;
use crate::trace::Trace;

/// How long the subject may take to answer a request. A long poll asks for less.
pub(crate) const REQUEST_DEADLINE: Duration = Duration::from_secs(30);

/// The largest answer that is read.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

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
        let limits = RateLimits::new(max_wait, events, cancel);
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
        self.limits.exceeded()
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
            self.limits.obey(call, &answer, begun.elapsed()).await?;
        }
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
