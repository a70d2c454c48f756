//! Windows of silence. A window is opened by a step that found its pusher silent, and stays open until the scenario
//! itself enables, sets or deletes that pusher, or the run ends: a late delivery fails its scenario then. However it
//! ends, it was watched for a while.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use pushproof_record::{Event, ScenarioKey, Silence, StepOutcome, StepVerdict};

use crate::{
    context::RunContext,
    http::millis,
    outlet::{MAX_SHOWN, Outlet},
    patience::pass_until,
};

/// How long a silence is watched at least before the case itself ends it. A homeserver that forgets to look at the state
/// when it tries again, or when it wakes from a pause, is late by about a second.
const LEAST_WATCH: Duration = Duration::from_secs(2);

/// How long a silence that no case ends is watched, unless nothing is waited for as long: so late are the third and fourth
/// attempt of a homeserver that doubles its pauses.
const LAST_WATCH: Duration = Duration::from_secs(5);

/// A window that is open.
#[derive(Debug)]
pub(crate) struct Window {
    /// Where what the silent pusher tells would arrive.
    pub outlet: Outlet,
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
    pub(crate) async fn close(&self, run: &RunContext, outlet: &Outlet) {
        self.close_those(run, LEAST_WATCH, |window| window.outlet == *outlet).await;
    }

    /// Closes every window of a case.
    pub(crate) async fn close_case(&self, run: &RunContext, scenario: &ScenarioKey) {
        self.close_those(run, LEAST_WATCH, |window| window.scenario == *scenario).await;
    }

    /// Closes all that is open: the subject is restarted, or the run ends. Nothing hurries here as it does within a case.
    pub(crate) async fn close_all(&self, run: &RunContext) {
        let watch = LAST_WATCH.min(run.patience).max(LEAST_WATCH);
        self.close_those(run, watch, |_| true).await;
    }

    /// Closes windows, none of them before it was open for `watch`.
    async fn close_those(&self, run: &RunContext, watch: Duration, choose: impl Fn(&Window) -> bool) {
        let latest = {
            let open = self.0.lock().expect("no holder of this lock panics");
            open.iter().filter(|window| choose(window)).map(|window| window.opened + watch).max()
        };
        if let Some(latest) = latest {
            // An interrupted run has no time for this; its verdict says that it was interrupted.
            run.cancel.run_until_cancelled(pass_until(latest)).await;
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
        let late = self.outlet.offending(run, self.since);
        let mut outcome = self.outcome;
        if let Some(silence) = &mut outcome.silence {
            silence.open_ms = millis(self.since.elapsed());
            silence.deliveries = late.len() as u64;
        }
        if !late.is_empty() {
            outcome.verdict = self.broken;
            let message = Outlet::broken_message(&late, self.since);
            outcome.message = Some(run.redactor.text(&message));
            outcome.evidence.extend(late.iter().take(MAX_SHOWN).map(|arrival| arrival.evidence(run)));
        } else if let Some(doubt) = self.outlet.doubt(run, self.since) {
            outcome.verdict = doubt.verdict;
            outcome.message = Some(run.redactor.text(&doubt.message));
            outcome.hint = doubt.hint;
        }
        outcome
    }
}

/// The figures of a silence at the moment.
#[must_use]
pub(crate) fn figures(sentinel_ms: u64, grace_ms: u64, since: Instant, deliveries: usize) -> Silence {
    Silence { sentinel_ms, grace_ms, open_ms: millis(since.elapsed()), deliveries: deliveries as u64 }
}
