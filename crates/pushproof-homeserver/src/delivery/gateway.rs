//! Talking to push gateways: one client for all pushers, bounded in time and in number.

use std::time::Duration;

use http::header::CONTENT_TYPE;
use serde::Deserialize;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::Delivery;

/// So many requests are on their way at once.
const AT_ONCE: usize = 128;
/// A gateway has so long to answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// An answer has so many bytes at most; more is no answer of a push gateway.
const ANSWER_BYTES: usize = 64 * 1024;

/// The way to all push gateways.
pub(crate) struct Gateway {
    client: reqwest::Client,
    slots: Semaphore,
}

/// What became of a delivery.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The gateway took it, and rejected these push keys for good.
    Taken { status: u16, rejected: Vec<String> },
    /// The gateway answered something else than the specification has for success.
    Refused { status: u16 },
    /// There was no answer.
    None,
}

impl Answer {
    /// The status of the answer, if there was one.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Taken { status, .. } | Self::Refused { status } => Some(*status),
            Self::None => None,
        }
    }
}

#[derive(Deserialize)]
struct AnswerBody {
    #[serde(default)]
    rejected: Vec<String>,
}

impl Gateway {
    /// A client without proxies and redirects: a push goes where the pusher says or nowhere.
    pub(crate) fn new() -> Result<Self, reqwest::Error> {
        // Err when the process has a provider already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).timeout(TIMEOUT)
        };
        // Where no authority is known, as in an image with nothing but the reference in it, http: goes on to work.
        let client = builder().build().or_else(|_| builder().tls_certs_only([]).build())?;
        Ok(Self { client, slots: Semaphore::new(AT_ONCE) })
    }

    /// Waits until a request may be sent. What is to be sent is decided after this, so that it is decided late.
    pub(crate) async fn slot(&self) -> SemaphorePermit<'_> {
        self.slots.acquire().await.expect("the semaphore is never closed")
    }

    /// Sends a notification.
    pub(crate) async fn send(&self, delivery: &Delivery) -> Answer {
        let request =
            self.client.post(&delivery.url).header(CONTENT_TYPE, "application/json").body(delivery.body());
        match request.send().await {
            Ok(response) => read(response).await,
            Err(error) => {
                tracing::debug!(url = %delivery.url, %error, "the push gateway did not answer");
                Answer::None
            }
        }
    }
}

async fn read(mut response: reqwest::Response) -> Answer {
    let status = response.status().as_u16();
    let refused = Answer::Refused { status };
    if !response.status().is_success() {
        return refused;
    }
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > ANSWER_BYTES {
            return refused;
        }
    }
    match serde_json::from_slice::<AnswerBody>(&body) {
        Ok(AnswerBody { rejected }) => Answer::Taken { status, rejected },
        Err(_) => refused,
    }
}
