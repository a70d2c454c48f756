//! User-interactive authentication with a password, each request in a session of its own.

use serde_json::json;

use crate::{
    http::{Answer, Call, Http, NoAnswer},
    trace::Trace,
};

/// Sends a request that wants user-interactive authentication: once to get a session, once more with the password.
/// A server that asks for none has answered with the first.
pub(crate) async fn send_with_password(
    http: &Http,
    trace: &Trace,
    call: Call,
    user_id: &str,
    password: &str,
) -> Result<Answer, NoAnswer> {
    let first = http.send(trace, &call).await?;
    if first.status != 401 {
        return Ok(first);
    }
    let Some(session) = first.str_at("/session") else { return Ok(first) };
    let mut call = call;
    let body = call.body.get_or_insert_with(|| json!({}));
    body["auth"] = json!({
        "type": "m.login.password",
        "identifier": { "type": "m.id.user", "user": user_id },
        "password": password,
        "session": session,
    });
    http.send(trace, &call).await
}

/// Whether the answer asks for authentication, but nowhere for a password alone.
#[must_use]
pub(crate) fn wants_other_than_password(answer: &Answer) -> bool {
    let flows = answer.json.as_ref().and_then(|body| body.get("flows")?.as_array());
    let is_password = |flow: &serde_json::Value| flow["stages"] == json!(["m.login.password"]);
    answer.status == 401 && flows.is_some_and(|flows| !flows.iter().any(is_password))
}
