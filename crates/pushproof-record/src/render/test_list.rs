//! A run as the list of tests that other tools know runs as: the checks of the preflight, the cases, and what no case
//! tells of. A test of the list counts against the run exactly when something does that makes the run's exit code other
//! than 0, so that no tool shows green what the command ended red, or the other way round.

use pushproof_vocabulary::{ClauseId, Level};

use super::{headline::headline, words};
use crate::{
    BaselineFit, ClauseRecord, ClauseVerdict, Exclusion, PreflightCheck, PreflightVerdict, Record, Role,
    ScenarioRecord, ScenarioVerdict, StepRecord, StepVerdict, exit_code,
    verdict::{Unaccounted, unaccounted},
};

/// One test.
#[derive(Clone, Debug)]
pub(crate) struct Test<'a> {
    /// What it belongs to: the folder of a scenario, or `preflight`, `clauses`, `run`.
    pub(crate) group: String,
    /// Its name, unique in the run: the name of a case, of a check, the id of a clause.
    pub(crate) name: String,
    /// It in one line.
    pub(crate) title: String,
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// Why it ended so, in one line; empty when it passed.
    pub(crate) reason: String,
    /// How long it took.
    pub(crate) duration_ms: u64,
    /// The case.
    pub(crate) scenario: Option<&'a ScenarioRecord>,
    /// The step that decided it, if it did not pass.
    pub(crate) step: Option<&'a StepRecord>,
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// All was well.
    Passed,
    /// It did not run, or does not apply, or nothing that counts depends on it.
    Skipped,
    /// It failed, and that is known, or only implied by the proposal.
    Tolerated,
    /// Something that counts could not be judged.
    Undecided,
    /// Something that counts was broken.
    Failed,
}

impl Outcome {
    /// Whether it counts against the run.
    pub(crate) fn is_red(self) -> bool {
        matches!(self, Self::Failed | Self::Undecided)
    }
}

/// The tests of a run.
pub(crate) fn tests(record: &Record) -> Vec<Test<'_>> {
    let red = exit_code::of(record) != exit_code::CONFORMANT;
    let mut tests: Vec<Test<'_>> = record.preflight.iter().map(|check| of_check(check, red)).collect();
    tests.extend(record.scenarios.iter().map(|scenario| of_case(record, scenario)));
    let untold = record.clauses.iter().filter(|clause| is_untold(record, clause, &tests)).map(of_clause);
    let untold: Vec<Test<'_>> = untold.collect();
    tests.extend(untold);
    if red && !tests.iter().any(|test| test.outcome.is_red()) {
        tests.push(of_run(record));
    }
    tests
}

fn of_check(check: &PreflightCheck, red: bool) -> Test<'_> {
    let outcome = match check.verdict {
        PreflightVerdict::Passed => Outcome::Passed,
        PreflightVerdict::Failed if red => Outcome::Undecided,
        PreflightVerdict::Failed | PreflightVerdict::Skipped => Outcome::Skipped,
    };
    let hint = check.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
    Test {
        group: "preflight".to_owned(),
        name: check.check.clone(),
        title: format!("Before the scenarios: {}", check.check),
        outcome,
        reason: if outcome == Outcome::Passed { String::new() } else { format!("{}{hint}", check.message) },
        duration_ms: 0,
        scenario: None,
        step: None,
    }
}

fn of_case<'a>(record: &'a Record, scenario: &'a ScenarioRecord) -> Test<'a> {
    let (outcome, reason) = end(record, scenario);
    let step = scenario.steps.iter().find(|step| {
        matches!(step.outcome.verdict, StepVerdict::Failed | StepVerdict::Inconclusive | StepVerdict::Error)
    });
    let group = scenario.id.rsplit_once('/').map_or("scenarios", |(folder, _)| folder);
    Test {
        group: group.to_owned(),
        name: scenario.key().to_string(),
        title: scenario.title.clone(),
        outcome,
        reason,
        duration_ms: scenario.duration_ms,
        scenario: Some(scenario),
        step: step.filter(|_| outcome != Outcome::Passed),
    }
}

/// How a case ended, and why.
fn end(record: &Record, scenario: &ScenarioRecord) -> (Outcome, String) {
    let judging = || scenario.steps.iter().filter(|step| step.planned.role == Role::Judging);
    let any_binds = || judging().filter_map(|step| step.planned.clause.as_ref()).any(|id| binds(record, id));
    let told = || told(scenario);
    if let Some(known) = scenario.baseline.as_ref().filter(|known| known.fit != BaselineFit::NotJudged) {
        let issue = known.issue.as_ref().map(|issue| format!(", {issue}")).unwrap_or_default();
        let reason = format!("{}: {}{issue}", words::fit(known.fit), known.reason);
        let outcome = if known.fit == BaselineFit::Fits { Outcome::Tolerated } else { Outcome::Failed };
        return (outcome, reason);
    }
    match &scenario.excluded {
        Some(Exclusion::NotSelected) => return (Outcome::Skipped, "not selected".to_owned()),
        Some(Exclusion::NotApplicable { reason }) => return (Outcome::Skipped, reason.clone()),
        Some(Exclusion::NotImplemented { reason, .. }) => {
            let counts = any_binds() && !record.policy.allow_unimplemented;
            let outcome = if counts { Outcome::Failed } else { Outcome::Skipped };
            return (outcome, format!("not implemented: {reason}"));
        }
        Some(Exclusion::NotJudged { reason, hint }) => {
            let outcome = if any_binds() { Outcome::Undecided } else { Outcome::Skipped };
            let hint = hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
            return (outcome, format!("not judged: {reason}{hint}"));
        }
        None => {}
    }
    if let Some(found) = unaccounted(scenario, |id| record.level(id)) {
        let outcome = match found {
            Unaccounted::Failed => Outcome::Failed,
            Unaccounted::Undecided => Outcome::Undecided,
        };
        return (outcome, format!("{}: {}", words::UNACCOUNTED, told()));
    }
    let outcome = judging().map(|step| weight(record, step)).max().unwrap_or(Outcome::Skipped);
    match (outcome, scenario.verdict) {
        (Outcome::Tolerated, _) => (outcome, format!("warned, only implied by the proposal: {}", told())),
        (_, ScenarioVerdict::NotApplicable) => (Outcome::Skipped, format!("not applicable: {}", told())),
        (Outcome::Passed | Outcome::Skipped, ScenarioVerdict::Passed) => (Outcome::Passed, String::new()),
        (Outcome::Passed | Outcome::Skipped, _) => {
            (Outcome::Skipped, format!("not judged, but nothing that counts depends on it: {}", told()))
        }
        (Outcome::Undecided, _) => (outcome, format!("not judged: {}", told())),
        (Outcome::Failed, _) => (outcome, told()),
    }
}

/// What a judging step means for the run.
fn weight(record: &Record, step: &StepRecord) -> Outcome {
    let clause = step.planned.clause.as_ref();
    let counts = clause.is_some_and(|id| binds(record, id));
    let open = clause.and_then(|id| record.level(id)) == Some(Level::Open);
    match step.outcome.verdict {
        StepVerdict::Passed | StepVerdict::NotApplicable => Outcome::Passed,
        StepVerdict::Failed if open && step.outcome.reading.is_some() => Outcome::Passed,
        StepVerdict::Failed if open => Outcome::Skipped,
        StepVerdict::Failed if counts => Outcome::Failed,
        StepVerdict::Failed => Outcome::Tolerated,
        StepVerdict::Inconclusive | StepVerdict::Error | StepVerdict::Skipped if counts => Outcome::Undecided,
        StepVerdict::Inconclusive | StepVerdict::Error | StepVerdict::Skipped => Outcome::Skipped,
    }
}

/// What a case says of its end.
fn told(scenario: &ScenarioRecord) -> String {
    let mut telling = scenario.steps.iter().filter(|step| step.outcome.verdict != StepVerdict::Passed);
    let message = telling.find_map(|step| step.outcome.message.as_deref());
    message.unwrap_or("it does not say why").to_owned()
}

/// Whether a clause counts against the run while no test does that is about it.
fn is_untold(record: &Record, clause: &ClauseRecord, tests: &[Test<'_>]) -> bool {
    let bad = match clause.verdict {
        ClauseVerdict::Broken | ClauseVerdict::Warned | ClauseVerdict::NotJudged => true,
        ClauseVerdict::NotImplemented => !record.policy.allow_unimplemented,
        _ => false,
    };
    let about = |test: &&Test<'_>| {
        test.scenario.is_some_and(|scenario| clause.scenarios.contains(&scenario.key()))
            && (test.outcome.is_red() || test.scenario.is_some_and(ScenarioRecord::is_known_failure))
    };
    bad && binds(record, &clause.id) && !tests.iter().any(|test| about(&test))
}

fn of_clause(clause: &ClauseRecord) -> Test<'_> {
    let undecided = clause.verdict == ClauseVerdict::NotJudged;
    let reason = clause.reason.as_deref().unwrap_or("no case tells why");
    Test {
        group: "clauses".to_owned(),
        name: clause.id.0.clone(),
        title: clause.title.clone(),
        outcome: if undecided { Outcome::Undecided } else { Outcome::Failed },
        reason: format!("{}: {reason}", words::clause_verdict(clause.verdict)),
        duration_ms: 0,
        scenario: None,
        step: None,
    }
}

fn of_run(record: &Record) -> Test<'_> {
    let failed = exit_code::of(record) == exit_code::NOT_CONFORMANT;
    Test {
        group: "run".to_owned(),
        name: "verdict".to_owned(),
        title: "The verdict of the run".to_owned(),
        outcome: if failed { Outcome::Failed } else { Outcome::Undecided },
        reason: headline(record).verdict,
        duration_ms: 0,
        scenario: None,
        step: None,
    }
}

/// Whether a clause can make the run other than conformant.
fn binds(record: &Record, id: &ClauseId) -> bool {
    match record.level(id) {
        Some(Level::Must) => true,
        Some(Level::Implied) => record.policy.strict,
        _ => false,
    }
}
