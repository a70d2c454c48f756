//! Keeps secrets out of records: by value, for every secret that the suite knows, and by the name of the field that
//! carries one, for those that it does not know yet or never will.

mod fields;
mod values;

use std::sync::{RwLock, RwLockReadGuard};

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::{Body, Content, Evidence, Exchange, Mismatch};
use values::Values;

/// What replaces secrets by the names of shell variables, such as `$ALICE_PHONE_TOKEN`. Shared by all that captures
/// evidence; secrets are added while the run makes them. What was redacted once stays as it is when redacted again.
#[derive(Debug, Default)]
pub struct Redactor {
    values: RwLock<Values>,
}

impl Redactor {
    /// A redactor that knows no secret by value yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on `value` becomes `$variable`, wherever it stands. A value that is known already keeps its variable.
    /// One of fewer than four bytes is not looked for: it would stand anywhere.
    pub fn secret(&self, value: &str, variable: &str) {
        self.values.write().expect("no holder of this lock panics").add(value, variable);
    }

    /// The text without secrets.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let by_value = self.by_value(text);
        fields::replace_in_text(&by_value, |field, value| self.field_text(field, value))
    }

    /// The JSON value without secrets.
    #[must_use]
    pub fn json(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.json(item)).collect(),
            Value::Object(fields) => {
                let redacted = fields.into_iter().map(|(name, value)| {
                    let value = self.field(&name, value);
                    (self.by_value(&name), value)
                });
                Value::Object(redacted.collect())
            }
            other => other,
        }
    }

    /// The address without secrets in its path and query, however they are percent-encoded.
    #[must_use]
    pub fn url(&self, url: &str) -> String {
        let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
        let path: Vec<String> = path.split('/').map(|segment| self.url_part(segment)).collect();
        let mut redacted = path.join("/");
        if let Some(query) = query {
            let pairs: Vec<String> = query
                .split('&')
                .map(|pair| match pair.split_once('=') {
                    Some((name, value)) if fields::is_secret(name) => {
                        format!("{name}={}", self.field_text(name, &self.url_part(value)))
                    }
                    Some((name, value)) => format!("{name}={}", self.url_part(value)),
                    None => self.url_part(pair),
                })
                .collect();
            redacted.push('?');
            redacted.push_str(&pairs.join("&"));
        }
        redacted
    }

    /// The difference without secrets.
    #[must_use]
    pub fn mismatch(&self, mut mismatch: Mismatch) -> Mismatch {
        let field = |pointer: &str| pointer.rsplit('/').next().unwrap_or_default().to_owned();
        mismatch.expected = self.field(&field(&mismatch.pointer), mismatch.expected);
        mismatch.actual = mismatch.actual.map(|value| self.field(&field(&mismatch.pointer), value));
        for near in &mut mismatch.near_misses {
            near.actual = near.actual.take().map(|value| self.field(&field(&near.pointer), value));
            near.pointer = self.text(&near.pointer);
        }
        mismatch.pointer = self.text(&mismatch.pointer);
        mismatch
    }

    /// The evidence without secrets.
    #[must_use]
    pub fn evidence(&self, evidence: Evidence) -> Evidence {
        match evidence {
            Evidence::Exchange(exchange) => self.exchange(*exchange).into(),
            Evidence::Push { at_ms, app_id, pushkey, event_id, body } => {
                Evidence::Push { at_ms, app_id, pushkey, event_id, body: self.body(body) }
            }
            Evidence::Mail { at_ms, from, to, subject, body } => {
                Evidence::Mail { at_ms, from, to, subject: self.text(&subject), body: self.body(body) }
            }
            Evidence::DriverMessage { at_ms, direction, message } => {
                Evidence::DriverMessage { at_ms, direction, message: self.json(message) }
            }
            Evidence::ServerLog { at_ms, text } => Evidence::ServerLog { at_ms, text: self.text(&text) },
        }
    }

    fn exchange(&self, exchange: Exchange) -> Exchange {
        let Exchange { mut request, mut response, error, .. } = exchange;
        request.url = self.url(&request.url);
        request.headers = self.headers(request.headers);
        request.body = request.body.map(|body| self.body(body));
        if let Some(response) = &mut response {
            response.headers = self.headers(std::mem::take(&mut response.headers));
            response.body = response.body.take().map(|body| self.body(body));
        }
        Exchange { request, response, error: error.map(|error| self.text(&error)), ..exchange }
    }

    fn headers(&self, headers: Vec<(String, String)>) -> Vec<(String, String)> {
        let redacted = headers.into_iter().map(|(name, value)| {
            let value = if name.eq_ignore_ascii_case("authorization") {
                let (scheme, token) = value.split_once(' ').unwrap_or(("", &value));
                format!("{scheme} {}", self.field_text("access_token", &self.by_value(token)))
                    .trim_start()
                    .to_owned()
            } else if fields::is_secret_header(&name) {
                self.field_text(&name, &value)
            } else {
                self.text(&value)
            };
            (name, value)
        });
        redacted.collect()
    }

    fn body(&self, body: Body) -> Body {
        let is_cut = body.is_cut();
        let content = match body.content {
            Content::Json(value) => Content::Json(self.json(value)),
            Content::Text(mut text) => {
                if is_cut {
                    self.values().trim_beginning(&mut text);
                }
                Content::Text(self.text(&text))
            }
        };
        Body { content, ..body }
    }

    /// The value of a field: a secret as a whole if the field is one, else what is secret in it.
    fn field(&self, name: &str, value: Value) -> Value {
        match value {
            Value::String(text) if fields::is_secret(name) => {
                Value::String(self.field_text(name, &self.by_value(&text)))
            }
            Value::Number(number) if fields::is_secret(name) => {
                Value::String(self.field_text(name, &number.to_string()))
            }
            other => self.json(other),
        }
    }

    /// What stands for the value of a secret field: the variable that is there already, or the field's own.
    fn field_text(&self, name: &str, value: &str) -> String {
        let redacted = value
            .strip_prefix('$')
            .is_some_and(|variable| self.values().is_variable(variable) || fields::is_variable(variable));
        if redacted { value.to_owned() } else { format!("${}", fields::variable(name)) }
    }

    /// A segment of a path, or a value of a query.
    fn url_part(&self, part: &str) -> String {
        let decoded = percent_decode_str(part).decode_utf8_lossy();
        let redacted = self.by_value(&decoded);
        if redacted == decoded { part.to_owned() } else { redacted }
    }

    /// The text without the secrets that are known by value. The lock is free again before anything else is asked: a
    /// reader that waits for itself waits forever once a writer waits too.
    fn by_value(&self, text: &str) -> String {
        self.values().replace(text)
    }

    fn values(&self) -> RwLockReadGuard<'_, Values> {
        self.values.read().expect("no holder of this lock panics")
    }
}

#[cfg(test)]
mod tests;
