//! Any other request, and what an answer must be.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use pushproof_yaml::{Node, Spanned};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};

use crate::{DeviceRef, ordered::Ordered};

/// Sends a request to the homeserver.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Whose access token goes along; none if left out.
    #[serde(default)]
    pub by: Option<Spanned<DeviceRef>>,
    /// The HTTP method.
    pub method: Method,
    /// The path below `/_matrix/client/v3`, or a whole one that begins with `/_matrix`. A template: what stands in
    /// `{…}` is percent-encoded, as in `/user/{alice}/account_data/{settings:alice.phone}`.
    pub path: Spanned<String>,
    /// The query; the values are templates.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// The JSON body. `$state`, `$link` and `$paused` as keys, `$enabled` and `$disabled` as values are the dialect's;
    /// text is a template.
    #[serde(default)]
    pub body: Option<Node>,
    /// What is answered; a success if left out.
    #[serde(default)]
    pub expect: Option<Expect>,
    /// Whether to ask again, up to patience, until the answer is as expected.
    #[serde(default)]
    pub poll: bool,
    /// Whether the subject may lack the endpoint, which nothing in the proposal builds on. If it does, the rest of the case
    /// is not applicable. Left out: it may not.
    #[serde(default)]
    pub may_be_absent: bool,
}

/// HTTP methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Put,
    Post,
    Delete,
}

/// What an answer must be; or, where the proposal leaves it open, what it may be.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The status: a number, a class such as `4xx`, or a list of these; a success if left out.
    #[serde(default)]
    pub status: Option<Spanned<StatusPattern>>,
    /// The `errcode` of a Matrix error: one, or a list; `$any` for any.
    #[serde(default)]
    pub errcode: Option<Node>,
    /// A pattern for the body.
    #[serde(default)]
    pub body: Option<Node>,
    /// The readings of an open clause, each with the answer that shows it: `{ refused: { status: 4xx }, ignored: {} }`.
    /// The first that fits is the one that the subject took. They stand alone, without the fields above.
    #[serde(default)]
    pub readings: Readings,
}

/// The readings of an open clause in the order of the file: what a report says of the subject, and the answer that
/// shows it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Readings(Ordered<Spanned<String>, Expect>);

impl Readings {
    /// The readings, in the order in which they are tried.
    pub fn iter(&self) -> impl Iterator<Item = (&Spanned<String>, &Expect)> {
        self.0.0.iter().map(|(reading, expect)| (reading, expect))
    }

    /// Whether there are none: the answer is expected to be one thing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.0.is_empty()
    }
}

impl Expect {
    /// Whether it says what the answer must be, as opposed to what it may be.
    #[must_use]
    pub fn is_definite(&self) -> bool {
        self.status.is_some() || self.errcode.is_some() || self.body.is_some()
    }

    /// Whether the request is to be refused.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.status.as_ref().is_some_and(|status| status.0.iter().all(|range| *range.start() >= 400))
    }
}

/// Statuses that fit, as inclusive ranges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusPattern(pub Vec<std::ops::RangeInclusive<u16>>);

impl StatusPattern {
    /// Any success.
    #[must_use]
    pub fn success() -> Self {
        Self(vec![200..=299])
    }

    /// Whether the status fits.
    #[must_use]
    pub fn fits(&self, status: u16) -> bool {
        self.0.iter().any(|range| range.contains(&status))
    }
}

impl fmt::Display for StatusPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, range) in self.0.iter().enumerate() {
            let before = if i == 0 { "" } else { " or " };
            if range.start() == range.end() {
                write!(f, "{before}{}", range.start())?;
            } else {
                write!(f, "{before}{}xx", range.start() / 100)?;
            }
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for StatusPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Statuses;

        fn one<E: Error>(status: u64) -> Result<StatusPattern, E> {
            match u16::try_from(status) {
                Ok(status @ 100..=599) => Ok(StatusPattern(vec![status..=status])),
                _ => Err(E::custom(format!("{status} is no HTTP status"))),
            }
        }

        impl<'de> Visitor<'de> for Statuses {
            type Value = StatusPattern;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a status such as 400, a class such as `4xx`, or a list of these")
            }

            fn visit_u64<E: Error>(self, status: u64) -> Result<StatusPattern, E> {
                one(status)
            }

            fn visit_str<E: Error>(self, class: &str) -> Result<StatusPattern, E> {
                match class.strip_suffix("xx").and_then(|digit| digit.parse().ok()) {
                    Some(digit @ 1..=5u16) => Ok(StatusPattern(vec![digit * 100..=digit * 100 + 99])),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(class), &self)),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<StatusPattern, A::Error> {
                let mut ranges = Vec::new();
                while let Some(StatusPattern(more)) = seq.next_element()? {
                    ranges.extend(more);
                }
                if ranges.is_empty() {
                    Err(A::Error::invalid_length(0, &self))
                } else {
                    Ok(StatusPattern(ranges))
                }
            }
        }

        deserializer.deserialize_any(Statuses)
    }
}

impl JsonSchema for StatusPattern {
    fn schema_name() -> Cow<'static, str> {
        "Status".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let one = serde_json::json!([
            { "type": "integer", "minimum": 100, "maximum": 599 },
            { "type": "string", "pattern": "^[1-5]xx$" }
        ]);
        let mut any = one.as_array().cloned().unwrap_or_default();
        any.push(serde_json::json!({ "type": "array", "minItems": 1, "items": { "anyOf": one } }));
        json_schema!({ "anyOf": any })
    }
}
