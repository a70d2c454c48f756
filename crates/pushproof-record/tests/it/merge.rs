//! Shards put together again.

use pushproof_record::{
    ClauseVerdict, Event, Exclusion, MergeError, Policy, Record, ScenarioKey, ShardNumber, StepVerdict as V,
    Verdict, exit_code,
};
use pushproof_vocabulary::{ClauseId, Level};
use rstest::rstest;

use crate::run::{Run, Step, judging};

const TOTAL: u32 = 3;

/// A case of each shard.
fn keys() -> Vec<ScenarioKey> {
    let of = |index| {
        let shard = ShardNumber { index, total: TOTAL };
        (0..10_000).map(|n| format!("server/case:{n}").parse().unwrap()).find(|key| shard.takes(key)).unwrap()
    };
    (1..=TOTAL).map(of).collect()
}

/// The run of one shard, in which its case ends so.
fn part(index: u32, verdict: V) -> Run {
    let mut run = Run::of(&[("pusher.a", Level::Must), ("pusher.b", Level::Must)]);
    run.started.shard = Some(ShardNumber { index, total: TOTAL });
    for (number, key) in (1..).zip(keys()) {
        let clause = if number == 1 { "pusher.a" } else { "pusher.b" };
        run = if number == index {
            run.case(&key.to_string(), vec![judging(clause, verdict)])
        } else {
            run.excluded(&key.to_string(), clause, Exclusion::NotSelected)
        };
    }
    run
}

fn named(runs: Vec<Run>) -> Vec<(String, Record)> {
    runs.into_iter().enumerate().map(|(n, run)| (format!("{}.json", n + 1), run.record())).collect()
}

fn verdict(record: &Record, clause: &str) -> ClauseVerdict {
    record.clauses.iter().find(|known| known.id == ClauseId(clause.into())).unwrap().verdict
}

#[test]
fn all_shards_make_the_record_of_the_whole() {
    let parts = named(vec![part(3, V::Passed), part(1, V::Passed), part(2, V::Passed)]);
    assert_eq!(verdict(&parts[0].1, "pusher.a"), ClauseVerdict::NotSelected);
    let whole = Record::merge(parts).unwrap();
    assert_eq!(whole.verdict, Verdict::Conformant);
    assert_eq!((whole.shard.as_ref(), whole.missing_shards.as_slice()), (None, &[][..]));
    assert!(whole.scenarios.iter().all(|case| case.excluded.is_none()));
    assert_eq!(exit_code::of(&whole), 0);
}

#[test]
fn what_one_shard_found_broken_is_broken() {
    let parts = named(vec![part(1, V::Passed), part(2, V::Passed), part(3, V::Failed)]);
    let whole = Record::merge(parts).unwrap();
    assert_eq!(verdict(&whole, "pusher.a"), ClauseVerdict::Holds);
    assert_eq!(verdict(&whole, "pusher.b"), ClauseVerdict::Broken);
    assert_eq!(exit_code::of(&whole), 1);
}

#[rstest]
#[case::one(&[1, 2], &[3])]
#[case::two(&[2], &[1, 3])]
fn without_a_shard_nothing_is_conformant(#[case] there: &[u32], #[case] missing: &[u32]) {
    let whole = Record::merge(named(there.iter().map(|index| part(*index, V::Passed)).collect())).unwrap();
    assert_eq!(whole.missing_shards, missing);
    assert_eq!(verdict(&whole, "pusher.b"), ClauseVerdict::NotJudged);
    assert_eq!((whole.verdict, exit_code::of(&whole)), (Verdict::NotJudged, 3));
    let options = pushproof_record::render::TerminalOptions {
        colour: pushproof_record::render::Colour::Never,
        width: 100,
        detail: pushproof_record::render::Detail::Brief,
    };
    let text = pushproof_record::render::terminal(&whole, &options);
    crate::snapshot::assert_snapshot(&format!("shards-missing-{}", missing.len()), &text);
}

#[test]
fn an_interrupted_shard_interrupts_the_whole() {
    let mut second = part(2, V::Passed);
    second.more.push(Event::Interrupted);
    let whole = Record::merge(named(vec![part(1, V::Passed), second, part(3, V::Passed)])).unwrap();
    assert_eq!(exit_code::of(&whole), 130);
}

#[test]
fn what_costs_time_adds_up() {
    let limited = |index| {
        let mut run = part(index, V::Passed);
        run.more.push(Event::RateLimited { waited_ms: 500 });
        run
    };
    let whole = Record::merge(named((1..=TOTAL).map(limited).collect())).unwrap();
    assert_eq!((whole.rate_limited.count, whole.rate_limited.waited_ms), (3, 1_500));
    assert_eq!(whole.duration_ms, 14_200, "shards run side by side");
}

fn strict(run: Run) -> Run {
    run.policy(Policy { strict: true, ..Policy::default() })
}

#[rstest]
#[case::twice(vec![part(1, V::Passed), part(1, V::Passed)], "1.json and 2.json are both shard 1/3")]
#[case::other_total(
    vec![part(1, V::Passed), { let mut run = part(2, V::Passed); run.started.shard = Some(ShardNumber { index: 2, total: 4 }); run }],
    "1.json and 2.json are not parts of one run: they differ in the plan"
)]
#[case::other_plan(
    vec![part(1, V::Passed), part(2, V::Passed).case("server/new", Vec::<Step>::new())],
    "1.json and 2.json are not parts of one run: they differ in the plan"
)]
#[case::other_policy(
    vec![part(1, V::Passed), strict(part(2, V::Passed))],
    "1.json and 2.json are not parts of one run: they differ in how strictly they judge"
)]
#[case::other_subject(
    vec![part(1, V::Passed), { let mut run = part(2, V::Passed); run.facts.version = Some("2".into()); run }],
    "1.json and 2.json are not parts of one run: they differ in the version of the subject"
)]
#[case::whole(
    vec![part(1, V::Passed), { let mut run = part(2, V::Passed); run.started.shard = None; run }],
    "2.json is the record of a whole run, not of a shard"
)]
#[case::nothing(vec![], "there is no record")]
fn what_does_not_belong_together_is_refused(#[case] runs: Vec<Run>, #[case] message: &str) {
    let error: MergeError = Record::merge(named(runs)).unwrap_err();
    assert_eq!(error.to_string(), message);
}
