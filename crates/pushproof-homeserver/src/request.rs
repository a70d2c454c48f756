//! A request as endpoints see it: path parameters decoded, the token found, the body still bytes.

use std::{borrow::Cow, fmt, sync::LazyLock};

use bytes::Bytes;
use http::{
    HeaderMap, Method,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use percent_encoding::percent_decode_str;
use pushproof_vocabulary::json::{self, Foreign, Key};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Map, Value, error::Category};

use crate::{error::MatrixError, json_text};

/// A request body has so many bytes at most.
pub(crate) const BODY_BYTES: usize = 1 << 20;

/// A request body rarely has more fields than a pusher.
const FIELDS: usize = 12;

/// One request to the client-server API.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The HTTP method.
    pub(crate) method: Method,
    /// The path as it arrived, still percent-encoded.
    pub(crate) path: String,
    /// The query as it arrived; empty when there is none.
    pub(crate) query: String,
    /// The body as it arrived.
    pub(crate) body: Bytes,
    /// What the body is, as the request says it.
    pub(crate) content_type: Option<String>,
    /// What the path held where the route's template has a parameter, in order.
    pub(crate) params: Vec<PathParam>,
    token: Option<String>,
    /// The body as a JSON object, or why it is none; `None` when there is no body. Read before an endpoint has the state
    /// to itself, since everybody else waits then.
    object: Option<Result<Map<String, Value>, MatrixError>>,
}

/// One segment of a path, percent-decoded. A slash within it was `%2F` on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PathParam(String);

impl PathParam {
    /// Decodes a segment. What does not decode to UTF-8 names nothing that this server could hold.
    pub(crate) fn decode(segment: &str) -> Result<Self, MatrixError> {
        percent_decode_str(segment)
            .decode_utf8()
            .map(|text| Self(text.into_owned()))
            .map_err(|_| MatrixError::invalid_param("the path is not UTF-8 once it is percent-decoded"))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Request {
    pub(crate) fn new(method: Method, path: String, query: String, headers: &HeaderMap, body: Bytes) -> Self {
        let token = bearer(headers).map(str::to_owned).or_else(|| in_query(&query, "access_token"));
        let content_type = headers.get(CONTENT_TYPE).and_then(|name| name.to_str().ok()).map(str::to_owned);
        let object = (!body.iter().all(u8::is_ascii_whitespace)).then(|| object(&body));
        Self { method, path, query, body, content_type, params: Vec::new(), token, object }
    }

    /// The access token, from the header or, as older clients send it, from the query.
    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The path parameter at this position of the route's template.
    pub(crate) fn param(&self, index: usize) -> &str {
        self.params.get(index).map_or("", PathParam::as_str)
    }

    /// A parameter of the query.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        in_query(&self.query, name)
    }

    /// A number in the query; what is no number is refused.
    pub(crate) fn query_number(&self, name: &str) -> Result<Option<u64>, MatrixError> {
        self.query(name)
            .map(|text| {
                text.parse().map_err(|_| MatrixError::invalid_param(format!("`{name}` must be a number")))
            })
            .transpose()
    }

    /// About how many bytes of memory its body takes where it is kept.
    pub(crate) fn weight(&self) -> usize {
        let object = self.object.as_ref().and_then(|object| object.as_ref().ok());
        self.body.len() + object.map_or(0, json_text::weight_of_fields)
    }

    /// The body as a JSON object.
    pub(crate) fn json(&self) -> Result<&Map<String, Value>, MatrixError> {
        self.object.as_ref().ok_or_else(MatrixError::not_json)?.as_ref().map_err(MatrixError::clone)
    }

    /// The body as a JSON object, where the endpoint also takes none at all.
    pub(crate) fn json_or_empty(&self) -> Result<&Map<String, Value>, MatrixError> {
        static EMPTY: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
        if self.object.is_none() { Ok(&EMPTY) } else { self.json() }
    }
}

/// A JSON object that a parameter of the query carries.
pub(crate) fn object_in_query(name: &str, text: &str) -> Result<Map<String, Value>, MatrixError> {
    match json::from_slice(text.as_bytes()) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(MatrixError::invalid_param(format!("`{name}` is no JSON object"))),
    }
}

fn object(body: &[u8]) -> Result<Map<String, Value>, MatrixError> {
    let Object(object) = serde_json::from_slice(body).map_err(|error| match error.classify() {
        Category::Data => MatrixError::bad_json("the body must be a JSON object"),
        _ => MatrixError::not_json(),
    })?;
    Ok(object)
}

/// A JSON object as most requests have it, with room for all of their fields: growing costs a third of all the reading.
struct Object(Map<String, Value>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Object, A::Error> {
                let mut object = Map::with_capacity(FIELDS);
                while let Some((Key(name), Foreign(value))) = fields.next_entry()? {
                    object.insert(name, value);
                }
                Ok(Object(object))
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

fn in_query(query: &str, name: &str) -> Option<String> {
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value): (Cow<'_, str>, Cow<'_, str>)| value.into_owned())
}
