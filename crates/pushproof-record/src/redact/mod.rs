//! Keeps secrets out of records: by value, for every secret that the suite knows, and by the name of the field that
//! carries one, for those that it does not know yet or never will.

mod escapes;
mod fields;
mod record;
mod spellings;
mod values;

use std::sync::{RwLock, RwLockReadGuard};

use serde_json::Value;

use values::Values;

/// The fewest bytes of a token that is known from then on because a field of its name has held it. Shorter values are
/// none, but of subjects that would have their answers unreadable.
const LEAST_LEARNT: usize = 8;

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

    /// The fewest bytes of a secret that is looked for: a shorter one would stand anywhere.
    pub const LEAST: usize = values::HEAD;

    /// From now on `value` becomes `$variable`, wherever it stands, also escaped, in Base64 and in hexadecimal. A value that
    /// is known already keeps its variable. One of fewer than [`Redactor::LEAST`] bytes is not looked for.
    pub fn secret(&self, value: &str, variable: &str) {
        self.values.write().expect("no holder of this lock panics").add(value, variable);
    }

    /// Secrets that stand in these texts, which records are full of, are not looked for, as are those that are too short:
    /// struck out of the suite's own words, they could be told from what is missing.
    pub fn spare<'a>(&self, texts: impl IntoIterator<Item = &'a str>) {
        self.values.write().expect("no holder of this lock panics").spare(texts);
    }

    /// A message of the suite's own without the secrets that are known by value, and without the user info of URLs. Names
    /// of fields say nothing there: hints tell how to give a `token=@FILE`.
    #[must_use]
    pub fn message(&self, text: &str) -> String {
        self.by_value(text)
    }

    /// A text of others without secrets.
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
            Value::Number(number) => {
                let text = number.to_string();
                let redacted = self.by_value(&text);
                if redacted == text { Value::Number(number) } else { Value::String(redacted) }
            }
            other => other,
        }
    }

    /// The address without secrets in its path and query, however they are percent-encoded.
    #[must_use]
    pub fn url(&self, url: &str) -> String {
        let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
        let mut redacted = self.by_value(path);
        if let Some(query) = query {
            let pairs: Vec<String> = query
                .split('&')
                .map(|pair| match pair.split_once('=') {
                    Some((name, value)) if fields::is_secret(name) => {
                        format!("{name}={}", self.field_text(name, &self.by_value(value)))
                    }
                    Some((name, value)) => format!("{}={}", self.by_value(name), self.by_value(value)),
                    None => self.by_value(pair),
                })
                .collect();
            redacted.push('?');
            redacted.push_str(&pairs.join("&"));
        }
        redacted
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
            (self.by_value(&name), value)
        });
        redacted.collect()
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
        if redacted {
            return value.to_owned();
        }
        if fields::is_token(name) && value.len() >= LEAST_LEARNT && !value.contains('$') {
            self.values.write().expect("no holder of this lock panics").learn(value, &fields::variable(name));
        }
        format!("${}", fields::variable(name))
    }

    /// The text without the secrets that are known by value, and without user info. The lock is free again before anything
    /// else is asked: a reader that waits for itself waits forever once a writer waits too.
    fn by_value(&self, text: &str) -> String {
        let known = self.values().replace(text);
        fields::without_user_info(&known).into_owned()
    }

    fn values(&self) -> RwLockReadGuard<'_, Values> {
        self.values.read().expect("no holder of this lock panics")
    }
}

#[cfg(test)]
mod tests;
