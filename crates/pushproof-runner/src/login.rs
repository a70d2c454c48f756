//! Logging in with a password.

use pushproof_record::Redactor;
use serde_json::json;

use crate::{
    account::NoAccount,
    http::{Answer, Call, Http, NoAnswer, token_variable},
    trace::Trace,
};

/// A login to be made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Login<'a> {
    /// The device in the scenario's words: its token is shown under this name.
    pub name: &'a str,
    /// The user id, or its local part.
    pub user: &'a str,
    /// The password.
    pub password: &'a str,
    /// The device id to ask for; the server chooses if there is none.
    pub device_id: Option<&'a str>,
}

impl Login<'_> {
    /// Logs in (client-server API, `POST /login`).
    pub(crate) async fn make(
        self,
        http: &Http,
        trace: &Trace,
        redactor: &Redactor,
    ) -> Result<Answer, NoAccount> {
        let answer = self.ask(http, trace, redactor).await?;
        if answer.is_success() {
            return Ok(answer);
        }
        let hint = match answer.status {
            403 => "the homeserver does not take this user and password",
            _ => "the homeserver must let users log in with a password (`m.login.password`)",
        };
        Err(NoAccount::refused("logging in", &answer, hint))
    }

    /// The same, with a refusal as an answer like any other.
    pub(crate) async fn ask(
        self,
        http: &Http,
        trace: &Trace,
        redactor: &Redactor,
    ) -> Result<Answer, NoAnswer> {
        let mut body = json!({
            "type": "m.login.password",
            "identifier": { "type": "m.id.user", "user": self.user },
            "password": self.password,
            "initial_device_display_name": self.name,
        });
        if let Some(device_id) = self.device_id {
            body["device_id"] = device_id.into();
        }
        let answer = http.send(trace, &Call::post("/login", body)).await?;
        if let Some(token) = answer.str_at("/access_token") {
            redactor.secret(token, &token_variable(self.name));
        }
        Ok(answer)
    }
}
