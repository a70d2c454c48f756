//! Requests to the homeserver.

use std::time::Duration;

use pushproof_vocabulary::json;
use reqwest::Method;
use serde_json::Value;
use thiserror::Error;
use url::Url;

/// A long poll waits so long at most.
pub(crate) const POLL: Duration = Duration::from_secs(25);
/// Every request must be answered within this time, a long poll that long after its own end.
const DEADLINE: Duration = Duration::from_secs(20);

/// A homeserver, and the device that asks it.
pub(crate) struct Api {
    client: reqwest::Client,
    base: Url,
    token: String,
}

/// Why a request did not succeed.
#[derive(Clone, Debug, Error)]
pub(crate) enum ApiError {
    /// The homeserver refused.
    #[error("the homeserver answered {status}")]
    Refused {
        /// The status.
        status: u16,
    },
    /// There was no whole answer.
    #[error("no answer: {0}")]
    NoAnswer(String),
}

impl ApiError {
    /// Whether the homeserver answered with this status.
    pub(crate) fn is(&self, wanted: u16) -> bool {
        matches!(self, Self::Refused { status } if *status == wanted)
    }
}

impl From<reqwest::Error> for ApiError {
    fn from(error: reqwest::Error) -> Self {
        Self::NoAnswer(error.to_string())
    }
}

impl Api {
    /// The way to the homeserver at this address.
    pub(crate) fn new(base: &str, token: &str) -> Result<Self, String> {
        // Another part of the process may have installed the same provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let base = Url::parse(base).map_err(|error| format!("`{base}` is no address: {error}"))?;
        if base.cannot_be_a_base() {
            return Err(format!("`{base}` is no address of a homeserver"));
        }
        // The homeserver is the suite's own, on this machine: no proxy knows the way to it.
        let builder = || reqwest::Client::builder().no_proxy();
        // Where no authority is known, as in an image with nothing but the suite in it, http: goes on to work.
        let client = builder().build().or_else(|_| builder().tls_certs_only([]).build());
        let client = client.map_err(|error| error.to_string())?;
        Ok(Self { client, base, token: token.to_owned() })
    }

    /// Reads what is at a path, given as its segments below `/_matrix/client/v3`.
    pub(crate) async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Value, ApiError> {
        self.send(Method::GET, path, query, None).await
    }

    /// Stores something at a path.
    pub(crate) async fn put(&self, path: &[&str], body: &Value) -> Result<Value, ApiError> {
        self.send(Method::PUT, path, &[], Some(body)).await
    }

    /// Posts something to a path.
    pub(crate) async fn post(&self, path: &[&str], body: &Value) -> Result<Value, ApiError> {
        self.send(Method::POST, path, &[], Some(body)).await
    }

    async fn send(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value, ApiError> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["_matrix", "client", "v3"]).extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request =
            self.client.request(method, url).bearer_auth(&self.token).timeout(POLL.saturating_add(DEADLINE));
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        let response = request.send().await?;
        let status = response.status();
        let text = response.bytes().await?;
        if !status.is_success() {
            return Err(ApiError::Refused { status: status.as_u16() });
        }
        json::from_slice(&text).map_err(|error| ApiError::NoAnswer(error.to_string()))
    }
}
