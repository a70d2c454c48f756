//! The fold of events.

use pushproof_record::{
    Event, FoldError, Leftover, Record, ScenarioKey, ScenarioVerdict, ShardNumber, StepOutcome, StepVerdict,
    Verdict, fold,
};
use pushproof_vocabulary::Level;
use rstest::rstest;

use crate::run::{Run, canon_of, control, judging};

const CLAUSE: &str = "names.unstable";

fn run() -> Run {
    Run::of(&[(CLAUSE, Level::Must)]).case("a:1", vec![judging(CLAUSE, StepVerdict::Passed)])
}

fn key(text: &str) -> ScenarioKey {
    text.parse().unwrap()
}

#[test]
fn a_revision_replaces_the_outcome() {
    let mut run = run();
    let outcome = Box::new(StepOutcome::new(StepVerdict::Failed, 120, 4_000));
    run.more.push(Event::StepRevised { key: key("a:1"), index: 0, outcome });
    let record = run.record();
    assert_eq!(record.scenarios[0].verdict, ScenarioVerdict::Failed);
    assert_eq!(record.scenarios[0].steps[0].outcome.duration_ms, 4_000);
    assert_eq!(record.verdict, Verdict::NotConformant);
}

#[rstest]
#[case(StepVerdict::Passed)]
#[case(StepVerdict::Failed)]
fn what_a_control_that_is_taken_back_preceded_is_in_doubt(#[case] judged: StepVerdict) {
    let before = judging("names.advertised", StepVerdict::Passed);
    let steps = vec![before, control(StepVerdict::Passed), judging(CLAUSE, judged)];
    let clauses = [(CLAUSE, Level::Must), ("names.advertised", Level::Must)];
    let mut run = Run::of(&clauses).case("a:1", steps);
    let outcome = Box::new(StepOutcome::new(StepVerdict::Inconclusive, 120, 4_000));
    run.more.push(Event::StepRevised { key: key("a:1"), index: 1, outcome });
    let verdicts: Vec<_> = run.record().scenarios[0].steps.iter().map(|step| step.outcome.verdict).collect();
    assert_eq!(verdicts, [StepVerdict::Passed, StepVerdict::Inconclusive, StepVerdict::Inconclusive]);
}

#[test]
fn everything_told_is_in_the_record() {
    let mut run = run();
    let leftover = Leftover { what: "a room".into(), user_id: None, reason: "it was refused".into() };
    run.more.extend([
        Event::RateLimited { waited_ms: 200 },
        Event::RateLimited { waited_ms: 300 },
        Event::Leftover(leftover.clone()),
    ]);
    let record = run.record();
    assert_eq!((record.rate_limited.count, record.rate_limited.waited_ms), (2, 500));
    assert_eq!(record.leftovers, [leftover]);
    assert_eq!(record.duration_ms, 14_200);
    assert_eq!(record.scenarios[0].duration_ms, 1_000);
    assert_eq!((record.format.as_str(), record.version), ("pushproof-record", 1));
}

#[test]
fn a_run_without_an_end_was_interrupted() {
    let mut events = run().events();
    assert!(matches!(events.pop(), Some(Event::Finished { .. })));
    let record = fold(events).unwrap();
    assert!(record.interrupted);
    assert_eq!(record.verdict, Verdict::NotJudged);
    assert_eq!(record.duration_ms, 1_100);
}

#[rstest]
#[case::not_started(vec![Event::Interrupted], FoldError::NotStarted)]
#[case::unknown_case(
    with(Event::ScenarioStarted { key: key("b"), at_ms: 0 }),
    FoldError::UnknownScenario(key("b"))
)]
#[case::unknown_step(
    with(Event::StepFinished { key: key("a:1"), index: 1, outcome: Box::new(StepOutcome::skipped()) }),
    FoldError::UnknownStep { key: key("a:1"), index: 1 }
)]
#[case::planned_twice(run().case("a:1", Vec::new()).events(), FoldError::PlannedTwice(key("a:1")))]
fn what_belongs_to_no_run_is_an_error(#[case] events: Vec<Event>, #[case] error: FoldError) {
    assert_eq!(fold(events).unwrap_err(), error);
}

fn with(event: Event) -> Vec<Event> {
    let mut run = run();
    run.more.push(event);
    run.events()
}

#[test]
fn only_parts_of_one_plan_share_its_digest() {
    let digest = |run: &Run, index| {
        let mut run = run.clone();
        run.started.shard = Some(ShardNumber { index, total: 2 });
        run.record().shard.unwrap().plan_digest
    };
    let other = run().case("a:2", Vec::new());
    assert_eq!(digest(&run(), 1), digest(&run(), 2));
    assert_ne!(digest(&run(), 1), digest(&other, 1));
    assert_eq!(run().record().shard, None);
}

#[test]
fn a_record_is_read_as_it_was_written() {
    let record = crate::sample::everything();
    let text = pushproof_record::render::json(&record);
    assert_eq!(Record::read(text.as_bytes(), &canon_of(&record)).unwrap(), record);
}

#[rstest]
#[case("", "it is not the JSON of a record: EOF while parsing a value at line 1 column 0")]
#[case("{}", "it has no `format: \"pushproof-record\"` with a version")]
#[case(r#"{"format": "har", "version": 1}"#, "it has no `format: \"pushproof-record\"` with a version")]
#[case(r#"{"format": "pushproof-record", "version": 2}"#, "its version is 2, this program reads up to 1")]
#[case(
    r#"{"format": "pushproof-record", "version": 1}"#,
    "it is not as a record should be: missing field `suite`"
)]
fn what_is_no_record_is_not_read(#[case] text: &str, #[case] error: &str) {
    let canon = canon_of(&run().record());
    assert_eq!(Record::read(text.as_bytes(), &canon).unwrap_err().to_string(), error);
}
