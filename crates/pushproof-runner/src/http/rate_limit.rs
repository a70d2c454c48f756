//! Rate limits are obeyed, told of, and end the run where that would take too long.

use std::time::Duration;

use pushproof_record::Event;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

use super::{Answer, Call, NoAnswer, giving_up::GivingUp, millis};

/// How long is waited when a rate limit names no time.
const DEFAULT_RETRY: Duration = Duration::from_secs(1);

/// How the subject's rate limits were obeyed.
#[derive(Debug)]
pub(super) struct RateLimits {
    /// The longest that one request may be put off.
    max_wait: Duration,
    /// Hears of every wait.
    events: UnboundedSender<Event>,
    /// Ends the run, once a limit is too much.
    giving_up: GivingUp,
}

impl RateLimits {
    pub(super) fn new(max_wait: Duration, events: UnboundedSender<Event>, giving_up: GivingUp) -> Self {
        Self { max_wait, events, giving_up }
    }

    /// Waits as long as the answer asks for, and tells of it; or ends the run.
    pub(super) async fn obey(&self, call: &Call, answer: &Answer, waited: Duration) -> Result<(), NoAnswer> {
        let wait = asked_for(answer).unwrap_or(DEFAULT_RETRY).max(Duration::from_millis(10));
        if waited.saturating_add(wait) > self.max_wait {
            let setting = rate_limit_setting(&call.path);
            let reason = format!(
                "the homeserver limits the rate of {} {}: it asks for {} s more after {} s, --max-wait is {} s{setting}",
                call.method,
                call.path,
                wait.as_secs().max(1),
                waited.as_secs(),
                self.max_wait.as_secs()
            );
            self.giving_up.give_up(&reason);
            return Err(NoAnswer::RateLimited(reason));
        }
        let _ = self.events.send(Event::RateLimited { waited_ms: millis(wait) });
        tokio::time::sleep(wait).await;
        Ok(())
    }
}

/// How long a rate limit asks to wait: in the body, or, as newer versions of the specification and proxies have it, in
/// `Retry-After`, in seconds.
fn asked_for(answer: &Answer) -> Option<Duration> {
    let in_body = answer.json.as_ref().and_then(|body| body.get("retry_after_ms")).and_then(Value::as_u64);
    let in_header = || answer.header("retry-after").and_then(|seconds| seconds.trim().parse().ok());
    in_body.map(Duration::from_millis).or_else(|| in_header().map(Duration::from_secs))
}

/// Where Synapse, the most common subject, sets the limit that a path runs into.
fn rate_limit_setting(path: &str) -> String {
    let settings = [
        ("/register", "rc_registration"),
        ("/login", "rc_login"),
        ("/send/", "rc_message"),
        ("/join", "rc_joins"),
        ("/invite", "rc_invites"),
        ("/createRoom", "rc_room_creation"),
        ("/requestToken", "rc_3pid_validation"),
    ];
    settings.iter().find(|(part, _)| path.contains(part)).map_or_else(
        || "; raise the limit or --max-wait".to_owned(),
        |(_, setting)| format!("; raise the limit (`{setting}` in Synapse) or --max-wait"),
    )
}
