//! What is asked of the subject, and what it answers.

use std::time::Instant;

use serde_json::Value;

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
    pub(super) headers: Vec<(String, String)>,
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
