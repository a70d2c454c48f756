//! User-interactive authentication (client-server API, "User-Interactive Authentication API"): a request is answered
//! 401 with a session until the stage that its flow asks for is done.

use std::collections::{BTreeMap, VecDeque};

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{Caller, State};
use crate::{error::MatrixError, fields::Fields};

/// So many sessions are remembered; the oldest is forgotten first.
const REMEMBERED: usize = 10_000;

/// What a session is for: a session that was opened for one operation authorises no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Operation(String);

impl Operation {
    /// An operation, named by all that matters in it.
    pub(crate) fn new(endpoint: &str, subject: &str) -> Self {
        Self(format!("{endpoint} {subject}"))
    }
}

/// The sessions that are open.
#[derive(Default)]
pub(crate) struct Sessions {
    open: BTreeMap<String, Operation>,
    oldest_first: VecDeque<String>,
}

impl Sessions {
    fn open(&mut self, id: String, operation: Operation) {
        if self.oldest_first.len() >= REMEMBERED
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.open.remove(&oldest);
        }
        self.oldest_first.push_back(id.clone());
        self.open.insert(id, operation);
    }

    fn close(&mut self, id: &str) {
        self.open.remove(id);
        self.oldest_first.retain(|open| open != id);
    }
}

/// The stage that a flow consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Dummy,
    Password,
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Self::Dummy => "m.login.dummy",
            Self::Password => "m.login.password",
        }
    }
}

impl State {
    /// Passes once the dummy stage is done, as registration asks for.
    pub(crate) fn authorise_by_dummy(
        &mut self,
        body: &Map<String, Value>,
        operation: Operation,
    ) -> Result<(), MatrixError> {
        self.authorise(body, operation, Stage::Dummy, |_, _| Ok(()))
    }

    /// Passes once the caller has given their password.
    pub(crate) fn authorise_by_password(
        &mut self,
        caller: &Caller,
        body: &Map<String, Value>,
        operation: Operation,
    ) -> Result<(), MatrixError> {
        self.authorise(body, operation, Stage::Password, |state, auth| {
            let password = auth.required_text("password")?;
            let named = user_of(auth)?.map(|name| state.full_user_id(name));
            let same_user = named.is_none_or(|user| user == caller.user);
            if same_user && state.user(&caller.user).has_password(password) {
                Ok(())
            } else {
                Err(MatrixError::new(StatusCode::UNAUTHORIZED, "M_FORBIDDEN", "wrong user or password"))
            }
        })
    }

    fn authorise(
        &mut self,
        body: &Map<String, Value>,
        operation: Operation,
        stage: Stage,
        check: impl Fn(&Self, &Map<String, Value>) -> Result<(), MatrixError>,
    ) -> Result<(), MatrixError> {
        let Some(auth) = body.object("auth")? else {
            return Err(self.challenge(operation, stage));
        };
        let session = auth.text("session")?;
        if let Some(session) = session {
            match self.uia.open.get(session) {
                None => return Err(MatrixError::invalid_param("no such authentication session")),
                Some(opened_for) if *opened_for != operation => {
                    return Err(MatrixError::forbidden(
                        "the authentication session is for another operation",
                    ));
                }
                Some(_) => {}
            }
        }
        if auth.text("type")? != Some(stage.name()) {
            return Err(self.challenge(operation, stage));
        }
        match check(self, auth) {
            Ok(()) => {
                if let Some(session) = session {
                    self.uia.close(session);
                }
                Ok(())
            }
            Err(failed) if failed.status == StatusCode::UNAUTHORIZED => {
                let mut challenge = self.challenge(operation, stage);
                challenge.body.extend(failed.body);
                Err(challenge)
            }
            Err(malformed) => Err(malformed),
        }
    }

    fn challenge(&mut self, operation: Operation, stage: Stage) -> MatrixError {
        let session = self.source.opaque(24);
        self.uia.open(session.clone(), operation);
        let mut body = Map::new();
        body.insert("flows".into(), json!([{ "stages": [stage.name()] }]));
        body.insert("params".into(), json!({}));
        body.insert("session".into(), session.into());
        MatrixError { status: StatusCode::UNAUTHORIZED, body }
    }

    /// The user id that a localpart or a full id means.
    pub(crate) fn full_user_id(&self, name: &str) -> crate::ids::UserId {
        if name.starts_with('@') { name.into() } else { format!("@{name}:{}", self.server_name).into() }
    }
}

/// The user that an authentication object names, in the current or the deprecated place.
pub(crate) fn user_of(auth: &Map<String, Value>) -> Result<Option<&str>, MatrixError> {
    match auth.object("identifier")? {
        Some(identifier) => match identifier.text("type")? {
            Some("m.id.user") | None => identifier.text("user"),
            Some(_) => Ok(None),
        },
        None => auth.text("user"),
    }
}
