//! What was seen on the wire while a step ran.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Body;

/// One piece of evidence. Secrets are replaced by the names of shell variables before it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Evidence {
    /// A request to the subject and its answer.
    Exchange(Box<Exchange>),
    /// What the push gateway was told for one pusher.
    Push {
        /// When it arrived.
        at_ms: u64,
        /// The application of the pusher.
        app_id: String,
        /// The key of the pusher.
        pushkey: String,
        /// The event told of; absent for unread counts only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event_id: Option<String>,
        /// The body of the `/notify` request.
        body: Body,
    },
    /// What the mailbox received.
    Mail {
        /// When it arrived.
        at_ms: u64,
        /// The sender on the envelope.
        from: String,
        /// The recipients on the envelope.
        to: Vec<String>,
        /// The subject line.
        subject: String,
        /// The mail without its headers.
        body: Body,
    },
    /// A message between the suite and a client's driver.
    DriverMessage {
        /// When it was sent or received.
        at_ms: u64,
        /// Which way it went.
        direction: Direction,
        /// The message.
        message: Value,
    },
    /// Lines that the subject logged meanwhile.
    ServerLog {
        /// When they were read.
        at_ms: u64,
        /// The lines.
        text: String,
    },
}

/// A request to the subject and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exchange {
    /// When the request was begun.
    pub at_ms: u64,
    /// How long the answer took.
    pub duration_ms: u64,
    /// Who asked, such as `alice.phone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The shell variable that stands for the asker's token, such as `ALICE_PHONE_TOKEN`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_variable: Option<String>,
    /// The shell variables that stand for secrets in the request. What else looks like one was sent as it stands there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<String>,
    /// What was asked.
    pub request: HttpRequest,
    /// What was answered, if anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<HttpResponse>,
    /// Why there is no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How often this was asked with the same answer, as polling does.
    pub repeats: u32,
}

/// Which way a driver's message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From the suite to the driver.
    ToDriver,
    /// From the driver to the suite.
    FromDriver,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HttpRequest {
    /// The method.
    pub method: String,
    /// The whole address, query included.
    pub url: String,
    /// Name and value of each header that the suite set, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// Name and value of each header, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
}

impl Evidence {
    /// A delivery to the push gateway.
    #[must_use]
    pub fn push(at_ms: u64, app_id: &str, pushkey: &str, event_id: Option<&str>, body: &Value) -> Self {
        Self::Push {
            at_ms,
            app_id: app_id.to_owned(),
            pushkey: pushkey.to_owned(),
            event_id: event_id.map(str::to_owned),
            body: Body::of_json(body),
        }
    }

    /// Whether `next` is the same question by the same asker with the same answer; then it is counted here and need not
    /// be kept. Headers of the answer and times may differ.
    pub fn count_repeat(&mut self, next: &Self) -> bool {
        let (Self::Exchange(exchange), Self::Exchange(next)) = (self, next) else { return false };
        let same = exchange.actor == next.actor
            && exchange.request == next.request
            && exchange.error == next.error
            && exchange.answer() == next.answer();
        if same {
            exchange.repeats += next.repeats;
        }
        same
    }
}

impl From<Exchange> for Evidence {
    fn from(exchange: Exchange) -> Self {
        Self::Exchange(Box::new(exchange))
    }
}

impl Exchange {
    /// The part of the answer that polling waits to see changed.
    fn answer(&self) -> Option<(u16, Option<&Body>)> {
        self.response.as_ref().map(|response| (response.status, response.body.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn polled(actor: &str, path: &str, status: u16, date: &str) -> Evidence {
        Evidence::from(Exchange {
            at_ms: 0,
            duration_ms: 1,
            actor: Some(actor.to_owned()),
            token_variable: None,
            variables: Vec::new(),
            request: HttpRequest { method: "GET".into(), url: path.into(), headers: Vec::new(), body: None },
            response: Some(HttpResponse {
                status,
                headers: vec![("date".into(), date.into())],
                body: Some(Body::of_json(&json!({}))),
            }),
            error: None,
            repeats: 1,
        })
    }

    #[rstest]
    #[case::same(polled("alice", "/a", 200, "later"), true)]
    #[case::other_asker(polled("bob", "/a", 200, "now"), false)]
    #[case::other_question(polled("alice", "/b", 200, "now"), false)]
    #[case::other_answer(polled("alice", "/a", 404, "now"), false)]
    #[case::other_kind(Evidence::ServerLog { at_ms: 0, text: String::new() }, false)]
    fn repeats_are_counted(#[case] next: Evidence, #[case] counted: bool) {
        let mut first = polled("alice", "/a", 200, "now");
        assert_eq!(first.count_repeat(&next), counted);
        let Evidence::Exchange(first) = first else { unreachable!() };
        assert_eq!(first.repeats, if counted { 2 } else { 1 });
    }
}
