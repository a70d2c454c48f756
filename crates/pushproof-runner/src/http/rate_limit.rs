//! Rate limits are obeyed, told of, and end the run where that would take too long.

use std::time::Duration;

use pushproof_record::Event;
use serde_json::Value;
use tokio::sync::{mpsc::UnboundedSender, watch};
use tokio_util::sync::CancellationToken;

use super::{Answer, Call, NoAnswer, millis};

/// How long is waited when a rate limit names no time.
const DEFAULT_RETRY: Duration = Duration::from_secs(1);

/// How the subject's rate limits were obeyed.
#[derive(Debug)]
pub(super) struct RateLimits {
    /// The longest that one request may be put off.
    max_wait: Duration,
    /// Hears of every wait.
    events: UnboundedSender<Event>,
    /// Why the run ends, once a limit was too much.
    exceeded: watch::Sender<Option<String>>,
    /// Ends the run.
    cancel: CancellationToken,
}

impl RateLimits {
    pub(super) fn new(max_wait: Duration, events: UnboundedSender<Event>, cancel: CancellationToken) -> Self {
        Self { max_wait, events, exceeded: watch::Sender::new(None), cancel }
    }

    /// Why the run ends, if a rate limit ended it.
    pub(super) fn exceeded(&self) -> Option<String> {
        self.exceeded.borrow().clone()
    }

    /// Waits as long as the answer asks for, and tells of it; or ends the run.
    pub(super) async fn obey(&self, call: &Call, answer: &Answer, waited: Duration) -> Result<(), NoAnswer> {
        let asked = answer.json.as_ref().and_then(|body| body.get("retry_after_ms")).and_then(Value::as_u64);
        let wait = asked.map_or(DEFAULT_RETRY, Duration::from_millis).max(Duration::from_millis(10));
        if waited + wait > self.max_wait {
            let setting = rate_limit_setting(&call.path);
            let reason = format!(
                "the homeserver limits the rate of {} {}: it asks for {} s more after {} s, --max-wait is {} s{setting}",
                call.method,
                call.path,
                wait.as_secs().max(1),
                waited.as_secs(),
                self.max_wait.as_secs()
            );
            self.exceeded.send_replace(Some(reason.clone()));
            self.cancel.cancel();
            return Err(NoAnswer::RateLimited(reason));
        }
        let _ = self.events.send(Event::RateLimited { waited_ms: millis(wait) });
        tokio::time::sleep(wait).await;
        Ok(())
    }
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
