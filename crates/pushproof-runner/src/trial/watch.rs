//! Silences of a client that are still looked at: until the scenario writes its settings again, or the case ends.

use std::time::Instant;

use pushproof_record::{StepOutcome, StepVerdict};

use super::{Trial, start::Closed};
use crate::{context::StepContext, http::millis, outcome::Missed, patience::pass_until, world};

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
        let Some(until) = self.lock().watches.iter().map(|watch| watch.opened + ctx.run.watch).max() else {
            return;
        };
        // An interrupted run has no time for this; its verdict says that it was interrupted.
        ctx.run.cancel.run_until_cancelled(pass_until(until)).await;
        let watches = std::mem::take(&mut self.lock().watches);
        let notified = self.notifications(ctx).await;
        let closed: Vec<Closed> = watches
            .into_iter()
            .map(|watch| {
                let told = notified.as_ref().map(|told| self.breaking(ctx.world, &watch.event, told).len());
                watch.closed(told)
            })
            .collect();
        self.lock().closed.extend(closed);
    }

    /// Closes what is still open, and gives the outcomes of all steps that found a silence. One of a kind of events that
    /// the client told of neither before nor after proves nothing.
    pub(crate) async fn end_watches(&self, ctx: StepContext<'_>) -> Vec<(usize, StepOutcome)> {
        self.close_watches(ctx).await;
        let mut seen = self.lock();
        let closed = std::mem::take(&mut seen.closed);
        let proved = closed.into_iter().map(|Closed { step, kind, mut outcome }| {
            if outcome.verdict == StepVerdict::Passed && !seen.kinds.contains(&kind) {
                outcome.verdict = StepVerdict::Inconclusive;
                outcome.message = Some(format!(
                    "the client told of no event of the kind `{}` in the same process: its silence proves nothing",
                    kind.name()
                ));
            }
            (step, outcome)
        });
        proved.collect()
    }
}

impl Watch {
    /// How it ended, by how many times it was broken. Whether it lasted cannot be said when the driver does not say what the
    /// client told of.
    fn closed(self, told: Result<usize, &Missed>) -> Closed {
        let (kind, mut outcome) = (self.event.kind, self.outcome);
        match told {
            Ok(told) => {
                if let Some(silence) = &mut outcome.silence {
                    silence.open_ms = millis(self.opened.elapsed());
                    silence.deliveries = told as u64;
                }
                if told > 0 {
                    outcome.verdict = self.broken;
                    outcome.message = Some(format!(
                        "the client told of `{}` after all, or of something that nobody sent, late",
                        self.label
                    ));
                }
            }
            Err(missed) => {
                outcome.verdict = StepVerdict::Inconclusive;
                outcome.message = Some(missed.message.clone());
                outcome.hint.clone_from(&missed.hint);
            }
        }
        Closed { step: self.step, kind, outcome }
    }
}
