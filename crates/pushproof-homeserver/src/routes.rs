//! The route table: method and path template to endpoint. Built once.

use std::sync::LazyLock;

use foldhash::HashMap;
use http::Method;
use serde_json::Value;

use crate::{
    endpoints,
    error::MatrixError,
    request::{PathParam, Request},
    state::{Caller, Medium, State},
};

/// What answers a route.
#[derive(Clone, Copy)]
pub(crate) enum Endpoint {
    /// Needs no access token.
    Open(fn(&mut State, &Request) -> Result<Value, MatrixError>),
    /// Needs no access token, and answers with the text of a JSON object.
    Written(fn(&mut State, &Request) -> Result<Vec<u8>, MatrixError>),
    /// Needs an access token.
    Authenticated(fn(&mut State, &Caller, &Request) -> Result<Value, MatrixError>),
    /// Needs no access token, and answers with a file.
    Medium(fn(&mut State, &Request) -> Result<Medium, MatrixError>),
    /// Needs an access token, and may ask to be called again once something happened for the user.
    LongPoll(fn(&mut State, &Caller, &Request, Patience) -> Result<Polled, MatrixError>),
}

/// Whether a long poll may still wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// The first call, or one after something happened.
    Waiting,
    /// The time that the client gave is over: answer with what there is.
    Over,
}

/// What a long poll says when it is called.
pub(crate) enum Polled {
    /// The answer.
    Ready(Value),
    /// The answer, in the middle of which the connection breaks.
    CutOff(Value),
    /// Nothing yet; call again when the user is woken, and at the latest this many milliseconds after the first call.
    NothingYet {
        /// The client's `timeout`.
        timeout_ms: u64,
    },
}

/// One row of the table: method, path below `/_matrix/client/v3` (and `r0`) or in full, endpoint.
pub(crate) type Route = (Method, &'static str, Endpoint);

/// The endpoint for a request, with the path parameters decoded.
pub(crate) fn find(method: &Method, path: &str) -> Result<(Endpoint, Vec<PathParam>), MatrixError> {
    static TABLE: LazyLock<Table> = LazyLock::new(|| {
        let mut table = Table::default();
        for (method, template, endpoint) in endpoints::written_in_full() {
            table.insert(template, &method, endpoint);
        }
        for (method, template, endpoint) in endpoints::versioned() {
            for version in ["v3", "r0"] {
                table.insert(&format!("/_matrix/client/{version}{template}"), &method, endpoint);
            }
        }
        table
    });
    let mut params = Vec::new();
    let methods = TABLE.methods(path, &mut params).ok_or_else(MatrixError::unknown_path)?;
    let (_, endpoint) =
        methods.iter().find(|(has, _)| has == method).ok_or_else(MatrixError::wrong_method)?;
    let params = params.into_iter().map(PathParam::decode).collect::<Result<_, _>>()?;
    Ok((*endpoint, params))
}

/// What answers a path, by method.
type Methods = Vec<(Method, Endpoint)>;

#[derive(Default)]
struct Table {
    /// The paths without parameters, which are found in one step.
    whole: HashMap<String, Methods>,
    /// The others.
    tree: Node,
}

impl Table {
    fn insert(&mut self, template: &str, method: &Method, endpoint: Endpoint) {
        let methods = if template.contains('{') {
            self.tree.methods_of(template)
        } else {
            self.whole.entry(template.to_owned()).or_default()
        };
        methods.push((method.clone(), endpoint));
    }

    fn methods<'a>(&self, path: &'a str, params: &mut Vec<&'a str>) -> Option<&Methods> {
        self.whole.get(path).or_else(|| self.tree.walk(segments(path), params).map(|node| &node.methods))
    }
}

/// A position in the tree of path segments.
#[derive(Default)]
struct Node {
    literals: HashMap<String, Node>,
    param: Option<Box<Node>>,
    methods: Methods,
}

impl Node {
    fn methods_of(&mut self, template: &str) -> &mut Methods {
        let mut node = self;
        for segment in segments(template) {
            node = if segment.starts_with('{') {
                node.param.get_or_insert_default()
            } else {
                node.literals.entry(segment.to_owned()).or_default()
            };
        }
        &mut node.methods
    }

    /// Walks down, preferring literals. A literal that leads nowhere falls back to the parameter beside it, so that an
    /// id may be spelled like a literal. An empty segment is never a parameter.
    fn walk<'a>(
        &self,
        mut rest: impl Iterator<Item = &'a str> + Clone,
        params: &mut Vec<&'a str>,
    ) -> Option<&Self> {
        let Some(segment) = rest.next() else {
            return (!self.methods.is_empty()).then_some(self);
        };
        if let Some(found) = self.literals.get(segment).and_then(|literal| literal.walk(rest.clone(), params))
        {
            return Some(found);
        }
        let param = self.param.as_ref().filter(|_| !segment.is_empty())?;
        let depth = params.len();
        params.push(segment);
        let found = param.walk(rest, params);
        if found.is_none() {
            params.truncate(depth);
        }
        found
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> + Clone {
    path.strip_prefix('/').unwrap_or(path).split('/')
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/_matrix/client/versions", &[])]
    #[case("/_matrix/client/v3/devices/a%2Fb%20c", &["a/b c"])]
    #[case("/_matrix/client/r0/devices/%25", &["%"])]
    #[case("/_matrix/client/v3/rooms/!r/state/m.room.name", &["!r", "m.room.name"])]
    #[case("/_matrix/client/v3/rooms/!r/state/m.room.name/", &["!r", "m.room.name"])]
    #[case("/_matrix/client/v3/pushrules/global/room/!r", &["global", "room", "!r"])]
    fn paths_are_found_and_decoded(#[case] path: &str, #[case] expected: &[&str]) {
        let (_, params) = find(&Method::GET, path).unwrap_or_else(|error| panic!("{error:?}"));
        let params: Vec<&str> = params.iter().map(PathParam::as_str).collect();
        assert_eq!(params, expected);
    }

    #[rstest]
    #[case(Method::GET, "/_matrix/client/v3/nowhere", 404)]
    #[case(Method::GET, "/_matrix/client/v3/rooms/", 404)]
    #[case(Method::GET, "/_matrix/client/v1/devices", 404)]
    #[case(Method::DELETE, "/_matrix/client/v3/pushers", 405)]
    #[case(Method::GET, "/_matrix/client/v3/devices/%C3", 400)]
    fn other_paths_are_refused(#[case] method: Method, #[case] path: &str, #[case] status: u16) {
        let status_found = find(&method, path).map(|_| ()).unwrap_err().status;
        assert_eq!(status_found.as_u16(), status);
    }
}
