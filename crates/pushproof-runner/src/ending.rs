//! How a run that is asked to stop ends: in order, or else without what hangs.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use pushproof_record::{Event, Exclusion};
use tokio::sync::mpsc::UnboundedSender;

use crate::{
    cleanup,
    context::RunContext,
    http::SETTLING,
    plan::PlannedCase,
    run::{Ended, Lifetime},
    selection::Selection,
    stop::Stop,
};

/// What it takes beside cleaning up until a run has ended in order: requests and drivers come to their end.
const MARGIN: Duration = Duration::from_secs(10);

/// What a run is when nothing of it has begun, or it was cut short.
const NOT_BEGUN: &str = "the run was interrupted before it began";

/// The plan of a run is told once. This knows whether it was.
#[derive(Debug, Default)]
pub(crate) struct Plan(AtomicBool);

impl Plan {
    /// Tells the plan.
    pub(crate) fn tell(&self, events: &UnboundedSender<Event>, cases: &[PlannedCase]) {
        if !self.0.swap(true, Ordering::Relaxed) {
            // After the run's end nobody listens, which is fine.
            let _ = events.send(Event::Planned(cases.iter().map(PlannedCase::planned).collect()));
        }
    }

    /// Tells a plan of which nothing can be run: every case says why.
    pub(crate) fn tell_unjudged(
        &self,
        events: &UnboundedSender<Event>,
        cases: &mut [PlannedCase],
        selection: &Selection,
        (reason, hint): (&str, Option<&str>),
    ) {
        for case in cases.iter_mut() {
            case.excluded = Some(if selection.takes(&case.key) {
                Exclusion::NotJudged { reason: reason.to_owned(), hint: hint.map(str::to_owned) }
            } else {
                Exclusion::NotSelected
            });
        }
        self.tell(events, cases);
    }

    /// The same for a run that was interrupted before it had a plan.
    pub(crate) fn tell_not_begun(
        &self,
        events: &UnboundedSender<Event>,
        cases: &mut [PlannedCase],
        selection: &Selection,
    ) {
        if !self.0.load(Ordering::Relaxed) {
            self.tell_unjudged(events, cases, selection, (NOT_BEGUN, None));
        }
    }
}

/// Runs to the end, or as far as there is time when the run is asked to stop. What a run has made on a subject that goes
/// on, and had no time to remove, is named.
pub(crate) async fn in_time(
    context: &RunContext,
    lifetime: Lifetime,
    stop: &Stop,
    run: impl Future<Output = Ended>,
) -> Ended {
    let cleaning = match lifetime {
        Lifetime::Longer => context.cleaner.longest(),
        Lifetime::Run => Duration::ZERO,
    };
    let ended = tokio::select! {
        ended = run => ended,
        () = stop.overdue(SETTLING + cleaning + MARGIN) => {
            let reason = if stop.at_once.is_cancelled() {
                "the run was interrupted once more before it was removed"
            } else {
                "the run was interrupted, and did not come to its end in time"
            };
            if lifetime == Lifetime::Longer {
                cleanup::abandon_all(context, reason);
            }
            Ended::Interrupted
        }
    };
    if lifetime == Lifetime::Longer {
        cleanup::tell(context);
    }
    ended
}
