//! Runs for tests: a catalogue, cases with the outcomes of their steps, and the record that follows.

use pushproof_record::{
    Canon, CanonCase, Event, Exclusion, Fold, PlannedScenario, PlannedStep, Policy, PreflightCheck,
    ReadError, Record, Role, RunStarted, ScenarioKey, Selection, Source, StepOutcome, StepVerdict,
    SubjectFacts, Suite,
};
use pushproof_vocabulary::{Clause, ClauseId, Half, Level, Side};

/// A step with its outcome.
pub(crate) type Step = (PlannedStep, StepOutcome);

/// A run in the making.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) started: RunStarted,
    pub(crate) facts: SubjectFacts,
    pub(crate) preflight: Vec<PreflightCheck>,
    pub(crate) plan: Option<Vec<PlannedScenario>>,
    pub(crate) outcomes: Vec<Vec<StepOutcome>>,
    pub(crate) more: Vec<Event>,
}

impl Run {
    pub(crate) fn of(clauses: &[(&str, Level)]) -> Self {
        Self::with(clauses.iter().map(|(id, level)| clause(id, *level)).collect())
    }

    pub(crate) fn with(catalogue: Vec<Clause>) -> Self {
        Self {
            started: RunStarted {
                suite: Suite { name: "pushproof".into(), version: "0.0.1".into(), digest: None },
                run_id: None,
                side: Side::Server,
                url: "http://127.0.0.1:8008".into(),
                selection: Selection::default(),
                options: serde_json::Map::new(),
                started: "2026-11-23T21:00:00Z".parse().unwrap(),
                without: Vec::new(),
                policy: Policy::default(),
                catalogue,
                shard: None,
            },
            facts: SubjectFacts {
                name: Some("Synapse".into()),
                version: Some("1.163.2".into()),
                dialect: "msc3881".into(),
                dialects_seen: vec!["msc3881".into()],
                missing: Vec::new(),
                undeclared: Vec::new(),
            },
            preflight: Vec::new(),
            plan: Some(Vec::new()),
            outcomes: Vec::new(),
            more: Vec::new(),
        }
    }

    pub(crate) fn missing(mut self, halves: &[Half]) -> Self {
        self.facts.missing = halves.to_vec();
        self
    }

    pub(crate) fn policy(mut self, policy: Policy) -> Self {
        self.started.policy = policy;
        self
    }

    /// A case that ran.
    pub(crate) fn case(mut self, key: &str, steps: Vec<Step>) -> Self {
        let (steps, outcomes) = steps.into_iter().unzip();
        let key: ScenarioKey = key.parse().unwrap();
        let title = format!("The title of {}", key.id);
        self.outcomes.push(outcomes);
        self.plan.as_mut().unwrap().push(PlannedScenario { key, title, file: None, steps, excluded: None });
        self
    }

    /// A case that did not run, and the clause that it would have judged.
    pub(crate) fn excluded(mut self, key: &str, clause: &str, why: Exclusion) -> Self {
        self = self.case(key, vec![(judging(clause, StepVerdict::Passed).0, StepOutcome::skipped())]);
        self.outcomes.last_mut().unwrap().clear();
        self.plan.as_mut().unwrap().last_mut().unwrap().excluded = Some(why);
        self
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        let mut events = vec![Event::Started(Box::new(self.started.clone()))];
        events.extend(self.preflight.iter().cloned().map(Event::Preflight));
        let Some(plan) = self.plan.clone() else {
            events.extend(self.more.iter().cloned());
            events.push(Event::Finished { duration_ms: 14_200 });
            return events;
        };
        events.push(Event::Identified(Box::new(self.facts.clone())));
        events.push(Event::Planned(plan.clone()));
        for (planned, outcomes) in plan.into_iter().zip(&self.outcomes) {
            if planned.excluded.is_some() {
                continue;
            }
            let key = planned.key;
            events.push(Event::ScenarioStarted { key: key.clone(), at_ms: 100 });
            for (index, outcome) in outcomes.iter().enumerate() {
                let outcome = Box::new(outcome.clone());
                events.push(Event::StepFinished { key: key.clone(), index, outcome });
            }
            events.push(Event::ScenarioFinished { key, at_ms: 1_100 });
        }
        events.extend(self.more.iter().cloned());
        events.push(Event::Finished { duration_ms: 14_200 });
        events
    }

    pub(crate) fn record(&self) -> Record {
        let mut fold = Fold::new();
        for event in self.events() {
            fold.apply(event).unwrap();
        }
        fold.finish().unwrap()
    }
}

/// What a suite would know that had made this record.
pub(crate) fn canon_of(record: &Record) -> Canon {
    let catalogue: Vec<Clause> = record
        .clauses
        .iter()
        .map(|known| Clause { title: known.title.clone(), ..clause(&known.id.0, known.level) })
        .collect();
    let cases = record.scenarios.iter().filter(|case| case.file.is_none()).map(|case| CanonCase {
        planned: PlannedScenario {
            key: case.key(),
            title: case.title.clone(),
            file: None,
            steps: case.steps.iter().map(|step| step.planned.clone()).collect(),
            excluded: None,
        },
        side: Side::Server,
        needs: vec!["mail".into()],
    });
    Canon::new(&record.suite.name, &record.suite.version, &catalogue, cases)
}

/// Reads a record as the suite does that made it.
pub(crate) fn read(record: &serde_json::Value, canon: &Canon) -> Result<Record, ReadError> {
    Record::read(record.to_string().as_bytes(), canon)
}

pub(crate) fn clause(id: &str, level: Level) -> Clause {
    Clause {
        id: ClauseId(id.into()),
        title: format!("The title of {id}"),
        side: Side::Server,
        level,
        section: "Proposal".into(),
        shows: format!("How {id} shows."),
        reading: None,
        reason: (level == Level::Untestable).then(|| "it asks for nothing".into()),
    }
}

pub(crate) fn judging(clause: &str, verdict: StepVerdict) -> Step {
    step("expect_pusher", Role::Judging, Some(clause), verdict)
}

pub(crate) fn control(verdict: StepVerdict) -> Step {
    step("expect_push", Role::Control, None, verdict)
}

pub(crate) fn setup(verdict: StepVerdict) -> Step {
    step("set_pusher", Role::Setup, None, verdict)
}

/// The same step with what it says.
pub(crate) fn saying((planned, outcome): Step, message: &str) -> Step {
    (planned, StepOutcome { message: Some(message.into()), ..outcome })
}

/// The same step with the reading that it took.
pub(crate) fn reading((planned, outcome): Step, reading: &str) -> Step {
    (planned, StepOutcome { reading: Some(reading.into()), ..outcome })
}

fn step(verb: &str, role: Role, clause: Option<&str>, verdict: StepVerdict) -> Step {
    let planned = PlannedStep {
        step: verb.into(),
        role,
        clause: clause.map(|id| ClauseId(id.into())),
        given: None,
        source: Source {
            path: "scenarios/server/example.yaml".into(),
            line: 7,
            text: format!("- {verb}: {{ by: alice.phone, pusher: main }}"),
        },
    };
    (planned, StepOutcome::new(verdict, 120, 30))
}
