//! The events that a runner emits, in the order in which things happen. Times are milliseconds since the run began.

use pushproof_vocabulary::{Clause, ClauseId, Half, Side};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Leftover, Policy, PreflightCheck, Role, ScenarioKey, Selection, ShardNumber, Source, StepOutcome, Suite,
};

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The run began; the first event of every run.
    Started(Box<RunStarted>),
    /// The preflight checked one thing.
    Preflight(PreflightCheck),
    /// The subject was identified.
    Identified(Box<SubjectFacts>),
    /// The plan: every case of every scenario, also those that will not run.
    Planned(Vec<PlannedScenario>),
    /// A case began.
    ScenarioStarted {
        /// The case.
        key: ScenarioKey,
        /// When.
        at_ms: u64,
    },
    /// A step of a case ended.
    StepFinished {
        /// The case.
        key: ScenarioKey,
        /// Where the step stands among the case's planned ones.
        index: usize,
        /// How it ended.
        outcome: Box<StepOutcome>,
    },
    /// A later finding replaces how a step ended: a delivery came late into a silence, or what the step relied on
    /// failed afterwards.
    StepRevised {
        /// The case.
        key: ScenarioKey,
        /// Where the step stands among the case's planned ones.
        index: usize,
        /// How it ended, as it is seen now.
        outcome: Box<StepOutcome>,
    },
    /// A case ended. Its steps may still be revised, and then it ends once more: the last time counts.
    ScenarioFinished {
        /// The case.
        key: ScenarioKey,
        /// When.
        at_ms: u64,
    },
    /// A rate limit of the subject was obeyed.
    RateLimited {
        /// By how much the time has grown for which requests were held up, by the clock on the wall.
        waited_ms: u64,
    },
    /// Something that whoever watches the run should know while it goes on. It is no part of the record.
    Notice(String),
    /// Something of the suite's own stays behind on the subject.
    Leftover(Leftover),
    /// Something happened after which the run is not judged, whatever its cases found.
    Unjudgeable {
        /// What.
        reason: String,
    },
    /// The run was asked to stop before its end.
    Interrupted,
    /// The run ended.
    Finished {
        /// How long it took.
        duration_ms: u64,
    },
}

/// What is known when a run begins.
#[derive(Clone, Debug, PartialEq)]
pub struct RunStarted {
    /// The suite that runs.
    pub suite: Suite,
    /// Which side of the proposal is judged.
    pub side: Side,
    /// The address of the subject, or the command of a client's driver.
    pub url: String,
    /// What was selected.
    pub selection: Selection,
    /// The options of the run, as given and without secrets; shown, never read by a verdict.
    pub options: Map<String, Value>,
    /// When the run began.
    pub started: jiff::Timestamp,
    /// What the set-up is declared to lack, such as `mail`.
    pub without: Vec<String>,
    /// How strictly is judged.
    pub policy: Policy,
    /// What the parts of one run have in common, if it was said or a CI says it.
    pub run_id: Option<String>,
    /// The clauses, in the proposal's order; those of the other side are left out.
    pub catalogue: Vec<Clause>,
    /// Which part of the plan this run is, when it was divided.
    pub shard: Option<ShardNumber>,
}

/// What a subject turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectFacts {
    /// What it calls itself.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// The dialect that it is judged in.
    pub dialect: String,
    /// Every dialect that it speaks.
    pub dialects_seen: Vec<String>,
    /// The halves of the proposal that it lacks.
    pub missing: Vec<Half>,
    /// What it could offer to scenarios and does not declare, such as `toggles`; of a client's driver.
    pub undeclared: Vec<String>,
}

/// A case of a scenario in the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedScenario {
    /// The case.
    pub key: ScenarioKey,
    /// The scenario in one line.
    pub title: String,
    /// The file of a scenario that is the user's own; those of the suite have none.
    pub file: Option<String>,
    /// Its steps, in order.
    pub steps: Vec<PlannedStep>,
    /// Why it does not run.
    pub excluded: Option<Exclusion>,
}

/// A step in the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedStep {
    /// The verb, such as `set_pusher`.
    pub step: String,
    /// What the step is for.
    pub role: Role,
    /// The clause that it judges; with [`Role::Judging`] only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<ClauseId>,
    /// The clause that must have held earlier in the case for this step to apply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<ClauseId>,
    /// Where the step is written.
    pub source: Source,
}

/// Why a planned case does not run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Exclusion {
    /// The selection, or the division into shards, leaves it out.
    NotSelected,
    /// The subject lacks the half of the proposal that the case is about.
    NotImplemented {
        /// The half.
        half: Half,
        /// How that showed.
        reason: String,
    },
    /// It needs what the set-up is declared to lack.
    NotApplicable {
        /// What that is.
        reason: String,
    },
    /// It needs what the set-up lacks without saying so, or what the preflight found not to work.
    NotJudged {
        /// What that is.
        reason: String,
        /// How to offer or declare it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
    },
}
