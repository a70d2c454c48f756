//! Error answers as the Matrix client-server API shapes them: a status, and an object with `errcode` and `error`.

use http::StatusCode;
use serde_json::{Map, Value};

/// An answer that refuses a request (client-server API, "Standard error response").
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MatrixError {
    /// The HTTP status.
    pub(crate) status: StatusCode,
    /// The body; has `errcode` and `error`, except where user-interactive authentication asks for a first stage.
    pub(crate) body: Map<String, Value>,
}

impl MatrixError {
    pub(crate) fn new(status: StatusCode, errcode: &str, error: impl Into<String>) -> Self {
        let mut body = Map::new();
        body.insert("errcode".into(), errcode.into());
        body.insert("error".into(), Value::String(error.into()));
        Self { status, body }
    }

    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.body.insert(key.into(), value.into());
        self
    }

    /// A refusal that is no Matrix error, as a defect answers.
    pub(crate) fn without_errcode(error: &str) -> Self {
        let mut refusal = Self::new(StatusCode::BAD_REQUEST, "", error);
        refusal.body.remove("errcode");
        refusal
    }

    pub(crate) fn bad_json(error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "M_BAD_JSON", error)
    }

    pub(crate) fn not_json() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "M_NOT_JSON", "the body is not JSON")
    }

    pub(crate) fn missing_param(name: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "M_MISSING_PARAM", format!("`{name}` is missing"))
    }

    pub(crate) fn invalid_param(error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "M_INVALID_PARAM", error)
    }

    pub(crate) fn forbidden(error: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "M_FORBIDDEN", error)
    }

    pub(crate) fn limit_exceeded(retry_after_ms: u64) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "M_LIMIT_EXCEEDED", "too many requests")
            .with("retry_after_ms", retry_after_ms)
    }

    pub(crate) fn not_found(error: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "M_NOT_FOUND", error)
    }

    pub(crate) fn too_large(error: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "M_TOO_LARGE", error)
    }

    /// There is no memory for more (client-server API, `M_RESOURCE_LIMIT_EXCEEDED`).
    pub(crate) fn full() -> Self {
        let error =
            "the reference homeserver keeps everything in memory, and has as much as it may (--memory)";
        Self::new(StatusCode::INSUFFICIENT_STORAGE, "M_RESOURCE_LIMIT_EXCEEDED", error)
            .with("admin_contact", "mailto:whoever-started-it@localhost")
    }

    pub(crate) fn missing_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "M_MISSING_TOKEN", "an access token is needed")
    }

    pub(crate) fn unknown_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "M_UNKNOWN_TOKEN", "the access token is not known")
            .with("soft_logout", false)
    }

    /// The device is still there, and may log in again (client-server API, "Soft logout").
    pub(crate) fn expired_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "M_UNKNOWN_TOKEN", "the access token has expired")
            .with("soft_logout", true)
    }

    pub(crate) fn unknown_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "M_UNRECOGNIZED", "no such endpoint")
    }

    pub(crate) fn wrong_method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "M_UNRECOGNIZED", "the endpoint does not take this method")
    }

    pub(crate) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "M_UNKNOWN", "the reference homeserver has a bug")
    }
}
