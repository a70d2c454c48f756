//! All that is watched in a run. A watch ends before the scenario itself does something that may change what is watched,
//! before its account goes to another case, before a restart, or when the run ends; and then with a last look.

use std::{
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use pushproof_record::{Event, ScenarioKey, StepOutcome, StepVerdict};
use pushproof_scenario::StepKind;

use super::{Quietened, Standing, Thing, done::touched, time::LEAST_WATCH};
use crate::{context::RunContext, http::millis, patience::pass_until, world::World};

/// How many last looks are taken at the same time.
const LOOKS_AT_ONCE: usize = 16;

/// Something that must last.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    /// The case that found it.
    pub scenario: ScenarioKey,
    /// The step that found it.
    pub step: usize,
    /// When it was found.
    pub opened: Instant,
    /// How the step ends if it does not last.
    pub broken: StepVerdict,
    /// How the step ended when it found it.
    pub outcome: StepOutcome,
    /// What it is about.
    pub thing: Thing,
    /// What must last.
    pub watched: Watched,
}

/// What must last.
#[derive(Clone, Debug)]
pub(crate) enum Watched {
    /// Nothing arrives.
    Silence(Quietened),
    /// What was read stays so.
    State(Standing),
}

/// What ends a watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// The scenario goes on. What only shows that a change was made needs no time of its own.
    ByScenario,
    /// The subject is restarted, which everything waits for: states that were read last have the shortest time.
    ByRestart,
    /// The case or the run ends.
    AtLeisure,
}

/// All watches of a run.
#[derive(Debug, Default)]
pub(crate) struct Watches(Mutex<Vec<Watch>>);

impl Watches {
    /// Begins to watch.
    pub(crate) fn open(&self, watch: Watch) {
        self.lock().push(watch);
    }

    /// Ends the watches of what a step may rightly change; call it before the step.
    pub(crate) async fn before(&self, run: &RunContext, world: &World, case: &ScenarioKey, step: &StepKind) {
        let touched = touched(world, step);
        if touched.is_empty() {
            return;
        }
        let ends = |watch: &Watch| {
            let here = watch.scenario == *case;
            touched.iter().any(|touched| watch.thing.is_touched_by(touched, here))
        };
        run.jobs.aside(self.close_those(run, Ending::ByScenario, ends)).await;
    }

    /// Ends every watch of a case.
    pub(crate) async fn close_case(&self, run: &RunContext, case: &ScenarioKey) {
        self.close_those(run, Ending::AtLeisure, |watch| watch.scenario == *case).await;
    }

    /// Ends all watches: the subject is restarted.
    pub(crate) async fn before_restart(&self, run: &RunContext) {
        self.close_those(run, Ending::ByRestart, |_| true).await;
    }

    /// Ends all watches: the run ends.
    pub(crate) async fn close_all(&self, run: &RunContext) {
        self.close_those(run, Ending::AtLeisure, |_| true).await;
    }

    /// Looks at the states that a case has watched for a while, now that it has ended, and goes on watching.
    pub(crate) async fn glance(&self, run: &RunContext, case: &ScenarioKey) {
        let states: Vec<Watch> = {
            let open = self.lock();
            let is_due = |watch: &&Watch| {
                let state = matches!(watch.watched, Watched::State(_));
                state && watch.scenario == *case && watch.opened.elapsed() >= LEAST_WATCH
            };
            open.iter().filter(is_due).cloned().collect()
        };
        let looked: Vec<(Watch, StepOutcome)> = last_looks(run, states).await;
        for (watch, outcome) in looked {
            if outcome.verdict != watch.outcome.verdict {
                self.lock().retain(|open| (&open.scenario, open.step) != (case, watch.step));
                tell(run, watch, outcome);
            }
        }
    }

    /// Changes how a step ended whose finding is watched still.
    pub(crate) fn amend(&self, case: &ScenarioKey, step: usize, outcome: &StepOutcome) {
        for watch in self.lock().iter_mut().filter(|watch| (&watch.scenario, watch.step) == (case, step)) {
            watch.outcome = outcome.clone();
        }
    }

    /// Ends watches, none of them before it has had its time.
    async fn close_those(&self, run: &RunContext, ending: Ending, choose: impl Fn(&Watch) -> bool) {
        let latest = {
            let open = self.lock();
            let chosen = open.iter().filter(|watch| choose(watch));
            chosen.filter_map(|watch| Some(watch.opened + watch.least(run, ending)?)).max()
        };
        if let Some(latest) = latest {
            // An interrupted run has no time for this; its verdict says that it was interrupted.
            run.cancel.run_until_cancelled(pass_until(latest)).await;
        }
        let closed: Vec<Watch> = self.lock().extract_if(.., |watch| choose(watch)).collect();
        let worth_a_look =
            |watch: &Watch| watch.least(run, ending).is_some() || watch.opened.elapsed() >= run.watch;
        let closed = closed.into_iter().filter(worth_a_look).collect();
        for (watch, outcome) in last_looks(run, closed).await {
            tell(run, watch, outcome);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Watch>> {
        self.0.lock().expect("no holder of this lock panics")
    }
}

/// Looks at what is watched, several at the same time.
async fn last_looks(run: &RunContext, watches: Vec<Watch>) -> Vec<(Watch, StepOutcome)> {
    let looks = watches.into_iter().map(|watch| async move {
        let outcome = watch.look(run).await;
        (watch, outcome)
    });
    futures_util::stream::iter(looks.collect::<Vec<_>>()).buffered(LOOKS_AT_ONCE).collect().await
}

/// Tells how a step ends after a look.
fn tell(run: &RunContext, watch: Watch, outcome: StepOutcome) {
    let (key, index) = (watch.scenario, watch.step);
    run.tell(Event::StepRevised { key: key.clone(), index, outcome: Box::new(outcome) });
    // Watching is part of the case: it ends with the last look.
    run.tell(Event::ScenarioFinished { key, at_ms: run.now_ms() });
}

impl Watch {
    /// How long it has to last at least, if at all.
    fn least(&self, run: &RunContext, ending: Ending) -> Option<Duration> {
        match (&self.watched, ending) {
            (Watched::State(standing), Ending::ByScenario) if !standing.held => None,
            (Watched::State(_), Ending::ByRestart) => Some(LEAST_WATCH),
            _ => Some(run.watch),
        }
    }

    /// How the step ends by what is seen now.
    async fn look(&self, run: &RunContext) -> StepOutcome {
        let mut outcome = self.outcome.clone();
        match &self.watched {
            Watched::Silence(silence) => silence.look(run, self.broken, &mut outcome),
            Watched::State(standing) => {
                let looked = run.cancel.run_until_cancelled(Box::pin(standing.look(run))).await;
                let watched: Duration = self.opened.elapsed();
                if let Some(looked) = looked {
                    outcome.watched_ms = Some(millis(watched));
                    looked.apply(run, self.broken, watched, &mut outcome);
                }
            }
        }
        outcome
    }
}
