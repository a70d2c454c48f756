//! What is asked of the subject, and what it answers.

use std::{borrow::Cow, time::Instant};

use serde_json::Value;

use super::NoAnswer;

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
    /// The path, percent-encoded: whole if it begins with `/_` or `/.well-known`, else below `/_matrix/client/v3`.
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
            (Some(errcode), Some(error)) => format!("{} {}: {}", self.status, short(errcode), short(error)),
            (Some(errcode), None) => format!("{} {}", self.status, short(errcode)),
            (None, _) => self.status.to_string(),
        }
    }

    /// The answer as [`Answer::brief`] has it, and the beginning of what it says where that is a success.
    #[must_use]
    pub(crate) fn quoted(&self) -> String {
        match self.text.trim() {
            "" | "{}" => self.brief(),
            _ if self.errcode().is_some() => self.brief(),
            text => format!("{} {}", self.brief(), short(text)),
        }
    }

    /// Whether the subject says that it has no such endpoint, or none that takes this method: asked again, it says the same.
    #[must_use]
    pub(crate) fn lacks_endpoint(&self) -> bool {
        match (self.status, self.errcode()) {
            // Before 1.6 the specification had no status for it.
            (400.., Some("M_UNRECOGNIZED")) | (405 | 501, _) | (404, None) => true,
            _ => false,
        }
    }

    /// The answer, if a homeserver can have given it.
    pub(crate) fn of_a_homeserver(self, call: &Call) -> Result<Self, NoAnswer> {
        match self.foreign() {
            Some(why) => Err(NoAnswer::Foreign(format!("{} {} was answered {why}", call.method, call.path))),
            None => Ok(self),
        }
    }

    /// Why no homeserver can have given this answer. What stands between has its own: gateways are not reached, pages
    /// are elsewhere, everything is found. None of them says anything about the subject.
    fn foreign(&self) -> Option<String> {
        match self.status {
            300..400 => {
                let to = self.header("location").map(|to| format!(", to {}", short(to))).unwrap_or_default();
                Some(format!("with a redirection ({}){to}", self.status))
            }
            // 500 and 501 are what a homeserver says of itself; the others tell of somebody else.
            502.. => Some(format!("{}, as by a proxy or by a server that is not up", self.status)),
            200..300 if !self.json.as_ref().is_some_and(Value::is_object) && !self.text.trim().is_empty() => {
                Some(format!("{} with what is no JSON object: {:?}", self.status, short(self.text.trim())))
            }
            _ => None,
        }
    }
}

/// The beginning of a text of the subject's, for messages: it can be of any length.
#[must_use]
pub(crate) fn short(text: &str) -> Cow<'_, str> {
    const MAX_CHARS: usize = 200;
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
impl Answer {
    /// An answer without headers.
    pub(crate) fn of(status: u16, text: &str) -> Self {
        let json = serde_json::from_str(text).ok();
        Self { status, json, text: text.to_owned(), headers: Vec::new(), asked: Instant::now() }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::success(200, r#"{"pushers": []}"#, false)]
    #[case::array(200, "[]", true)]
    #[case::nothing_to_say(200, "", false)]
    #[case::page(200, "<!doctype html>", true)]
    #[case::cut_json(200, r#"{"pushers": ["#, true)]
    #[case::redirection(302, "", true)]
    #[case::refusal(403, r#"{"errcode": "M_FORBIDDEN"}"#, false)]
    #[case::plain_refusal(400, "Bad Request", false)]
    #[case::failure(500, "Internal Server Error", false)]
    #[case::gateway(502, r#"{"errcode": "M_UNKNOWN"}"#, true)]
    #[case::overloaded(503, "", true)]
    fn answers_of_others(#[case] status: u16, #[case] text: &str, #[case] foreign: bool) {
        let answer = Answer::of(status, text);
        assert_eq!(answer.foreign().is_some(), foreign, "{:?}", answer.foreign());
    }

    #[rstest]
    #[case::unrecognized(404, r#"{"errcode": "M_UNRECOGNIZED"}"#, true)]
    #[case::unrecognized_of_old(400, r#"{"errcode": "M_UNRECOGNIZED"}"#, true)]
    #[case::no_matrix_error(404, "404 page not found", true)]
    #[case::method_not_allowed(405, "", true)]
    #[case::not_implemented(501, r#"{"errcode": "M_UNKNOWN"}"#, true)]
    #[case::no_such_thing(404, r#"{"errcode": "M_NOT_FOUND"}"#, false)]
    #[case::refused(403, r#"{"errcode": "M_FORBIDDEN"}"#, false)]
    #[case::success(200, "{}", false)]
    fn endpoints_that_are_not_there(#[case] status: u16, #[case] text: &str, #[case] lacks: bool) {
        assert_eq!(Answer::of(status, text).lacks_endpoint(), lacks);
    }

    #[test]
    fn messages_stay_short() {
        let error = serde_json::json!({ "errcode": "M_UNKNOWN", "error": "é".repeat(100_000) });
        let answer = Answer::of(400, &error.to_string());
        assert!(answer.brief().len() < 1000, "{}", answer.brief().len());
    }
}
