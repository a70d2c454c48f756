//! Windows of silence. A window is opened by a step that found its pusher silent, and stays open until the scenario
//! itself enables, sets or deletes that pusher, or the run ends: a late delivery fails its scenario then. However it
//! ends, it was watched for a while.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use pushproof_record::{Event, Evidence, ScenarioKey, Silence, StepOutcome, StepVerdict};
use pushproof_sinks::{Delivery, PusherKey};

use crate::{context::RunContext, http::millis};

/// How long a silence is watched at least after the sentinel came. A homeserver that forgets to look at the state when
/// it tries again, or when it wakes from a pause, is late by about a second.
const LEAST_WATCH: Duration = Duration::from_secs(2);

/// A window that is open.
#[derive(Debug)]
pub(crate) struct Window {
    /// The silent pusher.
    pub key: PusherKey,
    /// From when on nothing may arrive.
    pub since: Instant,
    /// When the window was opened.
    pub opened: Instant,
    /// The case that looks through the window.
    pub scenario: ScenarioKey,
    /// The step that opened it.
    pub step: usize,
    /// How the step ends if the silence is broken.
    pub broken: StepVerdict,
    /// How the step ended when it opened the window.
    pub outcome: StepOutcome,
}

/// All open windows of a run.
#[derive(Debug, Default)]
pub(crate) struct Silences(Mutex<Vec<Window>>);

impl Silences {
    /// Opens a window.
    pub(crate) fn open(&self, window: Window) {
        self.0.lock().expect("no holder of this lock panics").push(window);
    }

    /// Closes the windows on a pusher; call it before the request that may make the pusher speak again.
    pub(crate) async fn close(&self, run: &RunContext, key: &PusherKey) {
        self.close_those(run, |window| window.key == *key).await;
    }

    /// Closes every window of a case.
    pub(crate) async fn close_case(&self, run: &RunContext, scenario: &ScenarioKey) {
        self.close_those(run, |window| window.scenario == *scenario).await;
    }

    /// Closes what is still open: the run ends.
    pub(crate) async fn close_all(&self, run: &RunContext) {
        self.close_those(run, |_| true).await;
    }

    async fn close_those(&self, run: &RunContext, choose: impl Fn(&Window) -> bool) {
        let latest = {
            let open = self.0.lock().expect("no holder of this lock panics");
            open.iter().filter(|window| choose(window)).map(|window| window.opened + LEAST_WATCH).max()
        };
        if let Some(latest) = latest {
            // An interrupted run has no time for this; its verdict says that it was interrupted.
            run.cancel.run_until_cancelled(tokio::time::sleep_until(latest.into())).await;
        }
        let closed: Vec<Window> = {
            let mut open = self.0.lock().expect("no holder of this lock panics");
            open.extract_if(.., |window| choose(window)).collect()
        };
        for window in closed {
            let (key, index) = (window.scenario.clone(), window.step);
            let outcome = Box::new(window.final_outcome(run));
            run.tell(Event::StepRevised { key: key.clone(), index, outcome });
            // Watching is part of the case: it ends when its last window is closed.
            run.tell(Event::ScenarioFinished { key, at_ms: run.now_ms() });
        }
    }
}

impl Window {
    /// The outcome of the step with the figures of the whole window.
    fn final_outcome(self, run: &RunContext) -> StepOutcome {
        let late = offending(run, &self.key, self.since);
        let mut outcome = self.outcome;
        if let Some(silence) = &mut outcome.silence {
            silence.open_ms = millis(self.since.elapsed());
            silence.deliveries = late.len() as u64;
        }
        if let Some(first) = late.first() {
            outcome.verdict = self.broken;
            outcome.message = Some(broken_message(late.len(), first, self.since));
            outcome.evidence.extend(late.iter().take(MAX_SHOWN).map(|delivery| evidence(run, delivery)));
        }
        outcome
    }
}

/// The most deliveries that are kept as evidence of one broken silence.
pub(crate) const MAX_SHOWN: usize = 5;

/// What arrived for a pusher since it should be silent: every request that names it, counts included. Another attempt at
/// an event that was delivered before is none, for a delivery whose answer got lost is rightly tried again.
#[must_use]
pub(crate) fn offending(run: &RunContext, key: &PusherKey, since: Instant) -> Vec<std::sync::Arc<Delivery>> {
    let all = run.gateway.deliveries(key);
    let before: Vec<&str> =
        all.iter().filter(|d| d.at < since).filter_map(|d| d.event_id.as_deref()).collect();
    all.iter()
        .filter(|d| d.at >= since && !d.event_id.as_deref().is_some_and(|id| before.contains(&id)))
        .cloned()
        .collect()
}

/// What is said of a broken silence.
#[must_use]
pub(crate) fn broken_message(count: usize, first: &Delivery, since: Instant) -> String {
    let what = match &first.event_id {
        Some(event_id) => format!("of event {event_id}"),
        None => "of unread counts only".to_owned(),
    };
    let times = if count == 1 { "was told once".to_owned() } else { format!("was told {count} times") };
    format!(
        "the push gateway {times} for a pusher that must be silent, first {what}, {} ms into the silence",
        millis(first.at.saturating_duration_since(since))
    )
}

/// A delivery as evidence.
#[must_use]
pub(crate) fn evidence(run: &RunContext, delivery: &Delivery) -> Evidence {
    run.redactor.evidence(Evidence::push(
        millis(delivery.at.saturating_duration_since(run.epoch)),
        &delivery.app_id,
        &delivery.pushkey,
        delivery.event_id.as_deref(),
        &delivery.body,
    ))
}

/// The figures of a silence at the moment.
#[must_use]
pub(crate) fn figures(sentinel_ms: u64, grace_ms: u64, since: Instant, deliveries: usize) -> Silence {
    Silence { sentinel_ms, grace_ms, open_ms: millis(since.elapsed()), deliveries: deliveries as u64 }
}
