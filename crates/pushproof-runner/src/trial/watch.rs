//! Silences of a client that are still looked at: until the scenario writes its settings again, or the case ends.

use std::time::Instant;

use pushproof_record::{StepOutcome, StepVerdict};
use pushproof_vocabulary::driver::Notified;

use super::{Trial, grace::LEAST_WATCH};
use crate::{context::StepContext, http::millis, patience::pass_until, world};

/// A silence that a step found.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    /// The event that is not to be told of.
    pub event: world::Event,
    /// What the scenario calls it.
    pub label: String,
    /// Which step found the silence, and how it ended then.
    pub step: usize,
    /// How the step ended when it found the silence.
    pub outcome: StepOutcome,
    /// How it ends if the silence is broken.
    pub broken: StepVerdict,
    /// Since when it is silent.
    pub opened: Instant,
}

impl Trial {
    /// Begins to watch.
    pub(crate) fn watch(&self, watch: Watch) {
        self.lock().watches.push(watch);
    }

    /// Watches the silences that are open for as long as is needed, and looks at them a last time, before the scenario
    /// makes the client speak again.
    pub(crate) async fn close_watches(&self, ctx: StepContext<'_>) {
        let Some(until) = self.lock().watches.iter().map(|watch| watch.opened + LEAST_WATCH).max() else {
            return;
        };
        // An interrupted run has no time for this; its verdict says that it was interrupted.
        ctx.run.cancel.run_until_cancelled(pass_until(until)).await;
        let watches = std::mem::take(&mut self.lock().watches);
        // Whatever went wrong with the driver meanwhile is found by the step that asks it next.
        let notified = self.notifications(ctx).await.unwrap_or_default();
        let closed = watches.into_iter().map(|watch| watch.closed(&notified));
        let closed: Vec<(usize, StepOutcome)> = closed.collect();
        self.lock().closed.extend(closed);
    }

    /// Closes what is still open, and gives the outcomes of all steps that found a silence.
    pub(crate) async fn end_watches(&self, ctx: StepContext<'_>) -> Vec<(usize, StepOutcome)> {
        self.close_watches(ctx).await;
        std::mem::take(&mut self.lock().closed)
    }
}

impl Watch {
    fn closed(self, notified: &[Notified]) -> (usize, StepOutcome) {
        let told: Vec<&Notified> = notified.iter().filter(|one| self.event.is_told_by(one)).collect();
        let mut outcome = self.outcome;
        if let Some(silence) = &mut outcome.silence {
            silence.open_ms = millis(self.opened.elapsed());
            silence.deliveries = told.len() as u64;
        }
        if !told.is_empty() {
            outcome.verdict = self.broken;
            outcome.message = Some(format!("the client told of `{}` after all, late", self.label));
        }
        (self.step, outcome)
    }
}
