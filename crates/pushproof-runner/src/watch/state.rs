//! What a judging step read of the subject's state, and has to read again later: the step itself is repeated. That a
//! thing is gone, or was not changed by what must not change it, is no more than that nothing has come yet.

use std::{sync::Arc, time::Duration};

use pushproof_record::{Evidence, Mismatch, StepOutcome, StepVerdict};
use pushproof_scenario::{
    DeviceRef, Step, StepKind,
    steps::{Method, SyncFrom},
};

use super::{
    Thing,
    done::{Touched, is_act, is_refused, settings_of, touched},
};
use crate::{
    context::{RunContext, StepContext},
    outcome::Missed,
    steps,
    trace::Trace,
    world::World,
};

/// A step that has to find the same again.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    world: Arc<World>,
    step: Box<Step>,
    /// Whether it says that something is gone, or was not changed. That needs time to come to light; that a change was made
    /// does not.
    pub held: bool,
}

/// What a later look found.
#[derive(Debug)]
pub(crate) enum Looked {
    /// The same.
    Same,
    /// Something else, and it stays so.
    Else(Missed, Vec<Evidence>),
    /// Something else, and then the same again.
    Wavering(Missed, Vec<Evidence>),
    /// Nothing: nobody could look.
    Nothing(Missed, Vec<Evidence>),
}

/// Whether what a step finds is looked at again later, or watched as a silence.
#[must_use]
pub fn is_watched(step: &Step) -> bool {
    let silence = matches!(
        step.kind,
        StepKind::ExpectSilence(_) | StepKind::ExpectPushAsListed(_) | StepKind::ExpectNotNotified(_)
    );
    silence || is_standing(step)
}

/// Whether a step judges by a state that can be read again.
fn is_standing(step: &Step) -> bool {
    let is_read = match &step.kind {
        StepKind::ExpectPusher(_)
        | StepKind::ExpectNoPusher(_)
        | StepKind::ExpectSettings(_)
        | StepKind::ExpectUnread(_)
        | StepKind::ExpectSettingsWritten(_)
        | StepKind::ExpectNoSettingsWritten(_)
        | StepKind::ExpectPusherToggled(_)
        | StepKind::ExpectNoLinkSent(_) => true,
        // A running client is told once.
        StepKind::ExpectSync(verb) => verb.from == SyncFrom::Initial,
        StepKind::Request(verb) => verb.method == Method::Get && !step.kind.is_reading(),
        _ => false,
    };
    step.clause.is_some() && is_read
}

impl Standing {
    /// What a step that passed has to find again, and what that is about. `before` are the steps before it.
    pub(crate) fn of(world: &Arc<World>, step: &Step, before: &[&Step]) -> Option<(Thing, Self)> {
        if !is_standing(step) {
            return None;
        }
        let thing = match &step.kind {
            StepKind::ExpectPusher(verb) => Thing::Pusher(world.pusher_key(&verb.pusher)),
            StepKind::ExpectNoPusher(verb) => Thing::Pusher(world.pusher_key(&verb.pusher)),
            StepKind::ExpectSettings(verb) => settings_of(world, &verb.device)?,
            StepKind::ExpectSync(verb) => settings_of(world, &verb.device)?,
            StepKind::ExpectSettingsWritten(_)
            | StepKind::ExpectNoSettingsWritten(_)
            | StepKind::ExpectPusherToggled(_)
            | StepKind::ExpectNoLinkSent(_) => Thing::ClientWrites,
            _ => Thing::Other,
        };
        let act = before.iter().rev().find(|step| is_act(&step.kind));
        let was_changed = act.is_some_and(|act| {
            let touched = touched(world, &act.kind);
            !is_refused(&act.kind) && touched.contains(&Touched::This(thing.clone()))
        });
        let held = step.kind.is_negative() || !was_changed;
        Some((thing, Self { world: Arc::clone(world), step: Box::new(step.clone()), held }))
    }

    /// Looks again. Something else is believed only if it stays so: servers of several processes do not all know the same
    /// at once.
    pub(crate) async fn look(&self, run: &RunContext) -> Looked {
        let first = match self.look_within(run, Duration::ZERO).await {
            Ok(()) => return Looked::Same,
            Err(first) => first,
        };
        let was_seen = first.was_seen;
        match self.look_within(run, run.patience).await {
            Ok(()) if was_seen => Looked::Wavering(first.missed, first.evidence),
            Ok(()) => Looked::Same,
            Err(NotSame { missed, evidence, was_seen: true }) => Looked::Else(missed, evidence),
            Err(NotSame { missed, evidence, .. }) => Looked::Nothing(missed, evidence),
        }
    }

    /// Looks by the device that looked first, or by another one of the same person if that one cannot any more.
    async fn look_within(&self, run: &RunContext, patience: Duration) -> Result<(), NotSame> {
        let mut step = (*self.step).clone();
        let first = looker(&mut step.kind).map(|by| by.clone());
        let mut lookers = first.map(|by| able(&self.world, &by)).unwrap_or_default().into_iter();
        if let (Some(by), Some(able)) = (looker(&mut step.kind), lookers.next()) {
            *by = able;
        }
        loop {
            let trace = Trace::default();
            let ctx = StepContext { run, world: &self.world, trace: &trace, patience };
            let Err(missed) = steps::look_again(ctx, &step).await else { return Ok(()) };
            let evidence = trace.take();
            let was_seen = missed.verdict == StepVerdict::Failed && was_answered(&evidence);
            match (looker(&mut step.kind), lookers.next()) {
                (Some(by), Some(able)) if !was_seen => *by = able,
                _ => return Err(NotSame { missed, evidence, was_seen }),
            }
        }
    }
}

/// A look that did not find the same.
#[derive(Debug)]
struct NotSame {
    missed: Missed,
    evidence: Vec<Evidence>,
    /// Whether something else was seen, as opposed to nothing.
    was_seen: bool,
}

/// Who looks, in a step that looks.
fn looker(step: &mut StepKind) -> Option<&mut DeviceRef> {
    match step {
        StepKind::ExpectPusher(verb) => Some(&mut verb.by.value),
        StepKind::ExpectNoPusher(verb) => Some(&mut verb.by.value),
        StepKind::ExpectSettings(verb) => Some(&mut verb.by.value),
        StepKind::ExpectSync(verb) => Some(&mut verb.by.value),
        StepKind::ExpectUnread(verb) => Some(&mut verb.by.value),
        StepKind::Request(verb) => verb.by.as_mut().map(|by| &mut by.value),
        _ => None,
    }
}

/// The devices of a person that can still ask, this one first if it can.
fn able(world: &World, by: &DeviceRef) -> Vec<DeviceRef> {
    let state = world.state();
    let devices = state.actors.get(&by.actor).into_iter().flat_map(|actor| &actor.devices);
    let able = devices.filter(|(_, device)| device.token.is_some());
    let mut able: Vec<DeviceRef> =
        able.map(|(device, _)| DeviceRef { actor: by.actor.clone(), device: device.clone() }).collect();
    able.sort_by_key(|device| device != by);
    able
}

/// Whether the latest answer tells of the state, and not of why there is none: a token that is gone, a rate limit, an
/// error of the server.
fn was_answered(evidence: &[Evidence]) -> bool {
    let latest = evidence.iter().rev().find_map(|evidence| match evidence {
        Evidence::Exchange(exchange) => Some(exchange.response.as_ref().map(|response| response.status)),
        _ => None,
    });
    match latest {
        // What a client wrote is read from the journal of the reference.
        None => true,
        Some(status) => status.is_some_and(|status| !matches!(status, 401 | 429 | 500..)),
    }
}

impl Looked {
    /// What the look makes of the step.
    pub(crate) fn apply(
        self,
        run: &RunContext,
        broken: StepVerdict,
        after: Duration,
        outcome: &mut StepOutcome,
    ) {
        let seconds = format!("{:.1}", after.as_secs_f64());
        let (verdict, message, missed, evidence) = match self {
            Self::Same => return,
            Self::Else(missed, evidence) => {
                (broken, format!("it did not last: {seconds} s later {}", missed.message), missed, evidence)
            }
            Self::Wavering(missed, evidence) => {
                let message = format!(
                    "{seconds} s later it was otherwise for a moment, and then as before: {}",
                    missed.message
                );
                let hint = "does the homeserver consist of several processes that know of a change so late? Then a longer \
                            --watch waits for that";
                (StepVerdict::Inconclusive, message, missed.hint(hint), evidence)
            }
            Self::Nothing(missed, evidence) => {
                let message =
                    format!("whether it lasted could not be looked at {seconds} s later: {}", missed.message);
                (StepVerdict::Inconclusive, message, missed, evidence)
            }
        };
        // What was in doubt anyway stays so.
        if outcome.verdict != StepVerdict::Passed {
            return;
        }
        outcome.verdict = verdict;
        outcome.message = Some(run.redactor.text(&message));
        outcome.mismatch = missed.mismatch.map(|mismatch: Box<Mismatch>| run.redactor.mismatch(*mismatch));
        outcome.hint = missed.hint;
        outcome.evidence.extend(evidence);
    }
}
