//! What is going to be run, and what is not, with the reason.

use std::{collections::BTreeSet, sync::Arc};

use pushproof_record::{Exclusion, PlannedScenario, PlannedStep, ScenarioKey, Source};
use pushproof_scenario::{Case, Need, Role, Scenario, Step, StepKind};
use pushproof_vocabulary::{ClauseId, Dialect, Era, Half};

use crate::{detect::Obstacle, selection::Selection, trial::AFTERWARDS};

/// One case of a scenario, to be run or not.
#[derive(Clone, Debug)]
pub struct PlannedCase {
    /// The name of the case.
    pub key: ScenarioKey,
    /// The scenario.
    pub scenario: Arc<Scenario>,
    /// Which of its cases.
    pub case: usize,
    /// Why it is not run, if it is not.
    pub excluded: Option<Exclusion>,
}

/// What the set-up and the subject offer, and what of it was declared absent.
#[derive(Clone, Debug)]
pub struct Offer {
    /// What scenarios may need, as far as the set-up has it.
    pub has: BTreeSet<Need>,
    /// What the user declared absent.
    pub without: BTreeSet<Need>,
    /// What the driver of a client does not declare.
    pub undeclared: BTreeSet<Need>,
    /// The names on the wire.
    pub dialect: Dialect,
    /// The halves of the proposal that the subject lacks.
    pub missing: Vec<Half>,
    /// Why a half cannot be judged, where the preflight found out.
    pub(crate) obstacles: Vec<Obstacle>,
    /// Why a need that should be there is not, where the preflight found out.
    pub broken: Vec<(Need, String)>,
}

impl PlannedCase {
    /// Every case of the scenarios, in their order.
    #[must_use]
    pub fn all(scenarios: &[Arc<Scenario>]) -> Vec<Self> {
        let cases = scenarios.iter().flat_map(|scenario| {
            scenario.cases.iter().enumerate().map(|(case, parsed)| Self {
                key: ScenarioKey {
                    id: scenario.id.clone(),
                    case: parsed.name.as_ref().map(ToString::to_string),
                },
                scenario: Arc::clone(scenario),
                case,
                excluded: None,
            })
        });
        cases.collect()
    }

    /// The case itself.
    #[must_use]
    pub fn case(&self) -> &Case {
        &self.scenario.cases[self.case]
    }

    /// The steps one by one, those of an `at_once` too.
    #[must_use]
    pub fn leaves(&self) -> Vec<&Step> {
        self.case().steps.iter().flat_map(Step::leaves).collect()
    }

    /// Whether the case starts a client, and so looks back at what that did.
    #[must_use]
    pub(crate) fn tries_client(&self) -> bool {
        self.leaves().iter().any(|step| matches!(step.kind, StepKind::StartClient(_)))
    }

    /// Whether the case restarts the subject.
    #[must_use]
    pub fn restarts(&self) -> bool {
        self.case().steps.iter().any(|step| matches!(step.kind, StepKind::Restart(_)))
    }

    /// The place among the steps, those of the people and of an `at_once` counted, of the restart by which the subject is
    /// upgraded; of a case that restarts it from before the proposal into it, and no more.
    #[must_use]
    pub(crate) fn upgrade(&self) -> Option<usize> {
        let leaves = self.leaves();
        let restarts = leaves.iter().zip(1..).filter_map(|(step, place)| match &step.kind {
            StepKind::Restart(restart) => Some((restart.into, place)),
            _ => None,
        });
        match restarts.collect::<Vec<_>>()[..] {
            [(Era::Legacy, _), (Era::Proposal, upgrade)] => Some(upgrade),
            _ => None,
        }
    }

    /// Says why the case is not run, if anything speaks against it.
    pub fn exclude(&mut self, selection: &Selection, offer: &Offer) {
        self.excluded = if selection.takes(&self.key) {
            self.unimplemented(offer).or_else(|| match self.needs(offer) {
                // What was declared absent stands aside, whatever else is in the way.
                aside @ Some(Exclusion::NotApplicable { .. }) => aside,
                needs => self.obstructed(offer).or(needs),
            })
        } else {
            Some(Exclusion::NotSelected)
        };
    }

    /// A case about a half that the subject lacks.
    fn unimplemented(&self, offer: &Offer) -> Option<Exclusion> {
        let half = self.halves().into_iter().find(|half| offer.missing.contains(half))?;
        let what = match half {
            Half::Pushers => "pushers carry neither state nor link",
            Half::Settings => "settings events are not pruned when their device goes",
        };
        let reason = format!("the subject does not implement this half: {what}");
        Some(Exclusion::NotImplemented { half, reason })
    }

    /// A case that begins with what the subject refuses.
    fn obstructed(&self, offer: &Offer) -> Option<Exclusion> {
        let touched: BTreeSet<Half> = self.leaves().iter().filter_map(|step| half_of(&step.kind)).collect();
        let about = self.halves();
        let obstacle = offer
            .obstacles
            .iter()
            .find(|obstacle| touched.contains(&obstacle.half) || about.contains(&obstacle.half))?;
        Some(Exclusion::NotJudged { reason: obstacle.reason.clone(), hint: Some(obstacle.hint.clone()) })
    }

    /// The halves of the proposal that the case is about: those of its clauses, else of what it does.
    fn halves(&self) -> BTreeSet<Half> {
        let leaves = self.leaves();
        let judged: BTreeSet<Half> = leaves.iter().filter_map(|step| step.clause.as_ref()?.half()).collect();
        if judged.is_empty() {
            leaves.iter().filter_map(|step| half_of(&step.kind)).collect()
        } else {
            judged
        }
    }

    fn needs(&self, offer: &Offer) -> Option<Exclusion> {
        self.scenario.needs.iter().find_map(|need| {
            let need = need.value;
            let lacking = match need {
                Need::PrefixedDialect => Some((!offer.dialect.is_prefixed(), "prefix")),
                Need::AdvertisedDialect => Some((offer.dialect.advertised.is_none(), "flag in /versions")),
                _ => None,
            };
            if let Some((lacks, what)) = lacking {
                let reason = format!("the dialect `{}` has no {what}", offer.dialect.name);
                return lacks.then_some(Exclusion::NotApplicable { reason });
            }
            if offer.without.contains(&need) {
                return Some(Exclusion::NotApplicable {
                    reason: format!("declared: --without {}", need.name()),
                });
            }
            if offer.undeclared.contains(&need) {
                let reason = format!("the driver does not declare it: {}", need.name());
                return Some(Exclusion::NotApplicable { reason });
            }
            if let Some((_, reason)) = offer.broken.iter().find(|(broken, _)| *broken == need) {
                return Some(Exclusion::NotJudged { reason: reason.clone(), hint: None });
            }
            (!offer.has.contains(&need)).then(|| Exclusion::NotJudged {
                reason: format!("the set-up does not offer {}", need.name()),
                hint: Some(offer_hint(need)),
            })
        })
    }

    /// The case as the record plans it: first the people, then the steps, last what is looked back at.
    #[must_use]
    pub fn planned(&self) -> PlannedScenario {
        let people = PlannedStep {
            step: "actors".to_owned(),
            role: pushproof_record::Role::Setup,
            clause: None,
            given: None,
            source: self.source(self.scenario.actors.first().map_or(1, |(actor, _)| actor.span.line)),
        };
        let steps = self.leaves().into_iter().map(|step| PlannedStep {
            step: step.kind.verb().to_owned(),
            role: match step.role() {
                Role::Setup => pushproof_record::Role::Setup,
                Role::Control => pushproof_record::Role::Control,
                Role::Judging => pushproof_record::Role::Judging,
            },
            clause: step.clause.as_ref().map(|clause| clause.value.clone()),
            given: step.given.as_ref().map(|clause| clause.value.clone()),
            source: self.source(step.span.line),
        });
        let looks_back: &[_] = if self.tries_client() { &AFTERWARDS } else { &[] };
        let afterwards = looks_back.iter().map(|(step, clause)| PlannedStep {
            step: (*step).to_owned(),
            role: pushproof_record::Role::Judging,
            clause: Some(ClauseId((*clause).to_owned())),
            given: None,
            source: self.source(self.leaves().last().map_or(1, |step| step.span.line)),
        });
        PlannedScenario {
            key: self.key.clone(),
            title: self.case().title.clone(),
            file: (!self.scenario.is_embedded()).then(|| self.scenario.path.clone()),
            steps: std::iter::once(people).chain(steps).chain(afterwards).collect(),
            excluded: self.excluded.clone(),
        }
    }

    fn source(&self, line: usize) -> Source {
        Source {
            path: self.scenario.path.clone(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            text: self.scenario.step_text(line),
        }
    }
}

/// The half of the proposal that a verb is about.
fn half_of(kind: &StepKind) -> Option<Half> {
    match kind {
        StepKind::SetPusher(_)
        | StepKind::TogglePusher(_)
        | StepKind::DeletePusher(_)
        | StepKind::ExpectPusher(_)
        | StepKind::ExpectNoPusher(_)
        | StepKind::ExpectPush(_)
        | StepKind::ExpectSilence(_)
        | StepKind::ExpectPushAsListed(_)
        | StepKind::ObservePush(_) => Some(Half::Pushers),
        StepKind::SetSettings(_)
        | StepKind::ExpectSettings(_)
        | StepKind::ExpectSync(_)
        | StepKind::ExpectSettingsBeforeEvents(_) => Some(Half::Settings),
        _ => None,
    }
}

/// How a need is offered, or declared absent.
fn offer_hint(need: Need) -> String {
    let offer = match need {
        Need::PushGateway => "let the homeserver reach the push gateway: --gateway-listen, --gateway-url",
        Need::Mail => "let the homeserver send mail to the suite: --smtp-listen",
        Need::Restart => {
            "let the suite restart the homeserver: --restart-cmd; or upgrade it by hand between --phase prepare and \
             --phase verify"
        }
        Need::PrefixedDialect => "choose a dialect with a prefix",
        Need::AdvertisedDialect => "choose a dialect with a flag in /versions",
        Need::Pusherless | Need::ListsPushers | Need::ListsDevices | Need::Toggles | Need::ClientRestarts => {
            "the driver of a client declares it: check-client"
        }
    };
    format!("{offer}; or declare that there is none: --without {}", need.name())
}

/// Cases that may wait for each other. That is all of them, but where accounts are few: who waits for a restart keeps the
/// accounts that others wait for. There those that restart the subject come last, as many at once as have accounts.
pub(crate) fn batches(
    cases: Vec<(usize, &PlannedCase)>,
    accounts: Option<usize>,
    is_prepared: impl Fn(&PlannedCase) -> bool,
) -> Vec<Vec<(usize, &PlannedCase)>> {
    let Some(accounts) = accounts else { return vec![cases] };
    let (restarting, others): (Vec<_>, Vec<_>) =
        cases.into_iter().partition(|(_, case)| case.restarts() && !is_prepared(case));
    let mut batches = vec![others];
    let mut left = 0;
    for (number, case) in restarting {
        let people = case.scenario.actors.len();
        if let Some(batch) = batches.last_mut().filter(|_| people <= left) {
            batch.push((number, case));
        } else {
            left = accounts;
            batches.push(vec![(number, case)]);
        }
        left = left.saturating_sub(people);
    }
    batches
}
