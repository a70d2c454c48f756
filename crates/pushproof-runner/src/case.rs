//! Runs one case: its people first, then its steps, until one does not pass.

use std::{sync::Arc, time::Instant};

use pushproof_record::{Event, StepOutcome, StepVerdict};
use pushproof_scenario::{ActorName, DeviceRef, Label, Role, Step, StepKind};
use pushproof_vocabulary::Era;

use crate::{
    context::{RunContext, StepContext},
    http::millis,
    login::Login,
    outcome::{Missed, Passed, StepResult},
    plan::PlannedCase,
    steps,
    trace::Trace,
    trial::{self, JudgedWrites, OWN_SETTINGS_KEPT, PAUSE_OBEYED},
    watch::{Quietened, Standing, Thing, Watch, Watched, let_arrive},
    world::{Actor, Device, World},
};

/// Which part of a case is run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part<'a> {
    /// All of it.
    Whole,
    /// What stands before the upgrade of the subject, which somebody does by hand afterwards.
    BeforeUpgrade,
    /// What stands after it, and how the steps before it ended.
    AfterUpgrade(&'a [StepOutcome]),
}

/// How far a case came: the outcomes of its steps so far, the people first.
struct Progress<'a> {
    run: &'a RunContext,
    case: &'a PlannedCase,
    world: &'a Arc<World>,
    part: Part<'a>,
    steps: Vec<&'a Step>,
    done: Vec<StepOutcome>,
}

/// What is still looked at when a step has ended.
#[derive(Debug, Default)]
struct Open {
    /// The silence of a pusher.
    silence: Option<Quietened>,
    /// An event that a client is not to tell of.
    unnotified: Option<Label>,
}

/// Runs a case, or a part of it, and tells of every step. The world that it made is left to be cleaned up. Gives how its
/// steps ended if it came to the upgrade that its other part waits for.
pub(crate) async fn run(
    run: &RunContext,
    case: &PlannedCase,
    world: &Arc<World>,
    part: Part<'_>,
) -> Option<Vec<StepOutcome>> {
    let key = case.key.clone();
    run.tell(Event::ScenarioStarted { key: key.clone(), at_ms: run.now_ms() });
    let mut progress = Progress { run, case, world, part, steps: case.leaves(), done: Vec::new() };
    match part {
        Part::AfterUpgrade(done) => {
            done.iter().enumerate().for_each(|(index, outcome)| progress.finish(index, outcome.clone()));
        }
        Part::Whole | Part::BeforeUpgrade if run.cancel.is_cancelled() => {}
        // Accounts that are being made are waited for: what was made can be cleaned up only when it is known.
        Part::Whole | Part::BeforeUpgrade => progress.step_group(&[0]).await,
    }
    let finished = run.cancel.run_until_cancelled(progress.go()).await;
    let mut rest = match finished {
        None => {
            let reason = run.http.given_up().unwrap_or_else(|| StepOutcome::INTERRUPTED.to_owned());
            Some((StepVerdict::Skipped, reason))
        }
        Some(()) => progress.why_stopped(),
    };
    let prepared = (rest.is_none() && matches!(part, Part::BeforeUpgrade)).then(|| progress.done.clone());
    if prepared.is_some() {
        rest = Some((StepVerdict::Skipped, "still to come, after the upgrade: --phase verify".to_owned()));
    }
    progress.leave_rest(rest);
    progress.doubt_refusals();
    run.cancel.run_until_cancelled(progress.end_watches()).await;
    run.cancel.run_until_cancelled(progress.look_back()).await;
    run.tell(Event::ScenarioFinished { key, at_ms: run.now_ms() });
    prepared
}

impl Progress<'_> {
    async fn go(&mut self) {
        let mut index = 1;
        for step in &self.case.case().steps {
            if self.why_stopped().is_some() {
                return;
            }
            let group: Vec<usize> = (index..index + step.leaves().len()).collect();
            index += group.len();
            match (self.part, restart_into(step)) {
                (Part::AfterUpgrade(done), _) if group[0] < done.len() => {}
                (Part::BeforeUpgrade, Some(Era::Proposal)) => return,
                (Part::BeforeUpgrade | Part::AfterUpgrade(_), Some(_)) => {
                    let by_hand = StepOutcome::new(StepVerdict::Passed, self.run.now_ms(), 0);
                    self.finish(group[0], by_hand);
                }
                _ => self.step_group(&group).await,
            }
        }
    }

    /// Runs steps at the same time, each to its end; number 0 is the people.
    async fn step_group(&mut self, group: &[usize]) {
        let this = &*self;
        for step in group.iter().filter_map(|index| this.steps.get(index.checked_sub(1)?)) {
            this.run.watches.before(this.run, this.world, &this.case.key, &step.kind).await;
            let_arrive(this.run, this.world, &step.kind).await;
        }
        let outcomes = futures_util::future::join_all(group.iter().map(|index| this.step(*index))).await;
        for (index, (mut outcome, open)) in group.iter().zip(outcomes) {
            self.watch(*index, &outcome, open);
            if outcome.verdict == StepVerdict::Failed {
                outcome.verdict = self.when_missed(*index);
            }
            self.finish(*index, outcome);
        }
    }

    /// Goes on to watch what a step found: a silence, a state, a client that told nothing of an event.
    fn watch(&self, index: usize, outcome: &StepOutcome, Open { silence, unnotified }: Open) {
        let broken = self.when_missed(index);
        let opened = Instant::now();
        let watch = |(thing, watched)| Watch {
            scenario: self.case.key.clone(),
            step: index,
            opened,
            broken,
            outcome: outcome.clone(),
            thing,
            watched,
        };
        let silence = silence.map(|silence| (Thing::of(&silence.outlet), Watched::Silence(silence)));
        let passed = outcome.verdict == StepVerdict::Passed;
        let state = index.checked_sub(1).filter(|_| passed).and_then(|place| {
            let (thing, standing) = Standing::of(self.world, self.steps[place], &self.steps[..place])?;
            Some((thing, Watched::State(standing)))
        });
        silence.into_iter().chain(state).map(watch).for_each(|watch| self.run.watches.open(watch));

        let (Some(trial), Some(label)) = (&self.world.trial, unnotified) else { return };
        let Ok(event) = self.world.event(&label) else { return };
        trial.watch(trial::Watch {
            event,
            label: label.0,
            step: index,
            outcome: outcome.clone(),
            broken,
            opened,
        });
    }

    /// Looks at what the case has watched. What a client does is watched no longer than that: it is stopped now.
    async fn end_watches(&mut self) {
        let Some(trial) = &self.world.trial else {
            return self.run.watches.glance(self.run, &self.case.key).await;
        };
        self.run.watches.close_case(self.run, &self.case.key).await;
        let trace = Trace::default();
        let ctx = self.context(&trace);
        for (index, outcome) in trial.end_watches(ctx).await {
            self.revise(index, outcome);
        }
    }

    /// Looks at what a client did in the whole case, whatever the case was about.
    async fn look_back(&mut self) {
        let Some(trial) = self.world.trial.as_ref().filter(|_| self.case.tries_client()) else { return };
        let trace = Trace::default();
        let ctx = self.context(&trace);
        let JudgedWrites { mut outcomes, resumed_itself } = trial.judge_writes(ctx).await;
        if let Some(how) = resumed_itself {
            self.doubt_pause(&how);
        }
        let why_stopped = self.why_stopped();
        for (index, outcome) in (self.steps.len() + 1..).zip(&mut outcomes) {
            match (outcome.verdict, &why_stopped) {
                // A case that does not apply is none that was kept to.
                (StepVerdict::Passed, Some((verdict @ StepVerdict::NotApplicable, message)))
                | (StepVerdict::Skipped, Some((verdict, message))) => {
                    (outcome.verdict, outcome.message) = (*verdict, Some(message.clone()));
                }
                _ => {}
            }
            self.finish(index, outcome.clone());
        }
    }

    /// A client that ends its own pause does not obey it, whatever it told of meanwhile; nothing else of the case says
    /// anything then but that it wrote.
    fn doubt_pause(&mut self, how: &str) {
        for index in 1..self.done.len() {
            let clause = self.steps.get(index - 1).and_then(|step| step.clause.as_ref());
            let Some(clause) = clause.filter(|clause| clause.value.0 != OWN_SETTINGS_KEPT) else {
                continue;
            };
            let mut outcome = self.done[index].clone();
            let message = match (outcome.verdict, outcome.message.take()) {
                (StepVerdict::Passed, _) => format!("the client ended its pause itself: {how}"),
                (StepVerdict::Failed, found) => {
                    format!("{}; it had ended its pause itself: {how}", found.unwrap_or_default())
                }
                _ => continue,
            };
            let obeys = clause.value.0 == PAUSE_OBEYED;
            outcome.verdict = if obeys { StepVerdict::Failed } else { StepVerdict::Inconclusive };
            outcome.reading = None;
            outcome.message = Some(message);
            self.revise(index, outcome);
        }
    }

    fn revise(&mut self, index: usize, outcome: StepOutcome) {
        let key = self.case.key.clone();
        self.run.tell(Event::StepRevised { key, index, outcome: Box::new(outcome.clone()) });
        if let Some(done) = self.done.get_mut(index) {
            *done = outcome;
        }
    }

    fn context<'b>(&'b self, trace: &'b Trace) -> StepContext<'b> {
        StepContext { run: self.run, world: self.world, trace, patience: self.run.patience }
    }

    async fn step(&self, index: usize) -> (StepOutcome, Open) {
        let trace = Trace::default();
        let ctx = self.context(&trace);
        let (at_ms, begun) = (self.run.now_ms(), Instant::now());
        let result = match index.checked_sub(1) {
            None => people(ctx, self.case).await,
            Some(step) => match steps::run(ctx, self.steps[step]).await {
                Err(missed) if missed.verdict == StepVerdict::Failed => {
                    Err(self.held_against_controls(ctx, step, missed).await)
                }
                ended => ended,
            },
        };
        let mut outcome = StepOutcome::new(StepVerdict::Passed, at_ms, millis(begun.elapsed()));
        outcome.evidence = trace.take();
        match result {
            Ok(Passed { reading, silence, watched, unnotified }) => {
                outcome.reading = reading;
                outcome.silence = silence;
                (outcome, Open { silence: watched, unnotified })
            }
            Err(missed) => {
                outcome.verdict = missed.verdict;
                outcome.message = Some(self.run.redactor.text(&missed.message));
                outcome.mismatch = missed.mismatch.map(|mismatch| self.run.redactor.mismatch(*mismatch));
                outcome.hint = missed.hint.or_else(|| self.legacy_hint());
                outcome.silence = missed.silence;
                if let Some(trial) = &self.world.trial {
                    outcome.evidence.extend(trial.logged().await);
                }
                (outcome, Open { silence: missed.watched.map(|watched| *watched), unnotified: None })
            }
        }
    }

    /// Before a judging step breaks its clause, what else would explain what it found is looked for: whether the asking
    /// device is still logged in, and where something was refused otherwise than it should be, whether the same is
    /// refused without the offence.
    async fn held_against_controls(&self, ctx: StepContext<'_>, index: usize, missed: Missed) -> Missed {
        let step = self.steps[index];
        if step.role() != Role::Judging {
            return missed;
        }
        if let Some(by) = step.kind.asked_by()
            && let Some(refusal) = steps::logged_out(ctx, by).await
        {
            let message = format!("{}; but {by} is logged out: {refusal}", missed.message, by = by.value);
            return Missed { verdict: StepVerdict::Inconclusive, message, ..missed };
        }
        let control = self.steps[index + 1..].iter().find(|later| {
            later.clause.is_none() && !later.kind.is_observation() && later.kind.is_control_of(&step.kind)
        });
        let Some(control) = control.filter(|_| step.kind.is_negative() && missed.refused) else {
            return missed;
        };
        self.run.watches.before(self.run, self.world, &self.case.key, &control.kind).await;
        match steps::run(ctx, control).await {
            Err(alike) if alike.verdict != StepVerdict::Error => {
                let line = control.span.line;
                let message = format!(
                    "{}; but so is what nothing is wrong with, the control on line {line}: {}",
                    missed.message, alike.message
                );
                Missed { verdict: StepVerdict::Inconclusive, message, ..missed }
            }
            _ => missed,
        }
    }

    /// What is likely wrong when a homeserver from before the proposal is not what it should be.
    fn legacy_hint(&self) -> Option<String> {
        (self.run.restarts.era() == Era::Legacy).then(|| {
            "here the homeserver should be without the proposal: does the restart command switch it off when it is told \
             PUSHPROOF_RESTART=legacy? If it cannot, upgrade by hand between --phase prepare and --phase verify"
                .to_owned()
        })
    }

    /// What it means that a step did not find what it looked for: only a judging step breaks a clause.
    fn when_missed(&self, index: usize) -> StepVerdict {
        match index.checked_sub(1).map(|step| self.steps[step].role()) {
            Some(Role::Judging) => StepVerdict::Failed,
            _ => StepVerdict::Inconclusive,
        }
    }

    fn finish(&mut self, index: usize, outcome: StepOutcome) {
        let key = self.case.key.clone();
        self.run.tell(Event::StepFinished { key, index, outcome: Box::new(outcome.clone()) });
        self.done.push(outcome);
    }

    /// What the steps that did not run share, when one stopped the case.
    fn why_stopped(&self) -> Option<(StepVerdict, String)> {
        let stops = |(index, outcome): &(usize, &StepOutcome)| {
            outcome.verdict != StepVerdict::Passed && !self.goes_on_after(*index, outcome)
        };
        let (index, stopped) = self.done.iter().enumerate().find(stops)?;
        let message = stopped.message.clone().unwrap_or_default();
        if stopped.verdict == StepVerdict::NotApplicable {
            return Some((StepVerdict::NotApplicable, message));
        }
        let at = match index.checked_sub(1) {
            Some(step) => format!("the step on line {}", self.steps[step].span.line),
            None => "the set-up of the people".to_owned(),
        };
        Some((StepVerdict::Skipped, format!("{at} did not pass: {message}")))
    }

    /// Whether a case goes on after a step that did not pass: a push that may be missing excuses the lack of others, but
    /// what arrives where nothing may is looked at all the same.
    fn goes_on_after(&self, index: usize, outcome: &StepOutcome) -> bool {
        let step = index.checked_sub(1).map(|step| &self.steps[step].kind);
        outcome.verdict == StepVerdict::NotApplicable && matches!(step, Some(StepKind::ExpectPush(_)))
    }

    /// Tells of the steps that did not run. One that presumes a clause which broke in this case is not applicable.
    fn leave_rest(&mut self, rest: Option<(StepVerdict, String)>) {
        let Some((verdict, message)) = rest else { return };
        for index in self.done.len()..=self.steps.len() {
            let given = index.checked_sub(1).and_then(|step| self.steps[step].given.as_ref());
            let broken = given.filter(|given| {
                self.done.iter().zip(0..).any(|(outcome, index): (&StepOutcome, usize)| {
                    outcome.verdict == StepVerdict::Failed
                        && index.checked_sub(1).and_then(|step| self.steps[step].clause.as_ref())
                            == Some(*given)
                })
            });
            let (verdict, message) = match broken {
                Some(given) => {
                    (StepVerdict::NotApplicable, format!("presumes {}, which is broken here", given.value))
                }
                None => (verdict, message.clone()),
            };
            let outcome =
                StepOutcome { message: Some(message), ..StepOutcome::new(verdict, self.run.now_ms(), 0) };
            self.finish(index, outcome);
        }
    }

    /// A refusal proves something only if the same verb was granted afterwards: where that control did not pass, what
    /// was found is taken back.
    fn doubt_refusals(&self) {
        for (index, outcome) in self.done.iter().enumerate() {
            let Some(step) = index.checked_sub(1).map(|step| self.steps[step]) else { continue };
            let refused = step.clause.is_some() && step.kind.is_negative() && !step.kind.is_observation();
            if !refused || outcome.verdict != StepVerdict::Passed {
                continue;
            }
            let control = (index + 1..=self.steps.len()).find(|later| {
                let later_step = self.steps[*later - 1];
                later_step.kind.verb() == step.kind.verb()
                    && later_step.clause.is_none()
                    && self.done.get(*later).is_none_or(|outcome| outcome.verdict != StepVerdict::Passed)
            });
            if let Some(control) = control {
                let line = self.steps[control - 1].span.line;
                let mut doubted = outcome.clone();
                doubted.verdict = StepVerdict::Inconclusive;
                doubted.message = Some(format!(
                    "refused, but so may be everything: the control on line {line} did not pass"
                ));
                let key = self.case.key.clone();
                self.run.watches.amend(&key, index, &doubted);
                self.run.tell(Event::StepRevised { key, index, outcome: Box::new(doubted) });
            }
        }
    }
}

/// What the subject is after a step that restarts it.
fn restart_into(step: &Step) -> Option<Era> {
    match &step.kind {
        StepKind::Restart(restart) => Some(restart.into),
        _ => None,
    }
}

/// Makes the accounts of a case and logs every device in.
async fn people(ctx: StepContext<'_>, case: &PlannedCase) -> StepResult {
    let actors = &case.scenario.actors;
    let names: Vec<String> = actors.iter().map(|(actor, devices)| first_device(actor, devices)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let accounts = ctx.run.accounts.take(&ctx.run.http, ctx.trace, &names).await?;
    let mut further: Vec<DeviceRef> = Vec::new();
    for ((actor, devices), account) in actors.iter().zip(accounts) {
        let mut known = std::collections::BTreeMap::new();
        if let Some((first, others)) = devices.split_first() {
            let device =
                Device { id: account.device_id.clone(), token: Some(account.token.clone()), since: None };
            known.insert(first.value.clone(), device);
            further.extend(
                others
                    .iter()
                    .map(|device| DeviceRef { actor: actor.value.clone(), device: device.value.clone() }),
            );
        }
        let person = Actor { account, devices: known, rooms: Vec::new(), emails: Vec::new() };
        ctx.world.state().actors.insert(actor.value.clone(), person);
    }
    let logins = further.iter().map(|device| log_in_further(ctx, device));
    futures_util::future::try_join_all(logins).await?;
    Ok(Passed::default())
}

fn first_device(actor: &ActorName, devices: &[pushproof_yaml::Spanned<Label>]) -> String {
    devices.first().map_or_else(|| actor.to_string(), |device| format!("{actor}.{}", device.value))
}

async fn log_in_further(ctx: StepContext<'_>, device: &DeviceRef) -> Result<(), Missed> {
    let (user_id, password) = ctx.world.credentials(&device.actor)?;
    let name = device.to_string();
    let login = Login { name: &name, user: &user_id, password: &password, device_id: None };
    let answer = login.make(&ctx.run.http, ctx.trace, &ctx.run.redactor).await?;
    let login = steps::device_of(&answer)?;
    if let Some(actor) = ctx.world.state().actors.get_mut(&device.actor) {
        actor.devices.insert(device.device.clone(), login);
    }
    Ok(())
}
