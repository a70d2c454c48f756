//! The record and what it says of the run as a whole.

use pushproof_vocabulary::{ClauseId, Half, Side};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{ClauseRecord, Leftover, PreflightCheck, ScenarioRecord};
use crate::{ScenarioKey, SubjectFacts, Verdict};

/// What one run found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Record {
    /// Always [`Record::FORMAT`].
    pub format: String,
    /// The version of the format, [`Record::VERSION`] in records that this crate writes. It grows when a reader of
    /// the former version would misunderstand.
    pub version: u32,
    /// The suite that ran.
    pub suite: Suite,
    /// What the parts of one run have in common, and no other run has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// What was judged.
    pub subject: Subject,
    /// The verdict.
    pub verdict: Verdict,
    /// When the run began.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub started: jiff::Timestamp,
    /// How long it took.
    pub duration_ms: u64,
    /// What was selected.
    pub selection: Selection,
    /// The options of the run, as given and without secrets.
    pub options: Map<String, Value>,
    /// How strictly was judged.
    pub policy: Policy,
    /// Which part of the plan this run was, when it was divided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// The parts that are missing, when the run was divided and this record was put together of its parts. With any,
    /// it is never conformant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_shards: Vec<u32>,
    /// Whether the run was asked to stop before its end.
    pub interrupted: bool,
    /// What happened after which the run is not judged, whatever its cases found: what a driver did against its
    /// protocol.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unjudgeable: Vec<String>,
    /// Set where another suite than the one that ran drew the verdicts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged_anew: Option<JudgedAnew>,
    /// The clauses of the judged side, in the proposal's order.
    pub clauses: Vec<ClauseRecord>,
    /// The planned cases, in the plan's order, also those that did not run.
    pub scenarios: Vec<ScenarioRecord>,
    /// What was checked beforehand.
    pub preflight: Vec<PreflightCheck>,
    /// What stays behind on the subject.
    pub leftovers: Vec<Leftover>,
    /// How the subject's rate limits slowed the run down.
    pub rate_limited: RateLimited,
}

impl Record {
    /// What tells a record from other JSON.
    pub const FORMAT: &str = "pushproof-record";
    /// The version of the format that this crate reads and writes.
    pub const VERSION: u32 = 1;

    /// Whether something stays behind on the subject, and nothing may.
    #[must_use]
    pub fn is_littered(&self) -> bool {
        self.policy.strict_cleanup && !self.leftovers.is_empty()
    }

    /// The planned case of this name.
    #[must_use]
    pub fn scenario(&self, key: &ScenarioKey) -> Option<&ScenarioRecord> {
        self.scenarios.iter().find(|scenario| scenario.id == key.id && scenario.case == key.case)
    }
}

/// The suite that ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suite {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 over its clauses and scenarios, in hexadecimal: two builds of one version can differ in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// Which suite drew the verdicts of a record that another one made, and what it knows otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JudgedAnew {
    /// The suite by whose clauses and levels the verdicts were drawn.
    pub by: Suite,
    /// The clauses that the record judges and this suite does not know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<ClauseId>,
    /// The cases of the record that this suite has otherwise, or not at all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub otherwise: Vec<ScenarioKey>,
}

/// What was judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Subject {
    /// Which side of the proposal it is.
    pub side: Side,
    /// What it calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its address, or the command of a client's driver.
    pub url: String,
    /// The dialect that it was judged in; absent when the run ended before that was found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialect: Option<String>,
    /// Every dialect that it speaks.
    pub dialects_seen: Vec<String>,
    /// The halves of the proposal that it lacks.
    #[serde(default)]
    pub missing: Vec<Half>,
    /// What the set-up was declared to lack.
    pub without: Vec<String>,
    /// What the driver of a client does not declare, such as `toggles`: the scenarios that need it do not apply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undeclared: Vec<String>,
}

impl Subject {
    /// A subject of which `facts` were found out, if any were.
    pub(crate) fn new(side: Side, url: String, facts: Option<SubjectFacts>, without: Vec<String>) -> Self {
        let found = Self {
            side,
            name: None,
            version: None,
            url,
            dialect: None,
            dialects_seen: Vec::new(),
            missing: Vec::new(),
            without,
            undeclared: Vec::new(),
        };
        match facts {
            Some(SubjectFacts { name, version, dialect, dialects_seen, missing, undeclared }) => {
                Self { name, version, dialect: Some(dialect), dialects_seen, missing, undeclared, ..found }
            }
            None => found,
        }
    }
}

/// Which scenarios were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Selection {
    /// The patterns of what should run; empty for all.
    #[serde(default)]
    pub run: Vec<String>,
    /// The patterns of what should not.
    #[serde(default)]
    pub skip: Vec<String>,
}

impl Selection {
    /// The most patterns that `run`, and that `skip` has: more than there are cases, and few enough to try each on each.
    pub const MOST_PATTERNS: usize = 10_000;

    /// Whether something may be left out.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        !self.run.is_empty() || !self.skip.is_empty()
    }
}

/// How strictly is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Policy {
    /// Whether what the proposal implies counts like what it states.
    #[serde(default)]
    pub strict: bool,
    /// Whether a subject may lack the proposal, or one half of it.
    #[serde(default)]
    pub allow_unimplemented: bool,
    /// Whether nothing may stay behind on the subject.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strict_cleanup: bool,
}

/// One of the parts that a plan was divided into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shard {
    /// Which part, from 1 on.
    pub index: u32,
    /// Of how many.
    pub total: u32,
    /// SHA-256 over the names of all planned cases, in hexadecimal. Only parts of the same plan can be put together.
    pub plan_digest: String,
}

/// How often a rate limit was met, and what it cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RateLimited {
    /// How often.
    pub count: u64,
    /// How long requests were held up, by the clock on the wall: waits at the same time count once.
    pub waited_ms: u64,
}
