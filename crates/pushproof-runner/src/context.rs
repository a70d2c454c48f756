//! What every step of a run shares.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use pushproof_record::{Event, Redactor};
use pushproof_scenario::steps::StatusPattern;
use pushproof_sinks::{Mailbox, PushGateway};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    account::Accounts,
    cleanup::Cleaner,
    ending::Plan,
    http::{Answer, Call, Http, NoAnswer, millis},
    jobs::Jobs,
    latency::Latency,
    outcome::Missed,
    restart::Restarts,
    trace::Trace,
    uia::wants_other_than_password,
    watch::Watches,
    world::World,
};

/// The run: the subject, what receives, and what was measured so far.
#[derive(Debug)]
pub(crate) struct RunContext {
    /// The way to the subject.
    pub http: Http,
    /// Accounts on it.
    pub accounts: Accounts,
    /// What cleans up afterwards.
    pub cleaner: Cleaner,
    /// Whether the plan was told.
    pub plan: Plan,
    /// A word unique to the run.
    pub unique: String,
    /// Where pushes arrive.
    pub gateway: Arc<PushGateway>,
    /// The gateway's address as the subject reaches it.
    pub gateway_url: Url,
    /// Where mails arrive, if the subject sends any to the suite.
    pub mailbox: Option<Arc<Mailbox>>,
    /// How long is waited for what should come.
    pub patience: Duration,
    /// How slow pushes are.
    pub push_latency: Latency,
    /// How slow mails are.
    pub mail_latency: Latency,
    /// How many cases act at the same time.
    pub jobs: Jobs,
    /// Restarts of the subject.
    pub restarts: Restarts,
    /// How long is watched at least what must last.
    pub watch: Duration,
    /// What must last.
    pub watches: Watches,
    /// Keeps secrets out of records.
    pub redactor: Arc<Redactor>,
    /// Where events go.
    pub events: UnboundedSender<Event>,
    /// When the run began.
    pub epoch: Instant,
    /// Ends the run early.
    pub cancel: CancellationToken,
}

impl RunContext {
    /// Milliseconds since the run began.
    #[must_use]
    pub(crate) fn now_ms(&self) -> u64 {
        millis(self.epoch.elapsed())
    }

    /// Tells of something. After the run's end nobody listens, which is fine.
    pub(crate) fn tell(&self, event: Event) {
        let _ = self.events.send(event);
    }
}

/// One step of one case, as it runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StepContext<'a> {
    /// The run.
    pub run: &'a RunContext,
    /// The case.
    pub world: &'a World,
    /// The step's evidence.
    pub trace: &'a Trace,
    /// How long the step looks for what should be there.
    pub patience: Duration,
}

impl StepContext<'_> {
    /// Sends a request to the subject. Beside a client on trial, what that could have written has the suite's mark.
    pub(crate) async fn send(&self, call: &Call) -> Result<Answer, NoAnswer> {
        let marked = self.world.trial.as_ref().and_then(|trial| trial.marked(call));
        self.run.http.send(self.trace, marked.as_ref().unwrap_or(call)).await
    }

    /// Sends a request that must succeed.
    pub(crate) async fn send_ok(&self, call: &Call) -> Result<Answer, Missed> {
        let answer = self.send(call).await?;
        if answer.is_success() {
            return Ok(answer);
        }
        Err(unexpected_status(call, &answer, &StatusPattern::success()))
    }

    /// Sends a request that a judgement relies on, and that the specification has: that it fails says nothing of what is
    /// judged.
    pub(crate) async fn rely_on(&self, call: &Call) -> Result<Answer, Missed> {
        self.send_ok(call).await.map_err(Missed::tells_nothing)
    }
}

/// Why a case does not apply to a subject that lacks what the specification has and the proposal does not ask for, or keeps
/// users from it, if the answer says so. `request` has no ids: who lacks it lacks it for all.
#[must_use]
pub(crate) fn lacking(request: &str, answer: &Answer) -> Option<Missed> {
    let how = match answer.status {
        _ if answer.lacks_endpoint() => "lacks",
        403 => "does not allow",
        _ if wants_other_than_password(answer) => "wants more than a password for",
        _ => return None,
    };
    let said = answer.brief();
    Some(Missed::not_applicable(format!("the homeserver {how} {request}, which was answered {said}")))
}

/// A request was answered with another status than expected.
#[must_use]
pub(crate) fn unexpected_status(call: &Call, answer: &Answer, wanted: &StatusPattern) -> Missed {
    let Call { method, path, .. } = call;
    Missed::failed(format!("{method} {path} was answered {}, expected {wanted}", answer.brief()))
        .answered(answer)
}
